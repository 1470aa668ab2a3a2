"""Sessions: each run of a flow of ours, so that one whose process died is known, and its Prefect run can be ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from aegis.adapters.claims import Claims, Owner
from aegis.adapters.database import Database
from aegis.adapters.events import note
from aegis.adapters.tables import sessions

LIFE = "session-"
"""What the key of a session's claim begins with: renewed while its process lives, on whatever machine."""


@dataclass(frozen=True)
class SessionRow:
    """A session as stored; `state` is running, ended or crashed."""

    id: str
    flow: str
    flow_run_id: str
    project_gid: str
    owner: Owner
    state: str
    started_at: datetime
    ended_at: datetime | None
    report: str | None


_TICK = "orchestrate"
"""Its sessions come by the thousand a day: what they do is told, and not that they came."""

_IDS = (sessions.c.project_gid, sessions.c.flow_run_id)


class Sessions:
    """The sessions' table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, session_id: str, *, flow: str, flow_run_id: str, owner: Owner, project_gid: str = "") -> None:
        """A flow's run begins."""
        with self._database.transaction() as connection:
            connection.execute(
                insert(sessions).values(
                    id=session_id,
                    flow=flow,
                    flow_run_id=flow_run_id,
                    project_gid=project_gid,
                    owner=owner.to_json(),
                    state="running",
                    started_at=self._database.now(connection),
                )
            )
            if flow != _TICK:
                note(
                    connection,
                    "session-began",
                    session=session_id,
                    flow=flow,
                    project=project_gid,
                    flow_run=flow_run_id,
                )

    def at_project(self, session_id: str, project_gid: str) -> None:
        """The session's project is known now."""
        with self._database.transaction() as connection:
            connection.execute(update(sessions).where(sessions.c.id == session_id).values(project_gid=project_gid))

    def end(self, session_id: str, report: str = "") -> None:
        """It ended, well or by an error that was told; `report` is its report as JSON, masked."""
        self._close(session_id, "ended", report)

    def crash(self, session_id: str) -> bool:
        """Its process died; False where somebody noted an end already."""
        noted = self._close(session_id, "crashed", "")
        Claims(self._database).remove(life_key(session_id))
        return noted

    def _close(self, session_id: str, state: str, report: str) -> bool:
        with self._database.transaction() as connection:
            running = (sessions.c.id == session_id) & (sessions.c.state == "running")
            values = {"state": state, "report": report or None, "ended_at": self._database.now(connection)}
            closed = update(sessions).where(running).values(**values)
            row = connection.execute(closed.returning(sessions.c.flow, *_IDS)).one_or_none()
            if row is not None and (row.flow != _TICK or state == "crashed"):
                ids = {"flow": row.flow, "project": row.project_gid, "flow_run": row.flow_run_id}
                note(connection, f"session-{state}", session=session_id, **ids)
            return row is not None

    def running(self, flow: str | None = None) -> list[SessionRow]:
        """Those that never noted an end, oldest first, whether their process lives or not."""
        query = select(sessions).where(sessions.c.state == "running").order_by(sessions.c.started_at)
        if flow is not None:
            query = query.where(sessions.c.flow == flow)
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        return [_row(row) for row in rows]

    def dead(self, here: Owner) -> list[SessionRow]:
        """Those whose process cannot live any more: dead on this machine, or its claim not renewed anywhere."""
        running = self.running()
        lapsed = Claims(self._database).lapsed(life_key(row.id) for row in running)
        return [row for row in running if row.owner.is_dead(here) or life_key(row.id) in lapsed]

    def of_flow_runs(self, flow_run_ids: Iterable[str]) -> dict[str, SessionRow]:
        """Flow run id -> its session, of those that are known."""
        query = select(sessions).where(sessions.c.flow_run_id.in_(list(flow_run_ids)))
        with self._database.transaction() as connection:
            return {row.flow_run_id: _row(row) for row in connection.execute(query)}

    def forget_ended_before(self, at: datetime) -> int:
        """Remove those that ended before `at`; returns how many."""
        with self._database.transaction() as connection:
            return connection.execute(sessions.delete().where(sessions.c.ended_at < at)).rowcount


def life_key(session_id: str) -> str:
    """The key of a session's claim; as long as a claim's key may be."""
    return f"{LIFE}{session_id.replace('-', '')}"[:40]


def _row(row: Row[Any]) -> SessionRow:
    return SessionRow(**{**row._mapping, "owner": Owner.from_json(row.owner)})
