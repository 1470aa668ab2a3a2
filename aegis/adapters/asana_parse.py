"""Asana's JSON becomes our frozen models, once. Absent optional fields are tolerated, wrong types are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from aegis.core.models import AsanaTask, Frozen, Membership, Portfolio, Project, Story, User
from aegis.errors import AsanaMalformedAnswerError

M = TypeVar("M", bound=Frozen)

USER_FIELDS = "name,email"
PORTFOLIO_FIELDS = "name,owner.name,workspace,permalink_url"
PROJECT_FIELDS = "name,notes,archived,completed,owner.name,permalink_url"
TASK_FIELDS = (
    "name,resource_subtype,completed,completed_at,approval_status,assignee.name,assignee.email,created_at,"
    "created_by.name,modified_at,due_on,due_at,start_on,start_at,notes,parent.name,num_subtasks,dependencies,"
    "memberships.project.name,memberships.section.name,permalink_url,tags.name,is_rendered_as_separator"
)
STORY_FIELDS = "created_at,created_by.name,resource_subtype,text"

_PLAIN = (
    "name",
    "resource_subtype",
    "completed",
    "completed_at",
    "approval_status",
    "created_at",
    "modified_at",
    "due_on",
    "due_at",
    "start_on",
    "start_at",
    "notes",
    "num_subtasks",
    "permalink_url",
)


def portfolio_of(data: Any) -> Portfolio:
    """A portfolio of Asana's JSON. Raises AsanaMalformedAnswerError."""
    record = _record(data, "portfolio")
    workspace = record.get("workspace") or {}
    return _made(
        Portfolio,
        "portfolio",
        gid=record.get("gid"),
        name=record.get("name") or "",
        owner=_user(record.get("owner")),
        workspace_gid=workspace.get("gid", ""),
        permalink_url=record.get("permalink_url") or "",
    )


def project_of(data: Any) -> Project:
    """A project of Asana's JSON. Raises AsanaMalformedAnswerError."""
    record = _record(data, "project")
    return _made(
        Project,
        "project",
        gid=record.get("gid"),
        name=record.get("name") or "",
        notes=record.get("notes") or "",
        archived=record.get("archived") or False,
        completed=record.get("completed") or False,
        owner=_user(record.get("owner")),
        permalink_url=record.get("permalink_url") or "",
    )


def task_of(data: Any) -> AsanaTask:
    """A task of Asana's JSON. Raises AsanaMalformedAnswerError."""
    record = _record(data, "task")
    parent = record.get("parent")
    return _made(
        AsanaTask,
        "task",
        gid=record.get("gid"),
        **{name: record[name] for name in _PLAIN if record.get(name) is not None},
        assignee=_user(record.get("assignee")),
        created_by=_user(record.get("created_by")),
        parent_gid=_record(parent, "task's parent").get("gid") if parent else None,
        dependencies=tuple(_record(one, "dependency").get("gid") for one in _list(record, "dependencies")),
        memberships=tuple(_membership(one) for one in _list(record, "memberships")),
        tags=tuple(_record(one, "tag").get("name") or "" for one in _list(record, "tags")),
        is_separator=record.get("is_rendered_as_separator") or False,
    )


def story_of(data: Any) -> Story:
    """A story of Asana's JSON. Raises AsanaMalformedAnswerError."""
    record = _record(data, "story")
    return _made(
        Story,
        "story",
        gid=record.get("gid"),
        resource_subtype=record.get("resource_subtype") or "",
        text=record.get("text") or "",
        created_at=record.get("created_at"),
        created_by=_user(record.get("created_by")),
    )


def user_of(data: Any) -> User:
    """A user of Asana's JSON. Raises AsanaMalformedAnswerError."""
    user = _user(_record(data, "user"))
    assert user is not None
    return user


def gid_of(data: Any, what: str) -> str:
    """The GID of what was made. Raises AsanaMalformedAnswerError."""
    gid = _record(data, what).get("gid")
    if not isinstance(gid, str) or not gid.isdigit():
        raise AsanaMalformedAnswerError(f"Asana's answer names no GID for the new {what}")
    return gid


def _membership(data: Any) -> Membership:
    record = _record(data, "membership")
    project, section = record.get("project") or {}, record.get("section") or {}
    return _made(
        Membership,
        "membership",
        project_gid=project.get("gid"),
        project_name=project.get("name") or "",
        section_gid=section.get("gid") or "",
        section_name=section.get("name") or "",
    )


def _user(data: Any) -> User | None:
    if data is None:
        return None
    record = _record(data, "user")
    return _made(User, "user", gid=record.get("gid"), name=record.get("name") or "", email=record.get("email") or "")


def _record(data: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise AsanaMalformedAnswerError(f"Asana's answer holds no {what} where one belongs")
    return data


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name) or []
    if not isinstance(value, list):
        raise AsanaMalformedAnswerError(f"Asana's answer: '{name}' is no list")
    return value


def _made(model: type[M], what: str, **values: Any) -> M:
    try:
        return model(**values)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise AsanaMalformedAnswerError(f"Asana's answer: the {what}'s '{where}' is wrong: {problem['msg']}") from None
