"""Recover: what a dead process left behind on this host is ended, and Prefect is told which runs crashed.

Claims make a dead owner's tasks free at once, so nothing waits for this; but its agent may still work, and Prefect
would show its run as running for ever.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path

from prefect import get_client, task
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, TaskRunFilter
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from aegis.adapters.claude import end_leftovers
from aegis.adapters.process import host
from aegis.core.models import Frozen
from aegis.wiring import Runtime, current
from tasks.policies import ONCE

_MESSAGE = "The process of this run died; Aegis goes on with its work in another run."


class Recovered(Frozen):
    """How many sessions had died, and how many processes were left of their agents."""

    sessions: int = 0
    processes: int = 0


@task(name="recover", task_run_name="recover what died", **ONCE)
async def recover() -> Recovered:
    """End what dead sessions of this host left running, and note their end here and in Prefect."""
    runtime = current()
    dead = await asyncio.to_thread(runtime.state.sessions.dead, runtime.owner)
    processes = await asyncio.to_thread(_end_agents, runtime)
    if dead:
        await _tell_prefect([row.flow_run_id for row in dead if row.flow_run_id])
    for row in dead:
        await asyncio.to_thread(runtime.state.sessions.crash, row.id)
    return Recovered(sessions=len(dead), processes=processes)


def _end_agents(runtime: Runtime) -> int:
    """End the agents of this host whose owner is dead."""
    running = runtime.state.executions.running(host())
    owned = {held.task_gid for held in runtime.state.claims.held(here=runtime.owner)}
    return sum(end_leftovers(Path(one.run_dir)) for one in running if one.task_gid not in owned)


async def _tell_prefect(flow_run_ids: Sequence[str]) -> None:
    """Mark runs as crashed that still count as running; one that Prefect does not know (any more) is left alone."""
    async with get_client() as client:
        for flow_run_id in flow_run_ids:
            try:
                await _crash(client, uuid.UUID(flow_run_id))
            except (ObjectNotFound, ValueError):
                continue


async def _crash(client: PrefectClient, flow_run_id: uuid.UUID) -> None:
    run = await client.read_flow_run(flow_run_id)
    if run.state is None or run.state.is_final():
        return
    await client.set_flow_run_state(flow_run_id, Crashed(message=_MESSAGE), force=True)
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    for one in await client.read_task_runs(flow_run_filter=of_run, task_run_filter=TaskRunFilter()):
        if one.state is not None and not one.state.is_final():
            await client.set_task_run_state(one.id, Crashed(message=_MESSAGE), force=True)
