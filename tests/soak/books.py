"""What must hold after a soak, read from all that can be read: Asana, both databases, git, the machine."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from aegis.adapters.tables import claims, executions, outbox, sessions
from tests.soak.portfolio import Portfolio
from tests.soak.team import Team

_MARKER = re.compile(r"aegis:[a-z-]+:[a-z0-9]+:[0-9a-f]{12}")


@dataclass
class Books:
    """The tables as they are at `now`."""

    now: datetime
    executions: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    outbox: list[dict[str, Any]]
    by_task: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, team: Team) -> Books:
        """Read them."""
        with team.database.transaction() as connection:
            tables = [
                [dict(row._mapping) for row in connection.execute(select(table))]
                for table in (executions, claims, sessions, outbox)
            ]
            now = team.database.now(connection)
        made = cls(now, *tables)
        for row in sorted(made.executions, key=lambda row: row["number"]):
            made.by_task.setdefault(row["task_gid"], []).append(row)
        return made

    @property
    def begun(self) -> set[str]:
        """The tasks that were started."""
        return set(self.by_task)

    def unfinished(self, work: Portfolio) -> list[str]:
        """What still has to come: tasks that were begun and are not done, claims, sessions, deliveries."""
        store = work.sandbox.store
        found = [f"task {gid}" for gid in self.begun if not store.task(gid)["completed"]]
        found += [f"claim {row['task_gid']}" for row in self.claims if row["held"] and row["expires_at"] > self.now]
        found += [f"session {row['flow']}" for row in self.sessions if row["state"] == "running"]
        found += [
            f"delivery {row['id']} {row['state']}" for row in self.outbox if row["state"] in ("pending", "sending")
        ]
        return found


def faults_of(books: Books, work: Portfolio) -> Iterator[str]:
    """Every promise that was broken, as a sentence; nothing where all were kept."""
    names = {gid: name for name, gid in work.tasks.items()}
    commits, calls = Counter(work.commits()), Counter(work.notes("calls"))
    yield from (f"two agents in one working tree: {clash}" for clash in work.notes("clashes"))
    yield from (f"{name} was committed {count} times" for name, count in commits.items() if count > 1)
    for gid, runs in books.by_task.items():
        yield from (f"{names[gid]}: {fault}" for fault in _of_task(runs, work, gid))
        if calls[names[gid]] > len(runs):
            yield f"{names[gid]}: its agent worked {calls[names[gid]]} times in {len(runs)} executions"
        if commits[names[gid]] != 1:
            yield f"{names[gid]}: {commits[names[gid]]} commits"
    for name in commits.keys() - {names[gid] for gid in books.begun}:
        yield f"{name} was committed and has no execution"
    yield from _of_others(books, work)
    yield from (f"parked: {row['kind']} {row['error']}" for row in books.outbox if row["state"] == "parked")


def _of_task(runs: list[dict[str, Any]], work: Portfolio, gid: str) -> Iterator[str]:
    """What is wrong with one task that was begun."""
    store = work.sandbox.store
    verdicts = [run["verdict"] for run in runs]
    if verdicts.count("done") != 1:
        yield f"done {verdicts.count('done')} times: {verdicts}"
    if not store.task(gid)["completed"]:
        yield "it is not completed"
    kinds = [story["resource_subtype"] for story in store.stories(gid)]
    if kinds.count("marked_complete") != 1 or "marked_incomplete" in kinds:
        yield f"completed {kinds.count('marked_complete')} times"
    comments = store.comments(gid)
    done = [text for text in comments if text.startswith("✓")]
    if len(done) != 1:
        yield f"{len(done)} result comments"
    markers = Counter(marker for text in comments for marker in _MARKER.findall(text))
    yield from (f"the comment {marker} is there {count} times" for marker, count in markers.items() if count > 1)
    if len(comments) > 1 + verdicts.count("failed"):
        yield f"{len(comments)} comments after {verdicts}"
    yield from (f"the execution {run['id']} has no end" for run in runs if run["ended_at"] is None)


def _of_others(books: Books, work: Portfolio) -> Iterator[str]:
    """Tasks that were never begun have nothing of ours."""
    store = work.sandbox.store
    for name, gid in work.tasks.items():
        if gid not in books.begun and (store.comments(gid) or store.task(gid)["completed"]):
            yield f"{name}: never begun, and has a comment or is completed"


def runs_without_end(team: Team, books: Books) -> list[str]:
    """The Prefect runs that count as begun and not ended, and those of sessions that ended but say otherwise."""
    known = {row["flow_run_id"]: row["state"] for row in books.sessions}
    body = {"flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING", "CANCELLING"]}}}, "limit": 200}
    found = team.post("/flow_runs/filter", **body).json()
    return [f"{run['name']} ({run['state_name']}, its session {known.get(run['id'])})" for run in found]
