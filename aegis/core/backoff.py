"""When a failed task, or a delivery that did not come through, is tried again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from aegis.core.models import Verdict

TASK_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
DELIVERY_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600))
JITTER = 0.2
"""The part of a pause by which it is made longer or shorter: tasks that failed together are not tried together."""
FREE_INTERRUPTIONS = 3
"""So many interruptions in a row are taken as ours; a task whose runs are interrupted on and on counts as failing."""


def next_attempt_at(failures: int, last_end: datetime, task_gid: str) -> datetime:
    """The earliest time for a task's next attempt after so many failures in a row (at least one).

    Its jitter is the task's own: whoever asks, on whichever machine, is told the same time.
    """
    step = min(failures, len(TASK_DELAYS))
    return last_end + TASK_DELAYS[step - 1] * _jitter(f"{task_gid}:{step}")


def _jitter(key: str) -> float:
    """A factor from 1 - JITTER to 1 + JITTER, always the same for a key and evenly spread over keys."""
    part = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
    return 1 - JITTER + 2 * JITTER * part


def next_delivery_at(attempts: int, now: datetime) -> datetime:
    """The earliest time for the next delivery after so many that did not come through (at least one)."""
    return now + DELIVERY_DELAYS[min(max(attempts, 1), len(DELIVERY_DELAYS)) - 1]


def failures_in_a_row(verdicts_newest_first: Sequence[Verdict | None]) -> int:
    """The failures since the last success; what was not the task's fault counts nothing.

    Args:
        verdicts_newest_first: of each past execution; None for one whose owner died and recorded no end.
    """
    failed = interrupted = 0
    for verdict in verdicts_newest_first:
        if verdict in (Verdict.DONE, Verdict.QUESTION, Verdict.BLOCKED):
            break
        failed += verdict is Verdict.FAILED
        interrupted += verdict in (Verdict.INTERRUPTED, None)
    return failed + max(0, interrupted - FREE_INTERRUPTIONS)


def last_failure_at(past_newest_first: Sequence[tuple[Verdict | None, datetime | None]]) -> datetime | None:
    """The end from which the pause counts: of the latest failure, else of the latest interruption; None for neither.

    What was not the task's fault neither begins a pause nor makes one longer.

    Args:
        past_newest_first: verdict and end of each past execution.
    """
    interrupted: datetime | None = None
    for verdict, end in past_newest_first:
        if verdict in (Verdict.DONE, Verdict.QUESTION, Verdict.BLOCKED):
            break
        if verdict is Verdict.FAILED:
            return end
        if verdict in (Verdict.INTERRUPTED, None):
            interrupted = interrupted or end
    return interrupted
