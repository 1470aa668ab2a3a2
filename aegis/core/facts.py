"""The facts that the judgement over a project rests on.

Others fetch the facts; nothing here asks the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from aegis.core.index import LONGEST_NAME, Index, Named, called
from aegis.core.models import AsanaTask, Project, ServiceProbe, Verdict
from aegis.core.scope import Scope, is_considered
from aegis.core.services import required_services

__all__ = ["LONGEST_NAME", "Facts", "Index", "KnownQuestion", "Named", "Past", "Survey", "called", "survey"]


@dataclass(frozen=True)
class Past:
    """What a task's past means for its next start."""

    failures: int = 0
    last_end: datetime | None = None
    last_verdict: Verdict | None = None
    undelivered: bool = False
    parked: bool = False


@dataclass(frozen=True)
class KnownQuestion:
    """An open question of ours in the project, and the tasks that wait for it as far as we know."""

    gid: str
    name: str
    task_gids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """All that the judgement needs.

    `tasks` are the project's open tasks in Asana's order; `outside` holds dependencies that are not among them, as a
    task or as the sentence that says why it cannot be seen; `completed` the tasks among which names are searched that
    no open task bears; `questions` our open ones by fingerprint.
    """

    project: Project
    tasks: tuple[AsanaTask, ...]
    now: datetime
    scope: Scope = field(default_factory=Scope)
    questions: Mapping[str, KnownQuestion] = field(default_factory=dict)
    outside: Mapping[str, AsanaTask | str] = field(default_factory=dict)
    completed: tuple[AsanaTask, ...] = ()
    subtasks: Mapping[str, tuple[AsanaTask, ...]] = field(default_factory=dict)
    probes: Mapping[str, ServiceProbe] = field(default_factory=dict)
    pasts: Mapping[str, Past] = field(default_factory=dict)
    running: Mapping[str, str] = field(default_factory=dict)
    max_attempts: int = 3
    code_location_error: str = ""

    @cached_property
    def index(self) -> Index:
        """The tasks by GID and by name."""
        questions = (question.gid for question in self.questions.values())
        return Index(
            tasks=self.tasks,
            completed=self.completed,
            subtasks=self.subtasks,
            outside=self.outside,
            questions=questions,
        )

    @cached_property
    def considered(self) -> tuple[AsanaTask, ...]:
        """The tasks that are judged."""
        ours = {question.gid for question in self.questions.values()}
        return tuple(
            task
            for task in self.tasks
            if is_considered(task, self.scope, self.project.gid, is_question=task.gid in ours)
        )


@dataclass(frozen=True)
class Survey:
    """What must still be fetched for a judgement."""

    outside: tuple[str, ...]
    names_unknown: bool
    parents: tuple[str, ...]
    services: tuple[str, ...]


def survey(facts: Facts) -> Survey:
    """What the considered tasks need that their list does not carry."""
    index = facts.index
    outside: dict[str, None] = {}
    unknown = False
    services: dict[str, None] = {}
    for task in facts.considered:
        named = index.named_by(task)
        needed = [*task.dependencies, *(one.gid for one in named if one.gid is not None)]
        outside.update(dict.fromkeys(gid for gid in needed if not index.is_here(gid)))
        services.update(dict.fromkeys(service.name for service in required_services(task)))
        unknown = unknown or any(not one.sure or (one.gid is None and not one.candidates) for one in named)
    parents = tuple(task.gid for task in facts.considered if task.num_subtasks)
    return Survey(tuple(outside), unknown, parents, tuple(services))
