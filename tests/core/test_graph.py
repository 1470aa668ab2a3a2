"""Cycles among dependencies are found, whole, however large the project."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aegis.core.graph import cycles

_nodes = st.sampled_from("abcdefgh")


def test_each_task_of_a_cycle_knows_it_and_who_only_waits_for_one_does_not() -> None:
    edges = {"a": ["b"], "b": ["c"], "c": ["a"], "waits": ["a"], "free": []}
    assert cycles(edges) == {"a": ("a", "b", "c"), "b": ("b", "c", "a"), "c": ("c", "a", "b")}


def test_a_task_that_waits_for_itself_is_a_cycle() -> None:
    assert cycles({"a": ["a"]}) == {"a": ("a",)}


def test_a_diamond_is_no_cycle() -> None:
    assert cycles({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == {}


def test_a_ring_and_a_chain_of_ten_thousand_are_walked_without_recursion() -> None:
    ring = {str(n): [str((n + 1) % 10_000)] for n in range(10_000)}
    assert len(cycles(ring)["7"]) == 10_000
    assert cycles({str(n): [str(n + 1)] for n in range(10_000)}) == {}


@given(st.dictionaries(_nodes, st.lists(_nodes, max_size=4)))
def test_exactly_the_tasks_that_reach_themselves_are_in_cycles(edges: dict[str, list[str]]) -> None:
    found = cycles(edges)
    assert set(found) == {gid for gid in edges if _reaches(gid, gid, edges)}
    for gid, cycle in found.items():
        assert cycle[0] == gid and len(set(cycle)) == len(cycle)
        for one, needed in zip(cycle, (*cycle[1:], gid), strict=True):
            assert needed in edges[one]


def _reaches(start: str, goal: str, edges: dict[str, list[str]]) -> bool:
    seen: set[str] = set()
    waiting = list(edges.get(start, ()))
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += edges.get(one, ())
    return goal in seen
