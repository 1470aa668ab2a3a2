"""Claims: who may run a task now. One row a task; its number only grows, so that an old owner can never write again.

A claim whose owner is a dead process of this host is free at once, any other when it expires (docs/architecture.md).
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from types import TracebackType

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aegis.adapters.database import Database
from aegis.adapters.events import note
from aegis.adapters.process import ProcessRef, alive, boot_id, host, pid_namespace
from aegis.adapters.tables import claims
from aegis.errors import ClaimLostError, DatabaseError

TTL_SECONDS = 120.0
_TREE = "tree-"
_LOOK_SECONDS = 2.0
"""How often an owner looks whether it is asked to stop."""
_LIMIT_LOCK = 0x61656769
"""The advisory lock under which PostgreSQL counts the agents at work (any number that nobody else uses)."""


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


@dataclass(frozen=True)
class HeldClaim:
    """A task that somebody runs now."""

    task_gid: str
    project_gid: str
    owner: Owner
    since: datetime
    until: datetime
    about: str | None = None
    stop_asked: bool = False


@dataclass(frozen=True)
class Full:
    """As many agents are at work as MAX_CONCURRENT_TASKS allows."""

    running: int
    limit: int


@dataclass(frozen=True)
class Stop:
    """A request to a claim's owner: stop the agent. With `news` it goes on at once with what people changed."""

    why: str
    news: bool = False


def tree_key(where: str, directory: str) -> str:
    """The key of the claim on a working tree: one agent at a time in one directory of one host."""
    digest = hashlib.sha256("\0".join((where, directory)).encode()).hexdigest()
    return f"{_TREE}{digest[:32]}"


