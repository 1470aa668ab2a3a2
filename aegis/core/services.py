"""Services that a task may require: how its text says so, and what a person can do about one that is away.

A text requires a service where it says "requires", "needs", "must be running" and the like *of the service*: to
mention, replace, remove or set it up is not to require it. Decided word by word within a clause, so that "needs a
Redis client" and "does not need Redis" are told from "needs a local Redis".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aegis.core.models import AsanaTask, ReplyOption
from aegis.core.references import prose, references


@dataclass(frozen=True)
class Service:
    """A service: `word` is how people call it (its version apart), `options` what can be done about its absence."""

    name: str
    word: str
    options: tuple[ReplyOption, ...]
    recommendation: str


SERVICES: tuple[Service, ...] = (
    Service(
        "PostgreSQL",
        r"postgres(?:ql)?",
        (
            ReplyOption(
                label="Start it with Docker: docker compose up -d postgres",
                pros="nothing to install, the same version for everybody",
                cons="needs Docker",
            ),
            ReplyOption(
                label="Start the local one (brew services start postgresql@16, or sudo systemctl start postgresql)",
                pros="no container",
                cons="needs PostgreSQL on this machine",
            ),
            ReplyOption(
                label="Name another server in DATABASE_URL",
                pros="nothing runs on this machine",
                cons="needs a server that can be reached",
            ),
        ),
        "the first: it is reproducible and easy to remove",
    ),
    Service(
        "Redis",
        r"redis|valkey",
        (
            ReplyOption(
                label="Start it with Docker: docker compose up -d redis", pros="nothing to install", cons="needs Docker"
            ),
            ReplyOption(
                label="Start the local one (brew services start redis, or sudo systemctl start redis-server)",
                pros="no container",
                cons="needs Redis on this machine",
            ),
            ReplyOption(
                label="Name another server in REDIS_URL", pros="nothing runs on this machine", cons="needs a server"
            ),
        ),
        "the first: it is reproducible and easy to remove",
    ),
    Service(
        "Docker",
        r"docker(?:-compose)?",
        (
            ReplyOption(
                label="Start Docker Desktop, or sudo systemctl start docker", pros="all tasks can use it", cons="memory"
            ),
            ReplyOption(
                label="Say in the task how to do it without Docker",
                pros="nothing to install",
                cons="another way of work",
            ),
        ),
        "the first",
    ),
)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NEEDS = _set("require requires required requiring need needs needing")
_ON = _set("depends depend relies rely builds")  # "depends on"
_NEEDED = _set("required needed necessary mandatory")
_MUST = _set("must should has have needs need")
_RUNS = _set("running up available started reachable online")
_NOT = _set(
    "no not without never neither nor isn't aren't doesn't don't didn't won't needn't cannot can't nothing optional "
    "optionally instead if whether would could might may"
)
_UNTIL = _set("before until unless once")  # "do not start before Redis is running" wants it running
_INSISTS = _set("sure ensure assume assumes assuming with once until before while when")
_SETS_UP = _set(
    "set setup install provision deploy start launch spin bring stand run create configure dockerize dockerise "
    "containerize containerise introduce boot add"
)
_DOES_AWAY = _set("remove replace drop uninstall evaluate choose compare document describe retire deprecate")
_ITS_OWN = _set(
    "server instance database db container service cluster daemon engine desktop compose locally for on in with via "
    "using and or , as to at through version"
)
"""After "set up Redis", these (and the end) say that Redis itself is set up, and nothing around it."""
_ELSEWHERE = _set(
    "to from for about of in by support review help docs documentation migration decision knowledge experience"
)
"""Between "needs" and a service's name, these say that something else is needed."""
_SUBORDINATE = _set("as since because which then so where while when it we they you this that is are was were will can")
_PART_OF_IT = _set(
    "client clients library libraries driver drivers adapter docs documentation guide manual knowledge expertise "
    "experience skills syntax dialect dump dumps support plugin module package caching pool schema queries query tests "
    "team image images hub file files config configuration key keys url url's review migration migrations"
)
"""A service's name before one of these is no more than its name."""
_AROUND = _set(
    "a an the our your this any one both either all running up and or , installed available must be is are needs to "
    "server service database instance daemon engine container local locally on localhost reachable started requires "
    "required needed access db cluster version at least later newer working live host machine with only"
)
_WORD = re.compile(r"\w[\w'@./+:-]*|[,;:()\[\]–—]")
_VERSION = re.compile(r"v?\d[\w.:+-]*")
_ACCESS = re.compile(
    r"\b(?:(?:to )?(?:be )?(?:access|connections?|connected|connect|talk) (?:to|with)|"
    r"to (?:use|reach|access)|to be|to have)\b"
)
_FARTHEST = 14


def required_services(task: AsanaTask) -> tuple[Service, ...]:
    """The services that must answer before the task can be done, from its name and notes."""
    return tuple(service for service in SERVICES if _requires(task, service))


def is_service(words: str) -> bool:
    """Whether an item under "Dependencies:" asks for a service ("a running Redis") and is no task's name."""
    return any(_asks_for(service, words) for service in SERVICES)


def _asks_for(service: Service, item: str) -> bool:
    words = [word for word in _words(item) if word not in _AROUND and not _VERSION.fullmatch(word)]
    return any(_is(service, word) for word in words) and all(_any_service(word) for word in words)


