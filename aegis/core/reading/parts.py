"""The parts of an item between commas, "and" and the like, and what a part may mean by a name, a number, an address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.core.asana_url import parse_asana_url
from aegis.core.numbers import find_number, numbered_at
from aegis.core.reading.completion import without_completion
from aegis.core.reading.known import Reference
from aegis.core.reading.markup import STRUCK
from aegis.core.reading.vocabulary import any_of, pattern

_SEPARATOR = pattern(
    r" ?[,;] ?(?:(?:and|or|&|und|et|y|e|then) )?| (?:and|or|&|\+|und|et|y|e|sowie|plus|as well as|along with|and then) "
    r"| ?[·•] | / |(?P<hard>(?<=[\w)\]\"'`])(?<!\bno)(?<!\bnr)(?<!\bnos)(?<!\bvs)[.!?]+ (?-i:(?=[^a-z])))"
)
_ENUMERATED = re.compile(r"(?:^| )(?:\(?\d{1,2}[.)]|\([a-z]\)|[a-z]\)) (?=\S)")
_LEAD = pattern(
    r"(?:",
    any_of(
        """
        the, a, an, our, this, that, these, those, both, either, all, all of, of, on, for, by, until, till, once,
        after, when, with, completion, the completion, finishing, finish, merging, merge, releasing, release, landing,
        task, tasks, ticket, tickets, issue, issues, story, card, item, first, also, mainly, only, at least, and,
        then, have, having, waiting, wait, waits, waiting for, blocked, blocked by, depends, depends on, depend on,
        dependent on, requires, needs, need, require, must follow, comes after, is, it is, yes, still, hard,
        dependency, dependency on, prerequisite, blocker, blocker is, but also, but, just, i think, probably, maybe,
        perhaps, task called, task named, the outcome, the result, output of, new, big,
        [a-z]+'s(?: task| ticket| card| issue)?, die, der, das, den, auf, von, la, le, les, el, los, las, de, tâche,
        aufgabe, tarea, wait for, blocked on, waits for, outcome of, result of, results of, work on, work of,
        changes from, changes of
        """
    ),
    r"[:,]? )+",
)
_NOTE = pattern(
    r" ?[-–—]+ | ?\(| ?(?:->|=>|→|⇒|//|https?://) ?|,? (?:because|since|so that|so|which|who|where|but|see|weil|parce|"
    r"porque) |: (?=",
    any_of(
        """
        in, on, still, not, almost, nearly, done, open, pending, waiting, we, it, they, because, for, the, this, its,
        needed, needs, to, must, has, is, will, see, assigned, eta, due, @, should, gives, provides, adds, merged,
        blocked, [A-Z]\\w+ is
        """
    ),
    r"\b)",
)
_LABEL = re.compile(r"(?:[\w/&-]+ ){0,2}[\w/&-]+: (?=\S)")
_MOST_NOTES = 6
_QUOTED = re.compile(r"\"([^\"]+)\"|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)|\*\*([^*]+)\*\*|\[([^\[\]]+)\](?!\()")
_BRACKETS = re.compile(r"(?<=\s)\([^()]{0,300}\)")
_URL = re.compile(r"(?:https?://|\bapp\.asana\.com/)[^\s<>\"'`)\]|]+", re.IGNORECASE)
_GID = re.compile(r"(?<![\w/.-])(?:gid:? ?)?(\d{10,32})(?![\w/.-]*\w)", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"[0-9]{10}")
_NUMBER_ELSEWHERE = pattern(
    r"\b(?:prs?|mrs?|pull requests?|merge requests?|gh|github|gitlab|upstream|commit|rfc)(?: issues?)?[ #!-]{0,2}\d+"
    r"|[\w.-]+/[\w.-]+#\d+|(?<!\w)!\d+"
)
_PAGE_ELSEWHERE = pattern(
    r"https?://[\w.-]{1,100}(?::\d{1,5})?/(?:[\w.~%+-]{1,100}/){0,8}?(?:",
    r"(?:pull|pulls|pull-requests|issues?|merge_requests|commit|changes?|workitems?|_workitems/edit|c)/[\w+-]{1,60}"
    r"|browse/[a-z][a-z0-9]*-\d+|show_bug\.cgi\?id=\d+)(?:[#?][\w=&-]*)?",
)
_STEP = pattern(r"(?:steps?|phases?|parts?|stages?)\b")
_NO_NUMBER = "\"'`[("
_SEE = pattern(r"\b(?:see|cf\.?|compare|like|similar to|siehe|voir|ver)(?: also)? ?\(?$")
_QUOTES = "`'\""
_MOST_PARTS = 400


def clean(text: str) -> str:
    """An item without its decoration: bold, quotes, struck-through parts, a full stop."""
    if text[:1].isalnum() and text[-1:].isalnum() and STRUCK not in text:
        return text
    text = text.replace(STRUCK, " ").strip(" \t")
    if text[:1] == "(" and text[-1:] == ")" and "(" not in text[1:]:
        text = text[1:-1].strip()
    for mark in ("**", "__", "*", "_"):
        if text.startswith(mark) and text.endswith(mark) and len(text) > 2 * len(mark) and mark not in text[2:-2]:
            text = text[len(mark) : -len(mark)].strip()
    text = text.strip("*").strip()
    if len(text) > 2 and text[0] + text[-1] in ("[]", "{}") and text[0] not in text[1:]:
        text = text[1:-1].strip()
    if len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text.rstrip("!.").strip() if not text.endswith("...") else text.strip()


def forms(part: str) -> Iterator[tuple[str, bool]]:
    """What a part may mean by a name: without leading words, words that say it is done, and (then True) a note."""
    whole = clean(part)
    lead = _LEAD.match(whole)
    for base in dict.fromkeys((whole, clean(whole[lead.end() :]) if lead is not None else whole)):
        yield base, False
        yield clean(without_completion(base)), False
        for number, note in enumerate(_NOTE.finditer(base)):
            if number >= _MOST_NOTES:
                break
            yield clean(base[: note.start()]), True
            yield clean(without_completion(base[: note.start()])), True
        label = _LABEL.match(base)
        if label is not None:
            yield clean(base[label.end() :]), False


def addresses(text: str) -> Iterator[tuple[int, int, Reference]]:
    """The addresses and GIDs of tasks in a text, with where they begin and end."""
    for url in _URL.finditer(text) if "/" in text else ():
        named = parse_asana_url(url[0].rstrip(".,;:!?*"))
        if named is not None and named.task_gid:
            yield url.start(), url.end(), Reference(url[0].rstrip(".,;:!?*"), named.task_gid)
    for gid in _GID.finditer(text) if _LONG_NUMBER.search(text) else ():
        if gid[1].isascii():
            yield gid.start(), gid.end(), Reference(gid[1], gid[1])


def number_elsewhere(text: str, at: int) -> re.Match[str] | None:
    """The number at a place, where it is one of another system: "PR #902", "some/repository#3"."""
    if text[at : at + 1] in _NO_NUMBER:
        return None
    found = _NUMBER_ELSEWHERE.search(text, max(0, at - 40), at + 40)
    return found if found is not None and found.start() <= at < found.end() else None


def page_elsewhere(text: str, at: int) -> re.Match[str] | None:
    """The address at a place, where it is one of a piece of work in another system: a pull request, an issue."""
    return _PAGE_ELSEWHERE.match(text, at) if text[at : at + 1] in ("h", "H") else None


def pointed_to(part: str) -> Iterator[Reference]:
    """The addresses and GIDs of a part that are no mere mentions ("see ...")."""
    for begin, _, reference in sorted(addresses(part), key=lambda one: one[0]):
        if not _SEE.search(part[max(0, begin - 20) : begin]):
            yield reference


def numbers_in(part: str) -> Iterator[Reference]:
    """The tasks' numbers in a part, up to the first that is only a note."""
    if _NUMBER_ELSEWHERE.search(part) is not None:
        return
    begin = 0
    for _ in range(20):
        at = find_number(part, begin)
        found = numbered_at(part, at) if at >= 0 else None
        if at < 0 or (found is not None and _is_note(part, at)):
            return
        if found is not None:
            for words, label in found.labels:
                yield Reference(words, label=label)
        begin = found.end if found is not None else at + 1


