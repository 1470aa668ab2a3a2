"""Whether a sentence requires a thing that it names: "requires X", "X must be running", "cannot be tested without X".

Decided by the words next to the name: the nearest word that requires must have the thing for its object (`needs`), and
what follows the name must leave the thing itself the needed one ("Redis 7 locally", but not "Redis client").
"""

from __future__ import annotations

from collections.abc import Sequence

from aegis.core.services import lexicon as x
from aegis.core.services import phrases as p
from aegis.core.services.around import asked_around
from aegis.core.services.denials import (
    Sentence,
    after_version,
    denies,
    is_choice,
    is_conditional,
    is_denied,
    is_no_variable,
    is_reported,
    is_result,
)
from aegis.core.services.needs import asked_before
from aegis.core.services.requirement import Kind
from aegis.core.services.tails import is_address, tails_of
from aegis.core.services.things import is_version
from aegis.core.services.verbs import VERBS
from aegis.core.services.words import Token

_FARTHEST = 20
_WINDOW = 5


def asks_for(sentence: Sentence, at: int, *, is_outcome: bool = False) -> bool:
    """Whether the sentence requires the thing that its token at `at` names.

    With `is_outcome`, that something "must be running" is what the work brings about.
    """
    if sentence[at].thing is None or is_choice(sentence, at) or _is_its_setting(sentence, at):
        return False
    if _is_there_already(sentence, at):
        return False
    return (
        asked_before(sentence, at)
        or (not is_outcome and (_asked_after(sentence, at) or _asked_at_a_place(sentence, at)))
        or asked_around(sentence, at)
    )


def _is_there_already(sentence: Sentence, at: int) -> bool:
    """ "Needs FOO_TOKEN in the vault (is there)", "Kafka on stage (done)"."""
    rest = [token.word for token in sentence[at + 1 : at + 9]]
    n = rest.index("(") if "(" in rest else len(rest)
    said = [word for word in rest[n + 1 : n + 3] if word not in ("is", "already", "all")]
    return said[:1] != [] and said[0] in ("done", "there", "exists", "set", "✅", "✓") and ")" in rest[n : n + 5]


def _is_its_setting(sentence: Sentence, at: int) -> bool:
    """ "Redis (REDIS_URL)": a variable behind a service only says where it is."""
    thing, earlier = sentence[at].thing, sentence[at - 2].thing if at > 1 and sentence[at - 1].word == "(" else None
    return thing is not None and thing.kind is Kind.VARIABLE and earlier is not None and earlier.kind is Kind.SERVICE


# --- "X must be running" -------------------------------------------------------------------------------------


def _asked_after(sentence: Sentence, at: int) -> bool:
    """ "Redis must be running", "Redis is required", "make sure that Redis is up"."""
    token = sentence[at]
    verb = _verb_after(sentence, at)
    if verb is None or not (token.sure or is_address(token)):
        return False
    if is_denied(sentence, at) or _is_set_up(sentence, at) or is_conditional(sentence, at):
        return False
    if is_reported(sentence, at) and not _is_told_to_check(sentence, at):
        return False
    said = _before_brackets(sentence[verb : verb + _WINDOW])
    to_here = [one.word for one in sentence[verb : verb + _WINDOW + 3]]
    on_path = token.thing is not None and token.thing.kind is Kind.COMMAND and _says_path(sentence, verb)
    if any(denies(word) for word in said) or p.LATER.intersection(said) or is_result(sentence, verb):
        return False
    is_variable = token.thing is not None and token.thing.kind is Kind.VARIABLE
    if is_variable and is_no_variable(sentence, verb):
        return False
    if said[0] in p.MUST:
        return on_path or _must_be(said, token) or _must_be_here(to_here, token)
    if said[:3] == ["is", "a", "must"]:
        return token.sure
    if p.NEEDED.intersection(said[:4]):
        return token.sure and "by" not in said[:4] and said[0] in (*p.NEEDED, "is", "are")
    return (on_path or bool(p.RUNS.intersection(said[:3]))) and _is_insisted(sentence, at)


