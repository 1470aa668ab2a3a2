"""The outbox: every write to Asana, and every notice, stands here before it is sent, and is confirmed after.

A row is pending, then sending (under a lease), then confirmed, or parked where Asana refuses it for good. One that was
being sent when its sender died is uncertain: it may have been applied, and is looked up before it is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.claims import Owner
from aegis.adapters.database import Database
from aegis.adapters.tables import outbox
from aegis.core.models import Effort
from aegis.errors import DatabaseError

LEASE_SECONDS = 180.0
"""So long a row belongs to who took it; half of that is for its turn to come, and half for the answer."""
_COMMENTS = ("comment", "edit-comment")


@dataclass(frozen=True)
class OutboxWrite:
    """A write that is to be made. `after` is the index, in the same list, of the write whose result it needs.

    With `"optional": true` in its payload, a write that Asana refuses for good is done with, and no trouble.
    """

    kind: Effort
    target_gid: str
    payload: dict[str, Any]
    marker: str
    task_gid: str | None = None
    execution_id: str | None = None
    after: int | None = None


@dataclass(frozen=True)
class OutboxRow:
    """A stored write; `uncertain` where an earlier send may have been applied, `after_gid` what the write needs."""

    id: int
    kind: Effort
    target_gid: str
    payload: dict[str, Any]
    marker: str
    task_gid: str | None
    execution_id: str | None
    state: str
    uncertain: bool
    attempts: int
    error: str
    created_at: datetime
    after_gid: str | None = None


class Outbox:
    """The outbox's table."""

    def __init__(self, database: Database, lease_seconds: float = LEASE_SECONDS) -> None:
        self.database = database
        self.lease_seconds = lease_seconds

    def enqueue(self, connection: Connection, writes: Sequence[OutboxWrite], now: datetime) -> list[int]:
        """Store writes in a transaction of the caller; returns their ids."""
        ids: list[int] = []
        for write in writes:
            values = {
                "kind": write.kind,
                "target_gid": write.target_gid,
                "payload": json.dumps(write.payload),
                "marker": write.marker,
                "task_gid": write.task_gid,
                "execution_id": write.execution_id,
                "after_id": None if write.after is None else ids[write.after],
                "state": "pending",
                "uncertain": False,
                "next_at": now,
                "created_at": now,
            }
            if write.kind == "notify":
                ids.append(self._notice(connection, values))
            else:
                ids.append(connection.execute(insert(outbox).values(**values).returning(outbox.c.id)).scalar_one())
        return ids

    def _notice(self, connection: Connection, values: dict[str, Any]) -> int:
        """Store a notice where none has its marker yet, whoever stored it; returns 0 where one has."""
        statement = pg_insert(outbox) if self.database.locks_rows else sqlite_insert(outbox)
        stored = statement.values(**values).on_conflict_do_nothing().returning(outbox.c.id)
        return connection.execute(stored).scalar() or 0

    def enqueue_now(self, writes: Sequence[OutboxWrite]) -> list[int]:
        """Store writes in a transaction of their own; returns their ids."""
        with self.database.transaction() as connection:
            return self.enqueue(connection, writes, self.database.now(connection))

    def due(
        self, now: datetime, *, here: Owner, task_gids: Iterable[str] | None = None, early: bool = False
    ) -> list[OutboxRow]:
        """What can be sent now, oldest first: pending and due (or not yet, with `early`), or left by a dead sender.

        A write that needs another's result waits for it; where that one is parked, it is never due.
        """
        may_be = outbox.c.state.in_(("sending", "pending"))
        due = or_(outbox.c.state == "sending", (outbox.c.state == "pending") & (outbox.c.next_at <= now))
        query = select(outbox).where(may_be if early else due).order_by(outbox.c.id)
        if task_gids is not None:
            query = query.where(outbox.c.task_gid.in_(list(task_gids)))
        with self.database.transaction() as connection:
            rows = [row for row in connection.execute(query).all() if _can_be_taken(row, now, here, early=early)]
            befores = self._results(connection, [row.after_id for row in rows if row.after_id is not None])
        ready = [row for row in rows if row.after_id is None or row.after_id in befores]
        return [_row(row, after_gid=befores.get(row.after_id) if row.after_id else None) for row in ready]

    def _results(self, connection: Connection, ids: Sequence[int]) -> dict[int, str | None]:
        query = select(outbox.c.id, outbox.c.result_gid).where(outbox.c.id.in_(ids), outbox.c.state == "confirmed")
        return {row.id: row.result_gid for row in connection.execute(query)}

    def lease(self, row_id: int, owner: Owner, now: datetime, *, early: bool = False) -> OutboxRow | None:
        """Take a row to send it; None where another took it, or it needs nothing any more."""
        with self.database.transaction() as connection:
            query = select(outbox).where(outbox.c.id == row_id)
            row = connection.execute(query.with_for_update() if self.database.locks_rows else query).one_or_none()
            if row is None or not _can_be_taken(row, now, owner, early=early):
                return None
            uncertain = bool(row.uncertain) or row.state == "sending"
            values = {
                "state": "sending",
                "uncertain": uncertain,
                "attempts": row.attempts + 1,
                "lease_owner": owner.to_json(),
                "lease_until": now + timedelta(seconds=self.lease_seconds),
            }
            connection.execute(update(outbox).where(outbox.c.id == row_id).values(**values))
            after = self._results(connection, [row.after_id]) if row.after_id is not None else {}
            found = _row(row, after_gid=after.get(row.after_id) if row.after_id else None)
            return OutboxRow(**{**found.__dict__, "uncertain": uncertain, "attempts": row.attempts + 1})

    def get(self, row_id: int) -> OutboxRow | None:
        """One row as it is."""
        with self.database.transaction() as connection:
            row = connection.execute(select(outbox).where(outbox.c.id == row_id)).one_or_none()
            return None if row is None else _row(row)

    def confirm(
        self,
        row_id: int,
        result_gid: str | None,
        now: datetime,
        *,
        note: str = "",
        also: Callable[[Connection], None] | None = None,
    ) -> None:
        """It was applied, or need not be, as `note` says then; `result_gid` is what it made.

        `also` stores more in the same transaction.
        """
        values = {"state": "confirmed", "result_gid": result_gid, "ended_at": now, "error": note, "lease_owner": None}
        with self.database.transaction() as connection:
            connection.execute(update(outbox).where(outbox.c.id == row_id).values(**values))
            if also is not None:
                also(connection)

    def retry(self, row_id: int, error: str, next_at: datetime, *, uncertain: bool, owner: Owner | None = None) -> None:
        """It did not come through now; `uncertain` where it may have been applied.

        With `owner` only while it is theirs: who slept meanwhile says nothing of what another has taken.
        """
        values = {"state": "pending", "error": error, "next_at": next_at, "uncertain": uncertain}
        self._set(row_id, owner, values)

    def park(self, row_id: int, error: str, now: datetime, *, owner: Owner | None = None) -> None:
        """Asana refuses it for good; `owner` as in `retry`."""
        self._set(row_id, owner, {"state": "parked", "error": error, "ended_at": now})

    def _set(self, row_id: int, owner: Owner | None, values: dict[str, Any]) -> None:
        change = update(outbox).where(outbox.c.id == row_id)
        if owner is not None:
            change = change.where(outbox.c.state == "sending", outbox.c.lease_owner == owner.to_json())
        with self.database.transaction() as connection:
            connection.execute(change.values(**values, lease_owner=None))

    def pending(self, *, task_gids: Iterable[str] | None = None) -> list[OutboxRow]:
        """What waits to be delivered."""
        return self._in_state(("pending", "sending"), task_gids)

    def parked(self, *, task_gids: Iterable[str] | None = None) -> list[OutboxRow]:
        """What Asana refused for good."""
        return self._in_state(("parked",), task_gids)

    def _in_state(self, states: tuple[str, ...], task_gids: Iterable[str] | None) -> list[OutboxRow]:
        query = select(outbox).where(outbox.c.state.in_(states)).order_by(outbox.c.id)
        if task_gids is not None:
            query = query.where(outbox.c.task_gid.in_(list(task_gids)))
        with self.database.transaction() as connection:
            return [_row(row) for row in connection.execute(query)]

    def is_superseded(self, row: OutboxRow) -> bool:
        """Whether a later write of the same kind, task and marker was stored."""
        query = select(outbox.c.id).where(
            outbox.c.kind == row.kind,
            outbox.c.task_gid == row.task_gid,
            outbox.c.marker == row.marker,
            outbox.c.id > row.id,
        )
        with self.database.transaction() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def waits_before(self, row: OutboxRow) -> bool:
        """Whether an earlier comment on the same task is not sent yet, or may have been."""
        query = select(outbox.c.id).where(
            outbox.c.kind.in_(_COMMENTS),
            outbox.c.target_gid == row.target_gid,
            outbox.c.id < row.id,
            outbox.c.state.in_(("pending", "sending")),
        )
        with self.database.transaction() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def comment_of(self, execution_ids: Sequence[str]) -> str | None:
        """The GID of the comment that reported the latest of these executions; None where we know of none."""
        query = select(outbox.c.result_gid).where(
            outbox.c.execution_id.in_(execution_ids),
            outbox.c.kind.in_(_COMMENTS),
            outbox.c.target_gid == outbox.c.task_gid,
            outbox.c.result_gid.is_not(None),
        )
        with self.database.transaction() as connection:
            return connection.execute(query.order_by(outbox.c.id.desc()).limit(1)).scalar()

    def targets(self, kind: Effort, marker: str) -> set[str]:
        """The GIDs for which a write of this kind with this marker was ever stored, whatever became of it."""
        query = select(outbox.c.target_gid).where(outbox.c.kind == kind, outbox.c.marker == marker)
        with self.database.transaction() as connection:
            return set(connection.execute(query).scalars())

    def has(self, connection: Connection, kind: Effort, marker: str) -> bool:
        """Whether a write of this kind with this marker was ever stored, as a transaction of the caller sees it."""
        query = select(outbox.c.id).where(outbox.c.kind == kind, outbox.c.marker == marker).limit(1)
        return connection.execute(query).first() is not None

    def made(self, kind: Effort, marker: str) -> str | None:
        """The GID of what the latest write of this kind with this marker made; None where it made nothing yet."""
        query = select(outbox.c.result_gid).where(outbox.c.kind == kind, outbox.c.marker == marker)
        with self.database.transaction() as connection:
            return connection.execute(query.order_by(outbox.c.id.desc()).limit(1)).scalar()

    def counts(self) -> tuple[int, int]:
        """How many writes to Asana wait to be delivered, and how many are parked; notices are none."""
        query = (
            select(outbox.c.state, func.count())
            .where(outbox.c.state != "confirmed", outbox.c.kind != "notify")
            .group_by(outbox.c.state)
        )
        with self.database.transaction() as connection:
            found: dict[str, int] = dict(connection.execute(query).all())
        return found.get("pending", 0) + found.get("sending", 0), found.get("parked", 0)


def _can_be_taken(row: Row[Any], now: datetime, here: Owner, *, early: bool) -> bool:
    if row.state == "pending":
        return early or bool(row.next_at <= now)
    if row.state != "sending":
        return False
    if row.lease_until is None or row.lease_until <= now or not row.lease_owner:
        return True
    return Owner.from_json(row.lease_owner).is_dead(here)


def _row(row: Row[Any], after_gid: str | None = None) -> OutboxRow:
    try:
        payload = json.loads(row.payload)
    except ValueError as error:
        raise DatabaseError(f"the outbox row {row.id} in the database is corrupt") from error
    return OutboxRow(
        id=row.id,
        kind=row.kind,
        target_gid=row.target_gid,
        payload=payload,
        marker=row.marker,
        task_gid=row.task_gid,
        execution_id=row.execution_id,
        state=row.state,
        uncertain=row.uncertain,
        attempts=row.attempts,
        error=row.error,
        created_at=row.created_at,
        after_gid=after_gid,
    )
