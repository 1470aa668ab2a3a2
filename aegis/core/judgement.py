"""What is kept of the last judgement over a project, for `aegis status`, which asks nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aegis.core.models import Assessment, Frozen, TaskState
from aegis.core.text import one_line

_MOST_WAITING, _MOST_REASONS = 50, 10


class WaitingTask(Frozen):
    """A task that was not ready, with the sentences that say why."""

    gid: str
    name: str
    state: TaskState
    reasons: tuple[str, ...]


class LastJudgement(Frozen):
    """Counts over all tasks, and the first of those that waited, in Asana's order; `at` is UTC."""

    project_gid: str
    project_name: str
    at: datetime
    ready: int
    blocked: int
    unclear: int
    waiting: tuple[WaitingTask, ...] = ()


def last_judgement(assessment: Assessment, at: datetime, mask: Callable[[str], str] = str) -> LastJudgement:
    """What is kept of a judgement made at `at`; `mask` hides the secrets in its words."""

    def clean(text: str) -> str:
        return one_line(mask(text))

    states = [task.state for task in assessment.tasks]
    return LastJudgement(
        project_gid=assessment.project_gid,
        project_name=clean(assessment.project_name),
        at=at,
        ready=states.count(TaskState.READY),
        blocked=states.count(TaskState.BLOCKED),
        unclear=states.count(TaskState.UNCLEAR),
        waiting=tuple(
            WaitingTask(
                gid=task.gid,
                name=clean(task.name),
                state=task.state,
                reasons=tuple(clean(reason.text) for reason in task.reasons[:_MOST_REASONS]),
            )
            for task in assessment.blocked[:_MOST_WAITING]
        ),
    )
