"""Foreign text made safe for a terminal, a log and a single line."""

from __future__ import annotations

import re
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


_LONE = re.compile(r"[\ud800-\udfff]")


def sound(value: Any) -> Any:
    """Decoded JSON in which every text can be written again: halves of surrogate pairs, which JSON allows, replaced."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value) if not value.isascii() and _LONE.search(value) else value
    if isinstance(value, dict):
        return {sound(name): sound(one) for name, one in value.items()}
    return [sound(one) for one in value] if isinstance(value, list) else value


def printable(text: str) -> str:
    """The text with control characters (line ends and tabs apart) made visible: none moves a cursor or sets a title."""
    return _CONTROL.sub(_visible, text.replace("\r\n", "\n"))


def one_line(text: str, longest: int = 300) -> str:
    """The text in one printable line, shortened where it is longer."""
    flat = printable(" ".join(text.split()))
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def counted(count: int, word: str) -> str:
    """A number of things in words: "1 task", "2 tasks"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