class Claims:
    """The claims' table."""

    def __init__(self, database: Database, ttl_seconds: float = TTL_SECONDS) -> None:
        self._database = database
        self.ttl = timedelta(seconds=ttl_seconds)

    def acquire(
        self, task_gid: str, owner: Owner, *, project_gid: str = "", limit: int | None = None
    ) -> Claim | Held | Full:
        """Take the claim on a task (or on a working tree, by its key) if it is free. Raises DatabaseError.

        Args:
            task_gid: the task, or the key of a working tree.
            owner: who takes it.
            project_gid: the task's project.
            limit: the most agents at work anywhere; None for what is no agent's and counts nothing.
        """
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            if limit is not None and (others := self._at_work(connection, now, owner, task_gid)) >= limit:
                return Full(others, limit)
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
                    counts=limit is not None,
                    project_gid=project_gid,
                    about=None,
                    stop=None,
                )
            )
            return Claim(task_gid, row.number + 1, owner)

    def _at_work(self, connection: Connection, now: datetime, here: Owner, but: str) -> int:
        """How many other agents are at work; nobody else can begin one until the transaction ends."""
        if self._database.locks_rows:
            connection.execute(select(func.pg_advisory_xact_lock(_LIMIT_LOCK)))
        query = select(claims).where(claims.c.held, claims.c.counts, claims.c.expires_at > now)
        rows = connection.execute(query.where(claims.c.task_gid != but)).all()
        return sum(not Owner.from_json(row.owner).is_dead(here) for row in rows)

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

    def note_about(self, claim: Claim, about: str) -> None:
        """Note the task as its owner began it, for others to see what people changed since. Raises ClaimLostError."""
        with self._database.transaction() as connection:
            if connection.execute(update(claims).where(_is(claim)).values(about=about)).rowcount != 1:
                raise ClaimLostError(f"another process took the task {claim.task_gid} over")

    def drop(self, claim: Claim) -> None:
        """Remove the row of something that never comes again, such as a session; a task's number must grow on."""
        with self._database.transaction() as connection:
            connection.execute(delete(claims).where(_is(claim)))

    def remove(self, key: str) -> None:
        """Remove the row of a dead owner's thing that never comes again, whoever held it."""
        with self._database.transaction() as connection:
            connection.execute(delete(claims).where(claims.c.task_gid == key))

    def lapsed(self, keys: Iterable[str]) -> set[str]:
        """Which of these were claimed and are held no more: not renewed in time, or let go."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            query = select(claims.c.task_gid).where(claims.c.task_gid.in_(list(keys)))
            over = ~claims.c.held | (claims.c.expires_at <= now)
            return set(connection.execute(query.where(over)).scalars())

    def living(self, prefix: str, here: Owner) -> set[str]:
        """The keys that begin so and are held by the living."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            query = select(claims).where(claims.c.task_gid.startswith(prefix), claims.c.held, claims.c.expires_at > now)
            rows = connection.execute(query).all()
        return {row.task_gid for row in rows if not Owner.from_json(row.owner).is_dead(here)}

    def drop_lapsed(self, prefix: str) -> int:
        """Remove the rows whose keys begin so and that are held no more; returns how many."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            over = ~claims.c.held | (claims.c.expires_at <= now)
            return connection.execute(delete(claims).where(claims.c.task_gid.startswith(prefix), over)).rowcount

    def ask_to_stop(self, task_gid: str, stop: Stop) -> bool:
        """Ask whoever runs the task to stop; False where nobody does."""
        with self._database.transaction() as connection:
            asked = update(claims).where(claims.c.task_gid == task_gid, claims.c.held)
            stopped = asked.values(stop=json.dumps(asdict(stop))).returning(claims.c.project_gid)
            row = connection.execute(stopped).one_or_none()
            if row is not None:
                note(connection, "stop-asked", task=task_gid, project=row.project_gid, why=stop.why, news=stop.news)
            return row is not None

    def stops(self, kept: Iterable[Claim]) -> dict[Claim, Stop]:
        """Which of these claims' owners are asked to stop, and why."""
        by_gid = {claim.task_gid: claim for claim in kept}
        query = select(claims).where(claims.c.task_gid.in_(list(by_gid)), claims.c.held, claims.c.stop.is_not(None))
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        return {
            by_gid[row.task_gid]: Stop(**json.loads(row.stop))
            for row in rows
            if row.number == by_gid[row.task_gid].number
        }

    def forget_stop(self, claim: Claim) -> None:
        """The request was followed: the agent goes on with the news."""
        with self._database.transaction() as connection:
            connection.execute(update(claims).where(_is(claim)).values(stop=None))

    def held(self, *, here: Owner) -> list[HeldClaim]:
        """The agents' claims that are held by the living, oldest first."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            query = select(claims).where(claims.c.held, claims.c.counts, claims.c.expires_at > now)
            rows = connection.execute(query.order_by(claims.c.taken_at)).all()
        owners = ((row, Owner.from_json(row.owner)) for row in rows)
        return [
            HeldClaim(
                row.task_gid, row.project_gid, owner, row.taken_at, row.expires_at, row.about, row.stop is not None
            )
            for row, owner in owners
            if not owner.is_dead(here)
        ]

    def running(self, task_gids: Iterable[str] | None = None, *, here: Owner) -> dict[str, str]:
        """GID -> who runs it, of the tasks that are run now (all, or of those named)."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            rows = connection.execute(select(claims).where(claims.c.held, claims.c.expires_at > now)).all()
        rows = [row for row in rows if row.task_gid.isdigit()]  # other keys are trees, sessions, the tick
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
        self._stops: dict[Claim, Stop] = {}
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="aegis-claims", daemon=True)

    def keep(self, claim: Claim) -> None:
        """Renew it from now on."""
        with self._lock:
            self._kept[claim] = boot_clock()

    def forget(self, claim: Claim) -> None:
        """Renew it no more."""
        with self._lock:
            self._kept.pop(claim, None)
            self._lost.discard(claim)
            self._stops.pop(claim, None)

    def asked_to_stop(self, claim: Claim) -> Stop | None:
        """The request to stop this claim's agent, where there is one."""
        with self._lock:
            return self._stops.get(claim)

    def followed(self, claim: Claim) -> None:
        """The request was followed, and the agent goes on. Raises DatabaseError."""
        self._claims.forget_stop(claim)
        with self._lock:
            self._stops.pop(claim, None)

    def lost(self, claim: Claim) -> bool:
        """Whether it is another's, or could not be renewed in time: then it may be another's any moment."""
        with self._lock:
            renewed = self._kept.get(claim)
            if claim in self._lost or renewed is None:
                return True
            return boot_clock() - renewed > self._ttl * 0.8

    def __enter__(self) -> ClaimKeeper:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        renewed_at = boot_clock()
        while not self._end.wait(min(_LOOK_SECONDS, self._ttl / 6)):
            with self._lock:
                kept = list(self._kept)
            try:  # where the database is away, `lost` measures for how long
                if boot_clock() - renewed_at >= self._ttl / 6:
                    renewed_at = boot_clock()
                    self._renew(kept)
                self._look(kept)
            except DatabaseError:
                continue

    def _renew(self, kept: Iterable[Claim]) -> None:
        for claim in kept:
            began = boot_clock()
            renewed = self._claims.renew(claim)
            with self._lock:
                if not renewed:
                    self._lost.add(claim)
                elif claim in self._kept:
                    self._kept[claim] = began

    def _look(self, kept: Iterable[Claim]) -> None:
        stops = self._claims.stops(kept) if kept else {}
        with self._lock:
            self._stops.update({claim: stop for claim, stop in stops.items() if claim in self._kept})


def boot_clock() -> float:
    """Seconds, counted on while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.time()


__all__ = [
    "Claim",
    "ClaimKeeper",
    "Claims",
    "Full",
    "Held",
    "HeldClaim",
    "Owner",
    "ProcessRef",
    "Stop",
    "boot_clock",
    "tree_key",
]
