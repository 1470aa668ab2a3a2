"""The soak: a team's Aegis at work while something is killed with -9 every few seconds and Asana fails.

`make soak MINUTES=30` goes on for so long; SEED=... repeats what is killed when.

In `make test` it is two minutes of it: the same 20 projects with 50 tasks each are there, but 1,000 runs of the real
CLI, and a session for each project's turn, need more time than that on two cores. So there only the tasks of as many
projects as agents may work are to be had, and after the killing a person takes all that was not begun; what was begun
must be finished, each once.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.running import wait_until
from tests.soak.books import Books, faults_of, runs_without_end
from tests.soak.havoc import Havoc
from tests.soak.measures import Measures
from tests.soak.plan import plan
from tests.soak.portfolio import Portfolio, portfolio
from tests.soak.team import Team, team

SHORT_MINUTES = 2.0
MINUTES = float(os.environ.get("AEGIS_SOAK_MINUTES") or SHORT_MINUTES)
SHORT = MINUTES <= SHORT_MINUTES
SEED = int(os.environ.get("AEGIS_SOAK_SEED") or random.SystemRandom().randrange(1_000_000))
CALM_MINUTES = 0 if SHORT else MINUTES / 3
"""Long enough, in a soak of half an hour, for a slope of what the workers and the server hold in memory."""
PLACES = 3
KILL_EVERY = (2.5, 5.0)
FAULT_EVERY = (1.0, 2.5)
CLAIM_SECONDS = 15
FINISH_SECONDS = 400
"""Within so long after the last kill all that was begun is finished: a failed attempt's pauses are in it."""


@pytest.mark.timeout(MINUTES * 60 + FINISH_SECONDS + 200)
def test_whatever_is_killed_each_task_is_done_once_and_nothing_is_left(tmp_path: Path, migrated_postgres: str) -> None:
    print(f"\nSEED={SEED} MINUTES={MINUTES:g}", flush=True)
    limits = {"MAX_CONCURRENT_TASKS": str(PLACES), "CLAIM_SECONDS": str(CLAIM_SECONDS)}
    size = {"open_projects": PLACES, "seconds": 1.5} if SHORT else {}
    with (
        portfolio(tmp_path / "work", **size) as work,
        team(tmp_path / "team", work, migrated_postgres, **limits) as here,
    ):
        with Measures(here) as measured:
            havoc = Havoc(here, work.sandbox.faults, CLAIM_SECONDS * 1.5, lambda words: print(words, flush=True))
            wait_until(lambda: Books.of(here).begun, 120, "the first task to begin")
            deeds = plan(SEED, kill_every=KILL_EVERY, fault_every=FAULT_EVERY)
            havoc.run(deeds, MINUTES * 60, CALM_MINUTES * 60, over=lambda: not work.open_tasks())
            havoc.awake()
            _a_person_takes_the_rest(work, here)
            _finish(work, here)
        books = Books.of(here)
        print(_told(books, havoc, measured), *work.model.failures, sep="\n", flush=True)
        assert list(faults_of(books, work)) == []
        assert runs_without_end(here, books) == []
        here.stop()
        wait_until(lambda: here.processes() == [], what="all processes to end")
    _stays_small(measured, books)


def _a_person_takes_the_rest(work: Portfolio, here: Team) -> None:
    """All that was never begun becomes Robin's, again and again until nothing new is begun."""
    store = work.sandbox.store
    for _ in range(20):
        begun = Books.of(here).begun
        left = [gid for gid in work.open_tasks() if gid not in begun]
        if not left:
            return
        with store.transaction():
            for gid in left:
                store.assign(gid, work.robin, work.robin)
        time.sleep(1)


def _finish(work: Portfolio, here: Team) -> None:
    """Wait until all that was begun is over."""
    deadline = time.monotonic() + FINISH_SECONDS
    while left := [*Books.of(here).unfinished(work), *runs_without_end(here, Books.of(here))]:
        assert time.monotonic() < deadline, f"still unfinished: {left}"
        time.sleep(2)


def _told(books: Books, havoc: Havoc, measured: Measures) -> str:
    verdicts = [row["verdict"] for row in books.executions]
    counts = ", ".join(f"{verdicts.count(one)} {one}" for one in sorted(set(verdicts), key=str))
    homes = Counter(Path(row["run_dir"]).parents[1].name for row in books.executions)
    sizes = ", ".join(f"{name} {measured.growth(name):+.1f} MB" for name in ("aegis", "prefect"))
    memory = ", ".join(
        f"{part.name} {measured.most(part.name):.0f} MB ({measured.hourly(part.name):+.0f} MB/h)"
        for part in havoc.team.parts
    )
    return (
        f"{havoc.count()} kills; {len(books.begun)} tasks begun; executions: {counts}; by home: {dict(homes)}; "
        f"{len(books.sessions)} sessions\ndatabases: {sizes}; memory: {memory}"
    )


def _stays_small(measured: Measures, books: Books) -> None:
    """What was measured stays under the slopes, in megabytes."""
    work, runs = len(books.executions), len(books.sessions)
    assert measured.growth("aegis") < 2 + 0.03 * work + 0.01 * runs
    assert measured.growth("prefect") < 10 + 0.3 * runs
    for name, most in (("one", 300), ("two", 300), ("server", 600)):
        assert measured.most(name) < most
        assert measured.hourly(name) < 60
