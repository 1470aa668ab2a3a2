"""When is a task ready? One judgement over a project, from facts that others fetched; nothing here asks the world.

Each reason is a value with a sentence for people. The dry run, the run and the status share this judgement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aegis.core.asking import Raised, questions_of
from aegis.core.backoff import next_attempt_at
from aegis.core.causes import cycle_cause, dependency_cause, failures_cause, service_cause
from aegis.core.facts import LONGEST_NAME, Facts, called
from aegis.core.findings import Standing, finding_questions, finding_reasons, standing
from aegis.core.graph import cycles
from aegis.core.models import AsanaTask, AssessedTask, Assessment, Reason, ReasonKind, TaskState
from aegis.core.others import others_of, parts_of
from aegis.core.scope import is_ours_to_do
from aegis.core.settled import Circles, cuts, settle, with_cause
from aegis.core.text import counted, one_line

_NO_NAME = "(no name)"
_MOST_IN_CYCLE = 30
"""A circle of more tasks is not named in full in its sentence."""
_LARGEST_CIRCLE = 200
"""A reason lists no more of a circle's tasks: each of ten thousand would carry all the others."""


def assess(facts: Facts) -> Assessment:
    """Judge every considered task."""
    return judge(facts).assessment


@dataclass(frozen=True)
class Judged:
    """A judgement, with the causes that it raises."""

    assessment: Assessment
    raised: Raised


def judge(facts: Facts) -> Judged:
    """Judge every considered task, and tell what a person must be asked."""
    waits = _Waits(facts)
    raised = Raised()
    findings = standing(facts)
    raised.causes.update(one.fingerprint for some in findings.values() for one in some)
    judged: list[AssessedTask] = []
    free_by_rules: set[str] = set()
    order = 0
    for task in facts.considered:
        by_rules = tuple(_settled_reasons(facts, waits, task, raised))
        reasons = (*by_rules, *_findings(facts, findings, task))
        if not by_rules:
            free_by_rules.add(task.gid)
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
                subtasks=parts_of(facts, task),
            )
        )
    assessment = Assessment(
        project_gid=facts.project.gid,
        project_name=facts.project.name,
        tasks=tuple(judged),
        questions=(*questions_of(facts, raised), *finding_questions(facts, findings, free_by_rules)),
        services=tuple(dict.fromkeys(facts.probes[one] for one in sorted(facts.probes))),
        others=others_of(facts, judged),
    )
    return Judged(assessment, raised)


class _Waits:
    """Who waits for whom in circles, once answers have cut some of them."""

    def __init__(self, facts: Facts) -> None:
        edges = {task.gid: facts.index.open_dependencies(task) for task in facts.tasks}
        circles = cycles(edges)
        self.cut = cuts(facts, circles)
        if self.cut:
            circles = cycles({gid: [one for one in edges[gid] if self.needed(gid, one)] for gid in edges})
        self.in_circles = _cycles(facts, circles)
        """Task -> the reason that it waits for itself."""

    def needed(self, gid: str, other: str) -> bool:
        """Whether the one need wait for the other."""
        return other not in self.cut.get(gid, ())


def _settled_reasons(facts: Facts, waits: _Waits, task: AsanaTask, raised: Raised) -> Iterator[Reason]:
    """The reasons that the answers leave; each is noted with its cause."""
    for plain in _reasons(facts, waits, task):
        reason = with_cause(plain, task, facts)
        left = settle(reason, facts)
        raised.note(reason, task, asked=left == (reason,))
        yield from left


def passed_over(task: AsanaTask, facts: Facts) -> str | None:
    """Why `do` does not take a task: by the fields of the list and our own records; None where it may be taken."""
    reasons = [
        *_native(facts, task),
        *_dates(facts, task),
        *_questions(facts, task),
        *_past(facts, task),
        *_code_location(facts),
    ]
    left = [one for reason in reasons for one in settle(with_cause(reason, task, facts), facts)]
    return "; ".join(reason.text for reason in left) or None


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


def _reasons(facts: Facts, waits: _Waits, task: AsanaTask) -> list[Reason]:
    dependencies = [*_native(facts, task), *_textual(facts, task)]
    return [
        *_held(facts),
        *_code_location(facts),
        *((waits.in_circles[task.gid],) if task.gid in waits.in_circles else ()),
        *(one for one in dependencies if one.task_gid is None or waits.needed(task.gid, one.task_gid)),
        *_services(facts, task),
        *_subtasks(facts, task),
        *_dates(facts, task),
        *_questions(facts, task),
        *_past(facts, task),
    ]


def _findings(facts: Facts, found: Standing, task: AsanaTask) -> list[Reason]:
    """What Claude found in the task's text, where it was asked: added to what the rules found, and to nothing else."""
    return finding_reasons(facts, found.get(task.gid, ()))


def _state(reasons: Sequence[Reason]) -> TaskState:
    """Unclear is what only waits for somebody to make it clear, whether they were asked already or not."""
    kinds = {reason.kind for reason in reasons}
    if not kinds:
        return TaskState.READY
    unclear = ReasonKind.UNCLEAR in kinds and kinds <= {ReasonKind.UNCLEAR, ReasonKind.QUESTION}
    return TaskState.UNCLEAR if unclear else TaskState.BLOCKED


