"""Sections: tasks that are worked on move to the section that says so, and back or on, where a person has made one.

Seen by people and by nobody else: no move holds a task up or fails it. What Aegis moved counts for its own filters as
standing where a person left it (`scope_of`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress

from sqlalchemy import Connection

from aegis.adapters.claims import Claim
from aegis.adapters.outbox import OutboxWrite
from aegis.core.models import AsanaTask, Outcome, Project, Section
from aegis.core.scope import Scope
from aegis.core.sections import (
    Move,
    Neighbours,
    Placement,
    Stage,
    found_at,
    move_to,
    section_for,
    sections_of_stages,
    stage_of,
)
from aegis.core.text import one_line
from aegis.errors import AegisError, AsanaError
from aegis.wiring import Runtime
from tasks.send import deliver_due

log = logging.getLogger("aegis.run")


def scope_of(runtime: Runtime, project_gids: Iterable[str], section: str | None = None) -> Scope:
    """The user's filters for these projects, with what Aegis moved there itself."""
    settings = runtime.settings
    homes = runtime.state.placements.homes(project_gids)
    return Scope(settings.aegis_assignee, settings.aegis_sections, settings.aegis_tags, section, homes)


def show_in_progress(
    runtime: Runtime, claim: Claim, project: Project, asana_task: AsanaTask, neighbours: Neighbours
) -> None:
    """Move a task that is begun now to "In Progress", from wherever it stands.

    Args:
        runtime: the open runtime.
        claim: the claim on the task.
        project: the project that it is begun in.
        asana_task: the task as it was read just now.
        neighbours: between which it stands, for its way back.

    Raises ClaimLostError and DatabaseError; never AsanaError.
    """
    if not runtime.settings.section_names:
        return
    known = runtime.state.placements.get(asana_task.gid, project.gid)
    placement = found_at(asana_task.memberships, project.gid, known, neighbours)
    if placement is None:
        return
    move = move_to(placement, _sections(runtime, project).get(Stage.IN_PROGRESS))
    if move is not None:
        runtime.state.placements.begin(claim, placement, move)
        deliver_due(runtime, [asana_task.gid], just_read=asana_task)


class EndMove:
    """The move that the end of a run asks for: back to where the task was, or on."""

    def __init__(self, runtime: Runtime, task_gid: str, placement: Placement, move: Move) -> None:
        self._runtime, self._task_gid, self._placement, self._move = runtime, task_gid, placement, move

    def intend(self, connection: Connection) -> Sequence[OutboxWrite]:
        """Note it in the transaction that records the end, and return its write."""
        return self._runtime.state.placements.intend(connection, self._task_gid, self._placement, self._move)

    def begin(self, claim: Claim) -> None:
        """Store it in a transaction of its own. Raises ClaimLostError and DatabaseError."""
        self._runtime.state.placements.begin(claim, self._placement, self._move)


def end_move(
    runtime: Runtime, project: Project, asana_task: AsanaTask, outcome: Outcome | None, *, used_up: bool = False
) -> EndMove | None:
    """The move after a run, None where the task stays where it is; without an outcome it goes back.

    Raises DatabaseError; never AsanaError.
    """
    if not runtime.settings.section_names:
        return None
    known = runtime.state.placements.get(asana_task.gid, project.gid)
    placement = known or found_at(asana_task.memberships, project.gid, None, Neighbours())
    stage = stage_of(outcome, used_up=used_up) if outcome is not None else None
    if placement is None or (known is None and stage is None):
        return None
    section = section_for(stage, _sections(runtime, project)) if stage is not None else None
    move = move_to(placement, section)
    return None if move is None else EndMove(runtime, asana_task.gid, placement, move)


def put_back(runtime: Runtime, claim: Claim, project: Project, asana_task: AsanaTask) -> None:
    """Move a task back whose run could not be made for a reason of ours. Raises nothing: worse is on its way."""
    with suppress(AegisError):
        back = end_move(runtime, project, asana_task, None)
        if back is not None:
            back.begin(claim)
            deliver_due(runtime, [asana_task.gid])


def _sections(runtime: Runtime, project: Project) -> dict[Stage, Section]:
    """The project's sections for the stages; asked for once in a runtime, which lasts for a session."""
    if project.gid not in runtime.sections:
        found: Sequence[Section] = ()
        try:
            found = runtime.asana.sections(project.gid)
        except AsanaError as error:
            log.warning("The sections of %s cannot be read, so tasks stay in theirs: %s", one_line(project.name), error)
        runtime.sections[project.gid] = sections_of_stages(runtime.settings.section_names, found)
    return runtime.sections[project.gid]