def noted_numbers(part: str) -> Iterator[Reference]:
    """The numbers with which a part ends in brackets: "the bucket (#73)"; "(see #73)" only points there."""
    begin = part.rfind("(") + 1
    found = numbered_at(part, begin) if begin else None
    if found is not None and part[found.end :].strip(" .") == ")" and _NUMBER_ELSEWHERE.search(part) is None:
        for words, label in found.labels:
            yield Reference(words, label=label)


def is_step(words: str) -> bool:
    """Whether a number is one of a list that any text may have: "step 6"."""
    return _STEP.match(words) is not None


def _is_note(part: str, at: int) -> bool:
    """Whether what stands there is only a note: in brackets behind a name, or behind "see"."""
    return _SEE.search(part[max(0, at - 20) : at]) is not None or part.rfind("(", 0, at) > max(
        0, part.rfind(")", 0, at)
    )


def quoted_in(part: str) -> Iterator[str]:
    """The quoted phrases of a part."""
    for quoted in _QUOTED.finditer(part):
        yield clean(next(group for group in quoted.groups() if group is not None))


def part_spans(text: str) -> tuple[list[tuple[int, int]], int]:
    """Where the parts begin and end, and from which on they stand in a later sentence; brackets stay whole."""
    brackets = [one.span() for one in _BRACKETS.finditer(text)] if "(" in text else []
    separators = [
        (one.start(), one.end(), one["hard"] is not None)
        for one in _SEPARATOR.finditer(text)
        if not any(begin < one.start() < end for begin, end in brackets)
    ]
    if _ENUMERATED.match(text):
        separators += [(one.start(), one.end(), False) for one in _ENUMERATED.finditer(text)]
    spans, late, begin = [], None, 0
    for start, end, hard in sorted(separators):
        if start >= begin:
            if text[begin:start].strip():
                spans.append((begin, start))
            begin = end
            if hard and late is None:
                late = len(spans)
        if len(spans) >= _MOST_PARTS:
            break
    if text[begin:].strip():
        spans.append((begin, len(text)))
    return spans, len(spans) if late is None else late
