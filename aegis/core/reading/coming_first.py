"""Sentences that tell of another task that it comes first: "#3 must land first", "#3 blocks this", "do #3 first"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.core.numbers import counted_at
from aegis.core.reading.gates import gate_subject
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
    NOT_DONE,
    STARTS_LATER,
    UNDECIDED,
    Kind,
    is_meant,
)
from aegis.core.reading.objects import Objects
from aegis.core.reading.parts import clean
from aegis.core.reading.people import not_done_by_people, people_must
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.subjects import Subject, clause_before, subject_of
from aegis.core.reading.vocabulary import pattern, words
from aegis.core.reading.words import words_of

ORDER = pattern(r"(?:the\s+)?(?:[a-z]+\s+)?(?:order|sequence|reihenfolge|ordre|orden)(?:\s+of\s+\w+)?(?:\s+is)?\s*:")
ORDER_WORDS = words("order sequence reihenfolge ordre orden")
CHAIN = re.compile(r"\s*(?:-+>|→|=+>|⇒|➔|➜)\s*|\s>+\s")
_LISTED = re.compile(r"\s*(?:[,;]|-+>|→|=+>|\bthen\b)\s*(?:then\s+)?")
_NOT_DONE_WORDS = words(
    "not cannot still yet only missing unfinished isn't aren't hasn't haven't don't can't it's that's is are"
)
_FIRST_WORDS = words("first before ahead")
_WISHED = pattern(
    r"\b(?:wants?|asked|asks|tells?|told|expects?|needs?)\s+us\s+to\s*$|\b[iw]e?(?:'d|\s+would)\s+(?:like|love"
    r"|prefer)\s+to\s*$"
)
_THIS = pattern(r"\W*this(?: one| task| ticket| issue| here)?\W*")
_POINTER = pattern(r"\b(?:that\s+one|that\s+task|that\s+ticket|that|hers|his|theirs|which|(?P<it>it))$")
_AND_MUST = pattern(
    r"\s(?:must|has\s+to|have\s+to|needs?\s+to|should)\s+(?:be\s+)?[a-z]+(?:\s+(?:first|too))?\s*(?:\([^()]{0,60}\)\s*)?,?\s*(?:and|&)\s+$"
)
""" "#3 must be fixed and" #4 must be live before we start."""
_POINTING = pattern(r"\s*(?:\(|->|→|=>|:|[–—-]|,?\s*see\b)")
_SUPPOSED = pattern(r"\b(?:if|whether|would|might|does|did)\s+(?:the\s+)?$")
_BEFORE_OTHERS = pattern(r"\bbefore\s+(?!we\b|this\b|i\b|you\b|work|any|start|it\b)\w")
_NOTE_BEHIND = re.compile(r"\s*\([^()]{0,60}\)\W*$")
_USERS = pattern(r"\W*(?:(?:the|an?|all|each|every)\s+)?(?:users?|customers?|visitors?|players?|members?|admins?)\b")
_MOST_LINKS = 20


def of_others(sentence: Sentence) -> Iterator[Reference]:
    """What the sentence says of other tasks that makes this one wait."""
    telling = not BEHIND_WORDS.isdisjoint(sentence.said)
    chained = _is_chain(sentence)
    bidding = not BIDDING_WORDS.isdisjoint(sentence.said) and not _FIRST_WORDS.isdisjoint(sentence.said)
    ensuring = not ENSURE_WORDS.isdisjoint(sentence.said) and STARTS_LATER.search(sentence.text) is not None
    if not (telling or chained or bidding or ensuring):
        return
    if not sentence.objects.are_there and not sentence.before:
        if telling and UNDECIDED.search(sentence.text):
            yield from list(_of_what_stands_behind(sentence)) or _of_people(sentence)
        elif telling:
            yield from _of_people(sentence)
        return
    if chained:
        yield from _of_chains(sentence)
    if telling:
        yield from list(_of_what_stands_behind(sentence)) or _of_people(sentence)
    if ensuring:
        yield from _of_what_must_be_sure(sentence)
    if bidding:
        yield from _of_biddings(sentence)


def _is_chain(sentence: Sentence) -> bool:
    if may_hold_chain(sentence.text) and CHAIN.search(sentence.text):
        return True
    return not ORDER_WORDS.isdisjoint(sentence.said) and ORDER.match(sentence.text) is not None


def may_hold_chain(text: str) -> bool:
    """Whether a text has a character that an arrow is made of."""
    return ">" in text or not text.isascii()


def _of_people(sentence: Sentence) -> Iterator[Reference]:
    """ "Max must approve the contract before we can switch"."""
    if people_must(sentence.text) and not any(sentence.known.service(word) for word in sentence.text.split()[:20]):
        yield Reference(clean(sentence.text), unclear=True)


