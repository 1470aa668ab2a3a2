"""What Claude found in the tasks' texts, by content, and what that cost: kept for all machines of the database.

A content is read once: the first that stores its findings wins, and they are kept for ever. One that no run had a
usable reply on is kept without any for a while, so that it is not paid for again in each session.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.tables import cache
from aegis.core.analysis import FORM, Finding

LEFT_ALONE = timedelta(days=7)
"""How long a content that could not be read is not asked about."""

COSTS_KEPT = timedelta(days=3)
_PREFIX = f"analysis:{FORM}:"
_COST_PREFIX = "analysis-cost:"
_KEYS_A_QUERY = 500
_FINDINGS = TypeAdapter(tuple[Finding, ...])


class Analyses:
    """Findings by `content_of`, and the costs of the runs that made them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, contents: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
        """Content -> findings, of those that were read; none is an answer too. One that is left alone is among them."""
        keys = [_PREFIX + content for content in dict.fromkeys(contents)]
        found: dict[str, tuple[Finding, ...]] = {}
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            for at in range(0, len(keys), _KEYS_A_QUERY):
                query = select(cache.c.key, cache.c.value).where(
                    cache.c.key.in_(keys[at : at + _KEYS_A_QUERY]),
                    or_(cache.c.expires_at.is_(None), cache.c.expires_at > now),
                )
                found |= {row.key.removeprefix(_PREFIX): _findings(row.value) for row in connection.execute(query)}
        return found

    def keep(self, found: Mapping[str, tuple[Finding, ...]]) -> None:
        """Store what was read, for ever; what another machine stored meanwhile stays."""
        self._store(found, None)

    def leave_alone(self, contents: Iterable[str]) -> None:
        """Note that no usable reply was had on these."""
        self._store(dict.fromkeys(contents, ()), LEFT_ALONE)

    def _store(self, found: Mapping[str, tuple[Finding, ...]], kept: timedelta | None) -> None:
        if not found:
            return
        keys = [_PREFIX + content for content in found]
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            expires = now + kept if kept is not None else None
            connection.execute(delete(cache).where(cache.c.key.in_(keys), cache.c.expires_at <= now))
            rows = [
                {"key": _PREFIX + content, "value": _FINDINGS.dump_json(some).decode(), "expires_at": expires}
                for content, some in found.items()
            ]
            statement = pg_insert(cache) if self._database.locks_rows else sqlite_insert(cache)
            connection.execute(statement.on_conflict_do_nothing(), rows)

    def paid(self, run: str, cost_usd: float) -> None:
        """Note what a run has cost, whatever it came to. `run` is its own name."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            old = cache.c.key.startswith(_COST_PREFIX, autoescape=True) & (cache.c.expires_at <= now)
            connection.execute(delete(cache).where(old))
            value = json.dumps({"at": now.timestamp(), "usd": cost_usd})
            row = {"key": _COST_PREFIX + run, "value": value, "expires_at": now + COSTS_KEPT}
            statement = pg_insert(cache) if self._database.locks_rows else sqlite_insert(cache)
            connection.execute(statement.on_conflict_do_nothing(), [row])

    def spent_since(self, at: datetime) -> float:
        """US dollars that runs ended since `at` (at most a day ago) have cost."""
        query = select(cache.c.value).where(cache.c.key.startswith(_COST_PREFIX, autoescape=True))
        with self._database.transaction() as connection:
            costs = [json.loads(value) for value in connection.execute(query).scalars()]
        return float(sum(cost["usd"] for cost in costs if cost["at"] >= at.timestamp()))


def _findings(value: str) -> tuple[Finding, ...]:
    try:
        return _FINDINGS.validate_json(value)
    except ValidationError:  # not ours, or of a version that forgot to change FORM: the rules decide alone
        return ()
