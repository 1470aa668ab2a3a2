"""The lines of a text that are plain sentences about the task: under no heading, and not about other work."""

from __future__ import annotations

import re

from aegis.core.reading.vocabulary import any_of, pattern

_OTHER_WORK = pattern(
    r"[#*_ \t]*",
    any_of(
        """
        out of scope, not in scope, non-goals?, nongoals?, later, future, future work, follow-?ups?, follow up,
        follow-up tasks?, next, next steps?, afterwards, unblocks, blocks, not part of this, related, related tasks?,
        related issues?, related work, see also, successors?
        """
    ),
    r"[ \t*_]*(?::|$)[ \t*_]*",
)
_LONGEST_LABEL = 60
_TITLE = re.compile(r"#{1,6}[ \t]|h[1-6]\.[ \t]|\*\*[^*]+\*\*[ \t]*$")


class Prose:
    """Gathers lines for the reader of sentences.

    Below a title as "Out of scope" nothing is gathered until the next title; below a label as "Follow-ups:" nothing of
    its list.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        """The lines; an empty one parts what does not belong together."""
        self._skips = self._titled = self._gap = False

    def part(self) -> None:
        """Something else stood here: a heading, an empty line, a table."""
        self.lines.append("")
        self._gap = True

    def end_of_other_work(self) -> None:
        """A heading of this task's own stood here."""
        self._skips = False

    def add(self, text: str, *, bullet: bool = False) -> None:
        """Take a line, or what of it belongs to no heading."""
        other = _OTHER_WORK.match(text) if len(text) < _LONGEST_LABEL or ":" in text[:_LONGEST_LABEL] else None
        if other is not None:
            self._titled = _TITLE.match(text) is not None
            self._skips = not text[other.end() :].strip()
        elif self._skips and (_TITLE.match(text) if self._titled else self._gap and not bullet):
            self._skips = False
        self._gap = False
        if bullet or other is not None:
            self.lines.append("")
        if other is None and not self._skips:
            self.lines.append(text)
