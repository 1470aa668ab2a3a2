"""The deployments as `aegis start` serves them; prefect.yaml has the same for workers.

Their entry points are module paths, so that they are found in an installed package as well as in a checkout. No
secret is in them: a run reads its settings from the environment and the `.env` of the folder that it runs in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.types.entrypoint import EntrypointType

from aegis.core.deployments import DO, ORCHESTRATE, TAG, WORK_ON, installation_tag, is_others
from aegis.errors import PrefectUnavailableError
from flows.do import do
from flows.orchestrate import orchestrate
from flows.work_on import work_on

ENTRY = "aegis.cli.entry"
_GRACE_SECONDS = 60
"""After so long a tick that was taken and never began, because its runner died, bars the next ones no more."""
DESCRIPTIONS = {
    "do": "Do the first task of a project that may be taken, or the one that is named.",
    "work-on": "Analyze a project, ask what blocks, and do what is ready.",
    "orchestrate": "One look at the whole portfolio: recover, deliver, see what changed, start what has its turn.",
}


async def served_deployments(
    installation: str, *, every_seconds: int | None, paused: bool = False
) -> list[RunnerDeployment]:
    """The deployments of this machine.

    Args:
        installation: what names the database, so that another Aegis on the same Prefect server is noticed.
        every_seconds: the interval between two ticks; None leaves a schedule that is there as it is.
        paused: whether that schedule is to rest.
    """
    tags = [TAG, installation_tag(installation)]
    made = [await _served(do, tags), await _served(work_on, tags)]
    tick = await _served(
        orchestrate,
        tags,
        interval=None if every_seconds is None else timedelta(seconds=every_seconds),
        paused=paused,
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW, grace_period_seconds=_GRACE_SECONDS
        ),
    )
    return [*made, tick]


async def _served(
    flow: Flow[Any, Any],
    tags: list[str],
    *,
    interval: timedelta | None = None,
    paused: bool = False,
    concurrency_limit: ConcurrencyLimitConfig | None = None,
) -> RunnerDeployment:
    deployment = await flow.ato_deployment(
        name=flow.name,
        description=DESCRIPTIONS[flow.name],
        tags=tags,
        interval=interval,
        paused=paused,
        concurrency_limit=concurrency_limit,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    deployment.entrypoint = f"{ENTRY}.{flow.fn.__name__}"
    deployment.work_pool_name = None  # named as set, so that an update takes a work pool away
    deployment.work_queue_name = None
    return deployment


async def refuse_others(client: PrefectClient, installation: str) -> None:
    """Raise PrefectUnavailableError where the deployments on this server are another Aegis's, or workers'."""
    for name in (DO, WORK_ON, ORCHESTRATE):
        try:
            found = await client.read_deployment_by_name(name)
        except ObjectNotFound:
            continue
        if is_others(found.tags, installation):
            raise PrefectUnavailableError(
                f"the deployment {name} on this Prefect server belongs to another Aegis, with another database",
                hint="Use its DATABASE_URL, another PREFECT_API_URL, or none: Aegis then starts a server of its own.",
            )
        if found.work_pool_name:
            raise PrefectUnavailableError(
                f"the deployment {name} on this Prefect server is for workers of the pool '{found.work_pool_name}'",
                hint=f"Run here: prefect worker start --pool {found.work_pool_name}",
            )
