"""Events: one structured log line for each thing that happened to a session, an execution, a question or a hold.

The line is written when the transaction that recorded the event is committed: what is rolled back never happened. Its
message holds no words of others, because Prefect's run log, which gets it too, masks nothing; they stand in its fields.
"""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection

log = logging.getLogger("aegis.event")

_NOTED = "aegis-events"


def note(connection: Connection, event: str, **fields: object) -> None:
    """An event of this transaction.

    Args:
        connection: within a transaction of `Database.transaction`, which tells it once it is committed.
        event: what happened, such as `started`.
        fields: ids (`execution`, `task`, `project`, `flow_run`) and details; empty ones are left out.
    """
    connection.info.setdefault(_NOTED, []).append((event, {name: one for name, one in fields.items() if one != ""}))


def note_ids(connection: Connection, **ids: str) -> None:
    """All that was noted in this transaction so far has to do with these."""
    for _, fields in connection.info.get(_NOTED, []):
        fields.update({name: one for name, one in ids.items() if name not in fields and one != ""})


def forget(connection: Connection) -> None:
    """Nothing is noted of a transaction that begins: a connection may have been part of one that failed."""
    connection.info.pop(_NOTED, None)


def noted(connection: Connection) -> list[tuple[str, dict[str, Any]]]:
    """What was noted, for `tell`."""
    found: list[tuple[str, dict[str, Any]]] = connection.info.pop(_NOTED, [])
    return found


def tell(events: list[tuple[str, dict[str, Any]]]) -> None:
    """Write the lines of a committed transaction."""
    for event, fields in events:
        about = next((f": {name} {fields[name]}" for name in ("task", "project", "session") if name in fields), "")
        log.info("%s%s", event, about, extra={"event": event, "fields": fields})
