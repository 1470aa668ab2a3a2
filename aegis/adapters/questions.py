"""Questions that Aegis asked, by the fingerprint of their cause: the same cause is asked once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.outbox import Outbox, OutboxWrite
from aegis.adapters.tables import questions
from aegis.core.models import Question


@dataclass(frozen=True)
class AskedQuestion:
    """A question as stored; `gid` is None until Asana has made its task."""

    fingerprint: str
    project_gid: str
    gid: str | None
    name: str
    state: str
    created_at: datetime
    task_gids: tuple[str, ...]


class QuestionsTable:
    """The questions' table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reserve(
        self, question: Question, project_gid: str, outbox: Outbox | None = None, writes: Sequence[OutboxWrite] = ()
    ) -> bool:
        """Note that a question is asked, together with the writes that ask it; False where it is noted already."""
        with self._database.transaction() as connection:
            values = {
                "fingerprint": question.fingerprint,
                "project_gid": project_gid,
                "kind": question.kind.value,
                "name": question.name,
                "state": "asking",
                "task_gids": json.dumps(list(question.task_gids)),
                "created_at": self._database.now(connection),
            }
            statement = pg_insert(questions) if self._database.locks_rows else sqlite_insert(questions)
            mine = statement.values(**values).on_conflict_do_nothing().returning(questions.c.fingerprint)
            if connection.execute(mine).first() is None:
                return False
            if outbox is not None:
                outbox.enqueue(connection, writes, self._database.now(connection))
            return True

    def asked(self, project_gid: str, fingerprint: str, gid: str) -> None:
        """Asana has made the question's task."""
        with self._database.transaction() as connection:
            connection.execute(
                update(questions)
                .where(questions.c.project_gid == project_gid, questions.c.fingerprint == fingerprint)
                .values(gid=gid, state="open")
            )

    def forget(self, project_gid: str, fingerprint: str) -> None:
        """The question is over (completed or deleted in Asana): the same cause may be asked again."""
        with self._database.transaction() as connection:
            connection.execute(
                questions.delete().where(questions.c.project_gid == project_gid, questions.c.fingerprint == fingerprint)
            )

    def of_project(self, project_gid: str) -> dict[str, AskedQuestion]:
        """Fingerprint -> question, of a project."""
        query = select(questions).where(questions.c.project_gid == project_gid)
        with self._database.transaction() as connection:
            return {
                row.fingerprint: AskedQuestion(
                    row.fingerprint,
                    row.project_gid,
                    row.gid,
                    row.name,
                    row.state,
                    row.created_at,
                    tuple(json.loads(row.task_gids)),
                )
                for row in connection.execute(query)
            }
