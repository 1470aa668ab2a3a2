"""What the agent asks in mid-work becomes a question task, so that its task waits natively for the answer."""

from __future__ import annotations

import hashlib

from aegis.core.models import AsanaTask, Outcome, Question, ReasonKind, ReplyOption, Verdict

_LONGEST_NAME = 120


def agent_question(task: AsanaTask, outcome: Outcome) -> Question | None:
    """The question to create for an outcome that waits for a person; None for any other.

    Its cause is this task and these words: the same agent asking the same again finds the same question.
    """
    if outcome.verdict not in (Verdict.QUESTION, Verdict.BLOCKED):
        return None
    words = (outcome.question or outcome.reason or outcome.summary).strip()
    cause = hashlib.sha256(f"agent\0{task.gid}\0{words}".encode()).hexdigest()[:20]
    return Question(
        fingerprint=cause,
        kind=ReasonKind.QUESTION,
        name=f"Question: {task.name}"[:_LONGEST_NAME],
        notes=_notes(task, outcome, words),
        task_gids=(task.gid,),
    )


def _notes(task: AsanaTask, outcome: Outcome, words: str) -> str:
    asks = "The agent asks" if outcome.verdict is Verdict.QUESTION else "The agent is blocked"
    parts = [
        f'"{task.name}" waits for an answer.\n{task.permalink_url}'.strip(),
        f"{asks}:\n{words}",
    ]
    if outcome.summary and outcome.summary.strip() != words:
        parts.append(f"What it did so far:\n{outcome.summary.strip()}")
    if outcome.options:
        parts.append("Options:\n" + "\n".join(_option(n, o) for n, o in enumerate(outcome.options, start=1)))
    if outcome.recommendation:
        parts.append(f"Recommended: {outcome.recommendation}")
    parts.append(
        "How to answer: write the answer as a comment on the waiting task, then complete this question. "
        "The agent goes on in its conversation at the next run."
    )
    return "\n\n".join(parts)


def _option(number: int, option: ReplyOption) -> str:
    lines = [f"{number}. {option.label}"]
    if option.pros:
        lines.append(f"   + {option.pros}")
    if option.cons:
        lines.append(f"   - {option.cons}")
    return "\n".join(lines)
