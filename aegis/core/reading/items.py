"""One item under a heading becomes references: tasks by name, number, GID or address, and what is none of these.

An item may hold several ("Alpha, Beta and #3"), each with words around it that do not matter ("the Alpha task (Jo is
on it)"). Names that are known decide where one ends; what is known by nothing stays in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum, auto

from aegis.core.numbers import Numbered, counted_at
from aegis.core.reading.denials import (
    but_for,
    denies,
    is_answered_no,
    is_denied,
    is_hint,
    is_nothing,
    is_said_to_be_done,
    is_turned,
)
from aegis.core.reading.environment import asks_for_presence, is_environment
from aegis.core.reading.headings import Under
from aegis.core.reading.known import Known, Reference
from aegis.core.reading.mentions import mentioned_in
from aegis.core.reading.parts import (
    addresses,
    clean,
    forms,
    noted_numbers,
    numbers_in,
    part_spans,
    pointed_to,
    quoted_in,
)
from aegis.core.reading.requirements import (
    is_given_alone,
    is_no_title,
    is_not_known_yet,
    is_people,
    is_promised,
    is_requirement,
)
from aegis.core.reading.vocabulary import pattern

_EXCEPT = re.compile(
    r",? (?:except(?: for)?|but not(?: by| on| for)?|apart from|other than|ohne|außer|sauf|excepto|salvo) ",
    re.IGNORECASE,
)
_TICK = re.compile(r"[☑✅✔✓🗹]|(?<!\w)\[[xX]\]")
_RELATIVE = re.compile(r"(?:which|whichever|that|who|where|because|so|as|since|if|when|e\.g|i\.e)\b", re.IGNORECASE)
_STATUS = pattern(
    r"(?:waiting|pending|still|not yet|eta|due|status|owner|assigned|by|see|cc|est\.?|effort|estimate|pr"
    r"|@\w+|\w+(?: from [\w ]{2,20})? is (?:on|working)|q[1-4]"
    r"|sprint \d+"
    r"|(?:mon|tues|wednes|thurs|fri)day|next week)\b"
)
_BY_SOMEBODY = re.compile(
    r"\b(?:must|has to|have to|needs to) be (?:chosen|decided|approved|signed|confirmed|picked) by "
)
_THEN_STEP = re.compile(r"\s(?:[→⇒➔➜]|[-=]+>)\s+(?=\S)")
_OPEN_END = re.compile(r"(?: ?[,;&+]| (?:and|or|und|et|y)|,? etc\.?|,? usw\.?|,? \.\.\.)+$", re.IGNORECASE)
_OPEN = (",", ";", "&", "+", ".", "and", "or", "und", " et", " y", "etc", "usw")
"""Each open end ends with one of these."""
_PLAIN_NAME = re.compile(r"(?!.*\d{10})(?:[^\W_]+[ -])*[^\W_]+")
_CLOSING = (")", "]")
_ITS = re.compile(r"(?:its|his|her|their) ", re.IGNORECASE)
_SEE = re.compile(r"(?:(?:→|->|=>) ?)?see ", re.IGNORECASE)
_YES = re.compile(r"(?:yes|yep|ja|oui|si|sí|ok|well)(?:\s*\([^()]*\))?", re.IGNORECASE)
_TELLS = re.compile(
    r"(?<=\w )(?:is|are|was|were|has|have|had|will|would|can|could|may|must|should|does|do|needs?|gets?|comes?"
    r"|exists?)\b"
)
_BEGINS_SENTENCE = re.compile(
    r"(?:The|A|An|All|Our|We|You|They|It|This|That|These|There|Everything|Everyone|Nobody|Nothing|No|Both|Each|Most"
    r"|Some)\b"
)
_PREDICATE = re.compile(
    r"\b(?:is|are|was|says?|said|will|has|have|must|should|needs?|thinks?|takes?|works?|can|wants?|hopes?|promised)\b"
)
_NOTE = re.compile(r"\s*\([^()]*\)")
_WITH = re.compile(r"\S+(?: v?\d[\d.]*)? (?:with|holding|containing|filled|loaded)\b")
_ON_IT = re.compile(r"\b(?:is|are) (?:on it|working on it|taking care)\b", re.IGNORECASE)
_ALL_OF_IT = re.compile(
    r"(?:but )?(?:it |they |that )?(?:(?:can|may) (?:come|follow|wait|be (?:done|added))\b"
    r"|(?:is|are) (?:optional|not needed)\b"
    r"|(?:just )?(?:copy|take|reuse|use) (?:it|them|the)\b)",
    re.IGNORECASE,
)
_TICKET = re.compile(r"\((?:see )?(?:ticket|task|issue|story|card)[: ]+[\"'`]([^\"'`()]{4,100})[\"'`]\)", re.IGNORECASE)
""" "The table from finance (ticket 'Master data')"."""
_MUST_BE_UP = re.compile(r"\S+ (?:must|has to|needs to|should) be (?:up|running|reachable|there|started|available)\b")
_ALL_BUT = re.compile(
    r"(?:all|everything|everybody|every)\b.*\b(?:moved|done|merged|finished|migrated|closed|there|ready|in|met|complete)\b",
    re.IGNORECASE,
)
""" "All consumers moved, except the dashboard": that one is left."""
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
    if not known.is_thing(text):
        text = _OPEN_END.sub("", text) if text[-3:].casefold().endswith(_OPEN) else text
    elif not _is_more_than_a_name(text):
        yield Reference(text)
        return
    rest = but_for(text) if not within else None
    if rest is not None:
        yield from references_of(rest, known, under, certain=certain, bullet=bullet, within=True)
    elif not is_nothing(text) and not denies(text) and not (bullet and is_turned(text)):
        step = _THEN_STEP.search(text) if certain else None
        if step is not None and _leads_to_a_step(text, step, known):
            text = text[: step.start()]
        exception = _EXCEPT.search(text)
        if exception is not None and _ALL_BUT.match(text[: exception.start()]):
            yield from references_of(text[exception.end() :], known, under, certain=certain, bullet=bullet)
        elif exception is None:
            yield from _Item(text, known, under, certain, bullet).references()
        else:
            left_out = set(_Item(text[exception.end() :], known, under, False, bullet).meant())
            kept = _Item(text[: exception.start()], known, under, certain, bullet).references()
            yield from (one for one in kept if left_out.isdisjoint((one.words, one.label)))


def _leads_to_a_step(text: str, arrow: re.Match[str], known: Known) -> bool:
    """Whether what stands behind an arrow is a note or the work itself: "#9 -> choose the cutoff, build it"."""
    if is_denied(text) or is_said_to_be_done(text) or not names_something(text[: arrow.start()], known):
        return False
    return text[arrow.end() :][:1].islower() and not names_something(text[arrow.end() :], known)


def _is_more_than_a_name(text: str) -> bool:
    """Whether an item says more than the name that it fits, which would be lost if it were taken for just the name."""
    if _PLAIN_NAME.fullmatch(text) is not None:
        return False
    return text[-1:] in _CLOSING or _is_ticked(text) or is_denied(text) or any(addresses(text))


def _is_ticked(text: str) -> bool:
    return not (text.isascii() and "[" not in text) and _TICK.search(text) is not None


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
                if not _SEE.match(self._text, self._spans[index][0]):
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
        if self._found and _PREDICATE.search(_NOTE.sub("", part)) is not None and not _BY_SOMEBODY.search(part):
            return True
        unknown = is_not_known_yet(part) and ":" not in part
        return self._found and (unknown or any(one.match(part) for one in (_RELATIVE, _STATUS)))

    def _from(self, index: int) -> tuple[list[Reference], int]:
        """What the part at `index` and as many behind it as belong to it refer to, and how many these are."""
        begin, end = self._spans[index]
        part = self._text[begin:end]
        if _is_ticked(part):
            return [], 1
        addressed = list(pointed_to(part))
        if addressed:
            return addressed, 1
        for count in range(min(_MOST_PARTS_OF_A_NAME, len(self._spans) - index), 0, -1):
            words = self._text[begin : self._spans[index + count - 1][1]]
            if count > 1 and words[-1:] in _CLOSING:
                continue
            if len(words) <= _LONGEST_NAME and self._known.is_thing(clean(words)) and not is_denied(words):
                return [Reference(clean(words))], count
        if (
            (index >= self._late and not (part[:1] in "→-=" and _SEE.match(part)))
            or is_denied(part)
            or (self._found and _RELATIVE.match(part))
        ):
            return [], 1
        return list(self._within(part)), 1

    def _within(self, part: str) -> Iterator[Reference]:
        """What a part refers to that is not just a name: numbers, quoted names, names with words around them."""
        ticket = _TICKET.search(part)
        if ticket is not None:
            yield Reference(clean(ticket[1]))
            return
        counted = counted_at(clean(part), 0, self._known.number)
        if counted is not None and counted.end == len(clean(part)) and self._are_borne(counted):
            yield from (Reference(words, label=label) for words, label in counted.labels)
            return
        numbered = list(numbers_in(part))
        if numbered and not part.startswith(numbered[0].words) and is_requirement(part):
            numbered = [one for one in numbered if _is_found(one, self._known)]  # "approval of CR-2025 by the board"
        if not numbered and not self._has_name(part):
            numbered = [one for one in noted_numbers(part) if _is_found(one, self._known)]
        if numbered and (not self._has_name(part) or any(_is_found(one, self._known) for one in numbered)):
            yield from numbered
            return
        quoted = [one for one in quoted_in(part) if self._known.has(one)]
        named, noted = self._first(part, self._known.is_thing)
        if len(quoted) > 1 or (quoted and named is None):
            yield from map(Reference, quoted)
            return
        if named is None:
            named, noted = self._first(part, self._known.close)
        mentioned = mentioned_in(part, self._known)
        if named is not None and len(mentioned) < 2:
            self._noted = self._noted or noted
            yield Reference(named)
        else:
            within = "" if is_said_to_be_done(part) else clean(part)
            yield from (Reference(name, within=within) for name in mentioned)

    def _are_borne(self, counted: Numbered) -> bool:
        """Whether tasks bear the numbers; of bare ones some may be unknown, for a list counts nothing else."""
        borne = [self._known.numbered(label) for _, label in counted.labels]
        return any(borne) if counted.bare else all(borne)

    def _first(self, part: str, tells: Callable[[str], bool]) -> tuple[str | None, bool]:
        """The first form that is told, and whether a note was cut off for it."""
        return next(((form, noted) for form, noted in forms(part) if tells(form)), (None, False))

    def _has_name(self, part: str) -> bool:
        return self._first(part, self._known.is_thing)[0] is not None

    def _unknown(self, spans: list[tuple[int, int]]) -> Iterator[Reference]:
        """What is between things that are known: in one piece, but that tasks and requirements are told apart."""
        if not spans or not self._certain:
            return
        pieces: list[tuple[_Sort, int, int]] = []
        noted = False
        for begin, end in spans:
            sort = self._sort_of(begin, end)
            if _ALL_OF_IT.match(self._text, begin):
                pieces.clear()  # "the event's name, can follow later", "the names, copy them from the spec"
            if sort is None or _ALL_OF_IT.match(self._text, begin):
                noted = True
                continue
            if noted and sort is _Sort.TITLE and self._text[begin].islower():
                continue  # "NODE_ENV set, the build fails otherwise"
            if sort is _Sort.GIVEN and pieces and self._is_a_pair(pieces[-1], begin):
                pieces[-1] = (sort, pieces[-1][1], end)
            elif pieces and (_ITS.match(self._text, begin) or (pieces[-1][0] is sort and sort is not _Sort.GIVEN)):
                pieces[-1] = (pieces[-1][0], pieces[-1][1], end)
            else:
                pieces.append((sort, begin, end))
        for sort, begin, end in pieces:
            yield from self._as_whole(clean(self._text[begin:end]), sort)

    def _is_a_pair(self, before: tuple[_Sort, int, int], begin: int) -> bool:
        """Whether a part goes on with the one before it: "client id and secret from the university"."""
        first = self._text[before[1] : before[2]].split(maxsplit=1)[0]
        return self._text[before[2] : begin].strip() == "and" and (first[:1].islower() or first.isupper())

    def _sort_of(self, begin: int, end: int) -> _Sort | None:
        """What an unknown part is; None for one that is nothing at all."""
        part = self._text[begin:end]
        words = clean(part)
        if _is_ticked(part) or is_denied(part) or is_nothing(part) or is_hint(part) or _YES.fullmatch(part):
            return None
        loosely = self._under in (Under.THINGS, Under.NEEDS)
        if not is_not_known_yet(part) and is_environment(words, loosely=loosely) and not is_given_alone(words):
            return None
        if begin > self._spans[0][0] and (is_promised(self._text, begin) or _ON_IT.search(part)):
            return None  # "rev C boards, supplier says week 20"
        if self._under is not Under.FIRST and _SEE.match(words):
            return None  # "see the readme"
        if is_answered_no(self._text, end):
            return None
        is_given = is_requirement(part) or is_people(part, by_name=False) or is_promised(self._text, end)
        if is_given or self._text[end : end + 1] == "?":
            return _Sort.GIVEN
        return _Sort.TOLD if is_no_title(words) else _Sort.TITLE

    def _is_a_service_up(self, words: str) -> bool:
        """ "Qdrant must be up on the eval box"."""
        return _MUST_BE_UP.match(words) is not None and self._known.service(words.split()[0])

    def _is_about_a_service(self, words: str) -> bool:
        """Whether words tell of a service how it must be there; whether it is, others look at."""
        if _WITH.match(words) and self._known.service(words.split()[0]):
            return True  # "Postgres with the perf data"
        return asks_for_presence(words) and any(self._known.service(word) for word in words.split()[:20])

    def _as_whole(self, words: str, sort: _Sort) -> Iterator[Reference]:
        if not words or is_said_to_be_done(words):
            return
        if sort is _Sort.GIVEN and self._under is not Under.TASKS and self._is_a_service_up(words):
            return
        if sort is _Sort.GIVEN:
            yield Reference(words, unclear=True)
            return
        if self._under is Under.THINGS and _is_sentence(_NOTE.sub("", words)):
            return
        if self._under is not Under.TASKS and self._is_about_a_service(words):
            return
        if self._under in (Under.TASKS, Under.THINGS) or (self._under is Under.NEEDS and _is_title(words)):
            yield Reference(words, unclear=sort is _Sort.TOLD)


class _Sort(Enum):
    """What an item is that nothing known is called."""

    TITLE = auto()  # looks like a task's name
    TOLD = auto()  # tells of a thing or a doing
    GIVEN = auto()  # what people give or decide


def _is_sentence(words: str) -> bool:
    """Whether words tell something, as "the design is final" does, and are no title."""
    predicate = _TELLS.search(words)
    return predicate is not None and (words[:1].islower() or _BEGINS_SENTENCE.match(words) is not None)


def _is_title(words: str) -> bool:
    """Whether words look like a task's title and not like a thing that is described."""
    return not words[:1].islower() and not re.match(r"(?:an?|the|some|one|two|at least)\s", words, re.IGNORECASE)
