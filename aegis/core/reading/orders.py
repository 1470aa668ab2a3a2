"""Numbered lists that tell an order, with the task itself in it: what stands before it comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from aegis.core.reading.lines import Line
from aegis.core.reading.parts import clean
from aegis.core.reading.vocabulary import any_of, pattern

_ORDER = pattern(
    r"\b",
    any_of("order, orders, sequence, one after the other, one after another, slices, steps, reihenfolge, ordre, orden"),
    r"\b",
)
_ANY_ORDER = pattern(
    r"\b(?:any|no\s+particular|whatever|whichever|either|random|no)\s+(?:order|sequence)\b|\border\s+does(?:n't|\s+not)\s+matter"
)
_STEP = pattern(r"(?:step|phase|stage|slice|schritt|étape|paso)\s+\d{1,2}\s*[:.)–—-]\s*(?=\S)")
_HERE = pattern(r"\b(?:we|you)\s+are\s+here\b")
_THIS = pattern(
    r"\W*this(?: one| task| ticket| issue| slice| step| part| card| story)?(?:\W*|\s*[:(–—-].*)|\W*(?:we are"
    r"|you are) here\W*|.{0,200}\W(?:we|you) are here\b.{0,200}|.{0,200}[\s(,–-]this (?:one|task|ticket|slice|step)\W*"
)


def before_own(lines: Sequence[Line], is_own: Callable[[str], bool]) -> list[Line]:
    """The items before the task's own in the first numbered list that tells an order, beside or below it."""
    lines = [_without_step(line) for line in lines]
    if not any(line.numbered for line in lines):
        return []
    begin = 0
    while begin < len(lines):
        if not lines[begin].numbered:
            begin += 1
            continue
        end = next((n for n in range(begin, len(lines)) if not lines[n].numbered), len(lines))
        listed = lines[begin:end]
        told = any(line.stepped for line in listed) or any(
            _ORDER.search(line.text) and not _ANY_ORDER.search(line.text) for line in _around(lines, begin, end)
        )
        own = next((n for n, line in enumerate(listed) if _is_this(line.text, is_own)), 0) if told else 0
        if own:
            return [line for line in listed[:own] if not line.ticked and not line.struck]
        begin = end
    return []


def _without_step(line: Line) -> Line:
    """ "Step 2: this ticket" is a numbered line as "2. this ticket" is; its word tells that it stands in an order."""
    step = _STEP.match(line.text)
    return replace(line, text=line.text[step.end() :], numbered=True, stepped=True) if step is not None else line


def is_here(text: str) -> bool:
    """Whether an item of a list marks the place of the task itself: "3. you are here"."""
    return _HERE.search(text[:200]) is not None


def _is_this(text: str, is_own: Callable[[str], bool]) -> bool:
    return _THIS.fullmatch(text) is not None or is_own(clean(text)) or is_own(clean(text.partition("(")[0]))


def _around(lines: Sequence[Line], begin: int, end: int) -> list[Line]:
    """The nearest line that says something before a list, and after it."""
    before = next((lines[n] for n in range(begin - 1, -1, -1) if lines[n].text), None)
    after = next((lines[n] for n in range(end, len(lines)) if lines[n].text), None)
    return [line for line in (before, after) if line is not None]
