"""Delivery: the outbox's rows go to Asana, each once; what may have been applied is looked up first.

A notice cannot be looked up anywhere. One that may have been sent counts as sent: it tells of what stands in Asana
anyway, so a second one would be noise, and a lost one loses nothing. Nothing waits for a notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import Connection

from aegis.adapters.asana import AsanaClient
from aegis.adapters.asana_http import only_while
from aegis.adapters.claims import Owner, boot_clock
from aegis.adapters.moves import SUPERSEDED, Ended, make_move
from aegis.adapters.notices import Notifier
from aegis.adapters.outbox import Outbox, OutboxRow
from aegis.adapters.placements import Placements
from aegis.core.backoff import next_delivery_at
from aegis.core.models import AsanaTask, Delivery, Membership
from aegis.core.text import one_line
from aegis.errors import (
    AsanaError,
    AsanaForbiddenError,
    AsanaMalformedAnswerError,
    AsanaNotFoundError,
    AsanaNotSentError,
    AsanaPlanError,
    AsanaRateLimitedError,
    AsanaRefusedError,
    AsanaUnauthorizedError,
    AsanaUnavailableError,
    NoticeAddressError,
    NoticeError,
)

_REFUSED = (AsanaRefusedError, AsanaForbiddenError, AsanaNotFoundError, AsanaPlanError)
_LOOK_BACK = timedelta(minutes=10)
"""How far before a row's making new tasks are searched: our clock and Asana's may differ."""
_LONGEST_PAUSE = 24 * 3600.0
"""Seconds; a longer Retry-After is a mistake of somebody's."""
_MOST_NOTICE_ATTEMPTS = 10
LINK_GID = "{gid}"
"""What stands in a notice for the GID of the task that is made before it."""


def deliver(
    outbox: Outbox,
    asana: AsanaClient,
    *,
    owner: Owner,
    now: datetime,
    notifier: Notifier | None = None,
    task_gids: Iterable[str] | None = None,
    early: bool = False,
    just_read: AsanaTask | None = None,
) -> list[Delivery]:
    """Send what is due, oldest first, until Asana is away; what is left waits in the outbox. Notices go in any case.

    With `early` also what is not due yet: a person who runs us again may know that Asana is back. A move is made only
    where its task is known to stand: a task that was `just_read` need not be read for it once more.

    Returns what became of each row that was tried. Raises DatabaseError; never AsanaError or NoticeError.
    """
    gids = None if task_gids is None else list(task_gids)
    places = {just_read.gid: just_read.memberships} if just_read is not None else {}
    clock = _Clock(now)
    delivery = _Delivery(outbox, asana, notifier or Notifier(()), owner, clock, places)
    done: list[Delivery] = []
    tried: set[int] = set()
    while True:
        due = [row for row in outbox.due(clock(), here=owner, task_gids=gids, early=early) if row.id not in tried]
        if not due:
            return done
        for row in due:  # after these, rows that needed their results may be due
            tried.add(row.id)
            if delivery.asana_is_away and row.kind != "notify":
                continue
            taken_at = clock()
            leased = outbox.lease(row.id, owner, taken_at, early=early)
            if leased is not None:
                done.append(delivery.of(leased, taken_at))


class _Clock:
    """The time, from that at which a round began: rounds are long where Asana is slow, and machines sleep."""

    def __init__(self, now: datetime) -> None:
        self._now, self._since = now, boot_clock()

    def __call__(self) -> datetime:
        return self._now + timedelta(seconds=boot_clock() - self._since)


