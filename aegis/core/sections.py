"""Which section of its project a task that Aegis works on belongs to, and when Aegis may move it there.

People come first: a task is moved only from where a run of ours found it, or from where we put it ourselves. It goes
into sections that a person has made, or back to where it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from aegis.core.models import AsanaTask, Membership, Outcome, Section, Verdict
from aegis.core.names import same_name


class Stage(StrEnum):
    """How far the work on a task is, as people see it."""

    IN_PROGRESS = "in-progress"
    BLOCKED = "blocked"
    REVIEW = "review"
    DONE = "done"


SectionNames = Mapping[Stage, str]
"""The names of the sections, as their user set them; an empty one for none."""


@dataclass(frozen=True)
class Neighbours:
    """The tasks between which a task stands in its section; empty where there is none, or none is known."""

    next_task: str = ""
    previous_task: str = ""


@dataclass(frozen=True)
class Placement:
    """A task's place in a project: `home` is where a person left it, between its neighbours.

    `put_gid` is the section in which our latest move that Asana confirmed left it, `moving_to` the one of a move that
    is not confirmed yet.
    """

    project_gid: str
    home: Section
    put_gid: str
    moving_to: str = ""
    neighbours: Neighbours = Neighbours()

    @property
    def ours(self) -> frozenset[str]:
        """The GIDs of the sections from which Aegis may move the task."""
        return frozenset(gid for gid in (self.home.gid, self.put_gid, self.moving_to) if gid)


@dataclass(frozen=True)
class Move:
    """A move that is to be made: to a section, if the task stands in one of `ours`; `neighbours` where it goes home."""

    to: Section
    ours: tuple[str, ...]
    neighbours: Neighbours = Neighbours()


def section_in(memberships: Iterable[Membership], project_gid: str) -> Section | None:
    """The section of a project that a task stands in; None where it is not in the project, or in no section."""
    places = (place for place in memberships if place.project_gid == project_gid and place.section_gid)
    return next((Section(gid=place.section_gid, name=place.section_name) for place in places), None)


def sections_of_stages(names: SectionNames, sections: Iterable[Section]) -> dict[Stage, Section]:
    """The sections of a project that bear the names, in any case and with any blanks; the first where several do."""
    found: dict[str, Section] = {}
    for section in sections:
        found.setdefault(_plain(section.name), section)
    wanted = {stage: _plain(name) for stage, name in names.items()}
    return {stage: found[name] for stage, name in wanted.items() if name and name in found}


def _plain(name: str) -> str:
    return "".join(same_name(name).split())


def neighbours_of(tasks: Iterable[AsanaTask], task_gid: str, project_gid: str) -> Neighbours:
    """The neighbours of a task in its section, by a project's list of open tasks."""
    previous: dict[str, str] = {}
    here: str | None = None
    before = ""
    for task in tasks:
        section = section_in(task.memberships, project_gid)
        if section is None:
            continue
        if section.gid == here:
            return Neighbours(next_task=task.gid, previous_task=before)
        if task.gid == task_gid:
            here, before = section.gid, previous.get(section.gid, "")
        previous[section.gid] = task.gid
    return Neighbours(previous_task=before)


def found_at(
    memberships: Iterable[Membership], project_gid: str, known: Placement | None, neighbours: Neighbours
) -> Placement | None:
    """A task's placement as a run of ours finds it; None where it stands in no section of the project.

    One that stands where we put it keeps its home; wherever else it stands, a person has put it there.
    """
    stands = section_in(memberships, project_gid)
    if stands is None:
        return None
    if known is not None and stands.gid in known.ours and stands.gid != known.home.gid:
        return known
    return Placement(project_gid, stands, stands.gid, known.moving_to if known else "", neighbours)


def move_to(placement: Placement, target: Section | None) -> Move | None:
    """The move to a section, None for home; None where the task stands there, by all that we know."""
    to = target or placement.home
    if to.gid == placement.put_gid and placement.moving_to in ("", to.gid):
        return None
    ours = tuple(sorted(placement.ours - {to.gid}))
    return Move(to, ours, placement.neighbours if to.gid == placement.home.gid else Neighbours())


def with_move(placement: Placement, move: Move) -> Placement:
    """The placement once the move is to be made."""
    return replace(placement, moving_to=move.to.gid)


def after_move(placement: Placement, to_gid: str, stands: str | None) -> Placement | None:
    """The placement once a move has come to its end; None where the task stands where a person wants it.

    Args:
        placement: as stored.
        to_gid: where the move was to put the task.
        stands: the section in which it is known to stand now; None where that could not be told.
    """
    ours = placement.ours | {to_gid}
    moving_to = "" if placement.moving_to == to_gid else placement.moving_to
    if stands is None:
        stands = placement.put_gid
    if stands not in ours or (stands == placement.home.gid and not moving_to):
        return None
    return replace(placement, put_gid=stands, moving_to=moving_to)


def stage_of(outcome: Outcome, *, used_up: bool) -> Stage | None:
    """The stage that an ended run brings its task to; None for back to where it was.

    Args:
        outcome: what the run came to.
        used_up: whether no further attempt follows by itself.
    """
    match outcome.verdict:
        case Verdict.DONE:
            return Stage.REVIEW if outcome.denials else Stage.DONE
        case Verdict.BLOCKED | Verdict.QUESTION:
            return Stage.BLOCKED
        case Verdict.FAILED if used_up:
            return Stage.BLOCKED
    return None


def section_for(stage: Stage | None, sections: Mapping[Stage, Section]) -> Section | None:
    """The section of a stage; what is to be reviewed is done, too. None where there is none."""
    if stage is Stage.REVIEW:
        return sections.get(Stage.REVIEW) or sections.get(Stage.DONE)
    return None if stage is None else sections.get(stage)


def why_not_moved(stands: str | None, ours: Collection[str]) -> str:
    """Why a move is not made, as words for people; empty where it may be."""
    if stands is None:
        return "it is not in the project any more"
    return "" if stands in ours else "a person moved it"
