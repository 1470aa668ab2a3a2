"""The pace of requests to Asana: never more a minute than the token may send, all processes and machines together.

Asana counts refused requests too, and looks at windows shorter than a minute; so requests beyond a burst go out at an
even pace (the generic cell rate algorithm). A burst of a fifth and four fifths at that pace make the limit in the
worst minute.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.tables import budgets

BURST = 0.2
_LONGEST_SLEEP = 5.0


class Pace(Protocol):
    """When a request may go out."""

    def wait(self, count: int = 1) -> float:
        """Wait until so many requests may be sent; returns the seconds that it took."""

    def refused(self, seconds: float) -> None:
        """Asana refused a request: nothing is to be sent for so long."""


def due_after(due_ms: int, now_ms: int, count: int, per_minute: int) -> tuple[int, int]:
    """When the next request is due after `count` more, and how many milliseconds they must wait.

    Args:
        due_ms: when the next request was due.
        now_ms: the time now.
        count: how many requests are to be sent.
        per_minute: the limit, at least 1.
    """
    step, burst_ms = _measures(per_minute)
    due = max(due_ms, now_ms) + int(count * step)
    return due, max(0, due - now_ms - burst_ms)


def due_after_refusal(due_ms: int, now_ms: int, pause_ms: int, per_minute: int) -> int:
    """When the next request is due after a refusal: no burst before the pause is over."""
    return max(due_ms, now_ms + pause_ms + _measures(per_minute)[1])


def _measures(per_minute: int) -> tuple[float, int]:
    """Milliseconds between two requests at an even pace, and those that a burst may be ahead of it."""
    burst = max(1, int(per_minute * BURST))
    step = 60_000 / max(1, per_minute - burst)
    return step, int(burst * step)


class OwnPace:
    """The pace of this process alone, for what may write nothing (a dry run)."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._due_ms = 0
        self._lock = threading.Lock()

    def wait(self, count: int = 1) -> float:
        """Wait until so many requests may be sent; returns the seconds that it took."""
        with self._lock:
            self._due_ms, pause = due_after(self._due_ms, int(time.monotonic() * 1000), count, self._per_minute)
        return _slept(pause)

    def refused(self, seconds: float) -> None:
        """Asana refused a request: nothing is to be sent for so long."""
        with self._lock:
            now_ms = int(time.monotonic() * 1000)
            self._due_ms = due_after_refusal(self._due_ms, now_ms, int(seconds * 1000), self._per_minute)


class SharedPace:
    """The pace of all processes that share a database and a token. Methods raise DatabaseError."""

    def __init__(self, database: Database, token: str, per_minute: int) -> None:
        self._database = database
        self._key = f"asana:{hashlib.sha256(token.encode()).hexdigest()[:16]}"
        self._per_minute = per_minute

    def wait(self, count: int = 1) -> float:
        """Wait until so many requests may be sent; returns the seconds that it took."""
        return _slept(self._take(count, 0))

    def refused(self, seconds: float) -> None:
        """Asana refused a request: nothing is to be sent for so long."""
        self._take(0, int(seconds * 1000))

    def _take(self, count: int, pause_ms: int) -> int:
        """Book requests and a pause; returns the milliseconds to wait."""
        with self._database.transaction() as connection:
            now_ms = int(self._database.now(connection).timestamp() * 1000)
            query = select(budgets.c.due_ms).where(budgets.c.key == self._key)
            stored = connection.execute(query.with_for_update() if self._database.locks_rows else query).scalar()
            due, wait_ms = due_after(stored or 0, now_ms, count, self._per_minute)
            due = due_after_refusal(due, now_ms, pause_ms, self._per_minute) if pause_ms else due
            insert = (pg_insert if self._database.locks_rows else sqlite_insert)(budgets)
            connection.execute(
                insert.values(key=self._key, due_ms=due).on_conflict_do_update(
                    index_elements=["key"], set_={"due_ms": due}
                )
            )
        return wait_ms


def _slept(pause_ms: int) -> float:
    began = time.monotonic()
    left = pause_ms / 1000
    while left > 0:
        time.sleep(min(left, _LONGEST_SLEEP))
        left = pause_ms / 1000 - (time.monotonic() - began)
    return time.monotonic() - began
