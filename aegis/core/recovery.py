"""What to do with a task that is claimed now: start, resume, conclude what a dead owner left, or leave it.

Decided from three witnesses: our executions (what we did), the task as Asana holds it now (what people did), and
our markers in its comments (what we did before the database was lost). See docs/architecture.md, "Once".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aegis.core.models import AsanaTask, ClaudeRun, Ending, Story, Verdict


@dataclass(frozen=True)
class PastExecution:
    """The latest execution of a task: `running` when its owner never recorded an end."""

    execution_id: str
    run_id: str
    session_id: str
    running: bool
    verdict: Verdict | None = None
    ending: Ending | None = None
    same_host: bool = True
    run_dir: str = ""
    ended_at: datetime | None = None
    completion_confirmed: bool = False
    completion_parked: bool = False
    undelivered: bool = False


@dataclass(frozen=True)
class Leave:
    """Do nothing; `why` is the sentence for people."""

    why: str


@dataclass(frozen=True)
class Deliver:
    """The work is done and recorded; only its report is still to be delivered."""


@dataclass(frozen=True)
class Conclude:
    """The agent ended before its owner died: its run is concluded, not repeated."""

    past: PastExecution
    run: ClaudeRun


@dataclass(frozen=True)
class Adopt:
    """The database was lost, but a comment of ours says that the task was done by run `run_id`."""

    run_id: str


@dataclass(frozen=True)
class Resume:
    """Go on in the conversation `past.session_id`; `reopened` when a person wants finished work done again."""

    past: PastExecution
    reopened: bool = False


@dataclass(frozen=True)
class Start:
    """A new conversation; `after` is the latest execution, where there was one."""

    after: PastExecution | None = None
    reopened: bool = False


Step = Leave | Deliver | Conclude | Adopt | Resume | Start

_WORTH_RESUMING = {
    Ending.REPLIED,
    Ending.NO_REPLY,
    Ending.CUT,
    Ending.STUCK,
    Ending.TURN_LIMIT,
    Ending.MONEY_LIMIT,
    Ending.TIME_LIMIT,
    Ending.STALLED,
    Ending.STOPPED,
    Ending.UNUSABLE,
}
"""Endings after which the conversation exists and holds work that a new one would pay for again."""


def next_step(
    task: AsanaTask,
    past: PastExecution | None,
    left_behind: ClaudeRun | None,
    done_by: str | None,
) -> Step:
    """Decide the next step for a claimed task.

    Args:
        task: the task as Asana holds it now.
        past: its latest execution in our database, None where there is none.
        left_behind: what a dead owner's agent left, where it had ended by itself and nobody concluded it.
        done_by: the run id of a genuine success marker of ours in the comments, after which nobody reopened it.
    """
    if task.completed:
        return Leave("it was completed in Asana meanwhile")
    if past is None:
        return Adopt(done_by) if done_by else Start()
    if past.running:
        if left_behind is not None:
            return Conclude(past, left_behind)
        return Resume(past) if past.same_host else Start(after=past)
    if past.verdict is Verdict.DONE:
        return _after_success(past)
    if past.same_host and past.ending in _WORTH_RESUMING:
        return Resume(past)
    return Start(after=past)


def _after_success(past: PastExecution) -> Step:
    """A recorded success is never run again because something of ours went wrong, only because a person says so."""
    if past.completion_confirmed:
        return Resume(past, reopened=True) if past.same_host else Start(after=past, reopened=True)
    if past.completion_parked:
        return Leave("it is done, but Asana refuses to complete it: complete it by hand")
    return Deliver()


def done_marker_still_valid(stories: Sequence[Story], genuine_done_runs: dict[str, str]) -> str | None:
    """The run id of our newest success comment after which nobody reopened the task.

    Args:
        stories: the task's stories in any order.
        genuine_done_runs: story gid -> run id, of the comments that carry a genuine success marker.
    """
    newest: str | None = None
    for story in sorted(stories, key=lambda s: (s.created_at.timestamp() if s.created_at else 0.0, s.gid)):
        if story.gid in genuine_done_runs:
            newest = genuine_done_runs[story.gid]
        elif story.resource_subtype == "marked_incomplete":
            newest = None
    return newest
