"""The order in which a session would go through a project, if each task that it starts is done."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from aegis.core.models import AssessedTask, Assessment, ReasonKind


@dataclass(frozen=True)
class Turn:
    """A task in its turn; `after` are the turns, counted from 1, of the tasks that must be done before it."""

    task: AssessedTask
    after: tuple[int, ...] = ()


def expected_order(assessment: Assessment) -> tuple[Turn, ...]:
    """The ready tasks and what becomes ready by them, each time the first in Asana's order, as a session chooses."""
    place = {task.gid: at for at, task in enumerate(assessment.tasks)}
    waits_for = {task.gid: needed for task in assessment.tasks if (needed := _only_waits_for(task, place)) is not None}
    waiting: dict[str, list[str]] = {}
    for gid, needed in waits_for.items():
        for one in needed:
            waiting.setdefault(one, []).append(gid)
    missing = {gid: len(needed) for gid, needed in waits_for.items()}
    free = [place[gid] for gid, count in missing.items() if count == 0]
    heapq.heapify(free)
    turns: list[Turn] = []
    number: dict[str, int] = {}
    while free:
        task = assessment.tasks[heapq.heappop(free)]
        turns.append(Turn(task, tuple(sorted(number[gid] for gid in waits_for[task.gid]))))
        number[task.gid] = len(turns)
        for gid in waiting.get(task.gid, ()):
            missing[gid] -= 1
            if not missing[gid]:
                heapq.heappush(free, place[gid])
    return tuple(turns)


def _only_waits_for(task: AssessedTask, judged: dict[str, int]) -> set[str] | None:
    """The judged tasks that it waits for; None where it waits for anything else."""
    needed = {reason.task_gid for reason in task.reasons if reason.kind is ReasonKind.DEPENDENCY}
    if len(needed) != len(task.reasons) or not all(gid in judged for gid in needed):
        return None
    return {gid for gid in needed if gid is not None}
