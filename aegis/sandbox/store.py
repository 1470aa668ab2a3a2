"""What the sandbox holds: workspaces, users, portfolios, projects, tasks and stories, in SQLite."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aegis.sandbox.richtext import plain_text

_SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS workspaces (gid TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS users (gid TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, token TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS portfolios (gid TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT, workspace TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS projects (gid TEXT PRIMARY KEY, name TEXT NOT NULL, notes TEXT NOT NULL, owner TEXT,
  archived INTEGER NOT NULL DEFAULT 0, completed INTEGER NOT NULL DEFAULT 0, workspace TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS portfolio_items (portfolio TEXT NOT NULL, project TEXT NOT NULL,
  PRIMARY KEY (portfolio, project));
CREATE TABLE IF NOT EXISTS sections (gid TEXT PRIMARY KEY, project TEXT NOT NULL, name TEXT NOT NULL,
  position REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (gid TEXT PRIMARY KEY, name TEXT NOT NULL, notes TEXT NOT NULL DEFAULT '',
  html_notes TEXT, resource_subtype TEXT NOT NULL DEFAULT 'default_task', completed INTEGER NOT NULL DEFAULT 0,
  completed_at TEXT, approval_status TEXT, assignee TEXT, created_by TEXT, created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL, due_on TEXT, due_at TEXT, start_on TEXT, start_at TEXT, parent TEXT,
  separator INTEGER NOT NULL DEFAULT 0, workspace TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS memberships (task TEXT NOT NULL, project TEXT NOT NULL, section TEXT NOT NULL,
  position REAL NOT NULL, PRIMARY KEY (task, project));
CREATE TABLE IF NOT EXISTS tags (gid TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS task_tags (task TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (task, tag));
CREATE TABLE IF NOT EXISTS dependencies (task TEXT NOT NULL, needs TEXT NOT NULL, PRIMARY KEY (task, needs));
CREATE TABLE IF NOT EXISTS stories (gid TEXT PRIMARY KEY, task TEXT NOT NULL, resource_subtype TEXT NOT NULL,
  text TEXT NOT NULL, html_text TEXT, created_at TEXT NOT NULL, created_by TEXT);
CREATE INDEX IF NOT EXISTS by_project ON memberships (project, section, position);
CREATE INDEX IF NOT EXISTS by_task ON stories (task);
"""
_FIRST_GID = 1_210_000_000_000_000
MOST_LINKS = 30

Row = dict[str, Any]


