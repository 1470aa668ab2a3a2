"""The database opens, migrates and says what is wrong, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text

from aegis.adapters.database import REVISIONS, SCHEMA, Database, alembic_config, engine_for, open_database
from aegis.adapters.tables import metadata
from aegis.errors import DatabaseError, LocalResourceError
from tests.servers import migrate

ROOT = Path(__file__).parents[2]


def test_the_known_revisions_are_those_of_alembic() -> None:
    found = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS


def test_the_migrations_make_the_tables_of_the_code_and_take_them_away_again(
    database_url: str | None, home: Path
) -> None:
    with open_database(database_url, home) as database:
        assert set(metadata.tables) <= set(inspect(database.engine).get_table_names())
        assert {"tasks", "agents", "executions"} <= set(metadata.tables)
    url = database_url or f"sqlite:///{home / 'aegis.db'}"
    migrate(url, "base")
    migrate(url)
    with open_database(database_url, home) as database:
        assert set(metadata.tables) <= set(inspect(database.engine).get_table_names())


def test_what_revision_0001_held_is_kept_up_and_down(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for url in (f"sqlite:///{tmp_path / 'aegis.db'}", request.getfixturevalue("empty_postgres")):
        migrate(url, "0001")
        engine = engine_for(url, tmp_path)
        with engine.begin() as connection:
            for project, print_ in (("9", "f1"), ("9", "f2"), ("10", "f2")):
                connection.execute(
                    text(
                        "INSERT INTO questions (fingerprint, project_gid, gid, kind, name, state, task_gids, "
                        "created_at) VALUES (:f, :p, '55', 'service', 'Question: Redis Setup', 'open', '[\"1\"]', :at)"
                    ),
                    {"f": print_, "p": project, "at": datetime(2025, 11, 25, tzinfo=UTC)},
                )
            for after in (None, 1):
                connection.execute(
                    text(
                        "INSERT INTO outbox (kind, target_gid, payload, marker, after_id, state, uncertain, next_at, "
                        "created_at) VALUES ('create-task', '9', '{}', 'm', :after, 'pending', :no, :at, :at)"
                    ),
                    {"after": after, "no": False, "at": datetime(2025, 11, 25, tzinfo=UTC)},
                )
        migrate(url)
        with Database(engine, "").transaction() as connection:
            found = connection.execute(select(metadata.tables["questions"])).all()
            assert {(one.fingerprint, one.project_gid, one.gid, one.state, one.answers) for one in found} == {
                ("f1", "9", "55", "open", "[]"),
                ("f2", "10", "55", "open", "[]"),
            }
            rows = connection.execute(select(metadata.tables["outbox"])).all()
            assert [(row.id, row.after_id) for row in rows] == [(1, None), (2, 1)]
            notice = {"kind": "notify", "target_gid": "", "payload": "{}", "marker": "n", "state": "pending"}
            times = {"uncertain": False, "next_at": datetime.now(UTC), "created_at": datetime.now(UTC)}
            connection.execute(insert(metadata.tables["outbox"]).values(**notice, **times))
        with pytest.raises(DatabaseError), Database(engine, "").transaction() as connection:
            connection.execute(insert(metadata.tables["outbox"]).values(**notice, **times))
        with Database(engine, "").transaction() as connection:
            for kind in ("move", "edit-comment"):
                connection.execute(insert(metadata.tables["outbox"]).values(**{**notice, "kind": kind}, **times))
        migrate(url, "0001", down=True)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM questions WHERE answer IS NULL")).scalar() == 2
            assert connection.execute(text("SELECT count(*) FROM outbox")).scalar() == 2
        migrate(url)
        engine.dispose()


def test_what_revision_0003_held_is_kept_and_notices_stay_single(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    at = datetime(2025, 11, 25, tzinfo=UTC)
    for url in (f"sqlite:///{tmp_path / 'aegis.db'}", request.getfixturevalue("empty_postgres")):
        migrate(url, "0003")
        engine = engine_for(url, tmp_path)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO agents (name, created_at) VALUES ('engineer', :at)"), {"at": at})
            connection.execute(
                text(
                    "INSERT INTO executions (id, run_id, task_gid, project_gid, agent, claim_number, attempt, resumed, "
                    "state, host, run_dir, log_file, started_at) VALUES ('e', 'r', '1', '9', 'engineer', 1, 1, :no, "
                    "'finished', 'h', '/r', '/l', :at)"
                ),
                {"at": at, "no": False},
            )
            for marker, after in (("m", None), ("n", 1)):
                connection.execute(
                    text(
                        "INSERT INTO outbox (kind, target_gid, payload, marker, after_id, state, uncertain, next_at, "
                        "created_at) VALUES ('notify', '9', '{}', :m, :after, 'pending', :no, :at, :at)"
                    ),
                    {"m": marker, "after": after, "no": False, "at": at},
                )
        migrate(url)
        with Database(engine, "").transaction() as connection:
            assert connection.execute(select(metadata.tables["executions"].c.content)).scalars().all() == [""]
            rows = connection.execute(select(metadata.tables["outbox"])).all()
            assert [(row.id, row.kind, row.marker, row.after_id) for row in rows] == [
                (1, "notify", "m", None),
                (2, "notify", "n", 1),
            ]
            placed = {"task_gid": "1", "project_gid": "9", "home_gid": "4", "put_gid": "5"}
            connection.execute(insert(metadata.tables["placements"]).values(**placed))
        with pytest.raises(DatabaseError), Database(engine, "").transaction() as connection:
            again = {"kind": "notify", "target_gid": "", "payload": "{}", "marker": "m", "state": "pending"}
            connection.execute(
                insert(metadata.tables["outbox"]).values(**again, uncertain=False, next_at=at, created_at=at)
            )
        migrate(url, "0003", down=True)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM outbox")).scalar() == 2
        migrate(url)
        engine.dispose()


def test_alembic_check_finds_no_difference(database_url: str | None, home: Path) -> None:
    with open_database(database_url, home):
        pass
    environment = {**os.environ, "AEGIS_HOME": str(home)} | ({"DATABASE_URL": database_url} if database_url else {})
    for arguments in (["upgrade", "head"], ["check"]):
        subprocess.run([sys.executable, "-m", "alembic", *arguments], cwd=ROOT, env=environment, check=True)


def test_sqlite_is_for_its_owner_only(home: Path) -> None:
    with open_database(None, home):
        pass
    assert stat.S_IMODE((home / "aegis.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_an_empty_postgresql_names_the_command_that_migrates_it(empty_postgres: str, home: Path) -> None:
    with pytest.raises(DatabaseError) as caught, open_database(empty_postgres, home):
        pass
    assert "alembic upgrade head" in caught.value.hint


def test_alembics_own_command_says_what_it_did_or_what_is_wrong_in_one_line(
    empty_postgres: str, tmp_path: Path
) -> None:
    def alembic(*arguments: str, url: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "alembic.config", "-c", str(ROOT / "alembic.ini"), *arguments]
        env = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)

    done = alembic("upgrade", "head", url=empty_postgres)
    assert done.returncode == 0 and "Running upgrade  -> 0001" in done.stderr
    with open_database(empty_postgres, tmp_path):
        pass
    assert alembic("downgrade", "base", url=empty_postgres).returncode == 0
    away = alembic("upgrade", "head", url="postgresql://u:hidden-pw@127.0.0.1:9/x")
    assert away.returncode == 1 and away.stderr.startswith("Error: Database connection error: postgresql://u:***@127")
    assert "Traceback" not in away.stderr and "hidden-pw" not in away.stderr


def test_a_newer_schema_is_an_error(database: Database, database_url: str | None, home: Path) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer"), open_database(database_url, home):
        pass


def test_a_server_that_is_away_is_one_sentence_without_the_password(home: Path) -> None:
    url = "postgresql://aegis:very-secret@127.0.0.1:9/aegis"
    with pytest.raises(DatabaseError) as caught, open_database(url, home):
        pass
    assert "Database connection error" in str(caught.value)
    assert "very-secret" not in str(caught.value) + caught.value.hint
    assert "very-secret" not in "".join(traceback.format_exception(caught.value))


def test_reading_only_makes_nothing(home: Path) -> None:
    with open_database(None, home, read_only=True) as database, database.transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM claims")).scalar() == 0
    assert not home.exists()


def test_reading_only_sees_what_there_is_and_cannot_write(home: Path) -> None:
    with open_database(None, home):
        pass
    with (
        open_database(None, home, read_only=True) as database,
        pytest.raises(DatabaseError),
        database.transaction() as connection,
    ):
        connection.execute(text("DELETE FROM claims"))


def test_two_first_users_migrate_once(home: Path) -> None:
    code = (
        "from pathlib import Path; from aegis.adapters.database import open_database\n"
        f"with open_database(None, Path({str(home)!r})): pass"
    )
    both = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [one.wait() for one in both] == [0, 0, 0]


def test_a_file_that_is_no_database_is_one_sentence(home: Path) -> None:
    home.mkdir()
    (home / "aegis.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(DatabaseError, match="cannot be used"), open_database(None, home):
        pass


@pytest.mark.parametrize("name", ["plain", "with blank", "100% #1?"])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    with open_database(None, tmp_path / name):
        pass
    with open_database(None, tmp_path / name, read_only=True) as database, database.transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM claims")).scalar() == 0


def test_a_file_whose_tables_could_not_be_made_is_an_empty_state(home: Path) -> None:
    home.mkdir()
    sqlite3.connect(home / "aegis.db").execute("PRAGMA journal_mode=WAL")
    with open_database(None, home, read_only=True) as database, database.transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM claims")).scalar() == 0


def test_a_place_that_cannot_hold_it_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalResourceError, match="cannot make the directory"), open_database(None, tmp_path / "file/x"):
        pass
    (tmp_path / "home" / "migrate.lock").mkdir(parents=True)
    with pytest.raises(LocalResourceError, match="cannot migrate"), open_database(None, tmp_path / "home"):
        pass


def test_a_full_disk_while_the_tables_are_made_is_one_sentence(home: Path) -> None:
    """In the place of a full disk: a limit on how large a file may grow."""
    code = (
        "import resource, signal; from pathlib import Path; from aegis.adapters.database import open_database\n"
        "from aegis.errors import DatabaseError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000))\n"
        f"try:\n    with open_database(None, Path({str(home)!r})): pass\n"
        "except DatabaseError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"the database {home}/aegis.db cannot be used" in done.stdout


def test_a_password_in_the_query_is_told_to_nobody(home: Path) -> None:
    url = "postgresql://127.0.0.1:9/aegis?user=aegis&password=very-secret"
    with pytest.raises(DatabaseError) as caught, open_database(url, home):
        pass
    assert "very-secret" not in str(caught.value) and "postgresql://127.0.0.1:9/aegis?user=aegis" in str(caught.value)


def test_opening_a_migrated_database_does_not_load_alembic(home: Path) -> None:
    with open_database(None, home):
        pass
    code = (
        "import sys; from pathlib import Path; from aegis.adapters.database import open_database\n"
        f"with open_database(None, Path({str(home)!r})): pass\nassert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert SCHEMA
