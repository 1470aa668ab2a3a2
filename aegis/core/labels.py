"""The numbers that tasks bear in their names: "3. Build it", "#3 Build it", "Task 3: build it", "[3]", "A1 – Build it".

A number is one of its kind: "Task 3", "#3" and "3." are the same, "Phase 3" is another. What stands behind a name
("Search, part 2", "Import (2/4)") is one of a series.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from aegis.core.reading.vocabulary import words

KINDS = (
    "task|ticket|issue|(?:user )?story|(?-i:US)|card|item|step|subtask|todo|no|nr|phase|part|milestone|sprint|stage|"
    "aufgabe|tarea|t[aâ]che"
)
NUMBER = r"\d{1,6}(?:\.\d{1,3}){0,3}"
KEY = r"[A-Z][A-Z0-9]{0,9}-\d{1,6}"
CODE = r"(?-i:(?!Q[1-4]\b)[A-Z]{1,4}\d{1,4}[a-z]?|\d{1,3}[a-f])"
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_NAME_LABEL = re.compile(
    rf"\s*(?:[\[(]?(?P<key>{KEY})(?:[\])]|\b)[ \t]*[:.–—-]?"
    rf"|[\[(]?(?P<kind>{KINDS})[ .]{{0,2}}#?(?:(?P<counted>{NUMBER})|(?-i:(?P<roman>[IVX]{{1,4}})))\b[\])]?"
    r"[ \t]*[:.)–—-]?"
    rf"|[\[(]?[#№](?P<hash>{NUMBER})\b[\])]?[ \t]*[:.)–—-]?"
    rf"|[\[(](?P<boxed>{NUMBER})[\])]"
    rf"|(?P<plain>{NUMBER})(?:[.):]|[ \t]+[–—|·•>/-])(?=\s|$)"
    r"|(?P<padded>0\d{1,2}|\d{1,3}(?:\.\d{1,3}){1,3})(?=[ \t_]\D)[ \t_]"
    r"|[\[(]?(?P<fraction>\d{1,2}/\d{1,2})(?![\w/])[\])]?[ \t]*[:.–—-]?"
    rf"|[\[(]?(?P<code>{CODE})(?:[\])]|[ \t]*[:.)–—]|[ \t]+-)(?=\s|$))[ \t]*",
    re.IGNORECASE,
)
_BEHIND = re.compile(rf"\s[\[(](?:(?P<key>{KEY})|\#?(?P<hash>{NUMBER})|(?P<fraction>\d{{1,2}}/\d{{1,2}}))[\])]\s*$")
_SERIES = re.compile(
    r"(?P<series>.*\w)[\s,–—(\[-]+(?P<kind>part|phase|stage|step|teil|parte|partie)[ .]?"
    rf"(?:(?P<number>{NUMBER})|(?-i:(?P<roman>[IVX]{{1,4}})))"
    r"[)\]]?\s*$",
    re.IGNORECASE,
)
_CODED = re.compile(rf"\s*[\[(]?(?P<code>{CODE})(?![\w/-])")
_NO_TRACKER = words("UTF ISO SHA RFC GPT AES RSA TLS HTTP H ES CVE PEP WCAG COVID MD X F")
"""With a number behind a hyphen, these are standards and the like, no tracker's key."""
_ALIKE = frozenset(
    ("task", "ticket", "issue", "story", "user story", "us", "card", "item", "step", "subtask", "todo", "no", "nr", "")
)
_LONGEST_NAME = 1024
_ANOTHER = re.compile(r"\s*(?:[,;&+]|(?:and|und|et|y)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Label:
    """A task's number as people write it; `kind` is "" where it may be called task, ticket, step or nothing."""

    number: str
    kind: str = ""


def label(number: str, kind: str | None = None) -> Label:
    """The label of a number as written: "03" is "3", "II" is "2", "Step" is no kind of its own."""
    kind = (kind or "").casefold()
    if number in ROMAN and kind:
        number = str(ROMAN.index(number) + 1)
    if not number.replace(".", "").isdigit():
        return Label(number.upper())
    return Label(".".join(part.lstrip("0") or "0" for part in number.split(".")), "" if kind in _ALIKE else kind)


def label_of(name: str) -> Label | None:
    """The number in a task's name; a code as "A1" is one only where other tasks bear its letters, too (`Labels`)."""
    match = _NAME_LABEL.match(name)
    if match is None or is_no_key(match["key"]) or not _is_whole(match["roman"]):
        match = _BEHIND.search(name[-20:])
        if match is None:
            return _coded(name)
        return label(match["key"] or match["hash"] or match["fraction"])
    number = next(match[group] for group in _GROUPS if match[group])
    return label(number, match["kind"])


_GROUPS = ("key", "counted", "roman", "hash", "boxed", "plain", "padded", "fraction", "code")


def without_label(name: str) -> str:
    """A name without its number at its beginning; "#60, Fee table" is two tasks and no number of one."""
    match = _NAME_LABEL.match(name)
    if match is None or is_no_key(match["key"]) or _ANOTHER.match(name, match.end()):
        return name
    return name[match.end() :]


def is_no_key(key: str | None) -> bool:
    """Whether what looks like "PROJ-12" is none: "utf-8", "SHA-256"."""
    return key is not None and (not key.isupper() or key.partition("-")[0] in _NO_TRACKER)


def series_of(name: str) -> tuple[str, Label] | None:
    """The series that a name is one of, and its number there: "Search" and part 2 of "Search, part 2"."""
    match = _SERIES.fullmatch(name[:_LONGEST_NAME])
    if match is None or not _is_whole(match["roman"]):
        return None
    return _key(match["series"]), label(match["number"] or match["roman"], match["kind"])


class Labels:
    """Who bears which number."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        self._bearers: dict[Label, list[str]] = defaultdict(list)
        self._in_series: dict[tuple[str, Label], list[str]] = defaultdict(list)
        coded: dict[str, list[tuple[Label, str]]] = defaultdict(list)
        for gid, name in named:
            found = label_of(name)
            if found is not None and _letters(found.number):
                coded[_letters(found.number)].append((found, gid))
            elif found is not None:
                self._bearers[found].append(gid)
            placed = series_of(name)
            if placed is not None:
                self._in_series[placed].append(gid)
        for bearers in coded.values():
            if 1 < len(bearers) == len({found for found, _ in bearers}):  # no "S3: the bucket", no "P1: ...", "P1: ..."
                for found, gid in bearers:
                    self._bearers[found].append(gid)

    def bearers(self, wanted: Label, beside: str) -> tuple[str, ...]:
        """GIDs of the tasks that bear a number, in the series of the task called `beside` where it is one of one."""
        placed = series_of(beside)
        near = self._in_series.get((placed[0], wanted), ()) if placed is not None else ()
        return tuple(near or self._bearers.get(wanted, ()))


def _coded(name: str) -> Label | None:
    """The code before a name without anything between them ("T3 Build it")."""
    match = _CODED.match(name)
    return label(match["code"]) if match is not None else None


def _letters(number: str) -> str:
    """The letters of a code; what is a number with a letter behind it is one of the numbers that have one."""
    if "-" in number or "/" in number or number.replace(".", "").isdigit():
        return ""
    return re.sub(r"\d+[A-Z]?$", "", number) or "0"


def _is_whole(roman: str | None) -> bool:
    return roman is None or roman in ROMAN


def _key(series: str) -> str:
    return "".join(one for one in series.casefold() if one.isalnum())
