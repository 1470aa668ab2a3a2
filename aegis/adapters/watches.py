"""Watches: what the orchestrator knows of each project between two ticks; losing it costs one more look at Asana."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.tables import watches
from aegis.core.models import AsanaTask

_TASKS = TypeAdapter(tuple[AsanaTask, ...])


@dataclass(frozen=True)
class Watch:
    """What is known of a project; times are UTC.

    `sync_token` is Asana's place in the project's stream of events, `read_at` the last look at it, `swept_at` the last
    reading of the whole list. `standing` is the last judgement in short, as JSON; `next_look_at` the moment at which it
    may change by itself. `waiting_since` is set while the project has ready work that nobody does.
    """

    project_gid: str
    sync_token: str | None = None
    read_at: datetime | None = None
    swept_at: datetime | None = None
    assessed_at: datetime | None = None
    next_look_at: datetime | None = None
    standing: str = "{}"
    waiting_since: datetime | None = None
    started_at: datetime | None = None
    starts: int = 0
    flow_run_id: str = ""


class Watches:
    """The watches' table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Watch]:
        """Project GID -> watch; the lists of tasks are read by `tasks`."""
        names = list(Watch.__dataclass_fields__)
        with self._database.transaction() as connection:
            rows = connection.execute(select(*(watches.c[name] for name in names))).all()
        return {row.project_gid: Watch(**row._mapping) for row in rows}

    def tasks(self, project_gid: str) -> tuple[AsanaTask, ...] | None:
        """The project's open tasks as last read; None where there are none stored, or they cannot be read."""
        query = select(watches.c.snapshot).where(watches.c.project_gid == project_gid)
        with self._database.transaction() as connection:
            stored = connection.execute(query).scalar()
        try:
            return None if stored is None else _TASKS.validate_json(zlib.decompress(stored))
        except (zlib.error, ValidationError):
            return None  # written by another version, or corrupt: Asana is asked anew

    def save(self, project_gid: str, *, tasks: Sequence[AsanaTask] | None = None, **values: Any) -> None:
        """Change what is known of a project, in one transaction; `tasks` replaces the stored list."""
        if tasks is not None:
            values["snapshot"] = zlib.compress(_TASKS.dump_json(tuple(tasks)), 1)
        statement = (pg_insert if self._database.locks_rows else sqlite_insert)(watches)
        with self._database.transaction() as connection:
            connection.execute(
                statement.values(project_gid=project_gid, **values).on_conflict_do_update(
                    index_elements=["project_gid"], set_=values or {"project_gid": project_gid}
                )
            )

    def started(self, project_gid: str, flow_run_id: str) -> None:
        """A run for the project was asked for."""
        with self._database.transaction() as connection:
            mine = watches.c.project_gid == project_gid
            now = self._database.now(connection)
            values = {"started_at": now, "starts": watches.c.starts + 1, "flow_run_id": flow_run_id}
            connection.execute(update(watches).where(mine).values(**values, waiting_since=None))

    def others_wait(self, project_gid: str) -> bool:
        """Whether another project has waited for its turn since this one had its own."""
        with self._database.transaction() as connection:
            mine = connection.execute(select(watches).where(watches.c.project_gid == project_gid)).one_or_none()
            query = select(watches.c.project_gid).where(
                watches.c.waiting_since.is_not(None), watches.c.project_gid != project_gid
            )
            return mine is not None and connection.execute(query).first() is not None

    def forget_others(self, project_gids: Iterable[str]) -> None:
        """Forget the projects that are not among these: they left the portfolio."""
        with self._database.transaction() as connection:
            connection.execute(watches.delete().where(watches.c.project_gid.not_in(list(project_gids))))
