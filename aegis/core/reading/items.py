"""One item under a heading becomes references: tasks by name, number, GID or address, and what is none of these.

An item may hold several ("Alpha, Beta and #3"), each with words around it that do not matter ("the Alpha task (Jo is
on it)"). Names that are known decide where one ends; what is known by nothing stays in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from aegis.core.numbers import Label
from aegis.core.reading.headings import Under
from aegis.core.reading.known import Known, Reference
from aegis.core.reading.parts import addresses, clean, forms, numbers_in, part_spans, pointed_to, quoted_in
from aegis.core.reading.vocabulary import pattern
from aegis.core.reading.wording import (
    but_for,
    denies,
    is_denied,
    is_not_known_yet,
    is_nothing,
    is_package,
    is_requirement,
    is_said_to_be_done,
    is_turned,
)
from aegis.core.reading.words import words_of

_EXCEPT = re.compile(
    r",? (?:except(?: for)?|but not(?: by| on| for)?|apart from|other than|ohne|außer|sauf|excepto|salvo) ",
    re.IGNORECASE,
)
_TICK = re.compile(r"[☑✅✔✓🗹]|(?<!\w)\[[xX]\]")
_RELATIVE = re.compile(r"(?:which|whichever|that|who|where|because|so|but|as|since|if|when|e\.g|i\.e)\b", re.IGNORECASE)
_STATUS = pattern(
    r"(?:eta|due|status|owner|assigned|by|see|cc|est\.?|effort|estimate|pr|@\w+|\w+ is (?:on|working)|q[1-4]|sprint \d+"
    r"|(?:mon|tues|wednes|thurs|fri)day|next week)\b"
)
_OPEN_END = re.compile(r"(?: ?[,;&+]| (?:and|or|und|et|y))+$", re.IGNORECASE)
_MOST_PARTS_OF_A_NAME = 12
_LONGEST_NAME = 1024


def references_of(
    item: str,
    known: Known,
    under: Under = Under.TASKS,
    *,
    certain: bool = True,
    bullet: bool = False,
    within: bool = False,
) -> Iterator[Reference]:
    """What an item refers to, in order; with `certain` also what is known by nothing.

    With `bullet` the item stands alone: behind the name of a task, what begins with a small letter is a note.
    `within`: it stands behind "none, except".
    """
    text = clean(" ".join(item.split()))
    rest = but_for(text) if not within else None
    text = _OPEN_END.sub("", text) if not known.is_thing(text) else text
    if known.is_thing(text) and not _TICK.search(text) and not is_denied(text) and not any(addresses(text)):
        yield Reference(text)
    elif rest is not None:
        yield from references_of(rest, known, under, certain=certain, bullet=bullet, within=True)
    elif not is_nothing(text) and not denies(text) and not (bullet and is_turned(text)):
        exception = _EXCEPT.search(text)
        if exception is None:
            yield from _Item(text, known, under, certain, bullet).references()
        else:
            left_out = set(_Item(text[exception.end() :], known, under, False, bullet).meant())
            kept = _Item(text[: exception.start()], known, under, certain, bullet).references()
            yield from (one for one in kept if left_out.isdisjoint((one.words, one.label)))


def names_something(item: str, known: Known) -> bool:
    """Whether an item names a task that is known, or one by its GID."""
    return any(_is_found(one, known) for one in references_of(item, known, certain=False))


def _is_found(reference: Reference, known: Known) -> bool:
    if reference.gid is not None:
        return True
    if reference.label is not None:
        return known.numbered(reference.label)
    return known.is_thing(reference.words) or known.close(reference.words)


class _Item:
    """The parts of an item between commas, "and" and the like, read from left to right."""

    def __init__(self, text: str, known: Known, under: Under, certain: bool, bullet: bool) -> None:
        self._text = text
        self._bullet = bullet
        self._found = False
        self._noted = False  # whether what is unknown now is a note on what was known
        self._known = known
        self._under = under
        self._certain = certain
        self._spans, self._late = part_spans(text)

    def meant(self) -> Iterator[object]:
        """The words and numbers of what the item refers to."""
        for reference in self.references():
            yield reference.label or reference.words

    def references(self) -> Iterator[Reference]:
        unknown: list[tuple[int, int]] = []
        index = 0
        while index < len(self._spans):
            found, used = self._from(index)
            if found:
                yield from self._unknown(unknown)
                yield from found
                unknown = []
                self._found = True
                self._noted = self._noted or self._bullet
            elif index < self._late and not self._is_note(index):
                unknown.append(self._spans[index])
            index += used
        yield from self._unknown(unknown)

    def _is_note(self, index: int) -> bool:
        begin, end = self._spans[index]
        part = self._text[begin:end]
        if self._noted and part[:1].islower():
            return True
        return self._found and (is_not_known_yet(part) or any(one.match(part) for one in (_RELATIVE, _STATUS)))

    def _from(self, index: int) -> tuple[list[Reference], int]:
        """What the part at `index` and as many behind it as belong to it refer to, and how many these are."""
        begin, end = self._spans[index]
        part = self._text[begin:end]
        if _TICK.search(part):
            return [], 1
        addressed = list(pointed_to(part))
        if addressed:
            return addressed, 1
        for count in range(min(_MOST_PARTS_OF_A_NAME, len(self._spans) - index), 0, -1):
            words = self._text[begin : self._spans[index + count - 1][1]]
            if len(words) <= _LONGEST_NAME and self._known.is_thing(clean(words)) and not is_denied(words):
                return [Reference(clean(words))], count
        if index >= self._late or is_denied(part) or (self._found and _RELATIVE.match(part)):
            return [], 1
        return list(self._within(part)), 1

    def _within(self, part: str) -> Iterator[Reference]:
        """What a part refers to that is not just a name: numbers, quoted names, names with words around them."""
        if part.strip().isascii() and part.strip().isdigit() and self._known.numbered(Label(str(int(part)))):
            yield Reference(part.strip(), label=Label(str(int(part))))
            return
        numbered = list(numbers_in(part))
        if numbered and (not self._has_name(part) or any(_is_found(one, self._known) for one in numbered)):
            yield from numbered
            return
        named, noted = self._first(part, self._known.is_thing)
        if named is None:
            quoted = [one for one in quoted_in(part) if self._known.has(one)]
            if quoted:
                yield from map(Reference, quoted)
                return
            named, noted = self._first(part, self._known.close)
        if named is None and part[:1].islower():
            named = _embedded(part, self._known)
        if named is not None:
            self._noted = self._noted or noted
            yield Reference(named)

    def _first(self, part: str, tells: Callable[[str], bool]) -> tuple[str | None, bool]:
        """The first form that is told, and whether a note was cut off for it."""
        return next(((form, noted) for form, noted in forms(part) if tells(form)), (None, False))

    def _has_name(self, part: str) -> bool:
        return self._first(part, self._known.is_thing)[0] is not None

    def _unknown(self, spans: list[tuple[int, int]]) -> Iterator[Reference]:
        """What is between things that are known: in one piece, but that tasks and requirements are told apart."""
        if not spans or not self._certain:
            return
        pieces: list[tuple[bool, int, int]] = []
        for begin, end in spans:
            part = self._text[begin:end]
            if _TICK.search(part) or is_denied(part) or is_nothing(part):
                continue
            unclear = is_requirement(part) or self._text[end : end + 1] == "?"
            if pieces and pieces[-1][0] == unclear and not unclear:
                pieces[-1] = (unclear, pieces[-1][1], end)
            else:
                pieces.append((unclear, begin, end))
        for unclear, begin, end in pieces:
            yield from self._as_whole(self._text[begin:end], unclear)

    def _as_whole(self, text: str, unclear: bool) -> Iterator[Reference]:
        words = clean(text)
        if not words or is_package(words) or is_said_to_be_done(words):
            return
        if self._under is Under.TASKS or unclear or (self._under is Under.NEEDS and _is_title(words)):
            yield Reference(words, unclear=unclear)


def _embedded(part: str, known: Known) -> str | None:
    """The longest name of several words that stands in a sentence."""
    spans = [
        (begin, end)
        for begin, end in known.mentions(words_of(part[:_LONGEST_NAME]))
        if begin and " " in part[begin:end]
    ]
    begin, end = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    return clean(part[begin:end]) or None


def _is_title(words: str) -> bool:
    """Whether words look like a task's title and not like a thing that is described."""
    return not words[:1].islower() and not re.match(r"(?:an?|the|some|one|two|at least)\s", words, re.IGNORECASE)
