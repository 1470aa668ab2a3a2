"""A task's text as lines: characters of other keyboards unified, code and quotes left out, bullets and ticks told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aegis.core.reading.headings import heading_of
from aegis.core.reading.markup import STRUCK, plain


def _table() -> dict[int, str]:
    """One form for each character that people's keyboards give several."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width forms
    table |= dict.fromkeys(map(ord, "“”„‟«»〝〞「」『』"), '"')
    table |= dict.fromkeys(map(ord, "‘’‚‛‹›"), "'")
    table |= dict.fromkeys([*range(0x2000, 0x200B), 0xA0, 0x202F, 0x205F, 0x3000], " ")
    table |= dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD, 0xFE0F, 0x336, ord("¿"), ord("¡")], "")
    table |= {ord("、"): ",", ord("。"): ". ", ord("−"): "-", ord("‐"): "-", ord("‑"): "-", ord("…"): "..."}
    return table | {ord("﹕"): ":", ord("︰"): ":", ord("﹣"): "-"}


_SAME = _table()
_JIRA = re.compile(r"\{(quote|noformat|code)(?::[^}\n]{0,60})?\}")
_FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})(?P<rest>[^\n]*)")
_STRUCK = re.compile(r"~~(?=\S)[^~\n]+~~|(?<![\w~/])~(?=[\w\"'`#])[^~\n]+~(?![\w~/])")
_NOTE_ON_STRUCK = re.compile(
    rf"{STRUCK}[ \t]*[\"'`*_]*[ \t]*\((?![^()]*(?:#\d|https?:|\b(?:now|instead|replaced|see|superseded)\b))[^()\n]*\)",
    re.IGNORECASE,
)
"""A note that tells why words were struck, and names nothing in their place."""
_BULLET = re.compile(
    r"(?:(?:[-=]>|\*{2,4}|[-*+–—·‣→➔➜○■□▶►✦]|\d{1,3}[.)]|\(?[a-z]\)|\(\d{1,2}\)|[a-z]\.)[ \t]+|[•▪●◦][ \t]*"
    r"|-(?=[A-Za-z\[\"'`#~]))"
)
_BOX = re.compile(r"(?:\[(?P<tick>[ xX✓✔vV]?)\](?!\()|(?P<mark>[☐⬜☑☒✅✔✓🔲🗹]))[ \t]*")
_LETTERED = re.compile(r"\(?[a-z]\)")
_DONE_MARKS = "☑☒✅✔✓🗹"
_SYMBOLS = re.compile(r"(?:[^\w\s\x00-\x7f\xa1-\xbf\u2010-\u205e\u3000-\u303f\ue000]+[ \t]*)+")
_RULE = re.compile(r":?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)+")
_DEEP = 4
LONGEST_READ = 100_000
"""Of a text, no more characters are read: fifty pages are no task's description, and reading takes its time."""
_LONGEST_LINE = 4000
_QUOTED = re.compile(r"\"[^\"\n]*\"")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its bullet and box; `ticked` where its box is, `struck` where it begins with struck words.

    `numbered`: its bullet is a number; `stepped`: a word as "Step 2:".
    """

    text: str
    indent: int = 0
    bullet: bool = False
    ticked: bool = False
    struck: bool = False
    numbered: bool = False
    stepped: bool = False

    @property
    def is_like_code(self) -> bool:
        """Whether it looks like a line of a log or of settings, as "    requires: redis" does."""
        return self.indent >= _DEEP and not self.bullet and self.text[:1].islower()

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return self.text.startswith("|") and self.text.count("|") > 1


def lines_of(notes: str) -> list[Line]:
    """The lines that say something: what stands in code blocks and quotes is left out, empty lines stay."""
    lines = plain_lines(notes)
    if "|" in notes:
        _with_outer_bars(lines)
    return [_line(text) for text in lines]


def plain_lines(notes: str) -> list[str]:
    """The lines outside of code blocks and quotes, HTML read, characters unified; struck-through words are `STRUCK`."""
    notes = notes[:LONGEST_READ]
    text = plain(notes.replace(STRUCK, "") if STRUCK in notes else notes)
    text = text if text.isascii() else _without_strokes(text).translate(_SAME)
    if "{" in text:
        text = _without_jira_blocks(text)
    lines = [part for line in _outside_of_code(text.splitlines()) for part in _of_bearable_length(line)]
    lines = [_STRUCK.sub(STRUCK, line) if "~" in line else line for line in lines]
    return [_NOTE_ON_STRUCK.sub(STRUCK, line) if STRUCK in line else line for line in lines]


def prose(notes: str) -> str:
    """The text outside of code blocks, quotes, inline code, quoted phrases, and what is ticked or struck through."""
    lines = [line for line in plain_lines(notes) if not _line(line).ticked]
    text = re.sub(r"`[^`\n]*`", " ", "\n".join(lines)).replace(STRUCK, " ")
    return _QUOTED.sub(lambda match: " " if len(match[0].split()) > 1 else match[0], text)


def _without_strokes(text: str) -> str:
    """Words struck through letter by letter (U+0336 after each) become `STRUCK`."""
    return re.sub("(?:[^\\s\u0336]\u0336[ \\t]?\u0336?)+", STRUCK, text) if "\u0336" in text else text


def _without_jira_blocks(text: str) -> str:
    """The text without what stands between two of Jira's marks of one kind."""
    kept, begin, opened = [], 0, None
    for mark in _JIRA.finditer(text):
        if opened is None:
            opened = mark
        elif mark[1] == opened[1]:
            kept += [text[begin : opened.start()], "\n"]
            begin, opened = mark.end(), None
    return "".join([*kept, text[begin:]])


