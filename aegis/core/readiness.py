"""When is a task ready? One judgement over a project, from facts that others fetched; nothing here asks the world.

Each reason is a value with a sentence for people. The dry run, the run and the status share this judgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aegis.core.backoff import next_attempt_at
from aegis.core.facts import LONGEST_NAME, Facts, called
from aegis.core.graph import cycles
from aegis.core.models import AsanaTask, AssessedTask, Assessment, Question, Reason, ReasonKind, TaskState
from aegis.core.questions import fingerprint, service_question
from aegis.core.scope import is_ours_to_do
from aegis.core.services import SERVICES, required_services
from aegis.core.text import one_line

_NO_NAME = "(no name)"
_MOST_IN_CYCLE = 30


def assess(facts: Facts) -> Assessment:
    """Judge every considered task."""
    index = facts.index
    circles = cycles({task.gid: index.open_dependencies(task) for task in facts.tasks})
    judged: list[AssessedTask] = []
    order = 0
    for task in facts.considered:
        reasons = tuple(_reasons(facts, circles.get(task.gid, ()), task))
        state = _state(reasons)
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


def _state(reasons: Sequence[Reason]) -> TaskState:
    """Unclear is what nothing holds but requirements that nobody can look up."""
    if not reasons:
        return TaskState.READY
    return TaskState.UNCLEAR if all(one.kind is ReasonKind.UNCLEAR for one in reasons) else TaskState.BLOCKED


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
        words = one_line(named.words, LONGEST_NAME)
        if named.candidates:
            text = f"Depends on '{words}', which fits {len(named.candidates)} open tasks"
            found.append(Reason(kind=ReasonKind.AMBIGUOUS_REFERENCE, text=text, gids=named.candidates, words=words))
        elif named.unclear:
            text = f"Waits for '{words}', which is no task: somebody must say that it is there"
            found.append(Reason(kind=ReasonKind.UNCLEAR, text=text, words=words))
        elif named.gid is None:
            text = f"Depends on '{words}', which is no task of this project"
            found.append(Reason(kind=ReasonKind.UNKNOWN_REFERENCE, text=text, words=words))
        elif (sentence := facts.index.blocking(named.gid)) is not None:
            found.append(Reason(kind=ReasonKind.DEPENDENCY, text=sentence, task_gid=named.gid, words=words))
    return found


def _cycle(facts: Facts, circle: tuple[str, ...]) -> list[Reason]:
    if not circle:
        return []
    names = [called(facts.index.open[gid]) for gid in (*circle, circle[0])]
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
            text=f"Its subtask {called(one)} is assigned to {_whose(one)}",
            task_gid=one.gid,
        )
        for one in facts.subtasks.get(task.gid, ())
        if not one.completed and not is_ours_to_do(one, facts.scope)
    ]


def _whose(task: AsanaTask) -> str:
    return one_line(task.assignee.name if task.assignee else "", LONGEST_NAME) or "somebody"


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
