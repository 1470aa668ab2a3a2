"""The stream of a project's events, by sync tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aegis.sandbox import inputs
from aegis.sandbox.messages import Answer, Request
from aegis.sandbox.rows import Row

if TYPE_CHECKING:
    from aegis.sandbox.routes import Api

MOST_EVENTS = 100


def listed(api: Api, request: Request, gid: str) -> Answer:
    """What happened in a project since a sync token; 412 with a fresh one where there is none, or too old a one."""
    project = api.store.need("projects", inputs.gid(request.query, "resource"))["gid"]
    since = api.store.events_since(project, request.query.get("sync", ""), MOST_EVENTS + 1)
    if since is None:
        error = Answer.error(412, "Sync token invalid or too old. If you are attempting to keep resources in sync, ...")
        return Answer(412, {**error.body, "sync": api.store.sync_token(project)})
    shown = since[:MOST_EVENTS]
    last = api.store.sync_token(project, shown[-1]["id"] if shown else None)
    token = last if shown else request.query["sync"]
    body = {"data": [_event(row) for row in shown], "sync": token, "has_more": len(since) > MOST_EVENTS}
    return Answer(200, body)


def _event(row: Row) -> dict[str, Any]:
    kind, parent = str(row["kind"]), row["parent"]
    return {
        "action": row["action"],
        "created_at": row["created_at"],
        "type": kind,
        "user": None,
        "resource": {"gid": row["resource"], "resource_type": kind},
        "parent": None
        if parent is None
        else {"gid": parent, "resource_type": "task" if kind == "story" else "project"},
    }
