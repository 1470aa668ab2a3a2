"""A project's standing: the last judgement in short, and what would change it without anybody touching Asana."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import ValidationError

from aegis.core.facts import Facts
from aegis.core.models import Assessment, Frozen, ReasonKind
from aegis.core.services import Requirement

STRANGERS_AGAIN = timedelta(minutes=5)
"""How often dependencies outside of the watched projects are looked at again."""


class Waited(Frozen):
    """A required thing as it was looked at, by the two parts of its `Requirement`."""

    service: str
    address: str
    up: bool

    @property
    def requirement(self) -> Requirement:
        """What is looked at again."""
        return Requirement(self.service, self.address)


class Standing(Frozen):
    """Counts, what is ready (GIDs in order), questions to ask, and the services that blocked tasks wait for."""

    name: str = ""
    ready: tuple[str, ...] = ()
    blocked: int = 0
    unclear: int = 0
    to_ask: int = 0
    services: tuple[Waited, ...] = ()
    digest: str = ""

    @property
    def work(self) -> int:
        """What a run could do now: tasks to start, questions to ask."""
        return len(self.ready) + self.to_ask


def standing_of(assessment: Assessment, facts: Facts) -> Standing:
    """The judgement in short; the ready tasks' last changes belong to it, so that a changed text is another state."""
    ready = tuple(task.gid for task in assessment.ready)
    modified = (facts.index.open[gid].modified_at for gid in ready if gid in facts.index.open)
    times = ",".join("" if at is None else at.isoformat() for at in modified)
    asked = [question.fingerprint for question in assessment.questions if not question.exists]
    waits = any(r.kind is ReasonKind.SERVICE for task in assessment.blocked for r in task.reasons)
    looked = facts.probes.items() if waits else ()
    return Standing(
        name=assessment.project_name,
        ready=ready,
        blocked=sum(task.state.value == "blocked" for task in assessment.tasks),
        unclear=sum(task.state.value == "unclear" for task in assessment.tasks),
        to_ask=len(asked),
        services=tuple(Waited(service=one.service, address=one.address, up=probe.up) for one, probe in looked),
        digest=hashlib.sha256("\0".join((*ready, times, *asked)).encode()).hexdigest()[:16],
    )


def parse_standing(stored: str) -> Standing | None:
    """The stored one; None where there is none, or another version's."""
    try:
        return Standing.model_validate_json(stored) if stored not in ("", "{}") else None
    except ValidationError:
        return None


def next_look_at(facts: Facts, assessment: Assessment, backs_off_until: Iterable[datetime]) -> datetime | None:
    """The moment at which the judgement may change by itself: a start date, a back-off, a stranger's completion."""
    moments = [at for at in backs_off_until if at > facts.now]
    for task in facts.considered:
        if task.start_at is not None and task.start_at > facts.now:
            moments.append(task.start_at)
        elif task.start_on is not None and task.start_on > facts.now.astimezone().date():
            begin = datetime.combine(task.start_on, datetime.min.time()).astimezone()
            moments.append(begin.astimezone(facts.now.tzinfo))
    here = set(facts.index.open)
    reasons = [reason for task in assessment.blocked for reason in task.reasons]
    if any(r.kind is ReasonKind.DEPENDENCY and r.task_gid is not None and r.task_gid not in here for r in reasons):
        moments.append(facts.now + STRANGERS_AGAIN)
    return min(moments, default=None)
