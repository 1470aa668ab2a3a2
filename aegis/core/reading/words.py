"""Running text as words with their places, and phrases found among them: much faster than patterns of many phrases."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_BETWEEN = (" ", "-", "  ")


Word = tuple[int, int, str]
"""Where a word begins and ends, and the word in small letters without accents."""


def folded(text: str) -> str:
    """Small letters without accents."""
    text = text.casefold()
    if text.isascii():
        return text
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return bare.replace("’", "'")


def words_of(text: str) -> list[Word]:
    """The words of a text."""
    if text.isascii():
        small = text.lower()
        return [(one.start(), one.end(), one[0]) for one in _WORD.finditer(small)]
    return [(one.start(), one.end(), folded(one[0])) for one in _WORD.finditer(text)]


class Phrases(Generic[T]):
    """Finds phrases, each with what it stands for."""

    def __init__(self, listed: Mapping[str, T]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for phrase, value in listed.items():
            first, *rest = (said for _, _, said in words_of(phrase))
            self._by_first.setdefault(first, []).append((tuple(rest), value))
        for phrases in self._by_first.values():
            phrases.sort(key=lambda one: -len(one[0]))

    @property
    def telling_words(self) -> frozenset[str]:
        """The longest word of each phrase: without one of them, a text holds no phrase."""
        return frozenset(max((first, *rest), key=len) for first, listed in self._by_first.items() for rest, _ in listed)

    def find(self, text: str, words: Sequence[Word]) -> Iterator[tuple[int, int, T]]:
        """Where phrases begin and end; of several that begin with one word, the longest."""
        for at, (begin, end, first) in enumerate(words):
            for rest, value in self._by_first.get(first, ()):
                following = words[at + 1 : at + 1 + len(rest)]
                if tuple(said for _, _, said in following) == rest and _in_a_row(text, words[at : at + 1 + len(rest)]):
                    yield begin, following[-1][1] if following else end, value
                    break


def _in_a_row(text: str, words: Sequence[Word]) -> bool:
    return all(text[one[1] : other[0]] in _BETWEEN for one, other in itertools.pairwise(words))


def phrases_of(listed: str) -> list[str]:
    """The phrases of a list that is written as a text with commas."""
    return " ".join(listed.split()).split(", ")


def each_with_each(firsts: Iterable[str], seconds: Iterable[str]) -> list[str]:
    """Each of the first phrases followed by each of the second."""
    second = list(seconds)
    return [f"{one} {other}" for one in firsts for other in second]
