"""The named policies of our Prefect tasks: what is tried again, and what is kept.

Asana's adapter tries a failed call three times within its patience. A Prefect retry is for the whole task and
comes on top, so it is rare and slow: the two must not multiply into a storm.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from aegis.errors import AegisError, AsanaUnavailableError
from tasks.results import by_batch, by_inputs

NEVER_KEPT: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False}
"""For what may change at any moment: Asana's content, the judgement over it, and every effect."""


async def helps_to_try_again(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether the error itself says that the same call may succeed later."""
    try:
        await state.result()
    except AsanaUnavailableError:
        return True
    except AegisError:
        return False
    except Exception:
        return False
    return False


READ: dict[str, Any] = {
    **NEVER_KEPT,
    "retries": 1,
    "retry_delay_seconds": 5,
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": helps_to_try_again,
}
"""For reads of Asana: once more after a pause where Asana was away, never for a refusal."""

KEPT: dict[str, Any] = {"persist_result": True, "result_serializer": "json", "cache_key_fn": by_inputs}
"""For what is decided by its inputs alone, or may be a little old: the same inputs give the kept result."""

KEPT_READING: dict[str, Any] = {**KEPT, "cache_key_fn": by_batch, "retries": 0}
"""For what Claude replied about texts: a reply that is lost between the run and our tables is not paid for again."""

READ_NOW_AND_THEN: dict[str, Any] = {
    **KEPT,
    **{name: value for name, value in READ.items() if name not in NEVER_KEPT},
    "cache_expiration": timedelta(hours=1),
}
"""For reads of Asana whose answer may be an hour old: whose a portfolio is."""

ONCE: dict[str, Any] = {**NEVER_KEPT, "retries": 0}
"""For effects: what happens after a failure is decided by claims and the outbox, not by trying again."""
