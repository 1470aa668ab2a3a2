"""Cycles among dependencies, found without recursion: a project may have thousands of tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

Edges = Mapping[str, Sequence[str]]
"""Task -> what it waits for."""

_LARGE = 200
"""In a knot of more tasks than this, one cycle stands for all: nobody reads two hundred different ones."""


def cycles(edges: Edges) -> dict[str, tuple[str, ...]]:
    """Each task that waits for itself -> a cycle that it is in, beginning with it where the knot is not too large.

    A task that only waits for a cycle is in none. Takes time linear in the edges, but for the knots themselves.
    """
    found: dict[str, tuple[str, ...]] = {}
    for knot in knots(edges):
        if len(knot) > _LARGE:
            found |= dict.fromkeys(knot, _cycle_of(knot[0], edges, set(knot)))
        else:
            found |= {gid: _cycle_of(gid, edges, set(knot)) for gid in knot}
    return found


def _cycle_of(start: str, edges: Edges, within: Collection[str]) -> tuple[str, ...]:
    """A shortest way from `start` back to itself through `within`."""
    came_from: dict[str, str] = {}
    waiting = [start]
    for gid in waiting:  # grows while it is walked: breadth first
        for needed in edges.get(gid, ()):
            if needed == start:
                return _way(start, gid, came_from)
            if needed in within and needed not in came_from:
                came_from[needed] = gid
                waiting.append(needed)
    return ()


def _way(start: str, last: str, came_from: Mapping[str, str]) -> tuple[str, ...]:
    way = [last]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))


def knots(edges: Edges) -> Iterator[list[str]]:
    """The sets of tasks that all wait for each other (Tarjan's strongly connected components)."""
    search = _Search(edges)
    for root in edges:
        yield from search.knots_from(root)


class _Search:
    """A depth-first search with a stack of its own; `_path` holds the tasks whose knot is not known yet."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._number: dict[str, int] = {}
        self._lowest: dict[str, int] = {}
        self._path: dict[str, None] = {}

    def knots_from(self, root: str) -> Iterator[list[str]]:
        if root in self._number:
            return
        work = [(root, self._enter(root))]
        while work:
            gid, rest = work[-1]
            needed = next(rest, None)
            if needed is None:
                work.pop()
                if work:
                    self._lower(work[-1][0], self._lowest[gid])
                yield from self._leave(gid)
            elif needed not in self._number:
                work.append((needed, self._enter(needed)))
            elif needed in self._path:
                self._lower(gid, self._number[needed])

    def _enter(self, gid: str) -> Iterator[str]:
        self._number[gid] = self._lowest[gid] = len(self._number)
        self._path[gid] = None
        return iter(self._edges.get(gid, ()))

    def _lower(self, gid: str, number: int) -> None:
        self._lowest[gid] = min(self._lowest[gid], number)

    def _leave(self, gid: str) -> Iterator[list[str]]:
        if self._lowest[gid] != self._number[gid]:
            return
        knot: list[str] = []
        while gid not in knot[-1:]:
            knot.append(self._path.popitem()[0])
        if len(knot) > 1 or gid in self._edges.get(gid, ()):
            yield knot
