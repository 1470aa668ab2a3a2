"""What a task's text says it depends on: the items under "Dependencies:" and its like.

A heading may be bold or not, in any case; its items stand on its line, in the lines below, or in a list. Text in code
blocks and quotes, ticked and struck-through items, and words for nothing ("none"), name no dependency.

Whether a line is an item cannot always be told by its form. Where it cannot (a line after an empty one, a list after an
item on the heading's own line), it is taken for one only if it names what is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aegis.core.asana_url import parse_asana_url

Known = Callable[[str], bool]
"""Whether words (any case, blanks as they come) are the name of something."""

_HEADINGS = r"dependenc(?:ies|y)|depends[ \t]+on|blocked[ \t]+by|prerequisites?|after"
_LEAD = r"[ \t]*(?:(?:[-*•+–]|\d{1,3}[.)])[ \t]+)?[#*_ \t]*"
_HEADING = re.compile(rf"^{_LEAD}(?:{_HEADINGS})[ \t*_]*:[ \t*_]*(?P<rest>.*)$", re.IGNORECASE)
_BARE_HEADING = re.compile(rf"^[ \t]*(?:#{{1,6}}[ \t]+[*_]*|\*\*|__)(?:{_HEADINGS})[ \t*_#]*(?P<rest>)$", re.IGNORECASE)
_LATER_HEADING = re.compile(r"[.!?;)][ \t]+(?:dependenc(?:ies|y)|depends on|blocked by)[ \t]*:", re.IGNORECASE)
_BULLET = re.compile(r"^[ \t]*(?:[-*•+–]|\d{1,3}[.)])[ \t]+(?:\[(?P<tick>[ xX])\][ \t]*)?(?P<text>.*)$")
_LABEL = re.compile(r"^[ \t#*_]*\w[^:]{0,60}:(?:[ \t*_]|$)")
_TITLE = re.compile(r"^[ \t]*(?:#{1,6}[ \t]|\*\*[^*]+\*\*[ \t]*$|[-*_=]{3,}[ \t]*$)")
_STRUCK = re.compile(r"~~.+?~~")
_NOTHING = re.compile(
    r"(?:(?:there (?:are|is) )?(?:none|no|nothing|nil|n/?a|n\.a\.?|not applicable|tbd|[-–—]+|"
    r"no (?:other |known |further |open |blocking |external )?(?:dependency|dependencies|blockers?|prerequisites?)))?"
    r"(?: yet| needed| known| so far| at the moment| right now)?[.!]?",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://[^\s<>\"'`)\]]+")
_GID = re.compile(r"(?:gid:?\s*|task\s+)?(\d{10,32})(?:\s*[(:–-].*)?", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*[,;]\s*(?:and\s+)?|\s+(?:and|&)\s+", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“][^\"“”\n]*[\"”]")
_QUOTES = "`'\"“”‘’«»"
_MOST_PARTS_OF_A_NAME = 12


@dataclass(frozen=True)
class Reference:
    """Something that a text says it depends on: its words, and its GID where they are one or an Asana address."""

    words: str
    gid: str | None = None


def references(notes: str, is_known: Known) -> tuple[Reference, ...]:
    """What the text says it depends on, in order, each once.

    Args:
        notes: the task's text.
        is_known: tells names: they decide where "Design, build and test" is one name and where three.
    """
    found: dict[Reference, None] = {}
    for text, certain in _items(notes, is_known):
        for reference in _of_item(text, is_known):
            if certain or reference.gid or is_known(reference.words):
                found[reference] = None
    return tuple(found)


def same_name(text: str) -> str:
    """A name as it is compared: in any case, blanks of any kind and number alike."""
    return " ".join(text.replace("\u00a0", " ").split()).casefold()


def prose(notes: str) -> str:
    """The text outside of code blocks, quotes, inline code and quoted phrases."""
    text = re.sub(r"`[^`\n]*`", " ", "\n".join(plain_lines(notes)))
    return _QUOTED.sub(lambda match: " " if len(match[0].split()) > 1 else match[0], text)


def plain_lines(notes: str) -> list[str]:
    """The lines outside of code blocks and quotes."""
    lines: list[str] = []
    fence = ""
    for line in notes.replace("\u00a0", " ").splitlines():
        mark = line.strip()[:3]
        if fence:
            fence = "" if mark == fence else fence
        elif mark in ("```", "~~~"):
            fence = mark
        elif not line.lstrip().startswith(">"):
            lines.append(line)
    return lines


def _items(notes: str, is_known: Known) -> Iterator[tuple[str, bool]]:
    """Each item with whether its form alone makes it one."""
    reader = _Reader(is_known)
    for line in plain_lines(notes):
        begin = 0
        for later in _LATER_HEADING.finditer(line):  # "Draw it. Depends on: the plan" has its heading in mid-line
            yield from reader.read(line[begin : later.start() + 1])
            begin = later.start() + 1
        yield from reader.read(line[begin:])


class _Reader:
    """Reads lines; `_open` while a heading's items may still come, `_sure` while their form alone makes them items."""

    def __init__(self, is_known: Known) -> None:
        self._is_known = is_known
        self._open = self._sure = self._gap = False
        self._depth: int | None = None  # how far the list's first bullet is indented

    def read(self, line: str) -> Iterator[tuple[str, bool]]:
        text = line.strip()
        heading = _HEADING.match(text) or _BARE_HEADING.match(text)
        if heading is not None:
            yield from self._begin(heading["rest"])
        elif self._open and not text:
            self._gap = True
            self._sure = self._sure and self._depth is None  # a gap ends a list, but may stand before it
        elif self._open:
            yield from self._go_on(text, len(line) - len(line.lstrip()))

    def _begin(self, rest: str) -> Iterator[tuple[str, bool]]:
        said = bool(_clean(rest))
        nothing = said and _is_nothing(_clean(rest)) and not self._is_known(_clean(rest))
        self._open, self._sure, self._gap, self._depth = not nothing, not said, False, None
        if said and not nothing:
            yield rest, True

    def _go_on(self, text: str, indent: int) -> Iterator[tuple[str, bool]]:
        bullet = _BULLET.match(text)
        if self._depth is not None and indent > self._depth:  # what belongs to an item: its second line, its own list
            inner = bullet["text"] if bullet is not None and bullet["tick"] not in ("x", "X") else ""
            if self._names_something(inner):
                yield inner, False
            return
        if bullet is None:
            yield from self._plain(text)
            return
        self._depth = indent
        if bullet["tick"] in ("x", "X"):
            return
        known = self._names_something(bullet["text"])
        self._open, self._sure = self._sure or known, self._sure or known
        if self._open and (known or not bullet["text"].rstrip(" *_").endswith(":")):
            yield bullet["text"], True

    def _plain(self, text: str) -> Iterator[tuple[str, bool]]:
        if self._names_something(text):
            yield text, False
        elif self._depth is not None or not self._sure or self._gap or _LABEL.match(text) or _TITLE.match(text):
            self._open = False
        else:
            yield text, True

    def _names_something(self, text: str) -> bool:
        return any(reference.gid or self._is_known(reference.words) for reference in _of_item(text, self._is_known))


