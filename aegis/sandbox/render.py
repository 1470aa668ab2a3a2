"""Rows as Asana's JSON: the fields that `opt_fields` asks for, else the compact or the full record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aegis.sandbox.rows import Row
from aegis.sandbox.store import Store

Tree = dict[str, Any]
_ABSENT = object()
"""The value of a field that this record does not have, which is not null."""


def parse_fields(text: str | None) -> Tree | None:
    """`name,assignee.name` as a tree; None where nothing is asked for. Unknown names are dropped later."""
    if not text:
        return None
    tree: Tree = {}
    for path in text.split(","):
        at = tree
        for name in path.strip().removeprefix("this.").split("."):
            at = at.setdefault(name, {})
    return tree


class Renderer:
    """Makes records of rows."""

    def __init__(self, store: Store, download_url: Callable[[Row], str | None]) -> None:
        self._store = store
        self.download_url = download_url

    def record(self, kind: str, row: Row, tree: Tree | None, *, full: bool = False) -> dict[str, Any]:
        """A record; without a tree the full one (a single GET) or the compact one (in a list)."""
        known = _FIELDS[kind]
        if tree is None:
            names = [name for name in known if name not in _OPT_IN[kind]] if full else list(_COMPACT[kind])
            tree = {name: {} for name in names}
        made = {"gid": row["gid"]}
        for name, below in tree.items():
            if name in known and (value := known[name](self, row, below)) is not _ABSENT:
                made[name] = value
        return made

    def linked(self, table: str, gid: str | None, below: Tree) -> dict[str, Any] | None:
        """A record within a record: compact, or the fields asked for."""
        row = self._store.get(table, gid) if gid else None
        return None if row is None else self.record(table, row, below or None)

    def memberships(self, row: Row, below: Tree) -> list[dict[str, Any]]:
        """A task's places."""
        places = self._store.all("SELECT * FROM memberships WHERE task = ? ORDER BY rowid", row["gid"])
        below = below or {"project": {}, "section": {}}
        made = []
        for place in places:
            record: dict[str, Any] = {}
            if "project" in below:
                record["project"] = self.linked("projects", place["project"], below["project"])
            if "section" in below:
                record["section"] = self.linked("sections", place["section"], below["section"])
            made.append(record)
        return made

    def tags(self, row: Row, below: Tree) -> list[dict[str, Any]]:
        """A task's tags."""
        rows = self._store.all(
            "SELECT t.* FROM tags t JOIN task_tags x ON x.tag = t.gid WHERE x.task = ? ORDER BY t.gid", row["gid"]
        )
        return [self.record("tags", tag, below or None) for tag in rows]

    def links(self, row: Row, below: Tree, *, mine: str, theirs: str) -> list[dict[str, Any]]:
        """Dependencies or dependents: bare GIDs unless more is asked for."""
        query = f"SELECT {theirs} AS gid FROM dependencies WHERE {mine} = ? ORDER BY rowid"  # noqa: S608
        made = []
        for link in self._store.all(query, row["gid"]):
            task = self._store.get("tasks", link["gid"])
            if task is not None:
                extra = below if below else {"resource_type": {}}
                made.append(self.record("tasks", task, extra))
        return made

    def subtasks(self, row: Row) -> int:
        """How many subtasks a task has."""
        return len(self._store.all("SELECT gid FROM tasks WHERE parent = ?", row["gid"]))

    def workspace_list(self, below: Tree) -> list[dict[str, Any] | None]:
        """A user's workspaces: the one that there is."""
        return [self.linked("workspaces", self._store.workspace_gid, below)]


Field = Callable[[Renderer, Row, Tree], Any]


def _column(name: str) -> Field:
    return lambda renderer, row, below: row[name]


def _flag(name: str) -> Field:
    return lambda renderer, row, below: bool(row[name])


def _constant(value: str) -> Field:
    return lambda renderer, row, below: value


def _link(table: str, column: str) -> Field:
    return lambda renderer, row, below: renderer.linked(table, row[column], below)


def _permalink(form: str) -> Field:
    return lambda renderer, row, below: form.format(gid=row["gid"], workspace=row.get("workspace", "0"))


def _html(row: Row) -> str:
    from xml.sax.saxutils import escape

    return row["html_notes"] or f"<body>{escape(row['notes'])}</body>"