def timestamp(at: datetime | None = None) -> str:
    """A time as Asana writes it: UTC with milliseconds."""
    return (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Refused(Exception):
    """The API would answer with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Store:
    """All that the sandbox knows; each method is one transaction."""

    def __init__(self, database: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(database or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_SCHEMA)
        if self._one("SELECT n FROM counter") is None:
            self._db.execute("INSERT INTO counter VALUES (?)", (_FIRST_GID,))
        self.workspace_gid = self._first_workspace()

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self._db.close()

    # --- reading ---

    def all(self, query: str, *values: Any) -> list[Row]:
        """The rows of a query."""
        with self.lock:
            return [dict(row) for row in self._db.execute(query, values)]

    def _one(self, query: str, *values: Any) -> Row | None:
        rows = self.all(query, *values)
        return rows[0] if rows else None

    def get(self, table: str, gid: str | None) -> Row | None:
        """The row of a table by its GID."""
        return self._one(f"SELECT * FROM {table} WHERE gid = ?", gid)  # noqa: S608 - names of our own tables

    def need(self, table: str, gid: str | None) -> Row:
        """The same; 404 where there is none."""
        row = self.get(table, gid)
        if row is None:
            raise Refused(404, f"{table.removesuffix('s')}: Unknown object: {gid}")
        return row

    def task(self, gid: str) -> Row:
        """A task's row."""
        return self.need("tasks", gid)

    def tasks(self, project_gid: str) -> list[Row]:
        """A project's tasks in its order."""
        return self.all(
            "SELECT t.* FROM tasks t JOIN memberships m ON m.task = t.gid JOIN sections s ON s.gid = m.section "
            "WHERE m.project = ? ORDER BY s.position, m.position",
            project_gid,
        )

    def task_named(self, name: str) -> Row:
        """The first task with this name."""
        row = self._one("SELECT * FROM tasks WHERE name = ? ORDER BY gid", name)
        if row is None:
            raise Refused(404, f"no task '{name}'")
        return row

    def stories(self, task_gid: str) -> list[Row]:
        """A task's stories, oldest first."""
        return self.all("SELECT * FROM stories WHERE task = ? ORDER BY created_at, gid", task_gid)

    def comments(self, task_gid: str) -> list[str]:
        """The plain text of a task's comments, oldest first."""
        return [row["text"] for row in self.stories(task_gid) if row["resource_subtype"] == "comment_added"]

    def dependencies(self, task_gid: str) -> list[str]:
        """GIDs that a task waits for."""
        return [row["needs"] for row in self.all("SELECT needs FROM dependencies WHERE task = ?", task_gid)]

    def user_of_token(self, token: str) -> Row | None:
        """The user that a token names."""
        return self._one("SELECT * FROM users WHERE token = ?", token)

    def find_user(self, wanted: str, me: str | None = None) -> Row | None:
        """A user by GID, e-mail or `me`."""
        return (
            self.get("users", me)
            if wanted == "me"
            else self._one("SELECT * FROM users WHERE gid = ? OR lower(email) = lower(?)", wanted, wanted)
        )

    # --- set-up ---

    def new_gid(self) -> str:
        """A GID that nothing else has."""
        with self.lock:
            self._db.execute("UPDATE counter SET n = n + 1")
            row = self._one("SELECT n FROM counter")
            assert row is not None
            return str(row["n"])

    def _first_workspace(self) -> str:
        row = self._one("SELECT gid FROM workspaces")
        if row is not None:
            return str(row["gid"])
        gid = self.new_gid()
        self._insert("workspaces", gid=gid, name="Sandbox")
        return gid

    def _insert(self, table: str, **values: Any) -> None:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        with self.lock:
            self._db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))  # noqa: S608

    def _set(self, table: str, gid: str, **values: Any) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        with self.lock:
            self._db.execute(f"UPDATE {table} SET {columns} WHERE gid = ?", (*values.values(), gid))  # noqa: S608

    def add_user(self, name: str, *, email: str = "", token: str | None = None) -> str:
        """A user; a request with `token` is theirs."""
        gid = self.new_gid()
        email = email or f"{name.split()[0].lower()}@example.com"
        self._insert("users", gid=gid, name=name, email=email, token=token)
        return gid

    def add_portfolio(self, name: str, *, owner: str | None = None) -> str:
        """A portfolio."""
        gid = self.new_gid()
        self._insert("portfolios", gid=gid, name=name, owner=owner, workspace=self.workspace_gid)
        return gid

    def add_project(
        self, name: str, *, notes: str = "", portfolio: str | None = None, owner: str | None = None, **more: Any
    ) -> str:
        """A project with one untitled section, in a portfolio where one is named."""
        gid = self.new_gid()
        self._insert("projects", gid=gid, name=name, notes=notes, owner=owner, workspace=self.workspace_gid, **more)
        self.add_section(gid, "Untitled section")
        if portfolio is not None:
            self._insert("portfolio_items", portfolio=portfolio, project=gid)
        return gid

    def set_notes(self, project_gid: str, notes: str) -> None:
        """Change a project's notes."""
        self._set("projects", project_gid, notes=notes)

    def add_section(self, project_gid: str, name: str) -> str:
        """A section at the end of a project."""
        gid = self.new_gid()
        count = len(self.all("SELECT gid FROM sections WHERE project = ?", project_gid))
        self._insert("sections", gid=gid, project=project_gid, name=name, position=count)
        return gid

    def section(self, project_gid: str, name: str | None = None) -> str:
        """A section by its name, made where there is none; the first where none is named."""
        rows = self.all("SELECT * FROM sections WHERE project = ? ORDER BY position", project_gid)
        for row in rows:
            if name is None or row["name"].casefold() == name.casefold():
                return str(row["gid"])
        return self.add_section(project_gid, name or "Untitled section")

    # --- what people and programs do ---

    def add_task(
        self,
        project_gid: str | None,
        name: str,
        *,
        section: str | None = None,
        by: str | None = None,
        tags: tuple[str, ...] = (),
        dependencies: tuple[str, ...] = (),
        **fields: Any,
    ) -> str:
        """A task at the end of a section; `fields` are columns such as notes, assignee, parent, completed."""
        with self.lock:
            gid, now = self.new_gid(), timestamp()
            values = {
                "created_at": now,
                "modified_at": now,
                "created_by": by,
                "workspace": self.workspace_gid,
                **fields,
            }
            self._insert("tasks", gid=gid, name=name, **values)
            if project_gid is not None:
                self.add_membership(gid, project_gid, self.section(project_gid, section))
            for tag in tags:
                self.tag(gid, tag)
            if dependencies:
                self.add_dependencies(gid, list(dependencies))
            return gid

    def add_membership(self, task_gid: str, project_gid: str, section_gid: str) -> None:
        """Put a task at the end of a section of a project."""
        with self.lock:
            last = self._one("SELECT max(position) AS p FROM memberships WHERE section = ?", section_gid)
            position = (last["p"] if last and last["p"] is not None else 0) + 1
            self._db.execute(
                "INSERT INTO memberships VALUES (?, ?, ?, ?) ON CONFLICT (task, project) DO UPDATE "
                "SET section = excluded.section, position = excluded.position",
                (task_gid, project_gid, section_gid, position),
            )

    def tag(self, task_gid: str, name: str) -> None:
        """Tag a task."""
        with self.lock:
            row = self._one("SELECT gid FROM tags WHERE name = ?", name)
            gid = row["gid"] if row else self.new_gid()
            if row is None:
                self._insert("tags", gid=gid, name=name)
            self._db.execute("INSERT OR IGNORE INTO task_tags VALUES (?, ?)", (task_gid, gid))

    def change_task(self, gid: str, by: str | None, **fields: Any) -> None:
        """Change a task's columns, with the system stories that Asana writes."""
        with self.lock:
            before = self.task(gid)
            if "completed" in fields and bool(before["completed"]) != bool(fields["completed"]):
                done = bool(fields["completed"])
                fields["completed_at"] = timestamp() if done else None
                words = "marked this task complete" if done else "marked this task incomplete"
                self._story(gid, "marked_complete" if done else "marked_incomplete", words, by)
            if "assignee" in fields and fields["assignee"] != before["assignee"]:
                self._story(gid, "assigned" if fields["assignee"] else "unassigned", "assigned this task", by)
            self._set("tasks", gid, **fields, modified_at=timestamp())

    def complete(self, gid: str, by: str | None = None) -> None:
        """Complete a task as somebody."""
        self.change_task(gid, by, completed=1)

    def reopen(self, gid: str, by: str | None = None) -> None:
        """Mark a task incomplete again."""
        self.change_task(gid, by, completed=0)

    def assign(self, gid: str, user: str | None, by: str | None = None) -> None:
        """Assign a task to a user, or to nobody."""
        self.change_task(gid, by, assignee=user)

    def delete_task(self, gid: str) -> None:
        """Delete a task."""
        with self.lock:
            self._db.execute("DELETE FROM memberships WHERE task = ?", (gid,))
            self._db.execute("DELETE FROM dependencies WHERE task = ? OR needs = ?", (gid, gid))
            self._db.execute("DELETE FROM tasks WHERE gid = ?", (gid,))

    def comment(self, task_gid: str, text: str = "", *, html: str | None = None, by: str | None = None) -> str:
        """Comment on a task; returns the story's GID. Raises RichTextError for HTML that Asana refuses."""
        with self.lock:
            self.task(task_gid)
            words = plain_text(html) if html is not None else text
            gid = self._story(task_gid, "comment_added", words, by, html)
            self._set("tasks", task_gid, modified_at=timestamp())
            return gid

    def _story(self, task_gid: str, subtype: str, text: str, by: str | None, html: str | None = None) -> str:
        gid = self.new_gid()
        self._insert(
            "stories",
            gid=gid,
            task=task_gid,
            resource_subtype=subtype,
            text=text,
            html_text=html,
            created_at=timestamp(),
            created_by=by,
        )
        return gid

    def add_dependencies(self, task_gid: str, needs: list[str]) -> None:
        """Make a task wait for others; at most 30 links a task, as Asana has it."""
        with self.lock:
            for gid in (task_gid, *needs):
                self.task(gid)
            for gid in {task_gid, *needs}:
                links = self.all("SELECT * FROM dependencies WHERE task = ? OR needs = ?", gid, gid)
                new = len(set(needs) - set(self.dependencies(task_gid))) if gid == task_gid else 1
                if len(links) + new > MOST_LINKS and not {(task_gid, gid)} & {(r["task"], r["needs"]) for r in links}:
                    raise Refused(
                        400, f"dependencies: a task can have at most {MOST_LINKS} dependencies and dependents"
                    )
            for gid in needs:
                self._db.execute("INSERT OR IGNORE INTO dependencies VALUES (?, ?)", (task_gid, gid))

    def remove_dependencies(self, task_gid: str, needs: list[str]) -> None:
        """Make a task wait no more."""
        with self.lock:
            for gid in needs:
                self._db.execute("DELETE FROM dependencies WHERE task = ? AND needs = ?", (task_gid, gid))
