"""HTML in a task's text becomes the plain lines that people write: bullets, ticks, `[name](address)`.

Asana's rich text (developer documentation, "Rich text") and what a copy from a browser leaves behind are read alike.
A line end stays a line end, for Asana writes them so between its tags. The standard library's HTMLParser is not used:
in the Pythons that we support, it takes quadratic time over some broken texts.
"""

from __future__ import annotations

import re
from html import unescape

STRUCK = "\ue000"
"""Stands where struck-through words stood."""

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>a|b|blockquote|body|br|code|del|div|em|h[1-6]|hr|i|img|input|ins|li|ol|p|pre|s|span|strike"
    r"|strong|table|tbody|td|th|thead|tr|u|ul)(?P<given>\s[^<>]*?)?(?P<empty>/?)>",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"([\w-]{1,40})(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_STRUCK_TAGS = ("s", "del", "strike")
_HIDDEN_TAGS = (*_STRUCK_TAGS, "pre", "blockquote")
_ENCLOSING = (*_HIDDEN_TAGS, "code", "a")
_LINES = ("p", "div", "ul", "ol", "table", "tr", "hr", "br")


def plain(notes: str) -> str:
    """The text with its HTML, where it has any, as plain lines. Takes time linear in the text's length."""
    if "<" not in notes:
        return notes
    text = _without_comments(notes)
    tags = list(_TAG.finditer(text))
    return _Lines(_closed(tags)).read(text, tags) if tags else text


def _without_comments(text: str) -> str:
    kept, begin = [], 0
    while (at := text.find("<!--", begin)) >= 0 and (end := text.find("-->", at + 4)) >= 0:
        kept.append(text[begin:at])
        begin = end + 3
    return "".join([*kept, text[begin:]])


def _closed(tags: list[re.Match[str]]) -> frozenset[int]:
    """Where the tags that hide or enclose begin and are closed again; the others mean nothing."""
    waiting: dict[str, list[int]] = {}
    closed: set[int] = set()
    for tag in tags:
        begun = waiting.setdefault(tag["name"].lower(), [])
        if not tag["end"] and not tag["empty"]:
            begun.append(tag.start())
        elif tag["end"] and begun:
            closed |= {begun.pop(), tag.start()}
    return frozenset(closed)


class _Lines:
    """Writes lines; what stands within a hiding tag, a link or code is collected until its end."""

    def __init__(self, closed: frozenset[int]) -> None:
        self._closed = closed
        self._out: list[str] = []
        self._held: list[tuple[str, str, list[str]]] = []  # tag, address, the output before it
        self._lists: list[str] = []

    def read(self, text: str, tags: list[re.Match[str]]) -> str:
        """The text in lines."""
        begin = 0
        for tag in tags:
            self._out.append(unescape(text[begin : tag.start()]))
            self._tag(tag["name"].lower(), tag)
            begin = tag.end()
        self._out.append(unescape(text[begin:]))
        while self._held:
            self._release()
        return "".join(self._out)

    def _tag(self, name: str, tag: re.Match[str]) -> None:
        if name in _ENCLOSING:
            self._enclosing(name, tag)
        elif name in ("ul", "ol"):
            self._list(name, bool(tag["end"]))
        elif name == "li":
            indent = "  " * (len(self._lists) - 1)
            bullet = "1." if self._lists[-1:] == ["ol"] else "-"
            self._out.append("" if tag["end"] else f"\n{indent}{bullet} ")
        elif name == "input":
            given = _given(tag)
            tick = "[x] " if "checked" in given else "[ ] "
            self._out.append(tick if given.get("type") == "checkbox" else "")
        else:
            self._out.append(_mark(name, bool(tag["end"])))

    def _list(self, name: str, ends: bool) -> None:
        if not ends:
            self._lists.append(name)
        elif self._lists:
            self._lists.pop()
        if not self._lists:
            self._out.append("\n")

    def _enclosing(self, name: str, tag: re.Match[str]) -> None:
        if tag["empty"] and name == "a":
            self._out.append(_address(_given(tag)))
        elif tag.start() in self._closed and not tag["end"]:
            self._held.append((name, _address(_given(tag)) if name == "a" else "", self._out))
            self._out = []
        elif tag.start() in self._closed and self._held:
            self._release()

    def _release(self) -> None:
        name, address, before = self._held.pop()
        inner = "".join(self._out)
        self._out = before
        if name in _STRUCK_TAGS:
            inner = STRUCK
        elif name in _HIDDEN_TAGS:
            inner = "\n\n"
        elif name == "code":
            inner = f"`{inner}`" if "\n" not in inner else "\n"
        elif address:
            shown = inner.strip().replace("[", "(").replace("]", ")")
            inner = f"[{shown}]({address})" if shown and not shown.startswith("http") else address
        self._out.append(inner)


def _mark(name: str, ends: bool) -> str:
    """What a tag looks like in plain lines."""
    if name in ("b", "strong"):
        return "**"
    if name in ("td", "th"):
        return " " if ends else "| "
    if name == "tr" and ends:
        return "|\n"
    if name[0] == "h" and name[1:].isdigit():
        return "\n" if ends else f"\n{'#' * int(name[1])} "
    return "\n" if name in _LINES else ""


def _given(tag: re.Match[str]) -> dict[str, str]:
    found = _GIVEN.findall(tag["given"] or "")
    return {name.lower(): unescape(double or single or bare) for name, double, single, bare in found}


def _address(given: dict[str, str]) -> str:
    """Where a link leads; a mention of a task leads to the task, one of a person nowhere."""
    if given.get("data-asana-type") in ("user", "team"):
        return ""
    href, gid = given.get("href", "").strip(), given.get("data-asana-gid", "")
    if not href and gid.isascii() and gid.isdigit():
        return f"https://app.asana.com/0/0/{gid}"
    return re.sub(r"[\s<>()]", "", href) if href.startswith("http") else ""
