"""What happens to a claimed task follows from what we did, what people did, and what Asana remembers of us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aegis.core.models import AsanaTask, ClaudeRun, Ending, Story, Verdict
from aegis.core.recovery import (
    Adopt,
    Conclude,
    Deliver,
    Leave,
    PastExecution,
    Resume,
    Start,
    Step,
    done_marker_still_valid,
    next_step,
)

OPEN = AsanaTask(gid="1", name="Write it")
RUN = ClaudeRun(ending=Ending.REPLIED, exit_code=0, session_id="s")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def past(**facts: object) -> PastExecution:
    values: dict[str, object] = {"execution_id": "e", "run_id": "r", "session_id": "s", "running": False, **facts}
    return PastExecution(**values)  # type: ignore[arg-type]  # a table of cases, not an interface


@pytest.mark.parametrize(
    ("case", "step"),
    [
        (past(running=True), Resume),
        (past(running=True, same_host=False), Start),
        (past(verdict=Verdict.DONE, ending=Ending.REPLIED), Deliver),
        (past(verdict=Verdict.DONE, completion_confirmed=True), Resume),
        (past(verdict=Verdict.DONE, completion_parked=True), Leave),
        (past(verdict=Verdict.FAILED, ending=Ending.TURN_LIMIT), Resume),
        (past(verdict=Verdict.FAILED, ending=Ending.ERROR), Start),
        (past(verdict=Verdict.FAILED, ending=Ending.TURN_LIMIT, same_host=False), Start),
        (past(verdict=Verdict.QUESTION, ending=Ending.REPLIED), Resume),
        (None, Start),
    ],
)
def test_the_latest_execution_decides_how_an_open_task_goes_on(case: PastExecution | None, step: type[Step]) -> None:
    assert isinstance(next_step(OPEN, case, None, None), step)


def test_a_run_that_ended_before_its_owner_died_is_concluded_and_not_repeated() -> None:
    assert next_step(OPEN, past(running=True), RUN, None) == Conclude(past(running=True), RUN)


def test_a_reopened_task_is_done_again_and_the_agent_is_told_so() -> None:
    step = next_step(OPEN, past(verdict=Verdict.DONE, completion_confirmed=True), None, "r")
    assert isinstance(step, Resume)
    assert step.reopened


def test_a_task_that_a_person_completed_meanwhile_is_left_alone() -> None:
    assert isinstance(next_step(OPEN.model_copy(update={"completed": True}), past(running=True), RUN, None), Leave)


def test_without_a_database_our_own_success_comment_is_believed() -> None:
    assert next_step(OPEN, None, None, "r1") == Adopt("r1")


def _story(gid: str, minutes: int, subtype: str = "comment_added") -> Story:
    return Story(gid=gid, resource_subtype=subtype, created_at=NOON + timedelta(minutes=minutes))


def test_a_success_comment_counts_until_a_person_reopens_the_task() -> None:
    ours = {"10": "r1", "30": "r3"}
    done, reopened, again = _story("10", 1), _story("20", 2, "marked_incomplete"), _story("30", 3)
    assert done_marker_still_valid([done], ours) == "r1"
    assert done_marker_still_valid([reopened, done], ours) is None
    assert done_marker_still_valid([again, reopened, done], ours) == "r3"
    assert done_marker_still_valid([], ours) is None
