"""What a text as a whole says of the things that it names: the same for all of them.

It wants something tried or looked at; it rules stand-ins out, or has them do the work; it makes a text, clears up, or
sets all of it up; it says that nothing has to run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from aegis.core.services import lexicon as x
from aegis.core.services.counters import Counter, stands_in
from aegis.core.services.phrases import words
from aegis.core.services.scene import Place, Said
from aegis.core.services.signs import Sign
from aegis.core.services.verbs import VERBS, Verb
from aegis.core.services.words import Token

_WIKIS = words("wiki confluence notion sharepoint")
_SO_MANY = words("two three 2 3 half")
_SUFFICES = words("enough suffices suffice")
_TESTS = words("unit test tests story fixture fixtures")
_NO_ONE = (["no", "one"], ["no", "need"])
_ENDS_SO = words(", . ; : ) ( or and is are needed required involved necessary")
_READ_ON = x.READ | x.PAPER
_LEADS_ON = words("for of on about in with :")
_BEFORE_A_VERB = (x.LEADS - {"to"}) | words(", ; : ( ) = → and or not when by you git each every time")


def signs_in(text: Sequence[Said]) -> Iterator[Sign]:
    """What the whole text says for its things' being needed."""
    cues = sum(_hands_on(said) for said in text)
    if cues:
        yield Sign.HANDS_ON
    if cues > 1:
        yield Sign.ALL_HANDS_ON
    if any(_rules_out(said.words) for said in text):
        yield Sign.RULED_OUT
    if any(_is_accepted_live(said) for said in text):
        yield Sign.ACCEPTED_LIVE


def counters_in(text: Sequence[Said]) -> Iterator[Counter]:
    """What the whole text says against it."""
    first = [token.word for said in text[:1] for token in said.tokens[:3] if not (token.code or _is_statement(token))]
    if _is_paper(text, first):
        yield Counter.PAPER
    if any(_says_nothing_runs(said) for said in text if said.place is not Place.NAME):
        yield Counter.NOTHING_RUNS
    if text and _sets_up_all(text[0].words):
        yield Counter.SET_UP
    if x.GOES.intersection(first[:1]):
        yield Counter.CLEANED
    if any(_stands_in(said.words) for said in text if said.place is not Place.NAME):
        yield Counter.FAKED


def _is_paper(text: Sequence[Said], first: Sequence[str]) -> bool:
    """Whether the task makes a text, or a decision; to "publish the docs" is done with a program."""
    is_named_so = x.SHIPS.isdisjoint(first[:1]) and not x.PAPER.isdisjoint([*first, *_head(text)])
    return is_named_so or _asks_for_a_decision(text) or any(_makes_pages(said.words) for said in text)


def _asks_for_a_decision(text: Sequence[Said]) -> bool:
    """ "Do we need Elasticsearch?", "Should we move to Kafka?", "Incident 14: write up"."""
    name = list(text[0].words) if text else []
    return (
        name[:3] == ["do", "we", "need"]
        or name[:2] in (["should", "we"], ["can", "we"])
        or name[-2:] == ["write", "up"]
    )


def _makes_pages(said: Sequence[str]) -> bool:
    """ "Half a page", "two pages, compare three designs", "result: a page in the wiki", "no code"."""
    for n, (one, other) in enumerate(pairwise(said)):
        if (one, other) == ("no", "code") or (one in _SO_MANY and other in ("page", "pages")):
            return True
        if one == "a" and other == "page":
            is_kept = said[n + 2 : n + 3] == ["in"] and not _WIKIS.isdisjoint(said[n + 3 : n + 5])
            if is_kept or said[max(0, n - 1) : n] == ["half"]:
                return True
    return False


def _says_nothing_runs(said: Said) -> bool:
    """ "No one has to run the stack for that", "plain pytest, no containers"."""
    said_words = said.words
    for n, word in enumerate(said_words):
        rest = said_words[n + 1 : n + 7]
        is_nobody = word in ("nobody", "nothing", "don't") or said_words[max(0, n - 1) : n + 1] in _NO_ONE
        if is_nobody and _is_no_duty_to_run((word, *rest)):
            return True
        if word in _SUFFICES and _TESTS.intersection(said_words[max(0, n - 5) : n]):
            return True
        if word in ("no", "without"):
            k = 1 if rest[:1] and rest[0] in ("any", "running", "real") else 0
            if x.ALL.intersection(rest[k : k + 1]) and (not rest[k + 1 :] or rest[k + 1] in _ENDS_SO):
                return True
    return False


