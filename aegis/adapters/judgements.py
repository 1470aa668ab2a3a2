"""The last judgement over each project, in the table of what may be lost; runs write it, `aegis status` reads it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.tables import cache
from aegis.core.judgement import LastJudgement

_PREFIX = "judgement:"


class Judgements:
    """One row for each project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, judgement: LastJudgement) -> None:
        """Store it in place of the project's earlier one."""
        row = {"key": _PREFIX + judgement.project_gid, "value": judgement.model_dump_json()}
        statement = pg_insert(cache) if self._database.locks_rows else sqlite_insert(cache)
        with self._database.transaction() as connection:
            connection.execute(
                statement.values(**row).on_conflict_do_update(index_elements=["key"], set_={"value": row["value"]})
            )

    def last(self, project_gid: str | None = None) -> tuple[LastJudgement, ...]:
        """The project's last judgement, or that of every project, by name; one that cannot be read is left out."""
        query = select(cache.c.value).where(cache.c.key.startswith(_PREFIX, autoescape=True))
        if project_gid is not None:
            query = select(cache.c.value).where(cache.c.key == _PREFIX + project_gid)
        with self._database.transaction() as connection:
            values = connection.execute(query).scalars().all()
        return tuple(sorted(_read(values), key=lambda one: (one.project_name.casefold(), one.project_gid)))


def _read(values: object) -> Iterator[LastJudgement]:
    assert isinstance(values, list)
    for value in values:
        try:
            yield LastJudgement.model_validate_json(value)
        except ValidationError:  # written by a later version
            continue
