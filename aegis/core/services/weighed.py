"""Things that a text names without asking for them: whether they are needed, by weights of the words around them.

The signs and counters of `decision` are features among others. The words of sentences that do not name the thing are
none, so that an unrelated sentence changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aegis.core.learned import Weights, ngrams
from aegis.core.services.requirement import Requirement
from aegis.core.services.scene import Said

IF_SAID, IF_NOT = 0.5, 1.0
"""The scores from which on a thing is needed: where the signs say so, too, and where they do not. Found by leaving out
one batch of texts after the other."""
WEIGHTS = Path(__file__).with_name("weighed.json")
LEARNED = Weights(WEIGHTS)
_NEAR = 6


@dataclass(frozen=True)
class Mention:
    """Where a thing is named: its sentence and place there, and what the signs say of it."""

    said: Said
    at: int
    signs: frozenset[str]
    counters: frozenset[str]
    weight: int


def is_needed(thing: Requirement, name: Said, mentions: Sequence[Mention], *, said: bool) -> bool:
    """Whether the work needs a thing that its text mentions; `said`: whether the signs of a mention say so."""
    return LEARNED.score(features_of(thing, name, mentions, said=said)) >= (IF_SAID if said else IF_NOT)


def features_of(thing: Requirement, name: Said, mentions: Sequence[Mention], *, said: bool) -> Iterator[str]:
    """What tells whether a thing is needed, from the task's name and all sentences that mention the thing."""
    for mention in mentions:
        yield from _of_mention(thing, mention)
    yield from ngrams([token.word for token in name.tokens], 2, "name")
    yield f"thing:{thing.service if thing.service.isalpha() else thing.kind}"
    yield f"said:{said}"


def _of_mention(thing: Requirement, mention: Mention) -> Iterator[str]:
    words = ["<s>", *(_word(thing, mention.said, n) for n in range(len(mention.said.tokens))), "</s>"]
    at = min(mention.at + 1, len(words) - 1)
    yield from ngrams(words[max(0, at - _NEAR) : at + _NEAR + 1], 3, "near")
    for count in (1, 2, 3):
        yield f"before{count}:{' '.join(words[max(0, at - count) : at])}"
        yield f"behind{count}:{' '.join(words[at + 1 : at + 1 + count])}"
    yield from (f"word:{word}" for word in words)
    yield f"place:{mention.said.place.name}"
    yield f"kind:{thing.kind}"
    yield from (f"sign:{sign}" for sign in mention.signs)
    yield from (f"counter:{counter}" for counter in mention.counters)
    yield f"weight:{max(-2, min(3, mention.weight // 3))}"


def _word(thing: Requirement, said: Said, at: int) -> str:
    """A word, `§` for the thing itself, `¤` for another, `#` for a number."""
    token = said.tokens[at]
    if token.thing is not None:
        return "§" if token.thing.service == thing.service else "¤"
    return "#" if token.word.isdigit() else token.word.lower()
