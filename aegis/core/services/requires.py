"""What a task's text requires: services, commands, variables, ports and URLs without which it cannot be done.

A text requires a thing where it says so ("needs Redis", "must be running"), and where the work is done with, or checked
on, the living thing ("replay the day against a local Kafka"): to mention, replace, remove, document or set it up is not
to require it. `decision` says how that is decided; here are the items of lists, and what the task's own work is. A
topic, queue, index or collection *of* a service, right behind its name, requires the service ("needs a Kafka topic
named x"); a client library does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from aegis.core.models import AsanaTask
from aegis.core.reading.environment import is_package
from aegis.core.references import references
from aegis.core.services import phrases as p
from aegis.core.services.addresses import with_things
from aegis.core.services.decision import Weighing, demanded
from aegis.core.services.denials import denies, is_choice
from aegis.core.services.requirement import THIS_MACHINE, Kind, Requirement
from aegis.core.services.scene import Place, Said, names_nothing, scene_of
from aegis.core.services.table import BY_NAME
from aegis.core.services.tails import is_address
from aegis.core.services.things import is_version, may_name_things
from aegis.core.services.words import Token, plain, tokens

MOST_REQUIRED = 20
"""Things that one text can require; a text that names more is no task's description."""

_LONGEST_ITEM = 300
_FARTHEST_ADDRESS = 5


def required_services(task: AsanaTask) -> tuple[Requirement, ...]:
    """What must be there before the task can be done, from its name and notes, in the text's order.

    Never raises, and takes time linear in the text. A service that is named with its address somewhere is one
    requirement, not two; so is one whose usual port is named: "Kafka (the suite connects to localhost:9092)".
    """
    if names_nothing(task):
        return ()
    text = scene_of(task)
    name = text[0].tokens
    found: dict[Requirement, None] = {}
    for thing in _required(task, text):
        if thing not in found and not _is_about(name, thing):
            found[thing] = None
        if len(found) >= MOST_REQUIRED:
            break
    named = [thing.service for thing in found if thing.kind is Kind.SERVICE and thing.address]
    usual = {_usual_place(thing) for thing in found}
    return tuple(
        thing for thing in found if (thing.address or thing.service not in named) and thing.service not in usual
    )


@lru_cache(maxsize=4096)  # a text's words are asked for in many ways
def is_service(words: str) -> bool:
    """Whether an item under "Dependencies:" asks for a service (or command, port, variable) and is no task's name."""
    if len(words) > _LONGEST_ITEM or not may_name_things(words):
        return False
    item = with_things(tokens(plain(words)))
    return bool(_item(item)) or _is_address_that_is_up(item)


def _required(task: AsanaTask, text: Sequence[Said]) -> Iterator[Requirement]:
    weighing = Weighing(text)
    for said in text[:1]:
        yield from demanded(said)
        yield from weighing.worked_on(said)
    if len(text) > 1:  # else all of it is code that is shown, or done
        for reference in references(task.notes, is_service):
            if reference.gid is None and len(reference.words) <= _LONGEST_ITEM and not is_package(reference.words):
                yield from _item(with_things(tokens(plain(reference.words))))
    for said in text[1:]:
        yield from _listed(said)
        yield from demanded(said)
        yield from weighing.worked_on(said)


# --- items ---------------------------------------------------------------------------------------------------


def _listed(said: Said) -> Iterator[Requirement]:
    """What an item of a list asks for by where it stands."""
    is_up = said.place is Place.BENCH and said.item and _says_it_is_up(said.tokens)
    if said.place is Place.ITEMS or is_up:
        yield from _item(said.named, listed=True)


def _says_it_is_up(item: Sequence[Token]) -> bool:
    """ "RabbitMQ is running", "FOO_TOKEN is set"."""
    words = [token.word for token in item]
    return bool(p.RUNS.intersection(words)) and not any(denies(word) for word in words)


def _is_address_that_is_up(item: Sequence[Token]) -> bool:
    """ "shop reachable at https://shop.example"."""
    if not any(map(is_address, item)) or any(denies(token.word) for token in item):
        return False
    return any(token.word in p.ANSWERS for token in item)


def _item(item: Sequence[Token], *, listed: bool = False) -> list[Requirement]:
    """The things that an item asks for; none where it is, or may be, more than that.

    With `listed` it stands below a heading that asks for things: what follows the name may say what it is for.
    """
    found: list[Requirement] = []
    if item and item[0].word in p.SETS_UP | p.DOES_AWAY | p.OPENS:
        return []
    for in_brackets, segment in _segments(item):
        things = _asked_by_all(segment, listed=listed)
        if things is None and not ((listed or in_brackets) and found):
            return []
        if things and not (in_brackets and found):  # "Kafka (docker compose up kafka)" asks for Kafka alone
            found += things
    return found


