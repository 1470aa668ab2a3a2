"""Where everything stands in a drawing: layers from left to right, a task to the right of all that it waits for.

Each group of connected nodes is laid out by itself, the groups stand below one another, and what is connected with
nothing fills a grid at the end. Takes about linear time; the same picture always gives the same drawing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from aegis.core.picture.model import Picture

BOX_WIDTH, BOX_HEIGHT = 210.0, 60.0
_GAP_X, _GAP_Y, _GAP_LANE, _GAP_GROUP = 52.0, 16.0, 14.0, 36.0
_GRID_COLUMNS = 4
_SWEEPS = 4
_BENDS_A_NODE = 8
"""So many bends for each node, on average, are laid out; the longest arrows beyond that go straight."""

Point = tuple[float, float]
Spot = str | tuple[str, str, int]
"""What stands in a layer: a node by its id, or a long arrow's bend as (needs, waits, layer)."""


@dataclass(frozen=True)
class Layout:
    """Id -> the top left corner of its box; (needs, waits) -> the points, left to right, that the arrow bends at.

    `backward` are arrows of a cycle that lead to the left.
    """

    corners: Mapping[str, Point]
    bends: Mapping[tuple[str, str], tuple[Point, ...]]
    backward: frozenset[tuple[str, str]]
    width: float
    height: float


@dataclass
class _Group:
    """One connected part while it is laid out: the layers' rows, neighbours to the left and right, and heights."""

    ids: list[str]
    layer: dict[Spot, int] = field(default_factory=dict)
    left: dict[Spot, list[Spot]] = field(default_factory=dict)
    right: dict[Spot, list[Spot]] = field(default_factory=dict)
    rows: list[list[Spot]] = field(default_factory=list)
    y: dict[Spot, float] = field(default_factory=dict)
    chains: dict[tuple[str, str], list[Spot]] = field(default_factory=dict)


def laid_out(picture: Picture) -> Layout:
    """Place every node and every arrow's bends."""
    groups, single = _groups(picture)
    corners: dict[str, Point] = {}
    bends: dict[tuple[str, str], tuple[Point, ...]] = {}
    backward: set[tuple[str, str]] = set()
    top = width = 0.0
    for ids in groups:
        group = _Group(ids)
        forward, back = _forward(picture, ids)
        backward |= back
        _layer(group, forward)
        _order(group)
        _place(group)
        for gid in ids:
            corners[gid] = (_x(group.layer[gid]), top + group.y[gid] - BOX_HEIGHT / 2)
        for pair, chain in group.chains.items():
            bends[pair] = tuple((_x(group.layer[one]), top + group.y[one]) for one in chain)
        width = max(width, _x(len(group.rows)) - _GAP_X)
        top += max(group.y.values()) + BOX_HEIGHT / 2 + (_GAP_GROUP if not back else _GAP_GROUP + _GAP_Y)
    across = max(_GRID_COLUMNS, round((width + _GAP_X) / (BOX_WIDTH + _GAP_X))) if single else 0
    for number, gid in enumerate(single):
        row, column = divmod(number, across)
        corners[gid] = (_x(column), top + row * (BOX_HEIGHT + _GAP_Y))
        width = max(width, _x(column) + BOX_WIDTH)
    height = max((y + BOX_HEIGHT for _, y in corners.values()), default=0.0)
    return Layout(corners, bends, frozenset(backward), width, max(height, top - _GAP_GROUP))


def _x(layer: int) -> float:
    return layer * (BOX_WIDTH + _GAP_X)


def _groups(picture: Picture) -> tuple[list[list[str]], list[str]]:
    """The connected parts, each in the picture's order, and the nodes that are connected with no other."""
    place = {node.id: at for at, node in enumerate(picture.nodes)}
    seen: set[str] = set()
    groups: list[list[str]] = []
    single: list[str] = []
    for node in picture.nodes:
        if node.id in seen:
            continue
        seen.add(node.id)
        found = [node.id]
        for gid in found:  # grows while it is walked
            for near in (*picture.waiting[gid], *picture.needed[gid]):
                if near not in seen:
                    seen.add(near)
                    found.append(near)
        if len(found) > 1 or picture.needed[node.id]:
            groups.append(sorted(found, key=place.__getitem__))
        else:
            single.append(node.id)
    return groups, single


