"""What may be kept for a while and lost at any time: answers of Asana that seldom change."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.tables import cache


class Cache:
    """Texts by key, each with its time to live, in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        """The text, None where there is none or it is too old."""
        with self._database.transaction() as connection:
            row = connection.execute(select(cache).where(cache.c.key == key)).one_or_none()
            if row is None or (row.expires_at is not None and row.expires_at <= self._database.now(connection)):
                return None
            text: str = row.value
            return text

    def put(self, key: str, value: str, keep: timedelta) -> None:
        """Keep a text for so long."""
        insert = pg_insert if self._database.locks_rows else sqlite_insert
        with self._database.transaction() as connection:
            values = {"value": value, "expires_at": self._database.now(connection) + keep}
            connection.execute(
                insert(cache).values(key=key, **values).on_conflict_do_update(index_elements=["key"], set_=values)
            )

    def forget_expired(self) -> int:
        """Remove what is too old; returns how many."""
        with self._database.transaction() as connection:
            return connection.execute(
                delete(cache).where(cache.c.expires_at <= self._database.now(connection))
            ).rowcount