def _requires(task: AsanaTask, service: Service) -> bool:
    text = f"{task.name}\n{task.notes}"
    if not re.search(rf"\b(?:{service.word})", text, re.IGNORECASE):
        return False
    if _is_about(_words(task.name), service):
        return False  # the work itself brings the service, or does away with it
    if any(_asks_for(service, item.words) for item in references(task.notes, is_service)):
        return True
    sentences = re.split(r"(?<=[.!?])\s|\n", f"{task.name}\n{prose(task.notes)}")
    return any(_says_so(sentence, service) for sentence in sentences)


def _is_about(name: Sequence[str], service: Service) -> bool:
    """Whether a task of this name sets the service up or does away with it: it is the object of such a verb."""
    for at in _places(name, service):
        before = name[max(0, at - 5) : at]
        verbs = [n for n, word in enumerate(before) if word in _SETS_UP | _DOES_AWAY]
        follows = next((word for word in name[at + 1 :] if not _VERSION.fullmatch(word)), "")
        its_own = not follows or follows in _ITS_OWN
        if verbs and its_own and not _breaks_off(before[verbs[-1] :]):
            return True
    return False


def _breaks_off(words: Sequence[str]) -> bool:
    """Whether what follows these words is no longer the object of their verb."""
    listed = all(_any_service(words[n - 1]) for n, word in enumerate(words) if word == ",")
    return not listed or bool((_ELSEWHERE | _NEEDS | _set("on with using via against")).intersection(words))


def _says_so(sentence: str, service: Service) -> bool:
    """Whether a sentence requires the service; a question requires nothing."""
    if sentence.rstrip().endswith("?"):
        return False
    words = _words(sentence)
    for at in _places(words, service):
        follows = words[at + 1] if at + 1 < len(words) else ""
        if follows not in _PART_OF_IT and (_asked_before(words[:at]) or _asked_after(words[:at], words[at + 1 :])):
            return True
    return False


def _asked_before(before: Sequence[str]) -> bool:
    """ "Requires (a running) Redis": from the nearest word that requires on, nothing leads elsewhere."""
    for at in range(len(before) - 1, max(-1, len(before) - 1 - _FARTHEST), -1):
        begin = at + 1
        if before[at] in _ON and list(before[begin : begin + 1]) in (["on"], ["upon"]):
            begin += 1
        elif before[at] not in _NEEDS:
            continue
        return not _is_denied(before[:at]) and not _leads_elsewhere(before[begin:])
    return False


def _leads_elsewhere(between: Sequence[str]) -> bool:
    words = _ACCESS.sub(" ", " ".join(between)).split()
    if (_ELSEWHERE | _SETS_UP | _DOES_AWAY | _NOT).intersection(words):
        return True
    if any(word.endswith("ing") and word not in ("running", "working", "existing") for word in words):
        return True
    listed = words[words.index(",") :] if "," in words else []
    return bool(_SUBORDINATE.intersection(listed))


def _asked_after(before: Sequence[str], after: Sequence[str]) -> bool:
    """ "Redis must be running", "Redis is required", "make sure that Redis is up"."""
    verb = next((n for n, word in enumerate(after) if word in _MUST | _NEEDED | _RUNS or word in ("is", "are")), None)
    if verb is None or _is_denied(before) or _sets_up(before[-3:]):
        return False
    if any(word not in _AROUND and word not in ("which", "that") and not _any_service(word) for word in after[:verb]):
        return False
    said = after[verb : verb + 5]
    if _NOT.intersection(said):
        return False
    if said[0] in _MUST:
        return bool((_RUNS | _NEEDED).intersection(said))
    if _NEEDED.intersection(said[:3]):
        return "by" not in said[:4]
    return bool(_RUNS.intersection(said[:3])) and bool(_INSISTS.intersection(before[-5:]))


def _sets_up(before: Sequence[str]) -> bool:
    return bool(_SETS_UP.intersection(before)) and not _UNTIL.intersection(before)


def _is_denied(before: Sequence[str]) -> bool:
    """Whether what follows is denied or only supposed; "do not start before ..." is neither."""
    near = before[-4:]
    while "," in near:
        near = near[list(near).index(",") + 1 :]
    return bool(_NOT.intersection(near)) and not _UNTIL.intersection(near)


def _places(words: Sequence[str], service: Service) -> list[int]:
    return [at for at, word in enumerate(words) if _is(service, word)]


def _any_service(word: str) -> bool:
    return any(_is(service, word) for service in SERVICES) or _VERSION.fullmatch(word) is not None


def _is(service: Service, word: str) -> bool:
    return re.fullmatch(rf"(?:{service.word})(?:[@:-]?\d[\d.x]*)?(?:'s)?", word) is not None


def _words(text: str) -> list[str]:
    """The words in small letters; marks that part a sentence stand as commas."""
    words = []
    for found in _WORD.findall(text.casefold().replace("’", "'").replace("*", " ").replace("_", " ")):
        word = found.rstrip("'@./+:-")
        words += [word] if word and word not in ",;()[]–—" else []
        words += [","] if found[-1] in ",;:()[]–—" else []
    return words
