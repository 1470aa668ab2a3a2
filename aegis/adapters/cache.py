"""What may be kept for a while and lost at any time: answers of Asana that seldom change.

In the database; with REDIS_URL in Redis, which all machines share and which forgets by itself. A Redis that is away or
full is said once and worked around with the database; it is in use again as soon as it answers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.tables import cache

log = logging.getLogger("aegis.cache")

_PREFIX = "aegis:cache:"
_AGAIN_AFTER = 30.0
_SECONDS = 1.0


class Cache(Protocol):
    """Texts by key, each with its time to live."""

    def get(self, key: str) -> str | None:
        """The text, None where there is none or it is too old."""

    def put(self, key: str, value: str, keep: timedelta) -> None:
        """Keep a text for so long."""


class DatabaseCache:
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


class RedisCache:
    """Texts in Redis, and in another cache while Redis does not answer. Never raises for Redis.

    Args:
        url: `redis://`, `rediss://` or `unix://`; its password is never told.
        fallback: the cache that serves meanwhile.
        again_after: seconds after which a Redis that failed is asked again.
    """

    def __init__(self, url: str, fallback: Cache, *, again_after: float = _AGAIN_AFTER) -> None:
        self._url = url
        self._fallback = fallback
        self._again_after = again_after
        self._client: Any = None
        self._failed_at: float | None = None
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        """The text, None where there is none or it is too old."""
        answered, value = self._ask(lambda client: client.get(_PREFIX + key))
        if not answered:
            return self._fallback.get(key)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else None

    def put(self, key: str, value: str, keep: timedelta) -> None:
        """Keep a text for so long."""
        milliseconds = max(1, int(keep.total_seconds() * 1000))
        answered, _ = self._ask(lambda client: client.set(_PREFIX + key, value.encode(), px=milliseconds))
        if not answered:
            self._fallback.put(key, value, keep)

    def _ask(self, question: Callable[[Any], Any]) -> tuple[bool, Any]:
        """Redis's answer, and whether there is one."""
        from redis.exceptions import RedisError  # 0.1 s, and only where there is a Redis

        with self._lock:
            if self._failed_at is not None and time.monotonic() - self._failed_at < self._again_after:
                return False, None
        try:
            answer = question(self._connected())
        except (RedisError, OSError, ValueError) as error:
            self._note(type(error).__name__)
            return False, None
        self._note("")
        return True, answer

    def _connected(self) -> Any:
        import redis

        with self._lock:
            if self._client is None:
                self._client = redis.Redis.from_url(
                    self._url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, retry=None
                )
            return self._client

    def _note(self, trouble: str) -> None:
        """Say once that Redis fails, and once that it is back."""
        with self._lock:
            before, self._failed_at = self._failed_at, time.monotonic() if trouble else None
        if trouble and before is None:
            log.warning("Redis does not serve (%s): worked around with the database until it does", trouble)
        elif not trouble and before is not None:
            log.warning("Redis serves again")

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None
