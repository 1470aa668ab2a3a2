"""Start: whose turn it is gets a run of `work-on`, once, on whichever machine takes it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

from prefect import get_client, task
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.deployments.flow_runs import arun_deployment
from prefect.exceptions import ObjectNotFound

from aegis.adapters.watches import Watch
from aegis.core.holds import first_sentence, sentence
from aegis.core.models import Frozen, Project
from aegis.core.text import one_line
from aegis.core.turns import Candidate, Turns, next_turns
from aegis.errors import PrefectUnavailableError
from aegis.wiring import Runtime, current
from tasks.budget import spent_up
from tasks.clock import now
from tasks.holds import holds_on, why_held
from tasks.observe import Observed
from tasks.policies import ONCE

WORK_ON = "work-on/work-on"
ORCHESTRATE = "orchestrate/orchestrate"


class Turn(Frozen):
    """A project that gets a run now."""

    project_gid: str
    name: str


class Started(Frozen):
    """Who starts, who waits for a free place, and why nothing starts where nothing does."""

    turns: tuple[Turn, ...] = ()
    waiting: tuple[Turn, ...] = ()
    held: str = ""


@task(name="start", task_run_name="start what is ready", **ONCE)
async def start_runs(seen: Observed, *, deploy: bool = True) -> Started:
    """Decide whose turn it is and ask Prefect for a run of each; without `deploy` only say who.

    Raises PrefectUnavailableError where the deployment is not there.
    """
    runtime = current()
    busy = await _busy(runtime)
    decided = await asyncio.to_thread(_decide, runtime, seen, busy)
    if not isinstance(decided, Turns):
        return Started(held=decided)
    by_gid = {project.gid: project for project in seen.projects}
    watches = await asyncio.to_thread(runtime.state.watches.all)
    for gid in decided.start if deploy else ():
        await _start(runtime, by_gid[gid], watches[gid], seen)
    return Started(turns=_named(by_gid, decided.start), waiting=_named(by_gid, decided.wait))


def _named(projects: dict[str, Project], gids: Sequence[str]) -> tuple[Turn, ...]:
    return tuple(Turn(project_gid=gid, name=projects[gid].name) for gid in gids)


def _decide(runtime: Runtime, seen: Observed, busy: set[str]) -> Turns | str:
    """Whose turn it is, or the sentence that says why it is nobody's."""
    limit = "`aegis start` is being stopped" if runtime.stopping else spent_up(runtime)
    if limit:
        return limit
    held = [sentence(one.kind, one.reason, one.until, one.probe_at, one.scope) for one in holds_on(runtime)]
    if held:
        return first_sentence(held)
    watches = runtime.state.watches.all()
    candidates = [
        Candidate(
            project_gid=project.gid,
            place=place,
            work=seen.standings[project.gid].work,
            busy=project.gid in busy,
            held=why_held(runtime, project.gid),
            last_turn=watches[project.gid].started_at,
        )
        for place, project in enumerate(seen.projects)
        if project.gid in seen.standings and project.gid in watches
    ]
    free = runtime.settings.max_concurrent_tasks - len(busy | _at_work(runtime))
    turns = next_turns(candidates, free=free)
    _note_who_waits(runtime, watches, turns)
    return turns


def _at_work(runtime: Runtime) -> set[str]:
    return {held.project_gid for held in runtime.state.claims.held(here=runtime.owner)}


def _note_who_waits(runtime: Runtime, watches: dict[str, Watch], turns: Turns) -> None:
    for gid, watch in watches.items():
        waits = gid in turns.wait
        if waits != (watch.waiting_since is not None):
            runtime.state.watches.save(gid, waiting_since=now() if waits else None)


async def _busy(runtime: Runtime) -> set[str]:
    """The projects that have a run: asked for and not ended, or with a living session."""
    watches = await asyncio.to_thread(runtime.state.watches.all)
    asked = {watch.flow_run_id: gid for gid, watch in watches.items() if watch.flow_run_id}
    busy = {
        one.project_gid for one in runtime.state.sessions.running("work-on") if not one.owner.is_dead(runtime.owner)
    }
    busy |= _at_work(runtime)
    if not asked:
        return busy
    async with get_client() as client:
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[uuid.UUID(one) for one in asked]))
        runs = await client.read_flow_runs(flow_run_filter=wanted, limit=200)
    going = {str(run.id) for run in runs if run.state is not None and not run.state.is_final()}
    for flow_run_id, gid in asked.items():
        if flow_run_id in going:
            busy.add(gid)
        else:
            await asyncio.to_thread(runtime.state.watches.save, gid, flow_run_id="")
    return busy


async def _start(runtime: Runtime, project: Project, watch: Watch, seen: Observed) -> None:
    """Ask for one run. A tick that dies after it and before its note asks again under the same key: it is one run."""
    key = f"aegis:{project.gid}:{seen.standings[project.gid].digest}:{watch.starts}"
    try:
        run = await arun_deployment(
            WORK_ON,
            parameters={"project": project.gid, "turn": True},
            flow_run_name=f"work-on {one_line(runtime.redactor.mask(project.name), 80)}",
            tags=["aegis", f"project:{one_line(project.name, 80)}"],
            idempotency_key=key,
            timeout=0,
            as_subflow=False,
        )
    except ObjectNotFound as error:
        raise PrefectUnavailableError(
            f"Prefect knows no deployment {WORK_ON}",
            hint="`aegis start` brings it; or, in the folder of prefect.yaml: prefect --no-prompt deploy --all",
        ) from error
    await asyncio.to_thread(runtime.state.watches.started, project.gid, str(run.id))


async def ask_for_a_tick() -> None:
    """Let the orchestrator look at once, where it is deployed; its limit of one run makes one too many harmless."""
    try:
        await arun_deployment(ORCHESTRATE, timeout=0, as_subflow=False)
    except ObjectNotFound:
        return
