"""Sentences that point back to a list or a table: "This starts when all three are done", right behind it."""

from __future__ import annotations

from collections.abc import Sequence

from aegis.core.reading.lines import Line
from aegis.core.reading.tables import cells_of
from aegis.core.reading.vocabulary import any_of, pattern

_ALL = (
    r"(?:(?:all|both|each|every\s+one|everything|the\s+(?:two|three|four))(?:\s+(?:two|three|four|five|these|those))?"
    r"(?:\s+of)?(?:\s+(?:these|those|them|the\s+above|above|listed|(?:in\s+)?the\s+(?:table|list)|tickets|issues|tasks"
    r"|points|of))*|(?:the\s+above|these|those)(?:\s+(?:tickets|issues|tasks|two|three|four|are\s+all))*)"
)
_WHEN = r"(?:when|once|after|as\s+soon\s+as|until|before)"
_BEGINS = any_of(
    """
    start, starts, started, begin, begins, begun, ready, possible, doable, unblocked, unblocks, proceed, continue,
    do this, pick this up, pick up, picked up, work on this, merge, merge this, go ahead, go live, switch
    """
)
_POINTS = pattern(
    rf"\b{_BEGINS}\b[^.]{{0,40}}\b{_WHEN}\s+{_ALL}\s+(?:is|are|has|have)\b",
    rf"|^\W*(?:only\s+)?{_WHEN}\s+{_ALL}\s+(?:is|are|has|have)\b[^.]{{0,60}}\b(?:we|i|this|it)\s+(?:can\s+)?{_BEGINS}\b",
    rf"|^\W*{_ALL}\s+(?:must|has\s+to|have\s+to|needs?\s+to)\s+(?:be\s+|have\s+)?\w+(?:\s+\w+)?\s+"
    r"(?:first|before\s+(?:this|we|i|work|starting))\b",
    r"|^\W*(?:this\s+|it\s+|we\s+)?(?:is\s+|are\s+)?(?:waits?\s+for|waiting\s+for|blocked\s+by|depends?\s+on)\s+"
    r"(?:all|both|the\s+above|all\s+of\s+(?:these|those|the\s+above))\W*$",
)


def points_to_a_list(line: Line) -> bool:
    """Whether a line says that what is listed above it must come first."""
    return not line.bullet and not line.is_row and _POINTS.search(line.text) is not None


def listed_above(lines: Sequence[Line], at: int) -> list[str]:
    """The items of the list right above a line, or the cells of the table; what is ticked is left out."""
    end = at
    while end and not lines[end - 1].text:
        end -= 1
    begin = end
    while begin and (lines[begin - 1].bullet or lines[begin - 1].is_row):
        begin -= 1
    above = [line for line in lines[begin:end] if not line.ticked]
    return [item for line in above for item in (cells_of(line.text) if line.is_row else [line.text])]
