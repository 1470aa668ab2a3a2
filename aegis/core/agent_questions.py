"""What the agent asks in mid-work becomes a question task, so that its task waits natively for the answer."""

from __future__ import annotations

from aegis.core.answers import understood
from aegis.core.causes import agent_cause
from aegis.core.models import AsanaTask, Outcome, Question, QuestionOption, ReasonKind, Verdict
from aegis.core.questions import Draft, called, question, shortened

_LONGEST_WORDS = 3000
_MOST_OPTIONS = 10
_IS_THERE = (
    QuestionOption(
        label="It is there now: go on", pros="the agent goes on where it was", aliases=("it is there now", "go on")
    ),
    QuestionOption(
        label="Go on without it", cons="say how in your comment: the agent reads it", aliases=("without it",)
    ),
)
"""What can be said to an agent that lacks something and names no options."""


def agent_question(task: AsanaTask, outcome: Outcome) -> Question | None:
    """The question to create for an outcome that waits for a person; None for any other.

    Its cause is this task and these words: the same agent asking the same again finds the same question.
    """
    if outcome.verdict not in (Verdict.QUESTION, Verdict.BLOCKED):
        return None
    words = (outcome.question or outcome.reason or outcome.summary).strip() or "(the agent did not say what)"
    options = tuple(
        QuestionOption(label=one.label, pros=one.pros, cons=one.cons) for one in outcome.options[:_MOST_OPTIONS]
    )
    is_blocked = outcome.verdict is Verdict.BLOCKED
    if not options and is_blocked:
        options = _IS_THERE
    options, recommended = _recommended(outcome.recommendation, options)
    done = shortened(outcome.summary) if outcome.summary.strip() != words else ""
    draft = Draft(
        title=called(task),
        why=f"What the agent did so far:\n{done}" if done else "",
        asks=f"{'The agent is blocked' if is_blocked else 'The agent asks'}:\n{shortened(words, _LONGEST_WORDS)}",
        options=options,
        recommended=recommended,
        then="The agent goes on in its conversation at the next run, with your words.",
    )
    asked = question(agent_cause(task.gid, words), ReasonKind.QUESTION, draft, (task,), exists=False, gid=None)
    return asked.model_copy(update={"asks": shortened(words, _LONGEST_WORDS)})


def _recommended(words: str, options: tuple[QuestionOption, ...]) -> tuple[tuple[QuestionOption, ...], int]:
    """The options with the recommended one's number; a recommendation that is none of them becomes one more."""
    if not words.strip():
        return options, 1 if options is _IS_THERE else 0
    number = understood(words, options)
    if number is not None:
        return options, number
    return (*options, QuestionOption(label=words.strip())), len(options) + 1
