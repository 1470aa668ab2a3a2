"""Placements: the tasks that stand in a section because Aegis moved them there, and where a person had left them.

Written with the intent of each move and with its end, in the outbox's own transactions. Lost with the database: then a
task stays where it stands, and is taken for where a person put it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.claims import Claim, Claims
from aegis.adapters.database import Database
from aegis.adapters.outbox import Outbox, OutboxWrite
from aegis.adapters.tables import placements
from aegis.core.models import Section
from aegis.core.sections import Move, Neighbours, Placement, after_move, with_move


class Placements:
    """The placements' table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._outbox = Outbox(database)
        self._claims = Claims(database)

    def get(self, task_gid: str, project_gid: str) -> Placement | None:
        """A task's placement in a project."""
        with self._database.transaction() as connection:
            row = connection.execute(select(placements).where(*_key(task_gid, project_gid))).one_or_none()
        return None if row is None else _placement(row)

    def homes(self, project_gids: Iterable[str]) -> dict[tuple[str, str], str]:
        """(task GID, GID of a section that we put it into) -> the name of the section where a person left it."""
        query = select(placements).where(placements.c.project_gid.in_(list(project_gids)))
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        return {
            (row.task_gid, gid): row.home_name
            for row in rows
            for gid in (row.put_gid, row.moving_to)
            if gid and gid != row.home_gid
        }

    def begin(self, claim: Claim, placement: Placement, move: Move) -> None:
        """Store the intent of a move for the task of a claim. Raises ClaimLostError."""
        with self._database.transaction() as connection:
            self._claims.check(connection, claim)
            writes = self.intend(connection, claim.task_gid, placement, move)
            self._outbox.enqueue(connection, writes, self._database.now(connection))

    def intend(self, connection: Connection, task_gid: str, placement: Placement, move: Move) -> Sequence[OutboxWrite]:
        """Note a move in a transaction of the caller, and return the write that makes it."""
        self._store(connection, task_gid, with_move(placement, move))
        payload = {
            "project": placement.project_gid,
            "ours": list(move.ours),
            "before": move.neighbours.next_task,
            "after": move.neighbours.previous_task,
            "section": move.to.name,
            "optional": True,
        }
        marker = f"move:{placement.project_gid}"
        return (OutboxWrite("move", move.to.gid, payload, marker, task_gid),)

    def ended(self, connection: Connection, task_gid: str, project_gid: str, to_gid: str, stands: str | None) -> None:
        """Note where a move that has come to its end left the task, in a transaction of the caller."""
        row = connection.execute(select(placements).where(*_key(task_gid, project_gid))).one_or_none()
        if row is None:
            return
        after = after_move(_placement(row), to_gid, stands)
        if after is None:
            connection.execute(delete(placements).where(*_key(task_gid, project_gid)))
        else:
            self._store(connection, task_gid, after)

    def _store(self, connection: Connection, task_gid: str, placement: Placement) -> None:
        values = {
            "home_gid": placement.home.gid,
            "home_name": placement.home.name,
            "next_task": placement.neighbours.next_task,
            "previous_task": placement.neighbours.previous_task,
            "put_gid": placement.put_gid,
            "moving_to": placement.moving_to,
        }
        statement = (pg_insert if self._database.locks_rows else sqlite_insert)(placements)
        key = {"task_gid": task_gid, "project_gid": placement.project_gid}
        connection.execute(
            statement.values(**key, **values).on_conflict_do_update(index_elements=list(key), set_=values)
        )


def _key(task_gid: str, project_gid: str) -> tuple[Any, ...]:
    return placements.c.task_gid == task_gid, placements.c.project_gid == project_gid


def _placement(row: Row[Any]) -> Placement:
    return Placement(
        project_gid=row.project_gid,
        home=Section(gid=row.home_gid, name=row.home_name),
        put_gid=row.put_gid,
        moving_to=row.moving_to,
        neighbours=Neighbours(row.next_task, row.previous_task),
    )