def _segments(item: Sequence[Token]) -> Iterator[tuple[bool, list[Token]]]:
    """The parts of an item between its marks, and whether each stands in brackets."""
    segment: list[Token] = []
    depth = 0
    for token in item:
        if not token.is_mark:
            segment.append(token)
            continue
        if segment:
            yield depth > 0, segment
        segment, depth = [], depth + {"(": 1, ")": -1}.get(token.word, 0)
    if segment:
        yield depth > 0, segment


def _asked_by_all(segment: Sequence[Token], *, listed: bool) -> list[Requirement] | None:
    """The things that words ask for where they say nothing else but what these are for; None where they do."""
    found: list[Requirement] = []
    purposes = ("for", "because", "since", "as", "so", *(("to", "via", "from") if listed else ()))
    for at, token in enumerate(segment):
        if token.thing is not None and (token.sure or (listed and token.code)):
            if is_choice(segment, at):
                return None
            found.append(token.thing)
        elif found and token.word in purposes:
            break
        elif _goes_with_it(segment, at, found, listed=listed):
            continue
        elif token.word not in p.AROUND and not is_version(token) and token.word not in _parts(segment, at):
            return None
    return found


def _goes_with_it(segment: Sequence[Token], at: int, found: Sequence[Requirement], *, listed: bool) -> bool:
    """ "FOO_TOKEN set", and in a list "the app on http://qa3.lan:8081": how, and what stands there."""
    if segment[at].word == "set" and found and found[-1].kind is Kind.VARIABLE:
        return True
    rest = segment[at : at + _FARTHEST_ADDRESS] if listed else ()
    at = next((n for n, token in enumerate(rest) if is_address(token)), 0)
    return any(token.word in ("on", "at", "under") for token in rest[:at])


def _parts(item: Sequence[Token], at: int) -> frozenset[str]:
    """What of the service before it may be named at a place."""
    thing = item[at - 1].thing if at else None
    return BY_NAME[thing.service].parts if thing is not None and thing.kind is Kind.SERVICE else frozenset()


# --- what the task's own work is -----------------------------------------------------------------------------


def _is_about(name: Sequence[Token], thing: Requirement) -> bool:
    """Whether a task of this name sets the thing up or does away with it: it is the object of such a verb."""
    return _is_replaced(name, thing) or any(
        _is_object(name, at) for at, token in enumerate(name) if _is_same(token, thing)
    )


def _is_replaced(name: Sequence[Token], thing: Requirement) -> bool:
    """ "Embedded store instead of the shared DB": what the text calls so goes, by another name."""
    words = [token.word for token in name]
    called = BY_NAME[thing.service].called if thing.kind is Kind.SERVICE else frozenset()
    return any(
        pair in (("instead", "of"), ("rid", "of"), ("replacement", "for")) and called.intersection(words[n + 2 : n + 6])
        for n, pair in enumerate(pairwise(words))
    )


def _is_same(token: Token, thing: Requirement) -> bool:
    if token.thing is None:
        return False
    if thing.service == _usual_place(token.thing):
        return True
    return token.thing == thing or (thing.kind is Kind.SERVICE and token.thing.service == thing.service)


def _usual_place(thing: Requirement) -> str:
    """Where a service listens when nobody says otherwise; "" of what is no service."""
    return f"{THIS_MACHINE}:{BY_NAME[thing.service].port}" if thing.kind is Kind.SERVICE else ""


def _is_object(name: Sequence[Token], at: int) -> bool:
    begin = max(0, at - 5)
    before = [token.word for token in name[begin:at]]
    following = [token.word for token in name[at + 1 : at + 4] if not is_version(token)]
    if following and following[0] in p.IS_SET_UP and not p.NOT.intersection(before):
        return True
    if following[:1] == [":"] and following[1:2] and following[1] in p.SETS_UP | p.DOES_AWAY:
        return True
    if (
        before[-2:] == ["no", "more"]
        or before[-1:] in (["off"], ["no"], ["without"])
        or before[-2:] in (["rid", "of"], ["away", "from"])
    ):
        return True
    verbs = [n for n, word in enumerate(before) if word in p.SETS_UP | p.DOES_AWAY or _opens(word, name[at])]
    its_own = not following or following[0] in p.ITS_OWN or name[at + 1].is_mark
    return bool(verbs) and its_own and not _breaks_off(name[begin + verbs[-1] : at])


def _opens(verb: str, token: Token) -> bool:
    """Whether a verb makes a port or a URL answer, or gives a variable its meaning: the task's own work as well."""
    return token.thing is not None and token.thing.kind in (Kind.PORT, Kind.URL, Kind.VARIABLE) and verb in p.OPENS


def _breaks_off(words: Sequence[Token]) -> bool:
    """Whether what follows these words is no longer the object of their verb."""
    for n, token in enumerate(words):
        if token.word == "," and not (words[n - 1].thing is not None or is_version(words[n - 1])):
            return True
    return any(token.word in p.ELSEWHERE | p.NEEDS | {"using", "with", ":", "("} for token in words)
