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

from aegis.core.services.asks import asks_for
from aegis.core.services.clauses import clause_of
from aegis.core.services.counters import Counter, counters_at, counters_of
from aegis.core.services.lacks import comes_to_nothing
from aegis.core.services.programs import named_in_a_line, runs_program, served
from aegis.core.services.requirement import Requirement
from aegis.core.services.scene import Place, Said
from aegis.core.services.signs import Sign, signs_of
from aegis.core.services.tails import is_part, is_whole
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
        self._weighed: dict[str, int] = {}

    def worked_on(self, said: Said) -> Iterator[Requirement]:
        """The things of a sentence on which the work is done, or checked."""
        for at in range(len(said.tokens)):
            token = said.tokens[at]
            thing = named_at(said, at) if token.thing is not None or token.word[:1] == COMMAND_LINE else None
            if thing is not None and self._is_worth_it(thing) and self._is_enough(said, at):
                yield thing

    def explained(self, said: Said, at: int) -> tuple[frozenset[Sign], frozenset[Counter]]:
        """What speaks for the thing that a token names, and what against it."""
        clause = clause_of(said.tokens, at)
        speaks_for = {*signs_of(said, clause), *self._whole[0]}
        if runs_program(said.tokens, at) is not None:
            speaks_for.add(Sign.COMMANDED)
        against = {*counters_of(said, clause), *self._whole[1], *self._against_all(said.tokens[at].thing)}
        return frozenset(speaks_for), frozenset(against)

    def _is_enough(self, said: Said, at: int) -> bool:
        speaks_for, against = self.explained(said, at)
        is_itself = (
            Sign.COMMANDED in speaks_for
            or Sign.LINE in speaks_for
            or Sign.HAD in speaks_for
            or Sign.HERE in speaks_for
            or is_whole(said.tokens, at)
        )
        if not is_itself and is_part(said.tokens, at):
            is_itself, speaks_for = True, (speaks_for & _OF_A_PART) | {Sign.PART}
        weight = sum(sign.weight for sign in speaks_for) - sum(counter.weight for counter in against)
        return is_itself and weight >= ENOUGH

    def _is_worth_it(self, thing: Requirement) -> bool:
        """Whether not too many mentions were weighed already: any text is read in bounded time."""
        self._weighed[thing.service] = self._weighed.get(thing.service, 0) + 1
        self._weighed[""] = self._weighed.get("", 0) + 1
        return self._weighed[thing.service] <= MOST_MENTIONS and self._weighed[""] <= MOST_WEIGHED

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


def named_at(said: Said, at: int) -> Requirement | None:
    """The thing that a token names, or the service behind the program that it runs."""
    thing = runs_program(said.tokens, at) or named_in_a_line(said.tokens, at) or served(said.tokens[at].thing)
    before = [token.word for token in said.tokens[max(0, at - 2) : at]]
    if thing is not None and thing.service == "Docker" and "(" in before:
        return None  # "MySQL 8 (docker compose up mysql)" says how that may be had
    return thing
