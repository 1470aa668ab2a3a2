"""The picture as Markdown for the Prefect UI: it draws an image that the text itself holds, but not always Mermaid."""

from __future__ import annotations

import base64
from itertools import islice

from aegis.core.picture.model import Picture
from aegis.core.picture.svg import svg
from aegis.core.picture.tree import legend, tree
from aegis.core.summary import escaped

_MOST_DRAWN, _MOST_ROWS = 400, 1000
"""Nodes of a picture, and lines of a tree, that such a page shows well."""


def page(picture: Picture) -> str:
    """The drawing, shrunk by the UI to the page's width, and the tree."""
    parts = [f"# {escaped(picture.title)}"]
    if len(picture.nodes) <= _MOST_DRAWN:
        drawn = base64.b64encode(svg(picture).encode()).decode()
        parts.append(f"![What waits for what](data:image/svg+xml;base64,{drawn})")
    else:
        parts.append("Too large to be drawn here: `aegis graph PROJECT --format svg` draws it.")
    parts.append(f"Below a task stands what waits for it.\n\n```text\n{_tree(picture)}\n```")
    return "\n\n".join(parts) + "\n"


def _tree(picture: Picture) -> str:
    """The tree's lines; none can end the block, for each begins with a sign, a branch, or four blanks at least."""
    rows = tree(picture)
    lines = [f"{row.branch}{row.sign} {row.text}" for row in islice(rows, _MOST_ROWS)]
    left = sum(1 for _ in rows)
    lines += [f"… {left} more lines"] if left else []
    return "\n".join([*lines, "", legend(picture)])
