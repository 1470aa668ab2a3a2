"""When is a task ready? One judgement over a project, from facts that others fetched; nothing here asks the world.

Each reason is a value with a sentence for people. The dry run, the run and the status share this judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from aegis.core.backoff import next_attempt_at
from aegis.core.graph import cycles
from aegis.core.models import (
    AsanaTask,
    AssessedTask,
    Assessment,
    Project,
    Question,
    Reason,
    ReasonKind,
    ServiceProbe,
    TaskState,
    Verdict,
)
from aegis.core.questions import fingerprint, service_question
from aegis.core.references import Reference, references, same_name
from aegis.core.scope import Scope, is_considered, is_ours_to_do
from aegis.core.services import SERVICES, is_service, required_services
from aegis.core.text import one_line

_NO_NAME = "(no name)"
_LONGEST_NAME = 200
_MOST_IN_CYCLE = 30


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
        return Index(self)

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


@dataclass(frozen=True)
class Named:
    """What a text's reference turned out to be: a task, several tasks, or (with neither) nothing that is known."""

    words: str
    gid: str | None = None
    candidates: tuple[str, ...] = ()


def survey(facts: Facts) -> Survey:
    """What the considered tasks need that their list does not carry."""
    index = facts.index
    outside: dict[str, None] = {}
    unknown = False
    services: dict[str, None] = {}
    for task in facts.considered:
        named = index.named_by(task)
        needed = [*task.dependencies, *(one.gid for one in named if one.gid is not None)]
        outside.update(dict.fromkeys(gid for gid in needed if gid not in index.open and gid not in index.completed))
        services.update(dict.fromkeys(service.name for service in required_services(task)))
        unknown = unknown or any(one.gid is None and not one.candidates for one in named)
    parents = tuple(task.gid for task in facts.considered if task.num_subtasks)
    return Survey(tuple(outside), unknown, parents, tuple(services))


def assess(facts: Facts) -> Assessment:
    """Judge every considered task."""
    index = facts.index
    circles = cycles({task.gid: index.open_dependencies(task) for task in facts.tasks})
    judged: list[AssessedTask] = []
    order = 0
    for task in facts.considered:
        reasons = tuple(_reasons(facts, circles.get(task.gid, ()), task))
        state = TaskState.BLOCKED if reasons else TaskState.READY
        order += state is TaskState.READY
        judged.append(
            AssessedTask(
                gid=task.gid,
                name=task.name or _NO_NAME,
                state=state,
                order=order if state is TaskState.READY else None,
                reasons=reasons,
                permalink_url=task.permalink_url,
            )
        )
    return Assessment(
        project_gid=facts.project.gid,
        project_name=facts.project.name,
        tasks=tuple(judged),
        questions=_service_questions(facts),
        services=tuple(facts.probes[name] for name in sorted(facts.probes)),
    )


def passed_over(task: AsanaTask, facts: Facts) -> str | None:
    """Why `do` does not take a task: by the fields of the list alone; None where it may be taken."""
    reasons = [*_native(facts, task), *_dates(facts, task), *_past(facts, task), *_code_location(facts)]
    return "; ".join(reason.text for reason in reasons) or None


def after_completion(facts: Facts, completed_gids: Sequence[str]) -> Facts:
    """The facts once these tasks were completed: what waited for them may be ready now."""
    done = set(completed_gids)
    closed = tuple(task.model_copy(update={"completed": True}) for task in facts.tasks if task.gid in done)
    return replace(
        facts,
        tasks=tuple(task for task in facts.tasks if task.gid not in done),
        completed=(*facts.completed, *closed),
        outside={**facts.outside, **{task.gid: task for task in closed}},
    )


def _reasons(facts: Facts, circle: tuple[str, ...], task: AsanaTask) -> list[Reason]:
    return [
        *_code_location(facts),
        *_cycle(facts, circle),
        *_native(facts, task),
        *_textual(facts, task),
        *_services(facts, task),
        *_subtasks(facts, task),
        *_dates(facts, task),
        *_questions(facts, task),
        *_past(facts, task),
    ]


class Index:
    """The tasks of `Facts` by GID and by name, and what their texts refer to."""

    def __init__(self, facts: Facts) -> None:
        self._outside = facts.outside
        self.open = {task.gid: task for task in facts.tasks}
        self.completed = {task.gid: task for task in facts.completed}
        self.questions = frozenset(question.gid for question in facts.questions.values())
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
            return f"Depends on {_called(self.open[gid])}, which is not complete"
        outside = self._outside.get(gid)
        if isinstance(outside, AsanaTask):
            return None if outside.completed else f"Depends on {_called(outside)}, which is not complete"
        if gid in self.completed:
            return None
        return f"Depends on the task {gid}, which cannot be seen ({outside or 'not looked at'})"


def _called(task: AsanaTask) -> str:
    return f"'{one_line(task.name, _LONGEST_NAME)}'" if task.name.strip() else f"the task {task.gid} (without a name)"