def _forward(picture: Picture, ids: Sequence[str]) -> tuple[dict[str, list[str]], set[tuple[str, str]]]:
    """What waits for each node, without the arrows that close a cycle, and those arrows."""
    forward: dict[str, list[str]] = {gid: [] for gid in ids}
    back: set[tuple[str, str]] = set()
    done: set[str] = set()
    above: set[str] = set()
    for root in sorted(ids, key=lambda gid: bool(picture.needed[gid])):
        stack = [] if root in done else [(root, iter(picture.waiting[root]))]
        above |= {root for _ in stack}
        while stack:
            gid, rest = stack[-1]
            near = next(rest, None)
            if near is None:
                stack.pop()
                above.discard(gid)
                done.add(gid)
            elif near in above:
                back.add((gid, near))
            else:
                forward[gid].append(near)
                if near not in done:
                    above.add(near)
                    stack.append((near, iter(picture.waiting[near])))
    return forward, back


def _layer(group: _Group, forward: Mapping[str, list[str]]) -> None:
    """Each node one layer to the right of the last that it waits for; long arrows get a bend in each layer between."""
    open_ends = dict.fromkeys(group.ids, 0)
    for waiting in forward.values():
        for gid in waiting:
            open_ends[gid] += 1
    layer: dict[Spot, int] = dict.fromkeys(group.ids, 0)
    ready = deque(gid for gid in group.ids if not open_ends[gid])
    while ready:
        gid = ready.popleft()
        for near in forward[gid]:
            layer[near] = max(layer[near], layer[gid] + 1)
            open_ends[near] -= 1
            if not open_ends[near]:
                ready.append(near)
    group.layer = layer
    group.rows = [[] for _ in range(max(layer.values()) + 1)]
    for gid in group.ids:
        group.rows[layer[gid]].append(gid)
    _bend(group, forward)


def _bend(group: _Group, forward: Mapping[str, list[str]]) -> None:
    left_over = _BENDS_A_NODE * len(group.ids)
    arrows = [(group.layer[to] - group.layer[gid], gid, to) for gid in group.ids for to in forward[gid]]
    for length, gid, to in sorted(arrows, key=lambda arrow: arrow[0]):
        chain: list[Spot] = []
        if length - 1 <= left_over:
            left_over -= length - 1
            for layer in range(group.layer[gid] + 1, group.layer[to]):
                chain.append((gid, to, layer))
                group.layer[gid, to, layer] = layer
                group.rows[layer].append((gid, to, layer))
        group.chains[gid, to] = chain
        for before, after in pairwise((gid, *chain, to)):
            group.right.setdefault(before, []).append(after)
            group.left.setdefault(after, []).append(before)


def _order(group: _Group) -> None:
    """Order each layer by the middle of its neighbours, to and fro: fewer arrows cross."""
    at = {one: float(number) for row in group.rows for number, one in enumerate(row)}
    for sweep in range(_SWEEPS):
        near = group.left if sweep % 2 == 0 else group.right
        for row in group.rows if sweep % 2 == 0 else reversed(group.rows):
            row.sort(key=lambda one: _mean([at[other] for other in near.get(one, ())], at[one]))
            at.update((one, float(number)) for number, one in enumerate(row))


def _place(group: _Group) -> None:
    """Give each its height: as near to the middle of its neighbours as those above and below it in the layer let it."""
    y: dict[Spot, float] = {}
    for row in group.rows:
        y.update(zip(row, _spread(row, [0.0] * len(row)), strict=True))
    for near, rows in ((group.left, group.rows), (group.right, group.rows[::-1]), (group.left, group.rows)):
        for row in rows:
            wanted = [_mean([y[other] for other in near.get(one, ())], y[one]) for one in row]
            y.update(zip(row, _spread(row, wanted), strict=True))
    top = min(y[one] for one in y) - BOX_HEIGHT / 2
    group.y = {one: at - top for one, at in y.items()}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _spread(row: Sequence[Spot], wanted: Sequence[float]) -> Iterator[float]:
    """The heights nearest to the wanted ones (least squares) at which nothing in the row touches: pooled neighbours."""
    offsets = list(_offsets(row))
    pools: list[tuple[float, int]] = []  # (mean, how many)
    for want, offset in zip(wanted, offsets, strict=True):
        pools.append((want - offset, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (mean, n), (before, m) = pools.pop(), pools.pop()
            pools.append(((mean * n + before * m) / (n + m), n + m))
    means = (mean for mean, n in pools for _ in range(n))
    return (mean + offset for mean, offset in zip(means, offsets, strict=True))


def _offsets(row: Iterable[Spot]) -> Iterator[float]:
    """How far below the first each may stand at the nearest; a bend takes less room than a box."""
    at, before = 0.0, None
    for one in row:
        if before is not None:
            boxes = isinstance(before, str) + isinstance(one, str)
            at += boxes * BOX_HEIGHT / 2 + (_GAP_Y if boxes else _GAP_LANE)
        yield at
        before = one
