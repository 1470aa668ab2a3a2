"""Questions that Aegis asked, by the fingerprint of their cause: the same cause is asked once, whatever the project.

A question is `asking` until Asana has made its task, then `open`, until a person answers it (`answered`) or its cause
is gone (`closed`). Where the cause comes back after that, its row is asked anew, and keeps the answers of before.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.events import note
from aegis.adapters.outbox import Outbox, OutboxWrite
from aegis.adapters.tables import questions
from aegis.core.causes import OF_NO_PROJECT
from aegis.core.models import Answer, Effect, Question, QuestionOption, ReasonKind
from aegis.errors import DatabaseError

_OPTIONS = TypeAdapter(tuple[QuestionOption, ...])
_ANSWERS = TypeAdapter(tuple[Answer, ...])
_OVER = ("answered", "closed")


@dataclass(frozen=True)
class AskedQuestion:
    """A question as stored; `gid` is None until Asana has made its task, times are UTC."""

    fingerprint: str
    project_gid: str
    gid: str | None
    kind: str
    name: str
    asks: str
    options: tuple[QuestionOption, ...]
    recommended: int
    state: str
    answers: tuple[Answer, ...]
    task_gids: tuple[str, ...]
    seen_modified_at: datetime | None
    created_at: datetime

    @property
    def answer(self) -> Answer | None:
        """The answer that counts: the last one, while the question is answered."""
        return self.answers[-1] if self.state == "answered" and self.answers else None


class QuestionsTable:
    """The questions' table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reserve(
        self, question: Question, project_gid: str, outbox: Outbox | None = None, writes: Sequence[OutboxWrite] = ()
    ) -> bool:
        """Note that a question is asked, together with the writes that ask it; False where it is asked already."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            if not self.put(connection, question, project_gid, now):
                return False
            if outbox is not None:
                outbox.enqueue(connection, writes, now)
            return True

    def put(self, connection: Connection, question: Question, project_gid: str, now: datetime) -> bool:
        """The same in a transaction of the caller: a new row, or one whose question is over and asked anew."""
        values = {
            "project_gid": project_gid,
            "gid": None,
            "kind": question.kind.value,
            "name": question.name,
            "asks": question.asks,
            "options": _OPTIONS.dump_json(question.options).decode(),
            "recommended": question.recommended,
            "state": "asking",
            "task_gids": json.dumps(list(question.task_gids)),
            "seen_modified_at": None,
            "created_at": now,
        }
        fresh = self._insert().values(fingerprint=question.fingerprint, **values).on_conflict_do_nothing()
        about = {"question": question.fingerprint, "kind": question.kind.value, "project": project_gid}
        waiting = {"name": question.name, "tasks": list(question.task_gids)}
        if connection.execute(fresh.returning(questions.c.fingerprint)).first() is not None:
            note(connection, "asked", **about, **waiting)
            return True
        anew = (
            update(questions)
            .where(questions.c.fingerprint == question.fingerprint, questions.c.state.in_(_OVER))
            .values(**values)
        )
        again = connection.execute(anew.returning(questions.c.fingerprint)).first() is not None
        if again:
            note(connection, "asked", **about, **waiting, anew=True)
        return again

    def _insert(self) -> Any:
        return pg_insert(questions) if self._database.locks_rows else sqlite_insert(questions)

    def asked(self, fingerprint: str, gid: str) -> None:
        """Asana has made the question's task."""
        self._change(fingerprint, ("asking",), gid=gid, state="open")

    def adopt(self, found: AskedQuestion) -> None:
        """Take an open question whose task was found into the table; nothing where it is open there already."""
        values = {
            **found.__dict__,
            "options": _OPTIONS.dump_json(found.options).decode(),
            "answers": _ANSWERS.dump_json(found.answers).decode(),
            "task_gids": json.dumps(list(found.task_gids)),
        }
        changed = {"gid": found.gid, "state": "open", "seen_modified_at": None}
        with self._database.transaction() as connection:
            connection.execute(
                self._insert()
                .values(**values)
                .on_conflict_do_update(index_elements=["fingerprint"], set_=changed, where=questions.c.state != "open")
            )

    def describe(self, fingerprint: str, question: Question) -> None:
        """Note what is asked in an adopted question, whose options nobody knew."""
        options = _OPTIONS.dump_json(question.options).decode()
        values = {"asks": question.asks, "options": options, "recommended": question.recommended}
        self._change(fingerprint, ("open",), kind=question.kind.value, **values)

    def seen(self, fingerprint: str, modified_at: datetime | None) -> None:
        """The question's comments were read as of this time of its last change, which is Asana's."""
        self._change(fingerprint, ("open",), seen_modified_at=modified_at)

    def answered(self, fingerprint: str, answer: Answer, outbox: Outbox, writes: Sequence[OutboxWrite]) -> bool:
        """Store an answer with the writes that acknowledge it; False where the question is not open any more."""
        with self._database.transaction() as connection:
            row = self._locked(connection, fingerprint)
            if row is None or row.state != "open":
                return False
            now = self._database.now(connection)
            answers = (*_read(_ANSWERS, row.answers, fingerprint), answer.model_copy(update={"recorded_at": now}))
            connection.execute(
                update(questions)
                .where(questions.c.fingerprint == fingerprint)
                .values(state="answered", answers=_ANSWERS.dump_json(answers).decode())
            )
            note(connection, "answered", **_about(row), effect=answer.effect.value)
            outbox.enqueue(connection, writes, now)
            return True

    def say_once(self, fingerprint: str, outbox: Outbox, writes: Sequence[OutboxWrite]) -> bool:
        """Store writes about a question unless they were stored before, by this process or another."""
        with self._database.transaction() as connection:
            row = self._locked(connection, fingerprint)
            if row is None or not writes or outbox.has(connection, writes[0].kind, writes[0].marker):
                return False
            outbox.enqueue(connection, writes, self._database.now(connection))
            return True

    def closed(self, fingerprint: str, outbox: Outbox | None = None, writes: Sequence[OutboxWrite] = ()) -> bool:
        """The question is over: its cause is gone, or somebody deleted its task. False where it was over already."""
        with self._database.transaction() as connection:
            row = self._locked(connection, fingerprint)
            if row is None or row.state == "closed":
                return False
            connection.execute(update(questions).where(questions.c.fingerprint == fingerprint).values(state="closed"))
            note(connection, "closed", **_about(row))
            if outbox is not None:
                outbox.enqueue(connection, writes, self._database.now(connection))
            return True

    def reopened(self, fingerprint: str) -> None:
        """A person opened the question again: it is to be answered anew."""
        self._change(fingerprint, _OVER, state="open", seen_modified_at=None)

    def add_waiting(self, fingerprint: str, gids: Collection[str]) -> None:
        """Note further tasks that wait for a question, or for which its answer counts."""
        with self._database.transaction() as connection:
            row = self._locked(connection, fingerprint)
            if row is not None:
                known = json.loads(row.task_gids)
                all_gids = list(dict.fromkeys((*known, *gids)))
                if all_gids != known:
                    where = questions.c.fingerprint == fingerprint
                    connection.execute(update(questions).where(where).values(task_gids=json.dumps(all_gids)))

    def _locked(self, connection: Connection, fingerprint: str) -> Row[Any] | None:
        query = select(questions).where(questions.c.fingerprint == fingerprint)
        return connection.execute(query.with_for_update() if self._database.locks_rows else query).one_or_none()

    def _change(self, fingerprint: str, states: tuple[str, ...], **values: Any) -> None:
        where = (questions.c.fingerprint == fingerprint, questions.c.state.in_(states))
        with self._database.transaction() as connection:
            connection.execute(update(questions).where(*where).values(**values))

    def get(self, fingerprint: str) -> AskedQuestion | None:
        """One question."""
        with self._database.transaction() as connection:
            return self.get_in(connection, fingerprint)

    def get_in(self, connection: Connection, fingerprint: str) -> AskedQuestion | None:
        """One question, as a transaction of the caller sees it."""
        row = connection.execute(select(questions).where(questions.c.fingerprint == fingerprint)).one_or_none()
        return None if row is None else _asked(row)

    def of_project(self, project_gid: str) -> dict[str, AskedQuestion]:
        """Fingerprint -> question: a project's own, and those about what several projects share."""
        query = select(questions).where(
            or_(questions.c.project_gid == project_gid, questions.c.kind.in_([kind.value for kind in OF_NO_PROJECT]))
        )
        return self._all(query)

    def open_count(self) -> int:
        """How many questions wait for an answer, in all projects."""
        query = select(questions.c.fingerprint).where(questions.c.state == "open")
        with self._database.transaction() as connection:
            return len(connection.execute(query).all())

    def about(self, task_gid: str) -> list[AskedQuestion]:
        """The questions for which a task waits or waited, oldest first."""
        query = select(questions).where(questions.c.task_gids.contains(json.dumps(task_gid), autoescape=True))
        found = self._all(query.order_by(questions.c.created_at)).values()
        return [one for one in found if task_gid in one.task_gids]

    def retried(self) -> dict[str, datetime]:
        """Task GID -> since when its failures count anew, because a person said so."""
        query = select(questions).where(questions.c.kind == ReasonKind.FAILURES.value, questions.c.answers != "[]")
        return {
            gid: at
            for one in self._all(query).values()
            for answer in one.answers
            if answer.effect is Effect.RETRY and (at := answer.recorded_at) is not None
            for gid in one.task_gids
        }

    def _all(self, query: Any) -> dict[str, AskedQuestion]:
        with self._database.transaction() as connection:
            return {row.fingerprint: _asked(row) for row in connection.execute(query)}


def _about(row: Row[Any]) -> dict[str, object]:
    """What an event tells of a question."""
    ids = {"question": row.fingerprint, "kind": row.kind, "project": row.project_gid}
    return {**ids, "name": row.name, "tasks": json.loads(row.task_gids)}


def _asked(row: Row[Any]) -> AskedQuestion:
    return AskedQuestion(
        **{
            **row._asdict(),
            "options": _read(_OPTIONS, row.options, row.fingerprint),
            "answers": _read(_ANSWERS, row.answers, row.fingerprint),
            "task_gids": tuple(json.loads(row.task_gids)),
        }
    )


def _read(adapter: TypeAdapter[Any], stored: str, fingerprint: str) -> Any:
    try:
        return adapter.validate_json(stored)
    except ValidationError as error:
        raise DatabaseError(f"the question {fingerprint} in the database is corrupt") from error
