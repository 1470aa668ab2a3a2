"""What stands under the headings of a text: items on the heading's own line, in the lines below, in a list, in a table.

Whether a line is an item cannot always be told by its form. Where it cannot (a line after an empty one, a list after an
item on the heading's own line), it is taken for one only if it names what is known. Lines that belong to no heading
are handed on: they may say in a sentence what must come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, partial

from aegis.core.reading.denials import but_for, is_nothing
from aegis.core.reading.environment import is_package, may_be_package
from aegis.core.reading.headings import Heading, Under, heading_of, headings_within
from aegis.core.reading.intros import leads_to_a_list
from aegis.core.reading.items import names_something, references_of
from aegis.core.reading.known import Known, Reference
from aegis.core.reading.lines import Line
from aegis.core.reading.orders import before_own, is_here
from aegis.core.reading.parts import clean
from aegis.core.reading.pointing import listed_above, points_to_a_list
from aegis.core.reading.prose import Prose
from aegis.core.reading.tables import cells_of, items_of

_LABEL = re.compile(r"[#*_ \t]*\w[^:\n]{0,60}:(?:[ \t*_]|$)")
_TITLE = re.compile(
    r"(?:#{1,6}[ \t]|h[1-6]\.[ \t]|\*\*[^*]+\*\*[ \t]*$|[-*_=]{3,}[ \t]*$"
    r"|(?P<mark>[-=~]{2,})[ \t]*\w[^\n]{0,60}?[-=~]{2,}$)"
)
_NEXT_LABEL = re.compile(r"(?P<gap>[.;|]\s+|\s[-–—·•]\s+)[*_]*[A-Z][\w/-]*(?: [\w/-]+){0,2}[*_]*:(?=[*_]*(?:\s|$))")
_DECORATION = re.compile(r"[*_]{1,3}")
_ITEM_END = re.compile(r"[;|,]|\.\s|\s[-–—]\s")
_RULE = re.compile(r"[-=*_~–—─━═]{3,}|⸻+")
_GOES_ON = re.compile(r"(?:[,;&+]|\b(?:and|or|und|et|y))[ \t]*$", re.IGNORECASE)
_INTRO = re.compile(
    r"(?:the |these |this |all |both |of )*"
    r"(?:following|below|as follows|these|see below|folgende[sn]?|siguientes?|suivant\w*)"
    r"\b.{0,60}$",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"(?:we|you|i|it|this|they|there|please|then|don't|do not|can't|cannot|if|when|as)\s", re.IGNORECASE
)
_PREDICATE = re.compile(
    r"\b(?:is|are|was|were|must|should|can|cannot|can't|will|would|has|have|need|needs|do|does|don't)\b", re.IGNORECASE
)
_IS_SHOWN = re.compile(
    r"[.!]\s+(?:that's|that is|this is) (?:how|the (?:text|label|layout|wording|caption|heading))\b", re.IGNORECASE
)
_ON_HOLD = re.compile(r"\W*(?:status|state)\W+(?:on hold|blocked|waiting|parked|paused)\W*", re.IGNORECASE)
_REASON = re.compile(r"\W*(?:reason|because|cause|why)\s*:\W*", re.IGNORECASE)
_BARE_AFTER = re.compile(r"(?:Only )?After")
_BIDS = re.compile(
    r"(?:tell|inform|notify|announce|ask|send|post|close|remove|delete|drop|clean|update|mail|ping|check|verify|look|watch|measure|compare|celebrate|merge|run|switch)\b"
)
_AFTERWARDS = re.compile(r"(?:after (?:that|this|it)|afterwards?|then|later(?: on)?|finally),?\s", re.IGNORECASE)
_BEFORE_LABEL = re.compile(
    r"[ \t*_#-]*(?:before|now|currently|current|today|actual|old|as is|vorher|bisher|avant|antes)[ \t*_]*"
    r"(?:\([^)\n]*\))?[ \t*_]*(?::|$)",
    re.IGNORECASE,
)
_POINTING = ("blocked", "on hold", "waiting", "prerequisite", "precondition", "blocker", "blocked by", "waiting for")
"""Behind these, "see #3" tells what for."""
_BEFORE_WITHIN = re.compile(r"[.;|]\s+(?:before|vorher|avant|antes)\s*:", re.IGNORECASE)
_FEWEST_WORDS_OF_PROSE = 6
MOST_ITEMS = 500
"""A text with more items than this is not read to its end, and says so."""


class Sections:
    """Reads lines; `_heading` is set while its items may still come, `_sure` while form alone makes them items."""

    def __init__(self, known: Known, lines: Sequence[Line]) -> None:
        self._known = known
        self._lines = lines
        self.prose = Prose()
        """What stands under no heading."""
        self._waiting: list[Line] = []  # what follows a heading on its line, and belongs to another label
        self._heading: Heading | None = None
        self._sure = self._gap = False
        self._of_packages = self._leads = False
        self._items = 0
        self._was_headed = False
        self._labels = ""  # the decoration of the heading's line, where it is a label alone: "**Depends on**:"
        self._was_on_hold = False  # whether the line before says so
        self._outer = -1  # how far the heading is indented where it is a bullet itself
        self._depth: int | None = None  # how far the list's first bullet is indented

    def references(self) -> Iterator[Reference]:
        """What the headings' items refer to, in order."""
        for line in before_own(self._lines, self._known.own):
            yield from references_of(line.text, self._known, certain=False, bullet=True)
        at = 0
        while at < len(self._lines):
            line = self._lines[at]
            if self._items > MOST_ITEMS:
                yield Reference(f"more than {MOST_ITEMS} things, of which the last were not read", unclear=True)
                return
            if self._waiting:
                yield from self._read(self._waiting.pop(), None)
                continue
            if line.is_row:
                end = next((n for n in range(at, len(self._lines)) if not self._lines[n].is_row), len(self._lines))
                yield from self._table(self._lines[at:end])
                at = end
                continue
            if points_to_a_list(line):
                for item in listed_above(self._lines, at):
                    yield from references_of(item, self._known, certain=False, bullet=True)
            self._leads = line.text.endswith(":") and self._stands_above_a_list(at)
            yield from self._read(line, self._lines[at + 1] if at + 1 < len(self._lines) else None)
            at += 1
        while self._waiting:
            yield from self._read(self._waiting.pop(), None)

    def _read(self, line: Line, following: Line | None) -> Iterator[Reference]:
        heading = None if line.ticked or line.struck or line.is_like_code else self._heading_of(line, following)
        if heading is not None:
            self.prose.part()
            self.prose.end_of_other_work()
            yield from self._begin(heading)
            self._outer = line.indent if line.bullet else -1
            decoration = _DECORATION.match(line.text)
            self._labels = decoration[0] if decoration is not None and not heading.rest else ""
        elif not line.text:
            self._gap = True
            self._sure = self._sure and self._depth is None  # a gap ends a list, but may stand before it
            self.prose.part()
        elif self._heading is not None and not _RULE.fullmatch(line.text):
            yield from self._go_on(line, following)
        else:
            yield from self._outside(line)

    def _stands_above_a_list(self, at: int) -> bool:
        below = next((line for line in self._lines[at + 1 : at + 3] if line.text), None)
        return below is not None and below.bullet

    @cached_property
    def _compares(self) -> bool:
        return any(_BEFORE_LABEL.match(line.text) or _BEFORE_WITHIN.search(line.text) for line in self._lines)

    def _heading_of(self, line: Line, following: Line | None) -> Heading | None:
        heading = heading_of(line.text)
        if heading is None and self._leads and leads_to_a_list(line.text):
            return Heading(Under.FIRST, "", "")
        if heading is None and line.bullet and following is not None and following.indent > line.indent:
            heading = heading_of(line.text.capitalize())
        if heading is None and following is not None and _BARE_AFTER.fullmatch(line.text):
            heading = heading_of(f"{line.text}:") if names_something(following.text, self._known) else None
        if heading is None and following is not None and following.text and _RULE.fullmatch(following.text):
            heading = heading_of(f"**{line.text}**")  # underlined
        if heading is not None and not heading.rest and self._is_a_choice(line, following):
            return None
        if heading is not None and not heading.rest and heading.said in ("after", "only after") and self._was_headed:
            return None  # "Preconditions", "Steps", "After": what comes afterwards
        compares = heading is not None and heading.said == "after" and self._compares
        reason = _REASON.match(line.text) if heading is None and self._was_on_hold else None
        self._was_on_hold = _ON_HOLD.fullmatch(line.text) is not None
        if reason is not None and names_something(line.text[reason.end() :], self._known):
            return Heading(Under.FIRST, line.text[reason.end() :], "reason")
        if heading is not None and heading.said == "after" and _BIDS.match(heading.rest):
            return None  # "After: tell finance"
        if heading is not None and _IS_SHOWN.search(heading.rest):
            return None  # "Waiting for: the bus. That's how it is shown in the list"
        if heading is not None and compares and not names_something(heading.rest, self._known):
            return None  # "Before: ... After: ..." compares two states
        return heading

    def _is_a_choice(self, line: Line, following: Line | None) -> bool:
        """Whether a word stands in a list of such words: "[ ] Blocker" above "[ ] Minor"."""
        if not line.bullet or ":" in line.text or following is None:
            return False
        return following.bullet and following.indent <= line.indent

    def _outside(self, line: Line) -> Iterator[Reference]:
        """A line under no heading; a heading may stand in its midst."""
        if line.ticked:
            return
        begin = 0
        places = list(headings_within(line.text)) if ":" in line.text else []
        for number, (start, end) in enumerate(places):
            self.prose.add(line.text[begin:start], bullet=line.bullet)
            until = places[number + 1][0] if number + 1 < len(places) else len(line.text)
            rest = line.text[end:until]
            if line.text[start - 1 : start] == "(":
                rest = rest.partition(")")[0]
            heading = self._heading_of(Line(f"{line.text[start:end]} {rest}"), None)
            if heading is not None:
                yield from self._begin(heading)
            begin = until
        if line.text[begin:].strip():
            self.prose.add(line.text[begin:], bullet=line.bullet)

    def _begin(self, heading: Heading) -> Iterator[Reference]:
        self._was_headed = True
        cut = self._next_label(heading.rest)
        if cut is not None and not self._known.is_thing(clean(heading.rest)):
            self._waiting.append(Line(heading.rest[cut.end("gap") :]))
            yield from self._begin(Heading(heading.under, heading.rest[: cut.start()], heading.said))
            self._heading = None
            return
        rest = clean(heading.rest)
        if heading.said in _POINTING and rest[:4].casefold() == "see ":
            rest = rest[4:].strip()
        nothing = bool(rest) and is_nothing(rest) and but_for(rest) is None and not self._known.is_thing(rest)
        intro = rest.endswith(":") or (_INTRO.match(rest) is not None and not names_something(rest, self._known))
        self._heading, self._of_packages = None if nothing else heading, False
        self._sure, self._gap, self._depth = not rest or intro, False, None
        if rest and not nothing and not intro:
            yield from self._item(rest)
            self._sure = _goes_on(heading.rest)
            self.prose.add(heading.rest.partition(". ")[2])

    def _next_label(self, text: str) -> re.Match[str] | None:
        """Where another label begins behind a heading's items, "#3; Owner: Kim"; a name may hold such words as well."""
        for cut in _NEXT_LABEL.finditer(text) if ":" in text else ():
            if not self._known.is_thing(clean(_ITEM_END.split(text[cut.end("gap") :], 1)[0])):
                return cut
        return None

    def _go_on(self, line: Line, following: Line | None) -> Iterator[Reference]:
        if line.bullet and self._depth is not None and line.indent <= self._outer < self._depth:
            self._heading = None  # the next bullet beside the heading's own
            yield from self._outside(line)
        elif (
            self._depth is not None and line.indent > self._depth
        ):  # what belongs to an item: its second line, its list
            if not line.ticked and names_something(line.text, self._known):
                yield from self._item(line.text, certain=False)
        elif line.bullet:
            yield from self._bullet(line)
        else:
            yield from self._plain(line, following)

    def _bullet(self, line: Line) -> Iterator[Reference]:
        if self._depth is None:
            self._depth = line.indent
        if line.ticked:
            return
        if is_here(line.text):
            self._heading = None  # what is listed below comes later
            return
        known = names_something(line.text, self._known)
        self._sure = self._sure or known
        if not self._sure:
            self._heading = None
            yield from self._outside(line)
        elif known or not line.text.rstrip(" *_").endswith(":"):
            yield from self._item(line.text, certain=not line.struck, bullet=True)

    def _plain(self, line: Line, following: Line | None) -> Iterator[Reference]:
        text = line.text
        if line.ticked or (text[0] == "(" and text[-1] == ")"):
            return
        if self._labels and self._depth is None and text.startswith(self._labels) and _LABEL.match(text):
            self._heading = None  # "**Depends on**:", and below it "**Blocks**: #3"
            yield from self._outside(line)
            return
        if (self._names(text) or (line.struck and self._sure)) and not _is_prose(text):
            yield from self._item(text, certain=self._sure and not self._gap and not line.struck)
            self._sure = self._sure or _goes_on(text)
        elif self._sure and self._depth is None and _is_intro(text):
            self._gap = False
        elif self._depth is not None or not self._sure or _ends_section(text, following):
            self._heading = None
            yield from self._outside(line)
        elif is_nothing(text):
            self._heading = None
        elif not self._gap and (first := _first_sentence(text)):
            yield from self._item(first)
            yield from self._outside(Line(text[len(first) + 1 :].strip()))
        elif self._gap or _is_prose(text):
            self._sure = self._sure and not self._gap
            self._heading = self._heading if self._sure else None
            yield from self._outside(line)
        else:
            yield from self._item(text)

    def _names(self, text: str) -> bool:
        """Whether a plain line names something; behind another label, only right below the heading."""
        labelled = _LABEL.match(text) is not None and not (self._sure and not self._gap)
        return names_something(text, self._known) and (not labelled or self._known.is_thing(clean(text)))

    def _item(self, text: str, *, certain: bool = True, bullet: bool = False) -> Iterator[Reference]:
        self._items += 1
        if is_package(text):
            self._of_packages = True
        elif "," in text and any(map(is_package, text.split(","))) and not names_something(text, self._known):
            return  # "httpx 0.27, pytest, a nightly toolchain"
        elif self._of_packages and may_be_package(text.partition(":")[0]) and not self._known.is_thing(clean(text)):
            return  # "react ^18", "lodash": the list is one of packages
        under = self._heading.under if self._heading is not None else Under.FIRST
        yield from references_of(text, self._known, under, certain=certain, bullet=bullet)

    def _table(self, lines: Sequence[Line]) -> Iterator[Reference]:
        rows = [cells_of(line.text) for line in lines]
        listed = self._heading is not None and self._sure
        names = partial(names_something, known=self._known)
        for item in items_of(rows, listed=listed, is_own=self._known.own, names=names):
            yield from references_of(item, self._known, self._heading.under if self._heading else Under.TASKS)
        self._heading = None
        self.prose.part()


