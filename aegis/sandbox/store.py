"""What the sandbox holds: workspaces, users, portfolios, projects, tasks and stories, in SQLite."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from aegis.sandbox.richtext import plain_text
from aegis.sandbox.rows import Refused, Row, Rows, timestamp

MOST_LINKS = 30
"""Dependencies and dependents of a task together (Asana's published API description)."""
MOST_PROJECTS = 20
"""Projects that a task may be in (the same)."""
MOST_ATTACHED = 100 * 1024 * 1024
"""Bytes of an uploaded file (the same)."""


class Store(Rows):
    """All that the sandbox knows; each method is one transaction. Times are UTC, people and things are GIDs."""

    def __init__(self, database: Path | None = None) -> None:
        super().__init__(database)
        self._epoch = 1
        self.workspace_gid = self._first_workspace()

    # --- reading ---

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

    def dependents(self, task_gid: str) -> list[str]:
        """GIDs of the tasks that wait for this one."""
        return [row["task"] for row in self.all("SELECT task FROM dependencies WHERE needs = ?", task_gid)]

    def exists(self, gid: str) -> bool:
        """Whether a mention of this GID would be understood."""
        return any(self.get(table, gid) for table in ("users", "tasks", "projects", "portfolios"))

    def state(self) -> dict[str, list[Row]]:
        """Everything that programs and people change, table by table."""
        with self.lock:
            tables = (
                "projects",
                "sections",
                "memberships",
                "tasks",
                "task_tags",
                "dependencies",
                "stories",
                "attachments",
            )
            return {name: self.all(f"SELECT * FROM {name}") for name in tables}  # noqa: S608 - names of our own tables

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

    def _first_workspace(self) -> str:
        row = self._one("SELECT gid FROM workspaces")
        if row is not None:
            return str(row["gid"])
        gid = self.new_gid()
        self._insert("workspaces", gid=gid, name="Sandbox")
        return gid

    def add_workspace(self, name: str) -> str:
        """Another workspace; what is made without naming one goes to the first."""
        gid = self.new_gid()
        self._insert("workspaces", gid=gid, name=name)
        return gid

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
        with self.transaction():
            gid = self.new_gid()
            values = {"workspace": self.workspace_gid, **more}
            self._insert("projects", gid=gid, name=name, notes=notes, owner=owner, **values)
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

    # --- events ---

    def sync_token(self, project_gid: str, after: int | None = None) -> str:
        """A place in a project's stream of events: after one of them, or where it is now."""
        if after is None:
            row = self._one("SELECT max(id) AS last FROM events WHERE project = ?", project_gid)
            after = int(row["last"] or 0) if row is not None else 0
        return f"{self._epoch}-{project_gid}-{after}"

    def expire_sync_tokens(self) -> None:
        """All tokens so far are too old from now on."""
        self._epoch += 1

    def events_since(self, project_gid: str, token: str, limit: int) -> list[Row] | None:
        """The events after a token's place; None for a token that is none, or too old."""
        epoch, _, rest = token.partition("-")
        project, _, after = rest.partition("-")
        if epoch != str(self._epoch) or project != project_gid or not after.isdigit():
            return None
        query = "SELECT * FROM events WHERE project = ? AND id > ? ORDER BY id LIMIT ?"
        return self.all(query, project_gid, int(after), limit)

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
        with self.transaction():
            gid, now = self.new_gid(), timestamp()
            values = {
                "created_at": now,
                "modified_at": now,
                "created_by": by,
                "workspace": self.workspace_gid,
                "completed_at": now if fields.get("completed") else None,
                **fields,
            }
            self._insert("tasks", gid=gid, name=name, **values)
            if project_gid is not None:
                self.add_membership(gid, project_gid, self.section(project_gid, section))
            for tag in tags:
                self.tag(gid, tag)
            if dependencies:
                self.add_dependencies(gid, list(dependencies))
            self._set("tasks", gid, modified_at=values["modified_at"])
            return gid

    def add_membership(
        self, task_gid: str, project_gid: str, section_gid: str, *, before: str | None = None, after: str | None = None
    ) -> None:
        """Put a task into a section, which it leaves the project's other one for; at the end unless told where.

        Args:
            before: the task in that section that it goes before; an empty string means the top.
            after: the task in that section that it goes after; an empty string means the end.
        """
        with self.transaction():
            if self.need("sections", section_gid)["project"] != project_gid:
                raise Refused(400, f"section: {section_gid} is not a section of the project {project_gid}")
            position = self._position(section_gid, task_gid, before, after)
            self._db.execute(
                "INSERT INTO memberships VALUES (?, ?, ?, ?) ON CONFLICT (task, project) DO UPDATE "
                "SET section = excluded.section, position = excluded.position",
                (task_gid, project_gid, section_gid, position),
            )
            if len(self.all("SELECT task FROM memberships WHERE task = ?", task_gid)) > MOST_PROJECTS:
                raise Refused(400, f"project: a task can be in at most {MOST_PROJECTS} projects")
            self._set("tasks", task_gid, modified_at=timestamp())

    def _position(self, section_gid: str, task_gid: str, before: str | None, after: str | None) -> float:
        """A number between those of its neighbours-to-be."""
        query = "SELECT task, position FROM memberships WHERE section = ? AND task <> ? ORDER BY position"
        rows = self.all(query, section_gid, task_gid)
        gids, places = [row["task"] for row in rows], [float(row["position"]) for row in rows]
        for anchor in (before, after):
            if anchor and anchor not in gids:
                raise Refused(400, f"insert_before, insert_after: {anchor} is not in that section")
        if before is not None:
            at = gids.index(before) if before else 0
        else:
            at = gids.index(after) + 1 if after else len(gids)
        if not places:
            return 1.0
        if at in (0, len(places)):
            return places[0] - 1 if at == 0 else places[-1] + 1
        return (places[at - 1] + places[at]) / 2

    def move_to_section(
        self, task_gid: str, section_gid: str, *, by: str | None = None, before: str | None = None, after: str = ""
    ) -> None:
        """Put a task into a section as somebody, with the system story of a task that changed its section."""
        with self.transaction():
            section = self.need("sections", section_gid)
            old = self._one(
                "SELECT s.* FROM sections s JOIN memberships m ON m.section = s.gid WHERE m.task = ? AND m.project = ?",
                task_gid,
                section["project"],
            )
            self.add_membership(task_gid, section["project"], section_gid, before=before, after=after or None)
            if old is not None and old["gid"] != section_gid:
                words = f'moved this task from "{old["name"]}" to "{section["name"]}"'
                self._story(task_gid, "section_changed", words, by)

    def section_of(self, task_gid: str, project_gid: str) -> str | None:
        """The name of the section of a project that a task stands in."""
        query = (
            "SELECT s.name FROM sections s JOIN memberships m ON m.section = s.gid WHERE m.task = ? AND m.project = ?"
        )
        row = self._one(query, task_gid, project_gid)
        return None if row is None else str(row["name"])

    def delete_section(self, gid: str) -> None:
        """Take a section away; its tasks go to the project's first one."""
        with self.transaction():
            project = self.need("sections", gid)["project"]
            self._db.execute("DELETE FROM sections WHERE gid = ?", (gid,))
            self._db.execute("UPDATE memberships SET section = ? WHERE section = ?", (self.section(project), gid))

    def remove_membership(self, task_gid: str, project_gid: str) -> None:
        """Take a task out of a project."""
        with self.transaction():
            self._db.execute("DELETE FROM memberships WHERE task = ? AND project = ?", (task_gid, project_gid))
            self._set("tasks", task_gid, modified_at=timestamp())

    def tag(self, task_gid: str, name: str) -> None:
        """Tag a task with a tag of this name, made where there is none."""
        with self.transaction():
            row = self._one("SELECT gid FROM tags WHERE name = ?", name)
            gid = row["gid"] if row else self.new_gid()
            if row is None:
                self._insert("tags", gid=gid, name=name)
            self.add_tag(task_gid, gid)

    def add_tag(self, task_gid: str, tag_gid: str) -> None:
        """Tag a task with a tag that there is."""
        with self.transaction():
            self._db.execute("INSERT OR IGNORE INTO task_tags VALUES (?, ?)", (task_gid, tag_gid))
            self._set("tasks", task_gid, modified_at=timestamp())

    def remove_tag(self, task_gid: str, tag_gid: str) -> None:
        """Take a tag off a task."""
        with self.transaction():
            self._db.execute("DELETE FROM task_tags WHERE task = ? AND tag = ?", (task_gid, tag_gid))
            self._set("tasks", task_gid, modified_at=timestamp())

    def change_task(self, gid: str, by: str | None, **fields: Any) -> None:
        """Change a task's columns, with the system stories that Asana writes."""
        with self.transaction():
            before = self.task(gid)
            if "approval" in (before["resource_subtype"], fields.get("resource_subtype")):
                fields |= _approval(fields)
            if "completed" in fields and bool(before["completed"]) != bool(fields["completed"]):
                done = bool(fields["completed"])
                fields["completed_at"] = timestamp() if done else None
                words = "marked this task complete" if done else "marked this task incomplete"
                self._story(gid, "marked_complete" if done else "marked_incomplete", words, by)
            if "assignee" in fields and fields["assignee"] != before["assignee"]:
                user = self.get("users", fields["assignee"])
                words = f"assigned to {user['name']}" if user else "removed the assignee"
                self._story(gid, "assigned" if user else "unassigned", words, by)
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
        """Delete a task, its subtasks included."""
        with self.transaction():
            for row in self.all("SELECT gid FROM tasks WHERE parent = ?", gid):
                self.delete_task(row["gid"])
            self._db.execute("DELETE FROM memberships WHERE task = ?", (gid,))
            self._db.execute("DELETE FROM task_tags WHERE task = ?", (gid,))
            self._db.execute("DELETE FROM dependencies WHERE task = ? OR needs = ?", (gid, gid))
            self._db.execute("DELETE FROM stories WHERE task = ?", (gid,))
            for row in self.attachments(gid):
                self.delete_attachment(row["gid"])
            self._db.execute("DELETE FROM tasks WHERE gid = ?", (gid,))

    def comment(
        self,
        task_gid: str,
        text: str = "",
        *,
        html: str | None = None,
        by: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Comment on a task; returns the story's GID. Raises RichTextError for HTML that Asana refuses."""
        with self.transaction():
            self.task(task_gid)
            words = text if html is None else plain_text(html, known=self.exists)
            html = f"<body>{escape(text)}</body>" if html is None else html
            gid = self._story(task_gid, "comment_added", words, by, html, at)
            self._set("tasks", task_gid, modified_at=timestamp())
            return gid

    def edit_comment(self, gid: str, text: str = "", *, html: str | None = None, by: str | None = None) -> None:
        """Give a comment other words. Refused where it is no comment, or somebody else's."""
        with self.transaction():
            story = self.need("stories", gid)
            if story["resource_subtype"] != "comment_added":
                raise Refused(400, "text: only comment stories can have their text updated")
            if story["created_by"] != by:
                raise Refused(403, "story: you do not have permission to edit this comment")
            words = text if html is None else plain_text(html, known=self.exists)
            self._set("stories", gid, text=words, html_text=f"<body>{escape(text)}</body>" if html is None else html)
            self._set("tasks", story["task"], modified_at=timestamp())

    def delete_comment(self, gid: str) -> None:
        """Take a comment away, as its author does."""
        with self.transaction():
            self._db.execute("DELETE FROM stories WHERE gid = ?", (self.need("stories", gid)["gid"],))

    def _story(
        self,
        task_gid: str,
        subtype: str,
        text: str,
        by: str | None,
        html: str | None = None,
        at: datetime | None = None,
    ) -> str:
        gid = self.new_gid()
        self._insert(
            "stories",
            gid=gid,
            task=task_gid,
            resource_subtype=subtype,
            text=text,
            html_text=html or f"<body>{escape(text)}</body>",
            created_at=timestamp(at),
            created_by=by,
        )
        return gid

    def attach(
        self,
        task_gid: str,
        name: str,
        data: bytes = b"",
        *,
        url: str | None = None,
        host: str | None = None,
        by: str | None = None,
    ) -> str:
        """Attach a file to a task, or with `url` a link; returns the attachment's GID.

        Args:
            host: where a link leads (`gdrive`, `dropbox` and so on); else `external`. A file lies with `asana`.
        """
        if len(data) > MOST_ATTACHED:
            raise Refused(413, f"file: at most {MOST_ATTACHED} bytes can be attached")
        with self.transaction():
            self.task(task_gid)
            gid, host = self.new_gid(), host or ("asana" if url is None else "external")
            size = len(data) if url is None else None
            values = {"parent": task_gid, "name": name, "host": host, "url": url, "size": size}
            self._insert("attachments", gid=gid, **values, created_at=timestamp(), created_by=by)
            if url is None:
                self._insert("files", gid=gid, data=data)
            self._story(task_gid, "attachment_added", f"attached {name}", by)
            self._set("tasks", task_gid, modified_at=timestamp())
            return gid

    def attachments(self, task_gid: str) -> list[Row]:
        """A task's attachments, oldest first; their bytes are read by `file`."""
        return self.all("SELECT * FROM attachments WHERE parent = ? ORDER BY created_at, gid", task_gid)

    def file(self, attachment_gid: str) -> bytes:
        """The bytes of an attached file; 404 where there is none."""
        return bytes(self.need("files", attachment_gid)["data"])

    def delete_attachment(self, gid: str) -> None:
        """Take an attachment away."""
        with self.transaction():
            for table in ("files", "attachments"):
                self._db.execute(f"DELETE FROM {table} WHERE gid = ?", (gid,))  # noqa: S608 - names of our own tables

    def add_dependencies(self, task_gid: str, needs: list[str]) -> None:
        """Make a task wait for others; links that are there are left alone. Refused over 30 links a task."""
        with self.transaction():
            for gid in (task_gid, *needs):
                self.task(gid)
            for gid in needs:
                self._db.execute("INSERT OR IGNORE INTO dependencies VALUES (?, ?)", (task_gid, gid))
            for gid in {task_gid, *needs}:
                if len(self.dependencies(gid)) + len(self.dependents(gid)) > MOST_LINKS:
                    words = f"a task can have at most {MOST_LINKS} dependencies and dependents"
                    raise Refused(400, f"dependencies: {words}")

    def remove_dependencies(self, task_gid: str, needs: list[str]) -> None:
        """Make a task wait no more."""
        with self.transaction():
            for gid in needs:
                self._db.execute("DELETE FROM dependencies WHERE task = ? AND needs = ?", (task_gid, gid))


def _approval(fields: dict[str, Any]) -> dict[str, Any]:
    """Completion and approval go together: completed means approved, any verdict means completed."""
    if "approval_status" in fields:
        return {"completed": int(fields["approval_status"] != "pending")}
    if "completed" in fields:
        return {"approval_status": "approved" if fields["completed"] else "pending"}
    return {}
