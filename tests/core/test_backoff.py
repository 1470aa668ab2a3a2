"""A failure is tried again after a growing pause; what was not the task's fault neither counts nor makes it longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.backoff import (
    JITTER,
    TASK_DELAYS,
    failures_in_a_row,
    last_failure_at,
    next_attempt_at,
    next_delivery_at,
)
from aegis.core.models import Verdict

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
FAILED, DONE, OURS, CUT = Verdict.FAILED, Verdict.DONE, Verdict.NOT_ITS_FAULT, Verdict.INTERRUPTED


def minutes(count: int) -> datetime:
    return AT + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("newest_first", "failures"),
    [
        ([], 0),
        ([FAILED, FAILED], 2),
        ([FAILED, DONE, FAILED], 1),
        ([FAILED, Verdict.QUESTION, FAILED], 1),
        ([OURS] * 50, 0),
        ([OURS, FAILED, OURS], 1),
        ([CUT, None, CUT], 0),
        ([CUT, None, CUT, None], 1),
    ],
)
def test_failures_count_since_the_last_success(newest_first: list[Verdict | None], failures: int) -> None:
    assert failures_in_a_row(newest_first) == failures


@pytest.mark.parametrize(
    ("newest_first", "expected"),
    [
        ([(OURS, 9), (FAILED, 5), (FAILED, 1)], 5),
        ([(CUT, 9), (FAILED, 5)], 5),
        ([(CUT, 9), (CUT, 5)], 9),
        ([(OURS, 9)], None),
        ([(DONE, 9), (FAILED, 5)], None),
        ([(FAILED, 9), (DONE, 5)], 9),
    ],
)
def test_the_pause_counts_from_the_latest_failure(
    newest_first: list[tuple[Verdict, int]], expected: int | None
) -> None:
    found = last_failure_at([(verdict, minutes(end)) for verdict, end in newest_first])
    assert found == (None if expected is None else minutes(expected))


@given(st.integers(1, 100), st.integers(1, 100))
def test_pauses_between_deliveries_grow_up_to_a_most(some: int, more: int) -> None:
    first, second = next_delivery_at(some, AT), next_delivery_at(some + more, AT)
    assert AT < first <= second <= AT + timedelta(hours=1)


@given(st.integers(1, 100), st.integers(1, 100), st.from_regex(r"[0-9]{1,20}", fullmatch=True))
def test_pauses_between_attempts_grow_and_keep_near_their_steps(some: int, more: int, gid: str) -> None:
    first, second = next_attempt_at(some, AT, gid), next_attempt_at(some + more, AT, gid)
    assert AT < first <= second
    step = TASK_DELAYS[min(some, len(TASK_DELAYS)) - 1]
    assert step * (1 - JITTER) <= first - AT <= step * (1 + JITTER)
    assert first == next_attempt_at(some, AT, gid), "the same for whoever asks"


def test_tasks_that_failed_together_are_not_tried_together() -> None:
    pauses = [(next_attempt_at(1, AT, str(gid)) - AT) / TASK_DELAYS[0] for gid in range(1000)]
    assert len(set(pauses)) == 1000
    assert min(pauses) < 1 - JITTER * 0.9 and max(pauses) > 1 + JITTER * 0.9
    assert abs(sum(pauses) / 1000 - 1) < 0.05
