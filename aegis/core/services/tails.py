"""Whether what follows a name leaves the thing itself the needed one: "Redis 7 locally", but not "Redis client"."""

from __future__ import annotations

from aegis.core.services import phrases as p
from aegis.core.services.denials import Sentence, after_version, is_no_variable
from aegis.core.services.lexicon import BREAKS, FAULTS, PREPOSITIONS
from aegis.core.services.requirement import Kind, Requirement
from aegis.core.services.table import BY_NAME
from aegis.core.services.verbs import VERBS
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
        return answers or words[:1] in (["up"], ["reachable"]) or _is_where_it_answers(sentence, sentence.index(token))
    if not _may_be_a_command(token):
        return False
    end = min(len(sentence), n + _LONGEST_CHAIN)
    while n + 1 < end and sentence[n].word in (",", "and", "&") and _may_be_a_command(sentence[n + 1]):
        if sentence[n + 1].sure:
            return tail_fits(sentence, n + 1)
        n += 2
    return n >= len(sentence) or sentence[n].is_mark or sentence[n].word in ("and", "&", "installed")


def _is_where_it_answers(sentence: Sentence, at: int) -> bool:
    """ "A backend that answers at https://...", "the shop running on http://..."."""
    before = [token.word for token in sentence[max(0, at - 2) : at]]
    return (
        before[1:] != []
        and before[1] in ("at", "on", "under")
        and before[0] in p.ANSWERS | {"responds", "listens", "runs"}
    )


def _may_be_a_command(token: Token) -> bool:
    return token.thing is not None and token.thing.kind is Kind.COMMAND


def is_address(token: Token) -> bool:
    """Whether a word is a port or a URL."""
    return token.thing is not None and token.thing.kind in (Kind.PORT, Kind.URL)


def is_whole(sentence: Sentence, at: int) -> bool:
    """Whether a mention is of the thing itself, whatever is said of it: not "the Redis client", "a Kafka consumer"."""
    token = sentence[at]
    if token.thing is None or not (token.sure or is_address(token)):
        return False
    if is_address(token) or token.thing.kind is Kind.VARIABLE:
        return True
    if token.thing.kind is Kind.COMMAND and at == 0 and sentence[1:2] and sentence[1].word == ":":
        return False  # "ansible: typo in role name"
    around = [sentence[n].word for n in (at - 1, at + 1) if 0 <= n < len(sentence)]
    is_path = "/" in around and token.thing.kind is Kind.SERVICE and not _is_choice_of(sentence, at)
    if is_path or token.raw.endswith("'s"):
        return False
    n = after_version(sentence, at + 1)
    nouns, after = tails_of(token.thing)
    while n < len(sentence) and sentence[n].word in nouns and sentence[n].thing is None:
        n = after_version(sentence, n + 1)
    if n > at + 1 and n < len(sentence) and sentence[n - 1].word in nouns and _is_a_label(sentence[n]):
        n += 1  # "the Qdrant collection kb_2024"
    if n >= len(sentence) or sentence[n].is_mark or sentence[n].thing is not None:
        return True
    word, following = sentence[n].word, sentence[n + 1].word if n + 1 < len(sentence) else ""
    if word in (SHELLS if token.thing.kind is Kind.COMMAND else _LIVING):
        return True
    if (
        word in after
        or word in PREPOSITIONS | BREAKS
        or word in _MORE_AFTER
        or word in p.FINITE
        or word.endswith("n't")
    ):
        return True
    has_flag = any(one.word.startswith("-") and len(one.word) > 1 for one in sentence[n + 1 : n + 3])
    if word.startswith("-") or word in SUBCOMMANDS or (has_flag and token.thing.kind is Kind.COMMAND):
        return token.thing.kind is Kind.COMMAND or token.thing.service in ("Docker", "Node")
    if word.endswith("s") and following in _OBJECTS_BEGIN:  # "inkscape turns the 30 files into ..."
        return True
    return (
        word in VERBS
        and VERBS[word][1] == "base"
        and (following in ("a", "an", "the", "it") or following[:1].isdigit())
    )


def _is_a_label(token: Token) -> bool:
    """ "kb_2024", "orders.v2": how something in a service is called."""
    return any(mark in token.word for mark in "_.") or (token.code and not token.word.startswith("-"))


SUBCOMMANDS = p.words(
    "run build buildx compose up exec plan apply init install sign record stat push pull tag lint format generate",
    "inspect",
    "template diff convert test bench serve start create dump export import save load logs stop restore validate",
    "render",
    "restart kill pause history ps images deliver scan ci audit publish add",
)
_OBJECTS_BEGIN = p.words(
    "the a an it its all each this that our them no how when whether for at with up out and into 0 1 2 3"
)


def _is_choice_of(sentence: Sentence, at: int) -> bool:
    """ "Postgres/Redis": both are things; "docker/" and "dev/es" are folders."""
    return any(
        sentence[n + (n - at)].thing is not None
        for n in (at - 1, at + 1)
        if 0 <= n + (n - at) < len(sentence) and sentence[n].word == "/"
    )


def is_part(sentence: Sentence, at: int) -> bool:
    """Whether a mention may be of something that lives in the thing: "Kafka header", not "Kafka client"."""
    token, following = sentence[at], sentence[at + 1].word if at + 1 < len(sentence) else ""
    if token.thing is None or token.thing.kind is not Kind.SERVICE or token.thing.service in ("Docker", "Node"):
        return False
    # "the Redis line is in the green runs as well", "RabbitMQ's API sometimes reports ..."
    rest = [one.word for one in sentence[at + 2 : at + 6]]
    begins = not at or sentence[at - 1].is_mark or at == 1
    is_told = rest[:1] != [] and (rest[0] in p.FINITE or rest[0] in p.MUST)
    is_told = is_told or (begins and not FAULTS.isdisjoint(rest))
    is_told_of = following not in SHELLS and is_told
    return following not in _CODE and not is_told_of and not (at and sentence[at - 1].word == "/")


_CODE = p.words(
    "client clients driver drivers library libraries module suite suites package adapter wrapper plugin dialect",
    "docs page section",
    "licence license url image file config tile logo bill cost committer keywords syntax text name names docs module",
    "exporter panel dashboard rule alert badge version versions test tests import imports connector compose / CVE cves",
    "line lines message messages warning warnings error errors noise output consumers producers workers support",
    "branch code script scripts setup role half gallery release notes list upgrade types stub slow entry icon",
)
_LIVING = p.words(
    "ui console data rows topic topics collections records messages dump logs volume prompt shell clusters"
)
"""What is a service's own, and only there while it runs: "the RabbitMQ UI"."""
SHELLS = p.words("session sessions shell shells prompt console")
_MORE_AFTER = p.words(
    "twice once again today tonight over out itself directly full filled loaded seeded restored holding containing",
    "without then only alone → whose where who three two four stopped down off away gone dead missing ( goes leaves",
    "= |",
    "after doesn't isn't won't via between within across under upon per every each afterwards beforehand",
)