class _Delivery:
    """One round of deliveries, which learns what is of no use to try again in it."""

    def __init__(
        self,
        outbox: Outbox,
        asana: AsanaClient,
        notifier: Notifier,
        owner: Owner,
        clock: _Clock,
        places: Mapping[str, tuple[Membership, ...]],
    ) -> None:
        self._outbox, self._asana, self._notifier = outbox, asana, notifier
        self._owner, self._clock = owner, clock
        self._placements = Placements(outbox.database)
        self._places = dict(places)  # where tasks stand, as Asana said within this round
        self._no_links = ""  # why this workspace has no dependencies, once Asana has said so
        self.asana_is_away = False

    def of(self, row: OutboxRow, taken_at: datetime) -> Delivery:
        """Send one leased row, as long as it is surely ours: who takes it after us must find what we did."""
        until = taken_at + timedelta(seconds=self._outbox.lease_seconds / 2)
        try:
            with only_while(lambda: self._clock() < until):
                return self._of(row)
        except AsanaNotSentError as error:
            uncertain = (
                row.uncertain or row.kind != "notify"
            )  # an earlier attempt of the same call may have come through
            self._retry(row, str(error), self._clock(), uncertain=uncertain)
            return _delivery(row, "pending", error=str(error))

    def _of(self, row: OutboxRow) -> Delivery:
        if row.kind == "notify":
            return self._notice(row)
        optional = bool(row.payload.get("optional"))
        if optional and self._no_links and row.kind == "add-dependencies":
            return self._confirm(row, note=self._no_links)
        if row.kind == "edit-comment" and self._outbox.waits_before(row):
            return self._later(row, "an earlier comment goes first")
        try:
            if row.kind == "move":
                superseded = self._outbox.is_superseded(row)
                return self._moved(row, make_move(self._asana, row, self._places, superseded=superseded))
            found = _look_up(self._asana, row) if row.uncertain else None
            result = found if found is not None else self._send(row)
        except _REFUSED as error:
            if isinstance(error, AsanaPlanError) and row.kind == "add-dependencies":
                self._no_links = str(error)
            if row.kind == "move":  # its task cannot be seen any more
                return self._moved(row, Ended(None, str(error)))
            if optional:
                return self._confirm(row, note=str(error))
            self._outbox.park(row.id, str(error), self._clock(), owner=self._owner)
            return _delivery(row, "parked", error=str(error))
        except AsanaNotSentError:
            raise
        except AsanaError as error:
            self.asana_is_away = True
            uncertain = row.uncertain or _may_be_applied(error)
            self._retry(row, str(error), _next_at(error, row, self._clock()), uncertain=uncertain)
            return _delivery(row, "pending", error=str(error))
        return self._confirm(row, result=result)

    def _retry(self, row: OutboxRow, why: str, at: datetime, *, uncertain: bool) -> None:
        self._outbox.retry(row.id, why, at, uncertain=uncertain, owner=self._owner)

    def _moved(self, row: OutboxRow, ended: Ended) -> Delivery:
        """Note where a move left its task."""
        project, task_gid = str(row.payload.get("project", "")), row.task_gid or ""

        def note_place(connection: Connection) -> None:
            self._placements.ended(connection, task_gid, project, row.target_gid, ended.stands)

        known = ended.why_not != SUPERSEDED or row.uncertain
        self._outbox.confirm(row.id, None, self._clock(), note=ended.why_not, also=note_place if known else None)
        delivery = _delivery(row, "confirmed", error=ended.why_not)
        return delivery.model_copy(update={"refused": ended.refused})

    def _later(self, row: OutboxRow, why: str) -> Delivery:
        """Nothing of it is sent now: the comment that it edits must be known, or known not to be there."""
        self._retry(row, why, next_delivery_at(row.attempts, self._clock()), uncertain=row.uncertain)
        return _delivery(row, "pending", error=why)

    def _send(self, row: OutboxRow) -> str:
        """Apply the write; what a completion tells of the task's place is known then."""
        if row.kind != "complete":
            return _send(self._asana, row)
        self._places[row.target_gid] = self._asana.complete(row.target_gid)
        return ""

    def _confirm(self, row: OutboxRow, *, result: str = "", note: str = "") -> Delivery:
        self._outbox.confirm(row.id, result or None, self._clock(), note=note)
        return _delivery(row, "confirmed", result=result, error=note)

    def _notice(self, row: OutboxRow) -> Delivery:
        if row.uncertain:
            return self._confirm(row, note="it may have been sent")
        title, body = str(row.payload.get("title", "")), str(row.payload.get("body", ""))
        if row.after_gid:
            body = body.replace(LINK_GID, row.after_gid)
        try:
            self._notifier.send(str(row.payload.get("address", "")), title, body)
        except NoticeError as error:
            if isinstance(error, NoticeAddressError) or row.attempts >= _MOST_NOTICE_ATTEMPTS:
                self._outbox.park(row.id, str(error), self._clock(), owner=self._owner)
                return _delivery(row, "parked", error=str(error))
            self._retry(row, str(error), next_delivery_at(row.attempts, self._clock()), uncertain=False)
            return _delivery(row, "pending", error=str(error))
        return self._confirm(row)


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
        case "edit-comment":
            return _edit_comment(asana, row)
        case "create-task":
            return asana.create_task(
                row.target_gid,
                name=str(payload["name"]),
                notes=str(payload["notes"]),
                assignee_gid=payload.get("assignee"),
            )
        case "add-dependencies":
            asana.add_dependencies(row.target_gid, _needed(row))
        case "complete" | "move":
            raise AssertionError(f"a {row.kind} is sent elsewhere")
        case "notify":
            raise NoticeError("a notice is nothing for Asana")
        case _:  # without it, a kind that is not known here would count as delivered
            assert_never(row.kind)
    return ""


def _edit_comment(asana: AsanaClient, row: OutboxRow) -> str:
    """Put new words into the comment that a payload names, by its GID or by the markers that it may bear.

    Where it is not there any more, or not ours to edit, the words make a comment of their own. Returns its GID.
    """
    html, text = str(row.payload["html"]), str(row.payload["text"])
    markers = [str(one) for one in row.payload.get("markers", [])]
    gid = str(row.payload.get("story") or "") or _comment_with(asana, row.target_gid, markers)
    if gid:
        try:
            asana.edit_comment(gid, html=html, text=text)
            return gid
        except (AsanaNotFoundError, AsanaForbiddenError):
            pass
    return asana.add_comment(row.target_gid, html=html, text=text)


def _comment_with(asana: AsanaClient, task_gid: str, markers: Iterable[str]) -> str:
    """The GID of the latest comment with one of these markers, "" for none."""
    wanted = tuple(marker for marker in markers if marker)
    found = [story.gid for story in asana.stories(task_gid) if any(marker in story.text for marker in wanted)]
    return found[-1] if found else ""


def _needed(row: OutboxRow) -> list[str]:
    gids = [str(gid) for gid in row.payload.get("gids", [])]
    return [*gids, row.after_gid] if row.after_gid else gids


def _look_up(asana: AsanaClient, row: OutboxRow) -> str | None:
    """What an earlier send made ("" for a write that makes nothing), None where it was not applied."""
    match row.kind:
        case "comment" | "edit-comment":
            return _comment_with(asana, row.target_gid, [row.marker]) or None
        case "complete":
            return "" if _was_completed(asana, row) else None
        case "create-task":
            recent = asana.recent_tasks(row.target_gid, row.created_at - _LOOK_BACK)
            before = row.payload.get("before")  # the question that asked the same earlier, and is over
            return next((t.gid for t in recent if row.marker and row.marker in t.notes and t.gid != before), None)
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
