"""Services that a task may require: how its text says so, and what a person can do about one that is away."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aegis.core.models import AsanaTask, ReplyOption
from aegis.core.references import dependency_items, prose, same_name, split_item


@dataclass(frozen=True)
class Service:
    """A service: `words` is how people call it, `options` what can be done when it does not answer."""

    name: str
    words: str
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
        r"docker(?: daemon| engine)?",
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

_NEEDS = (
    r"requires?|required|requiring|needs?|needed|depends? on|relies on|must be (?:up|running|available)|is running|"
    r"(?:up and )?running"
)
_SETS_UP = (
    r"set(?:s|ting)?[ -]?up|install\w*|configur\w*|provision\w*|deploy\w*|start(?:s|ing)?|introduc\w*|evaluat\w*|"
    r"choos\w*|document\w*|dockeri[sz]e\w*|containeri[sz]e\w*|replac\w*|remov\w*|migrat\w* to"
)
_NOT = r"\b(?:no|not|without|never|n't|instead of|optional(?:ly)?|doesn't|does not|don't|do not)\b"


def required_services(task: AsanaTask) -> tuple[Service, ...]:
    """The services that must answer before the task can be done, from its name and notes."""
    return tuple(service for service in SERVICES if _requires(task, service))


def _requires(task: AsanaTask, service: Service) -> bool:
    if re.search(rf"\b(?:{_SETS_UP})\b.*\b(?:{service.words})\b", task.name, re.IGNORECASE):
        return False  # the work itself brings the service
    named = {same_name(part) for item in dependency_items(task.notes) for part in split_item(item)}
    if any(re.fullmatch(service.words, name) for name in named):
        return True
    sentences = re.split(r"(?<=[.!?;])\s+|\n", f"{task.name}\n{prose(task.notes)}")
    return any(_says_so(sentence, service.words) for sentence in sentences)


def _says_so(sentence: str, words: str) -> bool:
    flat = sentence.casefold()
    if not re.search(rf"\b(?:{words})\b", flat) or re.search(_NOT, flat):
        return False
    if re.search(rf"\b(?:{_SETS_UP})\b[^,]*\b(?:{words})\b", flat):
        return False
    needs = rf"\b(?:{_NEEDS})\b"
    return bool(re.search(rf"{needs}.*\b(?:{words})\b|\b(?:{words})\b.*{needs}", flat))


def is_service_name(text: str) -> bool:
    """Whether an item under "Dependencies:" names a service and not a task."""
    return any(re.fullmatch(service.words, same_name(text)) for service in SERVICES)
