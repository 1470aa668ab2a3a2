"""Whether a sentence that names a requirement denies it, supposes it, or only reports it."""

from __future__ import annotations

from collections.abc import Sequence

from aegis.core.services import phrases as p
from aegis.core.services.requirement import Kind, Requirement
from aegis.core.services.things import is_version
from aegis.core.services.verbs import VERBS
from aegis.core.services.words import Token

Sentence = Sequence[Token]


def denies(word: str) -> bool:
    """Whether a word denies or supposes what follows closely."""
    return word in p.NOT or word.endswith("n't")


def is_denied(sentence: Sentence, at: int) -> bool:
    """Whether what follows is denied or only supposed; "do not start before ..." is neither, nor "only if ..."."""
    near = clause([token.word for token in sentence[max(0, at - 4) : at]])
    if not any(denies(word) for word in near) or p.UNTIL.intersection(near):
        return False
    return "only" not in near or "if" not in near


def is_supposed(sentence: Sentence, verb: int) -> bool:
    """Whether somebody else needs it ("users need"), is made to ("let it need"), or it is asked ("do tests need")."""
    before = [token.word for token in sentence[max(0, verb - 5) : verb]]
    if before[-2:] == [",", "which"]:  # "run the suite, which needs Docker"
        return False
    if before[-1:] == ["that"] and (len(before) == 1 or before[-2] in ("and", "but", "so", "because", ";", ":")):
        return False  # "That needs Redis" speaks of what was said before
    if before and (before[-1] in p.OTHERS or {"production", "prod"}.intersection(before[-3:])):
        return True
    if sentence[verb].word not in p.BASE_FORMS or not before:
        return False
    makes = {"let", "make", "making", "letting"} & set(before) and "sure" not in before
    return bool(makes) or bool({"do", "does", "did"} & set(clause(before)[:-1]))


def is_of_a_file(sentence: Sentence, at: int) -> bool:
    """ "The api depends on redis in docker-compose.yml": what a file says, and no task."""
    words = [token.word for token in sentence[max(0, at - 10) : at + 8]]
    files = any(word.endswith((".yml", ".yaml", "_on")) for word in words)
    return files or any(words[n : n + 2] == ["compose", "file"] for n in range(len(words)))


def is_reported(sentence: Sentence, at: int) -> bool:
    """Whether a text, a message or a test says it: "the README says that Redis is required"."""
    before = [token.word for token in sentence[max(0, at - 12) : at]]
    if ";" in before:
        before = before[len(before) - before[::-1].index(";") :]
    for n, word in enumerate(before):
        rest = before[n + 1 :]
        if word in p.NOTES and n and before[n - 1] in ("a", "an", "the", "another"):
            return True
        if rest[:1] in ([":"], ["with"]) and (word.endswith(("error", "exception")) or word in ("fails", "failed")):
            return True
        if word in p.SAYS and _says(before[max(0, n - 1) : n], word, rest):
            return True
    return False


def _says(before: Sequence[str], word: str, rest: Sequence[str]) -> bool:
    """Whether a word such as "says" has what follows for its object."""
    rest = [one for n, one in enumerate(rest) if one != "that" or not _is_no_conjunction(rest, n)]
    if word in p.SAYS_AS_A_NOUN:
        labels = rest[:1] == [":"] and word in p.SAYS_BEFORE_A_COLON
        return labels or bool({"that", "whether", "if"}.intersection(rest))
    if {"that", ":", "how", "which", "why", "when", "whether", "if", "who"}.intersection(rest):
        return True
    return not {",", ";"}.intersection((*before, *rest)) and len(rest) <= 6


def _is_no_conjunction(words: Sequence[str], n: int) -> bool:
    """ "Talks to that Kafka", "a test that runs through the proxy": where "that" begins nothing that is said."""
    is_relative = VERBS.get(words[n + 1] if n + 1 < len(words) else "", ("", ""))[1] == "s"
    return is_relative or (n > 0 and words[n - 1] in _BEFORE_A_NOUN)


