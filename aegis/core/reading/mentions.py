"""Names of tasks within an item that says more than a name: "Checkout redesign in review by Robin".

Such words may be the title of another task ("Checkout redesign docs"). They are taken for the known one only where what
stands around its name does not go on as a title does.
"""

from __future__ import annotations

from collections.abc import Sequence

from aegis.core.reading.known import Known
from aegis.core.reading.parts import clean
from aegis.core.reading.requirements import begins_with_work
from aegis.core.reading.vocabulary import any_of, pattern
from aegis.core.reading.words import words_of

_GOES_ON_AS_NOTE = pattern(
    r"\s*$|\s*[^\w\s'\"(-]|'s\b|\s+-+\s|\s+\d+\s?%|\s+",
    any_of(
        """
        by, as, once, when, until, till, due, that, which, who, because, since, only, open, wip, pending, ready, still,
        not, yet, almost, nearly, is, are, was, has, must, should, needs, will, can, and, or, also, but, if, so, then,
        while, in review, in progress, in qa, in test, in work, in project, in the, in our, for the, for our, for its,
        with the, with its, of the, on the, from the, from our, at, via, per, today, tomorrow, next, asap, first, please
        """
    ),
    r"\b",
)
_LEADS_AS_NOTE = pattern(
    r"^\s*$|[^\w\s'\")]\s*$|\b",
    any_of(
        """
        in, of, from, with, by, see, the, our, on, for, to, that, is, think, guess, believe, only, just, mainly, also,
        and, or, but, task, ticket, then, first, yes, still, at least, most of, part of, parts of, via, through, after
        """
    ),
    r"\s+$",
)
_LONGEST = 1024


def mentioned_in(part: str, known: Known) -> Sequence[str]:
    """The names of several words in a part, where what stands between them is no title of its own."""
    text = part[:_LONGEST]
    spans = _apart([span for span in known.mentions(words_of(text)) if " " in text[span[0] : span[1]].strip()])
    if not spans:
        return ()
    first, last = spans[0][0], spans[-1][1]
    begins = first > 0 and (begins_with_work(text) or not _LEADS_AS_NOTE.search(text[:first]))
    if begins or not _GOES_ON_AS_NOTE.match(text, last):
        return ()
    return [clean(text[begin:end]) for begin, end in spans]


def _apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that do not lie within others, from left to right."""
    kept: list[tuple[int, int]] = []
    for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or begin >= kept[-1][1]:
            kept.append((begin, end))
    return kept
