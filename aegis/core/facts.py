"""The facts that the judgement over a project rests on.

Others fetch the facts; nothing here asks the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from aegis.core.analysis import Finding
from aegis.core.index import LONGEST_NAME, Index, Named, called
from aegis.core.models import Answer, AsanaTask, Effect, Project, ServiceProbe, Verdict
from aegis.core.readings import Readings
from aegis.core.scope import Scope, is_considered, is_where_we_put_it
from aegis.core.services import Requirement

__all__ = ["LONGEST_NAME", "Facts", "Index", "KnownQuestion", "Named", "Past", "Survey", "called", "survey"]


@dataclass(frozen=True)
class Past:
    """What a task's past means for its next start."""

    failures: int = 0
    last_end: datetime | None = None
    last_verdict: Verdict | None = None
    undelivered: bool = False
    parked: bool = False
    last_words: str = ""  # what its latest execution came to, where it failed for good


@dataclass(frozen=True)
class KnownQuestion:
    """An open question of ours, and the tasks that wait for it as far as we know.

    `gid` is None where Asana has not made its task yet. It may be another project's: some causes are no project's own.
    """

    gid: str | None
    name: str
    task_gids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settled:
    """A question that a person answered, and whose answer still counts."""

    gid: str | None
    name: str
    answer: Answer
    task_gids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """All that the judgement needs.

    `tasks` are the project's open tasks in Asana's order; `outside` holds dependencies that are not among them, as a
    task or as the sentence that says why it cannot be seen; `completed` the tasks among which names are searched that
    no open task bears; `questions` our open ones by fingerprint, `settled` the answered ones; `question_gids` the tasks
    that are questions of an Aegis, of this one or another, open or not; `host` is this machine's name; `findings` what
    Claude found in the texts of tasks, by GID.
    """

    project: Project
    tasks: tuple[AsanaTask, ...]
    now: datetime
    scope: Scope = field(default_factory=Scope)
    questions: Mapping[str, KnownQuestion] = field(default_factory=dict)
    settled: Mapping[str, Settled] = field(default_factory=dict)
    question_gids: frozenset[str] = frozenset()
    outside: Mapping[str, AsanaTask | str] = field(default_factory=dict)
    completed: tuple[AsanaTask, ...] = ()
    subtasks: Mapping[str, tuple[AsanaTask, ...]] = field(default_factory=dict)
    probes: Mapping[Requirement, ServiceProbe] = field(default_factory=dict)
    pasts: Mapping[str, Past] = field(default_factory=dict)
    running: Mapping[str, str] = field(default_factory=dict)
    max_attempts: int = 3
    code_location_error: str = ""
    held: str = ""  # why nothing is started at all now, as a sentence
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    findings_over: frozenset[str] = frozenset()  # settled before the database was lost: told by completed questions
    host: str = ""
    readings: Readings = field(default_factory=Readings, compare=False, repr=False)  # of the texts, for all that follow

    @cached_property
    def index(self) -> Index:
        """The tasks by GID and by name."""
        questions = (question.gid for question in self.questions.values() if question.gid)
        return Index(
            tasks=self.tasks,
            completed=self.completed,
            subtasks=self.subtasks,
            outside=self.outside,
            questions=questions,
            readings=self.readings,
        )

    @cached_property
    def considered(self) -> tuple[AsanaTask, ...]:
        """The tasks that are judged, in Asana's order; what was begun and moved by Aegis itself goes on first."""
        ours = self.question_gids | self.index.questions
        found = [
            task
            for task in self.tasks
            if is_considered(task, self.scope, self.project.gid, is_question=task.gid in ours)
        ]
        if self.scope.homes:  # else the section "In Progress" would send the work that it shows to the end
            found.sort(key=lambda task: not is_where_we_put_it(task, self.scope))
        return tuple(found)

    @cached_property
    def required(self) -> Mapping[str, tuple[Requirement, ...]]:
        """What the considered tasks require besides other tasks, by their GIDs; tasks that require nothing left out."""
        found = ((task.gid, self.readings.required(task)) for task in self.considered)
        return {gid: requirements for gid, requirements in found if requirements}

    @cached_property
    def questions_about(self) -> Mapping[str, tuple[KnownQuestion, ...]]:
        """Task -> the open questions that it waits for by our records."""
        found: dict[str, tuple[KnownQuestion, ...]] = {}
        for question in self.questions.values():
            for gid in question.task_gids:
                found[gid] = (*found.get(gid, ()), question)
        return found

    @cached_property
    def considered_gids(self) -> frozenset[str]:
        """The GIDs of the tasks that are judged."""
        return frozenset(task.gid for task in self.considered)

    @property
    def is_whole(self) -> bool:
        """Whether no filter of the user leaves tasks out."""
        return not (self.scope.section or self.scope.sections or self.scope.tags)


@dataclass(frozen=True)
class Survey:
    """What must still be fetched for a judgement."""

    outside: tuple[str, ...]
    names_unknown: bool
    parents: tuple[str, ...]
    services: tuple[Requirement, ...]


def survey(facts: Facts) -> Survey:
    """What the considered tasks need that their list does not carry."""
    index = facts.index
    outside: dict[str, None] = {}
    unknown = False
    for task in facts.considered:
        named = index.named_by(task)
        needed = [*task.dependencies, *(one.gid for one in named if one.gid is not None)]
        outside.update(dict.fromkeys(gid for gid in needed if not index.is_here(gid)))
        unknown = unknown or any(not one.sure or (one.gid is None and not one.candidates) for one in named)
    chosen = (gid for one in facts.settled.values() if one.answer.effect is Effect.WAIT for gid in one.answer.gids)
    outside.update(dict.fromkeys(gid for gid in chosen if not index.is_here(gid)))
    parents = tuple(task.gid for task in facts.considered if task.num_subtasks)
    services = dict.fromkeys(one for required in facts.required.values() for one in required)
    return Survey(tuple(outside), unknown, parents, tuple(services))
