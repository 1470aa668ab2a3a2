"""Whether what follows a name leaves the thing itself the needed one: "Redis 7 locally", but not "Redis client"."""

from __future__ import annotations

from aegis.core.services import phrases as p
from aegis.core.services.denials import Sentence, after_version, is_no_variable
from aegis.core.services.requirement import Kind, Requirement
from aegis.core.services.table import BY_NAME
from aegis.core.services.words import Token

_LONGEST_CHAIN = 24


def tail_fits(sentence: Sentence, at: int) -> bool:
    """Whether what follows a name leaves the thing itself the needed one."""
    token = sentence[at]
    if token.thing is None:
        return False
    n = after_version(sentence, at + 1)
    if not token.sure:
        return _unsure_fits(sentence, n, token)
    nouns, after = tails_of(token.thing)
    while n < len(sentence) and sentence[n].word in nouns and sentence[n].thing is None:
        n = after_version(sentence, n + 1)
    if n >= len(sentence) or sentence[n].is_mark:
        return True
    if sentence[n].thing is not None:
        return token.thing.kind is Kind.SERVICE and is_address(sentence[n])
    if sentence[n].word not in after or _is_done_to(sentence, n):
        return False
    return token.thing.kind is not Kind.VARIABLE or not is_no_variable(sentence, n)


def _is_done_to(sentence: Sentence, n: int) -> bool:
    """ "Requires Kafka to be dropped": something is done to it."""
    what = sentence[n + 2].word if n + 2 < len(sentence) and sentence[n + 1].word == "be" else ""
    return sentence[n].word == "to" and what.endswith("ed") and what not in p.RUNS


def tails_of(thing: Requirement) -> tuple[frozenset[str], frozenset[str]]:
    """The nouns that may follow a thing, and what may follow then."""
    match thing.kind:
        case Kind.SERVICE:
            row = BY_NAME[thing.service]
            return row.parts | (p.RUNTIME_NOUNS if row.name == "Node" else p.NOUNS), p.AFTER
        case Kind.COMMAND:
            return p.COMMAND_NOUNS, p.COMMAND_AFTER
        case Kind.VARIABLE:
            return frozenset(), p.VARIABLE_AFTER
    return frozenset(), p.ADDRESS_AFTER


def _unsure_fits(sentence: Sentence, n: int, token: Token) -> bool:
    """A word in backticks that may be a command: only where the clause ends with it, or with more of its sort.

    A web page's address: only where it is to answer. A name that only may be a variable: never.
    """
    if is_address(token):
        words = [one.word for one in sentence[n : n + 4]]
        answers = words[:1] == ["to"] and bool((p.RUNS | p.DOES).intersection(words))
        return answers or words[:1] in (["up"], ["reachable"])
    if not _may_be_a_command(token):
        return False
    end = min(len(sentence), n + _LONGEST_CHAIN)
    while n + 1 < end and sentence[n].word in (",", "and", "&") and _may_be_a_command(sentence[n + 1]):
        if sentence[n + 1].sure:
            return tail_fits(sentence, n + 1)
        n += 2
    return n >= len(sentence) or sentence[n].is_mark or sentence[n].word in ("and", "&", "installed")


def _may_be_a_command(token: Token) -> bool:
    return token.thing is not None and token.thing.kind is Kind.COMMAND


def is_address(token: Token) -> bool:
    """Whether a word is a port or a URL."""
    return token.thing is not None and token.thing.kind in (Kind.PORT, Kind.URL)
