"""Whether words around a name require it: "cannot be tested without X", "against a live X", "while X is down"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from aegis.core.services import phrases as p
from aegis.core.services.denials import Sentence, clause, denies, is_conditional, is_reported
from aegis.core.services.tails import tail_fits


def asked_around(sentence: Sentence, at: int) -> bool:
    """ "Cannot be tested without Redis", "checked against a live Redis"."""
    if not sentence[at].sure or is_reported(sentence, at):
        return False
    n, adjectives = at - 1, set[str]()
    while n >= 0 and sentence[n].word in ("a", "an", "the", "our", "any", *p.LIVE):
        adjectives.add(sentence[n].word)
        n -= 1
    if n < 0:
        return False
    before = [token.word for token in sentence[max(0, n - 8) : n]]
    if _is_down(sentence, at):
        return sentence[n].word in ("while", "with", "when", "if") and _stops_this(sentence, n, at)
    if sentence[n].word == "without":
        after = [token.word for token in sentence[at + 1 : at + 10]]
        return _is_impossible(before, after, is_live=bool(adjectives & p.LIVE)) and (
            tail_fits(sentence, at) or after[0] in p.SUBORDINATE | p.TRIED | {"the"}
        )
    if sentence[n].word not in ("against", "with", "on") or not adjectives & p.LIVE or not tail_fits(sentence, at):
        return False
    must = {"must", "has", "have", "only", "need", "needs"}.intersection(before) or (
        at + 1 < len(sentence) and sentence[at + 1].word == "only"
    )
    is_shown = "can" in before and bool(_SHOWN.intersection(before)) and "also" not in before
    strong = bool(must) or is_shown or (sentence[n].word == "against" and bool(p.CHECKS.intersection(before)))
    return strong and not any(denies(word) for word in before) and not is_conditional(sentence, at)


def _is_down(sentence: Sentence, at: int) -> bool:
    return "down" in [token.word for token in sentence[at + 1 : at + 3]]


def _stops_this(sentence: Sentence, begin: int, at: int) -> bool:
    """ "This cannot be tested while Kafka is down", "with Kafka down, it is pointless to start"."""
    before = clause([token.word for token in sentence[max(0, begin - 8) : begin]])
    said = {*before} or {token.word for token in sentence[at + 1 : at + 12]}
    return bool(p.IMPOSSIBLE & said) and bool(p.TESTABLE & said or before in (["pointless"], ["useless"]))


def _is_impossible(before: Sequence[str], after: Sequence[str], *, is_live: bool) -> bool:
    """Whether words say that without it nothing goes: "this cannot be tested without", "without it, no test passes"."""
    before = clause(before)
    if is_live and {"fail", "fails", "skipped"}.intersection(before):
        return bool({"test", "tests", "suite", "this", "everything", "all"}.intersection(before))
    if {"make", "should", "must"}.intersection(before):
        return False
    pairs = set(pairwise(before))
    if p.IMPOSSIBLE.intersection(before) or pairs & _NOT_POSSIBLE:
        return True
    if before[:1] in (["nothing"], ["no"]) and {"works", "work", "passes", "runs", "goes"}.intersection(before):
        return True
    if "can" in before and {"nothing", "none"}.intersection(before):
        return True
    if before[:1] == ["don't"] or before[:2] == ["do", "not"]:
        return bool({"try", "start", "begin", "bother", "run"}.intersection(before))
    does_not = {"doesn't", "not"}.intersection(before) and {"work", "run", "start", "go"}.intersection(before)
    if does_not and {"this", "it", "task"}.intersection(before):
        return True
    if not before and not _NOT_POSSIBLE.isdisjoint(pairwise(after[:5])):  # "without it there is no point in ..."
        return True
    nothing = {*p.IMPOSSIBLE, "nothing", "no"}.intersection(after)
    return not before and bool(nothing) and bool(p.TRIED.intersection(after))


_SHOWN = p.words("see seen reproduce reproduced show shown")
_NOT_POSSIBLE = frozenset(
    {
        ("not", "possible"),
        ("can", "not"),
        ("no", "way"),
        ("get", "far"),
        ("no", "sense"),
        ("no", "point"),
        ("no", "use"),
    }
)
