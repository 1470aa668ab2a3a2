"""Numbered lists that tell an order, with the task itself in it: what stands before it comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aegis.core.reading.lines import Line
from aegis.core.reading.parts import clean
from aegis.core.reading.vocabulary import any_of, pattern

_ORDER = pattern(
    r"\b",
    any_of("order, orders, sequence, one after the other, one after another, slices, steps, reihenfolge, ordre, orden"),
    r"\b",
)
_THIS = pattern(
    r"\W*this(?: one| task| ticket| issue| slice| step)?\W*|.{0,200}[\s(,–-]this (?:one|task|ticket|slice|step)\W*"
)


def before_own(lines: Sequence[Line], is_own: Callable[[str], bool]) -> list[Line]:
    """The items before the task's own in the first numbered list that tells an order, beside or below it."""
    if not any(line.numbered for line in lines):
        return []
    begin = 0
    while begin < len(lines):
        if not lines[begin].numbered:
            begin += 1
            continue
        end = next((n for n in range(begin, len(lines)) if not lines[n].numbered), len(lines))
        listed = lines[begin:end]
        own = next((n for n, line in enumerate(listed) if _is_this(line.text, is_own)), 0)
        if own and any(_ORDER.search(line.text) for line in _around(lines, begin, end)):
            return [line for line in listed[:own] if not line.ticked and not line.struck]
        begin = end
    return []


def _is_this(text: str, is_own: Callable[[str], bool]) -> bool:
    return _THIS.fullmatch(text) is not None or is_own(clean(text)) or is_own(clean(text.partition("(")[0]))


def _around(lines: Sequence[Line], begin: int, end: int) -> list[Line]:
    """The nearest line that says something before a list, and after it."""
    before = next((lines[n] for n in range(begin - 1, -1, -1) if lines[n].text), None)
    after = next((lines[n] for n in range(end, len(lines)) if lines[n].text), None)
    return [line for line in (before, after) if line is not None]
