"""From how a run ended to what it came to: done means proven, and what is not the task's fault costs it nothing."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.core.models import ClaudeRun, Ending, ReplyStatus, Verdict

DONE_HEADLINE = "✓ Task completed via Aegis"


@dataclass(frozen=True)
class VerifyResult:
    """What the repository's own verify commands said; `failed` is the first that failed, "" where all passed."""

    failed: str = ""
    exit_code: int = 0
    tail: str = ""


@dataclass(frozen=True)
class Decided:
    """The verdict with its line for people; `output` is what failed checks printed, where checks failed."""

    verdict: Verdict
    headline: str
    reason: str = ""
    output: str = ""


_UNUSABLE = {
    "login": "the Claude CLI is not logged in, or its key is not accepted",
    "credit": "the Anthropic account's credit is used up",
    "plan_window": "the Claude plan's usage limit is reached",
    "overloaded": "the model is overloaded or limits the rate",
    "unreachable": "the model cannot be reached",
    "cli": "the Claude CLI cannot be run",
}


def verdict_of(run: ClaudeRun, verified: VerifyResult | None) -> Decided:
    """Decide what a run came to.

    Args:
        run: the run.
        verified: what the verify commands said, None where there are none or the agent did not say that it is done.
    """
    match run.ending:
        case Ending.UNUSABLE:
            what = _UNUSABLE.get(run.unusable_kind or "", "Claude cannot be used")
            return Decided(Verdict.NOT_ITS_FAULT, "⚠️ Not run", f"{what}: {run.detail}" if run.detail else what)
        case Ending.STOPPED:
            return Decided(Verdict.INTERRUPTED, "⚠️ Interrupted", run.detail)
        case Ending.REPLIED if run.reply is not None:
            return _by_reply(run, verified)
        case Ending.TURN_LIMIT | Ending.MONEY_LIMIT | Ending.TIME_LIMIT | Ending.STALLED:
            return Decided(Verdict.FAILED, _with_errors(run), f"{_LIMITS[run.ending]}: {run.detail}")
        case _:
            return Decided(Verdict.FAILED, _with_errors(run), run.detail)


_LIMITS = {
    Ending.TURN_LIMIT: "Turn limit (MAX_TURNS)",
    Ending.MONEY_LIMIT: "Money limit (MAX_COST_USD_PER_TASK)",
    Ending.TIME_LIMIT: "Time limit (TASK_TIMEOUT_SECONDS)",
    Ending.STALLED: "Stalled (STALL_TIMEOUT_SECONDS)",
}


def _by_reply(run: ClaudeRun, verified: VerifyResult | None) -> Decided:
    assert run.reply is not None
    match run.reply.status:
        case ReplyStatus.DONE if verified is not None and verified.failed:
            why = f"the agent says it is done, but `{verified.failed}` failed (exit code {verified.exit_code})"
            return Decided(Verdict.FAILED, "⚠️ Task not completed: its checks failed", why, verified.tail)
        case ReplyStatus.DONE:
            headline = f"{DONE_HEADLINE}, with tool calls denied" if run.denials else DONE_HEADLINE
            return Decided(Verdict.DONE, headline)
        case ReplyStatus.QUESTION:
            return Decided(Verdict.QUESTION, "? The agent needs an answer", run.reply.question or run.reply.summary)
        case ReplyStatus.BLOCKED:
            return Decided(Verdict.BLOCKED, "⚠ The agent is blocked", run.reply.question or run.reply.summary)
        case ReplyStatus.FAILED:
            return Decided(Verdict.FAILED, "⚠️ Task failed", run.reply.summary or "the agent gave no reason")


def _with_errors(run: ClaudeRun) -> str:
    code = "none" if run.exit_code is None else run.exit_code
    return f"⚠️ Task completed with errors (exit code {code})" if run.exit_code != 0 else "⚠️ Task not completed"
