"""Holds: why nothing is started now, for all machines of the database; a pause is a hold that a person set.

A hold has a scope: `*` for everything, `project:GID`, or `account:ID` for what one model account may do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.events import note
from aegis.adapters.tables import holds

EVERYTHING = "*"


@dataclass(frozen=True)
class Hold:
    """A hold as stored. `until` is when it lifts by itself (UTC), `probe_at` when somebody looks whether it is over.

    One that is not `active` only counts failures in a row.
    """

    key: str
    kind: str
    scope: str
    reason: str
    failures: int
    active: bool
    since: datetime
    until: datetime | None
    probe_at: datetime | None


class Holds:
    """The holds' table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(
        self,
        kind: str,
        scope: str,
        reason: str,
        *,
        until: datetime | None = None,
        probe_at: datetime | None = None,
        active: bool = True,
        failures: int = 0,
        tell: Callable[[Connection, datetime], object] | None = None,
    ) -> bool:
        """Hold, or change the hold there is; True where nothing of the kind was active before.

        Then `tell` is called in the same transaction: a hold that stands was told, whatever dies here.
        """
        key = f"{kind}:{scope}"
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            before = self._one(connection, key)
            fresh = before is None or not before.active or (before.until is not None and before.until <= now)
            values = {
                "kind": kind,
                "scope": scope,
                "reason": reason,
                "failures": failures,
                "active": active,
                "until": until,
                "probe_at": probe_at,
                "since": now if before is None or fresh else before.since,
            }
            statement = (pg_insert if self._database.locks_rows else sqlite_insert)(holds)
            connection.execute(
                statement.values(key=key, **values).on_conflict_do_update(index_elements=["key"], set_=values)
            )
            if fresh and active:
                note(connection, "held", **_about(kind, scope), reason=reason, until=_said(until))
            if fresh and active and tell is not None:
                tell(connection, now)
            return fresh and active

    def lift(self, kind: str, scope: str) -> bool:
        """Hold no more; False where nothing was held."""
        return self._remove([f"{kind}:{scope}"])

    def lift_account(self, scope: str, *, but: Iterable[str] = ()) -> tuple[str, ...]:
        """The account works: remove its holds and its counts; returns the kinds that were active."""
        with self._database.transaction() as connection:
            rows = connection.execute(select(holds).where(holds.c.scope == scope, holds.c.kind.not_in(list(but)))).all()
            connection.execute(delete(holds).where(holds.c.key.in_([row.key for row in rows])))
            for row in rows:
                if row.active:
                    note(connection, "lifted", **_about(row.kind, row.scope))
        return tuple(row.kind for row in rows if row.active)

    def _remove(self, keys: list[str]) -> bool:
        with self._database.transaction() as connection:
            held = connection.execute(select(holds).where(holds.c.key.in_(keys), holds.c.active)).all()
            connection.execute(delete(holds).where(holds.c.key.in_(keys)))
            for row in held:
                note(connection, "lifted", **_about(row.kind, row.scope))
        return bool(held)

    def get(self, kind: str, scope: str) -> Hold | None:
        """One hold, active or only counting."""
        with self._database.transaction() as connection:
            row = self._one(connection, f"{kind}:{scope}")
        return None if row is None else _hold(row)

    def active(self, now: datetime, scopes: Iterable[str] | None = None) -> list[Hold]:
        """What holds now, oldest first; of these scopes, or all."""
        query = select(holds).where(holds.c.active).order_by(holds.c.since)
        if scopes is not None:
            query = query.where(holds.c.scope.in_(list(scopes)))
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        return [_hold(row) for row in rows if row.until is None or row.until > now]

    def put_off_probe(self, hold: Hold, at: datetime) -> bool:
        """Take the probe that is due upon oneself; False where another process was faster."""
        with self._database.transaction() as connection:
            mine = (holds.c.key == hold.key) & (holds.c.probe_at == hold.probe_at)
            return connection.execute(update(holds).where(mine).values(probe_at=at)).rowcount == 1

    def _one(self, connection: Connection, key: str) -> Row[Any] | None:
        query = select(holds).where(holds.c.key == key)
        return connection.execute(query.with_for_update() if self._database.locks_rows else query).one_or_none()


def _about(kind: str, scope: str) -> dict[str, str]:
    """What an event tells of a hold."""
    return {"hold": kind, "scope": scope, "project": scope.partition("project:")[2]}


def _said(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at is not None else ""


def _hold(row: Row[Any]) -> Hold:
    return Hold(**row._mapping)
