"""Delivery: the outbox's rows go to Asana, each once; what may have been applied is looked up first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never

from aegis.adapters.asana import AsanaClient
from aegis.adapters.claims import Owner
from aegis.adapters.outbox import Outbox, OutboxRow
from aegis.core.backoff import next_delivery_at
from aegis.core.models import Delivery
from aegis.core.text import one_line
from aegis.errors import (
    AsanaError,
    AsanaForbiddenError,
    AsanaMalformedAnswerError,
    AsanaNotFoundError,
    AsanaPlanError,
    AsanaRateLimitedError,
    AsanaRefusedError,
    AsanaUnauthorizedError,
    AsanaUnavailableError,
)

_REFUSED = (AsanaRefusedError, AsanaForbiddenError, AsanaNotFoundError, AsanaPlanError)
_LOOK_BACK = timedelta(minutes=10)
"""How far before a row's making new tasks are searched: our clock and Asana's may differ."""
_LONGEST_PAUSE = 24 * 3600.0
"""Seconds; a longer Retry-After is a mistake of somebody's."""


def deliver(
    outbox: Outbox,
    asana: AsanaClient,
    *,
    owner: Owner,
    now: datetime,
    task_gids: Iterable[str] | None = None,
    early: bool = False,
) -> list[Delivery]:
    """Send what is due, oldest first, until Asana is away; what is left waits in the outbox.

    With `early` also what is not due yet: a person who runs us again may know that Asana is back.

    Returns what became of each row that was tried. Raises DatabaseError; never AsanaError.
    """
    gids = None if task_gids is None else list(task_gids)
    done: list[Delivery] = []
    tried: set[int] = set()
    away = False
    while not away:
        due = [row for row in outbox.due(now, here=owner, task_gids=gids, early=early) if row.id not in tried]
        if not due:
            break
        for row in due:  # after these, rows that needed their results may be due
            tried.add(row.id)
            leased = outbox.lease(row.id, owner, now, early=early)
            if leased is None:
                continue
            delivery, away = _deliver_one(outbox, asana, leased, now)
            done.append(delivery)
            if away:
                break
    return done


def _deliver_one(outbox: Outbox, asana: AsanaClient, row: OutboxRow, now: datetime) -> tuple[Delivery, bool]:
    """Send one leased row; the second value says whether it is of no use to try others now."""
    try:
        found = _look_up(asana, row) if row.uncertain else None
        result = found if found is not None else _send(asana, row)
    except _REFUSED as error:
        outbox.park(row.id, str(error), now)
        return _delivery(row, "parked", error=str(error)), False
    except AsanaError as error:
        uncertain = row.uncertain or _may_be_applied(error)
        outbox.retry(row.id, str(error), _next_at(error, row, now), uncertain=uncertain)
        return _delivery(row, "pending", error=str(error)), True
    outbox.confirm(row.id, result or None, now)
    return _delivery(row, "confirmed", result=result), False


def _next_at(error: AsanaError, row: OutboxRow, now: datetime) -> datetime:
    """When to try again: not before Asana said; at once where a person must mend the token and then runs us again."""
    if isinstance(error, AsanaUnauthorizedError):
        return now
    at = next_delivery_at(row.attempts, now)
    named = error.retry_after if isinstance(error, AsanaRateLimitedError | AsanaUnavailableError) else None
    return at if named is None else max(at, now + timedelta(seconds=min(named, _LONGEST_PAUSE)))


def _may_be_applied(error: AsanaError) -> bool:
    if isinstance(error, AsanaUnavailableError):
        return error.sent
    return isinstance(error, AsanaMalformedAnswerError)


def _delivery(row: OutboxRow, state: str, *, result: str = "", error: str = "") -> Delivery:
    return Delivery.model_validate(
        {
            "row_id": row.id,
            "kind": row.kind,
            "target_gid": row.target_gid,
            "task_gid": row.task_gid,
            "state": state,
            "result_gid": result or None,
            "error": one_line(error),
        }
    )


def _send(asana: AsanaClient, row: OutboxRow) -> str:
    """Apply the write; returns the GID of what it made, "" where it makes nothing."""
    payload = row.payload
    match row.kind:
        case "comment":
            return asana.add_comment(row.target_gid, html=str(payload["html"]), text=str(payload["text"]))
        case "complete":
            asana.complete(row.target_gid)
        case "create-task":
            return asana.create_task(
                row.target_gid,
                name=str(payload["name"]),
                notes=str(payload["notes"]),
                assignee_gid=payload.get("assignee"),
            )
        case "add-dependencies":
            asana.add_dependencies(row.target_gid, _needed(row))
        case _:  # without it, a kind that is not known here would count as delivered
            assert_never(row.kind)
    return ""


def _needed(row: OutboxRow) -> list[str]:
    gids = [str(gid) for gid in row.payload.get("gids", [])]
    return [*gids, row.after_gid] if row.after_gid else gids


def _look_up(asana: AsanaClient, row: OutboxRow) -> str | None:
    """What an earlier send made ("" for a write that makes nothing), None where it was not applied."""
    match row.kind:
        case "comment":
            stories = asana.stories(row.target_gid)
            return next((story.gid for story in stories if row.marker and row.marker in story.text), None)
        case "complete":
            return "" if _was_completed(asana, row) else None
        case "create-task":
            recent = asana.recent_tasks(row.target_gid, row.created_at - _LOOK_BACK)
            return next((task.gid for task in recent if row.marker and row.marker in task.notes), None)
    return None  # adding dependencies twice is adding them once


def _was_completed(asana: AsanaClient, row: OutboxRow) -> bool:
    """Whether our completion was applied; a person may have reopened the task since, which must stand."""
    if asana.task(row.target_gid).completed:
        return True
    stories = asana.stories(row.target_gid)
    if row.task_gid not in (None, row.target_gid):  # a subtask bears no comment of ours; it was open before the run
        since = row.created_at - _LOOK_BACK
        return any(s.resource_subtype == "marked_complete" and s.created_at and s.created_at > since for s in stories)
    after_comment = False
    for story in stories:
        if row.marker and row.marker in story.text:
            after_comment = True
        elif after_comment and story.resource_subtype == "marked_complete":
            return True
    return False
