"""What a task's text says it depends on: the items under "Dependencies:" and its like.

A heading may be bold or not, in any case; its items stand on its line, in the lines below, or in a list. Text in code
blocks and quotes, and words for nothing ("none"), name no dependency.
"""

from __future__ import annotations

import re

_HEADINGS = r"dependencies|dependency|depends on|blocked by|prerequisites|prerequisite|after"
_HEADING = re.compile(rf"^[\s#*_•-]*(?:{_HEADINGS})[\s*_]*:[\s*_]*(?P<rest>.*)$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•+–]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s*)?")
_OTHER_HEADING = re.compile(r"^[\s#*_]*[\w][^:]{0,60}:[\s*_]*$")
_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^)\s]+)\)")
_NOTHING = {"", "none", "no", "nothing", "n/a", "na", "-", "–", "nil", "no dependencies", "not applicable", "tbd"}
_QUOTES = "`'\"“”‘’«»"


def dependency_items(notes: str) -> tuple[str, ...]:
    """The items as written, cleaned of decoration, in order; each may still hold several names."""
    found: list[str] = []
    collecting = listed = inline = False
    for line in _plain_lines(notes):
        heading = _HEADING.match(line)
        if heading is not None:
            rest = _clean(heading["rest"])
            collecting, listed = True, False
            if rest.casefold() not in _NOTHING:
                found.append(rest)
            elif heading["rest"].strip(" *_"):
                collecting = False  # "Dependencies: none" says it all
            inline = bool(heading["rest"].strip(" *_"))
            continue
        if not collecting:
            continue
        bullet = _BULLET.match(line)
        if not line.strip():
            collecting = not (listed or inline)  # one empty line may follow the heading, not the list
        elif bullet is not None:
            listed = True
            _add(found, line[bullet.end() :])
        elif listed or inline or _OTHER_HEADING.match(line):
            collecting = False
        else:
            _add(found, line)
    return tuple(dict.fromkeys(found))


def split_item(item: str) -> tuple[str, ...]:
    """An item's parts, at commas, semicolons and "and"; the item alone where it has none."""
    parts = (_clean(part) for part in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+|\s*&\s*", item))
    return tuple(part for part in parts if part.casefold() not in _NOTHING)


def same_name(text: str) -> str:
    """A name as it is compared: in any case, blanks of any kind and number alike."""
    return " ".join(text.replace("\u00a0", " ").split()).casefold()


def _add(found: list[str], text: str) -> None:
    item = _clean(text)
    if item.casefold() not in _NOTHING:
        found.append(item)


def _clean(text: str) -> str:
    text = _LINK.sub(lambda match: match[2], text).strip()
    for mark in ("**", "__"):
        if text.startswith(mark) and text.endswith(mark) and len(text) > 4:
            text = text[2:-2].strip()
    text = text.strip(_QUOTES).strip().rstrip(".").strip()
    return text.strip(_QUOTES).strip()


def _plain_lines(notes: str) -> list[str]:
    """The lines outside of code blocks and quotes."""
    lines, fenced = [], False
    for line in notes.replace("\u00a0", " ").splitlines():
        if line.strip().startswith("```"):
            fenced = not fenced
        elif not fenced and not line.lstrip().startswith(">"):
            lines.append(line)
    return lines


def prose(notes: str) -> str:
    """The text outside of code blocks, quotes and inline code."""
    return re.sub(r"`[^`\n]*`", " ", "\n".join(_plain_lines(notes)))