def _goes_on(text: str) -> bool:
    """Whether a line ends as one does that goes on in the next."""
    return _GOES_ON.search(text, max(0, len(text) - 20)) is not None


def _is_intro(text: str) -> bool:
    """Whether a line only leads on to a list: "The following must be there first:"."""
    return _INTRO.match(text) is not None or (_PRONOUN.match(text) is not None and text.endswith(":"))


def _ends_section(text: str, following: Line | None) -> bool:
    """Whether a line begins something else: a label, a title, or what a list below it is about."""
    titles_a_list = following is not None and following.bullet
    return titles_a_list or _LABEL.match(text) is not None or _TITLE.match(text) is not None


def _first_sentence(text: str) -> str:
    """What stands before the first full stop of a line of prose, where that is no prose itself."""
    first, _, rest = text.partition(". ")
    return first if rest and _is_prose(text) and not _is_prose(f"{first}.") else ""


def _is_prose(text: str) -> bool:
    """Whether a line is a sentence rather than a name."""
    if _AFTERWARDS.match(text) is not None:
        return True
    if len(text.split()) < _FEWEST_WORDS_OF_PROSE:
        return False
    return _PRONOUN.match(text) is not None or (_PREDICATE.search(text) is not None and text.rstrip()[-1:] in ".!?")
