"""The picture as one SVG file: no script, nothing loaded, readable on light and on dark, tasks linked to Asana."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise

from aegis.core.picture.layout import BOX_HEIGHT, BOX_WIDTH, Layout, Point, laid_out
from aegis.core.picture.looks import LOOKS
from aegis.core.picture.model import Arrow, Node, Picture
from aegis.core.picture.width import columns, shortened, wrapped

_MARGIN, _HEAD, _LEGEND_STEP = 24.0, 84.0, 190.0
_NAME_WIDTH, _SMALL_WIDTH = 22, 25.5
_NO_XML = re.compile(r"[\ufffe\uffff]|[\U0001fffe\U0001ffff]")
_NARROW, _BROAD = frozenset("iljtfr.,:;'|!()[] "), frozenset("mwMW@%")


def svg(picture: Picture) -> str:
    """The file's text."""
    layout = laid_out(picture)
    return "\n".join(_lines(picture, layout)) + "\n"


def _lines(picture: Picture, layout: Layout) -> Iterator[str]:
    legend = list(_legend(picture, layout.width))
    head = _HEAD + 22 * max(0, len({at for _, at in legend}) - 1)
    width, height = max(layout.width, 3 * _LEGEND_STEP) + 2 * _MARGIN, layout.height + head + _MARGIN
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" role="img">'
    )
    yield f"<title>{_text(picture.title)}</title>"
    yield f"<style>{''.join(_style(picture))}</style>"
    yield (
        '<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="tip" d="M0 0L8 4L0 8z"/></marker><marker id="round" viewBox="0 0 8 8" refX="8" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto"><path class="tip cycle" d="M0 0L8 4L0 8z"/></marker>'
        f'<clipPath id="box"><rect width="{_n(BOX_WIDTH)}" height="{_n(BOX_HEIGHT)}" rx="8"/></clipPath></defs>'
    )
    yield f'<rect class="paper" width="{_n(width)}" height="{_n(height)}"/>'
    yield f'<text class="head" x="{_n(_MARGIN)}" y="36">{_text(shortened(picture.title, width / 10))}</text>'
    for line, _ in legend:
        yield line
    yield f'<g transform="translate({_n(_MARGIN)} {_n(head)})">'
    for arrow in picture.arrows:
        yield _arrow(arrow, layout, in_cycle=picture.in_cycle(arrow))
    for node in picture.nodes:
        yield _box(node, layout.corners[node.id])
    yield "</g>"
    yield "</svg>"


def _style(picture: Picture) -> Iterator[str]:
    seen = {node.standing for node in picture.nodes}
    looks = [(standing.value, look) for standing, look in LOOKS.items() if standing in seen]
    yield "text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1f2328}"
    yield ".head{font-size:18px;font-weight:600}.sign{font-size:14px}.small{font-size:11px;fill:#57606a}"
    yield ".paper{fill:#fff}.arrow{fill:none;stroke:#8c959f;stroke-width:1.4}.tip{fill:#8c959f}"
    yield ".arrow.cycle{stroke:#cf222e;stroke-width:2}.tip.cycle{fill:#cf222e}"
    yield ".maybe{stroke-dasharray:3 4}.subtask{stroke-dasharray:8 3}.box{stroke-width:1.4}a:hover .box{stroke-width:3}"
    yield ".elsewhere .box,.unseen .box,.left-out .box{stroke-dasharray:5 3}"
    yield from (f".{name} .box{{fill:{look.light[0]};stroke:{look.light[1]}}}" for name, look in looks)
    yield "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9da7b1}.paper{fill:#0d1117}"
    yield ".arrow{stroke:#768390}.tip{fill:#768390}.arrow.cycle{stroke:#f85149}.tip.cycle{fill:#f85149}"
    yield from (f".{name} .box{{fill:{look.dark[0]};stroke:{look.dark[1]}}}" for name, look in looks)
    yield "}"


