"""What a sentence names at a place: tasks by number, address, quoted or plain name, and where the name ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aegis.core.numbers import Numbered, counted_at, marks_in, numbered_at
from aegis.core.reading.around_names import (
    BY_NAME,
    COUNTS,
    DONE,
    EXCEPT,
    FILLER,
    GOES_TO,
    IN_A_ROW,
    JOINT,
    JOINT_BEFORE,
    MARK,
    MAY_MARK,
    NOT_AFTER_ALL,
    NOTE,
    NOTE_AT_END,
    PHRASE_END,
    QUOTED,
    SMALL_END,
    SMALL_START,
    STARTS_CLAUSE,
    WORD_END,
    WORD_START,
    may_end,
)
from aegis.core.reading.items import references_of
from aegis.core.reading.known import Known, Reference
from aegis.core.reading.parts import addresses, clean, number_elsewhere, page_elsewhere
from aegis.core.reading.vocabulary import pattern
from aegis.core.reading.words import Word

_FARTHEST = 14
_SEE = pattern(r"\b(?:see|cf\.?|compare|like|as in|similar to|siehe|voir|ver|unlike)(?: also)?\s*\(?$")
_FAR_NOTE = 200
_LONGEST_NAME = 300
_LONGEST_SEARCHED = 600
_MOST_STARTS = 150


@dataclass(frozen=True, slots=True)
class Found:
    """What is named between `begin` and `end`.

    `plain`: by a bare name, neither quoted nor a number or address; `titled`: one of several words and with a capital;
    `done`: the sentence goes on to say that it is done.
    """

    references: tuple[Reference, ...]
    begin: int
    end: int
    plain: bool = False
    titled: bool = False
    done: bool = False


class Objects:
    """Reads what a sentence names."""

    def __init__(self, text: str, known: Known, words: Sequence[Word]) -> None:
        self._text = text
        self._known = known
        self._addresses = {begin: (end, reference) for begin, end, reference in addresses(text)}
        """Where addresses and GIDs begin -> where they end, and what they refer to."""
        self._marks = _marks_in(text) if MAY_MARK.search(text) else []
        """Where something may stand that its form marks: a number, a quoted name."""
        self._mentions: dict[int, list[int]] = {}
        """Where names begin -> where they end, the longest first."""
        for begin, end in known.mentions(words):
            self._mentions.setdefault(begin, []).append(end)
        self._may_be_close = known.may_be_close(words)
        self._counts = COUNTS.search(text) is not None
        self.are_there = bool(self._addresses or self._marks or self._mentions or self._may_be_close or self._counts)
        """Whether the sentence may name anything at all."""

    def behind(self, at: int) -> Found | None:
        """What is named from `at` on, several things in a row together."""
        if not self.are_there:
            return None
        first = self._one(at)
        if first is None:
            return None
        references, last = list(first.references), first
        for _ in range(20):
            note = NOTE.match(self._text, last.end)
            joint = JOINT.match(self._text, note.end() if note is not None else last.end)
            more = self._one(joint.end()) if joint is not None else None
            noted = NOTE.match(self._text, more.end) if more is not None else None
            if more is None or NOT_AFTER_ALL.match(self._text, noted.end() if noted is not None else more.end):
                break
            references += more.references
            last = more
        exception = EXCEPT.match(self._text, last.end)
        without = self._one(exception.end()) if exception is not None else None
        if without is not None:
            references = [one for one in references if one not in without.references]
        done = last.done or DONE.match(self._text, last.end) is not None
        return Found(tuple(references), first.begin, last.end, first.plain, first.titled, done)

    def before(self, end: int, done: str | None) -> Found | None:
        """What is named right before `end`, several things in a row together; `done`: the participle behind it."""
        references: list[Reference] = []
        begin, plain, until = end, True, end
        if not self.are_there:
            return None
        for _ in range(20):
            one = self._last(until, done)
            if one is None:
                break
            references = [*one.references, *references]
            begin, plain = one.begin, one.plain
            joint = JOINT_BEFORE.search(self._text[:begin])
            if joint is None:
                break
            until = joint.start()
        if not references or (plain and not STARTS_CLAUSE.search(self._text[:begin])):
            return None
        return Found(tuple(references), begin, end, plain)

    def told_later(self, at: int, *, seen: bool) -> Sequence[Reference]:
        """What a sentence names behind words that stand for it: marked by number, address or quotes, or in brackets.

        `seen`: also what it only points to with "see".
        """
        marked = self._marked_behind(at, seen)
        if marked is not None:
            return marked.references
        note = self.note_behind(at)
        return note.references if note is not None else ()

    def note_behind(self, at: int) -> Found | None:
        """What a note in brackets behind a place names, where it names something."""
        note = NOTE.search(self._text, at, at + _FAR_NOTE) if self.are_there else None
        if note is None:
            return None
        inside = tuple(references_of(note[0].strip(" ()"), self._known, certain=False))
        return Found(inside, note.start(), note.end()) if inside and all(map(self.is_known, inside)) else None

    def in_order(self) -> list[Found]:
        """All that the sentence names, from left to right; what stands in a row is one."""
        exact = self._among(sorted({*self._addresses, *self._marks, *self._mentions}), [])
        words = WORD_START.finditer(self._text, 0, _LONGEST_SEARCHED)
        starts = [one.start() for one in words if not SMALL_START.match(one[0])]
        found = self._among(starts, exact) if self._may_be_close or self._counts else exact
        joined: list[Found] = []
        for one in found:
            if joined and IN_A_ROW.fullmatch(self._text, joined[-1].end, one.begin):
                before = joined.pop()
                joined.append(replace(one, references=(*before.references, *one.references), begin=before.begin))
            else:
                joined.append(one)
        return joined

    def _among(self, starts: Sequence[int], kept: Sequence[Found]) -> list[Found]:
        """What is named from these places on, and what was found before, none of it across another."""
        found = list(kept)
        for begin in starts[:_MOST_STARTS]:
            if not any(one.begin <= begin < one.end for one in found):
                one = self._marked(begin) or self._whole(begin) or (self._counted(begin) if self._counts else None)
                if one is not None and not any(begin < other.begin < one.end for other in found):
                    found.append(one)
        return sorted(found, key=lambda one: one.begin)

    def _whole(self, begin: int) -> Found | None:
        """A name of several words, whatever follows it; else a name as it may stand in a sentence."""
        ends = [end for end in self._mentions.get(begin, ()) if " " in self._text[begin:end]]
        return self._found(clean(self._text[begin : ends[0]]), begin, ends[0]) if ends else self._plain(begin)

    def only_one(self) -> Sequence[Reference]:
        """The one task that the sentence names, by whatever form; nothing where it names several or none."""
        found = [one for begin in sorted({*self._addresses, *self._marks}) if (one := self._marked(begin)) is not None]
        named = {one for found_one in found for one in found_one.references if self.is_known(one)}
        plain = [clean(self._text[begin : ends[0]]) for begin, ends in self._mentions.items()]
        named |= {Reference(name) for name in plain if " " in name}
        return tuple(named) if len(named) == 1 else ()

    def _marked_behind(self, at: int, seen: bool) -> Found | None:
        for begin in [one for one in sorted({*self._addresses, *self._marks}) if one >= at][:10]:
            one = self._marked(begin)
            if one is not None and (seen or not _SEE.search(self._text[max(0, begin - 20) : begin])):
                return self.behind(begin) if all(map(self.is_known, one.references)) else None
        return None

    def two_mentioned(self, end: int) -> tuple[Reference, ...]:
        """The two things that stand before `end`, marked or by names; nothing where there are more or fewer."""
        marked = [self._marked(begin) for begin in sorted({*self._addresses, *self._marks}) if begin < end]
        found = {one for each in marked if each is not None for one in each.references if self.is_known(one)}
        if len(found) == 2:
            return tuple(found)
        plain = [(begin, ends[0]) for begin, ends in self._mentions.items() if ends[0] <= end]
        names = (clean(self._text[begin:stop]) for begin, stop in plain)
        named = dict.fromkeys([*found, *(Reference(name) for name in names if " " in name)])
        return tuple(named) if len(named) == 2 else ()

    def last_mentioned(self, end: int) -> tuple[Reference, ...]:
        """What stands marked (by number, address or quotes) last before `end`, where just one thing stands there."""
        last: Found | None = None
        for begin in [one for one in sorted({*self._addresses, *self._marks}) if one < end][-20:]:
            one = self._marked(begin) if last is None or begin >= last.end else None
            if one is not None and one.end <= end and all(map(self.is_known, one.references)):
                last = one
        if last is not None:
            return last.references
        plain = [(begin, ends[0]) for begin, ends in self._mentions.items() if ends[0] <= end]
        names = [clean(self._text[begin:stop]) for begin, stop in plain]
        named = next(((Reference(name),) for name in reversed(names) if " " in name), ())
        nearly = (one.references for one in reversed(self.in_order()) if one.end <= end)
        return named or next((found for found in nearly if all(map(self.is_known, found))), ())

    def is_known(self, reference: Reference) -> bool:
        """Whether a reference is to something that is known, or to a task by its GID."""
        if reference.label is not None:
            return self._known.numbered(reference.label)
        return reference.gid is not None or self._known.has(reference.words)

    def phrase(self, at: int) -> str:
        """The words from `at` on, up to the end of what they may say of one thing."""
        text = BY_NAME.sub("", self._text[at : at + 200])
        end = PHRASE_END.search(text)
        return clean(text[: end.start()] if end is not None else text)

    def _one(self, at: int) -> Found | None:
        while at < len(self._text) and self._text[at].isspace():
            at += 1
        filler = FILLER.match(self._text, at)
        end = filler.end() if filler is not None else at
        within = [begin for begin in self._mentions if at < begin < end]  # "the Card layout" begins with such a word
        for begin in dict.fromkeys((at, end, *within)):
            found = self._marked(begin) or self._plain(begin)
            if found is not None:
                return found
        return self._counted(at) or self._counted(end) if self._counts else None

    def _counted(self, at: int) -> Found | None:
        """Tasks by numbers without a mark, where tasks bear them and nothing else can be counted there."""
        counted = counted_at(self._text, at, self._known.number)
        if counted is None or not self._is_meant(counted) or (counted.bare and not may_end(self._text, counted.end)):
            return None
        return Found(tuple(Reference(words, label=label) for words, label in counted.labels), at, counted.end)

    def _is_meant(self, counted: Numbered) -> bool:
        """Whether tasks bear the numbers; bare ones count tasks only for one that bears a number itself."""
        if counted.bare and self._known.number is None:
            return False
        return all(self._known.numbered(label) for _, label in counted.labels)

    def _marked(self, begin: int) -> Found | None:
        """A thing that its form marks: an address, a number, a quoted name."""
        if begin in self._addresses:
            end, reference = self._addresses[begin]
            return Found((reference,), begin, end)
        link = re.compile(r"\[[^\[\]]{0,300}\]\(").match(self._text, begin)
        page = page_elsewhere(self._text, link.end() if link is not None else begin)
        if page is not None:
            end = page.end() + (link is not None)
            return Found((Reference(page[0]),), begin, min(len(self._text), end))
        if link is not None and link.end() in self._addresses:
            end, reference = self._addresses[link.end()]
            return Found((reference,), begin, min(len(self._text), end + 1))
        elsewhere = number_elsewhere(self._text, begin)
        if elsewhere is not None:
            return Found((Reference(elsewhere[0]),), begin, elsewhere.end())
        number = numbered_at(self._text, begin)
        if number is not None:
            return Found(tuple(Reference(words, label=label) for words, label in number.labels), begin, number.end)
        quoted = QUOTED.match(self._text, begin)
        if quoted is not None:
            name = clean(next(group for group in quoted.groups() if group is not None))
            if self._known.has(name):
                return Found((Reference(name),), begin, quoted.end())
        return None

    def _plain(self, begin: int) -> Found | None:
        """The longest name that begins here and may end where it ends; else one that is close to what stands here."""
        for end in self._mentions.get(begin, ()):
            if self._may_be_name(self._text[begin:end], begin, end):
                return self._found(clean(self._text[begin:end]), begin, end)
        ends: list[int] = self._ends(begin) if self._may_be_close else []
        for end in reversed(ends[1:]):
            name = clean(self._text[begin:end])
            goes_to = GOES_TO.match(self._text, end)
            if goes_to is not None and not may_end(self._text, end):
                end = goes_to.end()
            if ":" not in name and not SMALL_END.search(name) and may_end(self._text, end) and self._known.has(name):
                return replace(self._found(name, begin, end), done=True)
        return None

    def _found(self, name: str, begin: int, end: int) -> Found:
        titled = " " in name and any(letter.isupper() for letter in name)
        return Found((Reference(name),), begin, end, plain=True, titled=titled)

    def _ends(self, begin: int) -> list[int]:
        ends: list[int] = []
        for word in WORD_END.finditer(self._text, begin, begin + _LONGEST_NAME):
            if len(ends) >= _FARTHEST:
                break
            ends.append(word.start() + len(word[0].rstrip(".")))
        return ends

    def _may_be_name(self, name: str, begin: int, end: int) -> bool:
        """Whether a name may stand there: it ends as one does, and is no ordinary word that some task is called."""
        if not may_end(self._text, end):
            return False
        return " " in name or (name[:1].isupper() and begin > 0) or DONE.match(self._text, end) is not None

    def _last(self, end: int, done: str | None) -> Found | None:
        text = self._text[:end].rstrip(" ,")
        return self._ending(text, end, done) or self._ending(NOTE_AT_END.sub("", text), end, done)

    def _ending(self, text: str, end: int, done: str | None) -> Found | None:
        """What a text ends with."""
        for begin, (stop, reference) in self._addresses.items():
            if stop in (len(text), len(text) - 1):  # "[the plan](address)"
                return Found((reference,), max(0, text.rfind("[", 0, begin)) if stop < len(text) else begin, end)
        starts = [one.start() for one in WORD_START.finditer(text[-_LONGEST_NAME:])][-_FARTHEST:]
        offset = max(0, len(text) - _LONGEST_NAME)
        for start in starts:
            begin = offset + start
            words = text[begin:]
            number = numbered_at(text, begin)
            if number is not None and number.end == len(text) and number_elsewhere(text, begin) is None:
                return Found(tuple(Reference(said, label=label) for said, label in number.labels), begin, end)
            counted = counted_at(text, begin, self._known.number) if self._counts else None
            if counted is not None and counted.end == len(text) and self._is_meant(counted):
                named_so = tuple(Reference(said, label=label) for said, label in counted.labels)
                return Found(named_so, begin, end, plain=counted.bare)
            name = clean(words)
            quoted = words[:1] in "\"'`"
            may_be = quoted or begin in self._mentions or begin + 1 in self._mentions
            if may_be and (" " in name or quoted or (name[:1].isupper() and begin > 0)) and self._known.named(name):
                return Found((Reference(name),), begin, end, plain=not quoted)
            if (
                " " in name
                and self._may_be_close
                and (said := next((one for one in (f"{name} {done or ''}", name) if self._known.close(one)), ""))
            ):
                return Found((Reference(said.strip()),), begin, end, plain=True)
        return None


def _marks_in(text: str) -> list[int]:
    return sorted({*(one.start() for one in MARK.finditer(text)), *marks_in(text)})
