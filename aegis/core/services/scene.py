"""A task's text as the sentences that name things, each with its place: below which heading, behind which label.

What a text calls "the broker" or "it" later on is what it named before: `Said.tokens` say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from aegis.core.models import AsanaTask
from aegis.core.services import phrases as p
from aegis.core.services.addresses import with_things
from aegis.core.services.lexicon import ENVIRONMENTS, LIVE
from aegis.core.services.requirement import Kind, Requirement
from aegis.core.services.table import BY_NAME
from aegis.core.services.things import by_nickname, is_version, may_name_things, nicknames_of
from aegis.core.services.words import Line, Token, lines_of, plain, sentences, tokens


class Place(Enum):
    """What a heading or a label makes of the sentences below or behind it."""

    NAME = "the task's name"
    PLAIN = "nothing"
    ITEMS = "things that are asked for"
    BENCH = "how things must stand before the work"
    OUTCOME = "what the work brings about, and how it is accepted"
    CHECK = "how the work is done, tried or checked"
    REPORT = "how it was where somebody saw the fault: their steps, their versions"
    ASIDE = "what is not for now"


@dataclass(frozen=True)
class Said:
    """A sentence and its place. `tokens` has the things by all their names, `named` only those that it names itself."""

    named: Sequence[Token]
    tokens: Sequence[Token]
    place: Place = Place.PLAIN
    item: bool = False

    @cached_property
    def words(self) -> Sequence[str]:
        """Its words and marks."""
        return [token.word for token in self.named]

    @cached_property
    def may_lack(self) -> bool:
        """Whether it may say that something is not there."""
        return not p.LACKS.isdisjoint(self.words) or any(word.endswith("n't") for word in self.words)


_LIST = re.compile(
    r"(?:what )?(?:must (?:be )?(?:running|run|up)|"
    r"(?:running )?(?:tools?|commands?|services?|environment variables) (?:needed|required)|"
    r"you(?:'ll| will| would)? need|we need|needs?|requires?|required|requirements?|pre-?req(?:uisite)?s?|"
    r"preconditions?|benötigt|braucht|voraussetzungen|nécessite|requiere|necesita|"
    r"before (?:you )?start(?:ing)?|make sure (?:that )?you have|depends on|needed|dependencies)"
    r"\b[^:]{0,60}:?",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:out of scope|not in scope|non-?goals?|follow-?ups?|future(?: work)?|later|nice to have|optional(?:ly)?|"
    r"examples?|error(?: message)?s?|logs|log(?=\s*:|$| line| output| file)|"
    r"alternatives?(?: considered)?|suspects?|considered|rejected|dismissed|"
    r"stack ?trace|phase [2-9]|not now|ideas?|wontfix|won't do|see also|related)"
    r"\b[^:]{0,30}:?",
    re.IGNORECASE,
)
_BENCH = re.compile(
    r"(?:(?:local|test|testing|dev|development|the) ?)*(?:set-?up|environment|test ?bed|bench|rig|preparations?|given|"
    r"starting point|stack|infrastructure)\b(?! (?:steps|script|guide|page|wizard))[^:]{0,60}:?|"
    r"(?:checklist|before(?:hand)?|first|up ?front|prior|to ?do before)\b[^:]{0,40}:?",
    re.IGNORECASE,
)
"""Below these, "X is running" says what must be so; elsewhere it tells how things are."""
_OUTCOME = re.compile(
    r"(?:acceptance(?: criteria)?|definition of done|done when|dod|expected(?: behaviou?r| result)?|"
    r"actual(?: behaviou?r| result)?|goals?|result|ac)\b[^:]{0,30}:?",
    re.IGNORECASE,
)
_CHECK = re.compile(
    r"(?:how ?(?:to|i|we)?\b|to (?:reproduce|verify|test|check|try|run)|steps|verif\w+|verify|check(?:s|ed|ing|list)?|"
    r"test(?:s|ed|ing|plan)?|repro(?:duce|duction)?|run(?:ning)?(?: it)?|procedure|plan|proof|validation|measure\w*|"
    r"work ?flow|(?:what )?to ?do|then|try(?: it)?|qa|demo|benchmark|experiment|recipe|commands?|do)"
    r"\b[^:]{0,40}:?",
    re.IGNORECASE,
)
_PLACES = (
    (_ASIDE, Place.ASIDE),
    (_OUTCOME, Place.OUTCOME),
    (_LIST, Place.ITEMS),
    (_BENCH, Place.BENCH),
    (_CHECK, Place.CHECK),
)
_OF_A_REPORT = re.compile(
    r"(?:describe the (?:bug|problem)|(?:current|actual|observed|expected) ?(?:behaviou?r|results?|outcome)?|"
    r"what (?:happen(?:s|ed)|you (?:see|saw|expected))|stack ?trace|(?:relevant )?logs?(?: output)?|symptoms?|"
    r"anything else|additional context)\b[^:]{0,20}:?$|(?:expected|actual)\b[^:]{0,20}:",
    re.IGNORECASE,
)
"""Headings and labels of a report of a fault; where one stands, steps and versions are those of who saw it."""
_REPORTED = re.compile(
    r"(?:(?:steps(?: to reproduce)?|(?:how )?to reproduce|reproduc\w+|repro|"
    r"(?:your )?(?:environment|set-?up|system|services|stack|platform|infrastructure)|deployment|versions?)"
    r"(?: info\w*)?)\b[^:]{0,20}:?",
    re.IGNORECASE,
)
_BARE_HEADINGS = p.words("requirements prerequisites prerequisite preconditions prereqs requires needs needed required")
_LISTS = (Place.ITEMS, Place.BENCH)
_LONGEST = 200
"""Words of a sentence that are read as one; no person writes longer ones."""


def scene_of(task: AsanaTask) -> tuple[Said, ...]:
    """The sentences of a task's name and notes that name things, in the text's order; not those that are set aside."""
    nicknames = nicknames_of(f"{task.name}\n{task.notes}")
    name = with_things(by_nickname(tokens(plain(task.name)), nicknames))
    found = [Said(name[:_LONGEST], name[:_LONGEST], Place.NAME), *_of_notes(task.notes, nicknames)]
    return tuple(_with_other_names(found))


# --- lines and their places ----------------------------------------------------------------------------------


def _of_notes(notes: str, nicknames: frozenset[str]) -> Iterator[Said]:
    """The sentences of the lines; those below a heading, or behind a label, with what it makes of them."""
    place, is_section, listed = Place.PLAIN, False, False
    lines = list(lines_of(notes))
    is_report = any(_OF_A_REPORT.match(line.text.strip("*_ ")) for line in lines if line.text)
    for line in lines:
        if not line.text:
            if not is_section and listed and place in _LISTS:
                place = Place.PLAIN
            continue
        if not line.text.strip("=-_* "):
            continue
        label, heads = _label(line, is_report=is_report)
        listed = line.item
        if label is not None or line.heading:
            place, is_section = label or Place.PLAIN, heads
        elif not line.item and place not in _LISTS and not is_section:
            place = Place.PLAIN
        if place is not Place.ASIDE:
            for sentence in sentences(line.text, asked=True):
                named = with_things(by_nickname(sentence, nicknames))
                for begin in range(0, len(named), _LONGEST):
                    part = named[begin : begin + _LONGEST]
                    yield Said(part, part, place, line.item)


def _label(line: Line, *, is_report: bool) -> tuple[Place | None, bool]:
    """What a heading, or a label at a line's begin, makes of what follows, and whether to the section's end."""
    text = line.text.strip("*_ ")
    for pattern, place in ((_REPORTED, Place.REPORT), *_PLACES) if is_report else _PLACES:
        found = pattern.match(text)
        if found is None:
            continue
        is_alone, has_colon = found.end() == len(text), found[0].endswith(":")
        if line.heading and is_alone:
            return place, place is not Place.ITEMS
        if has_colon and (is_alone or place not in _LISTS):
            return place, False
        if is_alone and not line.item and text.casefold() in _BARE_HEADINGS:
            return place, False
    return None, False


# --- other names ---------------------------------------------------------------------------------------------

_DETERMINERS = p.words("the a an our your this that its real actual live running local no any without one")
_ADDRESS_NOUNS = p.words(
    "endpoint server emulator simulator sim sandbox service gateway collector mock stub address url host api target"
)
_AFTER_A_PREPOSITION = p.words("against with on from without to in into at via through")
_EQUATES = p.words("is = : at on under")
_BACK = p.words("it that them those there one")
_HAVE = p.words("have keep get bring start")
_PRONOUNS = p.words("it that which one")


def _with_other_names(found: Sequence[Said]) -> Iterator[Said]:
    nouns = _nouns_of({token.thing for said in found for token in said.named if token.thing is not None})
    equated = dict(_equated(found))
    known: set[Requirement] = set()
    last: Requirement | None = None
    for said in found:
        known.update(token.thing for token in said.named if token.thing is not None)
        if said.place is not Place.NAME:
            meant = list(_meant(said.named, {**{n: t for n, t in nouns.items() if t in known}, **equated}, last))
            if any(token is not own for token, own in zip(meant, said.named, strict=True)):
                said = replace(said, tokens=meant)
        yield said
        last = next((token.thing for token in reversed(said.named) if token.thing is not None and token.sure), last)


def _nouns_of(things: Iterable[Requirement]) -> Mapping[str, Requirement]:
    """The nouns by which a text goes on to call just one of the things that it names."""
    called: dict[str, dict[str, Requirement]] = {}
    for thing in sorted(things):
        is_place = thing.kind in (Kind.PORT, Kind.URL)
        nouns = BY_NAME[thing.service].called if thing.kind is Kind.SERVICE else _ADDRESS_NOUNS if is_place else ()
        for noun in (*nouns, *(("instance",) if thing.kind is Kind.SERVICE and nouns else ())):
            called.setdefault(noun, {})[thing.service] = thing
    return {noun: next(iter(named.values())) for noun, named in called.items() if len(named) == 1}


def _equated(found: Iterable[Said]) -> Iterator[tuple[str, Requirement]]:
    """The noun of "the broker is mq.lab:5672", "the shop (http://localhost:4200)": so the text calls the address."""
    for said in found:
        for at, token in enumerate(said.named):
            if token.thing is None or token.thing.kind not in (Kind.PORT, Kind.URL):
                continue
            n = at - (said.words[at - 1] in _EQUATES) if at else 0
            begins = n == 1 or (n > 1 and said.words[n - 2] in ("the", "our", *ENVIRONMENTS))
            if begins and n < at and said.named[n - 1].word.isalpha():
                yield said.words[n - 1], token.thing


def _meant(named: Sequence[Token], nouns: Mapping[str, Requirement], last: Requirement | None) -> Iterator[Token]:
    """The tokens, with what "the broker" and "against it" mean."""
    here = {token.thing for token in named}
    only = last if set(nouns.values()) <= {last} else None
    for at, token in enumerate(named):
        before = named[at - 1] if at else Token("")
        thing = nouns.get(token.word)
        if token.thing is not None:
            last = token.thing if token.sure else last
            yield token
        elif token.word == "one" and last is not None and _is_such_a_one(named, at):
            yield replace(token, thing=last)
        elif token.word == "server" and before.word in p.LIVE and only is not None:
            yield replace(token, thing=only)  # "verify on a real server"
        elif (
            thing is not None
            and _stands_alone(named, at)
            and (thing.kind is Kind.SERVICE or thing not in here)
            and not _is_something_else(named, at)
        ):
            yield replace(token, thing=thing)
        elif token.word in _BACK and last is not None and before.word in _AFTER_A_PREPOSITION | _HAVE:
            is_end = (
                at + 1 == len(named)
                or named[at + 1].is_mark
                or token.word in ("it", "there", "one")
                or before.word in _HAVE
            )
            yield replace(token, thing=last) if is_end else token
        elif last is not None and token.word in _PRONOUNS and _must_be_up(named[at + 1 : at + 5]):
            yield replace(token, thing=last)
        else:
            yield token


def _is_such_a_one(named: Sequence[Token], at: int) -> bool:
    """ "Run it twice against a local one"."""
    before = [token.word for token in named[max(0, at - 3) : at]]
    is_led = before[:1] != [] and before[0] in _AFTER_A_PREPOSITION
    return (
        is_led
        and before[1:2] in (["a"], ["an"], ["the"], ["our"])
        and before[2:] != []
        and before[2] in LIVE | ENVIRONMENTS
    )


def _is_something_else(named: Sequence[Token], at: int) -> bool:
    """ "In dev the cache is a plain dict", "CACHE=memory": what the noun means there."""
    after = [token.word for token in named[at + 1 : at + 3]]
    return named[at].raw.isupper() or (after[:1] == ["is"] and after[1:] in (["a"], ["an"], ["just"], ["only"]))


def _must_be_up(words: Sequence[Token]) -> bool:
    """ "..., so it has to be up": what is said of no other thing than one that runs."""
    said = [token.word for token in words]
    return (
        said[:1] != []
        and said[0] in p.MUST
        and "be" in said[:3]
        and bool((p.STATES | {"reachable"}).intersection(said))
    )


def _stands_alone(named: Sequence[Token], at: int) -> bool:
    """Whether a noun is neither a part of a thing's name ("Kafka broker") nor names it itself ("broker kafka-1:9")."""
    n = at - 1
    while n >= 0 and is_version(named[n]):
        n -= 1
    if (n >= 0 and named[n].thing is not None) or (at + 1 < len(named) and named[at + 1].thing is not None):
        return False
    is_said = at + 1 < len(named) and named[at + 1].word in p.MUST | p.FINITE
    return n < 0 or is_said or named[n].is_mark or named[n].word in _DETERMINERS or named[n].word in ENVIRONMENTS


def names_nothing(task: AsanaTask) -> bool:
    """Whether a task's text names nothing that can be required: most."""
    return not may_name_things(task.name) and not may_name_things(task.notes)
