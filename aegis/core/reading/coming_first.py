"""Sentences that tell of another task that it comes first: "#3 must land first", "#3 blocks this", "do #3 first"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.core.reading.known import Reference
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
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.subjects import Subject, clause_before, subject_of
from aegis.core.reading.vocabulary import pattern
from aegis.core.reading.wording import people_must
from aegis.core.reading.words import words_of

CHAIN = re.compile(r"\s*(?:-+>|→|=+>|⇒|➔|➜)\s*|\s>+\s")
_THIS = pattern(r"\W*this(?: one| task| ticket| issue| here)?\W*")
_POINTER = pattern(r"\b(?:that\s+one|that\s+task|that\s+ticket|that|hers|his|theirs|which|(?P<it>it))$")
_POINTING = pattern(r"\s*(?:\(|->|→|=>|:|[–—-]|,?\s*see\b)")
_MOST_LINKS = 20


def of_others(sentence: Sentence) -> Iterator[Reference]:
    """What the sentence says of other tasks that makes this one wait."""
    telling = not BEHIND_WORDS.isdisjoint(sentence.said)
    if not sentence.objects.are_there and not sentence.before:
        if telling and UNDECIDED.search(sentence.text):
            yield from list(_of_what_stands_behind(sentence)) or _of_people(sentence)
        elif telling:
            yield from _of_people(sentence)
        return
    if CHAIN.search(sentence.text):
        yield from _of_chains(sentence)
    if telling:
        yield from list(_of_what_stands_behind(sentence)) or _of_people(sentence)
    if not ENSURE_WORDS.isdisjoint(sentence.said) and STARTS_LATER.search(sentence.text):
        yield from _of_what_must_be_sure(sentence)
    if not BIDDING_WORDS.isdisjoint(sentence.said):
        yield from _of_biddings(sentence)


def _of_people(sentence: Sentence) -> Iterator[Reference]:
    """ "Max must approve the contract before we can switch"."""
    if people_must(sentence.text):
        yield Reference(clean(sentence.text), unclear=True)


def of_what_is_not_done(sentence: Sentence) -> Iterator[Reference]:
    """ "X is finished on a branch but not merged, so still blocked": the one task that such a sentence names."""
    held = HELD_BACK.search(sentence.text)
    if held is None or not NOT_DONE.search(sentence.text):
        return
    left = clause_before(sentence.text, held.start())
    if is_meant(left, Kind.WAITS) and subject_of(left, sentence.known) is Subject.OWN:
        yield from sentence.objects.only_one() or sentence.mentioned_before()


def _of_what_stands_behind(sentence: Sentence) -> Iterator[Reference]:
    for number, behind in enumerate(BEHIND.finditer(sentence.text)):
        if number >= _MOST_LINKS or sentence.is_quoted(behind.start() + 1):
            continue
        if behind["open"] and not any(HELD_BACK.search(one.text) for one in (sentence, *sentence.before[-1:])):
            continue
        found = sentence.objects.before(behind.start(), behind["done"] or behind["missing"])
        yield from found.references if found is not None else _meant_before(sentence, behind)


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
    if UNDECIDED.search(behind[0]):
        return [Reference(clean(clause_before(sentence.text, behind.end())), unclear=True)]
    return ()


def _of_what_must_be_sure(sentence: Sentence) -> Iterator[Reference]:
    for ensure in ENSURE.finditer(sentence.text):
        found = sentence.objects.behind(ensure.end())
        yield from found.references if found is not None and found.done else ()


def _of_biddings(sentence: Sentence) -> Iterator[Reference]:
    for bidding in BIDDING.finditer(sentence.text):
        found = sentence.objects.behind(bidding.end())
        if found is not None and FIRST_BEHIND.match(sentence.text, found.end):
            yield from found.references


def _of_chains(sentence: Sentence) -> Iterator[Reference]:
    """ "Build it -> this -> ship it": what stands before this task comes first."""
    pieces = CHAIN.split(sentence.text, _MOST_LINKS)
    is_own = [_THIS.fullmatch(piece) is not None or sentence.known.own(clean(piece)) for piece in pieces]
    for piece in pieces[: is_own.index(True) if True in is_own else 0]:
        text = piece.rpartition(":")[2]
        if sentence.known.named(clean(text)):
            yield Reference(clean(text))
            continue
        found = Objects(text, sentence.known, words_of(text)).behind(0)
        if found is not None and not text[found.end :].strip(" .!?)\"'`"):
            yield from found.references
