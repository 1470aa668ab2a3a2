"""The picture as a Mermaid flowchart (https://mermaid.js.org), for pages that draw such text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.core.picture.looks import LOOKS
from aegis.core.picture.model import Arrow, Node, Picture
from aegis.core.picture.width import shortened

MOST_ARROWS = 500
"""Mermaid draws no more unless whoever runs it allows it (its setting maxEdges)."""

_NAME, _WHY = 60, 80
_PLAIN = " .,_-"
_ITS_OWN = re.compile(r"(?<=\$)(?=\$)|(?<=\\)(?=n)|(?<=:)(?=fa)|(?<=ﬂ)(?=°)|(?<=¶)(?=ß)")
"""Between the halves of what Mermaid reads even in a label: formulas, line ends, icons, its own escapes."""


def mermaid(picture: Picture) -> str:
    """The flowchart's text; an arrow leads from a task to what waits for it."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield "flowchart LR"
    for node in picture.nodes:
        yield f'  {_id(node.id)}["{_label(node)}"]:::{node.standing.value}'
    for number, arrow in enumerate(picture.arrows):
        yield f"  {_id(arrow.needs)} {_line(arrow)} {_id(arrow.waits)}"
        if picture.in_cycle(arrow):
            yield f"  linkStyle {number} stroke:#cf222e,stroke-width:2px"
    for node in picture.nodes:
        if node.url:
            yield f'  click {_id(node.id)} href "{node.url}" _blank'
    seen = {node.standing for node in picture.nodes}
    for standing, look in LOOKS.items():
        if standing in seen:
            yield f"  classDef {standing.value} fill:{look.light[0]},stroke:{look.light[1]},color:#1f2328"


def _line(arrow: Arrow) -> str:
    return {"maybe": "-. fits the name .->", "subtask": "-. subtask .->"}.get(arrow.kind, "-->")


def _id(gid: str) -> str:
    """A node's name in the text: never a word that Mermaid knows, such as `end`."""
    return "t" + gid.replace("-", "_")


def _label(node: Node) -> str:
    parts = [f"{LOOKS[node.standing].sign} {shortened(node.called, _NAME)}"]
    parts += [shortened(part, _WHY) for part in (node.note, *node.further[:1]) if part]
    return "<br/>".join(map(_escaped, parts))


def _escaped(text: str) -> str:
    """The text as it may stand in quotes: whatever Mermaid, Markdown or HTML could read as theirs is a number.

    What Mermaid looks for after it has read the numbers is parted by a blank of no width.
    """
    parted = _ITS_OWN.sub("\u200b", text)
    return "".join(c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in parted)
