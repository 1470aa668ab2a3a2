"""One sentence: the links in it, who waits in each, and for what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from aegis.core.reading.completion import COMPLETION
from aegis.core.reading.gates import GATES, gate_of, gate_subject, waits_behind
from aegis.core.reading.items import clean
from aegis.core.reading.known import Known, Reference
from aegis.core.reading.links import (
    BEHIND,
    BEHIND_WORDS,
    BIDDING,
    BIDDING_WORDS,
    ENSURE,
    ENSURE_WORDS,
    FIRST_BEHIND,
    HELD_BACK,
    LINKS,
    STARTS_LATER,
    Kind,
    is_meant,
)
from aegis.core.reading.objects import Found, Objects
from aegis.core.reading.subjects import Subject, clause_before, subject_of
from aegis.core.reading.vocabulary import any_of, pattern
from aegis.core.reading.wording import is_given, is_people, is_requirement, is_waited_for
from aegis.core.reading.words import words_of

_SPAN = re.compile(r"`[^`\n]*`|\"[^\"\n]*\"")
_COPULA = pattern(r"\b", any_of("is, are, be, been, being, remains?, stays?, gets?, still, currently"), r"\s*$|^\s*$")
_DONE = pattern(COMPLETION)
_PAST = pattern(r"\b(?:was|were|went|had|got)\b")
_PRONOUN = pattern(
    r"\s*(?:it|that|them|these|those|that one|that task|that ticket)\b(?!\s+(?:\w+\s+)?(?:tasks?|one)\b)"
)
_OLD_LABEL = pattern(
    r"\b",
    any_of("was, were, old, before, previously, formerly, originally, history, example, format, log, error"),
    r"\s*:\s*$",
)
_THEN = pattern(r"\s+(?:then|that)\b")
_CHAIN = re.compile(r"\s*(?:-+>|→|=+>|⇒|➔|➜)\s*|\s>+\s")
_THIS = pattern(r"\W*this(?: one| task| ticket| issue| here)?\W*")
_TELLING = LINKS.first_words | GATES.first_words | BEHIND_WORDS | BIDDING_WORDS | ENSURE_WORDS
_LEADING = ("", "and", "so", "but", "then", "only", "thus", "therefore", "i.e.", "please")
_LONGEST_LABEL = 3
_MOST_LINKS = 20


class Sentence:
    """Reads one sentence; `before` are those before it in its paragraph, where "it" may have its name."""

    def __init__(self, text: str, known: Known, before: Sequence[Sentence] = ()) -> None:
        self._text = text
        self._known = known
        self._before = before
        self._words = words_of(text)
        self._said = frozenset(word.said for word in self._words)

    @cached_property
    def objects(self) -> Objects:
        """What the sentence names."""
        return Objects(self._text, self._known, self._words)

    def references(self) -> list[Reference]:
        """What the sentence says must come first."""
        if _TELLING.isdisjoint(self._said) and not _CHAIN.search(self._text):
            return []
        found = [*self._of_verbs(), *self._of_gates()]
        if self.objects.are_there:
            found += [*self._of_chains(), *self._of_what_stands_behind(), *self._of_biddings()]
        return found

    # --- "is blocked by ...", "waits for ...", "needs ..." --------------------------------------------------------

    def _of_verbs(self) -> Iterator[Reference]:
        for number, (begin, end, kind) in enumerate(LINKS.find(self._text, self._words)):
            if number < _MOST_LINKS and not self._is_quoted(begin):
                yield from self._of_verb(begin, end, kind)

    def _of_verb(self, begin: int, end: int, kind: Kind) -> Iterator[Reference]:
        left = clause_before(self._text, begin)
        if not is_meant(left, kind) or _OLD_LABEL.search(self._text[max(0, begin - 20) : begin]):
            return
        subject = subject_of(left, self._known)
        found = self._named_behind(end)
        if found is not None:
            if subject is Subject.OWN or (subject is Subject.FOREIGN and self._holds_anyway(found, left, kind)):
                yield from found.references
        elif subject is Subject.OWN and (told := self._told_later(end, kind)):
            yield from told
        elif subject is Subject.OWN and (kind is not Kind.NEEDS or "you" not in left.casefold().split()):
            until = self._text[begin:end].casefold().split()[-1] in ("until", "till", "pending")
            yield from self._unclear(end, kind, firm=kind is Kind.BLOCKED and until)

    def _told_later(self, at: int, kind: Kind) -> Sequence[Reference]:
        """What the sentence names behind words for something that it waits for: "the subnet first, see #3"."""
        if kind is Kind.NEEDS and "first" not in self._said:
            return ()
        return self.objects.told_later(at, seen=kind in (Kind.BLOCKED, Kind.NEEDS))

    def _holds_anyway(self, found: Found, left: str, kind: Kind) -> bool:
        """Whether a task named so plainly holds this one, though the sentence's subject is nothing that is known."""
        if kind is Kind.BLOCKED and not _COPULA.search(left):
            return False  # "users blocked by ..."
        return not found.plain and any(map(self.objects.is_known, found.references))

    # --- "cannot start until ...", "only after ..." ------------------------------------------------------------------

    def _of_gates(self) -> Iterator[Reference]:
        for number, (begin, end, _) in enumerate(GATES.find(self._text, self._words)):
            if number < _MOST_LINKS and not self._is_quoted(begin):
                yield from self._of_gate(begin, end)

    def _of_gate(self, begin: int, end: int) -> Iterator[Reference]:
        left, connector = clause_before(self._text, begin, wide=True), self._text[begin:end]
        meant = gate_of(left, connector)
        if meant is None:
            yield from self._of_no_gate(begin, end)
            return
        subject = subject_of(gate_subject(left), self._known)
        found = self._named_behind(end)
        if found is not None and (found.done or not found.plain or not meant.of_done):
            if subject is Subject.OWN or (
                subject is Subject.FOREIGN and (found.done or not found.plain or found.titled)
            ):
                yield from found.references
        elif subject is Subject.OWN and (told := self.objects.told_later(end, seen=meant.firm)):
            yield from told
        elif subject is Subject.OWN and not meant.of_done:
            yield from self._unclear(end, Kind.GATE, firm=meant.firm)

    def _of_no_gate(self, begin: int, end: int) -> Iterator[Reference]:
        """ "Once the schema is frozen, build the tables"; "red until #3 is merged, so don't start yet"."""
        connector = self._text[begin:end]
        near = clause_before(self._text, begin).strip(" ,").casefold()
        near = "" if near.endswith(":") and len(near.split()) <= _LONGEST_LABEL else near
        waits_later = connector.casefold() in ("until", "till") and HELD_BACK.search(self._text, end)
        found = self._named_behind(end) if near in _LEADING or waits_later else None
        if found is None:
            yield from self._of_the_sentence_before(begin, end)
            return
        done = _DONE.match(self._text, found.end)
        if done is not None and _PAST.search(done[0]):
            return  # "After the redesign went live, the page is slow" tells of a cause
        rest = self._text[done.end() if done is not None else found.end :]
        if near in _LEADING and waits_behind(connector, rest):
            if found.done or not found.plain or (found.titled and rest.lstrip().startswith((",", "we", "I "))):
                yield from found.references
        elif waits_later and found.done:
            yield from found.references

    def _of_the_sentence_before(self, begin: int, end: int) -> Iterator[Reference]:
        """ "Finance must choose. Until then, don't start"."""
        then = _THEN.match(self._text, end)
        if (
            begin == 0
            and then is not None
            and self._before
            and waits_behind(self._text[:end], self._text[then.end() :])
        ):
            said = clean(self._before[-1]._text)
            if is_requirement(said):
                yield Reference(said, unclear=True)

    # --- "... must land first", "... blocks this", "do ... first", "... -> this" ---------------------------------------

    def _of_what_stands_behind(self) -> Iterator[Reference]:
        if BEHIND_WORDS.isdisjoint(self._said):
            return
        for number, behind in enumerate(BEHIND.finditer(self._text)):
            if number >= _MOST_LINKS or self._is_quoted(behind.start() + 1):
                continue
            if behind["open"] and not any(HELD_BACK.search(text) for text in (self._text, *self._texts_before(1))):
                continue
            found = self.objects.before(behind.start(), behind["done"] or behind["missing"])
            yield from found.references if found is not None else ()

    def _of_biddings(self) -> Iterator[Reference]:
        if not ENSURE_WORDS.isdisjoint(self._said) and STARTS_LATER.search(self._text):
            for ensure in ENSURE.finditer(self._text):
                found = self.objects.behind(ensure.end())
                yield from found.references if found is not None and found.done else ()
        if not BIDDING_WORDS.isdisjoint(self._said):
            for bidding in BIDDING.finditer(self._text):
                found = self.objects.behind(bidding.end())
                if found is not None and FIRST_BEHIND.match(self._text, found.end):
                    yield from found.references

    def _of_chains(self) -> Iterator[Reference]:
        """ "Build it -> this -> ship it": what stands before this task comes first."""
        pieces = _CHAIN.split(self._text, _MOST_LINKS)
        own = next((n for n, piece in enumerate(pieces) if _THIS.fullmatch(piece) or self._known.own(clean(piece))), 0)
        for piece in pieces[:own]:
            text = piece.rpartition(":")[2]
            if self._known.named(clean(text)):
                yield Reference(clean(text))
                continue
            found = Objects(text, self._known, words_of(text)).behind(0)
            if found is not None and not text[found.end :].strip(" .!?)\"'`"):
                yield from found.references

    # --- what all of them need --------------------------------------------------------------------------------------

    def _is_quoted(self, at: int) -> bool:
        if '"' not in self._text and "`" not in self._text:
            return False
        spans = (one for one in _SPAN.finditer(self._text) if " " in one[0].strip('`"') or one[0][0] == "`")
        return any(one.start() < at < one.end() for one in spans)

    def _texts_before(self, count: int) -> list[str]:
        return [sentence._text for sentence in self._before[-count:]]

    def _named_behind(self, at: int) -> Found | None:
        """What is named from `at` on; "it" and "that" are what was named last before."""
        found = self.objects.behind(at)
        pronoun = _PRONOUN.match(self._text, at) if found is None else None
        if pronoun is None:
            return found
        named = self.objects.last_mentioned(at)
        for sentence in reversed(self._before):
            named = named or sentence.objects.last_mentioned(len(sentence._text))
        return Found(named, at, pronoun.end(), done=True) if named else None

    def _unclear(self, at: int, kind: Kind, *, firm: bool) -> Iterator[Reference]:
        """What people give, where the work plainly waits for it; what asks for a service is no matter of ours."""
        words = self.objects.phrase(at)
        given = kind in (Kind.BLOCKED, Kind.WAITS) and is_people(words)
        given = given or (is_given(words) if kind in (Kind.NEEDS, Kind.DEPENDS) else is_requirement(words))
        if not words or not (given or (firm and is_waited_for(words))):
            return
        if not any(self._known.service(word) for word in [words, *words.split()[:12]]):
            yield Reference(words, unclear=True)
