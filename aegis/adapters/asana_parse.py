"""Asana's JSON becomes our frozen models, once. Absent optional fields are tolerated, wrong types are not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from aegis.core.attachments import Attachment
from aegis.core.models import AsanaTask, Membership, Portfolio, Project, Section, Story, User
from aegis.errors import AsanaMalformedAnswerError

USER_FIELDS = "name,email"
PORTFOLIO_FIELDS = "name,owner.name,workspace,permalink_url"
PROJECT_FIELDS = "name,notes,archived,completed,owner.name,permalink_url"
TASK_FIELDS = (
    "name,resource_subtype,completed,completed_at,approval_status,assignee.name,assignee.email,created_at,"
    "created_by.name,modified_at,due_on,due_at,start_on,start_at,notes,parent.name,num_subtasks,dependencies,"
    "memberships.project.name,memberships.section.name,permalink_url,tags.name,is_rendered_as_separator"
)
PLACE_FIELDS = "memberships.project.name,memberships.section.name"
ATTACHMENT_FIELDS = "name,resource_subtype,size,download_url,view_url,permanent_url"
STORY_FIELDS = "created_at,created_by.name,resource_subtype,text"


def portfolio_of(data: Any) -> Portfolio:
    """A portfolio of Asana's JSON. Raises AsanaMalformedAnswerError."""
    record = _Record(data, "portfolio")
    workspace = record.inner("workspace")
    return Portfolio(
        gid=record.gid(),
        name=record.text("name"),
        owner=_user(record, "owner"),
        workspace_gid=workspace.gid() if workspace else "",
        permalink_url=record.text("permalink_url"),
    )


def project_of(data: Any) -> Project:
    """A project of Asana's JSON. Raises AsanaMalformedAnswerError."""
    record = _Record(data, "project")
    return Project(
        gid=record.gid(),
        name=record.text("name"),
        notes=record.text("notes"),
        archived=record.flag("archived"),
        completed=record.flag("completed"),
        owner=_user(record, "owner"),
        permalink_url=record.text("permalink_url"),
    )


def is_project(data: Any) -> bool:
    """Whether an item of a portfolio is a project; portfolios may nest. Raises AsanaMalformedAnswerError."""
    return _Record(data, "item").text("resource_type") in ("", "project")


def task_of(data: Any, *, look_up: bool = False) -> AsanaTask:
    """A task of Asana's JSON. Raises AsanaMalformedAnswerError.

    Whether it is completed must be said: a task that only looks open would be worked on. With `look_up` the notes
    must be there too, because a marker that is not found in them is taken for a task that was never made.
    """
    record = _Record(data, "task")
    parent = record.inner("parent")
    return AsanaTask(
        gid=record.gid(),
        name=record.text("name"),
        resource_subtype=record.text("resource_subtype") or "default_task",
        completed=record.flag("completed", needed=True),
        completed_at=record.moment("completed_at"),
        approval_status=record.text("approval_status") or None,
        assignee=_user(record, "assignee"),
        created_by=_user(record, "created_by"),
        created_at=record.moment("created_at"),
        modified_at=record.moment("modified_at"),
        due_on=record.day("due_on"),
        due_at=record.moment("due_at"),
        start_on=record.day("start_on"),
        start_at=record.moment("start_at"),
        notes=record.text("notes", needed=look_up),
        parent_gid=parent.gid() if parent else None,
        num_subtasks=record.number("num_subtasks"),
        dependencies=tuple(one.gid() for one in record.inners("dependencies")),
        memberships=_memberships(record),
        tags=tuple(one.text("name") for one in record.inners("tags")),
        permalink_url=record.text("permalink_url"),
        is_separator=record.flag("is_rendered_as_separator"),
    )


def places_of(data: Any) -> tuple[Membership, ...]:
    """Where a task of Asana's JSON stands. Raises AsanaMalformedAnswerError."""
    return _memberships(_Record(data, "task"))


def section_of(data: Any) -> Section:
    """A section of Asana's JSON. Raises AsanaMalformedAnswerError."""
    record = _Record(data, "section")
    return Section(gid=record.gid(), name=record.text("name"))


def story_of(data: Any) -> Story:
    """A story of Asana's JSON. Raises AsanaMalformedAnswerError.

    A comment's text must be there: a marker that is not found in it is taken for a comment that was never made.
    """
    record = _Record(data, "story")
    subtype = record.text("resource_subtype")
    return Story(
        gid=record.gid(),
        resource_subtype=subtype,
        text=record.text("text", needed=subtype == "comment_added"),
        created_at=record.moment("created_at"),
        created_by=_user(record, "created_by"),
    )


