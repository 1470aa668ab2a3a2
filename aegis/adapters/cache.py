"""What may be kept for a while and lost at any time: answers of Asana that seldom change, and results of Prefect tasks.

In the database, or in files of AEGIS_HOME; with REDIS_URL in Redis, which all machines share and which forgets by
itself. A Redis that is away or full is said once and worked around with those; it is in use again when it answers.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.files import private_directory, write_private
from aegis.adapters.tables import cache
from aegis.errors import LocalResourceError

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


class FileCache:
    """Texts by key in files of one directory, for their owner only. Never raises for the disk: what fails is not kept.

    Each file begins with the line of its end (epoch seconds). Its name is a hash, so that no key can choose a path.
    Files that are too old are removed by `tasks/housekeeping`.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, key: str) -> str | None:
        """The text, None where there is none, it is too old, or its file cannot be read."""
        try:
            ends, _, value = self._file(key).read_text(encoding="utf-8").partition("\n")
            return value if float(ends) > time.time() else None
        except (OSError, ValueError):
            return None

    def put(self, key: str, value: str, keep: timedelta) -> None:
        """Keep a text for so long."""
        data = f"{time.time() + keep.total_seconds():.3f}\n{value}".encode()
        try:
            write_private(private_directory(self._directory) / self._file(key).name, data)
        except LocalResourceError as error:
            log.warning("Not kept: %s", error)

    def _file(self, key: str) -> Path:
        return self._directory / hashlib.sha256(key.encode()).hexdigest()


class RedisLink:
    """The connection to a Redis, and whether it answers; said once where it does not, and once when it does again.

    A full Redis refuses writes and still answers reads: only a write that it takes shows that it is well again.

    Args:
        url: `redis://`, `rediss://` or `unix://`; its password is never told.
        again_after: seconds after which a Redis that failed is asked again.
    """

    def __init__(self, url: str, *, again_after: float = _AGAIN_AFTER) -> None:
        self._url = url
        self._again_after = again_after
        self._client: Any = None
        self._away_at: float | None = None
        self._refused_at: float | None = None
        self._lock = threading.Lock()

    def ask(self, question: Callable[[Any], Any], *, write: bool = False) -> tuple[bool, Any]:
        """Redis's answer, and whether there is one."""
        from redis.exceptions import RedisError, ResponseError  # 0.1 s, and only where there is a Redis

        with self._lock:
            failed = [at for at in (self._away_at, self._refused_at if write else None) if at is not None]
            if failed and time.monotonic() - max(failed) < self._again_after:
                return False, None
        try:
            answer = question(self._connected())
        except (RedisError, OSError, ValueError) as error:
            self._note_trouble(type(error).__name__, refused=write and isinstance(error, ResponseError))
            return False, None
        self._note_answer(write=write)
        return True, answer

    def _connected(self) -> Any:
        import redis

        with self._lock:
            if self._client is None:
                self._client = redis.Redis.from_url(
                    self._url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, retry=None
                )
            return self._client

    def _note_trouble(self, trouble: str, *, refused: bool) -> None:
        """Say once that Redis fails."""
        with self._lock:
            known = self._away_at is not None or self._refused_at is not None
            if refused:
                self._away_at, self._refused_at = None, time.monotonic()
            else:
                self._away_at = time.monotonic()
        if not known:
            log.warning("Redis does not serve (%s): done without it until it does", trouble)

    def _note_answer(self, *, write: bool) -> None:
        """Say once that it is back."""
        with self._lock:
            known = self._away_at is not None or self._refused_at is not None
            self._away_at = None
            self._refused_at = None if write else self._refused_at
            well = self._refused_at is None
        if known and well:
            log.warning("Redis serves again")

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


class RedisCache:
    """Texts in Redis, and in another cache while Redis does not answer. Never raises for Redis.

    Args:
        redis: the link, or the address for one of its own.
        fallback: the cache that serves meanwhile; what it got then is found afterwards too.
        prefix: what the keys begin with.
    """

    def __init__(self, redis: RedisLink | str, fallback: Cache, *, prefix: str = _PREFIX) -> None:
        self._redis = RedisLink(redis) if isinstance(redis, str) else redis
        self._fallback = fallback
        self._prefix = prefix

    def get(self, key: str) -> str | None:
        """The text, None where there is none or it is too old."""
        answered, value = self._redis.ask(lambda client: client.get(self._prefix + key))
        if answered and isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        return self._fallback.get(key)

    def put(self, key: str, value: str, keep: timedelta) -> None:
        """Keep a text for so long."""
        milliseconds = max(1, int(keep.total_seconds() * 1000))
        answered, _ = self._redis.ask(
            lambda client: client.set(self._prefix + key, value.encode(), px=milliseconds), write=True
        )
        if not answered:
            self._fallback.put(key, value, keep)