def _by_name(tasks: Iterable[AsanaTask]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for task in tasks:
        if task.name.strip():
            found.setdefault(same_name(task.name), []).append(task.gid)
    return found


def _native(facts: Facts, task: AsanaTask) -> list[Reason]:
    found = []
    for gid in dict.fromkeys(task.dependencies):
        text = facts.index.blocking(gid)
        if text is not None:
            kind = ReasonKind.QUESTION if gid in facts.index.questions else ReasonKind.DEPENDENCY
            found.append(Reason(kind=kind, text=text, task_gid=gid))
    return found


def _textual(facts: Facts, task: AsanaTask) -> list[Reason]:
    found = []
    for named in facts.index.named_by(task):
        if named.gid in task.dependencies:
            continue  # said once
        words = one_line(named.words, _LONGEST_NAME)
        if named.candidates:
            text = f"Depends on '{words}', which fits {len(named.candidates)} open tasks"
            found.append(Reason(kind=ReasonKind.AMBIGUOUS_REFERENCE, text=text, gids=named.candidates, words=words))
        elif named.gid is None:
            text = f"Depends on '{words}', which is no task of this project"
            found.append(Reason(kind=ReasonKind.UNKNOWN_REFERENCE, text=text, words=words))
        elif (sentence := facts.index.blocking(named.gid)) is not None:
            found.append(Reason(kind=ReasonKind.DEPENDENCY, text=sentence, task_gid=named.gid, words=words))
    return found


def _cycle(facts: Facts, circle: tuple[str, ...]) -> list[Reason]:
    if not circle:
        return []
    names = [_called(facts.index.open[gid]) for gid in (*circle, circle[0])]
    if len(names) > _MOST_IN_CYCLE:
        names[_MOST_IN_CYCLE // 2 : -_MOST_IN_CYCLE // 2] = [f"… {len(names) - _MOST_IN_CYCLE} more …"]
    return [Reason(kind=ReasonKind.CYCLE, text=f"Waits for itself: {' → '.join(names)}", gids=circle)]


def _services(facts: Facts, task: AsanaTask) -> list[Reason]:
    found = []
    for service in required_services(task):
        probe = facts.probes.get(service.name)
        if probe is not None and not probe.up:
            text = f"Requires {service.name} ({probe.detail})"
            found.append(Reason(kind=ReasonKind.SERVICE, text=text, service=service.name))
    return found


def _subtasks(facts: Facts, task: AsanaTask) -> list[Reason]:
    return [
        Reason(
            kind=ReasonKind.SUBTASK,
            text=f"Its subtask {_called(one)} is assigned to {_whose(one)}",
            task_gid=one.gid,
        )
        for one in facts.subtasks.get(task.gid, ())
        if not one.completed and not is_ours_to_do(one, facts.scope)
    ]


def _whose(task: AsanaTask) -> str:
    return one_line(task.assignee.name if task.assignee else "", _LONGEST_NAME) or "somebody"


def _dates(facts: Facts, task: AsanaTask) -> list[Reason]:
    today = facts.now.astimezone().date()
    if task.start_at is not None and task.start_at > facts.now:
        return [Reason(kind=ReasonKind.START_DATE, text=f"Starts at {task.start_at.isoformat(timespec='minutes')}")]
    if task.start_at is None and task.start_on is not None and task.start_on > today:
        return [Reason(kind=ReasonKind.START_DATE, text=f"Starts on {task.start_on.isoformat()}")]
    return []


def _questions(facts: Facts, task: AsanaTask) -> list[Reason]:
    return [
        Reason(
            kind=ReasonKind.QUESTION, text=f"Waits for an answer to '{one_line(question.name)}'", task_gid=question.gid
        )
        for question in facts.questions.values()
        if task.gid in question.task_gids and question.gid not in task.dependencies
    ]


def _past(facts: Facts, task: AsanaTask) -> list[Reason]:
    if task.gid in facts.running:
        return [Reason(kind=ReasonKind.RUNNING, text=f"Runs already ({facts.running[task.gid]})")]
    past = facts.pasts.get(task.gid)
    if past is None:
        return []
    if past.parked:
        text = "Is done, but Asana refuses to complete it: complete it by hand"
        return [Reason(kind=ReasonKind.DELIVERY, text=text)]
    if past.undelivered:
        return [Reason(kind=ReasonKind.DELIVERY, text="Is done; its report to Asana waits to be delivered")]
    if past.failures >= facts.max_attempts:
        text = f"Failed {past.failures} times; `aegis do --task {task.gid}` tries once more"
        return [Reason(kind=ReasonKind.FAILURES, text=text)]
    if past.failures and past.last_end is not None:
        at = next_attempt_at(past.failures, past.last_end)
        if at > facts.now:
            text = f"Failed; tried again from {at.astimezone().isoformat(timespec='seconds')}"
            return [Reason(kind=ReasonKind.FAILURES, text=text)]
    return []


def _code_location(facts: Facts) -> list[Reason]:
    if not facts.code_location_error:
        return []
    return [Reason(kind=ReasonKind.CODE_LOCATION, text=facts.code_location_error)]


def _service_questions(facts: Facts) -> tuple[Question, ...]:
    """One question for each service that tasks require and that does not answer."""
    found = []
    for service in SERVICES:
        probe = facts.probes.get(service.name)
        if probe is None or probe.up:
            continue
        waiting = [task for task in facts.considered if service in required_services(task)]
        known = facts.questions.get(fingerprint("service", facts.project.gid, service.name))
        if waiting:
            gid = known.gid if known else None
            found.append(service_question(facts.project.gid, service, probe, waiting, gid=gid))
    return tuple(found)
