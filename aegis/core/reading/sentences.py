"""Plain sentences that say what must come first: "This can only start once the schema is frozen", "waits for #3".

A sentence links this task to another where three things come together: words that link (a verb as "waits for", a gate
as "cannot start until", or what is said of the other as "must land first"), this task as the one that waits (said, or
left out: "Blocked by #3"), and the other as a task that is known, a number, an address, or what people give. Denied,
supposed, past and asked links are none, and neither is one whose subject is something else ("the report waits for
...", "#2 depends on #3").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.core.reading.completion import COMPLETION
from aegis.core.reading.gates import GATE, gate_of, gate_subject, waits_behind
from aegis.core.reading.items import clean
from aegis.core.reading.known import Known, Reference
from aegis.core.reading.links import (
    BEHIND,
    ENSURE,
    FIRST_BEHIND,
    HELD_BACK,
    IMPERATIVE,
    LINK,
    STARTS_LATER,
    Kind,
    is_meant,
    is_refuted,
    kind_of,
)
from aegis.core.reading.objects import Found, Objects
from aegis.core.reading.subjects import Subject, clause_before, subject_of
from aegis.core.reading.vocabulary import pattern
from aegis.core.reading.wording import is_given, is_people, is_requirement, is_waited_for

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[^a-z\s])|\n")
_SPAN = re.compile(r"`[^`\n]*`|\"[^\"\n]*\"")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)\*(?=\w)|(?<=[\w.:!])\*(?!\w)")
_TOUCHED = pattern(r"->|→|=>|⇒|", "|".join(one.pattern for one in (LINK, GATE, BEHIND, IMPERATIVE, HELD_BACK, ENSURE)))
_COPULA = re.compile(r"\b(?:is|are|be|been|being|remains?|stays?|gets?|still|currently)\s*$|^\s*$", re.IGNORECASE)
_DONE = pattern(COMPLETION)
_PAST = re.compile(r"\b(?:was|were|went|had|got)\b", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\s*(?:it|that|them|these|those|that one|that task|that ticket)\b(?!\s+(?:\w+\s+)?(?:task|tasks|one)\b)",
    re.IGNORECASE,
)
_ARROW = re.compile(r"\s*(?:-+>|→|=+>|⇒|➔|➜)\s*")
_THIS = re.compile(r"\W*this(?: one| task| ticket| issue| here)?\W*", re.IGNORECASE)
_ASKS = re.compile(r"(?:^|[.;–—])[^:]*\?[\s\"')]*$")
_SENTENCES_BACK = 2
_LONGEST = 1000
_MOST_LINKS = 20


def said_in_sentences(lines: Sequence[str], known: Known) -> Iterator[Reference]:
    """What sentences in lines say that the task waits for; an empty line parts paragraphs."""
    for paragraph in paragraphs(lines):
        if not _TOUCHED.search(paragraph):
            continue
        said: list[str] = []  # the sentences before, in which "it" may have its name
        for sentence in _split(paragraph):
            if _TOUCHED.search(sentence) and not _ASKS.search(sentence) and not is_refuted(sentence):
                yield from _Sentence(sentence, known, said[-_SENTENCES_BACK:]).references()
            said.append(sentence)


def paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """The paragraphs of lines; a line that begins with a small letter goes on with the one before it."""
    text = ""
    for line in [*lines, ""]:
        line = _EMPHASIS.sub("", line).strip()
        if line and text and text[-1] not in ".!?:;" and (line[0].islower() or _ends_open(text)):
            text = f"{text} {line}"
            continue
        if text:
            yield text
        text = line


def _ends_open(text: str) -> bool:
    """Whether a line ends with a linking word, so that what it links stands in the next."""
    return re.search(r"\b(?:on|by|for|until|once|after|before|and|the|is|are)$", text[-12:], re.IGNORECASE) is not None


def _split(text: str) -> Iterator[str]:
    begin = 0
    for end in [*(one.span() for one in _SENTENCE_END.finditer(text)), (len(text), len(text))]:
        sentence = text[begin : end[0]].strip()
        begin = end[1]
        for at in range(0, len(sentence), _LONGEST):
            yield sentence[at : at + _LONGEST]


class _Sentence:
    """One sentence and what it links."""

    def __init__(self, text: str, known: Known, before: Sequence[str] = ()) -> None:
        self._text = text
        self._known = known
        self._before = before
        self._objects = Objects(text, known)
        self._spans = [span.span() for span in _SPAN.finditer(text) if " " in span[0].strip('`"') or span[0][0] == "`"]

    def references(self) -> Iterator[Reference]:
        for number, link in enumerate(LINK.finditer(self._text)):
            if number < _MOST_LINKS and not self._is_quoted(link.start()):
                yield from self._verb(link, kind_of(link.lastgroup or ""))
        for number, gate in enumerate(GATE.finditer(self._text)):
            if number < _MOST_LINKS and not self._is_quoted(gate.start()):
                yield from self._gate(gate)
        if _ARROW.search(self._text):
            yield from self._chain()
        for number, behind in enumerate(BEHIND.finditer(self._text)):
            if number < _MOST_LINKS and not self._is_quoted(behind.start() + 1):
                yield from self._behind(behind)
        for ensure in ENSURE.finditer(self._text) if STARTS_LATER.search(self._text) else ():
            found = self._objects.behind(ensure.end())
            if found is not None and found.done:
                yield from found.references
        for imperative in IMPERATIVE.finditer(self._text):
            found = self._objects.behind(imperative.end())
            if found is not None and FIRST_BEHIND.match(self._text, found.end):
                yield from found.references

    def _chain(self) -> Iterator[Reference]:
        """ "Build it -> this -> ship it": what stands before this task comes first."""
        pieces = _ARROW.split(self._text, _MOST_LINKS)
        own = next((n for n, piece in enumerate(pieces) if _THIS.fullmatch(piece) or self._known.own(clean(piece))), 0)
        for piece in pieces[:own]:
            text = piece.rpartition(":")[2]
            found = Objects(text, self._known).behind(0)
            if found is not None and not text[found.end :].strip(" .!?)\"'`"):
                yield from found.references

    def _behind(self, behind: re.Match[str]) -> Iterator[Reference]:
        """ "The schema must be frozen first"; "Do not start, #3 is not merged yet"."""
        if behind["open"] and not any(HELD_BACK.search(one) for one in (self._text, *self._before[-1:])):
            return
        found = self._objects.before(behind.start(), behind["done"] or behind["missing"])
        yield from found.references if found is not None else ()

    def _is_quoted(self, at: int) -> bool:
        return any(begin < at < end for begin, end in self._spans)

    def _named_behind(self, at: int) -> Found | None:
        """What is named from `at` on; "it" and "that" are what was named last before."""
        found = self._objects.behind(at)
        if found is not None or not _PRONOUN.match(self._text, at):
            return found
        named = self._objects.last_mentioned(at)
        for sentence in reversed(self._before):
            named = named or Objects(sentence, self._known).last_mentioned(len(sentence))
        end = _PRONOUN.match(self._text, at)
        return Found(named, at, end.end() if end is not None else at, done=True) if named else None

    def _verb(self, link: re.Match[str], kind: Kind) -> Iterator[Reference]:
        left = clause_before(self._text, link.start())
        if not is_meant(left, kind) or self._is_past(link.start()):
            return
        subject = subject_of(left, self._known)
        found = self._named_behind(link.end())
        if found is not None:
            if subject is Subject.OWN or (subject is Subject.FOREIGN and self._holds_anyway(found, left, kind)):
                yield from found.references
        elif subject is Subject.OWN and kind is not Kind.NEEDS and (marked := self._objects.marked_behind(link.end())):
            yield from marked.references
        elif subject is Subject.OWN and (kind is not Kind.NEEDS or not re.search(r"\byou\b", left, re.IGNORECASE)):
            until = link[0].split()[-1].casefold() in ("until", "till", "pending")
            yield from self._unclear(link.end(), kind, firm=kind is Kind.BLOCKED and until)

    def _is_past(self, at: int) -> bool:
        """Whether a label before it says that it is told of the past: "(Was: blocked by ...)"."""
        return (
            re.search(
                r"\b(?:was|were|old|before|previously|formerly|originally|history|example|format|e\.g\.?|log|error)\s*:\s*$",
                self._text[max(0, at - 20) : at],
                re.IGNORECASE,
            )
            is not None
        )

    def _holds_anyway(self, found: Found, left: str, kind: Kind) -> bool:
        """Whether a task named so plainly holds this one, though the sentence's subject is nothing that is known."""
        if kind is Kind.BLOCKED and not _COPULA.search(left):
            return False  # "users blocked by ..."
        return not found.plain and any(self._is_real(one) for one in found.references)

    def _is_real(self, reference: Reference) -> bool:
        if reference.label is not None:
            return self._known.numbered(reference.label)
        return True

    def _gate(self, gate: re.Match[str]) -> Iterator[Reference]:
        left = clause_before(self._text, gate.start(), wide=True)
        meant = gate_of(left, gate[0])
        if meant is None:
            near = clause_before(self._text, gate.start()).strip(" ,").casefold()
            if near in ("", "and", "so", "but", "then", "only", "thus", "therefore", "i.e.", "please"):
                yield from self._fronted(gate)
            if gate[0].casefold() in ("until", "till") and HELD_BACK.search(self._text, gate.end()):
                found = self._named_behind(gate.end())
                yield from found.references if found is not None and found.done else ()
            return
        subject = subject_of(gate_subject(left), self._known)
        found = self._named_behind(gate.end())
        if found is not None:
            if subject is not Subject.OTHER and (
                subject is Subject.OWN or found.done or not found.plain or found.titled
            ):
                yield from found.references
        elif subject is Subject.OWN and (marked := self._objects.marked_behind(gate.end())):
            yield from marked.references
        elif subject is Subject.OWN:
            yield from self._unclear(gate.end(), Kind.GATE, firm=meant.firm)

    def _fronted(self, gate: re.Match[str]) -> Iterator[Reference]:
        """ "Once the schema is frozen, build the tables"."""
        found = self._named_behind(gate.end())
        if found is None:
            return
        end = _DONE.match(self._text, found.end)
        if end is not None and _PAST.search(end[0]):
            return  # "After the redesign went live, the page is slow" tells of a cause
        rest = self._text[end.end() if end is not None else found.end :]
        if not waits_behind(gate[0], rest):
            return
        if found.done or not found.plain or (found.titled and rest.lstrip().startswith((",", "we", "I "))):
            yield from found.references

    def _unclear(self, at: int, kind: Kind, *, firm: bool) -> Iterator[Reference]:
        """What people give, where the work plainly waits for it; what asks for a service is no matter of ours."""
        words = self._objects.phrase(at)
        if not words or any(self._known.service(word) for word in [words, *words.split()[:12]]):
            return
        given = kind in (Kind.BLOCKED, Kind.WAITS) and is_people(words)
        given = given or (is_given(words) if kind in (Kind.NEEDS, Kind.DEPENDS) else is_requirement(words))
        if given or (firm and is_waited_for(words)):
            yield Reference(words, unclear=True)
