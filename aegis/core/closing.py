"""Questions that are over by themselves: their cause is gone, so nobody need answer any more.

A cause counts as gone where all tasks that waited for the answer were judged now and none raises it, or are done.
What a filter left out, or lies in another project, is looked at before that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aegis.core.asking import Raised
from aegis.core.causes import kind_of, service_cause
from aegis.core.facts import Facts, KnownQuestion, Settled
from aegis.core.models import AsanaTask, Effect, ReasonKind, ServiceProbe
from aegis.core.services.requirement import ON_PATH

_WHY = {
    ReasonKind.SERVICE: "No open task requires it there any more.",
    ReasonKind.UNKNOWN_REFERENCE: "The texts no longer say so, or the task is there now.",
    ReasonKind.AMBIGUOUS_REFERENCE: "The texts no longer say so, or no more than one open task bears the name now.",
    ReasonKind.CYCLE: "The tasks no longer wait for each other.",
    ReasonKind.UNCLEAR: "The texts no longer say so.",
    ReasonKind.DEPENDENCY: "The dependency is no longer in the way.",
    ReasonKind.CODE_LOCATION: "The project's notes name a directory that can be used now.",
    ReasonKind.FAILURES: "The task has attempts left again, or was done.",
}
_TASKS_OVER = "The tasks that waited for it are completed or gone."


@dataclass(frozen=True)
class Closing:
    """A question to close, with the sentence that says why."""

    fingerprint: str
    question: KnownQuestion
    why: str


@dataclass(frozen=True)
class Look:
    """What the look said about an answered question whose answer only a look can confirm; one of the two is empty."""

    fingerprint: str
    there_now: str = ""
    missing: str = ""


def looks(facts: Facts, raised: Raised, looked_at: Mapping[str, AsanaTask | str]) -> tuple[Look, ...]:
    """What became of answers that a look must confirm, and of answered causes that are gone: those may come again.

    Args:
        facts: the facts of the judgement.
        raised: what it raised.
        looked_at: the tasks of `to_look_at`, as they are or why they cannot be seen.
    """
    found = []
    for cause, settled in facts.settled.items():
        if kind_of(cause) not in _LOOKED_AT:
            continue
        if cause not in raised.causes:
            why = _why(cause, _answered(settled), facts, looked_at)
            found += [Look(cause, there_now=why)] if why is not None else []
        elif settled.answer.effect is Effect.LOOK:
            found.append(Look(cause, missing=_missing(cause, facts)))
    return tuple(found)


_LOOKED_AT = (ReasonKind.SERVICE, ReasonKind.CODE_LOCATION)


def _answered(settled: Settled) -> KnownQuestion:
    return KnownQuestion(settled.gid, settled.name, settled.task_gids)


def _missing(cause: str, facts: Facts) -> str:
    probes = (one for one in facts.probes.values() if service_cause(one, facts.host) == cause)
    down = next((f"{one.service} {one.where}".strip() + f": {one.detail}." for one in probes), "")
    return down or f"{facts.code_location_error.rstrip('.')}."


def to_look_at(facts: Facts, raised: Raised) -> tuple[str, ...]:
    """GIDs of the waiting tasks on whose state it rests whether a question is over, and that the list does not hold."""
    answered = [
        (cause, _answered(settled))
        for cause, settled in facts.settled.items()
        if kind_of(cause) in _LOOKED_AT and cause not in raised.causes
    ]
    found: dict[str, None] = {}
    for cause, question in [*_candidates(facts, raised), *answered]:
        if _why_at_once(cause, facts) is None and _may_be_over(cause, question, facts):
            found.update(dict.fromkeys(gid for gid in question.task_gids if gid not in facts.index.open))
    return tuple(found)


def closings(facts: Facts, raised: Raised, looked_at: Mapping[str, AsanaTask | str]) -> tuple[Closing, ...]:
    """The open questions whose cause is gone.

    Args:
        facts: the facts of the judgement.
        raised: what it raised.
        looked_at: the tasks of `to_look_at`, as they are or why they cannot be seen.
    """
    whys = ((cause, one, _why(cause, one, facts, looked_at)) for cause, one in _candidates(facts, raised))
    return tuple(Closing(cause, question, why) for cause, question, why in whys if why is not None)


def _why(cause: str, question: KnownQuestion, facts: Facts, looked_at: Mapping[str, AsanaTask | str]) -> str | None:
    """The sentence that says why a cause that is not raised is gone; None where it may still be there."""
    why = _why_at_once(cause, facts)
    if why is None and _may_be_over(cause, question, facts):
        elsewhere = [gid for gid in question.task_gids if gid not in facts.index.open]
        if all(_is_over(looked_at.get(gid)) for gid in elsewhere):
            why = _sentence(cause, question, facts)
    return why


def _candidates(facts: Facts, raised: Raised) -> list[tuple[str, KnownQuestion]]:
    """The open questions of this project, or for which a task of it waits, whose cause is not raised."""
    tasks = facts.index.open
    return [
        (cause, one)
        for cause, one in facts.questions.items()
        if cause not in raised.causes and one.gid and (one.gid in tasks or any(gid in tasks for gid in one.task_gids))
    ]


def _why_at_once(cause: str, facts: Facts) -> str | None:
    """The reason that needs no look at the tasks: the thing itself is there now."""
    kind = kind_of(cause)
    if kind is ReasonKind.SERVICE:
        up = (one for one in facts.probes.values() if one.up and cause in _causes_gone(one, facts.host))
        return next(map(_there_now, up), None)
    if kind is ReasonKind.CODE_LOCATION:
        return None if facts.code_location_error else _WHY[kind]
    return None


def _causes_gone(probe: ServiceProbe, host: str) -> tuple[str, ...]:
    """The causes that are gone with a thing that is there; a command that was not found had no place but PATH."""
    not_found = probe.model_copy(update={"address": ON_PATH})
    return service_cause(probe, host), service_cause(not_found, host)


def _there_now(probe: ServiceProbe) -> str:
    if ":" in probe.address:
        return " ".join(f"{probe.service} answers {probe.where} now.".split())
    return f"{probe.service} is there now ({probe.where})."


def _may_be_over(cause: str, question: KnownQuestion, facts: Facts) -> bool:
    """Whether no task of the list still waits for it: each was judged and raises it not, as the caller knows."""
    here = [gid for gid in question.task_gids if gid in facts.index.open]
    if kind_of(cause) is ReasonKind.PAUSED:
        return False  # its probe says so
    if kind_of(cause) in (ReasonKind.QUESTION, ReasonKind.CODE_LOCATION, None):
        return not here and bool(question.task_gids) and kind_of(cause) is not ReasonKind.CODE_LOCATION
    judged = facts.considered_gids
    if question.task_gids:
        return all(gid in judged for gid in here)
    return facts.is_whole  # nobody knows who waited: then all must have been judged


def _is_over(task: AsanaTask | str | None) -> bool:
    """Whether a waiting task is done or gone; one that was not looked at may still wait."""
    if isinstance(task, AsanaTask):
        return task.completed
    return task is not None and task.startswith("404")


def _sentence(cause: str, question: KnownQuestion, facts: Facts) -> str:
    if question.task_gids and not any(gid in facts.index.open for gid in question.task_gids):
        return _TASKS_OVER
    kind = kind_of(cause)
    return _WHY.get(kind, _TASKS_OVER) if kind is not None else _TASKS_OVER
