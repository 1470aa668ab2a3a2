"""Claims: who may run a task now. One row a task; its number only grows, so that an old owner can never write again.

A claim whose owner is a dead process of this host is free at once, any other when it expires (docs/architecture.md).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from types import TracebackType

from sqlalchemy import ColumnElement, Connection, and_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.process import ProcessRef, alive, boot_id, host, pid_namespace
from aegis.adapters.tables import claims
from aegis.errors import ClaimLostError, DatabaseError

TTL_SECONDS = 120.0


@dataclass(frozen=True)
class Owner:
    """A process that may hold claims, by all that tells it from any other in the world."""

    host: str
    boot_id: str
    pid_namespace: str
    pid: int
    started: str

    @classmethod
    def current(cls) -> Owner:
        """This process."""
        me = ProcessRef.current()
        return cls(host(), boot_id(), pid_namespace(), me.pid, me.started)

    def is_dead(self, here: Owner) -> bool:
        """Whether it is known, seen from `here`, that the owner cannot live any more."""
        if self.host != here.host:
            return False
        if self.boot_id and here.boot_id and self.boot_id != here.boot_id:
            return True
        return self.pid_namespace == here.pid_namespace and not alive(ProcessRef(self.pid, self.started))

    def to_json(self) -> str:
        """As stored."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, stored: str) -> Owner:
        """From what is stored. Raises DatabaseError for a corrupt row."""
        try:
            document = json.loads(stored)
            return cls(**{name: document[name] for name in cls.__dataclass_fields__})
        except (ValueError, KeyError, TypeError) as error:
            raise DatabaseError("a claim's owner in the database is corrupt") from error

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


@dataclass(frozen=True)
class Claim:
    """The right to run one task; `number` is checked wherever something is written in its name."""

    task_gid: str
    number: int
    owner: Owner


@dataclass(frozen=True)
class Held:
    """Somebody else runs the task; `by` names who, `until` is when the claim expires unless it is renewed."""

    by: str
    until: datetime


class Claims:
    """The claims' table."""

    def __init__(self, database: Database, ttl_seconds: float = TTL_SECONDS) -> None:
        self._database = database
        self.ttl = timedelta(seconds=ttl_seconds)

    def acquire(self, task_gid: str, owner: Owner) -> Claim | Held:
        """Take the task's claim if it is free. Raises DatabaseError."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            self._ensure_row(connection, task_gid, owner, now)
            query = select(claims).where(claims.c.task_gid == task_gid)
            row = connection.execute(query.with_for_update() if self._database.locks_rows else query).one()
            if row.held and row.expires_at > now and not Owner.from_json(row.owner).is_dead(owner):
                return Held(str(Owner.from_json(row.owner)), row.expires_at)
            connection.execute(
                update(claims)
                .where(claims.c.task_gid == task_gid)
                .values(
                    number=row.number + 1,
                    held=True,
                    owner=owner.to_json(),
                    supervisor=None,
                    agent=None,
                    taken_at=now,
                    expires_at=now + self.ttl,
                )
            )
            return Claim(task_gid, row.number + 1, owner)

    def _ensure_row(self, connection: Connection, task_gid: str, owner: Owner, now: datetime) -> None:
        """A free row to take, also where two first owners come at once."""
        values = {
            "task_gid": task_gid,
            "number": 0,
            "held": False,
            "owner": owner.to_json(),
            "taken_at": now,
            "expires_at": now,
        }
        statement = pg_insert(claims) if self._database.locks_rows else sqlite_insert(claims)
        connection.execute(statement.values(**values).on_conflict_do_nothing())

    def renew(self, claim: Claim) -> bool:
        """Move the expiry on; False where the claim is lost or has expired. Raises DatabaseError."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            done = connection.execute(
                update(claims).where(_is(claim), claims.c.expires_at > now).values(expires_at=now + self.ttl)
            )
            return done.rowcount == 1

    def record_processes(self, claim: Claim, supervisor: ProcessRef, agent: ProcessRef) -> None:
        """Note what runs in the claim's name. Raises ClaimLostError."""
        with self._database.transaction() as connection:
            values = {"supervisor": json.dumps(supervisor._asdict()), "agent": json.dumps(agent._asdict())}
            if connection.execute(update(claims).where(_is(claim)).values(**values)).rowcount != 1:
                raise ClaimLostError(f"another process took the task {claim.task_gid} over")

    def check(self, connection: Connection, claim: Claim) -> None:
        """Within a transaction of the caller: raise ClaimLostError unless the claim is held still."""
        query = select(claims.c.number).where(_is(claim))
        if connection.execute(query.with_for_update() if self._database.locks_rows else query).first() is None:
            raise ClaimLostError(f"another process took the task {claim.task_gid} over")

    def release(self, claim: Claim) -> None:
        """Let the task go; nothing happens where the claim is another's by now."""
        with self._database.transaction() as connection:
            connection.execute(update(claims).where(_is(claim)).values(held=False, supervisor=None, agent=None))

    def running(self, task_gids: Iterable[str] | None = None, *, here: Owner) -> dict[str, str]:
        """GID -> who runs it, of the tasks that are run now (all, or of those named)."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            rows = connection.execute(select(claims).where(claims.c.held, claims.c.expires_at > now)).all()
        wanted = None if task_gids is None else set(task_gids)
        found = {}
        for row in rows:
            owner = Owner.from_json(row.owner)
            if (wanted is None or row.task_gid in wanted) and not owner.is_dead(here):
                found[row.task_gid] = str(owner)
        return found


def _is(claim: Claim) -> ColumnElement[bool]:
    return and_(claims.c.task_gid == claim.task_gid, claims.c.number == claim.number, claims.c.held)


class ClaimKeeper:
    """Renews the claims of this process in a thread; a context manager."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._ttl = claims.ttl.total_seconds()
        self._kept: dict[Claim, float] = {}
        self._lost: set[Claim] = set()
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="aegis-claims", daemon=True)

    def keep(self, claim: Claim) -> None:
        """Renew it from now on."""
        with self._lock:
            self._kept[claim] = _clock()

    def forget(self, claim: Claim) -> None:
        """Renew it no more."""
        with self._lock:
            self._kept.pop(claim, None)
            self._lost.discard(claim)

    def lost(self, claim: Claim) -> bool:
        """Whether it is another's, or could not be renewed in time: then it may be another's any moment."""
        with self._lock:
            renewed = self._kept.get(claim)
            if claim in self._lost or renewed is None:
                return True
            return _clock() - renewed > self._ttl * 0.8

    def __enter__(self) -> ClaimKeeper:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._end.wait(self._ttl / 6):
            with self._lock:
                kept = list(self._kept)
            for claim in kept:
                began = _clock()
                try:
                    renewed = self._claims.renew(claim)
                except DatabaseError:
                    continue  # the database is away: `lost` measures for how long
                with self._lock:
                    if not renewed:
                        self._lost.add(claim)
                    elif claim in self._kept:
                        self._kept[claim] = began


def _clock() -> float:
    """Seconds, counted on while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.time()


__all__ = ["Claim", "ClaimKeeper", "Claims", "Held", "Owner", "ProcessRef"]