def _before_brackets(tokens: Sentence) -> list[str]:
    """The words up to a bracket: "must be running (no stub)" denies nothing."""
    words = [token.word for token in tokens]
    return words[: words.index("(", 1)] if "(" in words[1:] else words


def _says_path(sentence: Sentence, verb: int) -> bool:
    """ "... be on the PATH", "... is in your PATH"."""
    words = [one.word for one in sentence[verb : verb + 8]]
    return bool({"be", "is", "are"}.intersection(words[:3])) and "path" in words


def _verb_after(sentence: Sentence, at: int) -> int | None:
    """Where "must", "is", "required" or "running" follows a name, with nothing between that is not the name's own."""
    thing = sentence[at].thing
    nouns = tails_of(thing)[0] if thing is not None else frozenset()
    if thing is not None and thing.kind is Kind.SERVICE and (late := _verb_after_with(sentence, at)):
        return late
    n = at
    while (n := n + 1) < min(len(sentence), at + 1 + _FARTHEST):
        token = sentence[n]
        if token.word == "(":
            n = _after_brackets(sentence, n)
        if token.is_mark or token.thing is not None:
            continue
        if token.word in p.MUST or token.word in p.NEEDED or token.word in p.RUNS or token.word in ("is", "are"):
            return n
        own = token.word in p.AROUND or token.word in nouns or token.word in ("which", "that")
        if token.word == "it" and n + 1 < len(sentence):  # ", it must be running"
            own = sentence[n + 1].word in ("must", "has", "needs")
        if not own and not is_version(token):
            return None
    return None


def _verb_after_with(sentence: Sentence, at: int) -> int:
    """Where "must" stands in "a MySQL 5.7 with the dump has to be up"; 0 where no "with" parts the two."""
    n = after_version(sentence, at + 1)
    while n < len(sentence) and sentence[n].word in p.NOUNS:
        n += 1
    begins = at > 0 and sentence[at - 1].word in ("a", "an", "the", "our", "one", *p.LIVE)
    if not begins or n >= len(sentence) or sentence[n].word not in ("with", "containing", "holding", "including"):
        return 0
    for k in range(n + 1, min(len(sentence), n + 10)):
        if sentence[k].word in ("must", "has", "needs"):
            return k
        if sentence[k].is_mark or sentence[k].word in p.FINITE:
            break
    return 0


def _after_brackets(sentence: Sentence, n: int) -> int:
    """Where brackets close, or begin, where they say what is asked; the sentence's end where it is optional."""
    begin = n + 1 + (n + 1 < len(sentence) and sentence[n + 1].word in ("it", "which", "that"))
    if begin < len(sentence) and sentence[begin].word in p.MUST | p.NEEDED:
        return begin - 1
    for k in range(n + 1, min(len(sentence), n + _FARTHEST)):
        if sentence[k].word == ")":
            return k
        if sentence[k].word in ("optional", "optionally"):
            break
    return len(sentence)


def _is_told_to_check(sentence: Sentence, at: int) -> bool:
    """ "Verify that Docker is running before you start", "first check that Redis is up"."""
    begin = [token.word for token in sentence[: min(at, 4)]]
    checks = {"check", "verify", "confirm"}.intersection(begin[:3])
    rest = [token.word for token in sentence[at + 1 : at + 9]]
    return bool(checks) and ("first" in begin or bool({"before", "first", "beforehand"}.intersection(rest)))


