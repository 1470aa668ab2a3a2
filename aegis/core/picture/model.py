"""The picture of a judgement: nodes and the arrows between them, with words that are fit to be seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from aegis.core.graph import knots
from aegis.core.models import AssessedTask, Assessment, OtherTask, Question, Reason, ReasonKind, TaskState
from aegis.core.picture.looks import Standing
from aegis.core.text import one_line

LONGEST = 1000
"""Characters of a name or reason in a picture; Asana's names are shorter."""

_LINK = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9/_.~-]*")
_TOLD_BY_ARROWS = {ReasonKind.DEPENDENCY, ReasonKind.QUESTION, ReasonKind.SUBTASK}
_ARROWS = {
    ReasonKind.QUESTION: "question",
    ReasonKind.SUBTASK: "subtask",
    ReasonKind.AMBIGUOUS_REFERENCE: "maybe",
}

Clean = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Node:
    """A task or question. `note` says whose or where it is; `further` are the reasons that no arrow tells.

    `id` is its GID, or `new-` and the fingerprint for a question that is not asked yet.
    """

    id: str
    name: str
    standing: Standing
    order: int | None = None
    url: str = ""
    note: str = ""
    reasons: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    subtasks: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """The name, after the number of its turn where it is ready."""
        return self.name if self.order is None else f"{self.order}. {self.name}"


@dataclass(frozen=True, slots=True)
class Arrow:
    """`waits` waits for `needs`; `kind` is `dependency`, `question`, `subtask` or `maybe` (an ambiguous name)."""

    needs: str
    waits: str
    kind: str = "dependency"


@dataclass(frozen=True)
class Picture:
    """All that is drawn; the nodes stand in Asana's order, those that are not judged after them."""

    project_gid: str
    project_name: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """Id -> node."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def waiting(self) -> Mapping[str, list[str]]:
        """Id -> the ids of what waits for it, in the nodes' order."""
        place = {node.id: at for at, node in enumerate(self.nodes)}
        found: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for arrow in self.arrows:
            found[arrow.needs].append(arrow.waits)
        return {gid: sorted(some, key=place.__getitem__) for gid, some in found.items()}

    @cached_property
    def needed(self) -> Mapping[str, list[str]]:
        """Id -> the ids of what it waits for, in the order of its reasons."""
        found: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for arrow in self.arrows:
            found[arrow.waits].append(arrow.needs)
        return found

    @cached_property
    def knot_of(self) -> Mapping[str, int]:
        """Id of each node that waits for itself -> the number of its knot; all of a knot wait for each other."""
        return {gid: number for number, knot in enumerate(knots(self.needed)) for gid in knot}

    def in_cycle(self, arrow: Arrow) -> bool:
        """Whether an arrow is part of a cycle."""
        knot = self.knot_of.get(arrow.needs)
        return knot is not None and knot == self.knot_of.get(arrow.waits)

    @property
    def title(self) -> str:
        """The project and how many of its tasks are in which state."""
        counted = dict.fromkeys((Standing.RUNNING, Standing.READY, Standing.BLOCKED, Standing.UNCLEAR), 0)
        for node in self.nodes:
            if node.standing in counted:
                counted[node.standing] += 1
        told = [f"{n} {one.value}" for one, n in counted.items() if n or one in (Standing.READY, Standing.BLOCKED)]
        return f"{self.project_name}: {', '.join(told)}"


def picture_of(assessment: Assessment, mask: Clean = str) -> Picture:
    """The picture of a judgement; `mask` hides the secrets in its words."""

    def clean(text: str) -> str:
        return one_line(mask(text), LONGEST)

    nodes = {task.gid: _judged(task, clean) for task in assessment.tasks}
    nodes |= {one.gid: _other(one, clean) for one in assessment.others if one.gid not in nodes}
    for question in assessment.questions:
        made = _question(question, clean)
        nodes.setdefault(made.id, made)
    arrows = {(one.needs, one.waits): one for one in _arrows(assessment) if one.needs in nodes}
    return Picture(
        project_gid=assessment.project_gid,
        project_name=clean(assessment.project_name),
        nodes=tuple(nodes.values()),
        arrows=tuple(arrows.values()),
    )


def _arrows(assessment: Assessment) -> Iterator[Arrow]:
    """Every arrow; where two tell of the same pair, the surer one comes last and is kept."""
    states = {task.gid: task.state for task in assessment.tasks}
    for question in assessment.questions:
        waits = (gid for gid in question.task_gids if states.get(gid, TaskState.READY) is not TaskState.READY)
        yield from (Arrow(_question_id(question), gid, "question") for gid in waits)
    for other in assessment.others:
        yield from (Arrow(gid, other.gid) for gid in other.waits_for)
    for task in assessment.tasks:
        yield from sorted(_arrows_of(task), key=lambda arrow: arrow.kind != "maybe")


def _arrows_of(task: AssessedTask) -> Iterator[Arrow]:
    for reason in task.reasons:
        if reason.kind is not ReasonKind.CYCLE:
            kind = _ARROWS.get(reason.kind, "dependency")
            named = [reason.task_gid] if reason.task_gid is not None else list(reason.gids)
            yield from (Arrow(gid, task.gid, kind) for gid in named)


def _judged(task: AssessedTask, clean: Clean) -> Node:
    running = any(reason.kind is ReasonKind.RUNNING for reason in task.reasons)
    return Node(
        id=task.gid,
        name=clean(task.name),
        standing=Standing.RUNNING if running else Standing(task.state.value),
        order=task.order,
        url=_link(task.permalink_url),
        reasons=_sentences(task.reasons, clean),
        further=_sentences((r for r in task.reasons if r.kind not in _TOLD_BY_ARROWS or not r.task_gid), clean),
        subtasks=tuple(clean(one.name) or one.gid for one in task.subtasks),
    )


def _other(one: OtherTask, clean: Clean) -> Node:
    place = clean(one.project_name)
    note = ", ".join(part for part in (f"in {place}" if place else "", clean(one.note)) if part)
    name = clean(one.name) or (f"task {one.gid}" if one.kind == "unseen" else "(no name)")
    standing = Standing.SOMEBODY if one.kind == "subtask" else Standing(one.kind)
    return Node(id=one.gid, name=name, standing=standing, url=_link(one.permalink_url), note=note)


def _question(question: Question, clean: Clean) -> Node:
    note = "" if question.exists else "not asked yet"
    return Node(id=_question_id(question), name=clean(question.name), standing=Standing.QUESTION, note=note)


def _question_id(question: Question) -> str:
    return question.gid or f"new-{question.fingerprint}"


def _sentences(reasons: Iterable[Reason], clean: Clean) -> tuple[str, ...]:
    return tuple(clean(reason.text) for reason in reasons)


def _link(url: str) -> str:
    """The address where it is a plain https one, else nothing: it comes from outside and ends in files."""
    return url if _LINK.fullmatch(url) else ""
