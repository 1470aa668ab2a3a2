"""The runner of `aegis start`: Prefect's Runner with our three deployments, in a process of its own.

Run as `python -m aegis.cli.runner [--once] [--local]` in a session of its own, so that Ctrl-C in the terminal reaches
`aegis start` alone, which decides what becomes of the work. It reads one word a line from stdin: `drain` (begin
nothing more) and `stop`; the end of the input means `stop`, its owner is gone. On stdout it says, one JSON object a
line, that it is `ready`, what the tick of `--once` came to, or what was wrong.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TextIO
from uuid import UUID, uuid4

import click
import httpx
from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import PrefectException
from prefect.runner import Runner
from prefect.states import Cancelled

from aegis.adapters.claims import Claim, ClaimKeeper, Owner
from aegis.adapters.logs import setup_logging
from aegis.adapters.process import host
from aegis.adapters.sessions import LIFE
from aegis.core.redaction import Redactor
from aegis.core.text import one_line
from aegis.errors import AegisError, DatabaseError
from aegis.settings import Settings, load_settings
from aegis.wiring import State, open_state
from flows.deployments import refuse_others, served_deployments
from flows.orchestrate import orchestrate
from tasks.recover import begun_runs, crash_run, note_the_dead

log = logging.getLogger("aegis.runner")

POLL_SECONDS = 2.0
_BESIDES = 2
"""Places besides the agents': for a tick, and for a run that somebody starts from the UI."""
_NOTE_SECONDS = 60.0
_ROUNDS = 100
_SERVING = f"{LIFE}serving-"