def _must_be(said: Sequence[str], token: Token) -> bool:
    """Whether "must be running", "has to be set", "must answer" follows a thing of which that can be said."""
    kind = token.thing.kind if token.thing is not None else Kind.SERVICE
    rest = list(said[2:] if said[1:2] == ["to"] else said[1:])
    if kind in (Kind.PORT, Kind.URL):
        if said[0] == "should" or (kind is Kind.PORT and {"free", "available"}.intersection(rest)):
            return False
        if rest[:1] and rest[0] in p.DOES:
            return True
    if kind is not Kind.COMMAND and rest[:1] and rest[0] in p.DOES:
        return len(rest) == 1 or rest[1] in p.RUNS_SO
    found = p.RUNS.intersection(rest)
    if kind is Kind.SERVICE:
        found -= {"set", "defined", "configured", "exported", "open"}
    here = rest[:2] in (["be", "on"], ["be", "in"]) and bool(p.HERE.intersection(rest))
    return bool(found or p.NEEDED.intersection(rest)) or here


def _must_be_here(said: Sequence[str], token: Token) -> bool:
    """ "FOO_TOKEN must be in the environment", "ffmpeg has to be on the machine"."""
    rest = list(said[2:] if said[1:2] == ["to"] else said[1:])
    if rest[:2] not in (["be", "in"], ["be", "on"]) or "," in rest[:4]:
        return False
    is_variable = token.thing is not None and token.thing.kind is Kind.VARIABLE
    return bool((p.KEPT_IN if is_variable else p.HERE).intersection(rest[2:6]))


def _asked_at_a_place(sentence: Sentence, at: int) -> bool:
    """ "The simulator has to be listening on port 7010", "the gateway must be up at localhost:8123"."""
    if not is_address(sentence[at]) or is_conditional(sentence, at) or is_reported(sentence, at):
        return False
    n = at - 1
    while n >= 0 and sentence[n].word in ("on", "at", "under", "to", "the", "local"):
        n -= 1
    state = n
    while n >= 0 and sentence[n].word in ("be", "to", "already", "still", "listening", *p.RUNS, *p.DOES, "and"):
        n -= 1
    if n < 1 or n == state or sentence[n].word not in ("must", "has", "have", "needs") or is_result(sentence, at):
        return False
    before = [token.word for token in sentence[max(0, n - 6) : n]]
    if {"new", "its", "which", "that", "who"}.intersection(before) or any(denies(word) for word in before):
        return False
    said = {token.word for token in sentence[n + 1 : state + 1]}
    return bool("be" in said and p.STATES & said) or bool(p.STANDS_IN.intersection(before))


def _is_insisted(sentence: Sentence, at: int) -> bool:
    """Whether "Redis is running" is a demand: "make sure that ...", "only while ...", "with Redis running"."""
    before = [token.word for token in sentence[max(0, at - 6) : at]]
    if p.INSISTS.intersection(before[-5:]):
        if _is_of_a_program(sentence, at):
            return False
        return not (p.WAITS.intersection(before) and sentence[0].word not in p.WAITS)
    if _is_told_to_check(sentence, at):
        return True
    if "that" in before and p.INSISTS_THAT.intersection(before):
        return True
    close = [word for word in before if word not in ("a", "the", "local")][-1:]
    if close in (["with"], ["if"], ["when"], ["while"], ["once"]):
        early = {token.word for token in sentence[max(0, at - 10) : at]}
        return bool({"only", "must", "can"} & early) or (close == ["with"] and not any(denies(word) for word in before))
    return False


def _is_of_a_program(sentence: Sentence, at: int) -> bool:
    """ "The api starts before Postgres is ready": what a program does, and no order to whoever does the task."""
    for n in range(at - 1, max(0, at - 5), -1):
        if sentence[n].word in p.UNTIL:
            verb = sentence[n - 1].word
            return VERBS.get(verb, ("", ""))[1] == "s" and not x.DOERS.intersection(
                token.word for token in sentence[max(0, n - 5) : n]
            )
    return False


def _is_set_up(sentence: Sentence, at: int) -> bool:
    """ "Start Redis, it must be running": the text itself has it started."""
    before: list[str] = []
    for token in reversed(sentence[max(0, at - 3) : at]):
        if token.is_mark or token.word in p.ELSEWHERE or token.word == "with":
            break
        before.append(token.word)
    return bool(p.SETS_UP.intersection(before)) and not p.UNTIL.intersection(before)
