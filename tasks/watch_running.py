"""Watch running: the tasks that agents work on, read again in each tick; what people did to them comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from prefect import task
from pydantic import ValidationError

from aegis.adapters.claims import HeldClaim, Stop
from aegis.core.models import AsanaTask, Frozen
from aegis.core.people_first import Begun, Change, change_of, new_dependencies
from aegis.core.scope import Scope
from aegis.core.text import one_line
from aegis.errors import AsanaForbiddenError, AsanaNotFoundError
from aegis.wiring import Runtime, current
from tasks.ours import comments_of_people
from tasks.policies import ONCE
from tasks.sections import scope_of

_KEPT = timedelta(hours=6)


class Stopped(Frozen):
    """An agent that was asked to stop, and why; with `news` it goes on at once."""

    task_gid: str
    name: str
    why: str
    news: bool


@task(name="watch-running", task_run_name="look at what runs", **ONCE)
async def watch_running() -> tuple[Stopped, ...]:
    """Ask the owners of tasks that people changed to stop, each once. Raises AsanaError."""
    return await asyncio.to_thread(_watch, current())


def _watch(runtime: Runtime) -> tuple[Stopped, ...]:
    held = [one for one in runtime.state.claims.held(here=runtime.owner) if one.about and not one.stop_asked]
    if not held:
        return ()
    found = runtime.asana.tasks_by_gid([one.task_gid for one in held], whole=True)
    stopped = []
    scope = scope_of(runtime, {one.project_gid for one in held})  # once all is read: what is moved is noted before
    for one in held:
        now = found[one.task_gid]
        if not isinstance(now, AsanaTask) and not isinstance(now, AsanaNotFoundError | AsanaForbiddenError):
            continue  # Asana's own trouble is no word of a person
        seen = now if isinstance(now, AsanaTask) else None
        change = _change(runtime, one, seen, scope)
        if change is not None and runtime.state.claims.ask_to_stop(one.task_gid, Stop(change.why, change.news)):
            name = one_line(seen.name) if seen is not None else one.task_gid
            stopped.append(Stopped(task_gid=one.task_gid, name=name, why=change.why, news=change.news))
    return tuple(stopped)


def _change(runtime: Runtime, held: HeldClaim, seen: AsanaTask | None, scope: Scope) -> Change | None:
    try:
        before = Begun.model_validate_json(held.about or "")
    except ValidationError:
        return None  # written by another version: its owner goes on
    waits, comments = [], 0
    if seen is not None and not seen.completed:
        waits = _open(runtime, new_dependencies(before, seen))
        changed = before.seen_until is None or seen.modified_at is None or seen.modified_at > before.seen_until
        comments = _new_comments(runtime, seen, before) if changed else 0
    return change_of(
        before,
        seen,
        scope=scope,
        project_gid=held.project_gid,
        open_dependencies=waits,
        new_comments=comments,
    )


def _open(runtime: Runtime, gids: Sequence[str]) -> list[AsanaTask]:
    found = runtime.asana.tasks_by_gid(gids) if gids else {}
    return [one for one in found.values() if isinstance(one, AsanaTask) and not one.completed]


def _new_comments(runtime: Runtime, seen: AsanaTask, before: Begun) -> int:
    """How many there are; a change after which there was none, such as our own move, is not looked at again."""
    key = f"no-comments:{seen.gid}"
    change = f"{before.seen_until} {seen.modified_at}"
    if seen.modified_at is not None and runtime.state.cache.get(key) == change:
        return 0
    stories = runtime.asana.stories(seen.gid)
    found = len(comments_of_people(runtime, seen.gid, stories, since=before.seen_until))
    if not found:
        runtime.state.cache.put(key, change, _KEPT)
    return found