def _legend(picture: Picture, width: float) -> Iterator[tuple[str, int]]:
    """Each entry with the number of its line."""
    seen = {node.standing for node in picture.nodes}
    told = [(standing.value, f"{look.sign} {look.words}") for standing, look in LOOKS.items() if standing in seen]
    across = max(3, int((width + 2 * _MARGIN) // _LEGEND_STEP))
    for number, (name, words) in enumerate(told):
        line, at = divmod(number, across)
        x, y = _MARGIN + at * _LEGEND_STEP, 52 + 22 * line
        square = f'<g class="{name}"><rect class="box" x="{_n(x)}" y="{y}" width="14" height="14" rx="3"/></g>'
        yield f'{square}<text class="small" x="{_n(x + 20)}" y="{y + 11}">{_text(words)}</text>', line


def _box(node: Node, corner: Point) -> str:
    lines = wrapped(node.called, _NAME_WIDTH, 2, _size)
    words = "".join(f'<text x="32" y="{19 + 16 * at}">{_text(line)}</text>' for at, line in enumerate(lines))
    further = [node.note, *node.further[:1]]
    if node.subtasks:
        further.append(f"with {len(node.subtasks)} open subtask{'s' * (len(node.subtasks) > 1)}")
    small = shortened("; ".join(part for part in further if part), _SMALL_WIDTH, _size)
    box = (
        f'<rect class="box" width="{_n(BOX_WIDTH)}" height="{_n(BOX_HEIGHT)}" rx="8"/>'
        f'<g clip-path="url(#box)"><text class="sign" x="11" y="19">{LOOKS[node.standing].sign}</text>'
        f'{words}<text class="small" x="32" y="52">{_text(small)}</text></g>'
    )
    title = "".join(f"{_text(line)}\n" for line in _tooltip(node)).rstrip("\n")
    drawn = f'<g class="{node.standing.value}" transform="translate({_n(corner[0])} {_n(corner[1])})">'
    inner = f"<title>{title}</title>{box}"
    if node.url:
        inner = f'<a href="{_text(node.url)}" target="_blank" rel="noopener">{inner}</a>'
    return f"{drawn}{inner}</g>"


def _tooltip(node: Node) -> Iterator[str]:
    yield node.name
    yield LOOKS[node.standing].words if node.order is None else f"ready, number {node.order}"
    if node.note:
        yield node.note
    yield from node.reasons
    yield from (f"open subtask: {name}" for name in node.subtasks)


def _arrow(arrow: Arrow, layout: Layout, *, in_cycle: bool) -> str:
    pair = (arrow.needs, arrow.waits)
    start, end = layout.corners[arrow.needs], layout.corners[arrow.waits]
    way = _around(start, end) if pair in layout.backward else _through(start, layout.bends.get(pair, ()), end)
    kind = f" {arrow.kind}" if arrow.kind in ("maybe", "subtask") else ""
    look, tip = (" cycle", "round") if in_cycle else ("", "to")
    return f'<path class="arrow{kind}{look}" marker-end="url(#{tip})" d="{way}"/>'


def _through(start: Point, bends: Iterable[Point], end: Point) -> str:
    """A line from one box's right to the other's left that crosses each layer between at its bend."""
    points = [(start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT / 2)]
    for x, y in bends:
        points += [(x, y), (x + BOX_WIDTH, y)]
    points.append((end[0], end[1] + BOX_HEIGHT / 2))
    told = f"M{_p(points[0])}"
    for number, ((x, y), (to_x, to_y)) in enumerate(pairwise(points)):
        middle = (x + to_x) / 2
        told += f"L{_p((to_x, to_y))}" if number % 2 else f"C{_p((middle, y))} {_p((middle, to_y))} {_p((to_x, to_y))}"
    return told


def _around(start: Point, end: Point) -> str:
    """A line back to the left, from the foot of one box to the foot of the other."""
    x, to_x = start[0] + BOX_WIDTH * 0.6, end[0] + BOX_WIDTH * 0.4
    low = max(start[1], end[1]) + BOX_HEIGHT + 34
    foot, to_foot = start[1] + BOX_HEIGHT, end[1] + BOX_HEIGHT
    return f"M{_p((x, foot))}C{_p((x, low))} {_p((to_x, low))} {_p((to_x, to_foot))}"


def _size(character: str) -> float:
    """About how broad a character is in a proportional font, an ordinary small letter being one."""
    if character in _NARROW:
        return 0.55
    if character in _BROAD:
        return 1.5
    return 1.25 if character.isupper() else float(columns(character))


def _p(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    """Text from outside as XML holds it."""
    return escape(_NO_XML.sub("\ufffd", text))
