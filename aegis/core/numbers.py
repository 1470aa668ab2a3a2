"""Numbers of tasks in texts: "#3", "Task 3", "#2-#5", "tasks 2, 3 and 5", "PROJ-12", "A1 and A2", "the last step"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aegis.core.labels import CODE, KEY, KINDS, NUMBER, ROMAN, Label, is_no_key, label

_REFERENCE = re.compile(
    rf"(?-i:(?P<key>{KEY}))\b|(?<![\w&/])(?:(?P<kind>{KINDS})s?(?:[ ](?:no|nr|number)s?\b)?(?:[ .#№-]{{1,3}}|(?=\d))"
    rf"|(?:no|nr)s?\.?[ ]?[#№]?|[#№][ ]?)(?P<number>{NUMBER})(?![\w%]|\.\w)",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"[ \t]*(?:(?P<to>[-–—~]|\.{2,3}|(?:up[ ])?to|through|thru|until|bis|à|a|hasta)[ \t]*"
    rf"|(?:,|/|&|\+|and|und|et|y|or|[ ])[ \t]*(?:and[ \t]+|&[ \t]*)?)"
    rf"(?P<mark>(?:(?:{KINDS})[ \t]?)?[#№]?)[ \t]?(?P<number>{NUMBER})(?![\w%]|\.\d)",
    re.IGNORECASE,
)
_MORE_KEYS = re.compile(
    r"[ \t]*(?:(?P<to>[-–—~]|\.{2,3}|to|through|bis)|,|/|&|\+|and|und|et|y|or)[ \t]*(?:and[ \t]+)?"
    r"(?:(?P<prefix>[A-Z][A-Z0-9]{0,9})?-)?(?P<number>\d{1,6})(?![\w%.-])"
)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_PARTS = "step|phase|part|stage|milestone"
_COUNTED = re.compile(
    rf"(?:(?:the|this)[ ])?(?:(?P<code>{CODE})(?![\w-]|\.\d)|(?P<fraction>\d{{1,2}}/\d{{1,2}})(?![\w/])"
    rf"|(?:(?P<kind>{_PARTS})s?[ ])?(?:(?-i:(?P<roman>[IVX]{{1,4}}))|(?P<word>{'|'.join(_WORDS)}))\b"
    rf"|(?P<ordinal>{'|'.join(_ORDINALS)})[ ](?P<of>{_PARTS})s?\b"
    rf"|(?P<before>previous|preceding)[ ](?P<what>{_PARTS}|task|ticket|story)\b"
    rf"|(?P<bare>[\[(]?(?P<plain>{NUMBER})(?:[\])]+|[.)](?=[\s,;]|$))?)(?![\w%/]|[.,]\d))",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"[ ]*(?:(?P<to>[-–—]|\.{2,3}|to|through|bis)"
    r"|(?:,|;|/|&|\+|and|und|et|y|or)(?:[ ]+(?:and|or|then|und)(?=[ ]))?)[ ]*",
    re.IGNORECASE,
)
MOST_IN_RANGE = 100
"""More numbers than this in one range are no list of tasks."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A place in a text that names tasks by number: each as written, with its label, and where the place ends.

    `bare`: by numbers without any mark, which may count anything.
    """

    labels: tuple[tuple[str, Label], ...]
    begin: int
    end: int
    bare: bool = False


def numbered_at(text: str, begin: int) -> Numbered | None:
    """The numbers that stand in a text from `begin` on: "#2", "Task 3", "#2-#5", "tasks 2, 3 and 5", "PROJ-12"."""
    match = _REFERENCE.match(text, begin)
    if match is None or is_no_key(match["key"]):
        return None
    if match["key"]:
        return _keys_from(text, match)
    kind = (match["kind"] or "").casefold()
    plural = _is_plural(match[0])
    found = [(_written(match["number"], kind) if plural else match[0], label(match["number"], kind))]
    end = match.end()
    while (more := _MORE.match(text, end)) is not None:
        if not more["mark"] and not plural and (not more["to"] or (more["to"][0] in "-–—~" and " " in more[0])):
            break  # "#2 and 3 more", "#2 - 5 points"
        numbers = _range(found[-1][1].number, more["number"]) if more["to"] else [more["number"]]
        if numbers is None:
            break
        found += [(_written(number, kind), label(number, kind)) for number in numbers]
        end = more.end()
    return Numbered(tuple(found), begin, end)


def _keys_from(text: str, match: re.Match[str]) -> Numbered:
    """ "SHOP-2", and what goes on from it: "SHOP-2, -3 and -4", "SHOP-2..SHOP-4"."""
    prefix, _, first = match["key"].partition("-")
    found, end = [first], match.end()
    while (more := _MORE_KEYS.match(text, end)) is not None:
        if more["prefix"] != prefix and (more["prefix"] or "-" not in more[0]):
            break
        numbers = _range(found[-1], more["number"]) if more["to"] else [more["number"]]
        if numbers is None:
            break
        found += numbers
        end = more.end()
    keys = [f"{prefix}-{number}" for number in found]
    return Numbered(tuple((key, label(key)) for key in keys), match.start(), end)


def counted_at(text: str, begin: int, own: Label | None) -> Numbered | None:
    """What may be numbers of tasks, if tasks bear them: "A1 and A2", "2/4", "part II", "the previous step", "1, 3".

    `own`: the number of the task whose text it is.
    """
    found: list[tuple[str, Label]] = []
    end, bare, to, in_words = begin, False, False, False
    while (match := _COUNTED.match(text, end)) is not None:
        one = _counted(match, own, found[-1][1].kind if in_words and found else None)
        in_words = one is not None and match["kind"] is not None
        if one is None:
            break
        numbers = _range(found[-1][1].number, one.number) if to else [one.number]
        if numbers is None:
            break
        found += [(number if to else match[0].strip("[]() "), Label(number, one.kind)) for number in numbers]
        bare = bare or match["bare"] is not None
        last = match.end()
        joint = _JOINT.match(text, last)
        if joint is None:
            return Numbered(tuple(found), begin, last, bare)
        end, to = joint.end(), joint["to"] is not None
    return Numbered(tuple(found), begin, last, bare) if found else None


def _counted(match: re.Match[str], own: Label | None, kind: str | None) -> Label | None:
    """The label of one number; `kind` is that of the one before it, where words count on: "steps one and two"."""
    kind = match["kind"] or kind
    if match["roman"] is not None or match["word"] is not None:
        if kind is None or (match["roman"] is not None and match["roman"] not in ROMAN):
            return None
        return label(match["roman"] or str(_WORDS.index(match["word"].casefold()) + 1), kind)
    if match["ordinal"] is not None:
        return label(str(_ORDINALS.index(match["ordinal"].casefold()) + 1), match["of"])
    if match["before"] is not None:
        if own is None or not own.number.isdigit() or own.number in ("0", "1"):
            return None
        before = Label(str(int(own.number) - 1), own.kind)
        return before if label("1", match["what"]).kind == own.kind else None
    return label(match["code"] or match["fraction"] or match["plain"])


def marks_in(text: str) -> list[int]:
    """Where numbers of tasks may stand that their form marks."""
    return [match.start() for match in _REFERENCE.finditer(text)]


def find_number(text: str, begin: int = 0) -> int:
    """Where the next number of a task may stand, -1 where none does."""
    match = _REFERENCE.search(text, begin)
    return match.start() if match is not None else -1


def _is_plural(written: str) -> bool:
    return re.match(r"[a-zâ]+s\b", written, re.IGNORECASE) is not None


def _written(number: str, kind: str) -> str:
    return f"{kind.capitalize()} {number}" if kind else f"#{number}"


def _range(first: str, last: str) -> list[str] | None:
    """The numbers behind the first, up to the last ("2" to "5", "1.1" to "1.3", "A1" to "A3"); None for no range."""
    stem, begin = _split(first)
    other, end = _split(last)
    if begin is None or end is None or stem != other or not begin < end <= begin + MOST_IN_RANGE:
        return None
    return [f"{stem}{number}" for number in range(begin + 1, end + 1)]


def _split(number: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(?P<stem>(?:.*[^\d])?)(?P<last>\d{1,6})", number)
    return (match["stem"], int(match["last"])) if match is not None else (number, None)
