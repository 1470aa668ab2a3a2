"""What a text as a whole says of the things that it names: the same for all of them.

It wants something tried or looked at; it rules stand-ins out, or has them do the work; it makes a text, or clears up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from aegis.core.services import lexicon as x
from aegis.core.services.counters import Counter, stands_in
from aegis.core.services.phrases import words
from aegis.core.services.scene import Place, Said
from aegis.core.services.signs import Sign

_BEFORE_A_VERB = (x.LEADS - {"to"}) | words(", ; : ( ) = → and or not when by you git each every time")


def signs_in(text: Sequence[Said]) -> Iterator[Sign]:
    """What the whole text says for its things' being needed."""
    cues = sum(_hands_on(said) for said in text)
    if cues:
        yield Sign.HANDS_ON
    if cues > 1:
        yield Sign.ALL_HANDS_ON
    if any(_rules_out(said.words) for said in text):
        yield Sign.RULED_OUT
    if any(_is_accepted_live(said) for said in text):
        yield Sign.ACCEPTED_LIVE


def counters_in(text: Sequence[Said]) -> Iterator[Counter]:
    """What the whole text says against it."""
    first = [token.word for said in text[:1] for token in said.tokens[:3] if not token.code]
    if x.PAPER.intersection(first) or any(("no", "code") in pairwise(said.words) for said in text):
        yield Counter.PAPER
    if x.GOES.intersection(first[:1]):
        yield Counter.CLEANED
    if any(stands_in(said.words) for said in text if said.place is not Place.NAME):
        yield Counter.FAKED


def _hands_on(said: Said) -> int:
    """How often a sentence wants something tried or looked at: "eyeball week 52", "median into the wiki"."""
    said_words = said.words
    found = sum(word in x.OUTCOMES for word in said_words)
    found += sum(pair in x.HANDS_ON_PAIRS for pair in pairwise(said_words))
    if said.place is Place.NAME:
        return found
    is_fronted = bool(said_words) and said_words[0] in x.PREPOSITIONS  # "with the lab's Redis compare ..."
    told = (
        word in x.HANDS_ON and (is_fronted or not n or said_words[n - 1] in _BEFORE_A_VERB)
        for n, word in enumerate(said_words)
    )
    return found + sum(told) + _is_typed(said)


def _is_typed(said: Said) -> bool:
    """ "EXPLAIN the three queries", "SELECT count(*) per month": a statement that somebody types."""
    return any(token.word in x.STATEMENT_VERBS and token.raw.isupper() for token in said.named)


def _rules_out(said: Sequence[str]) -> bool:
    """ "No stubs", "mongomock has no change streams", "not sqlite, locks behave differently"."""
    for n, word in enumerate(said):
        if word in x.STAND_INS | x.ALSO_STAND_INS or word.startswith(("mock", "fake")):
            near = (*said[max(0, n - 2) : n], *said[n + 1 : n + 5])
            if any(one in x.RULES_OUT or one.endswith("n't") for one in near):
                return True
    return False


def _is_accepted_live(said: Said) -> bool:
    if said.place not in (Place.OUTCOME, Place.CHECK):
        return False
    is_said = not {"end-to-end", "manually", "e2e"}.isdisjoint(said.words)
    return is_said or not x.ACCEPTED_LIVE.isdisjoint(pairwise(said.words))
