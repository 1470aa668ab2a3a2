"""Whose turn it is: fair among projects, never more than there is room for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aegis.core.turns import Candidate, looked_at_now, next_turns

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def project(gid: str, place: int, minutes_ago: int | None = None, **fields: object) -> Candidate:
    last = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    return Candidate(gid, place, **{"work": 1, "last_turn": last, **fields})  # type: ignore[arg-type]


def test_the_longest_without_a_turn_comes_first_and_the_portfolios_order_breaks_ties() -> None:
    candidates = [project("a", 0, 5), project("b", 1, 9), project("c", 2), project("d", 3)]
    turns = next_turns(candidates, free=3)
    assert turns.start == ("c", "d", "b") and turns.wait == ("a",)


def test_who_is_busy_held_or_without_work_neither_starts_nor_waits() -> None:
    candidates = [project("a", 0, busy=True), project("b", 1, held="paused"), project("c", 2, work=0)]
    assert next_turns(candidates, free=5) == next_turns([], free=5)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.one_of(st.none(), st.integers(0, 99))), max_size=20),
    st.integers(-3, 10),
)
def test_never_more_start_than_are_free_and_nobody_with_work_is_lost(
    given_projects: list[tuple[int, bool, int | None]], free: int
) -> None:
    candidates = [project(str(n), n, ago, work=w, busy=b) for n, (w, b, ago) in enumerate(given_projects)]
    turns = next_turns(candidates, free=free)
    assert len(turns.start) <= max(0, free)
    assert {*turns.start, *turns.wait} == {c.project_gid for c in candidates if c.work and not c.busy}


@given(st.lists(st.one_of(st.none(), st.integers(0, 99)), max_size=30), st.integers(0, 40))
def test_each_project_is_looked_at_again_in_time(ages: list[int | None], allowance: int) -> None:
    seen: dict[str, datetime | None] = {
        str(n): None if age is None else NOW - timedelta(minutes=age) for n, age in enumerate(ages)
    }
    ticks = -(-len(seen) // max(1, allowance))
    looked: set[str] = set()
    for tick in range(ticks):
        now = looked_at_now(list(seen.items()), allowance=allowance)
        looked |= set(now)
        seen |= dict.fromkeys(now, NOW + timedelta(minutes=tick + 1))
    assert looked == set(seen)
