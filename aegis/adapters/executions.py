"""Executions: each attempt at a task, from its start under a claim to its outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.claims import Claim, Claims
from aegis.adapters.database import Database
from aegis.adapters.events import note, note_ids
from aegis.adapters.outbox import Outbox, OutboxWrite
from aegis.adapters.process import host
from aegis.adapters.tables import agents, executions, outbox, projects, tasks
from aegis.core.backoff import failures_in_a_row, last_failure_at
from aegis.core.models import AsanaTask, Ending, Outcome, Project, Verdict
from aegis.core.recovery import PastExecution
from aegis.core.text import one_line
from aegis.errors import DatabaseError

AGENT = "engineer"
"""The one role that there is as yet; a row of `agents` holds its name."""

_CAME_TO_SOMETHING = tuple(v.value for v in (Verdict.DONE, Verdict.FAILED, Verdict.BLOCKED, Verdict.QUESTION))
_MOST_REMEMBERED = 20
_GIDS_A_QUERY = 500


@dataclass(frozen=True)
class NewExecution:
    """What is known of an execution when it starts."""

    id: str
    run_id: str
    task_gid: str
    project_gid: str
    session_id: str
    resumed: bool
    run_dir: str
    log_file: str
    model: str
    flow_run_id: str = ""
    content: str = ""  # a hash over the task's text


@dataclass(frozen=True)
class RunningExecution:
    """An execution that never recorded an end, and where its agent's files are."""

    id: str
    task_gid: str
    project_gid: str
    run_dir: str
    flow_run_id: str


@dataclass(frozen=True)
class History:
    """What the past of a task means for its next start; `last_end` is the latest failure's, in UTC."""

    failures: int = 0
    last_end: datetime | None = None
    last_verdict: Verdict | None = None
    undelivered: bool = False
    parked: bool = False
    last_words: str = ""  # why its latest execution failed


@dataclass(frozen=True)
class ExecutionRow:
    """An execution for people."""

    id: str
    run_id: str
    task_gid: str
    project_gid: str
    attempt: int
    state: str
    verdict: str | None
    started_at: datetime
    ended_at: datetime | None
    cost_usd: float
    turns: int
    session_id: str
    log_file: str
    run_dir: str
    headline: str = ""


_IDS = (executions.c.id, executions.c.task_gid, executions.c.project_gid, executions.c.flow_run_id)


def ids_of(row: Row[Any]) -> dict[str, str]:
    """An execution's ids, as events name them."""
    return {"execution": row.id, "task": row.task_gid, "project": row.project_gid, "flow_run": row.flow_run_id}


