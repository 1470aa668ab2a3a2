"""Whether a word that requires has a thing for its object: "requires X", "depends on X", "have X running".

From the nearest such word on, nothing may lead elsewhere ("needs a client for Redis").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aegis.core.services import phrases as p
from aegis.core.services.denials import (
    Sentence,
    after_version,
    is_conditional,
    is_denied,
    is_of_a_file,
    is_reported,
    is_supposed,
)
from aegis.core.services.requirement import Kind
from aegis.core.services.tails import is_address, tail_fits
from aegis.core.services.words import Token

_FARTHEST = 20
_ACCESS = re.compile(
    r"\b(?:(?:to )?(?:be )?(?:able )?(?:to )?(?:access|connections?|connected|connect|talk) (?:to|with)|"
    r"to (?:use|reach|access|run|start)(?= (?:a|an|the|our)\b|$)|to be(?: connected)?|to have|"
    r"to (?:listen|answer|respond)|instance of|copy of|version of)\b"
)


def asked_before(sentence: Sentence, at: int) -> bool:
    """ "Requires (a running) Redis": from the nearest word that requires on, nothing leads elsewhere."""
    if not tail_fits(sentence, at) or _is_new_clause(sentence, at):
        return False
    for n in range(at - 1, max(-1, at - 1 - _FARTHEST), -1):
        begin = _after_need(sentence, n, sentence[at])
        if begin:
            return begin <= at and _means_it(sentence, n, at) and not _leads_elsewhere(sentence[begin:at], sentence[at])
    return False


def _means_it(sentence: Sentence, verb: int, at: int) -> bool:
    return not (
        is_denied(sentence, verb)
        or is_supposed(sentence, verb)
        or is_reported(sentence, verb)
        or is_conditional(sentence, at)
    )


def _after_need(sentence: Sentence, n: int, target: Token) -> int:
    """Where what is needed begins, if the word at `n` says that something is needed; else 0."""
    word = sentence[n].word
    following = sentence[n + 1].word if n + 1 < len(sentence) else ""
    before = sentence[n - 1].word if n else ""
    starts = n == 0 or sentence[n - 1].is_mark or following == ":"
    if word.startswith(("prereq", "precond")):
        return _after_noun(sentence, n, starts=starts)
    if word in p.NEEDS:
        return 0 if word == "need" and before in ("the", "a", "of", "user") else n + 1
    if word in p.ON:
        leads = _leads_on(word, following) and (target.sure or not target.code) and not is_of_a_file(sentence, n)
        return n + 2 if leads else 0
    if word in p.TAKES:
        return _after_takes(sentence, n)
    if word in p.ONLY_AT_A_START:
        return n + 1 if starts else 0
    if word == "something":
        return n + 1 if is_address(target) and following in p.MUST else 0
    if word == "have":
        return n + 1 if _is_told_to_have(sentence, n) else 0
    is_there = word == "be" and "there" in [token.word for token in sentence[max(0, n - 3) : n]]
    return n + 1 if is_there and before in (*p.MUST, "to") else 0


def _after_takes(sentence: Sentence, n: int) -> int:
    """ "That takes a live Redis", "it calls for a real Kafka": only what is said to be live is asked for so."""
    before = [token.word for token in sentence[max(0, n - 2) : n]]
    if before and before[-1] not in p.TAKES_AFTER:
        return 0
    begin = n + 1
    while begin < len(sentence) and sentence[begin].word in ("for", "a", "an", "the", "our", "at", "least", "both"):
        begin += 1
    if begin < len(sentence) and sentence[begin].word in p.LIVE:
        return begin
    is_one = sentence[begin - 1].word in ("a", "an") and sentence[n].word in ("wants", "want", "takes")
    return begin if is_one and begin < len(sentence) and sentence[begin].thing is not None else 0


def _is_told_to_have(sentence: Sentence, n: int) -> bool:
    """ "You must have Docker", "make sure you have Docker", "please have Docker running"; not "the image must have"."""
    before = sentence[n - 1].word if n and not sentence[n - 1].is_mark else "please"
    if before in ("please", "then", "so", "and"):
        return bool(p.RUNS.intersection(one.word for one in sentence[n + 2 : n + 6]))
    if before not in ("must", "should", "you", "to"):
        return False
    who = [one.word for one in sentence[max(0, n - 4) : n] if one.word not in (*p.MUST, "to", "that")]
    return not who or who[-1].partition("'")[0] in p.TOLD_TO_HAVE


def _after_noun(sentence: Sentence, n: int, *, starts: bool) -> int:
    """ "Prerequisite: Redis", "the precondition for all of it is a running Redis"."""
    for k in range(n + 1, min(len(sentence), n + 7)):
        if sentence[k].word in ("is", "are"):
            return k + 1
        if sentence[k].thing is not None:
            break
    return n + 1 if starts else 0


def _leads_on(word: str, following: str) -> bool:
    if word == "waiting" and following == "for":
        return True
    return following in ("on", "upon") or (word == "blocked" and following in ("by", "until"))


def _leads_elsewhere(between: Sequence[Token], target: Token) -> bool:
    """Whether the words between "needs" and a thing make something else the needed one."""
    if not target.sure and not is_address(target) and not _are_of_a_command(between):
        return True
    first, listed = _leads(between)
    if is_address(target):
        first = _without_relative(first)
    words = _ACCESS.sub(" ", " ".join(first)).split()
    allowed = _may_lead(target)
    if any(word in _ELSEWHERE - allowed for word in words):
        return True
    if any(word.endswith("ing") and word not in p.NO_GERUNDS | allowed for word in words):
        return True
    if p.SUBORDINATE.intersection(words[words.index(",") :] if "," in words else ()):
        return True
    return not is_address(target) and any(word not in _LISTED | allowed for word in listed)


def _without_relative(words: list[str]) -> list[str]:
    """ "A backend that answers at https://...": the words without "that answers"."""
    for n, word in enumerate(words[:-1]):
        if word in ("that", "which") and words[n + 1] in _IS_THERE:
            rest = words[n + 1 :]
            while rest and rest[0] in (*_IS_THERE, *p.RUNS):
                rest = rest[1:]
            return [*words[:n], *rest]
    return words


_IS_THERE = p.words("answers listens runs is responds")
_LISTED = p.AROUND | p.COMMAND_WORDS | p.VARIABLE_FRAME | p.LIVE
_ELSEWHERE = p.ELSEWHERE | p.SETS_UP | p.DOES_AWAY | p.NOT


def _leads(between: Sequence[Token]) -> tuple[list[str], list[str]]:
    """The words that lead to the first thing of a list, and those that lead to the later ones; without their tails."""
    first: list[str] = []
    listed: list[str] = []
    tail: list[str] | None = None
    is_listed = False
    for token in between:
        if token.thing is not None:
            tail, is_listed = [], True
        elif token.word in (",", ";", "and", "&"):
            tail = None
            if not is_listed:
                first.append(token.word)
        elif tail is not None:
            tail.append(token.word)
        elif not token.word[:1].isdigit():
            (listed if is_listed else first).append(token.word)
    return [*first, *(tail or ())], listed


def _are_of_a_command(between: Sequence[Token]) -> bool:
    """ "Requires the commands `x` and `y`": what may be a command stands close to the word that requires."""
    words = [one.word for one in between if one.thing is None]
    return all(word in p.COMMAND_WORDS or word in (",", "and", "&") for word in words)


def _may_lead(target: Token) -> frozenset[str]:
    """Words that lead on to an address or a variable, and away from a service."""
    if is_address(target):
        return p.TO_A_PLACE
    is_variable = target.thing is not None and target.thing.kind is Kind.VARIABLE
    return p.TO_A_VARIABLE if is_variable else frozenset()


def _is_new_clause(sentence: Sentence, at: int) -> bool:
    """ "Needs review, the Redis part is slow": behind a comma, before a verb, a name begins a clause of its own."""
    n = at - 1
    while n >= 0 and sentence[n].word in ("the", "a", "our", "and", "but", "so"):
        n -= 1
    if n < 0 or sentence[n].word not in (",", ";", "("):
        return False
    k = after_version(sentence, at + 1)
    while k < len(sentence) and sentence[k].word in p.NOUNS:
        k += 1
    return k < len(sentence) and sentence[k].word in p.FINITE
