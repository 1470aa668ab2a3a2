"""What a request brings along, checked as Asana checks it: anything else is refused with 400."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from aegis.sandbox.richtext import plain_text
from aegis.sandbox.rows import Refused, timestamp
from aegis.sandbox.store import Store

_READ_ONLY = frozenset(
    ("dependencies", "dependents", "created_at", "created_by", "modified_at", "completed_at", "num_subtasks", "gid")
)
_CHOICES = {
    "approval_status": ("pending", "approved", "rejected", "changes_requested"),
    "resource_subtype": ("default_task", "milestone", "approval"),
}


def gid(data: Mapping[str, Any], name: str) -> str:
    """A GID that must be there."""
    value = data.get(name)
    if value is None:
        raise Refused(400, f"{name}: Missing input")
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise Refused(400, f"{name}: Not a recognized ID: {value}")
    return value


def gids(data: Mapping[str, Any], name: str, *, needed: bool = False) -> list[str]:
    """A list of GIDs; an empty one where none is given and none is needed."""
    values = data.get(name)
    if values is None and not needed:
        return []
    if not isinstance(values, list) or (needed and not values):
        raise Refused(400, f"{name}: Missing input")
    return [gid({name: value}, name) for value in values]


def instant(text: str, name: str) -> datetime:
    """A time; one without a zone is taken as UTC."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Refused(400, f"{name}: Not a valid date-time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def anchors(data: Mapping[str, Any], *, at_top: bool) -> dict[str, str]:
    """Where in a section: `insert_before` null means its end and `insert_after` null its top, as Asana has it.

    Args:
        at_top: where to without either: addTask goes to the top, addProject to the end.
    """
    if "insert_before" in data and "insert_after" in data:
        raise Refused(400, "insert_before, insert_after: only one of the two may be given")
    if "insert_before" in data:
        return {"before": gid(data, "insert_before")} if data["insert_before"] else {"after": ""}
    if "insert_after" in data:
        return {"after": gid(data, "insert_after")} if data["insert_after"] else {"before": ""}
    return {"before": ""} if at_top else {"after": ""}


def places(store: Store, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The projects and sections that a new task goes to."""
    found = {}
    for project in gids(data, "projects"):
        found[store.need("projects", project)["gid"]] = store.section(project)
    memberships = data.get("memberships") or []
    if not isinstance(memberships, list) or not all(isinstance(one, dict) for one in memberships):
        raise Refused(400, "memberships: Must be a list of objects")
    for one in memberships:
        project = store.need("projects", gid(one, "project"))["gid"]
        found[project] = gid(one, "section") if one.get("section") else store.section(project)
    return list(found.items())


def comment(data: Mapping[str, Any]) -> dict[str, str | None]:
    """A comment's text or rich text, one of the two."""
    text, html = data.get("text"), data.get("html_text")
    if (text is None) == (html is None):
        raise Refused(400, "text, html_text: exactly one of the two must be given")
    if not isinstance(text if html is None else html, str) or not (text or html):
        raise Refused(400, "text: Must be a non-empty string")
    return {"text": text or "", "html": html}


def task_fields(store: Store, me: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a task that a body sets."""
    if wrong := _READ_ONLY & data.keys():
        raise Refused(400, f"{min(wrong)}: this field is read-only")
    fields = _texts(store, data)
    if "completed" in data:
        if not isinstance(data["completed"], bool):
            raise Refused(400, "completed: Must be a boolean")
        fields["completed"] = int(data["completed"])
    if "assignee" in data:
        fields["assignee"] = _assignee(store, me, data["assignee"])
    if data.get("parent") is not None:
        fields["parent"] = store.task(gid(data, "parent"))["gid"]
    return fields | _dates(data)


def _texts(store: Store, data: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in ("name", "notes", "html_notes", "approval_status", "resource_subtype"):
        if name not in data:
            continue
        if not isinstance(data[name], str):
            raise Refused(400, f"{name}: Must be a string")
        if data[name] not in _CHOICES.get(name, (data[name],)):
            raise Refused(400, f"{name}: Must be one of {', '.join(_CHOICES[name])}")
        fields[name] = data[name]
    if "notes" in fields and "html_notes" in fields:
        raise Refused(400, "notes, html_notes: only one of the two may be given")
    if "html_notes" in fields:
        fields["notes"] = plain_text(fields["html_notes"], headings=True, known=store.exists)
    elif "notes" in fields:
        fields["html_notes"] = None  # rich text of before would contradict it
    return fields


def _assignee(store: Store, me: str, wanted: Any) -> str | None:
    if wanted is None:
        return None
    user = store.find_user(wanted, me=me) if isinstance(wanted, str) else None
    if user is None:
        raise Refused(400, f"assignee: Not a recognized ID: {wanted}")
    return str(user["gid"])


def _dates(data: Mapping[str, Any]) -> dict[str, str | None]:
    """Days and times; a time sets its day too, and a start needs the end in the same request."""
    fields: dict[str, str | None] = {}
    for kind in ("due", "start"):
        on, at = f"{kind}_on", f"{kind}_at"
        if data.get(on) is not None and data.get(at) is not None:
            raise Refused(400, f"{on}, {at}: only one of the two may be given")
        if on in data:
            fields |= {on: _day(data[on], on), at: None}
        if data.get(at) is not None:
            moment = timestamp(instant(data[at], at))
            fields |= {at: moment, on: moment[:10]}
        elif at in data:
            fields[at] = None
    if any(data.get(name) for name in ("start_on", "start_at")) and not {"due_on", "due_at"} & data.keys():
        raise Refused(400, "start_on: due_on or due_at must be present in the request")
    return fields


def _day(value: Any, name: str) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise Refused(400, f"{name}: Not a valid date") from None
