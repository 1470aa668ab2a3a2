"""Asana's rich text: one XML fragment in <body>, of few tags; anything else is refused, as Asana does."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

ALLOWED = frozenset(
    ("body", "strong", "em", "u", "s", "code", "ol", "ul", "li", "a", "pre", "blockquote", "hr", "b", "i", "h1", "h2")
)
_INLINE_ONLY = {"h1", "h2"}
_DECLARATION = re.compile(r"<[!?]")


class RichTextError(ValueError):
    """The fragment is refused."""


def plain_text(html: str) -> str:
    """The plain text of a valid fragment. Raises RichTextError where Asana would answer 400."""
    if _DECLARATION.search(html):
        raise RichTextError("XML is invalid")
    try:
        root = ET.fromstring(html)  # noqa: S314 - declarations are refused above
    except ET.ParseError as error:
        raise RichTextError("XML is invalid") from error
    if root.tag != "body" or root.attrib:
        raise RichTextError("XML is invalid: the root must be <body>")
    _check(root)
    return _text(root).strip("\n")


def _check(element: ET.Element) -> None:
    for child in element:
        if child.tag not in ALLOWED or child.tag == "body":
            raise RichTextError(f"XML is invalid: <{child.tag}> is not allowed")
        if child.attrib and child.tag != "a":
            raise RichTextError(f"XML is invalid: <{child.tag}> takes no attributes")
        if child.tag == "a" and element.tag == "a":
            raise RichTextError("XML is invalid: nested <a>")
        if element.tag in ("ol", "ul") and child.tag != "li":
            raise RichTextError("XML is invalid: lists hold <li> only")
        if element.tag in _INLINE_ONLY and child.tag in ("ul", "ol", "pre", "blockquote", "hr"):
            raise RichTextError(f"XML is invalid: <{element.tag}> holds inline tags only")
        _check(child)


def _text(element: ET.Element) -> str:
    parts = [element.text or ""]
    for child in element:
        inner = _text(child)
        if child.tag == "a" and not inner:
            inner = child.attrib.get("href", "")
        if child.tag == "li":
            inner = f"\n• {inner}"
        elif child.tag in ("h1", "h2", "pre", "blockquote", "hr"):
            inner = f"\n{inner}\n"
        parts += [inner, child.tail or ""]
    return "".join(parts)
