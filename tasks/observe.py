"""Observe: what changed in the portfolio since the last tick, with the fewest requests.

One request for the list of projects, one a project for its events; a project's list is read only where events say that
something changed, none could be told, or a whole look is due (Asana may lose events, and tells none of dependencies).
What is judged anew is what may have changed: by Asana, by our own runs, by a service, by the clock.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from prefect import task

from aegis.adapters.asana_events import Events
from aegis.adapters.watches import Watch
from aegis.core.backoff import next_attempt_at
from aegis.core.models import AsanaTask, Project
from aegis.core.readiness import assess
from aegis.core.services import Requirement
from aegis.core.standing import Standing, next_look_at, parse_standing, standing_of
from aegis.core.text import one_line
from aegis.core.turns import looked_at_now
from aegis.errors import AsanaError, AsanaForbiddenError, AsanaNotFoundError
from aegis.wiring import Runtime, current
from tasks.analyze import gather, probe_again
from tasks.answer import collect_answers
from tasks.clock import now
from tasks.fetch import portfolio_projects, portfolios_of_the_tick
from tasks.policies import ONCE

log = logging.getLogger("aegis.tick")

SWEEP = timedelta(minutes=30)
"""How often a project's whole list is read although no event asked for it; spread by the project's GID."""
_MOST_ONE_BY_ONE = 10
_SHARE = 0.8
"""The part of a tick's share of the rate limit that looks may take; the rest is for the work itself."""


@dataclass
class Observed:
    """What a tick saw: the projects in the portfolio's order, each one's standing, and which of them changed."""

    projects: list[Project] = field(default_factory=list)
    standings: dict[str, Standing] = field(default_factory=dict)
    looked: int = 0
    read: int = 0
    judged: int = 0
    answered: int = 0
    spread: bool = False
    troubles: list[str] = field(default_factory=list)


@task(name="observe", task_run_name="look at what changed", **ONCE)
async def observe(only: Sequence[str] = ()) -> Observed:
    """Look at the portfolio's projects, or at those with these GIDs only.

    Raises AsanaError where the list of projects cannot be read; a single project's trouble is told and skipped.
    """
    return await asyncio.to_thread(_observe, current(), tuple(only))


def _observe(runtime: Runtime, only: tuple[str, ...]) -> Observed:
    projects = portfolio_projects(runtime, portfolios_of_the_tick(runtime))
    projects = [p for p in projects if not p.archived and not p.completed]
    projects = [p for p in projects if not only or p.gid in only]
    watches = runtime.state.watches.all()
    if not only:
        runtime.state.watches.forget_others([project.gid for project in projects])
    seen = Observed(projects=projects)
    reads = [(p.gid, watches[p.gid].read_at if p.gid in watches else None) for p in projects]
    chosen = set(looked_at_now(reads, allowance=_allowance(runtime)))
    seen.spread = len(chosen) < len(projects)
    ended = runtime.state.executions.last_ends_by_project()
    services = _services_now(runtime, watches)
    for project in projects:
        watch = watches.get(project.gid) or Watch(project.gid)
        try:
            changed = project.gid in chosen and _look(runtime, project, watch, seen)
            if changed or _is_due(watch, ended.get(project.gid), services):
                _judge(runtime, project, seen)
        except AsanaError as error:
            seen.troubles.append(f"{one_line(project.name)}: {error}")
            if not isinstance(error, AsanaNotFoundError | AsanaForbiddenError):
                raise
    after = runtime.state.watches.all()
    for project in projects:
        standing = parse_standing(after[project.gid].standing) if project.gid in after else None
        if standing is not None:
            seen.standings[project.gid] = standing
    return seen


def _allowance(runtime: Runtime) -> int:
    settings = runtime.settings
    return int(settings.rate_limit_per_minute * settings.poll_interval_seconds / 60 * _SHARE)


