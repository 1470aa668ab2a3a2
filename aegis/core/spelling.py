"""Words that are nearly the same: with a slip of the keyboard, or in another form."""

from __future__ import annotations

import itertools
from functools import lru_cache

SHORTEST_SLIP = 4
"""Letters of a word from which on a slip in it is believed; shorter ones are too like each other ("on", "in")."""
_NEIGHBOURS = frozenset(
    pair
    for row in (
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "qaz",
        "wsx",
        "edc",
        "rfv",
        "tgb",
        "yhn",
        "ujm",
        "esz",
        "rdx",
        "tfc",
    )
    for pair in itertools.pairwise(row)
)
"""Letters whose keys lie side by side, or one above the other."""
LONG = 6
"""From this length on, a wrong letter makes no other word of a word, as it does of "cart" and "card"."""

_SHORTEST_STEM = 3
_ENDINGS = (
    *("ications", "ication", "ations", "ation", "ating", "ated", "ates", "ate", "ments", "ment", "ings", "ing"),
    *("ions", "ion", "ied", "ies", "ed", "es", "als", "al", "e", "s", "y"),
)
_IRREGULAR_FORMS = """
    catalogue=catalog dialogue=dialog colour=color behaviour=behavior licence=license centre=center grey=gray
    favourite=favorite organisation=organization
    frozen=freeze froze=freeze built=build rebuilt=rebuild written=write wrote=write rewritten=rewrite rewrote=rewrite
    made=make sent=send chosen=choose chose=choose ran=run found=find bought=buy taken=take took=take given=give
    gave=give broken=break broke=break drawn=draw drew=draw thrown=throw shown=show known=know begun=begin began=begin
    led=lead kept=keep held=hold left=leave paid=pay sold=sell taught=teach brought=bring thought=think spoken=speak
    hidden=hide hid=hide bound=bind torn=tear wound=wind spun=spin dealt=deal met=meet fed=feed
"""
_IRREGULAR = dict(pair.split("=") for pair in _IRREGULAR_FORMS.split())


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without what its form adds: "migrated", "migration" and "migrate" alike. It need not be a word itself.

    `word` is in small letters. English only: words of other languages keep their form, or lose an ending alike.
    """
    word = _IRREGULAR.get(word, word)
    if not word.isalpha() or not word.isascii():
        return word
    for _ in range(3):
        ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= _SHORTEST_STEM), "")
        if not ending or word.endswith("ss"):
            break
        word = word.removesuffix(ending)
    return word[:-1] if len(word) > _SHORTEST_STEM and word[-1] == word[-2] else word


def is_slip(one: str, other: str) -> bool:
    """Whether two words differ by a letter: left out, doubled, turned round with the next, or wrong.

    In short words a wrong letter is a slip only where the keys of both lie side by side: "card" is no slip for "cart".
    """
    shorter = min(len(one), len(other))
    if one == other or abs(len(one) - len(other)) > 1 or (shorter < LONG and one[:1] != other[:1]):
        return False
    at = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    if len(one) != len(other):
        longer, short = (one, other) if len(one) > len(other) else (other, one)
        return longer[at + 1 :] == short[at:]
    if one[at + 2 :] == other[at + 2 :] and one[at : at + 2] == other[at : at + 2][::-1]:
        return True
    if one[at + 1 :] != other[at + 1 :]:
        return False
    return shorter >= LONG or (one[at], other[at]) in _NEIGHBOURS or (other[at], one[at]) in _NEIGHBOURS


def shortened(word: str) -> set[str]:
    """A word, and it with each one of its letters left out: two words with a slip between them share one of these."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(min(len(word), 40)))}


def one_moved(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether words are the same in a row, but for one (or two in a row, as "set up") that stand at another place."""
    if some == others:
        return True
    return any(
        some[at : at + size] == others[to : to + size]
        and some[:at] + some[at + size :] == others[:to] + others[to + size :]
        for size in (1, 2)
        for at in range(len(some) - size + 1)
        for to in range(len(others) - size + 1)
    )
