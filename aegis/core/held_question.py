"""What a person is asked where the model cannot be used and no address for notices is set: once, in one project."""

from __future__ import annotations

from aegis.core.causes import fingerprint
from aegis.core.models import Effect, Question, QuestionOption, ReasonKind
from aegis.core.questions import Draft, question

_TITLES = {
    "login": "Claude Login",
    "credit": "Anthropic Credit",
    "overloaded": "Model Overloaded",
    "unreachable": "Model Unreachable",
    "cli": "Claude CLI",
}
WORKS = "The model answers again."


def held_cause(scope: str) -> str:
    """The cause that an account cannot be used: one for all projects and kinds of trouble."""
    return fingerprint(ReasonKind.PAUSED, scope)


def held_question(kind: str, reason: str, scope: str) -> Question:
    """The question about an account that is held until it works again.

    Args:
        kind: one of `aegis.core.holds.KINDS`.
        reason: the hold's, secrets masked.
        scope: the account's.
    """
    draft = Draft(
        title=_TITLES.get(kind, "Claude"),
        why=f"Two runs in a row could not be: {reason}.",
        asks="Aegis starts nothing more on this account, on any machine. Can you mend it? See `aegis test-claude`.",
        options=(QuestionOption(label="It is mended", effect=Effect.LOOK, aliases=("mended", "done")),),
        recommended=1,
        because="no task has lost an attempt, and all of them go on by themselves",
        then="You need not answer: Aegis looks again every 2 to 30 minutes, goes on once the model answers, and closes "
        "this question then.",
    )
    return question(held_cause(scope), ReasonKind.PAUSED, draft, (), exists=False, gid=None)
