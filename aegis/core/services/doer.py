"""Who does what a clause says: whoever does the task (or a test, a script for them), or the software that is built."""

from __future__ import annotations

from collections.abc import Sequence

from aegis.core.services import lexicon as x
from aegis.core.services.clauses import Clause
from aegis.core.services.phrases import words
from aegis.core.services.verbs import VERBS, Verb

_BEFORE_ING = words("is are for by when while before after and of worth start")
_WAS = words("was were been had has have")
_PLURALS = words("tests suites scripts benchmarks specs fixtures checks measurements")
_WHO_DID = words("we i they he she you who")
_TOLD = words("be must should only and")


def is_done_by_doer(clause: Clause) -> bool:
    """Whether a verb tells whoever does the task what to do, or what a test or script does for them."""
    if clause.verb is None:
        return False
    before = clause.to_verb or _subject_before(clause)
    weight, form = VERBS[clause.verb_word]
    match form:
        case "base":
            if before[-1:] == ["we"] and weight is not Verb.WORK:  # "we call https://... without a timeout"
                return False
            return _is_told(before, clause)
        case "s":
            doers = x.DOERS if weight is not Verb.SOFTWARE else x.DOERS - {"it"}  # "before it goes to Kafka"
            return bool(doers.intersection(before)) or any(word.endswith(x.SCRIPTS) for word in before)
        case "ing":
            return not before or before[-1] in _BEFORE_ING
    if before and before[-1] in _WHO_DID:  # "we took Kafka in 2022"
        return False
    if weight is not Verb.WORK and {"must", "should", "be"}.intersection(before[-3:]):
        return False
    is_told = not before or bool(_TOLD.intersection(before[-3:])) or len(before) <= 2
    return is_told and not _WAS.intersection(before[-4:])


def _subject_before(clause: Clause) -> Sequence[str]:
    """ "The script reads the old files, writes to Redis": whose verb it is that begins a clause."""
    if VERBS[clause.verb_word][1] != "s":
        return ()
    return [token.word for token in clause.sentence[: clause.begin]]


def _is_told(before: Sequence[str], clause: Clause) -> bool:
    """Whether nobody else is the subject of a verb's plain form."""
    if not before or all(word in x.LEADS for word in before):
        return True
    if before[-1] in ("must", "should", "can", "will", "to", "cannot"):
        subjects = [word for word in before[:-1] if word not in ("have", "has", "need", "needs", "be", "going")]
        is_purpose = before[-1] == "to" and not {"have", "has", "need", "needs"}.intersection(before[-3:-1])
        return is_purpose or (bool(subjects) and subjects[-1] in x.DOERS)
    if before[-1] in _PLURALS:  # "the tests run in Docker" tells how things are
        return False
    is_fronted = clause.verb is not None and clause.verb > clause.at
    return is_fronted or before[-1] in x.DOERS or before[-1] in ("and", "then", "please", "&", "+")
