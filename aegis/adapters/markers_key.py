"""The key of our markers: in the database and beside it, so that losing one of the two loses nothing."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.files import private_directory, write_private
from aegis.adapters.tables import meta

_NAME = "marker_key"
_FORM = re.compile(r"[0-9a-f]{64}")


def load_or_create_marker_key(database: Database, home: Path, *, read_only: bool = False) -> str:
    """The key (64 hex digits): the database's, else the file's, else a new one; kept in both.

    With `read_only` nothing is kept, and a new key serves this process alone.
    """
    file = home / "marker.key"
    in_file = _read(file)
    with database.transaction() as connection:
        key = _stored(connection)
        if key is None and not read_only:
            new = in_file or secrets.token_hex(32)
            statement = pg_insert(meta) if database.locks_rows else sqlite_insert(meta)
            connection.execute(statement.values(key=_NAME, value=new).on_conflict_do_nothing())
            key = _stored(connection)
    key = key or in_file or secrets.token_hex(32)
    if not read_only and in_file != key:
        write_private(private_directory(home) / file.name, key.encode())
    return key


def _stored(connection: Connection) -> str | None:
    key = connection.execute(select(meta.c.value).where(meta.c.key == _NAME)).scalar()
    return key if key and _FORM.fullmatch(key) else None


def _read(file: Path) -> str | None:
    try:
        text = file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if _FORM.fullmatch(text) else None
