"""Results of Prefect tasks that are kept: in Redis where REDIS_URL names one, else in files of AEGIS_HOME.

Only what does no harm when it is old is kept; the named policies are in `tasks/policies.py`. What is kept is masked, is
forgotten in time, and bears a seal: who may write into a shared Redis cannot make Aegis believe (or unpickle) a thing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect.context import FlowRunContext, TaskRunContext
from prefect.filesystems import WritableFileSystem
from prefect.transactions import CommitMode, atransaction
from pydantic import PrivateAttr

from aegis import __version__
from aegis.wiring import Runtime

P = ParamSpec("P")
R = TypeVar("R")

LONGEST = 1_000_000
"""Characters of a result beyond which it is not kept."""


class KeptResults(WritableFileSystem):
    """Where Prefect reads and writes results: our cache, under this installation's name and seal.

    Never saved as a block, so no server learns where it is. A result that cannot be kept is done without.
    """

    _block_type_name = "Aegis results"
    _runtime: Runtime = PrivateAttr()
    _keep: timedelta = PrivateAttr()

    @classmethod
    def of(cls, runtime: Runtime, keep: timedelta) -> KeptResults:
        """Results that are kept for so long, of this runtime; one that only reads keeps none."""
        made = cls()
        made._runtime, made._keep = runtime, keep
        return made

    async def read_path(self, path: str) -> bytes:
        """The record under this key. Raises ValueError where there is none of ours."""
        name, state = self._name(path), self._runtime.state
        sealed = await asyncio.to_thread(state.results.get, name)
        content = state.markers.unseal(name, sealed) if sealed is not None else None
        if content is None:
            raise ValueError("there is no such result")
        return content.encode()

    async def write_path(self, path: str, content: bytes) -> None:
        """Keep the record under this key, secrets masked."""
        text = self._runtime.redactor.mask(content.decode())
        if len(text) <= LONGEST and not self._runtime.read_only:
            name, state = self._name(path), self._runtime.state
            await asyncio.to_thread(state.results.put, name, state.markers.seal(name, text), self._keep)

    def _name(self, path: str) -> str:
        return f"{self._runtime.state.markers.installation}:{path}"

    def _resolve_path(self, path: str) -> str | None:
        """Prefect's name for how a key becomes a path: it does not."""
        return None


def by_inputs(context: TaskRunContext, parameters: dict[str, Any]) -> str:
    """The key of a result: the task, what it was given, and this version of Aegis, whose forms it has."""
    given = json.dumps([__version__, parameters], sort_keys=True, default=lambda one: one.model_dump(mode="json"))
    return f"{context.task.name}-{hashlib.sha256(given.encode()).hexdigest()}"


def by_batch(context: TaskRunContext, parameters: dict[str, Any]) -> str:
    """The same by the parameter `batch` alone; another one only names the run."""
    return by_inputs(context, {"batch": parameters["batch"]})


def kept(task: Task[P, R], runtime: Runtime, keep: timedelta) -> Task[P, R]:
    """The task with its results kept for so long.

    The place is known only when a runtime is open, and Prefect's decorator takes no block that is not saved on its
    server: so it is set here.
    """
    ours = task.with_options()
    ours.result_storage = KeptResults.of(runtime, keep)
    return ours


def at_once() -> AbstractAsyncContextManager[object]:
    """Within this, a kept result is kept when its task ends; else only when the task that called it has ended well."""
    return atransaction(commit_mode=CommitMode.EAGER)


def in_a_flow() -> bool:
    """Whether a flow runs here; `aegis graph` calls the tasks' functions without one."""
    return FlowRunContext.get() is not None
