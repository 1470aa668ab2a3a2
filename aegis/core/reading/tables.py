"""Tables in a task's text: rows of cells between `|`, with or without a line of headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from aegis.core.reading.headings import heading_of
from aegis.core.reading.vocabulary import words

_RULE = re.compile(r":?-+:?")
_SUBJECTS = words(
    """
    task tasks step item name ticket story subtask phase issue # no nr id what title feature card aufgabe tarea tâche
    work
    """
)
_DONE = words("done complete completed finished merged closed resolved ✅ ✔ ✓ x ☑ [x] yes erledigt fertig hecho fait")
_MARK = 3
_STATUS = words("status state done progress done? ready erledigt estado statut")
_ABOUT = (
    words(
        """
        owner who status state why reason note notes comment link eta due when done progress remark priority effort
        successor successors blocks unblocks followers since until when date deadline responsible contact assignee
        """
    )
    | _SUBJECTS
)
"""Titles of what stands beside things in a list; beside a heading, anything else is what it heads."""
_PACKAGES = words("package packages library libraries lib libs module gem crate paket pakete")
"""A list with such a column is one of software, and not of tasks."""
_IN_TIME = frozenset(("before", "this", "after"))
"""What stands first in the rows of a table that tells an order with the task in its midst."""
Row = list[str]


def cells_of(line: str) -> Row:
    """The cells of a row."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def items_of(
    rows: Sequence[Row], *, listed: bool, is_own: Callable[[str], bool], names: Callable[[str], bool]
) -> list[str]:
    """What a table says that its task waits for.

    `listed`: the table stands under a heading, so that its rows are what is listed there. Otherwise a row may be headed
    ("| Depends on | the plan |"), or a column may be: then the rows that are about the task itself count, or all where
    the table's rows are about nothing else. `names`: tells whether a cell names a task that is known.
    """
    headed = len(rows) > 1 and _is_rule(rows[1])
    titles = [cell.casefold().strip(" *_") for cell in rows[0]] if headed else []
    body = [row for row in rows[2 if headed else 0 :] if not _is_rule(row)]
    if listed and titles[:1] and titles[0] in _PACKAGES:
        return []
    if listed:
        columns = [n for n, title in enumerate(titles) if title in _SUBJECTS or _is_heading(title)] or [0]
        kept = [[row[n] for n in columns if n < len(row)] for row in body if not _is_done(row, titles)]
        return [next(filter(names, cells), cells[0]) for cells in kept if cells]
    for column, title in enumerate(titles):
        if _is_heading(title) and not (column == 0 and len(titles) == 2 and titles[1] not in _ABOUT):
            return _of_column(body, titles, column, is_own)
    when = [row[0].casefold().strip(" *_") for row in body]
    if _IN_TIME.issubset(when):
        return [row[1] for row, said in zip(body, when, strict=True) if said == "before" and not _is_done(row, titles)]
    return [cell for row in (rows if not headed else [rows[0], *body]) for cell in _of_row(row)]


def _of_column(body: Sequence[Row], titles: Sequence[str], column: int, is_own: Callable[[str], bool]) -> list[str]:
    of_others = any(title and (title in _SUBJECTS or title not in _ABOUT) for title in titles[:column])
    rows = [row for row in body if column < len(row) and not _is_done(row, titles)]
    if of_others:
        rows = [row for row in rows if any(is_own(cell) for cell in row[:column])]
    return [row[column] for row in rows if not any(cell.casefold() in _ABOUT for cell in row)]  # but patterns of rows


def _of_row(row: Row) -> list[str]:
    return row[1:2] if len(row) > 1 and _is_heading(row[0]) else []


def _is_heading(cell: str) -> bool:
    found = heading_of(f"{cell}:")
    return found is not None and not found.rest


def _is_rule(row: Row) -> bool:
    return bool(row) and all(_RULE.fullmatch(cell) for cell in row)


def _is_done(row: Row, titles: Sequence[str]) -> bool:
    said = (row[n].casefold() for n, title in enumerate(titles) if title in _STATUS and n < len(row))
    return any(one in _DONE or (len(one) > _MARK and one.partition(" ")[0] in _DONE) for one in said)
