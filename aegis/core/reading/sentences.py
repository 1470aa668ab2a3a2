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
from aegis.core.reading.known import Known, Reference
from aegis.core.reading.links import (
    BEHIND,
    FIRST_BEHIND,
    GATE,
    IMPERATIVE,
    LINK,
    Kind,
    gate_of,
    gate_subject,
    is_main_clause,
    is_meant,
    is_refuted,
    kind_of,
)
from aegis.core.reading.objects import Found, Objects
from aegis.core.reading.subjects import Subject, clause_before, subject_of
from aegis.core.reading.vocabulary import pattern
from aegis.core.reading.wording import is_given, is_requirement, is_waited_for

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[^a-z\s])|\n")
_SPAN = re.compile(r"`[^`\n]*`|\"[^\"\n]*\"")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)\*(?=\w)|(?<=[\w.:!])\*(?!\w)")
_TOUCHED = pattern(LINK.pattern, "|", GATE.pattern, "|", r"\bfirst\b|\bblock|\bprerequisite|\bprecondition|\bdependency|\brequired|\bneeded")
_COPULA = re.compile(r"\b(?:is|are|be|been|being|remains?|stays?|gets?|still|currently)\s*$|^\s*$", re.IGNORECASE)
_DONE = pattern(COMPLETION)
_LONGEST = 1000
_MOST_LINKS = 20


def said_in_sentences(lines: Sequence[str], known: Known) -> Iterator[Reference]:
    """What sentences in lines say that the task waits for; an empty line parts paragraphs."""
    for sentence in sentences(lines):
        if _TOUCHED.search(sentence) and not sentence.rstrip("\"') ").endswith("?") and not is_refuted(sentence):
            yield from _Sentence(sentence, known).references()


def sentences(lines: Sequence[str]) -> Iterator[str]:
    """The sentences of lines; a line that begins with a small letter goes on with the sentence before it."""
    text = ""
    for line in [*lines, ""]:
        line = _EMPHASIS.sub("", line).strip()
        goes_on = line and text and text[-1] not in ".!?:;" and (line[0].islower() or _ends_open(text))
        if goes_on:
            text = f"{text} {line}"
            continue
        yield from _split(text)
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

    def __init__(self, text: str, known: Known) -> None:
        self._text = text
        self._known = known
        self._objects = Objects(text, known)
        self._spans = [span.span() for span in _SPAN.finditer(text) if " " in span[0].strip("`\"") or span[0][0] == "`"]

    def references(self) -> Iterator[Reference]:
        for number, link in enumerate(LINK.finditer(self._text)):
            if number < _MOST_LINKS and not self._is_quoted(link.start()):
                yield from self._verb(link, kind_of(link.lastgroup or ""))
        for number, gate in enumerate(GATE.finditer(self._text)):
            if number < _MOST_LINKS and not self._is_quoted(gate.start()):
                yield from self._gate(gate)
        for number, behind in enumerate(BEHIND.finditer(self._text)):
            if number < _MOST_LINKS and not self._is_quoted(behind.start() + 1):
                found = self._objects.before(behind.start(), behind["done"])
                yield from found.references if found is not None else ()
        for imperative in IMPERATIVE.finditer(self._text):
            found = self._objects.behind(imperative.end())
            if found is not None and FIRST_BEHIND.match(self._text, found.end):
                yield from found.references

    def _is_quoted(self, at: int) -> bool:
        return any(begin < at < end for begin, end in self._spans)

    def _verb(self, link: re.Match[str], kind: Kind) -> Iterator[Reference]:
        left = clause_before(self._text, link.start())
        if not is_meant(left, kind) or self._is_past(link.start()):
            return
        subject = subject_of(left, self._known)
        found = self._objects.behind(link.end())
        if found is not None:
            if subject is Subject.OWN or (subject is Subject.FOREIGN and self._holds_anyway(found, left, kind)):
                yield from found.references
        elif subject is Subject.OWN:
            until = link[0].split()[-1].casefold() in ("until", "till", "pending")
            yield from self._unclear(link.end(), kind, firm=kind is Kind.BLOCKED and until)

    def _is_past(self, at: int) -> bool:
        """Whether a label before it says that it is told of the past: "(Was: blocked by ...)"."""
        return re.search(r"\b(?:was|were|old|before|previously|formerly|originally|history|example|format|e\.g\.?|log|error)\s*:\s*$",
                         self._text[max(0, at - 20) : at], re.IGNORECASE) is not None

    def _holds_anyway(self, found: Found, left: str, kind: Kind) -> bool:
        """Whether a task named so plainly holds this one, though the sentence's subject is nothing that is known."""
        if kind is Kind.BLOCKED and not _COPULA.search(left):
            return False  # "users blocked by ..."
        marked = not found.plain and any(self._is_real(one) for one in found.references)
        return marked or (kind is Kind.WAITS and found.titled)

    def _is_real(self, reference: Reference) -> bool:
        if reference.label is not None:
            return self._known.numbered(reference.label)
        return True

    def _gate(self, gate: re.Match[str]) -> Iterator[Reference]:
        left = clause_before(self._text, gate.start(), wide=True)
        meant = gate_of(left, gate[0])
        if meant is None:
            if not left.strip(" ,") or left.strip(" ,").casefold() in ("and", "so", "but", "then", "only"):
                yield from self._fronted(gate)
            return
        subject = subject_of(gate_subject(left), self._known)
        found = self._objects.behind(gate.end())
        if found is not None:
            if subject is not Subject.OTHER and (subject is Subject.OWN or found.done or not found.plain or found.titled):
                yield from found.references
        elif subject is Subject.OWN:
            yield from self._unclear(gate.end(), Kind.GATE, firm=meant.firm)

    def _fronted(self, gate: re.Match[str]) -> Iterator[Reference]:
        """ "Once the schema is frozen, build the tables"."""
        word = gate[0].casefold().split()[0]
        if word in ("before", "unless", "without"):
            return
        found = self._objects.behind(gate.end())
        if found is None:
            return
        end = _DONE.match(self._text, found.end)
        rest = self._text[end.end() if end is not None else found.end :]
        if not is_main_clause(rest, until=word in ("until", "till")):
            return
        if found.done or not found.plain or (found.titled and rest.lstrip().startswith((",", "we", "I "))):
            yield from found.references

    def _unclear(self, at: int, kind: Kind, *, firm: bool) -> Iterator[Reference]:
        """What people give, where the work plainly waits for it; what asks for a service is no matter of ours."""
        words = self._objects.phrase(at)
        if not words or any(self._known.service(word) for word in [words, *words.split()[:12]]):
            return
        given = is_given(words) if kind in (Kind.NEEDS, Kind.DEPENDS) else is_requirement(words)
        if given or (firm and is_waited_for(words)):
            yield Reference(words, unclear=True)