_BEFORE_A_NOUN = p.words("to with on against in from at of for via")


def is_conditional(sentence: Sentence, at: int) -> bool:
    """ "Needs Redis if ...", "needs Redis in production", "needs Redis later": not needed for this work."""
    after = [token.word for token in sentence[at + 1 : at + 7]]
    if {"if", "unless"}.intersection(after[:4]):
        return True
    for n, word in enumerate(after):
        if word in (",", ";", "and", "but"):
            break
        if word in p.LATER and (n == 0 or after[n - 1] != "or"):
            return True
    early = [token.word for token in sentence[: min(at, 3)]]
    return early[:2] in (["in", "production"], ["in", "prod"]) or early[:1] in (["later"], ["eventually"])


def is_choice(sentence: Sentence, at: int) -> bool:
    """ "PostgreSQL or SQLite", "Docker/Podman": it is not known which of them is needed."""
    thing = sentence[at].thing
    n = after_version(sentence, at + 1)
    if n + 1 < len(sentence) and sentence[n].word in ("or", "/"):
        other = sentence[n + 1]
        same = other.thing is not None and thing is not None and other.thing.service == thing.service
        both = sentence[n].word == "/" and _are_services(other.thing, thing)
        if not same and not both and other.word not in p.GOES_ON and not other.is_mark:
            return True
    near = [
        token for token in sentence[max(0, at - 4) : at] if token.word not in ("a", "an", "the", "local", "running")
    ]
    if near and near[-1].word in ("or", "/"):
        earlier = near[-2].thing if len(near) > 1 else None
        both = near[-1].word == "/" and _are_services(earlier, thing)
        return not both and (earlier is None or thing is None or earlier.service != thing.service)
    return False


def _are_services(*things: Requirement | None) -> bool:
    return all(thing is not None and thing.kind is Kind.SERVICE for thing in things)


def is_result(sentence: Sentence, verb: int) -> bool:
    """Whether "must be running" is what the work brings about ("when this is done"), or how well ("within 5 ms")."""
    rest = [token.word for token in sentence[verb : verb + 12]]
    if {"afterwards", "done", "finished"}.intersection(rest) and {"when", "once", "afterwards", "after"}.intersection(
        rest
    ):
        return True
    timed = [n for n, word in enumerate(rest[:5]) if word in ("in", "within")]
    return any(n + 1 < len(rest) and (rest[n] == "within" or rest[n + 1][:1].isdigit()) for n in timed)


def is_no_variable(sentence: Sentence, n: int) -> bool:
    """ "MAX_SIZE must be set to 5" says what to build, "FOO_TOKEN in the payload" is no variable.

    "Set to a valid key" and "set in the environment" are.
    """
    for k in range(n, min(len(sentence) - 1, n + 5)):
        word, following = sentence[k].word, sentence[k + 1].word
        if word in ("set", "to") and following == "to":
            return (sentence[k + 2].word if k + 2 < len(sentence) else "") not in p.TO_A_VALUE
        if sentence[k].is_mark:
            break
        if word in ("in", "on"):
            if p.OF_A_REPOSITORY.intersection(token.word for token in sentence[k + 1 : k + 5]):
                return True
            return not p.KEPT_IN.intersection(token.word for token in sentence[k + 1 : k + 5])
    return False


def after_version(sentence: Sentence, n: int) -> int:
    """Where what follows a name's version begins: "Redis 7 or later ..."."""
    n += n + 1 < len(sentence) and sentence[n].word == "version" and is_version(sentence[n + 1])
    while n < len(sentence) and is_version(sentence[n]):
        n += 1
    if n + 1 < len(sentence) and sentence[n].word == "or" and sentence[n + 1].word in p.OR_NEWER:
        n += 2
    return n


def clause(near: Sequence[str]) -> list[str]:
    """The words behind the last mark."""
    words = list(near)
    for n in range(len(words) - 1, -1, -1):
        if words[n] in (",", ";", ":"):
            return words[n + 1 :]
    return words
