"""Recover: what a dead process left behind on this host is ended, and Prefect is told which runs crashed.

Claims make a dead owner's tasks free at once, so nothing waits for this; but its agent may still work, and Prefect
would show its run as running for ever.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from prefect import get_client, task
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from aegis.adapters import events
from aegis.adapters.claims import Owner
from aegis.adapters.claude import end_leftovers
from aegis.adapters.process import host
from aegis.adapters.sessions import SessionRow
from aegis.core.deployments import NAMES, installation_tag, is_others
from aegis.core.models import Frozen
from aegis.wiring import Runtime, State, current
from tasks.clock import now
from tasks.policies import ONCE

_MESSAGE = "The process of this run died; Aegis goes on with its work in another run."
_NEVER_BEGAN = "The process that should have run this died before it began."
_ABANDONED = timedelta(minutes=2)
"""How long a run of a deployment may stand without a session: it takes seconds from Pending to a session's row. Its
project has no other run meanwhile. A container that begins later than that finds its run ended, and does nothing."""
_ABANDONED_UNTAGGED = timedelta(days=1)
"""The same for a running one that may be another Aegis's, which uses the same names on the same server."""
_ABANDONED_TICK = timedelta(minutes=3)
"""... and for a tick, which takes seconds, whoever's it is: Prefect's schedule makes it without a tag of ours."""
_MOST = 200


class Recovered(Frozen):
    """How many sessions had died, how many processes were left of their agents, which runs nobody executed."""

    sessions: int = 0
    processes: int = 0
    abandoned: int = 0


@task(name="recover", task_run_name="recover what died", **ONCE)
async def recover() -> Recovered:
    """End what dead sessions left running on this host, and note their end here and in Prefect.

    Sessions of other machines count as dead when their claim was not renewed in time. A run of a deployment that
    Prefect holds for begun and that no session knows lost its process on the way: it ends as crashed too.
    """
    runtime = current()
    processes = await asyncio.to_thread(_end_agents, runtime)
    async with get_client() as client:
        noted = await note_the_dead(client, runtime.state, runtime.owner)
    if processes or noted.abandoned:
        events.tell([("recovered", {"processes": processes, "abandoned_runs": noted.abandoned})])
    return noted.model_copy(update={"processes": processes})


async def note_the_dead(client: PrefectClient, state: State, here: Owner) -> Recovered:
    """Note the ends of dead sessions and of runs that nobody executes, here and in Prefect.

    Not only ticks do this: a dead tick holds the limit of its deployment, and no other can begin.
    """
    dead = await asyncio.to_thread(state.sessions.dead, here)
    await _tell_prefect(client, [row.flow_run_id for row in dead if row.flow_run_id])
    for row in dead:
        await asyncio.to_thread(state.sessions.crash, row.id)
    return Recovered(sessions=len(dead), abandoned=await _crash_abandoned(client, state))


def _end_agents(runtime: Runtime) -> int:
    """End the agents of this host whose owner is dead."""
    running = runtime.state.executions.running(host())
    owned = {held.task_gid for held in runtime.state.claims.held(here=runtime.owner)}
    return sum(end_leftovers(Path(one.run_dir)) for one in running if one.task_gid not in owned)


async def _tell_prefect(client: PrefectClient, flow_run_ids: Sequence[str]) -> None:
    """Mark runs as crashed that still count as running; one that Prefect does not know (any more) is left alone."""
    for flow_run_id in flow_run_ids:
        try:
            await crash_run(client, await client.read_flow_run(uuid.UUID(flow_run_id)), _MESSAGE)
        except (ObjectNotFound, ValueError):
            continue


async def crash_run(client: PrefectClient, run: FlowRun, message: str) -> None:
    """Mark a run and its tasks as crashed, unless they have ended."""
    if run.state is None or run.state.is_final():
        return
    await client.set_flow_run_state(run.id, Crashed(message=message), force=True)
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
    for one in await client.read_task_runs(flow_run_filter=of_run, task_run_filter=TaskRunFilter()):
        if one.state is not None and not one.state.is_final():
            await client.set_task_run_state(one.id, Crashed(message=message), force=True)


async def begun_runs(client: PrefectClient, installation: str) -> list[FlowRun]:
    """The runs of our deployments that Prefect holds for begun and not ended."""
    begun = FlowRunFilterState(
        type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    )
    found = await client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=list(NAMES))),
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=list(NAMES))),
        flow_run_filter=FlowRunFilter(state=begun),
        limit=_MOST,
    )
    return [run for run in found if not is_others(run.tags, installation)]


async def _crash_abandoned(client: PrefectClient, state: State) -> int:
    installation = state.markers.installation
    runs = await begun_runs(client, installation)
    known = await asyncio.to_thread(state.sessions.of_flow_runs, [str(run.id) for run in runs])
    abandoned = [run for run in runs if _is_abandoned(run, known.get(str(run.id)), installation_tag(installation))]
    unsure = [run for run in runs if run not in abandoned and str(run.id) not in known]
    abandoned += await _dead_ticks(client, [run for run in unsure if _stands_for(run) > _ABANDONED_TICK])
    for run in abandoned:
        await crash_run(client, run, _NEVER_BEGAN if str(run.id) not in known else _MESSAGE)
    return len(abandoned)


async def _dead_ticks(client: PrefectClient, runs: Sequence[FlowRun]) -> list[FlowRun]:
    """Those of runs that are looks at the portfolio."""
    if not runs:
        return []
    tick = await client.read_flow_by_name("orchestrate")
    return [run for run in runs if run.flow_id == tick.id]


def _stands_for(run: FlowRun) -> timedelta:
    """How long a run has been in its state."""
    return now() - run.state.timestamp if run.state is not None else timedelta()


def _is_abandoned(run: FlowRun, known: SessionRow | None, our_tag: str) -> bool:
    """Whether no living session stands for a run that has not changed for a while."""
    if run.state is None or (known is not None and known.state == "running"):
        return False
    if known is not None:
        return known.ended_at is not None and now() - known.ended_at > _ABANDONED
    surely_ours = our_tag in run.tags or run.state.is_pending()
    return _stands_for(run) > (_ABANDONED if surely_ours else _ABANDONED_UNTAGGED)