def _outside_of_code(lines: list[str]) -> Iterator[str]:
    fence, before, after_gap, indented = "", "", True, False
    for line in lines:
        mark = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            fence = "" if mark and mark["mark"].startswith(fence) and not mark["rest"].strip() else fence
            continue
        if mark and mark["mark"][0] not in mark["rest"]:
            fence = mark["mark"]
            continue
        text = line.strip()
        if text:
            deep = line.startswith(("    ", "\t"))
            indented = deep and (indented or (after_gap and _may_be_code(text, before)))
            if text.startswith(">") and not indented and (listed := _listed_in_quotes(text, before)):
                yield listed
                after_gap = False
                continue
            if indented or text.startswith((">", "bq. ")):
                after_gap = False
                continue
            before = line
        after_gap = not text
        yield line


def _listed_in_quotes(text: str, before: str) -> str:
    """A quoted line right below a heading stands under it: "Blocked by" and "> the plan"; "" for others."""
    heading = heading_of(before.strip()) if before.strip() else None
    said = text.lstrip("> ").strip()
    return f"- {said}" if heading is not None and not heading.rest and heading_of(said) is None else ""


def _may_be_code(text: str, before: str) -> bool:
    """Whether a deeply indented line after an empty one is code, and not a part of a list or an indented text."""
    return bool(before.strip()) and before[0] not in " \t" and not _BULLET.match(text) and not _BULLET.match(before)


def _of_bearable_length(line: str) -> Iterator[str]:
    """The line, cut into several where it is longer than people write: each takes its time, all together no more."""
    if len(line) <= _LONGEST_LINE:
        yield line
        return
    for begin in range(0, len(line), _LONGEST_LINE):
        yield line[begin : begin + _LONGEST_LINE]


def _with_outer_bars(lines: list[str]) -> None:
    """Rows of a table written without a bar at their beginning get one, so that all tables look alike."""
    for at, line in enumerate(lines):
        if not _RULE.fullmatch(line.strip()):
            continue
        for row in (at - 1, at):
            if row >= 0 and "|" in lines[row] and not lines[row].lstrip().startswith("|"):
                lines[row] = f"| {lines[row].strip()} |"
        for row in range(at + 1, len(lines)):
            if "|" not in lines[row] or lines[row].lstrip().startswith("|"):
                break
            lines[row] = f"| {lines[row].strip()} |"


def _line(raw: str) -> Line:
    text = raw.strip()
    indent = len(raw) - len(raw.lstrip())
    bullet = _BULLET.match(text)
    if bullet is not None:
        indent += 2 * (bullet[0].count("*") - 1) if bullet[0][0] == "*" else 0  # Jira's deeper lists
        text = text[bullet.end() :]
    box = _BOX.match(text) if text[:1] == "[" or not text.isascii() else None
    ticked = False
    if box is not None:
        ticked = (box["tick"] or box["mark"] or "") in ("x", "X", "v", "V", *_DONE_MARKS)
        text = text[box.end() :]
    elif text and not text.isascii():
        symbols = _SYMBOLS.match(text)
        text = text[symbols.end() :] if symbols is not None else text
    numbered = bullet is not None and (bullet[0][0].isdigit() or _LETTERED.match(bullet[0]) is not None)
    return Line(text, indent, bullet is not None or box is not None, ticked, text.startswith(STRUCK), numbered)