def _native(facts: Facts, task: AsanaTask) -> list[Reason]:
    found = []
    for gid in dict.fromkeys(task.dependencies):
        text = facts.index.blocking(gid)
        if text is not None:
            kind = ReasonKind.QUESTION if gid in facts.index.questions else ReasonKind.DEPENDENCY
            found.append(Reason(kind=kind, text=text, task_gid=gid, cause=_cause_if_gone(facts, gid)))
    return found


def _textual(facts: Facts, task: AsanaTask) -> list[Reason]:
    found = []
    for named in facts.index.named_by(task):
        if named.gid in task.dependencies:
            continue  # said once
        words = one_line(named.words, LONGEST_NAME)
        if named.candidates:
            fits = (
                f"{len(named.candidates)} open tasks"
                if len(named.candidates) > 1
                else "an open task and completed ones"
            )
            text = f"Depends on '{words}', which fits {fits}"
            found.append(Reason(kind=ReasonKind.AMBIGUOUS_REFERENCE, text=text, gids=named.candidates, words=words))
        elif named.unclear:
            text = f"Waits for '{words}', which is no task: somebody must say that it is there"
            found.append(Reason(kind=ReasonKind.UNCLEAR, text=text, words=words))
        elif named.gid is None:
            text = f"Depends on '{words}', which is no task of this project"
            found.append(Reason(kind=ReasonKind.UNKNOWN_REFERENCE, text=text, words=words))
        elif (sentence := facts.index.blocking(named.gid)) is not None:
            cause = _cause_if_gone(facts, named.gid)
            reason = Reason(kind=ReasonKind.DEPENDENCY, text=sentence, task_gid=named.gid, words=words, cause=cause)
            found.append(reason)
    return found


def _cause_if_gone(facts: Facts, gid: str) -> str | None:
    """What a person is asked about a dependency that no work will complete."""
    return dependency_cause(gid) if facts.index.gone(gid) is not None else None


def _cycles(facts: Facts, circles: Circles) -> dict[str, Reason]:
    """The reasons of the tasks that wait for themselves: one for all that share a circle, which may be of thousands."""
    places = {task.gid: at for at, task in enumerate(facts.tasks)} if circles else {}
    made: dict[int, Reason] = {}
    for circle in circles.values():
        if id(circle) not in made:
            made[id(circle)] = _cycle(facts, circle, places)
    return {gid: made[id(circle)] for gid, circle in circles.items()}


def _cycle(facts: Facts, circle: tuple[str, ...], places: Mapping[str, int]) -> Reason:
    """What a circle says to the tasks in it; of a huge one, those that are to be done first are named."""
    cause = cycle_cause(circle)
    if len(circle) > _LARGEST_CIRCLE:
        first = min(range(len(circle)), key=lambda at: places[circle[at]])
        circle = (*circle[first:], *circle[:first])
    names = [called(facts.index.open[gid]) for gid in (*circle, circle[0])]
    if len(names) > _MOST_IN_CYCLE:
        names[_MOST_IN_CYCLE // 2 : -_MOST_IN_CYCLE // 2] = [f"… {len(names) - _MOST_IN_CYCLE} more …"]
    text = f"Waits for itself: {' → '.join(names)}"
    return Reason(kind=ReasonKind.CYCLE, text=text, gids=circle[:_LARGEST_CIRCLE], cause=cause)


def _services(facts: Facts, task: AsanaTask) -> list[Reason]:
    found = []
    for requirement in facts.required.get(task.gid, ()):
        probe = facts.probes.get(requirement)
        if probe is not None and not probe.up:
            text = f"Requires {requirement} ({probe.detail})"
            cause = service_cause(probe, facts.host)
            found.append(Reason(kind=ReasonKind.SERVICE, text=text, service=requirement.service, cause=cause))
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
    """The open questions that the task waits for by our records: where no link holds it, these do."""
    found = []
    for question in facts.questions_about.get(task.gid, ()):
        if question.gid is None or question.gid not in task.dependencies:
            unasked = "" if question.gid else ", which Asana has not taken yet"
            text = f"Waits for an answer to '{one_line(question.name)}'{unasked}"
            found.append(Reason(kind=ReasonKind.QUESTION, text=text, task_gid=question.gid))
    return found


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
        text = f"Failed {counted(past.failures, 'time')}; `aegis do --task {task.gid}` tries once more"
        return [Reason(kind=ReasonKind.FAILURES, text=text, cause=failures_cause(task.gid))]
    if past.failures and past.last_end is not None:
        at = next_attempt_at(past.failures, past.last_end, task.gid)
        if at > facts.now:
            text = f"Failed; tried again from {at.astimezone().isoformat(timespec='seconds')}"
            return [Reason(kind=ReasonKind.FAILURES, text=text)]
    return []


def _held(facts: Facts) -> list[Reason]:
    return [Reason(kind=ReasonKind.PAUSED, text=f"Held: {facts.held}")] if facts.held else []


def _code_location(facts: Facts) -> list[Reason]:
    if not facts.code_location_error:
        return []
    return [Reason(kind=ReasonKind.CODE_LOCATION, text=facts.code_location_error)]
