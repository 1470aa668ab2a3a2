"""Tidy: what is over and older than LOG_RETENTION_DAYS goes, on this machine, in our tables and in Prefect.

At most hourly, and in bounded portions: an idle tick spends nothing on it. Each part only removes what is old, so a
machine that dies in the middle leaves the rest for the next time.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from prefect import get_client, task
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound

from aegis.adapters.retention import Retention
from aegis.core.deployments import NAMES, TAG, is_others
from aegis.core.models import Frozen
from aegis.wiring import Runtime, current
from tasks.clock import now
from tasks.housekeeping import forget_old_files, is_due
from tasks.policies import ONCE

_TICKS_KEPT = timedelta(days=1)
"""Runs of `orchestrate` come by the thousand a day and say little: their log lines and sessions say it too."""
_MOST_RUNS = 1000
_BATCH = 200


class Tidied(Frozen):
    """How many rows of ours and how many of Prefect's flow runs went; `looked` is False where it was not due."""

    looked: bool = False
    rows: int = 0
    flow_runs: int = 0


@task(name="tidy", task_run_name="tidy up", **ONCE)
async def tidy() -> Tidied:
    """Forget what is over and old, where that is due. Raises DatabaseError."""
    runtime = current()
    if not await asyncio.to_thread(is_due, runtime.home / "tidied"):
        return Tidied()
    days = timedelta(days=runtime.settings.log_retention_days)
    rows = await asyncio.to_thread(_ours, runtime, now() - days)
    async with get_client() as client:
        ticks = await _forget_runs(client, runtime, ["orchestrate"], now() - min(days, _TICKS_KEPT))
        others = await _forget_runs(client, runtime, list(NAMES), now() - days)
    return Tidied(looked=True, rows=rows, flow_runs=ticks + others)


def _ours(runtime: Runtime, before: datetime) -> int:
    forget_old_files(runtime)
    retention = Retention(runtime.state.database)
    rows = retention.forget_before(before)
    retention.shrink()
    return rows


async def _forget_runs(client: PrefectClient, runtime: Runtime, flows: list[str], before: datetime) -> int:
    """Delete ended runs of these flows of ours, with their artifacts; the server deletes their logs with them."""
    installation = runtime.state.markers.installation
    old = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[TAG]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(TERMINAL_STATES))),
        end_time=FlowRunFilterEndTime(before_=before),
    )
    of_ours = FlowFilter(name=FlowFilterName(any_=flows))
    deleted = skipped = 0
    while deleted < _MOST_RUNS:
        found = await client.read_flow_runs(
            flow_filter=of_ours, flow_run_filter=old, sort=FlowRunSort.ID_DESC, limit=_BATCH, offset=skipped
        )
        mine = [run for run in found if not is_others(run.tags, installation)]
        skipped += len(found) - len(mine)
        await _delete(client, mine)
        deleted += len(mine)
        if len(found) < _BATCH:
            break
    return deleted


async def _delete(client: PrefectClient, runs: list[FlowRun]) -> None:
    of_runs = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id for run in runs]))
    while runs and (artifacts := await client.read_artifacts(artifact_filter=of_runs, limit=_BATCH)):
        for artifact in artifacts:
            with suppress(ObjectNotFound):
                await client.delete_artifact(artifact.id)
    for run in runs:
        with suppress(ObjectNotFound):  # another machine tidies too
            await client.delete_flow_run(run.id)
