"""A session: one run of a flow of ours, noted in our tables, so that one whose process dies is known and ended."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from prefect import get_client
from prefect.runtime import flow_run

from aegis.adapters.claims import Claim
from aegis.adapters.logs import add_log_ids, log_ids
from aegis.adapters.sessions import life_key
from aegis.core.models import Frozen
from aegis.core.text import one_line
from aegis.errors import DatabaseError
from aegis.wiring import Runtime, masked

log = logging.getLogger("aegis.run")


@dataclass
class Session:
    """The session that runs in this process."""

    runtime: Runtime
    id: str
    flow_run_id: str
    _report: str = ""

    def at(self, project_gid: str) -> None:
        """It is about this project."""
        add_log_ids(project=project_gid)
        if not self.runtime.read_only:
            self.runtime.state.sessions.at_project(self.id, project_gid)

    def reports(self, report: Frozen) -> None:
        """What it came to, kept when it ends; secrets masked."""
        document = report.model_dump_json(exclude={"assessment"})
        self._report = self.runtime.redactor.mask(document)


async def name_run(name: str) -> None:
    """Name this run in Prefect; the orchestrator asks for runs by GID, and people know projects by their names.

    Trouble with it stops no work.
    """
    name, run_id = masked(one_line(name)), flow_run.get_id()
    if run_id is None or flow_run.get_name() == name:
        return
    try:
        async with get_client() as client:
            await client.set_flow_run_name(uuid.UUID(str(run_id)), name)
    except Exception as error:
        log.warning("The run was not named '%s' in Prefect: %s", name, type(error).__name__)


@contextmanager
def session(runtime: Runtime, flow: str) -> Iterator[Session]:
    """Note the session from its begin to its end, however it ends, short of the process's death."""
    mine = Session(runtime, str(uuid.uuid4()), str(flow_run.get_id() or ""))
    with log_ids(flow_run=mine.flow_run_id):
        if runtime.read_only:
            yield mine
        else:
            with _noted(runtime, flow, mine):
                yield mine


@contextmanager
def _noted(runtime: Runtime, flow: str, mine: Session) -> Iterator[None]:
    """The session's row, from its begin to its end, under a claim that says that its process lives."""
    runtime.flow_run_id = mine.flow_run_id
    runtime.state.sessions.begin(mine.id, flow=flow, flow_run_id=mine.flow_run_id, owner=runtime.owner)
    life = runtime.state.claims.acquire(life_key(mine.id), runtime.owner)
    if runtime.keeper is not None and isinstance(life, Claim):
        runtime.keeper.keep(life)
    try:
        yield
    finally:
        with suppress(DatabaseError):  # the session's own error is told, not this one; `recover` notes the end later
            runtime.state.sessions.end(mine.id, mine._report)
            if runtime.keeper is not None and isinstance(life, Claim):
                runtime.keeper.forget(life)
                runtime.state.claims.drop(life)
