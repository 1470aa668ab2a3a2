"""What our tables forget: rows that are over and old, and that nothing needs any more to decide anything.

Kept for good are one row a task of `claims` (its number must grow on) and of `placements` (where it stands only by our
move), and of each task the latest execution with its completion: by them a task that a person reopens after a year is
known, and its conversation resumed.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from aegis.adapters.claims import Claims
from aegis.adapters.database import Database
from aegis.adapters.sessions import LIFE, Sessions
from aegis.adapters.tables import cache, executions, outbox, tasks
from aegis.core.models import Verdict

_FORGETTABLE = ("comment", "edit-comment", "add-dependencies", "create-task", "move")
"""The kinds of confirmed writes that nothing asks for again; a completion is asked for whenever its task is seen."""
_PAGES = 5000


class Retention:
    """The old rows of all tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget_before(self, at: datetime) -> int:
        """Remove what ended before `at` and is needed no more; returns how many rows. Raises DatabaseError.

        Each table in a transaction of its own: where the machine dies between two, the next time does the rest.
        """
        gone = Sessions(self._database).forget_ended_before(at) + Claims(self._database).drop_lapsed(LIFE)
        for forget in (_outbox, _executions, _tasks, _cache):
            with self._database.transaction() as connection:
                gone += forget(connection, at, self._database.now(connection))
        return gone

    def shrink(self, wait_seconds: float = 5.0) -> None:
        """Give a SQLite file's free pages back to the disk, bit by bit; PostgreSQL does that itself.

        The first time the file is rewritten for it. Another process that writes goes first, and the next time counts.
        """
        if self._database.engine.dialect.name != "sqlite":
            return
        raw = self._database.engine.raw_connection()
        try:
            cursor = raw.cursor()
            usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout={int(wait_seconds * 1000)}")
            with suppress(sqlite3.OperationalError):
                (mode,) = cursor.execute("PRAGMA auto_vacuum").fetchone()
                if mode != 2:
                    cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
                    cursor.execute("VACUUM")
                # as a script: `execute` takes one step of it, which frees one page
                cursor.executescript(f"PRAGMA incremental_vacuum({_PAGES})")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.execute(f"PRAGMA busy_timeout={usual}")
        finally:
            raw.close()


def _outbox(connection: Connection, at: datetime, now: datetime) -> int:
    """Writes that are confirmed, and that no other write names as the one it came after."""
    needed = select(outbox.c.after_id).where(outbox.c.after_id.is_not(None))
    old = outbox.c.kind.in_(_FORGETTABLE) & (outbox.c.state == "confirmed") & (outbox.c.ended_at < at)
    gone = 0
    while rows := connection.execute(delete(outbox).where(old, outbox.c.id.not_in(needed))).rowcount:
        gone += rows  # the followers first, then what they followed
    return gone


def _executions(connection: Connection, at: datetime, now: datetime) -> int:
    """Attempts before the latest, of tasks whose latest one was a success: no count of failures needs them."""
    latest = select(func.max(executions.c.number)).group_by(executions.c.task_gid)
    done = select(executions.c.task_gid).where(
        executions.c.number.in_(latest), executions.c.verdict == Verdict.DONE.value
    )
    old = (executions.c.ended_at < at) & executions.c.number.not_in(latest) & executions.c.task_gid.in_(done)
    return connection.execute(delete(executions).where(old)).rowcount


def _tasks(connection: Connection, at: datetime, now: datetime) -> int:
    """Names of tasks that were not seen for long and never worked on."""
    worked_on = select(executions.c.task_gid)
    return connection.execute(delete(tasks).where(tasks.c.seen_at < at, tasks.c.gid.not_in(worked_on))).rowcount


def _cache(connection: Connection, at: datetime, now: datetime) -> int:
    return connection.execute(delete(cache).where(cache.c.expires_at < now)).rowcount
