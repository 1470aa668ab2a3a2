"""The rate limit is never passed, by however many processes, and small bursts wait for nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aegis.adapters.database import Database
from aegis.adapters.pace import SharedPace, due_after
from aegis.sandbox.limits import RateLimit
from tests.worlds import TOKEN, world


@given(st.integers(10, 3000), st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 10)), max_size=300))
def test_no_minute_holds_more_than_the_limit(per_minute: int, asked: list[tuple[int, int]]) -> None:
    due = now = 0
    sent: list[int] = []
    for pause, count in asked:
        now += pause
        due, wait = due_after(due, now, count, per_minute)
        now += wait
        sent += [now] * count
    for at in sent:
        within = sum(at <= other < at + 60_000 for other in sent)
        assert within <= per_minute + 10, "ten are the largest batch"


def test_a_burst_of_a_fifth_waits_for_nothing() -> None:
    due = 0
    for _ in range(300):
        due, wait = due_after(due, 1_000_000, 1, 1500)
        assert wait == 0


def test_two_processes_share_one_limit_and_are_never_refused(
    database: Database, database_url: str | None, home: Path
) -> None:
    with world() as here:
        here.sandbox.rate_limit = limit = RateLimit(30, window_seconds=60)
        code = f"""
from pathlib import Path
from aegis.adapters.asana import AsanaClient
from aegis.adapters.database import open_database
from aegis.adapters.pace import SharedPace
with open_database({database_url!r}, Path({str(home)!r})) as database:
    pace = SharedPace(database, {TOKEN!r}, 30)
    with AsanaClient(token={TOKEN!r}, base_url={here.sandbox.api_url!r}, pace=pace) as asana:
        for _ in range(4):
            asana.me()
"""
        both = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
        assert [one.wait() for one in both] == [0, 0]
        assert limit.refused == 0 and here.count() == 8


def test_a_refusal_stops_all_processes_for_as_long_as_asana_says(database: Database) -> None:
    SharedPace(database, "t", 1500).refused(7)
    assert 6000 < SharedPace(database, "t", 1500)._take(1, 0) <= 7100
    assert SharedPace(database, "other", 1500)._take(1, 0) == 0
