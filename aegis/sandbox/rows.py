"""The sandbox's rows in SQLite: transactions, GIDs, and the one way to read, add and change a row."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aegis.sandbox.schema import SCHEMA

_FIRST_GID = 1_210_000_000_000_000
_SINGULAR = {"stories": "story"}

Row = dict[str, Any]


def timestamp(at: datetime | None = None) -> str:
    """A time as Asana writes it: UTC with milliseconds."""
    return (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Refused(Exception):
    """The API would answer with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Rows:
    """A database with the sandbox's tables, in memory where no file is named."""

    def __init__(self, database: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(database or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._depth = 0
        self._db.execute("PRAGMA synchronous = OFF")  # a sandbox outlives its own end, not the machine's
        self._db.executescript(SCHEMA)
        if self._one("SELECT n FROM counter") is None:
            self._db.execute("INSERT INTO counter VALUES (?)", (_FIRST_GID,))

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done within, or nothing of it where it raises; may stand within another one."""
        with self.lock:
            name = f"level_{self._depth}"
            self._db.execute(f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._db.execute(f"ROLLBACK TO {name}")
                raise
            finally:
                self._depth -= 1
                self._db.execute(f"RELEASE {name}")

    def all(self, query: str, *values: Any) -> list[Row]:
        """The rows of a query."""
        with self.lock:
            return [dict(row) for row in self._db.execute(query, values)]

    def _one(self, query: str, *values: Any) -> Row | None:
        rows = self.all(query, *values)
        return rows[0] if rows else None

    def get(self, table: str, gid: str | None) -> Row | None:
        """The row of a table by its GID."""
        return self._one(f"SELECT * FROM {table} WHERE gid = ?", gid)  # noqa: S608 - names of our own tables

    def need(self, table: str, gid: str | None) -> Row:
        """The same; 404 where there is none."""
        row = self.get(table, gid)
        if row is None:
            kind = _SINGULAR.get(table, table.removesuffix("s"))
            raise Refused(404, f"{kind}: Unknown object: {gid}")
        return row

    def new_gid(self) -> str:
        """A GID that nothing else has."""
        with self.lock:
            self._db.execute("UPDATE counter SET n = n + 1")
            row = self._one("SELECT n FROM counter")
            assert row is not None
            return str(row["n"])

    def _insert(self, table: str, **values: Any) -> None:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        with self.lock:
            self._db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))  # noqa: S608

    def _set(self, table: str, gid: str, **values: Any) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        with self.lock:
            self._db.execute(f"UPDATE {table} SET {columns} WHERE gid = ?", (*values.values(), gid))  # noqa: S608