_FIELDS: dict[str, dict[str, Field]] = {
    "workspaces": {"resource_type": _constant("workspace"), "name": _column("name")},
    "users": {
        "resource_type": _constant("user"),
        "name": _column("name"),
        "email": _column("email"),
        "workspaces": lambda renderer, row, below: renderer.workspace_list(below),
    },
    "portfolios": {
        "resource_type": _constant("portfolio"),
        "name": _column("name"),
        "owner": _link("users", "owner"),
        "workspace": _link("workspaces", "workspace"),
        "permalink_url": _permalink("https://app.asana.com/0/portfolio/{gid}/list"),
    },
    "projects": {
        "resource_type": _constant("project"),
        "name": _column("name"),
        "notes": _column("notes"),
        "owner": _link("users", "owner"),
        "archived": _flag("archived"),
        "completed": _flag("completed"),
        "workspace": _link("workspaces", "workspace"),
        "permalink_url": _permalink("https://app.asana.com/0/{gid}/list"),
    },
    "sections": {
        "resource_type": _constant("section"),
        "name": _column("name"),
        "project": _link("projects", "project"),
    },
    "tags": {"resource_type": _constant("tag"), "name": _column("name")},
    "stories": {
        "resource_type": _constant("story"),
        "resource_subtype": _column("resource_subtype"),
        "type": lambda r, row, b: "comment" if row["resource_subtype"] == "comment_added" else "system",
        "text": _column("text"),
        "html_text": _column("html_text"),
        "created_at": _column("created_at"),
        "created_by": _link("users", "created_by"),
    },
    "attachments": {
        "resource_type": _constant("attachment"),
        "name": _column("name"),
        "resource_subtype": _column("host"),
        "host": _column("host"),
        "created_at": _column("created_at"),
        "download_url": lambda renderer, row, below: renderer.download_url(row),
        "permanent_url": _permalink("https://app.asana.com/app/asana/-/get_asset?asset_id={gid}"),
        "view_url": lambda renderer, row, below: row["url"] or renderer.download_url(row),
        "parent": _link("tasks", "parent"),
        "size": lambda renderer, row, below: _ABSENT if row["size"] is None else row["size"],
    },
    "tasks": {
        "resource_type": _constant("task"),
        "name": _column("name"),
        "resource_subtype": _column("resource_subtype"),
        "notes": _column("notes"),
        "html_notes": lambda renderer, row, below: _html(row),
        "completed": _flag("completed"),
        "completed_at": _column("completed_at"),
        "approval_status": _column("approval_status"),
        "assignee": _link("users", "assignee"),
        "created_by": _link("users", "created_by"),
        "created_at": _column("created_at"),
        "modified_at": _column("modified_at"),
        "due_on": _column("due_on"),
        "due_at": _column("due_at"),
        "start_on": _column("start_on"),
        "start_at": _column("start_at"),
        "parent": _link("tasks", "parent"),
        "num_subtasks": lambda renderer, row, below: renderer.subtasks(row),
        "dependencies": lambda renderer, row, below: renderer.links(row, below, mine="task", theirs="needs"),
        "dependents": lambda renderer, row, below: renderer.links(row, below, mine="needs", theirs="task"),
        "memberships": lambda renderer, row, below: renderer.memberships(row, below),
        "tags": lambda renderer, row, below: renderer.tags(row, below),
        "workspace": _link("workspaces", "workspace"),
        "permalink_url": _permalink("https://app.asana.com/1/{workspace}/task/{gid}"),
        "is_rendered_as_separator": _flag("separator"),
    },
}
_COMPACT = {
    "workspaces": ("resource_type", "name"),
    "users": ("resource_type", "name"),
    "portfolios": ("resource_type", "name"),
    "projects": ("resource_type", "name"),
    "sections": ("resource_type", "name"),
    "tags": ("resource_type", "name"),
    "stories": ("resource_type", "created_at", "created_by", "resource_subtype", "text", "type"),
    "attachments": ("resource_type", "name", "resource_subtype"),
    "tasks": ("resource_type", "name", "resource_subtype"),
}
_OPT_IN: dict[str, frozenset[str]] = {
    **dict.fromkeys(_COMPACT, frozenset()),
    "stories": frozenset({"html_text"}),
    "tasks": frozenset(
        {"created_by", "dependencies", "dependents", "html_notes", "num_subtasks", "is_rendered_as_separator"}
    ),
}
