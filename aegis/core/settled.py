"""What answers do to the reasons of a judgement: they release, hold, or point to other tasks (aegis/core/causes.py)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from aegis.core.causes import cause_of, content_of, cycle_cause, kind_of
from aegis.core.facts import Facts, Settled
from aegis.core.models import AsanaTask, Effect, Project, Reason, ReasonKind
from aegis.core.text import one_line

_LONGEST_WORDS = 120

Circles = Mapping[str, tuple[str, ...]]
Cuts = Mapping[str, frozenset[str]]
"""Task -> the tasks that it need not wait for, because a person said that it is to be done first."""


def with_cause(reason: Reason, task: AsanaTask, facts: Facts) -> Reason:
    """The reason with the fingerprint of what a person is asked about it, where there is such a thing."""
    cause = cause_of(reason, task, facts.project.gid)
    return reason if cause == reason.cause else reason.model_copy(update={"cause": cause})


def settle(reason: Reason, facts: Facts) -> tuple[Reason, ...]:
    """What is left of a reason once the answer to its question counts."""
    settled = facts.settled.get(reason.cause) if reason.cause else None
    if settled is None or is_spent(reason.cause or "", settled, facts):
        return (reason,)
    match settled.answer.effect:
        case Effect.RELEASE:
            return ()
        case Effect.WAIT:
            return _waits_for(settled.answer.gids, facts)
        case Effect.HOLD:
            return (_with_words(reason, f"{_said(settled)}; it waits until texts or links change"),)
        case Effect.LOOK:
            return (_with_words(reason, f"{_said(settled)}, but it is still so"),)
    return (reason,)


def is_spent(cause: str, settled: Settled, facts: Facts) -> bool:
    """Whether the answer counts no more although its cause is there: then a person is asked anew."""
    answer = settled.answer
    if answer.effect is Effect.RETRY:
        return True  # the attempts since then are used up as well
    if kind_of(cause) is ReasonKind.CODE_LOCATION:
        return answer.contents.get(facts.project.gid) != project_content(facts.project)
    if answer.effect is not Effect.HOLD:
        return False
    tasks = facts.index.open
    return any(
        gid in tasks and content_of(tasks[gid], facts.question_gids) != content
        for gid, content in answer.contents.items()
    )


def contents_of(
    project: Project, tasks: Mapping[str, AsanaTask], waiting: Iterable[str], ours: Collection[str]
) -> dict[str, str]:
    """What a project and the tasks that wait read like now: kept with an answer, to see later whether they changed.

    Args:
        project: the project.
        tasks: its open tasks by GID.
        waiting: GIDs of the tasks that wait for the answer.
        ours: GIDs of questions, whose links do not count.
    """
    found = {gid: content_of(tasks[gid], ours) for gid in waiting if gid in tasks}
    return {project.gid: project_content(project), **found}


def project_content(project: Project) -> str:
    """What a project's notes read like."""
    return content_of(AsanaTask(gid=project.gid, notes=project.notes), ())


def cuts(facts: Facts, circles: Circles) -> Cuts:
    """Whom the tasks that a person said to start with need not wait for."""
    found: dict[str, frozenset[str]] = {}
    if not any(settled.answer.effect is Effect.START for settled in facts.settled.values()):
        return found
    for circle in {id(one): one for one in circles.values()}.values():
        settled = facts.settled.get(cycle_cause(circle))
        if settled is not None and settled.answer.effect is Effect.START:
            for gid in settled.answer.gids:
                found[gid] = found.get(gid, frozenset()) | frozenset(circle)
    return found


def _waits_for(gids: tuple[str, ...], facts: Facts) -> tuple[Reason, ...]:
    waits = ((gid, facts.index.blocking(gid)) for gid in gids)
    return tuple(Reason(kind=ReasonKind.DEPENDENCY, text=text, task_gid=gid) for gid, text in waits if text)


def _said(settled: Settled) -> str:
    answer = settled.answer
    who = one_line(answer.author, _LONGEST_WORDS) or "somebody"
    words = one_line(answer.option or answer.text, _LONGEST_WORDS)
    return f"{who} answered '{words}'" if words else f"{who} answered"


def _with_words(reason: Reason, words: str) -> Reason:
    return reason.model_copy(update={"text": f"{reason.text} ({words})"})
