"""What a task's text requires: services, commands, variables, ports and URLs without which it cannot be done.

A text requires a thing where it says "requires", "needs", "must be running" and the like *of the thing*: to mention,
replace, remove, document or set it up is not to require it. Decided word by word within a sentence, so that "needs a
Redis client" and "does not need Redis" are told from "needs a local Redis". A topic, queue, index or collection *of* a
service, right behind its name, requires the service ("needs a Kafka topic named x"); a client library does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.core.models import AsanaTask
from aegis.core.references import references
from aegis.core.services import phrases as p
from aegis.core.services.asks import asks_for
from aegis.core.services.denials import denies, is_choice
from aegis.core.services.requirement import Kind, Requirement
from aegis.core.services.table import BY_NAME
from aegis.core.services.things import is_version, may_name_things, with_things
from aegis.core.services.words import Line, Token, lines_of, plain, sentences, tokens

MOST_REQUIRED = 20
"""Things that one text can require; a text that names more is no task's description."""

_LONGEST_ITEM = 300

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
    r"examples?|error(?: message)?s?|logs?|stack ?trace|phase [2-9]|not now|ideas?|wontfix|won't do|see also|related)"
    r"\b[^:]{0,30}:?",
    re.IGNORECASE,
)
_BENCH = re.compile(
    r"(?:(?:local|test|testing|dev|development|the) ?)*(?:set-?up|environment|test ?bed|bench|rig|preparations?|given|"
    r"starting point|stack|infrastructure)\b(?! (?:steps|script|guide|page|wizard))[^:]{0,60}:?",
    re.IGNORECASE,
)
"""Below these, "X is running" says what must be so; elsewhere it tells how things are."""
_OUTCOME = re.compile(
    r"(?:acceptance(?: criteria)?|definition of done|done when|dod|expected(?: behaviou?r| result)?|"
    r"actual(?: behaviou?r| result)?|goals?|result|ac)\b[^:]{0,30}:?",
    re.IGNORECASE,
)
_BARE_HEADINGS = p.words("requirements prerequisites prerequisite preconditions prereqs requires needs needed required")


def required_services(task: AsanaTask) -> tuple[Requirement, ...]:
    """What must be there before the task can be done, from its name and notes, in the text's order.

    Never raises, and takes time linear in the text. A service that is named with its address somewhere is one
    requirement, not two.
    """
    if not may_name_things(task.name) and not may_name_things(task.notes):
        return ()
    found: dict[Requirement, None] = {}
    name = with_things(tokens(plain(task.name)))
    for thing in _required(task, name):
        if thing not in found and not _is_about(name, thing):
            found[thing] = None
        if len(found) >= MOST_REQUIRED:
            break
    named = [thing.service for thing in found if thing.kind is Kind.SERVICE and thing.address]
    return tuple(thing for thing in found if thing.address or thing.service not in named)


def is_service(words: str) -> bool:
    """Whether an item under "Dependencies:" asks for a service (or command, port, variable) and is no task's name."""
    if len(words) > _LONGEST_ITEM or not may_name_things(words):
        return False
    return bool(_item(with_things(tokens(plain(words)))))


def _required(task: AsanaTask, name: Sequence[Token]) -> Iterator[Requirement]:
    yield from _said(name)
    if not any(line.text for line in lines_of(task.notes)):
        return  # all of it is code that is shown, or done
    for reference in references(task.notes, is_service):
        if reference.gid is None and len(reference.words) <= _LONGEST_ITEM:
            yield from _item(with_things(tokens(plain(reference.words))))
    yield from _of_notes(task.notes)


def _said(sentence: Sequence[Token], *, is_outcome: bool = False) -> Iterator[Requirement]:
    for at, token in enumerate(sentence):
        if token.thing is not None and asks_for(sentence, at, is_outcome=is_outcome):
            yield token.thing


# --- lines and lists -----------------------------------------------------------------------------------------


def _of_notes(notes: str) -> Iterator[Requirement]:
    """What the lines require: each by itself, or as an item below a heading such as "You need:"."""
    mode, listed = "", False
    for line in lines_of(notes):
        if not line.text:
            mode = "" if mode in ("items", "bench") and listed else mode
        if not line.text.strip("=-_* "):
            continue
        label, listed = _label(line), line.item
        if label or line.heading:
            mode = label
        elif not line.item and mode not in ("items", "bench"):
            mode = mode if mode.endswith("section") else ""
        if mode.startswith("aside"):
            continue
        for sentence in sentences(line.text) if may_name_things(line.text) else ():
            found = with_things(sentence)
            if any(token.thing for token in found):
                is_up = mode.startswith("bench") and line.item and _says_it_is_up(found)
                if mode == "items" or is_up:
                    yield from _item(found, listed=True)
                yield from _said(found, is_outcome=mode.startswith("outcome"))


def _says_it_is_up(item: Sequence[Token]) -> bool:
    """ "RabbitMQ is running", "FOO_TOKEN is set"."""
    words = [token.word for token in item]
    return bool(p.RUNS.intersection(words)) and not any(denies(word) for word in words)


def _label(line: Line) -> str:
    """What a heading, or a label at a line's begin, makes of what follows; "" where it is neither."""
    text = line.text.strip("*_ ")
    for pattern, mode in ((_ASIDE, "aside"), (_OUTCOME, "outcome"), (_LIST, "items"), (_BENCH, "bench")):
        found = pattern.match(text)
        if found is None:
            continue
        is_alone, has_colon = found.end() == len(text), found[0].endswith(":")
        if line.heading and is_alone:
            return mode if mode == "items" else f"{mode} section"
        if has_colon and (is_alone or mode not in ("items", "bench")):
            return mode
        if is_alone and not line.item and text.casefold() in _BARE_HEADINGS:
            return mode
    return ""


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
        elif token.word == "set" and found and found[-1].kind is Kind.VARIABLE:
            continue
        elif token.word not in p.AROUND and not is_version(token) and token.word not in _parts(segment, at):
            return None
    return found


def _parts(item: Sequence[Token], at: int) -> frozenset[str]:
    """What of the service before it may be named at a place."""
    thing = item[at - 1].thing if at else None
    return BY_NAME[thing.service].parts if thing is not None and thing.kind is Kind.SERVICE else frozenset()


# --- what the task's own work is -----------------------------------------------------------------------------


def _is_about(name: Sequence[Token], thing: Requirement) -> bool:
    """Whether a task of this name sets the thing up or does away with it: it is the object of such a verb."""
    return any(_is_object(name, at) for at, token in enumerate(name) if _is_same(token, thing))


def _is_same(token: Token, thing: Requirement) -> bool:
    if token.thing is None:
        return False
    return token.thing == thing or (thing.kind is Kind.SERVICE and token.thing.service == thing.service)


def _is_object(name: Sequence[Token], at: int) -> bool:
    begin = max(0, at - 5)
    before = [token.word for token in name[begin:at]]
    following = [token.word for token in name[at + 1 : at + 4] if not is_version(token)]
    if following and following[0] in p.IS_SET_UP and not p.NOT.intersection(before):
        return True
    if following[:1] == [":"] and following[1:2] and following[1] in p.SETS_UP | p.DOES_AWAY:
        return True
    if before[-1:] == ["off"] or before[-2:] in (["rid", "of"], ["away", "from"]):
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