def _is_no_duty_to_run(said: Sequence[str]) -> bool:
    """ "(Nobody) needs to start the stack", "nothing has to run"."""
    is_duty = "to" in said[1:4] or bool(x.DUTY.intersection(said[1:4]))
    return is_duty and bool(x.STARTS_UP.intersection(said)) and bool(x.ALL.intersection(said))


def _head(text: Sequence[Said]) -> Sequence[str]:
    """What the name's phrase is about: "check list" of "Upgrade check list for Redis 7.2"."""
    name = text[0].words if text else []
    at = next((n for n, word in enumerate(name) if word in _LEADS_ON), 0)
    return name[max(0, at - 1) : at]


def _sets_up_all(name: Sequence[str]) -> bool:
    """ "Set up a local stack", "Create a compose file for the demo": with all that is in it."""
    at = next((n for n, word in enumerate(name) if word in x.WHOLES), -1)
    return at > 0 and name[0] in x.MAKES and not x.PREPOSITIONS.intersection(name[1:at])


def _stands_in(said: Sequence[str]) -> bool:
    """ "You can set FOO_TOKEN to try it, but the recorded fixtures cover everything": what follows "but" by itself."""
    begin = 0
    for n in (*(n for n, word in enumerate(said) if word in ("but", ";")), len(said)):
        if stands_in(said[begin:n]):
            return True
        begin = n + 1
    return False


def _hands_on(said: Said) -> int:
    """How often a sentence wants something tried or looked at: "eyeball week 52", "median into the wiki"."""
    said_words = said.words
    found = sum(word in x.OUTCOMES for word in said_words)
    found += sum(pair in x.HANDS_ON_PAIRS for pair in pairwise(said_words))
    if said.place is Place.NAME:
        return found + _begins_with_work(said_words)
    is_fronted = bool(said_words) and said_words[0] in x.PREPOSITIONS  # "with the lab's Redis compare ..."
    told = (
        word in x.HANDS_ON
        and not _is_see_also(said_words, n)
        and (is_fronted or not n or said_words[n - 1] in _BEFORE_A_VERB)
        for n, word in enumerate(said_words)
    )
    return found + sum(told) + _is_typed(said)


def _begins_with_work(name: Sequence[str]) -> bool:
    """ "Test the iOS build", "Replay dead letters", "Load test of the search"; not "Search box"."""
    if VERBS.get(name[0] if name else "", ("", ""))[1] == "base" and VERBS[name[0]][0] is Verb.WORK:
        following = name[1] if len(name) > 1 else ""
        return (
            (name[0] in x.TRIES and following not in x.TOOLS) or following in x.DETERMINERS or following[:1].isdigit()
        )
    return any(pair in x.TRIALS for pair in pairwise(name))


def _is_see_also(said: Sequence[str], n: int) -> bool:
    """ "See #55", "see also", "see https://...", "see the wiki": somewhere to read on."""
    following = said[n + 1 : n + 3]
    is_place = following[:1] != [] and (following[0][:1].isdigit() or following[0] == "also" or "://" in following[0])
    return said[n] == "see" and (is_place or not _READ_ON.isdisjoint(following))


def _is_typed(said: Said) -> bool:
    """ "EXPLAIN the three queries", "SELECT count(*) per month": a statement that somebody types."""
    return any(map(_is_statement, said.named))


def _is_statement(token: Token) -> bool:
    return token.word in x.STATEMENT_VERBS and token.raw.isupper()


def _rules_out(said: Sequence[str]) -> bool:
    """ "No stubs", "mongomock has no change streams", "not sqlite, locks behave differently"."""
    for n, word in enumerate(said):
        if word in x.STAND_INS | x.ALSO_STAND_INS or word.startswith(("mock", "fake")):
            near = (*said[max(0, n - 2) : n], *said[n + 1 : n + 5])
            if any(one in x.RULES_OUT or one.endswith("n't") for one in near):
                return True
    return False


def _is_accepted_live(said: Said) -> bool:
    if said.place not in (Place.OUTCOME, Place.CHECK):
        return False
    is_said = not {"end-to-end", "manually", "e2e"}.isdisjoint(said.words)
    return is_said or not x.ACCEPTED_LIVE.isdisjoint(pairwise(said.words))
