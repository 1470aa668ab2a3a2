"""A tick's place in its deployment's limit of one, held for a minute at a time.

Prefect's engine takes it for five minutes, and the place of a tick that died with its machine is free only after
them. A tick takes seconds, so it asks for less: then the next one is barred for about a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import httpx
from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException

LEASE_SECONDS = 60.0
"""The least that Prefect allows."""
_EVERY_SECONDS = 15.0
_ENGINES_SECONDS = 0.2
"""The engine asks in a thread of its own when the run begins, for more: what is asked last counts."""


@asynccontextmanager
async def short_place() -> AsyncIterator[None]:
    """Within this context the run's place is asked for again and again; nothing happens where it has none.

    It is asked for once before the context begins, right behind the engine's own first request.
    """
    lease = _lease()
    if lease is None:
        yield
        return
    async with get_client() as client:
        await asyncio.sleep(_ENGINES_SECONDS)
        await _ask_for(client, lease)
        holding = asyncio.create_task(_hold(client, lease))
        try:
            yield
        finally:
            holding.cancel()
            with suppress(asyncio.CancelledError):
                await holding


def _lease() -> UUID | None:
    context = FlowRunContext.get()
    run = None if context is None else context.flow_run
    state = None if run is None else run.state
    return None if state is None else state.state_details.deployment_concurrency_lease_id


async def _hold(client: PrefectClient, lease: UUID) -> None:
    await asyncio.sleep(1)  # should the engine's have come later
    while True:
        await _ask_for(client, lease)
        await asyncio.sleep(_EVERY_SECONDS)


async def _ask_for(client: PrefectClient, lease: UUID) -> None:
    with suppress(httpx.HTTPError, PrefectException):  # the engine holds it too, and sees to what is wrong
        await client.renew_concurrency_lease(lease, LEASE_SECONDS)
