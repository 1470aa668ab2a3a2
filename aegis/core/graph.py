"""Cycles among dependencies, found without recursion: a project may have thousands of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def cycle_of(start: str, edges: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A shortest way from `start` back to itself along `edges` (task -> what it waits for); empty for none."""
    came_from: dict[str, str] = {}
    waiting = [start]
    for gid in waiting:  # grows while it is walked: breadth first
        for needed in edges.get(gid, ()):
            if needed == start:
                return _way(start, gid, came_from)
            if needed not in came_from:
                came_from[needed] = gid
                waiting.append(needed)
    return ()


def _way(start: str, last: str, came_from: Mapping[str, str]) -> tuple[str, ...]:
    way = [last]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))
