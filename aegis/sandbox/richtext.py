"""Asana's rich text: one XML fragment in <body>, of few tags; anything else is refused, as Asana does."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

ALLOWED = frozenset(
    ("body", "strong", "em", "u", "s", "code", "ol", "ul", "li", "a", "pre", "blockquote", "hr", "b", "i")
)
HEADINGS = frozenset(("h1", "h2"))
"""Tags for a task's notes only."""
MOST_DEPTH = 100

_BLOCKS = frozenset(("ul", "ol", "li", "pre", "blockquote", "hr", "h1", "h2"))
_LINK_ATTRIBUTES = frozenset(
    ("href", "data-asana-gid", "data-asana-dynamic", "data-asana-type", "data-asana-accessible")
)
_DECLARATION = re.compile(r"<[!?]")


class RichTextError(ValueError):
    """The fragment is refused."""


def plain_text(html: str, *, headings: bool = False, known: Callable[[str], bool] | None = None) -> str:
    """The plain text of a valid fragment: what a link leads to stands behind its words.

    How exactly Asana writes a link in plain text is published nowhere; nothing may rely on this form.

    Args:
        html: the fragment, `<body>` included.
        headings: whether `h1` and `h2` may stand in it (notes), or not (comments).
        known: whether something with this GID can be mentioned; all can where it is left out.

    Raises:
        RichTextError: where Asana would answer 400.
    """
    if _DECLARATION.search(html):
        raise RichTextError("XML is invalid")
    try:
        root = ET.fromstring(html)  # noqa: S314 - declarations are refused above
    except (ET.ParseError, UnicodeEncodeError) as error:  # the latter: half of a surrogate pair
        raise RichTextError("XML is invalid") from error
    if root.tag != "body" or root.attrib:
        raise RichTextError("XML is invalid: the root must be <body>")
    _Check(ALLOWED | HEADINGS if headings else ALLOWED, known).below(root, ())
    return _text(root).strip("\n")


class _Check:
    """Holds a fragment to the rules; `above` are the tags that something stands in."""

    def __init__(self, allowed: frozenset[str], known: Callable[[str], bool] | None) -> None:
        self._allowed = allowed
        self._known = known

    def below(self, element: ET.Element, above: tuple[str, ...]) -> None:
        if len(above) > MOST_DEPTH:
            raise RichTextError("XML is invalid: nested too deeply")
        above = (*above, element.tag)
        if HEADINGS.intersection(above) and "\n" in (element.text or ""):
            raise RichTextError(f"XML is invalid: a line break in <{element.tag}>")
        if element.tag in ("ol", "ul") and (element.text or "").strip():
            raise RichTextError("XML is invalid: lists hold <li> only")
        for child in element:
            self._child(child, above)
            self.below(child, above)

    def _child(self, child: ET.Element, above: tuple[str, ...]) -> None:
        tag, parent = child.tag, above[-1]
        if tag not in self._allowed or tag == "body":
            raise RichTextError(f"XML is invalid: <{tag}> is not allowed")
        if child.attrib and tag != "a":
            raise RichTextError(f"XML is invalid: <{tag}> takes no attributes")
        if parent in ("ol", "ul") and (tag != "li" or (child.tail or "").strip()):
            raise RichTextError("XML is invalid: lists hold <li> only")
        if tag == "li" and parent not in ("ol", "ul"):
            raise RichTextError("XML is invalid: <li> stands in a list only")
        if tag in _BLOCKS and HEADINGS.intersection(above):
            raise RichTextError("XML is invalid: a heading holds inline tags only")
        if HEADINGS.intersection(above) and "\n" in (child.tail or ""):
            raise RichTextError("XML is invalid: a line break in a heading")
        if tag == "a":
            self._link(child, above)

    def _link(self, link: ET.Element, above: tuple[str, ...]) -> None:
        if "a" in above:
            raise RichTextError("XML is invalid: nested <a>")
        if unknown := link.attrib.keys() - _LINK_ATTRIBUTES:
            raise RichTextError(f"XML is invalid: <a> takes no {min(unknown)}")
        gid = link.get("data-asana-gid")
        if gid and not link.get("href") and self._known is not None and not self._known(gid):
            raise RichTextError(f"XML is invalid: nothing that you can see has the gid {gid}")


def _text(element: ET.Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts += [_piece(child, _text(child)), child.tail or ""]
    return "".join(parts)


def _piece(child: ET.Element, inner: str) -> str:
    if child.tag == "li":
        return f"\n• {inner}"
    if child.tag in ("h1", "h2", "pre", "blockquote", "hr"):
        return f"\n{inner}\n"
    if child.tag == "a":
        gid = child.get("data-asana-gid")
        target = child.get("href") or (f"https://app.asana.com/0/{gid}" if gid else "")
        if not inner or inner == target:
            return target
        return f"{inner} ({target})" if target else inner
    return inner
