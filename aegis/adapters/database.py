"""The database: SQLite in AEGIS_HOME, or the PostgreSQL that DATABASE_URL names; one schema on both.

SQLite is migrated at first use, under a lock. PostgreSQL is shared by machines, so its people migrate it
(`alembic upgrade head`), and a schema that is behind or ahead of this code is an error that says so.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from aegis.adapters import events
from aegis.adapters.files import local, private_directory
from aegis.adapters.tables import metadata
from aegis.core.secrets import without_password
from aegis.errors import AegisError, DatabaseError

REVISIONS = ("0001", "0002", "0003", "0004")
"""The migrations, oldest first; the last is what this code works with. A test holds this against alembic/."""

SCHEMA = REVISIONS[-1]
_BUSY_MILLISECONDS = 30_000
_CONNECT_SECONDS = 5


@dataclass(frozen=True)
class Database:
    """An open database; `label` names it for people, without a password.

    `made` is False for what is shown, to who only reads, of a SQLite file that holds nothing yet.
    """

    engine: Engine
    label: str
    made: bool = True

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in a transaction, committed at the end, rolled back on any error. Raises DatabaseError.

        The events that were noted in it are told once it is committed.
        """
        try:
            with self.engine.begin() as connection:
                events.forget(connection)
                yield connection
                happened = events.noted(connection)
            events.tell(happened)
        except AegisError:
            raise
        except DBAPIError as error:
            raise _away(self.label, error) from error
        except SQLAlchemyError as error:
            raise DatabaseError(f"the database {self.label} refused a statement: {type(error).__name__}") from error

    def now(self, connection: Connection) -> datetime:
        """The time by which claims expire: the server's own where machines share it."""
        if self.engine.dialect.name == "postgresql":
            at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return at.astimezone(UTC)
        return datetime.now(UTC)

    @property
    def locks_rows(self) -> bool:
        """Whether SELECT ... FOR UPDATE is known; SQLite's transactions lock the whole file instead."""
        return self.engine.dialect.name == "postgresql"


@contextmanager
def open_database(url: str | None, home: Path, *, read_only: bool = False) -> Iterator[Database]:
    """Open the database of `url`, or the SQLite file of `home` where there is none.

    With `read_only` nothing is created or migrated: a SQLite file that is not there is an empty state.
    Raises DatabaseError where it is away, behind or ahead of this code.
    """
    made = not read_only or _is_made(url, home)
    if not made:
        engine = _empty_engine()
    else:
        engine = _read_only_engine(url, home) if read_only else engine_for(url, _writable(url, home))
    database = Database(engine, _label(url, home), made)
    try:
        _check_schema(database, home, read_only=read_only)
        yield database
    finally:
        engine.dispose()


@contextmanager
def opened_for_migration(url: str | None, home: Path) -> Iterator[Connection]:
    """A connection to the database as it is, whatever its schema, for alembic. Raises DatabaseError."""
    engine = engine_for(url, _writable(url, home))
    try:
        with Database(engine, _label(url, home)).transaction() as connection:
            yield connection
    finally:
        engine.dispose()


def _writable(url: str | None, home: Path) -> Path:
    return home if url is not None else private_directory(home)


def engine_for(url: str | None, home: Path) -> Engine:
    """An engine for `url` (`postgresql://` means psycopg), or for the SQLite file of `home`."""
    parsed = _url(url, home)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            _make_private(Path(parsed.database))
        return _sqlite_engine(parsed)
    return create_engine(
        parsed, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_SECONDS}, isolation_level="READ COMMITTED"
    )


def _url(url: str | None, home: Path) -> URL:
    if url is None:
        return URL.create("sqlite", database=str(home / "aegis.db"))
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    except (ArgumentError, ValueError):
        raise DatabaseError(
            "DATABASE_URL is no database URL", hint="Such as postgresql://user:password@localhost:5432/aegis"
        ) from None
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed


def _label(url: str | None, home: Path) -> str:
    parsed = _url(url, home)
    return parsed.database or "" if url is None or parsed.get_backend_name() == "sqlite" else without_password(url)