def _look(runtime: Runtime, project: Project, watch: Watch, seen: Observed) -> bool:
    """Ask what happened in a project and bring its stored list up to date; True where anything did."""
    seen.looked += 1
    happened = runtime.asana.events(project.gid, watch.sync_token)
    at = now()
    stored = runtime.state.watches.tasks(project.gid) if watch.sync_token else None
    values: dict[str, Any] = {"sync_token": happened.token, "read_at": at}
    if stored is None or not happened.complete or _sweep_is_due(watch, at):
        seen.read += 1
        fresh = tuple(runtime.asana.open_tasks(project.gid))
        runtime.state.watches.save(project.gid, tasks=fresh, swept_at=at, **values)
        return fresh != stored
    if not happened.changed and not happened.gone:
        runtime.state.watches.save(project.gid, **values)
        return False
    seen.read += 1
    fresh = _brought_up_to_date(runtime, project, stored, happened)
    runtime.state.watches.save(project.gid, tasks=fresh, **values)
    return True


def _sweep_is_due(watch: Watch, at: datetime) -> bool:
    spread = timedelta(seconds=int(watch.project_gid[-6:]) % 600)
    return watch.swept_at is None or at - watch.swept_at > SWEEP + spread


def _brought_up_to_date(
    runtime: Runtime, project: Project, stored: tuple[AsanaTask, ...], happened: Events
) -> tuple[AsanaTask, ...]:
    """The stored list with what changed, by whichever takes fewer requests: the tasks themselves or the whole list."""
    pages = len(stored) // 100 + 1
    if len(happened.changed) > max(pages, 1) or len(happened.changed) > _MOST_ONE_BY_ONE:
        return tuple(runtime.asana.open_tasks(project.gid))
    found = runtime.asana.tasks_by_gid(happened.changed, whole=True) if happened.changed else {}
    changed = {gid: one for gid, one in found.items() if isinstance(one, AsanaTask)}
    kept = [changed.get(one.gid, one) for one in stored if one.gid not in happened.gone and _is_there(found, one.gid)]
    known = {one.gid for one in kept}
    new = [one for gid, one in changed.items() if gid not in known and _is_in(one, project)]
    return tuple(one for one in (*kept, *new) if not one.completed and _is_in(one, project))


def _is_there(found: dict[str, AsanaTask | AsanaError], gid: str) -> bool:
    return not isinstance(found.get(gid), AsanaError)


def _is_in(one: AsanaTask, project: Project) -> bool:
    return any(place.project_gid == project.gid for place in one.memberships)


def _services_now(runtime: Runtime, watches: dict[str, Watch]) -> dict[Requirement, bool]:
    """Whether what blocked tasks wait for answers now."""
    standings = [standing for watch in watches.values() if (standing := parse_standing(watch.standing)) is not None]
    wanted = dict.fromkeys(one.requirement for standing in standings for one in standing.services)
    return {one: probe.up for one, probe in probe_again(runtime, wanted).items()}


def _is_due(watch: Watch, ended: datetime | None, services: dict[Requirement, bool]) -> bool:
    """Whether the judgement may have changed without Asana: by a run of ours, the clock, or a service."""
    standing = parse_standing(watch.standing)
    if standing is None or watch.assessed_at is None:
        return watch.read_at is not None
    if ended is not None and ended > watch.assessed_at:
        return True
    if watch.next_look_at is not None and watch.next_look_at <= now():
        return True
    return any(services.get(one.requirement, one.up) != one.up for one in standing.services)


def _judge(runtime: Runtime, project: Project, seen: Observed) -> None:
    """Judge a project from its stored list, and keep the judgement in short."""
    tasks = runtime.state.watches.tasks(project.gid)
    if tasks is None:
        return
    seen.judged += 1
    seen.answered += len(collect_answers(runtime, project, tasks))
    facts = gather(runtime, project, tasks).facts
    assessment = assess(facts)
    standing = standing_of(assessment, facts)
    backs_off = [
        next_attempt_at(past.failures, past.last_end, gid)
        for gid, past in facts.pasts.items()
        if past.failures and past.last_end is not None
    ]
    runtime.state.watches.save(
        project.gid,
        standing=runtime.redactor.mask(standing.model_dump_json()),
        assessed_at=facts.now,
        next_look_at=next_look_at(facts, assessment, backs_off),
    )
