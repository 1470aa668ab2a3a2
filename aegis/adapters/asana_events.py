"""A project's stream of events, read without the SDK's iterator, which repeats pages and never hands the token out.

Asana tells each event at most once and may lose some (its published description): a whole look is needed now and then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aegis.adapters.asana_http import Http
from aegis.errors import AsanaMalformedAnswerError, AsanaSyncError

_MOST_PAGES = 10
"""A thousand events: more than that is read faster as the list of tasks."""


@dataclass(frozen=True)
class Events:
    """What happened since a token: `token` is the next one, `complete` whether nothing can have been missed.

    `changed` are the GIDs of the tasks that it happened to, `gone` of those that were taken out or deleted.
    """

    token: str
    complete: bool
    changed: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()


def read_events(http: Http, function: Callable[..., Any], project_gid: str, token: str | None) -> Events:
    """All events after a token. Raises AsanaError."""
    changed: set[str] = set()
    gone: set[str] = set()
    for _ in range(_MOST_PAGES):
        query = {"opt_fields": "action,resource,parent", **({"sync": token} if token else {})}
        try:
            what = f"the events of project {project_gid}"
            payload = http.call(what, function, project_gid, query, repeatable=True)
        except AsanaSyncError as error:
            return Events(error.token, complete=False)
        token = payload.get("sync")
        if not isinstance(token, str) or not isinstance(payload["data"], list):
            raise AsanaMalformedAnswerError(f"Asana's answer about the events of project {project_gid} has no token")
        for event in payload["data"]:
            _take(event, changed, gone)
        if not payload.get("has_more"):
            return Events(token, True, frozenset(changed), frozenset(gone))
    return Events(token or "", complete=False)


def _take(event: Any, changed: set[str], gone: set[str]) -> None:
    """Note which task an event is about: the task itself, or the one that its story stands below."""
    if not isinstance(event, dict):
        return
    resource, parent = event.get("resource"), event.get("parent")
    about = resource if _kind(resource) == "task" else parent
    gid = about.get("gid") if isinstance(about, dict) else None
    if _kind(about) != "task" or not isinstance(gid, str):
        return
    is_gone = about is resource and event.get("action") in ("removed", "deleted")
    (gone if is_gone else changed).add(gid)
    (changed if is_gone else gone).discard(gid)


def _kind(value: Any) -> str:
    return str(value.get("resource_type") or "") if isinstance(value, dict) else ""
