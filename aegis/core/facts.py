"""The facts that the judgement over a project rests on, and the tasks' texts resolved against each other.

Others fetch the facts; nothing here asks the world.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from aegis.core.analysis import Finding
from aegis.core.models import Answer, AsanaTask, Effect, Project, ServiceProbe, Verdict
from aegis.core.references import Reference, references, same_name
from aegis.core.scope import Scope, is_considered
from aegis.core.services import Requirement, is_service, required_services
from aegis.core.text import one_line
from aegis.core.turned_down import turned_down

LONGEST_NAME = 200
"""Characters of a name in a sentence for people."""


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
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    findings_over: frozenset[str] = frozenset()  # settled before the database was lost: told by completed questions
    host: str = ""

    @cached_property
    def index(self) -> Index:
        """The tasks by GID and by name."""
        return Index(self)

    @cached_property
    def considered(self) -> tuple[AsanaTask, ...]:
        """The tasks that are judged."""
        ours = self.question_gids | self.index.questions
        return tuple(
            task
            for task in self.tasks
            if is_considered(task, self.scope, self.project.gid, is_question=task.gid in ours)
        )

    @cached_property
    def required(self) -> Mapping[str, tuple[Requirement, ...]]:
        """What the considered tasks require besides other tasks, by their GIDs; tasks that require nothing left out."""
        found = ((task.gid, required_services(task)) for task in self.considered)
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


@dataclass(frozen=True)
class Named:
    """What a text's reference turned out to be: a task, several tasks, or (with neither) nothing that is known."""

    words: str
    gid: str | None = None
    candidates: tuple[str, ...] = ()


class Index:
    """The tasks of `Facts` by GID and by name, and what their texts refer to."""

    def __init__(self, facts: Facts) -> None:
        self._outside = facts.outside
        self.open = {task.gid: task for task in facts.tasks}
        self.completed = {task.gid: task for task in facts.completed}
        self.questions = frozenset(question.gid for question in facts.questions.values() if question.gid)
        self._named: dict[str, tuple[Named, ...]] = {}

    @cached_property
    def _open_by_name(self) -> dict[str, list[str]]:
        return _by_name(self.open.values())

    @cached_property
    def _completed_by_name(self) -> dict[str, list[str]]:
        return _by_name(self.completed.values())

    def named_by(self, task: AsanaTask) -> tuple[Named, ...]:
        """What the task's text says it depends on; services and itself left out."""
        if task.gid not in self._named:
            found = (self._resolve(reference, task) for reference in references(task.notes, self._is_known))
            self._named[task.gid] = tuple(dict.fromkeys(one for one in found if one is not None))
        return self._named[task.gid]

    def _is_known(self, words: str) -> bool:
        name = same_name(words)
        return name in self._open_by_name or name in self._completed_by_name or words in self.open or is_service(words)

    def _resolve(self, reference: Reference, task: AsanaTask) -> Named | None:
        name = same_name(reference.words)
        bearers = self._open_by_name.get(name, [])
        others = [gid for gid in bearers if gid != task.gid]
        if len(others) > 1:
            return Named(reference.words, candidates=tuple(others))
        completed = self._completed_by_name.get(name, [])
        gid = reference.gid or next(iter([*others, *completed]), None)
        if gid is None and reference.words in self.open:
            gid = reference.words
        if gid is None and (bearers or is_service(reference.words)):
            return None  # only itself bears the name, or it is no task
        return Named(reference.words, gid=gid) if gid != task.gid else None

    def open_dependencies(self, task: AsanaTask) -> list[str]:
        """GIDs of open tasks of this project that the task waits for, natively or by its text."""
        gids = [*task.dependencies, *(named.gid for named in self.named_by(task) if named.gid)]
        return [gid for gid in dict.fromkeys(gids) if gid in self.open and gid != task.gid]

    def blocking(self, gid: str) -> str | None:
        """The sentence for a dependency that is not complete; None where it blocks nothing."""
        if gid in self.open:
            return f"Depends on {called(self.open[gid])}, which is not complete"
        known = self.completed.get(gid) or self._outside.get(gid)
        if isinstance(known, AsanaTask):
            trouble = turned_down(known) if known.completed else "is not complete"
            return f"Depends on {called(known)}, which {trouble}" if trouble else None
        return f"Depends on the task {gid}, which cannot be seen ({known or 'not looked at'})"

    def gone(self, gid: str) -> AsanaTask | str | None:
        """A dependency that no work will ever complete, as a person must know it; None for any other.

        It was turned down (the task), or cannot be seen (the sentence that says why).
        """
        if gid in self.open:
            return None
        known = self.completed.get(gid) or self._outside.get(gid)
        if isinstance(known, AsanaTask):
            return known if turned_down(known) else None
        return known


def called(task: AsanaTask) -> str:
    """A task as a sentence names it."""
    return f"'{one_line(task.name, LONGEST_NAME)}'" if task.name.strip() else f"the task {task.gid} (without a name)"


def _by_name(tasks: Iterable[AsanaTask]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for task in tasks:
        if task.name.strip():
            found.setdefault(same_name(task.name), []).append(task.gid)
    return found


def survey(facts: Facts) -> Survey:
    """What the considered tasks need that their list does not carry."""
    index = facts.index
    outside: dict[str, None] = {}
    unknown = False
    for task in facts.considered:
        named = index.named_by(task)
        needed = [*task.dependencies, *(one.gid for one in named if one.gid is not None)]
        outside.update(dict.fromkeys(gid for gid in needed if gid not in index.open and gid not in index.completed))
        unknown = unknown or any(one.gid is None and not one.candidates for one in named)
    chosen = (gid for one in facts.settled.values() if one.answer.effect is Effect.WAIT for gid in one.answer.gids)
    outside.update(dict.fromkeys(gid for gid in chosen if gid not in index.open and gid not in index.completed))
    parents = tuple(task.gid for task in facts.considered if task.num_subtasks)
    services = dict.fromkeys(one for required in facts.required.values() for one in required)
    return Survey(tuple(outside), unknown, parents, tuple(services))
