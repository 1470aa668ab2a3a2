"""What is old and over goes; what still decides something stays."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from aegis.adapters.claims import Claims, Owner
from aegis.adapters.database import Database, open_database
from aegis.adapters.outbox import Outbox, OutboxWrite
from aegis.adapters.retention import Retention
from aegis.adapters.sessions import LIFE, Sessions
from aegis.adapters.tables import agents, cache, claims, executions, outbox, sessions, tasks

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=40)
LIMIT = NOW - timedelta(days=30)
ME = Owner.current()


def execution(database: Database, name: str, task: str, verdict: str, at: datetime) -> None:
    values = {
        "id": name, "run_id": name, "task_gid": task, "project_gid": "9", "agent": "engineer", "claim_number": 1,
        "attempt": 1, "resumed": False, "state": "finished", "verdict": verdict, "host": "h", "run_dir": "r",
        "log_file": "l", "started_at": at, "ended_at": at,
    }  # fmt: skip
    with database.transaction() as connection:
        if connection.execute(select(agents)).first() is None:
            connection.execute(insert(agents).values(name="engineer", created_at=at))
        connection.execute(insert(executions).values(**values))


def test_of_a_done_task_the_latest_attempt_stays_and_of_a_failing_one_all(database: Database) -> None:
    for name, task, verdict, at in (
        ("a", "1", "failed", OLD),
        ("b", "1", "done", OLD),
        ("c", "2", "failed", OLD),
        ("d", "2", "failed", OLD),
        ("e", "3", "failed", NOW),
        ("f", "3", "done", NOW),
    ):
        execution(database, name, task, verdict, at)
    assert Retention(database).forget_before(LIMIT) == 1
    with database.transaction() as connection:
        assert set(connection.execute(select(executions.c.id)).scalars()) == {"b", "c", "d", "e", "f"}


def test_confirmed_writes_go_and_completions_waiting_and_needed_ones_stay(database: Database) -> None:
    def write(kind: str, after: int | None = None) -> OutboxWrite:
        return OutboxWrite(kind=kind, target_gid="1", payload={}, marker="m", task_gid="1", after=after)  # type: ignore[arg-type]

    box = Outbox(database)
    box.enqueue_now([write("create-task"), write("add-dependencies", after=0)])
    box.enqueue_now([write("create-task"), write("add-dependencies", after=0)])
    box.enqueue_now([write("comment"), write("complete")])
    with database.transaction() as connection:
        done = {"state": "confirmed", "ended_at": OLD}
        connection.execute(update(outbox).where(outbox.c.id != 4).values(**done))
    assert Retention(database).forget_before(LIMIT) == 3
    with database.transaction() as connection:
        left = connection.execute(select(outbox.c.kind, outbox.c.state).order_by(outbox.c.id)).all()
    assert [tuple(row) for row in left] == [
        ("create-task", "confirmed"),
        ("add-dependencies", "pending"),
        ("complete", "confirmed"),
    ]


def test_sessions_their_claims_names_and_expired_cache_rows_go(database: Database) -> None:
    table = Sessions(database)
    for name in ("old", "new", "running"):
        table.begin(name, flow="do", flow_run_id="", owner=ME)
    table.end("old")
    table.end("new")
    held = Claims(database)
    for key in ("1", LIFE + "dead", LIFE + "running"):
        held.acquire(key, ME)
    with database.transaction() as connection:
        connection.execute(update(sessions).where(sessions.c.id == "old").values(ended_at=OLD))
        connection.execute(update(claims).where(claims.c.task_gid.in_(("1", LIFE + "dead"))).values(expires_at=OLD))
        for gid, at in (("1", OLD), ("2", OLD), ("3", NOW)):
            connection.execute(insert(tasks).values(gid=gid, project_gid="9", name="n", completed=False, seen_at=at))
        for key, at in (("gone", OLD), ("kept", NOW + timedelta(hours=1))):
            connection.execute(insert(cache).values(key=key, value="v", expires_at=at))
    execution(database, "x", "1", "failed", OLD)
    Retention(database).forget_before(LIMIT)
    with database.transaction() as connection:
        assert set(connection.execute(select(sessions.c.id)).scalars()) == {"new", "running"}
        assert set(connection.execute(select(claims.c.task_gid)).scalars()) == {"1", LIFE + "running"}
        assert set(connection.execute(select(tasks.c.gid)).scalars()) == {"1", "3"}
        assert set(connection.execute(select(cache.c.key)).scalars()) == {"kept"}


def test_a_sqlite_file_shrinks(tmp_path: Path) -> None:
    def size() -> int:
        return sum(file.stat().st_size for file in tmp_path.glob("aegis.db*"))

    with open_database(None, tmp_path) as database:
        for _ in range(2):  # the first time the file's manner is changed, the second it has it
            with database.transaction() as connection:
                for number in range(500):
                    connection.execute(insert(cache).values(key=str(number), value="x" * 8000, expires_at=OLD))
            big = size()
            Retention(database).forget_before(LIMIT)
            Retention(database).shrink()
            assert size() < big / 4


def test_shrinking_gives_way_to_a_writer(tmp_path: Path) -> None:
    with open_database(None, tmp_path) as database, sqlite3.connect(tmp_path / "aegis.db") as writer:
        writer.execute("BEGIN IMMEDIATE")
        Retention(database).shrink(wait_seconds=0.05)