def _of_item(item: str, is_known: Known) -> Iterator[Reference]:
    """The references of one item: names that are known, addresses, GIDs; what is between them as one piece of words."""
    text = _clean(item)
    spans = _part_spans(text)
    unknown_from: int | None = None
    index = 0
    while index < len(spans):
        found, used = _longest_known(text, spans[index : index + _MOST_PARTS_OF_A_NAME], is_known)
        if found is not None:
            yield from _words_between(text, spans, unknown_from, index)
            yield found
            unknown_from = None
        elif unknown_from is None:
            unknown_from = index
        index += used
    yield from _words_between(text, spans, unknown_from, len(spans))


def _longest_known(text: str, spans: list[tuple[int, int]], is_known: Known) -> tuple[Reference | None, int]:
    """The longest run of parts that is something known, and how many parts it takes."""
    begin = spans[0][0]
    for count in range(len(spans), 0, -1):
        words = text[begin : spans[count - 1][1]]
        for form in (_clean(words), _clean(re.sub(r"\s*\([^()]*\)$", "", words))):
            if form and is_known(form):
                return Reference(form), count
    return _by_number(text[begin : spans[0][1]]), 1


def _by_number(part: str) -> Reference | None:
    """A part that is a GID or holds an Asana address of a task."""
    url = _URL.search(part)
    if url is not None:
        named = parse_asana_url(url[0].rstrip(".,;:!?"))
        return Reference(url[0], named.task_gid) if named is not None and named.task_gid else None
    gid = _GID.fullmatch(_clean(part))
    return Reference(gid[1], gid[1]) if gid is not None and gid[1].isascii() else None


def _words_between(text: str, spans: list[tuple[int, int]], begin: int | None, end: int) -> Iterator[Reference]:
    if begin is None:
        return
    words = _clean(text[spans[begin][0] : spans[end - 1][1]])
    if not _is_nothing(words):
        yield Reference(words)


def _part_spans(text: str) -> list[tuple[int, int]]:
    """Where the parts between commas, semicolons and "and" begin and end."""
    spans, begin = [], 0
    for separator in _SEPARATOR.finditer(text):
        spans.append((begin, separator.start()))
        begin = separator.end()
    spans.append((begin, len(text)))
    return [span for span in spans if text[span[0] : span[1]].strip()]


def _is_nothing(text: str) -> bool:
    return _NOTHING.fullmatch(text.strip()) is not None


def _clean(text: str) -> str:
    """An item without its decoration: bold, quotes, struck-through parts, a full stop."""
    text = _STRUCK.sub(" ", text).strip()
    for mark in ("**", "__"):
        if text.startswith(mark) and text.endswith(mark) and len(text) > 4:
            text = text[2:-2].strip()
    text = text.strip(_QUOTES).strip().rstrip(".").strip()
    return text.strip(_QUOTES).strip()
