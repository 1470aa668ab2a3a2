"""Numbers that people give tasks: "3. Build it", "#3", "Task 3: build it", "[3]", "PROJ-12", and ranges of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KINDS = "task|ticket|issue|story|card|item|step|subtask|todo|no|nr|phase|part|milestone|sprint|aufgabe|tarea|t[aâ]che"
_NUMBER = r"\d{1,6}(?:\.\d{1,3}){0,3}"
_KEY = r"[A-Z][A-Z0-9]{0,9}-\d{1,6}"
_NAME_LABEL = re.compile(
    rf"\s*(?:[\[(]?(?P<key>{_KEY})(?:[\])]|\b)[ \t]*[:.–—-]?"
    rf"|[\[(]?(?P<kind>{_KINDS})[ .]{{0,2}}#?(?P<counted>{_NUMBER})\b[\])]?[ \t]*[:.)–—-]?"
    rf"|[\[(]?\#(?P<hash>{_NUMBER})\b[\])]?[ \t]*[:.)–—-]?"
    rf"|[\[(](?P<boxed>{_NUMBER})[\])]"
    rf"|(?P<plain>{_NUMBER})(?:[.):]|[ \t]+[–—-])(?=\s|$))[ \t]*",
    re.IGNORECASE,
)
_LABEL_BEHIND = re.compile(rf"\s[\[(](?:(?P<key>{_KEY})|\#(?P<hash>{_NUMBER}))[\])]\s*$")
_REFERENCE = re.compile(
    rf"(?P<key>{_KEY})\b|(?<![\w&/])(?:(?P<kind>{_KINDS})s?[ .#]{{1,3}}|(?:no|nr)\.?[ ]?\#?|\#[ ]?)"
    rf"(?P<number>{_NUMBER})(?![\w%])",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"[ \t]*(?:(?P<to>[-–—~]|\.{{2,3}}|to|through|thru|until|bis|à|a|hasta)[ \t]*|(?:,|;|/|&|\+|and|und|et|y|or)[ \t]*"
    rf"(?:and[ \t]+|&[ \t]*)?)(?P<mark>(?:(?:{_KINDS})[ \t]?)?\#?)[ \t]?(?P<number>{_NUMBER})(?![\w%]|\.\d)",
    re.IGNORECASE,
)
_NO_TRACKER = frozenset(
    (
        "UTF",
        "ISO",
        "SHA",
        "RFC",
        "GPT",
        "AES",
        "RSA",
        "TLS",
        "HTTP",
        "H",
        "ES",
        "CVE",
        "PEP",
        "WCAG",
        "COVID",
        "MD",
        "X",
        "F",
    )
)
"""With a number behind a hyphen, these are standards and the like, no tracker's key."""
_ALIKE = frozenset(("task", "ticket", "issue", "story", "card", "item", "step", "subtask", "todo", "no", "nr", ""))
MOST_IN_RANGE = 100
"""More numbers than this in one range are no list of tasks."""


@dataclass(frozen=True, slots=True)
class Label:
    """A task's number as people write it; `kind` is "" where it may be called task, ticket, step or nothing."""

    number: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A place in a text that names tasks by number: each as written, with its label, and where the place ends."""

    labels: tuple[tuple[str, Label], ...]
    begin: int
    end: int


def label_of(name: str) -> Label | None:
    """The number in a task's name."""
    match = _NAME_LABEL.match(name)
    if match is None or _is_no_key(match):
        match = _LABEL_BEHIND.search(name[-20:])
        return None if match is None else _label(match["key"] or match["hash"], "")
    return _label(match["key"] or match["counted"] or match["hash"] or match["boxed"] or match["plain"], match["kind"])


def without_label(name: str) -> str:
    """A name without its number at its beginning."""
    match = _NAME_LABEL.match(name)
    return name[match.end() :] if match is not None and not _is_no_key(match) else name


def numbered_at(text: str, begin: int) -> Numbered | None:
    """The numbers that stand in a text from `begin` on: "#2", "Task 3", "#2-#5", "tasks 2, 3 and 5", "PROJ-12"."""
    match = _REFERENCE.match(text, begin)
    if match is None or _is_no_key(match):
        return None
    if match["key"]:
        return Numbered(((match["key"], _label(match["key"], "")),), begin, match.end())
    kind = (match["kind"] or "").casefold()
    plural = _is_plural(match[0])
    found = [(_written(match["number"], kind) if plural else match[0], _label(match["number"], kind))]
    end = match.end()
    while (more := _MORE.match(text, end)) is not None:
        if not more["mark"] and not plural and (not more["to"] or (more["to"][0] in "-–—~" and " " in more[0])):
            break  # "#2 and 3 more", "#2 - 5 points"
        numbers = _range(found[-1][1].number, more["number"]) if more["to"] else [more["number"]]
        if numbers is None:
            break
        found += [(_written(number, kind), _label(number, kind)) for number in numbers]
        end = more.end()
    return Numbered(tuple(found), begin, end)


def find_number(text: str, begin: int = 0) -> int:
    """Where the next number of a task may stand, -1 where none does."""
    match = _REFERENCE.search(text, begin)
    return match.start() if match is not None else -1


def _is_no_key(match: re.Match[str]) -> bool:
    """Whether what looks like "PROJ-12" is none: "utf-8", "SHA-256"."""
    key = match["key"]
    return key is not None and (not key.isupper() or key.partition("-")[0] in _NO_TRACKER)


def _is_plural(written: str) -> bool:
    return re.match(r"[a-zâ]+s\b", written, re.IGNORECASE) is not None


def _written(number: str, kind: str) -> str:
    return f"{kind.capitalize()} {number}" if kind else f"#{number}"


def _label(number: str, kind: str | None) -> Label:
    kind = (kind or "").casefold()
    if "-" in number:
        return Label(number.upper())
    return Label(".".join(part.lstrip("0") or "0" for part in number.split(".")), "" if kind in _ALIKE else kind)


def _range(first: str, last: str) -> list[str] | None:
    """The numbers behind the first, up to the last; None where they are no range."""
    if "." in first or "." in last or not int(first) < int(last) <= int(first) + MOST_IN_RANGE:
        return None
    return [str(number) for number in range(int(first) + 1, int(last) + 1)]
