"""Sentences that say that this task waits: by a verb ("is blocked by #3") or a gate ("cannot start until #3")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aegis.core.reading.completion import COMPLETION
from aegis.core.reading.gates import GATES, Gate, gate_of, gate_subject, waits_behind
from aegis.core.reading.known import Reference
from aegis.core.reading.links import HELD_BACK, LINKS, MISHAP, Kind, is_meant
from aegis.core.reading.objects import Found
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.subjects import Subject, clause_before, subject_of
from aegis.core.reading.vocabulary import any_of, pattern, words
from aegis.core.reading.wording import is_a_thing_of_others

_COPULA = pattern(r"\b", any_of("is, are, be, been, being, remains?, stays?, gets?, still, currently"), r"\s*$|^\s*$")
_DONE = pattern(COMPLETION)
_PAST = pattern(r"\b(?:was|were|went|had|got)\b")
_OLD_LABEL = pattern(
    r"\b",
    any_of("was, were, old, before, previously, formerly, originally, history, example, format, log, error"),
    r"\s*:\s*$",
)
_THEN = pattern(r"\s+(?:then|that)\b")
_HOLDS_OFF = words("until till pending")
_LEADING = ("", "and", "so", "but", "then", "only", "thus", "therefore", "i.e.", "please")
_LONGEST_LABEL = 3
_MOST_LINKS = 20


def of_verbs(sentence: Sentence) -> Iterator[Reference]:
    """What "is blocked by", "waits for", "depends on", "needs" say that this task waits for."""
    for number, (begin, end, kind) in enumerate(LINKS.find(sentence.text, sentence.words)):
        if number < _MOST_LINKS and not sentence.is_quoted(begin):
            yield from _of_verb(sentence, begin, end, kind)


def _of_verb(sentence: Sentence, begin: int, end: int, kind: Kind) -> Iterator[Reference]:
    left = clause_before(sentence.text, begin)
    if not is_meant(left, kind) or _OLD_LABEL.search(sentence.text[max(0, begin - 20) : begin]):
        return
    subject = subject_of(left, sentence.known)
    found = sentence.named_behind(end)
    if found is not None:
        if subject is Subject.OWN or (subject is Subject.FOREIGN and _holds_anyway(sentence, found, left, kind)):
            yield from found.references
    elif subject is Subject.OWN and (told := _told_later(sentence, end, kind)):
        yield from told
    elif subject is Subject.OWN and not _is_aside(sentence, begin, left, kind):
        holds_off = not _HOLDS_OFF.isdisjoint(sentence.text[begin:end].casefold().split())
        plainly = holds_off or is_a_thing_of_others(sentence.objects.phrase(end))
        yield from sentence.unclear(end, kind, firm=kind is Kind.BLOCKED and plainly)


def _is_aside(sentence: Sentence, begin: int, left: str, kind: Kind) -> bool:
    """Whether what is not known is said of something else: "users (blocked by an admin)", "you need an account"."""
    in_brackets = not left.strip() and sentence.text[:begin].rstrip().endswith("(") and begin > 2
    return in_brackets or (kind is Kind.NEEDS and "you" in left.casefold().split())


def _told_later(sentence: Sentence, at: int, kind: Kind) -> Sequence[Reference]:
    """What the sentence names behind words for something that it waits for: "the subnet first, see #3"."""
    if kind is Kind.NEEDS and "first" not in sentence.said:
        return ()
    return sentence.objects.told_later(at, seen=kind in (Kind.BLOCKED, Kind.NEEDS))


def _holds_anyway(sentence: Sentence, found: Found, left: str, kind: Kind) -> bool:
    """Whether a task named so plainly holds this one, though the sentence's subject is nothing that is known."""
    if kind is Kind.BLOCKED and not _COPULA.search(left):
        return False  # "users blocked by ..."
    return not found.plain and any(map(sentence.objects.is_known, found.references))


def of_gates(sentence: Sentence) -> Iterator[Reference]:
    """What "cannot start until", "only after" and the like say that this task waits for."""
    for number, (begin, end, _) in enumerate(GATES.find(sentence.text, sentence.words)):
        if number < _MOST_LINKS and not sentence.is_quoted(begin):
            left, connector = clause_before(sentence.text, begin, wide=True), sentence.text[begin:end]
            near = clause_before(sentence.text, begin)
            left = near if gate_of(near, connector) is not None else left
            gate = gate_of(left, connector)
            if gate is None or (gate.mishap and not MISHAP.search(sentence.text)):
                yield from _of_no_gate(sentence, begin, end)
            else:
                yield from _of_gate(sentence, gate, left, end)


def _of_gate(sentence: Sentence, gate: Gate, left: str, end: int) -> Iterator[Reference]:
    subject = subject_of(gate_subject(left), sentence.known)
    found = sentence.named_behind(end)
    if found is not None and (found.done or not found.plain or not gate.of_done):
        if subject is Subject.OWN or (subject is Subject.FOREIGN and (found.done or not found.plain or found.titled)):
            yield from found.references
    elif subject is not Subject.OWN:
        return
    elif told := sentence.objects.told_later(end, seen=gate.firm):
        yield from told
    elif sentence.pronoun_at(end):
        yield from sentence.unclear_before()
    else:
        yield from sentence.unclear(end, Kind.GATE, firm=gate.firm)


def _of_no_gate(sentence: Sentence, begin: int, end: int) -> Iterator[Reference]:
    """ "Once the schema is frozen, build the tables"; "red until #3 is merged, so don't start yet"."""
    connector = sentence.text[begin:end]
    near = clause_before(sentence.text, begin).strip(" ,").casefold()
    leads = near in _LEADING or (near.endswith(":") and len(near.split()) <= _LONGEST_LABEL)
    waits_later = connector.casefold() in ("until", "till") and HELD_BACK.search(sentence.text, end) is not None
    if not leads and not waits_later:
        return
    found = sentence.named_behind(end)
    if found is None:
        yield from _of_no_name(sentence, connector, end) if leads else ()
        return
    done = _DONE.match(sentence.text, found.end)
    if done is not None and _PAST.search(done[0]):
        return  # "After the redesign went live, the page is slow" tells of a cause
    rest = sentence.text[done.end() if done is not None else found.end :]
    if leads and waits_behind(connector, rest):
        if (
            found.done
            or not found.plain
            or (found.titled and (not rest.strip(" .!)") or rest.lstrip().startswith((",", "we", "I "))))
        ):
            yield from found.references
    elif waits_later and found.done:
        yield from found.references


def _of_no_name(sentence: Sentence, connector: str, end: int) -> Iterator[Reference]:
    """ "After Tom has bought them (#3), run the suite"; "Finance must choose. Until then, don't start"."""
    note = sentence.objects.note_behind(end)
    if note is not None:
        yield from note.references if waits_behind(connector, sentence.text[note.end :]) else ()
        return
    then = _THEN.match(sentence.text, end)
    if then is not None and waits_behind(connector, sentence.text[then.end() :]):
        yield from sentence.mentioned_before() or sentence.unclear_before()