def attachment_of(data: Any) -> Attachment:
    """An attachment of Asana's JSON. Raises AsanaMalformedAnswerError.

    A file's link for people is the lasting one: the others open it to whoever has them.
    """
    record = _Record(data, "attachment")
    host = record.text("resource_subtype") or "asana"
    link = record.text("permanent_url") if host == "asana" else record.text("view_url") or record.text("download_url")
    return Attachment(
        gid=record.gid(),
        name=record.text("name"),
        host=host,
        size=record.count("size"),
        download_url=record.text("download_url") or None,
        link=link,
    )


def user_of(data: Any) -> User:
    """A user of Asana's JSON. Raises AsanaMalformedAnswerError."""
    return _user_of(_Record(data, "user"))


def gid_of(data: Any, what: str) -> str:
    """The GID of what was made. Raises AsanaMalformedAnswerError."""
    return _Record(data, f"new {what}").gid()


def is_gid(value: Any) -> bool:
    """Whether it is a GID: a string of digits."""
    return isinstance(value, str) and value.isascii() and value.isdigit()


def _memberships(record: _Record) -> tuple[Membership, ...]:
    return tuple(place for one in record.inners("memberships") if (place := _membership(one)))


def _membership(record: _Record) -> Membership | None:
    """A place of a task; None where Asana does not show the project (a private one, say)."""
    project, section = record.inner("project"), record.inner("section")
    if project is None:
        return None
    return Membership(
        project_gid=project.gid(),
        project_name=project.text("name"),
        section_gid=section.gid() if section else "",
        section_name=section.text("name") if section else "",
    )


def _user(record: _Record, name: str) -> User | None:
    found = record.inner(name)
    return _user_of(found) if found else None


def _user_of(record: _Record) -> User:
    return User(gid=record.gid(), name=record.text("name"), email=record.text("email"))


class _Record:
    """A JSON object of Asana's whose fields are read as what they must be; `what` is its name in our errors."""

    def __init__(self, data: Any, what: str) -> None:
        if not isinstance(data, Mapping):
            raise AsanaMalformedAnswerError(f"Asana's answer holds no {what} where one belongs")
        self._data = data
        self._what = what

    def gid(self) -> str:
        """Its GID, which each object has."""
        value = self._data.get("gid")
        if not is_gid(value):
            raise self._wrong("gid", "no string of digits")
        return str(value)

    def text(self, name: str, *, needed: bool = False) -> str:
        """A text, "" for null; with `needed` it must not be absent."""
        return self._field(name, str, "no text", needed) or ""

    def flag(self, name: str, *, needed: bool = False) -> bool:
        """A yes or no, no for null; with `needed` it must be one of them."""
        value: bool | None = self._field(name, bool, "neither true nor false", needed)
        if value is None and needed:
            raise self._wrong(name, "neither true nor false")
        return bool(value)

    def number(self, name: str) -> int:
        """A whole number, 0 for null."""
        return self.count(name) or 0

    def count(self, name: str) -> int | None:
        """A whole number, None for null."""
        value: int | None = self._field(name, int, "no whole number")
        if isinstance(value, bool):
            raise self._wrong(name, "no whole number")
        return value

    def moment(self, name: str) -> datetime | None:
        """A time in UTC; one without a zone is taken as UTC, which is what Asana writes."""
        text = self.text(name)
        try:
            found = datetime.fromisoformat(text) if text else None
            return found and (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            raise self._wrong(name, "no time") from None

    def day(self, name: str) -> date | None:
        """A calendar day."""
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise self._wrong(name, "no day") from None

    def inner(self, name: str) -> _Record | None:
        """An object within, None for null."""
        value = self._data.get(name)
        return None if value is None else _Record(value, f"{self._what}.{name}")

    def inners(self, name: str) -> list[_Record]:
        """The objects of a list within, none for null."""
        found = self._field(name, list, "no list") or []
        return [_Record(one, f"{self._what}.{name}") for one in found]

    def _field(self, name: str, kind: type, problem: str, needed: bool = False) -> Any:
        value = self._data.get(name)
        if value is None and (name in self._data or not needed):
            return None
        if not isinstance(value, kind):
            raise self._wrong(name, "absent" if name not in self._data else problem)
        return value

    def _wrong(self, name: str, problem: str) -> AsanaMalformedAnswerError:
        return AsanaMalformedAnswerError(f"Asana's answer: '{name}' of the {self._what} is {problem}")