def _make_private(path: Path) -> None:
    """SQLite would make the file readable by everybody."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DatabaseError(f"cannot open the database {path}: {error.strerror}") from error


def _sqlite_engine(url: URL, **arguments: Any) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_MILLISECONDS / 1000}, **arguments)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in (f"busy_timeout={_BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # a reader that turns writer later could be refused

    return engine


def _is_made(url: str | None, home: Path) -> bool:
    parsed = _url(url, home)
    return parsed.get_backend_name() != "sqlite" or _holds_something(Path(parsed.database or ""))


def _empty_engine() -> Engine:
    """A state in which nothing ever happened, in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": SCHEMA})
    return engine


def _read_only_engine(url: str | None, home: Path) -> Engine:
    parsed = _url(url, home)
    if parsed.get_backend_name() != "sqlite":
        return engine_for(url, home)
    path = Path(parsed.database or "")
    return create_engine("sqlite://", creator=lambda: _opened_for_reading(path), poolclass=StaticPool)


def _opened_for_reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", 5, uri=True, check_same_thread=False)


def _holds_something(path: Path) -> bool:
    """Whether there are tables: a file without is what a first use left that could not make them (a full disk)."""
    try:
        if not path.is_file():
            return False
        with closing(_opened_for_reading(path)) as connection:
            return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
    except OSError as error:
        raise DatabaseError(f"cannot open the database {path}: {error.strerror}") from error
    except sqlite3.Error:
        return True  # what is wrong with it is told where it is used


def _check_schema(database: Database, home: Path, *, read_only: bool) -> None:
    version = _version(database)
    if version == SCHEMA:
        return
    if version is not None and version not in REVISIONS:
        raise DatabaseError(
            f"the database {database.label} has the schema {version}, which is newer than this Aegis ({SCHEMA})",
            hint="Update Aegis on this machine.",
        )
    if database.engine.dialect.name == "postgresql" or read_only:
        hint = "`aegis do` and `aegis work-on` bring it up to date."
        if database.engine.dialect.name == "postgresql":
            hint = f"Run: {_upgrade_command()}"
        raise DatabaseError(f"the database {database.label} is behind this Aegis's schema ({SCHEMA})", hint=hint)
    _migrate(database, home)


def _version(database: Database) -> str | None:
    try:
        with database.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return found
    except DBAPIError as error:
        raise _away(database.label, error) from error


def _migrate(database: Database, home: Path) -> None:
    """Bring SQLite up to date, one process at a time."""
    with local(f"migrate the database {database.label}"), (home / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _version(database) == SCHEMA:
            return
        from alembic import command  # heavy, and needed once in a database's life

        with database.transaction() as connection:
            command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection | None = None) -> Any:
    """alembic's configuration for our migrations, in the checkout or in the installed wheel."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations() / "alembic"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def _migrations() -> Path:
    """The folder of alembic.ini and alembic/: within the installed wheel, else the checkout."""
    package = Path(__file__).parent.parent
    return next(place for place in (package / "_migrations", package.parent) if (place / "alembic/env.py").is_file())


def _upgrade_command() -> str:
    ini = _migrations() / "alembic.ini"
    elsewhere = "" if Path("alembic.ini").absolute() == ini else f" (from this folder: alembic -c {ini} upgrade head)"
    return f"alembic upgrade head{elsewhere}"


def _away(label: str, error: DBAPIError) -> DatabaseError:
    """A driver's error as a sentence; its words may hold the connection's parameters, so only their kind is told."""
    said = str(error.orig).strip().splitlines()[0] if error.orig is not None and str(error.orig).strip() else ""
    for secret in ("password=", "://"):
        said = said.partition(secret)[0]
    if isinstance(error.orig, sqlite3.DatabaseError):
        return DatabaseError(
            f"the database {label} cannot be used: {said}", hint="Check the disk and the file's owner."
        )
    return DatabaseError(
        f"Database connection error: {label}: {said}", hint="Is PostgreSQL running, and DATABASE_URL right?"
    )
