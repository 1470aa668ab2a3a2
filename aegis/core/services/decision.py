"""Whether a task requires a thing that its text names: all that decides it, in one place.

1. What a sentence *demands* is required: "requires X" (`needs`), "X must be running" (`asks`, `around`), "without X
   the test fails" (`lacks`). No other sentence takes that back; only a task whose name sets X up or does away with it
   does.
2. Else the signs are weighed. For it speaks that the work is done with, or checked on, the living thing: each mention
   counts for itself, by its clause (`signs`), and with what the text as a whole wants (`whole`). Against it speaks that
   it goes, is made, stood in for, or that its absence is the matter (`counters`): in the clause, in any clause that
   names it, in the whole text. It is required where a mention comes to `ENOUGH` after all that speaks against it.

To be named alone is half of it: a text that only tells what software uses has nothing to add.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from aegis.core.services.asks import asks_for
from aegis.core.services.clauses import clause_of
from aegis.core.services.counters import Counter, counters_at, counters_of
from aegis.core.services.lacks import comes_to_nothing
from aegis.core.services.programs import named_in_a_line, runs_program, served
from aegis.core.services.requirement import Kind, Requirement
from aegis.core.services.scene import Place, Said
from aegis.core.services.signs import Sign, signs_of
from aegis.core.services.tails import is_part, is_whole
from aegis.core.services.weighed import Mention, is_needed
from aegis.core.services.whole import counters_in, signs_in
from aegis.core.services.words import COMMAND_LINE

ENOUGH = 6
"""The weight of signs from which on a thing is required: one that is plain, or two or three that are not."""
MOST_MENTIONS = 12
"""Mentions of one thing that are weighed; who names it more often says nothing new."""
MOST_WEIGHED = 200
"""Mentions that are weighed in one text."""


_OF_A_PART = frozenset(
    {Sign.HANDS_ON, Sign.ALL_HANDS_ON, Sign.RULED_OUT, Sign.ACCEPTED_LIVE, Sign.LIVE, Sign.ENVIRONMENT, Sign.PLACED}
)
"""What holds for a part of a thing as well."""
_OF_ITSELF = frozenset({Sign.COMMANDED, Sign.LINE, Sign.HAD, Sign.HERE})
"""What is said of the thing itself, whatever follows its name."""


def demanded(said: Said) -> Iterator[Requirement]:
    """The things that a sentence requires in so many words."""
    is_outcome = said.place is Place.OUTCOME
    for at, token in enumerate(said.tokens):
        if token.thing is None:
            continue
        if asks_for(said.tokens, at, is_outcome=is_outcome) or comes_to_nothing(said, at):
            yield token.thing


class Weighing:
    """The signs of one text, weighed for each thing that it names; what holds for many mentions is read once."""

    def __init__(self, text: Sequence[Said]) -> None:
        self.text = text
        self._against: dict[str, frozenset[Counter]] = {}
        self._needed: dict[str, bool] = {}

    def worked_on(self, said: Said) -> Iterator[Requirement]:
        """The things of a sentence on which the work is done, or checked."""
        for at in range(len(said.tokens)):
            thing = _thing_at(said, at)
            if thing is not None and self._is_needed(thing):
                yield thing

    @cached_property
    def named(self) -> list[Requirement]:
        """The things that the text names, each once."""
        return list(
            dict.fromkeys(
                thing for said in self.text for at in range(len(said.tokens)) if (thing := _thing_at(said, at))
            )
        )

    def mentions(self, thing: Requirement) -> tuple[list[Mention], bool]:
        """Where a thing is named, and whether the signs of one of these places say that it is needed."""
        weighed = [self._weighed(said, at) for said, at in self._places.get(thing.service, [])[:MOST_MENTIONS]]
        return [mention for mention, _ in weighed], any(enough for _, enough in weighed)

    def _is_needed(self, thing: Requirement) -> bool:
        if thing.service not in self._needed:
            mentions, enough = self.mentions(thing)
            if not enough:  # what may be no command and no variable at all needs a plain word
                mentions = [one for one in mentions if _is_surely_one(thing, one)]
            self._needed[thing.service] = bool(mentions) and is_needed(thing, self.text[0], mentions, said=enough)
        return self._needed[thing.service]

    def explained(self, said: Said, at: int) -> tuple[frozenset[Sign], frozenset[Counter]]:
        """What speaks for the thing that a token names, and what against it."""
        clause = clause_of(said.tokens, at)
        speaks_for = {*signs_of(said, clause), *self._whole[0]}
        if runs_program(said.tokens, at) is not None:
            speaks_for.add(Sign.COMMANDED)
        against = {*counters_of(said, clause), *self._whole[1], *self._against_all(said.tokens[at].thing)}
        return frozenset(speaks_for), frozenset(against)

    def _weighed(self, said: Said, at: int) -> tuple[Mention, bool]:
        """A mention with its signs, and whether they are enough by themselves."""
        speaks_for, against = self.explained(said, at)
        is_itself = not speaks_for.isdisjoint(_OF_ITSELF) or is_whole(said.tokens, at)
        if not is_itself and is_part(said.tokens, at):
            is_itself, speaks_for = True, (speaks_for & _OF_A_PART) | {Sign.PART}
        weight = sum(sign.weight for sign in speaks_for) - sum(counter.weight for counter in against)
        signs, counters = (frozenset(one.name for one in some) for some in (speaks_for, against))
        return Mention(said, at, signs, counters, weight), is_itself and weight >= ENOUGH

    @cached_property
    def _places(self) -> dict[str, list[tuple[Said, int]]]:
        """Each thing, also the service behind a program -> where it is named; of a long text the first places."""
        found: dict[str, list[tuple[Said, int]]] = {}
        places = ((said, at) for said in self.text for at in range(len(said.tokens)))
        named = ((thing, place) for place in places if (thing := _thing_at(*place)) is not None)
        for thing, place in islice(named, MOST_WEIGHED):
            found.setdefault(thing.service, []).append(place)
        return found

    @cached_property
    def _whole(self) -> tuple[frozenset[Sign], frozenset[Counter]]:
        return frozenset(signs_in(self.text)), frozenset(counters_in(self.text))

    @cached_property
    def _mentions(self) -> dict[str, list[tuple[Said, int]]]:
        """Each thing -> where it is named."""
        found: dict[str, list[tuple[Said, int]]] = {}
        for said in self.text:
            for at, token in enumerate(said.tokens):
                if token.thing is not None:
                    found.setdefault(token.thing.service, []).append((said, at))
        return found

    def _against_all(self, thing: Requirement | None) -> frozenset[Counter]:
        """What any sentence that names a thing says against it."""
        if thing is None:
            return frozenset()
        if thing.service not in self._against:
            places = self._mentions.get(thing.service, [])[:MOST_MENTIONS]
            self._against[thing.service] = frozenset(
                counter for said, at in places for counter in counters_at(said, clause_of(said.tokens, at))
            )
        return self._against[thing.service]


def _is_surely_one(thing: Requirement, mention: Mention) -> bool:
    """Whether a thing is meant there for sure: a word in code may be a column, one in capitals a constant."""
    return thing.kind in (Kind.SERVICE, Kind.PORT, Kind.URL) or mention.said.tokens[mention.at].sure


def _thing_at(said: Said, at: int) -> Requirement | None:
    """What a token names, if it is one that may name something."""
    token = said.tokens[at]
    return named_at(said, at) if token.thing is not None or token.word[:1] == COMMAND_LINE else None


def named_at(said: Said, at: int) -> Requirement | None:
    """The thing that a token names, or the service behind the program that it runs."""
    thing = runs_program(said.tokens, at) or named_in_a_line(said.tokens, at) or served(said.tokens[at].thing)
    before = [token.word for token in said.tokens[max(0, at - 2) : at]]
    if thing is not None and thing.service == "Docker" and "(" in before:
        return None  # "MySQL 8 (docker compose up mysql)" says how that may be had
    return thing
