"""An overview for people, from our own tables alone: what runs, ended, waits and is held, in a few cheap queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy import Connection, func, select

from aegis.adapters.analyses import Analyses
from aegis.adapters.claims import Claims, HeldClaim, Owner
from aegis.adapters.database import Database
from aegis.adapters.holds import Holds
from aegis.adapters.tables import executions, outbox, projects, questions, sessions, tasks, watches
from aegis.core.holds import sentence
from aegis.core.live import EndedTask, Picture, RunningTask
from aegis.core.models import Outcome, SessionReport

_LATEST = 20


class Overview:
    """The tables as one picture."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def picture(self, here: Owner, *, limit_usd: float, project: str | None = None) -> Picture:
        """What is going on now, everywhere the database is shared; `next_tick` and `trouble` are the caller's.

        With `project`, a GID, only what concerns it; what was spent is the whole day's, as the limit is.
        Raises DatabaseError.
        """
        now = datetime.now(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        held = [one for one in Claims(self._database).held(here=here) if project in (None, one.project_gid)]
        holds = [one for one in Holds(self._database).active(now) if _concerns(one.scope, project)]
        read_by_claude = Analyses(self._database).spent_since(midnight)
        with self._database.transaction() as connection:
            states = _states_of_writes(connection, project)
            return Picture(
                at=now,
                running=_running(connection, held),
                ended=_ended(connection, project),
                questions=_open_questions(connection, project),
                held=tuple(sentence(one.kind, one.reason, one.until, one.probe_at, one.scope) for one in holds),
                waiting_projects=_waiting(connection, project),
                undelivered=states.get("pending", 0) + states.get("sending", 0),
                refused=states.get("parked", 0),
                spent_usd=_spent(connection, midnight) + read_by_claude,
                limit_usd=limit_usd,
            )

    def now(self) -> datetime:
        """The database's time."""
        with self._database.transaction() as connection:
            return self._database.now(connection)

    def failed_since(self, at: datetime) -> bool:
        """Whether a session that began since then failed: a task did, something stood in its way, or it died."""
        query = select(sessions.c.state, sessions.c.report)
        query = query.where(sessions.c.started_at >= at, sessions.c.flow.in_(("do", "work-on")))
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        return any(row.state == "crashed" or _exit_code(row.report) for row in rows)

    def latest_tick(self) -> tuple[datetime, bool] | None:
        """When the latest tick began and whether it still runs; None before the first."""
        query = select(sessions.c.started_at, sessions.c.state).where(sessions.c.flow == "orchestrate")
        with self._database.transaction() as connection:
            row = connection.execute(query.order_by(sessions.c.started_at.desc()).limit(1)).one_or_none()
        return None if row is None else (row.started_at, row.state == "running")


def _concerns(scope: str, project: str | None) -> bool:
    """Whether a hold of this scope holds the project; of another project it does not."""
    return project is None or not scope.startswith("project:") or scope == f"project:{project}"


def _states_of_writes(connection: Connection, project: str | None) -> dict[str, int]:
    """State -> how many writes to Asana."""
    query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    if project is not None:
        query = query.where(outbox.c.task_gid.in_(select(tasks.c.gid).where(tasks.c.project_gid == project)))
    return dict(connection.execute(query).all())


def _running(connection: Connection, held: Iterable[HeldClaim]) -> tuple[RunningTask, ...]:
    held = list(held)
    gids = [one.task_gid for one in held]
    names = dict(connection.execute(select(tasks.c.gid, tasks.c.name).where(tasks.c.gid.in_(gids))).all())
    of = _project_names(connection, {one.project_gid for one in held})
    query = select(executions.c.task_gid, executions.c.attempt).where(
        executions.c.task_gid.in_(gids), executions.c.state == "running"
    )
    attempts = dict(connection.execute(query).all())
    return tuple(
        RunningTask(
            one.task_gid,
            names.get(one.task_gid, one.task_gid),
            of.get(one.project_gid, ""),
            one.since,
            str(one.owner),
            attempts.get(one.task_gid, 1),
        )
        for one in held
    )


def _ended(connection: Connection, project: str | None) -> tuple[EndedTask, ...]:
    query = select(executions).where(executions.c.ended_at.is_not(None)).order_by(executions.c.ended_at.desc())
    if project is not None:
        query = query.where(executions.c.project_gid == project)
    rows = connection.execute(query.limit(_LATEST)).all()
    gids = {row.task_gid for row in rows}
    names = dict(connection.execute(select(tasks.c.gid, tasks.c.name).where(tasks.c.gid.in_(gids))).all())
    of = _project_names(connection, {row.project_gid for row in rows})
    return tuple(
        EndedTask(
            row.id,
            names.get(row.task_gid, row.task_gid),
            of.get(row.project_gid, ""),
            row.verdict or row.state,
            _headline(row.outcome),
            row.cost_usd,
            row.ended_at,
        )
        for row in rows
    )


def _exit_code(report: str | None) -> int:
    try:
        return SessionReport.model_validate_json(report or "").exit_code
    except ValidationError:
        return 1


def _headline(outcome: str | None) -> str:
    """What came of an execution, and why where that is told: "Interrupted: a person completed the task"."""
    try:
        told = Outcome.model_validate_json(outcome) if outcome else None
    except ValidationError:
        return ""
    return ": ".join(filter(None, (told.headline, told.reason))) if told is not None else ""


def _open_questions(connection: Connection, project: str | None) -> tuple[str, ...]:
    query = select(questions.c.name).where(questions.c.state.in_(("asking", "open"))).order_by(questions.c.created_at)
    if project is not None:
        query = query.where(questions.c.project_gid == project)
    return tuple(connection.execute(query).scalars())


def _waiting(connection: Connection, project: str | None) -> tuple[str, ...]:
    query = select(watches.c.project_gid).where(watches.c.waiting_since.is_not(None))
    if project is not None:
        query = query.where(watches.c.project_gid == project)
    gids = list(connection.execute(query.order_by(watches.c.waiting_since)).scalars())
    names = _project_names(connection, gids)
    return tuple(names.get(gid, gid) for gid in gids)


def _project_names(connection: Connection, gids: Iterable[str]) -> dict[str, str]:
    query = select(projects.c.gid, projects.c.name).where(projects.c.gid.in_(list(gids)))
    return dict(connection.execute(query).all())


def _spent(connection: Connection, midnight: datetime) -> float:
    query = select(func.coalesce(func.sum(executions.c.cost_usd), 0.0)).where(executions.c.ended_at >= midnight)
    return float(connection.execute(query).scalar_one())
