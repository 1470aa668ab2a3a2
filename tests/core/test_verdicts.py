"""Done means proven; what failed says why; what is not the task's fault costs it nothing."""

from __future__ import annotations

import pytest

from aegis.core.models import Denial, Ending, Reply, ReplyStatus, Verdict
from aegis.core.verdicts import DONE_HEADLINE, VerifyResult, verdict_of
from tests.core.builders import run

DONE = Reply(status=ReplyStatus.DONE, summary="All done.")


def test_a_reply_of_done_is_done() -> None:
    decided = verdict_of(run(reply=DONE), None)
    assert (decided.verdict, decided.headline, decided.reason) == (Verdict.DONE, "✓ Task completed via Aegis", "")
    assert verdict_of(run(reply=DONE), VerifyResult()).verdict is Verdict.DONE


def test_done_needs_the_repositorys_checks_to_pass() -> None:
    decided = verdict_of(run(reply=DONE), VerifyResult(failed="make test", exit_code=2, tail="1 failed"))
    assert decided.verdict is Verdict.FAILED and decided.headline.startswith("⚠️")
    assert "`make test` failed (exit code 2)" in decided.reason and decided.output == "1 failed"


def test_a_run_with_denied_calls_is_no_clean_success() -> None:
    decided = verdict_of(run(reply=DONE, denials=(Denial(tool="Bash"),)), None)
    assert decided.verdict is Verdict.DONE and decided.headline == f"{DONE_HEADLINE}, with tool calls denied"


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("failed", Verdict.FAILED, "Could not."),
        ("question", Verdict.QUESTION, "Which?"),
        ("blocked", Verdict.BLOCKED, "Which?"),
    ],
)
def test_the_agents_own_word_is_taken_when_it_is_not_done(status: str, verdict: Verdict, reason: str) -> None:
    decided = verdict_of(run(reply=Reply(status=ReplyStatus(status), summary="Could not.", question="Which?")), None)
    assert (decided.verdict, decided.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("ending", "named"),
    [
        (Ending.TURN_LIMIT, "MAX_TURNS"),
        (Ending.MONEY_LIMIT, "MAX_COST_USD_PER_TASK"),
        (Ending.TIME_LIMIT, "TASK_TIMEOUT_SECONDS"),
    ],
)
def test_a_limit_is_named(ending: Ending, named: str) -> None:
    decided = verdict_of(run(ending, exit_code=1, detail="it was over"), None)
    assert decided.verdict is Verdict.FAILED and named in decided.reason and "it was over" in decided.reason


@pytest.mark.parametrize("ending", [e for e in Ending if e not in (Ending.REPLIED, Ending.UNUSABLE, Ending.STOPPED)])
def test_every_other_ending_fails_and_says_why(ending: Ending) -> None:
    decided = verdict_of(run(ending, exit_code=1, detail="what happened", reply=DONE), None)
    assert decided.verdict is Verdict.FAILED and "what happened" in decided.reason
    assert decided.headline == "⚠️ Task completed with errors (exit code 1)"
    assert verdict_of(run(ending, exit_code=0), None).headline == "⚠️ Task not completed"


@pytest.mark.parametrize(
    "kind", ["login", "credit", "plan_window", "overloaded", "unreachable", "cli", "something new"]
)
def test_what_is_not_the_tasks_fault_costs_it_nothing(kind: str) -> None:
    decided = verdict_of(run(Ending.UNUSABLE, unusable_kind=kind, detail="said so"), None)
    assert decided.verdict is Verdict.NOT_ITS_FAULT and decided.reason.endswith("said so")


def test_a_stopped_run_is_interrupted() -> None:
    assert verdict_of(run(Ending.STOPPED, exit_code=143), None).verdict is Verdict.INTERRUPTED


def test_no_reply_is_never_done() -> None:
    assert verdict_of(run(Ending.REPLIED, reply=None), None).verdict is Verdict.FAILED
