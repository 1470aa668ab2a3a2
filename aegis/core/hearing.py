"""From what stands on a question's task to a person's answer, and to the few words with which Aegis acknowledges it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aegis.core.answers import says_available, understood
from aegis.core.causes import OF_WORDS
from aegis.core.models import Answer, Effect, QuestionOption, ReasonKind
from aegis.core.prompts import PersonAnswer, PersonComment
from aegis.core.text import one_line

_LONGEST_ECHO = 200
_AVAILABLE = "It is available now"
_OPTION = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)
_RECOMMENDED = re.compile(r"^Recommended: option (\d{1,2})\b", re.MULTILINE)


@dataclass(frozen=True)
class Completed:
    """By whom and when a question's task was completed; `by` is empty where Asana does not say."""

    by: str = ""
    at: datetime | None = None


def answer_to(
    kind: ReasonKind | None,
    options: Sequence[QuestionOption],
    recommended: int,
    words: Sequence[PersonComment],
    completed: Completed | None,
) -> Answer | None:
    """The answer that comments and completion give; None where there is neither.

    Words count more than the completion; of several comments the last that chooses an option does. Without a word, the
    completion accepts the recommendation.

    Args:
        kind: the cause's; None for one that is not known.
        options: the question's, where they are known.
        recommended: the number of the recommended one, 0 for none.
        words: the comments of people, oldest first.
        completed: who completed the question's task, None where it is open.
    """
    if words:
        return _from_words(kind or ReasonKind.QUESTION, options, recommended, words)
    if completed is None:
        return None
    answer = Answer(author=completed.by, at=completed.at)
    if 0 < recommended <= len(options):
        return _choosing(answer, options, recommended)
    fallback = {
        ReasonKind.SERVICE: Effect.LOOK,
        ReasonKind.CODE_LOCATION: Effect.LOOK,
        ReasonKind.FAILURES: Effect.RETRY,
    }
    return answer.model_copy(update={"effect": fallback.get(kind or ReasonKind.QUESTION, Effect.RELEASE)})


def _from_words(
    kind: ReasonKind, options: Sequence[QuestionOption], recommended: int, words: Sequence[PersonComment]
) -> Answer:
    last = words[-1]
    text = "\n\n".join(one.text.strip() for one in words)
    authors = list(dict.fromkeys(one.author for one in words if one.author))
    answer = Answer(author=", ".join(authors), at=last.at, text=text, heard_until=last.at)
    for one in reversed(words):
        number = understood(one.text, options, recommended)
        if number is not None:
            return _choosing(answer, options, number)
    if kind is ReasonKind.SERVICE and says_available(last.text):
        return answer.model_copy(update={"effect": Effect.LOOK, "option": _AVAILABLE})
    effect = OF_WORDS.get(kind, Effect.RELEASE)
    gids: tuple[str, ...] = ()
    if effect in (Effect.START, Effect.WAIT) and 0 < recommended <= len(options):
        gids = options[recommended - 1].gids
    if effect in (Effect.START, Effect.WAIT) and not gids:
        effect = Effect.RELEASE
    return answer.model_copy(update={"effect": effect, "gids": gids})


def _choosing(answer: Answer, options: Sequence[QuestionOption], number: int) -> Answer:
    option = options[number - 1]
    chosen = {"number": number, "option": option.label, "effect": option.effect, "gids": option.gids}
    return answer.model_copy(update=chosen)


def options_in(notes: str) -> tuple[tuple[QuestionOption, ...], int]:
    """The options in a question's notes, and the recommended one's number: for a question whose record was lost."""
    _, found, rest = notes.replace("\r\n", "\n").rpartition("\nOptions:\n")
    if not found:
        return (), 0
    listed = rest.partition("\n\n")[0]
    labels = [label for number, label in _OPTION.findall(listed)]
    recommended = _RECOMMENDED.search(rest)
    number = int(recommended[1]) if recommended else 0
    return tuple(QuestionOption(label=label) for label in labels), number if number <= len(labels) else 0


_THEN = {
    Effect.RELEASE: "The waiting tasks go on.",
    Effect.HOLD: "The waiting tasks go on once their texts or links change.",
    Effect.WAIT: "The waiting tasks go on once it is done.",
    Effect.START: "It goes first; the others follow.",
    Effect.RETRY: "It is tried again.",
}


def acknowledgement(answer: Answer, *, there_now: str = "", missing: str = "") -> str:
    """Aegis's comment on an answered question.

    Args:
        answer: the answer.
        there_now: of an answer that only a look can confirm: what answers now.
        missing: of such an answer: what is still missing.
    """
    understood_as = _echo(answer)
    if missing:
        return f"{understood_as} But it is still missing: {missing} The waiting tasks go on as soon as it is there."
    then = f"{there_now} The waiting tasks go on." if there_now else _THEN.get(answer.effect, _THEN[Effect.RELEASE])
    return f"{understood_as} {then}"


def _echo(answer: Answer) -> str:
    chosen = one_line(answer.option, _LONGEST_ECHO).rstrip(".")
    if answer.number and not answer.text:
        return f"Understood: option {answer.number}, as recommended ({chosen})."
    if answer.number:
        return f"Understood: option {answer.number} ({chosen})."
    if chosen:
        return f"Understood: {chosen}."
    if answer.text:
        return f"Understood, in your words: {one_line(answer.text, _LONGEST_ECHO).rstrip('.')}."
    return "Understood."


def told(question: str, answer: Answer) -> PersonAnswer:
    """An answer as the agent is told of it."""
    meant = "which accepts the recommendation" if answer.number else "so decide yourself where nothing is recommended"
    words = answer.text or (
        f"(completed the question without a word, {meant}; what people wrote on the task since then counts more)"
    )
    return PersonAnswer(question=question, author=answer.author, at=answer.at, text=words, option=answer.option)


def is_worth_telling(answer: Answer) -> bool:
    """Whether an answer says anything to the agent: a completed "it is there now" does not."""
    return bool(answer.text) or answer.effect in (Effect.RELEASE, Effect.RETRY, Effect.START)


def closing_words(why: str) -> str:
    """Aegis's comment on a question whose cause is gone."""
    return f"This question is settled by itself. {why} The waiting tasks go on."
