"""Whether a sentence says that the work comes to nothing while a thing is not there.

"No hugo, no preview", "the script aborts unless FOO_TOKEN is set", "with Rabbit stopped you'll get nowhere". That
users, pages or programs fail then is a feature's or a bug's matter, and requires nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from aegis.core.services import phrases as p
from aegis.core.services.clauses import clause_of
from aegis.core.services.requirement import Kind
from aegis.core.services.scene import Place, Said
from aegis.core.services.words import Token

_WHO = p.words(
    "pytest",
    "test tests suite suites script scripts bench benchmark build you we nothing nobody none run runs repro job seeder",
    "everything recorder uploader importer harness runner e2e spec specs call lookup assertion assertions task fixture",
    "tool linter this you'll we'll one all there's green",
)
_BAD = p.words(
    "nothing nowhere skip skips skipped abort aborts fail fails stop stops exit exits die dies quit quits refuse",
    "refuses",
    "red can't cannot won't pointless useless impossible meaningless crash crashes nobody worthless 401 403 404 500",
    "hangs bails bail never hopeless",
)
_FEATURE = p.words(
    "should must shows shown falls fall fallback banner message notice catch say says 503 user users customers",
    "visitors api page app service server worker consumer dialog client returns return print prints startup",
    "site shop checkout login endpoint handler let make want wanted",
)
_GONE = p.words("stopped down off missing gone unset away dead absent unavailable unreachable asleep")
_THERE = p.RUNS | p.words("in here around alive responding answering answers responds exists runs listens")
_NEAR = 30
_IF = p.words("if when while whenever with as long otherwise once")


def comes_to_nothing(said: Said, at: int) -> bool:
    """Whether a sentence says that the work comes to nothing without the thing at `at`."""
    sentence, thing = said.tokens, said.tokens[at].thing
    if (
        not said.may_lack
        or said.place is Place.NAME
        or thing is None
        or not (sentence[at].sure or thing.kind is Kind.VARIABLE)
        or sentence[0].word == "nothing"  # "nothing running (no MySQL)"
    ):
        return False
    clause = clause_of(sentence, at)
    if (
        _is_not_to_be_forgotten(sentence, at)
        or _no_x_no_y(sentence, clause.phrase, clause.tail)
        or _or_else(sentence, at)
    ):
        return True
    absent = _absence(sentence, clause.phrase, clause.tail)
    if absent is None:
        return False
    begin, end = absent
    rest = [token.word for token in (*sentence[max(0, begin - _NEAR) : begin], *sentence[end : end + _NEAR])]
    if not _BAD.intersection(rest) or not _is_of_the_work(rest) or _FEATURE.intersection(rest):
        return False
    return not _is_told_to_fail(sentence, begin)


def _is_told_to_fail(sentence: Sequence[Token], end: int) -> bool:
    """ "Read FOO_TOKEN; refuse to start without it": an order to build it so."""
    words = [token.word for token in sentence[:end]]
    clause = words[max((n + 1 for n, word in enumerate(words) if word in (",", ";", ":", "and")), default=0) :]
    return clause[:1] != [] and clause[0] in _FAILS


_FAILS = p.words("refuse fail abort exit stop crash quit skip")


def _is_of_the_work(rest: Sequence[str]) -> bool:
    """Whether it is the work, or a test or script of it, that comes to nothing."""
    return (
        bool(_WHO.intersection(rest))
        or (bool(rest) and rest[0].endswith("n't"))
        or any(word.endswith((".py", ".sh", ".js", ".rb")) for word in rest)
    )


def _absence(sentence: Sequence[Token], phrase: int, tail: int) -> tuple[int, int] | None:
    """Where words say that the thing is not there, or only if it is."""
    lead = [token.word for token in sentence[max(0, phrase - 3) : phrase]]
    after = [token.word for token in sentence[tail : tail + 4]]
    if lead[-1:] == ["without"] or lead[-1:] == ["no"]:
        return phrase - 1, tail
    if any(word in ("isn't", "aren't", "no") for word in lead) and {"there", "there's", "is"}.intersection(lead):
        return max(0, phrase - 3), tail
    if "unless" in lead and (_THERE.intersection(after) or not after):
        return max(0, phrase - 2), tail + 2
    if {"older", "below", "lower"}.intersection(lead):  # "crashes on anything older than Node 20"
        return max(0, phrase - 3), tail
    denied = any(word == "not" or word.endswith("n't") for word in after[:2])
    is_gone = bool(_GONE.intersection(after[:3])) or (denied and bool(_THERE.intersection(after)))
    before = {token.word for token in sentence[max(0, phrase - 4) : phrase]}
    return (max(0, phrase - 1), min(len(sentence), tail + 3)) if is_gone and before & _IF else None


def _is_not_to_be_forgotten(sentence: Sequence[Token], at: int) -> bool:
    """ "Don't forget FOO_TOKEN", "remember to start Redis"."""
    lead = [token.word for token in sentence[max(0, at - 6) : at]]
    while lead and lead[-1] in ("the", "a", "to", "set", "export", "start", "local", "have", "about", "up", "bring"):
        lead.pop()
    return lead[-2:] == ["don't", "forget"] or lead[-1:] == ["remember"]


def _no_x_no_y(sentence: Sequence[Token], phrase: int, tail: int) -> bool:
    """ "No hugo, no preview", "no docker daemon = no test"."""
    if not phrase or sentence[phrase - 1].word != "no":
        return False
    after = [token.word for token in sentence[tail : tail + 3]]
    earlier = [token.word for token in sentence[max(0, phrase - 3) : phrase - 1]]
    return (
        "no" in after
        and after[0] in (",", "no", "=", ":")
        and not any(word in ("needed", "used") for word in after)
        and (not earlier or earlier[-1] in (",", "so", "because", ";", "since"))
        and _is_a_slogan(sentence, tail)
    )


def _is_a_slogan(sentence: Sequence[Token], tail: int) -> bool:
    """Whether what is "no" next is no thing of its own: "no Docker, no MySQL" is a list of what is not needed."""
    following = sentence[tail : tail + 4]
    is_need = any(token.thing is not None or token.word in _NEEDS_OF_THEIR_OWN for token in following)
    return not is_need and [token.word for token in sentence[: tail + _NEAR]].count("no") == 2


_NEEDS_OF_THEIR_OWN = p.words(
    "network internet database server service backend setup install dependencies config cloud nothing"
)


def _or_else(sentence: Sequence[Token], at: int) -> bool:
    """ "It comes up if it finds Kafka and quits if not", "reads FOO_TOKEN and aborts otherwise"."""
    rest = [token.word for token in sentence[at + 1 : at + 12]]
    for n, word in enumerate(rest[1:], start=1):
        is_else = word == "otherwise" or rest[n : n + 2] == ["if", "not"]
        if is_else and _BAD.intersection(rest[max(0, n - 6) : n]):
            return not _FEATURE.intersection(rest)
    return False