class Executions:
    """The tables of executions, and of what was last seen of tasks and projects."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claims = Claims(database)
        self._outbox = Outbox(database)

    def start(self, claim: Claim, new: NewExecution, *, failures_since: datetime | None = None) -> None:
        """Record that an attempt begins; an earlier one that never ended is marked interrupted.

        `failures_since` tells from when on failures count, where a person had the task tried anew.

        Raises ClaimLostError.
        """
        with self._database.transaction() as connection:
            self._claims.check(connection, claim)
            now = self._database.now(connection)
            self._ensure_agent(connection, now)
            left = connection.execute(
                update(executions)
                .where(executions.c.task_gid == new.task_gid, executions.c.state == "running")
                .values(state="interrupted", verdict=Verdict.INTERRUPTED.value, ended_at=now)
                .returning(*_IDS)
            )
            for row in left.all():
                note(connection, "interrupted", **ids_of(row), verdict=Verdict.INTERRUPTED.value)
            since = {new.task_gid: failures_since} if failures_since is not None else {}
            past = self._verdicts(connection, [new.task_gid], since, lambda _: new.content).get(new.task_gid, [])
            failures = failures_in_a_row([verdict for verdict, _ in past])
            connection.execute(
                insert(executions).values(
                    **new.__dict__,
                    agent=AGENT,
                    claim_number=claim.number,
                    attempt=failures + 1,
                    state="running",
                    host=host(),
                    started_at=now,
                )
            )
            ids = {"execution": new.id, "task": new.task_gid, "project": new.project_gid, "flow_run": new.flow_run_id}
            note(connection, "started", **ids, attempt=failures + 1, resumed=new.resumed, conversation=new.session_id)

    def _ensure_agent(self, connection: Connection, now: datetime) -> None:
        statement = pg_insert(agents) if self._database.locks_rows else sqlite_insert(agents)
        connection.execute(statement.values(name=AGENT, created_at=now).on_conflict_do_nothing())

    def finish(
        self,
        claim: Claim,
        execution_id: str,
        outcome: Outcome,
        writes: Sequence[OutboxWrite],
        also: Callable[[Connection, datetime], Sequence[OutboxWrite]] | None = None,
    ) -> None:
        """Record the outcome together with the writes that report it. Raises ClaimLostError: nothing is stored then.

        `also` stores more in the same transaction (the question that the agent asks), and returns its writes.
        """
        with self._database.transaction() as connection:
            self._claims.check(connection, claim)
            now = self._database.now(connection)
            state = "interrupted" if outcome.verdict is Verdict.INTERRUPTED else "finished"
            ended = connection.execute(
                update(executions)
                .where(executions.c.id == execution_id)
                .values(
                    state=state,
                    verdict=outcome.verdict.value,
                    ending=outcome.ending.value if outcome.ending else None,
                    session_id=outcome.session_id,
                    ended_at=now,
                    exit_code=outcome.exit_code,
                    turns=outcome.usage.turns,
                    input_tokens=outcome.usage.input_tokens,
                    output_tokens=outcome.usage.output_tokens,
                    cost_usd=outcome.usage.cost_usd,
                    outcome=outcome.model_dump_json(),
                )
                .returning(*_IDS)
            )
            for row in ended.all():
                came_to = {"verdict": outcome.verdict.value, "ending": outcome.ending.value if outcome.ending else ""}
                usage = {"turns": outcome.usage.turns, "cost_usd": outcome.usage.cost_usd}
                note(connection, "ended", **ids_of(row), **came_to, **usage, reason=one_line(outcome.reason, 500))
            self._outbox.enqueue(connection, writes, now)
            if also is not None:
                self._outbox.enqueue(connection, also(connection, now), now)
                note_ids(connection, execution=execution_id, task=outcome.task_gid)

    def mark_interrupted(self, claim: Claim, execution_id: str, verdict: Verdict = Verdict.INTERRUPTED) -> None:
        """Record that an attempt ended without an outcome; it is resumed by the next.

        `verdict` is NOT_ITS_FAULT where we know that something else stood in the way, such as a full disk.
        """
        with self._database.transaction() as connection:
            interrupted = connection.execute(
                update(executions)
                .where(
                    executions.c.id == execution_id,
                    executions.c.claim_number == claim.number,
                    executions.c.state == "running",
                )
                .values(
                    state="interrupted",
                    verdict=verdict.value,
                    ending=Ending.STOPPED.value,
                    ended_at=self._database.now(connection),
                )
                .returning(*_IDS)
            )
            for row in interrupted.all():
                note(connection, "interrupted", **ids_of(row), verdict=verdict.value)

    def past(self, task_gid: str) -> PastExecution | None:
        """The task's latest execution, None where it has none. Raises DatabaseError for a corrupt row."""
        with self._database.transaction() as connection:
            row = self._latest(connection, task_gid)
            if row is None:
                return None
            undelivered, completion = self._outbox_states(connection, row)
        try:
            return PastExecution(
                execution_id=row.id,
                run_id=row.run_id,
                session_id=row.session_id,
                running=row.state == "running",
                verdict=Verdict(row.verdict) if row.verdict else None,
                ending=Ending(row.ending) if row.ending else None,
                same_host=row.host == host(),
                ended_at=row.ended_at,
                run_dir=row.run_dir,
                completion_confirmed=completion == "confirmed",
                completion_parked=completion == "parked",
                undelivered=undelivered,
            )
        except ValueError as error:
            raise DatabaseError(f"the execution {row.id} in the database is corrupt") from error

    def running(self, host_name: str | None = None) -> list[RunningExecution]:
        """Those that never recorded an end, on one host or all, whether their owner lives or not."""
        names = list(RunningExecution.__dataclass_fields__)
        query = select(*(executions.c[name] for name in names)).where(executions.c.state == "running")
        if host_name is not None:
            query = query.where(executions.c.host == host_name)
        with self._database.transaction() as connection:
            return [RunningExecution(**row._mapping) for row in connection.execute(query)]

    def last_ends_by_project(self) -> dict[str, datetime]:
        """Project GID -> when its latest execution ended."""
        query = select(executions.c.project_gid, func.max(executions.c.ended_at)).where(
            executions.c.ended_at.is_not(None)
        )
        with self._database.transaction() as connection:
            return dict(connection.execute(query.group_by(executions.c.project_gid)).all())

    def _latest(self, connection: Connection, task_gid: str) -> Row[Any] | None:
        query = select(executions).where(executions.c.task_gid == task_gid).order_by(executions.c.number.desc())
        return connection.execute(query.limit(1)).one_or_none()

    def _outbox_states(self, connection: Connection, row: Row[Any]) -> tuple[bool, str | None]:
        """Whether a write of an execution waits, and the state of the task's own completion (not its subtasks')."""
        columns = (outbox.c.kind, outbox.c.target_gid, outbox.c.state)
        writes = connection.execute(select(*columns).where(outbox.c.execution_id == row.id)).all()
        own = [state for kind, target, state in writes if kind == "complete" and target == row.task_gid]
        return any(state in ("pending", "sending") for _, _, state in writes), next(iter(own), None)

    def latest_outcome(self, task_gid: str) -> Outcome:
        """The recorded outcome of the task's latest execution. Raises DatabaseError where it is corrupt."""
        with self._database.transaction() as connection:
            row = self._latest(connection, task_gid)
        try:
            return Outcome.model_validate_json((row.outcome if row is not None else None) or "")
        except ValidationError as error:
            raise DatabaseError(f"the outcome of the task {task_gid} in the database is corrupt") from error

    def outcomes(self, task_gid: str, limit: int) -> list[Outcome]:
        """What the task's latest executions that came to something came to, oldest first; corrupt ones left out."""
        query = (
            select(executions.c.outcome)
            .where(executions.c.task_gid == task_gid, executions.c.verdict.in_(_CAME_TO_SOMETHING))
            .order_by(executions.c.number.desc())
            .limit(limit)
        )
        with self._database.transaction() as connection:
            texts = connection.execute(query).scalars().all()
        return [outcome for text in reversed(texts) if (outcome := _outcome(text)) is not None]

    def successes(self, task_gids: Sequence[str]) -> dict[str, Outcome]:
        """GID -> outcome of those tasks whose latest finished execution did them."""
        query = (
            select(executions.c.task_gid, executions.c.verdict, executions.c.outcome)
            .where(executions.c.task_gid.in_(task_gids[:_GIDS_A_QUERY]), executions.c.state == "finished")
            .order_by(executions.c.number)
        )
        with self._database.transaction() as connection:
            latest = {gid: (verdict, text) for gid, verdict, text in connection.execute(query)}
        done = {gid: _outcome(text) for gid, (verdict, text) in latest.items() if verdict == Verdict.DONE.value}
        return {gid: outcome for gid, outcome in done.items() if outcome is not None}

    def done_names(self, project_gid: str) -> dict[str, str]:
        """GID -> name of the tasks of a project that were done here."""
        query = (
            select(tasks.c.gid, tasks.c.name)
            .join(executions, executions.c.task_gid == tasks.c.gid)
            .where(executions.c.project_gid == project_gid, executions.c.verdict == Verdict.DONE.value)
            .distinct()
        )
        with self._database.transaction() as connection:
            return dict(connection.execute(query).all())

    def histories(
        self,
        task_gids: Sequence[str],
        *,
        since: Mapping[str, datetime] | None = None,
        content: Callable[[str], str] | None = None,
    ) -> dict[str, History]:
        """What the past of each of these tasks means; tasks without one are left out.

        `since` tells for some tasks from when on their failures count: a person had them tried anew. `content` tells
        what a task reads like now, by its GID: what was tried with another text is past and done.
        """
        found: dict[str, History] = {}
        for at in range(0, len(task_gids), _GIDS_A_QUERY):
            some = task_gids[at : at + _GIDS_A_QUERY]
            with self._database.transaction() as connection:
                pasts = self._verdicts(connection, some, since or {}, content)
                waiting = self._waiting(connection, some)
                words = self._last_words(connection, [gid for gid, past in pasts.items() if _failed(past)])
            for gid in pasts.keys() | waiting.keys():
                past = pasts.get(gid, [])
                found[gid] = History(
                    failures=failures_in_a_row([verdict for verdict, _ in past]),
                    last_end=last_failure_at(past),
                    last_verdict=past[0][0] if past else None,
                    undelivered="pending" in waiting.get(gid, set()),
                    parked="parked" in waiting.get(gid, set()),
                    last_words=words.get(gid, ""),
                )
        return found

    def _verdicts(
        self,
        connection: Connection,
        gids: Sequence[str],
        since: Mapping[str, datetime],
        content: Callable[[str], str] | None,
    ) -> dict[str, list[tuple[Verdict | None, datetime | None]]]:
        """GID -> verdict and end of its latest executions, newest first.

        Of some tasks only those begun `since`; of each only those since its text became what it is.
        """
        columns = ("task_gid", "verdict", "started_at", "ended_at", "content")
        query = (
            select(*(executions.c[name] for name in columns))
            .where(executions.c.task_gid.in_(gids))
            .order_by(executions.c.number.desc())
        )
        found: dict[str, list[tuple[Verdict | None, datetime | None]]] = {}
        contents: dict[str, str] = {}
        changed: set[str] = set()
        for gid, verdict, started_at, ended_at, tried in connection.execute(query):
            if content is not None and gid not in contents:
                contents[gid] = content(gid)
            known = found.setdefault(gid, [])
            begin = since.get(gid)
            if tried and contents.get(gid) and tried != contents[gid]:
                changed.add(gid)
            if gid not in changed and len(known) < _MOST_REMEMBERED and (begin is None or started_at >= begin):
                known.append((Verdict(verdict) if verdict in set(Verdict) else None, ended_at))
        return found

    def _last_words(self, connection: Connection, gids: Sequence[str]) -> dict[str, str]:
        """GID -> why its latest finished execution failed."""
        query = (
            select(executions.c.task_gid, executions.c.outcome)
            .where(executions.c.task_gid.in_(gids), executions.c.outcome.is_not(None))
            .order_by(executions.c.number)
        )
        found: dict[str, str] = {}
        for gid, outcome in connection.execute(query) if gids else ():
            with suppress(ValidationError):
                ended = Outcome.model_validate_json(outcome)
                found[gid] = ended.reason or ended.headline
        return found

    def told_until(self, task_gid: str, session_id: str) -> datetime | None:
        """When the latest finished run of a conversation began: what was known then stood in its prompt."""
        query = select(func.max(executions.c.started_at)).where(
            executions.c.task_gid == task_gid,
            executions.c.session_id == session_id,
            executions.c.state == "finished",
        )
        with self._database.transaction() as connection:
            at: datetime | None = connection.execute(query).scalar()
            return at

    def _waiting(self, connection: Connection, gids: Sequence[str]) -> dict[str, set[str]]:
        """GID -> states of its completions that are not confirmed."""
        query = select(outbox.c.task_gid, outbox.c.state).where(
            outbox.c.task_gid.in_(gids),
            outbox.c.kind == "complete",
            outbox.c.target_gid == outbox.c.task_gid,
            outbox.c.state != "confirmed",
        )
        found: dict[str, set[str]] = {}
        for gid, state in connection.execute(query):
            found.setdefault(gid, set()).add("parked" if state == "parked" else "pending")
        return found

    def spent_since(self, at: datetime) -> float:
        """US dollars that executions ended since `at` have cost."""
        query = select(func.coalesce(func.sum(executions.c.cost_usd), 0.0)).where(executions.c.ended_at >= at)
        with self._database.transaction() as connection:
            return float(connection.execute(query).scalar_one())

    def seen(self, project: Project, seen_tasks: Sequence[AsanaTask]) -> None:
        """Keep what was last seen of a project and its tasks, for people who look into the database."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            statement = pg_insert if self._database.locks_rows else sqlite_insert
            row = {
                "gid": project.gid,
                "name": project.name,
                "portfolio_gid": project.portfolio_gid,
                "permalink_url": project.permalink_url,
                "seen_at": now,
            }
            changed = {name: value for name, value in row.items() if name != "gid"}
            connection.execute(
                statement(projects).values(**row).on_conflict_do_update(index_elements=["gid"], set_=changed)
            )
            rows = [
                {
                    "gid": one.gid,
                    "project_gid": project.gid,
                    "name": one.name,
                    "completed": one.completed,
                    "permalink_url": one.permalink_url,
                    "seen_at": now,
                }
                for one in {one.gid: one for one in seen_tasks}.values()
            ]
            if rows:
                insertion = statement(tasks)
                updated = {c.name: insertion.excluded[c.name] for c in tasks.c if c.name != "gid"}
                connection.execute(insertion.on_conflict_do_update(index_elements=["gid"], set_=updated), rows)

    def names(self, gids: Iterable[str]) -> dict[str, str]:
        """GID -> name as last seen."""
        with self._database.transaction() as connection:
            query = select(tasks.c.gid, tasks.c.name).where(tasks.c.gid.in_(list(gids)))
            return dict(connection.execute(query).all())

    def of_project(self, project_gid: str, gids: Iterable[str]) -> set[str]:
        """Those of the tasks that were last seen in this project."""
        with self._database.transaction() as connection:
            query = select(tasks.c.gid).where(tasks.c.gid.in_(list(gids)), tasks.c.project_gid == project_gid)
            return set(connection.execute(query).scalars())

    def projects(self) -> dict[str, str]:
        """GID -> name of the projects that were worked on."""
        with self._database.transaction() as connection:
            return dict(connection.execute(select(projects.c.gid, projects.c.name)).all())

    def ended_since(self, at: datetime) -> list[ExecutionRow]:
        """The executions that ended since `at`, oldest first."""
        query = select(executions).where(executions.c.ended_at >= at).order_by(executions.c.ended_at)
        with self._database.transaction() as connection:
            return [_shown(row) for row in connection.execute(query)]

    def recent(self, limit: int = 10, project_gid: str | None = None) -> list[ExecutionRow]:
        """The latest executions, newest first."""
        query = select(executions).order_by(executions.c.number.desc()).limit(limit)
        if project_gid is not None:
            query = query.where(executions.c.project_gid == project_gid)
        with self._database.transaction() as connection:
            return [_shown(row) for row in connection.execute(query)]


def _outcome(text: str | None) -> Outcome | None:
    """A stored outcome; None for one that is corrupt, where that is no reason to stop."""
    try:
        return Outcome.model_validate_json(text) if text else None
    except ValidationError:
        return None


def _failed(past: Sequence[tuple[Verdict | None, datetime | None]]) -> bool:
    return bool(past) and past[0][0] is Verdict.FAILED


def _shown(row: Row[Any]) -> ExecutionRow:
    names = [name for name in ExecutionRow.__dataclass_fields__ if name != "headline"]
    outcome = _outcome(row.outcome)
    headline = outcome.headline if outcome else "(corrupt)" if row.outcome else ""
    return ExecutionRow(**{name: getattr(row, name) for name in names}, headline=headline)