def of_what_is_not_done(sentence: Sentence) -> Iterator[Reference]:
    """ "X is finished on a branch but not merged, so still blocked": the one task that such a sentence names."""
    held = HELD_BACK.search(sentence.text) if not _NOT_DONE_WORDS.isdisjoint(sentence.said) else None
    if held is None:
        return
    undone = not_done_by_people(sentence.text)
    if undone is None and not NOT_DONE.search(sentence.text):
        return
    left = clause_before(sentence.text, held.start())
    if is_meant(left, Kind.WAITS) and subject_of(left, sentence.known) is Subject.OWN:
        named = sentence.objects.only_one() or sentence.mentioned_before()
        yield from named or ([Reference(undone, unclear=True)] if undone is not None else ())


def _of_what_stands_behind(sentence: Sentence) -> Iterator[Reference]:
    for number, behind in enumerate(BEHIND.finditer(sentence.text)):
        if number >= _MOST_LINKS or sentence.is_quoted(behind.start() + 1):
            continue
        if behind["open"] and not any(HELD_BACK.search(one.text) for one in (sentence, *sentence.before[-1:])):
            continue
        found = sentence.objects.before(behind.start(), behind["done"] or behind["missing"])
        if found is not None and _SUPPOSED.search(sentence.text, 0, found.begin):
            continue
        yield from found.references if found is not None else _meant_before(sentence, behind)
        also = _AND_MUST.search(sentence.text[: found.begin]) if found is not None else None
        more = sentence.objects.before(also.start(), None) if also is not None else None
        yield from more.references if more is not None else ()


def _meant_before(sentence: Sentence, behind: re.Match[str]) -> Sequence[Reference]:
    """What stands for a name before such words: "that one has to land first", or one in brackets behind them."""
    pointer = _POINTER.search(sentence.text[: behind.start()])
    if pointer is not None:
        named = sentence.objects.last_mentioned(pointer.start())
        return named or (sentence.mentioned_before() if pointer["it"] is None else ())
    if behind["open"]:
        return ()
    pointing = _POINTING.match(sentence.text, behind.end())
    if pointing is not None:
        found = sentence.objects.behind(pointing.end())
        told = found.references if found is not None else sentence.objects.told_later(behind.end(), seen=True)
        if told:
            return told
    if UNDECIDED.search(behind[0]) and not _BEFORE_OTHERS.search(behind[0]):
        if _USERS.match(clause_before(sentence.text, behind.start())):
            return ()  # "customers have to confirm their address first"
        return [Reference(clean(clause_before(sentence.text, behind.end())), unclear=True)]
    return ()


def _of_what_must_be_sure(sentence: Sentence) -> Iterator[Reference]:
    for ensure in ENSURE.finditer(sentence.text):
        if not is_meant(clause_before(sentence.text, ensure.start()), Kind.NEEDS):
            continue
        found = sentence.objects.behind(ensure.end())
        yield from found.references if found is not None and found.done else ()


def _of_biddings(sentence: Sentence) -> Iterator[Reference]:
    for bidding in BIDDING.finditer(sentence.text):
        left = clause_before(sentence.text, bidding.start())
        if not _WISHED.search(left) and (
            not is_meant(left, Kind.NEEDS) or subject_of(gate_subject(left), sentence.known) is not Subject.OWN
        ):
            continue
        found = sentence.objects.behind(bidding.end())
        if found is not None and FIRST_BEHIND.match(sentence.text, found.end):
            yield from found.references


def _is_this(piece: str, known: Known) -> bool:
    piece = _NOTE_BEHIND.sub("", piece)
    if _THIS.fullmatch(piece) is not None or known.own(clean(piece)):
        return True
    counted = counted_at(clean(piece), 0, None)
    return counted is not None and [label for _, label in counted.labels] == [known.number]


def _of_chains(sentence: Sentence) -> Iterator[Reference]:
    """ "Build it -> this -> ship it": what stands before this task comes first."""
    split = _LISTED if ORDER.match(sentence.text) else CHAIN
    pieces = split.split(sentence.text, _MOST_LINKS)
    is_own = [_is_this(piece, sentence.known) for piece in pieces]
    for piece in pieces[: is_own.index(True) if True in is_own else 0]:
        text = piece.rpartition(":")[2]
        if sentence.known.named(clean(text)):
            yield Reference(clean(text))
            continue
        found = Objects(text, sentence.known, words_of(text)).behind(0)
        if found is not None and not text[found.end :].strip(" .!?)\"'`"):
            yield from found.references
