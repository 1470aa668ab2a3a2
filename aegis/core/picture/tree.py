"""The picture as a tree for the terminal: below a task stands what waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aegis.core.picture.looks import LOOKS, Standing
from aegis.core.picture.model import Node, Picture
from aegis.core.picture.width import columns, shortened

_DEEPEST = 24
"""Levels that are indented; what is deeper is told by its number."""

_AGAIN, _CYCLE = "↑", "↻"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `branch` is the lines of the tree, `sign` and `text` what stands on it.

    `tells` is `task` for the one row that names a task first, `again` or `cycle` for one that refers to it, `why` for
    a reason below it.
    """

    branch: str
    sign: str
    text: str
    standing: Standing
    tells: str
    id: str


@dataclass(frozen=True, slots=True)
class _Step:
    """A node to be drawn; `leaving` marks that all below it are."""

    id: str
    branch: str = ""
    below: str = ""
    level: int = 0
    leaving: bool = False


def tree(picture: Picture) -> Iterator[Row]:
    """The rows: what can go or is waited for first, each task in full once, later only referred to."""
    drawn: set[str] = set()
    above: set[str] = set()
    for root in _roots(picture):
        todo = [_Step(root)] if root not in drawn else []
        while todo:
            step = todo.pop()
            node = picture.by_id[step.id]
            if step.leaving:
                above.discard(step.id)
            elif step.id in drawn:
                yield _again(node, step.branch, in_cycle=step.id in above)
            else:
                drawn.add(step.id)
                above.add(step.id)
                waiting = picture.waiting[step.id]
                yield from _rows(node, step, needs=len(picture.needed[step.id]), leads_on=bool(waiting))
                todo.append(_Step(step.id, leaving=True))
                todo += _steps_below(step, waiting)


def _roots(picture: Picture) -> Iterator[str]:
    """What waits for nothing, by standing; then all others, of which only cycles still have something to draw."""
    rank = {standing: at for at, standing in enumerate(LOOKS)}
    free = [node for node in picture.nodes if not picture.needed[node.id]]
    yield from (node.id for node in sorted(free, key=lambda node: rank[node.standing]))
    yield from (node.id for node in picture.nodes)


def _steps_below(step: _Step, waiting: list[str]) -> list[_Step]:
    """The steps for what waits, the last one first: they go on a stack."""
    found: list[_Step] = []
    for gid in reversed(waiting):
        last = not found
        deep = step.level >= _DEEPEST
        below = step.below if deep else step.below + ("   " if last else "│  ")
        found.append(_Step(gid, step.below + ("└─ " if last else "├─ "), below, step.level + 1))
    return found


def _rows(node: Node, step: _Step, *, needs: int, leads_on: bool) -> Iterator[Row]:
    told = [node.called]
    if step.level > _DEEPEST:
        told.insert(0, f"[level {step.level}]")
    told += [f"({part})" for part in (node.note, f"waits for {needs}" if needs > 1 else "") if part]
    yield Row(step.branch, LOOKS[node.standing].sign, " ".join(told), node.standing, "task", node.id)
    why = step.below + ("│  " if leads_on else "   ")
    for reason in node.further:
        yield Row(why, " ", reason, node.standing, "why", node.id)
    if node.subtasks:
        text = f"with its open subtasks: {', '.join(node.subtasks)}"
        yield Row(why, " ", text, node.standing, "why", node.id)


def _again(node: Node, branch: str, *, in_cycle: bool) -> Row:
    sign, where = (_CYCLE, "a cycle: see above") if in_cycle else (_AGAIN, "see above")
    return Row(branch, sign, f"{node.name} ({where})", node.standing, "cycle" if in_cycle else "again", node.id)


def fitted(row: Row, width: int | None) -> str:
    """The row's text, shortened where a terminal of so many columns could not hold it; in a pipe it stays whole."""
    if width is None:
        return row.text
    taken = sum(map(columns, row.branch)) + 2
    return shortened(row.text, max(width - taken, 10))


def legend(picture: Picture) -> str:
    """What the signs that occur mean."""
    seen = {node.standing for node in picture.nodes}
    return "   ".join(f"{look.sign} {look.words}" for standing, look in LOOKS.items() if standing in seen)