class Served:
    """The runner and what it was told."""

    def __init__(self, settings: Settings, state: State, say: TextIO, *, local: bool) -> None:
        self.settings = settings
        self.state = state
        self.installation = state.markers.installation
        self.claims = state.claims
        self.local = local
        self._say = say
        self._told = asyncio.Event()
        self.draining = False
        self.stopped = False

    def say(self, **document: object) -> None:
        """Tell `aegis start`; where it is gone, nobody listens and that is no error."""
        try:
            self._say.write(json.dumps(document) + "\n")
            self._say.flush()
        except OSError:
            self.stopped = True

    async def listen(self) -> None:
        """Take the words from stdin until it ends."""
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        loop.add_signal_handler(signal.SIGTERM, reader.feed_eof)
        while line := await reader.readline():
            self.draining = True
            if line.strip() == b"stop":
                break
            self._told.set()
        self.draining = self.stopped = True
        self._told.set()

    async def pause(self, seconds: float) -> None:
        """Wait, or until something is told."""
        try:
            await asyncio.wait_for(self._told.wait(), seconds)
        except TimeoutError:
            return
        self._told.clear()

    async def register(self, runner: Runner, *, every_seconds: int | None) -> dict[str, UUID]:
        """Make or update the deployments; name -> id. Raises PrefectUnavailableError where they are another's."""
        if not self.local:
            async with get_client() as client:
                await refuse_others(client, self.installation)
        paused = self.local and every_seconds is None
        made = await served_deployments(self.installation, every_seconds=every_seconds, paused=paused)
        return {one.name: await runner.aadd_deployment(one) for one in made}

    async def serve(self) -> None:
        """Execute what is scheduled until told to stop."""
        runner = self._runner()
        ids = await self.register(runner, every_seconds=self.settings.poll_interval_seconds)
        tick = ids["orchestrate"]
        async with runner, get_client() as client, self._counted() as alone:
            await self._clear_away(client, tick)
            await note_the_dead(client, self.state, Owner.current())
            await client.create_flow_run_from_deployment(tick, name="orchestrate")  # the first look at once
            self.say(ready=True)
            noted_at = time.monotonic()
            while not self.stopped:
                if not self.draining:
                    await self._poll(runner)
                if time.monotonic() - noted_at > _NOTE_SECONDS:
                    noted_at = time.monotonic()
                    await self._note_the_dead(client)
                await self.pause(POLL_SECONDS)
            with suppress(httpx.HTTPError, PrefectException, DatabaseError):
                if alone():  # the schedule must not go on for nobody
                    await client.pause_deployment(tick)
            await runner.astop()

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[Callable[[], bool]]:
        """Within this context this runner counts; the value says whether it is the only one, on all machines."""
        me = Owner.current()
        mine = await asyncio.to_thread(self.claims.acquire, f"{_SERVING}{uuid4().hex}"[:40], me)
        assert isinstance(mine, Claim)  # nobody else has this key
        with ClaimKeeper(self.claims) as keeper:
            keeper.keep(mine)
            try:
                yield lambda: self.local or self.claims.living(_SERVING, me) <= {mine.task_gid}
            finally:
                keeper.forget(mine)
                await asyncio.to_thread(self.claims.drop, mine)

    async def once(self) -> None:
        """One tick in this process, then what it started."""
        runner = self._runner()
        ids = await self.register(runner, every_seconds=None)
        async with get_client() as client:
            await self._clear_away(client, ids["orchestrate"])
            self.say(ready=True)
            await orchestrate()
            for _ in range(_ROUNDS):
                if self.draining or not await self._due(client, [ids["work-on"], ids["do"]]):
                    break
                await self._round()
            await self._clear_away(client, ids["orchestrate"])

    async def _round(self) -> None:
        """Execute what is due now, to its end, or until told to stop; a tick that a run asks for is not due."""
        runner = self._runner()
        for one in (await served_deployments(self.installation, every_seconds=None))[:-1]:
            await runner.aadd_deployment(one)
        work = asyncio.create_task(runner.start(run_once=True))
        while not work.done() and not self.stopped:
            await asyncio.wait([work], timeout=0.5)
        if not work.done() and runner.started:
            await runner.astop()
        await work

    def _runner(self) -> Runner:
        limit = self.settings.max_concurrent_tasks + _BESIDES
        name = f"aegis-{one_line(host(), 60).replace('/', '-').replace('%', '-')}"
        return Runner(
            name=name,
            query_seconds=POLL_SECONDS,
            prefetch_seconds=POLL_SECONDS,  # a tick that is taken early bars the one that a session asks for
            limit=limit,
            pause_on_shutdown=False,
        )

    async def _poll(self, runner: Runner) -> None:
        """Look once for what is scheduled. The Runner's own loop would give up, and end all, after a few errors."""
        try:
            await runner._get_and_submit_flow_runs()  # type: ignore[no-untyped-call]  # Prefect's
        except (httpx.HTTPError, PrefectException) as error:
            log.warning("the Prefect server cannot be asked: %s", one_line(str(error) or type(error).__name__))
            await self.pause(POLL_SECONDS)

    async def _note_the_dead(self, client: PrefectClient) -> None:
        """A tick that died with its runner bars all others until it is noted: not only ticks can do that."""
        try:
            await note_the_dead(client, self.state, Owner.current())
        except (httpx.HTTPError, PrefectException, DatabaseError) as error:
            log.warning("what died cannot be noted now: %s", one_line(str(error) or type(error).__name__))

    async def _clear_away(self, client: PrefectClient, tick: UUID) -> None:
        """Cancel ticks that are late; on our own server, end what its last runner had taken and never begun."""
        late = FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),
        )
        of_tick = DeploymentFilter(id=DeploymentFilterId(any_=[tick]))
        for _ in range(_ROUNDS):
            runs = await client.read_flow_runs(deployment_filter=of_tick, flow_run_filter=late, limit=200)
            if not runs:
                break
            for run in runs:
                await client.set_flow_run_state(
                    run.id, Cancelled(message="One look replaces all late ones."), force=True
                )
        for run in await begun_runs(client, self.installation) if self.local else ():
            if run.state is not None and run.state.is_pending():
                await crash_run(client, run, "The runner that had taken this run ended before it began.")

    async def _due(self, client: PrefectClient, ids: list[UUID]) -> bool:
        found = await client.get_scheduled_flow_runs_for_deployments(ids, scheduled_before=datetime.now(UTC))
        return bool(found)


async def _main(served: Served, *, once: bool) -> None:
    listening = asyncio.create_task(served.listen())
    try:
        await (served.once() if once else served.serve())
    finally:
        listening.cancel()


@click.command("runner")
@click.option("--once", is_flag=True)
@click.option("--local", is_flag=True)
def runner(once: bool, local: bool) -> None:
    """Serve the deployments; started by `aegis start`, which reads what is said."""
    say = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a run prints is not for `aegis start`
    settings = load_settings()
    setup_logging(settings.log_level, settings.log_format, Redactor(settings.secrets()), home=settings.aegis_home)
    redactor = Redactor(settings.secrets())
    try:
        with open_state(settings) as state:
            asyncio.run(_main(Served(settings, state, say, local=local), once=once))
    except (AegisError, httpx.HTTPError, PrefectException, RuntimeError) as error:
        hint = error.hint if isinstance(error, AegisError) else ""
        text = one_line(redactor.mask(str(error) or type(error).__name__), 500)
        say.write(json.dumps({"error": text, "hint": hint, "ours": isinstance(error, AegisError)}) + "\n")
        say.flush()
        log.error("the runner ended: %s", text)
        sys.exit(1)


if __name__ == "__main__":
    runner()
