"""How wide a text stands in a terminal, and shortening it to a width."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

Measure = Callable[[str], float]


def columns(character: str) -> int:
    """The columns of a terminal that a character takes: wide ones two, marks on the one before none."""
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(text: str, width: float, measure: Measure = columns) -> str:
    """The text, cut with an ellipsis where it is wider than `width`."""
    if len(text) * 2 <= width or sum(map(measure, text)) <= width:
        return text
    left, kept = width - 1, 0
    for character in text:
        left -= measure(character)
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def wrapped(text: str, width: float, lines: int, measure: Measure = columns) -> list[str]:
    """The text in at most so many lines, broken between words where that can be, the last one shortened."""
    found: list[str] = []
    rest = text
    while rest and len(found) < lines - 1 and sum(map(measure, rest)) > width:
        head = shortened(rest, width, measure).removesuffix("…")
        at = head.rfind(" ") if rest[len(head) : len(head) + 1] != " " else len(head)
        at = at if at * 2 > len(head) else max(1, len(head))  # a break far to the left would waste the line
        found.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*found, shortened(rest, width, measure)] if rest else found
