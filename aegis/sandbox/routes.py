"""The API's routes: what is asked, checked as Asana checks it, and what is answered."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aegis.sandbox.render import Renderer, Tree, parse_fields
from aegis.sandbox.richtext import RichTextError, plain_text
from aegis.sandbox.store import Refused, Row, Store

PAGE_LIMIT = 100
MOST_BATCHED = 10
_READ_ONLY = {"dependencies", "dependents", "created_at", "created_by", "modified_at", "completed_at", "num_subtasks"}


@dataclass(frozen=True)
class Request:
    """One request to the API."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    user: Row

    @property
    def fields(self) -> Tree | None:
        """What `opt_fields` asks for."""
        return parse_fields(self.query.get("opt_fields"))

    @property
    def data(self) -> dict[str, Any]:
        """The body's `data`; 400 where there is none."""
        data = self.body.get("data") if isinstance(self.body, dict) else None
        if not isinstance(data, dict):
            raise Refused(400, "Could not parse request data: no 'data' object in the body")
        return data


@dataclass(frozen=True)
class Answer:
    """What the API answers."""

    status: int
    body: dict[str, Any]


Handler = Callable[["Api", Request, str], Answer]


class Api:
    """Answers requests from the store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.renderer = Renderer(store)

    def handle(self, request: Request) -> Answer:
        """The answer to a request, errors included."""
        try:
            for method, pattern, handler in ROUTES:
                found = re.fullmatch(pattern.replace("{gid}", r"([^/]+)"), request.path)
                if found and method == request.method:
                    with self.store.lock:
                        return handler(self, request, found[1] if found.groups() else "")
            raise Refused(404, "Not Found: no such route")
        except Refused as refused:
            return Answer(refused.status, {"errors": [{"message": refused.message, "help": "For more information..."}]})
        except RichTextError as error:
            return Answer(400, {"errors": [{"message": f"xml_parsing_error: {error}", "help": ""}]})

    def one(self, request: Request, table: str, row: Row, status: int = 200) -> Answer:
        """One record as an answer."""
        return Answer(status, {"data": self.renderer.record(table, row, request.fields, full=True)})

    def page(self, request: Request, table: str, rows: list[Row]) -> Answer:
        """A page of records as an answer."""
        limit, start = _limit(request), _offset(request)
        shown = rows[start : start + limit] if limit else rows[start : start + 1000]
        body: dict[str, Any] = {"data": [self.renderer.record(table, row, request.fields) for row in shown]}
        if limit:
            more = start + limit < len(rows)
            token = base64.urlsafe_b64encode(f"at:{start + limit}".encode()).decode()
            path = f"{request.path}?limit={limit}&offset={token}"
            body["next_page"] = {"offset": token, "path": path, "uri": path} if more else None
        return Answer(200, body)


def _limit(request: Request) -> int | None:
    text = request.query.get("limit")
    if text is None:
        return None
    if not text.isdigit() or not 1 <= int(text) <= PAGE_LIMIT:
        raise Refused(400, f"limit: Must be between 1 and {PAGE_LIMIT}")
    return int(text)


def _offset(request: Request) -> int:
    token = request.query.get("offset")
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("at:"))
    except ValueError:
        raise Refused(400, "offset: Your pagination token is invalid.") from None


def _time(text: str | None, name: str) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, f"{name}: Not a valid date-time") from None


def _user(api: Api, request: Request, gid: str) -> Answer:
    row = api.store.find_user(gid, me=request.user["gid"])
    if row is None:
        raise Refused(404, f"user: Unknown object: {gid}")
    return api.one(request, "users", row)


def _single(table: str) -> Handler:
    return lambda api, request, gid: api.one(request, table, api.store.need(table, gid))


def _items(api: Api, request: Request, gid: str) -> Answer:
    api.store.need("portfolios", gid)
    query = (
        "SELECT p.* FROM projects p JOIN portfolio_items i ON i.project = p.gid WHERE i.portfolio = ? ORDER BY i.rowid"
    )
    return api.page(request, "projects", api.store.all(query, gid))


def _sections(api: Api, request: Request, gid: str) -> Answer:
    api.store.need("projects", gid)
    return api.page(
        request, "sections", api.store.all("SELECT * FROM sections WHERE project = ? ORDER BY position", gid)
    )


def _project_tasks(api: Api, request: Request, gid: str) -> Answer:
    api.store.need("projects", gid)
    return api.page(request, "tasks", _filtered(api.store.tasks(gid), request))


def _tasks(api: Api, request: Request, gid: str) -> Answer:
    project = request.query.get("project")
    if not project:
        raise Refused(400, "You should specify one of project, tag, section, user_task_list, or assignee + workspace")
    api.store.need("projects", project)
    return api.page(request, "tasks", _filtered(api.store.tasks(project), request))


def _filtered(rows: list[Row], request: Request) -> list[Row]:
    completed_since, modified = request.query.get("completed_since"), request.query.get("modified_since")
    if completed_since == "now":
        rows = [row for row in rows if not row["completed"]]
    elif (since := _time(completed_since, "completed_since")) is not None:
        rows = [r for r in rows if not r["completed"] or _time(r["completed_at"], "completed_at") >= since]  # type: ignore[operator]  # a completed task has its time
    if (since := _time(modified, "modified_since")) is not None:
        rows = [row for row in rows if _time(row["modified_at"], "modified_at") >= since]  # type: ignore[operator]  # always there
    return rows


def _stories(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    return api.page(request, "stories", api.store.stories(gid))


def _comment(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    data = request.data
    text, html = data.get("text"), data.get("html_text")
    if (text is None) == (html is None):
        raise Refused(400, "text, html_text: exactly one of the two must be given")
    if not isinstance(text if html is None else html, str) or not (text or html):
        raise Refused(400, "text: Must be a non-empty string")
    story = api.store.comment(gid, text or "", html=html, by=request.user["gid"])
    return api.one(request, "stories", api.store.need("stories", story), 201)


def _create_task(api: Api, request: Request, gid: str) -> Answer:
    data = request.data
    if not any(data.get(name) for name in ("workspace", "projects", "parent", "memberships")):
        raise Refused(400, "You must specify one of workspace, parent, projects")
    fields = _task_fields(api, request, data)
    projects = data.get("projects") or [m["project"] for m in data.get("memberships") or []]
    for project in projects:
        api.store.need("projects", project)
    task = api.store.add_task(None, fields.pop("name", ""), by=request.user["gid"], **fields)
    for project in projects:
        api.store.add_membership(task, project, api.store.section(project))
    return api.one(request, "tasks", api.store.task(task), 201)


def _change_task(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    fields = _task_fields(api, request, request.data)
    if fields:
        api.store.change_task(gid, request.user["gid"], **fields)
    return api.one(request, "tasks", api.store.task(gid))


def _task_fields(api: Api, request: Request, data: dict[str, Any]) -> dict[str, Any]:
    """The columns that a body sets, checked."""
    if wrong := _READ_ONLY & data.keys():
        raise Refused(400, f"{min(wrong)}: this field is read-only")
    fields = _text_fields(data)
    if "completed" in data:
        if not isinstance(data["completed"], bool):
            raise Refused(400, "completed: Must be a boolean")
        fields["completed"] = int(data["completed"])
    if "assignee" in data:
        fields["assignee"] = _assignee(api, request, data["assignee"])
    for name, parse in (("due_on", date), ("start_on", date), ("due_at", datetime), ("start_at", datetime)):
        if name in data:
            fields[name] = _dated(data[name], name, parse)
    if data.get("parent"):
        fields["parent"] = api.store.task(data["parent"])["gid"]
    return fields


def _text_fields(data: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in ("name", "notes", "html_notes", "approval_status", "resource_subtype"):
        if name in data:
            if not isinstance(data[name], str):
                raise Refused(400, f"{name}: Must be a string")
            fields[name] = data[name]
    if "notes" in fields and "html_notes" in fields:
        raise Refused(400, "notes, html_notes: only one of the two may be given")
    if "html_notes" in fields:
        fields["notes"] = plain_text(fields["html_notes"])
    return fields


def _assignee(api: Api, request: Request, wanted: Any) -> str | None:
    if wanted is None:
        return None
    user = api.store.find_user(wanted, me=request.user["gid"]) if isinstance(wanted, str) else None
    if user is None:
        raise Refused(400, f"assignee: Not a recognized ID: {wanted}")
    return str(user["gid"])


def _dated(value: Any, name: str, kind: type[date] | type[datetime]) -> str | None:
    if value is None:
        return None
    try:
        kind.fromisoformat(value)
    except (TypeError, ValueError):
        raise Refused(400, f"{name}: Not a valid date") from None
    return str(value)


def _subtasks(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    return api.page(request, "tasks", api.store.all("SELECT * FROM tasks WHERE parent = ? ORDER BY rowid", gid))


def _create_subtask(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    fields = _task_fields(api, request, {**request.data, "parent": gid})
    task = api.store.add_task(None, fields.pop("name", ""), by=request.user["gid"], **fields)
    return api.one(request, "tasks", api.store.task(task), 201)


def _dependencies(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    return api.page(request, "tasks", [api.store.task(needed) for needed in api.store.dependencies(gid)])


def _dependency_gids(request: Request, name: str) -> list[str]:
    gids = request.data.get(name)
    if not isinstance(gids, list) or not all(isinstance(gid, str) for gid in gids):
        raise Refused(400, f"{name}: Missing input")
    return gids


def _add_dependencies(api: Api, request: Request, gid: str) -> Answer:
    api.store.add_dependencies(gid, _dependency_gids(request, "dependencies"))
    return Answer(200, {"data": {}})


def _remove_dependencies(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    api.store.remove_dependencies(gid, _dependency_gids(request, "dependencies"))
    return Answer(200, {"data": {}})


def _add_to_section(api: Api, request: Request, gid: str) -> Answer:
    section = api.store.need("sections", gid)
    task = api.store.task(str(request.data.get("task")))
    api.store.add_membership(task["gid"], section["project"], gid)
    return Answer(200, {"data": {}})


def _add_project(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    project = api.store.need("projects", request.data.get("project"))
    section = request.data.get("section") or api.store.section(project["gid"])
    api.store.add_membership(gid, project["gid"], section)
    return Answer(200, {"data": {}})


def _attachments(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(request.query.get("parent") or gid)
    return Answer(200, {"data": [], "next_page": None})


def _batch(api: Api, request: Request, gid: str) -> Answer:
    actions = request.data.get("actions")
    if not isinstance(actions, list) or not 1 <= len(actions) <= MOST_BATCHED:
        raise Refused(400, f"actions: between 1 and {MOST_BATCHED} are allowed")
    results = []
    for action in actions:
        options = action.get("options") or {}
        query = {str(name): str(value) for name, value in (action.get("data") or {}).items()}
        if options.get("fields"):
            query["opt_fields"] = ",".join(options["fields"])
        query |= {name: str(options[name]) for name in ("limit", "offset") if name in options}
        method = str(action.get("method", "")).upper()
        part = Request(method, str(action.get("relative_path")), query, {"data": action.get("data")}, request.user)
        answer = api.handle(part)
        results.append({"status_code": answer.status, "headers": {}, "body": answer.body})
    return Answer(200, {"data": results})


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/users/{gid}", _user),
    ("GET", "/workspaces/{gid}", _single("workspaces")),
    ("GET", "/portfolios/{gid}", _single("portfolios")),
    ("GET", "/portfolios/{gid}/items", _items),
    ("GET", "/projects/{gid}", _single("projects")),
    ("GET", "/projects/{gid}/sections", _sections),
    ("GET", "/projects/{gid}/tasks", _project_tasks),
    ("GET", "/tasks", _tasks),
    ("POST", "/tasks", _create_task),
    ("GET", "/tasks/{gid}", _single("tasks")),
    ("PUT", "/tasks/{gid}", _change_task),
    ("GET", "/tasks/{gid}/stories", _stories),
    ("POST", "/tasks/{gid}/stories", _comment),
    ("GET", "/tasks/{gid}/subtasks", _subtasks),
    ("POST", "/tasks/{gid}/subtasks", _create_subtask),
    ("GET", "/tasks/{gid}/dependencies", _dependencies),
    ("POST", "/tasks/{gid}/addDependencies", _add_dependencies),
    ("POST", "/tasks/{gid}/removeDependencies", _remove_dependencies),
    ("POST", "/tasks/{gid}/addProject", _add_project),
    ("POST", "/sections/{gid}/addTask", _add_to_section),
    ("GET", "/stories/{gid}", _single("stories")),
    ("GET", "/attachments", _attachments),
    ("POST", "/batch", _batch),
]
"""Every route, as in Asana's published description with `{gid}` for the object's own."""
