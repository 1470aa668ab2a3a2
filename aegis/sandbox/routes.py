"""The API's routes: what is asked, and what is answered."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from aegis.sandbox import attachments, events, inputs
from aegis.sandbox.messages import Answer, Request
from aegis.sandbox.render import Renderer
from aegis.sandbox.richtext import RichTextError
from aegis.sandbox.rows import Refused, Row
from aegis.sandbox.store import Store

PAGE_LIMIT = 100
MOST_UNPAGED = 1000
MOST_BATCHED = 10
_TASK_LIST = "You should specify one of project, tag, section, or assignee + workspace"


Handler = Callable[["Api", Request, str], Answer]


class Api:
    """Answers requests from the store; `root_url` is the server's own address, `base_url` the API's."""

    def __init__(self, store: Store, base_url: str = "", root_url: str = "") -> None:
        self.store = store
        self.base_url = base_url
        self.downloads = attachments.Downloads(root_url)
        self.renderer = Renderer(store, self.downloads.url)

    def handle(self, request: Request) -> Answer:
        """The answer to a request, errors included; a refused one leaves nothing behind."""
        handler, gid = _route(request)
        if handler is None:
            return Answer.error(404, "Not Found: no such route")
        try:
            if request.method == "GET":
                with self.store.lock:
                    return handler(self, request, gid)
            with self.store.transaction():
                return handler(self, request, gid)
        except Refused as refused:
            return Answer.error(refused.status, refused.message)
        except UnicodeEncodeError:  # half of a surrogate pair is no text
            return Answer.error(400, "Could not parse request data, invalid Unicode")
        except RichTextError as error:
            return Answer.error(400, f"xml_parsing_error: {error}")
        except Exception as error:  # a fault of the sandbox itself: seen as Asana's 500, with its kind
            return Answer.error(
                500, f"Server Error: {type(error).__name__}", phrase="a fault of the sandbox, not of Asana"
            )

    def one(self, request: Request, table: str, row: Row, status: int = 200) -> Answer:
        """One record as an answer."""
        return Answer(status, {"data": self.renderer.record(table, row, request.fields, full=True)})

    def page(self, request: Request, table: str, rows: list[Row]) -> Answer:
        """A page of records as an answer."""
        limit, start = _limit(request), _offset(request)
        shown = rows[start : start + (limit or MOST_UNPAGED)]
        body: dict[str, Any] = {"data": [self.renderer.record(table, row, request.fields) for row in shown]}
        if limit:
            body["next_page"] = self._next_page(request, start + limit) if start + limit < len(rows) else None
        return Answer(200, body)

    def _next_page(self, request: Request, start: int) -> dict[str, str]:
        token = base64.urlsafe_b64encode(f"at:{start}".encode()).decode()
        path = f"{request.path}?{urlencode({**request.query, 'offset': token})}"
        return {"offset": token, "path": path, "uri": f"{self.base_url}{path}"}


def _route(request: Request) -> tuple[Handler | None, str]:
    """Who answers a request, and the GID in its path."""
    for method, pattern, handler in ROUTES:
        found = re.fullmatch(pattern.replace("{gid}", r"([^/]+)"), request.path)
        if found and method == request.method:
            return handler, found[1] if found.groups() else ""
    return None, ""


def _limit(request: Request) -> int | None:
    text = request.query.get("limit")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= PAGE_LIMIT:
        raise Refused(400, f"limit: Must be between 1 and {PAGE_LIMIT}")
    return int(text)


def _offset(request: Request) -> int:
    token = request.query.get("offset")
    if not token:
        return 0
    try:
        found = re.fullmatch(r"at:(\d{1,9})", base64.urlsafe_b64decode(token).decode())
    except ValueError:
        found = None
    if found is None:
        raise Refused(400, "offset: Your pagination token has expired.")
    return int(found[1])


# --- reading ---


def _user(api: Api, request: Request, gid: str) -> Answer:
    row = api.store.find_user(gid, me=request.me)
    if row is None:
        raise Refused(404, f"user: Unknown object: {gid}")
    return api.one(request, "users", row)


def _single(table: str) -> Handler:
    return lambda api, request, gid: api.one(request, table, api.store.need(table, gid))


def _listed(table: str, query: str, parent: str | None = None) -> Handler:
    """A list of what a query finds for the GID in the path, which must be one of the table `parent`."""

    def answer(api: Api, request: Request, gid: str) -> Answer:
        if parent is None:
            return api.page(request, table, api.store.all(query))
        return api.page(request, table, api.store.all(query, api.store.need(parent, gid)["gid"]))

    return answer


def _project_tasks(api: Api, request: Request, gid: str) -> Answer:
    api.store.need("projects", gid)
    return api.page(request, "tasks", _filtered(api.store.tasks(gid), request.query))


def _section_tasks(api: Api, request: Request, gid: str) -> Answer:
    return api.page(request, "tasks", _filtered(_of_section(api.store, gid), request.query))


def _of_section(store: Store, gid: str) -> list[Row]:
    query = "SELECT t.* FROM tasks t JOIN memberships m ON m.task = t.gid WHERE m.section = ? ORDER BY m.position"
    return store.all(query, store.need("sections", gid)["gid"])


def _tasks(api: Api, request: Request, gid: str) -> Answer:
    store, query = api.store, request.query
    if query.get("project"):
        rows = store.tasks(store.need("projects", query["project"])["gid"])
    elif query.get("section"):
        rows = _of_section(store, query["section"])
    elif query.get("tag"):
        of_tag = "SELECT t.* FROM tasks t JOIN task_tags x ON x.task = t.gid WHERE x.tag = ? ORDER BY t.gid"
        rows = store.all(of_tag, store.need("tags", query["tag"])["gid"])
    elif query.get("assignee") and query.get("workspace"):
        user = store.find_user(query["assignee"], me=request.me)
        of_user = "SELECT * FROM tasks WHERE assignee = ? AND workspace = ? ORDER BY gid"
        rows = store.all(of_user, user["gid"] if user else None, query["workspace"])
    else:
        raise Refused(400, _TASK_LIST)
    return api.page(request, "tasks", _filtered(rows, query))


def _filtered(rows: list[Row], query: dict[str, str]) -> list[Row]:
    completed, modified = query.get("completed_since"), query.get("modified_since")
    if completed == "now":
        rows = [row for row in rows if not row["completed"]]
    elif completed:
        since = inputs.instant(completed, "completed_since")
        rows = [r for r in rows if not r["completed"] or inputs.instant(r["completed_at"], "completed_at") >= since]
    if modified:
        since = inputs.instant(modified, "modified_since")
        rows = [row for row in rows if inputs.instant(row["modified_at"], "modified_at") >= since]
    return rows


def _stories(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    return api.page(request, "stories", api.store.stories(gid))


# --- writing ---


def _comment(api: Api, request: Request, gid: str) -> Answer:
    said = inputs.comment(request.data)
    story = api.store.comment(gid, said["text"] or "", html=said["html"], by=request.me)
    return api.one(request, "stories", api.store.need("stories", story), 201)


def _edit_comment(api: Api, request: Request, gid: str) -> Answer:
    said = inputs.comment(request.data)
    api.store.edit_comment(gid, said["text"] or "", html=said["html"], by=request.me)
    return api.one(request, "stories", api.store.need("stories", gid))


def _create_task(api: Api, request: Request, gid: str) -> Answer:
    data = request.data
    if not any(data.get(name) for name in ("workspace", "projects", "parent", "memberships")):
        raise Refused(400, "You must specify one of workspace, parent, projects")
    if data.get("workspace"):
        api.store.need("workspaces", inputs.gid(data, "workspace"))
    return _create(api, request, data)


def _create_subtask(api: Api, request: Request, gid: str) -> Answer:
    return _create(api, request, {**request.data, "parent": api.store.task(gid)["gid"]})


def _create(api: Api, request: Request, data: dict[str, Any]) -> Answer:
    store = api.store
    fields = inputs.task_fields(store, request.me, data)
    task = store.add_task(None, fields.pop("name", ""), by=request.me, **fields)
    for project, section in inputs.places(store, data):
        store.add_membership(task, project, section)
    for tag in inputs.gids(data, "tags"):
        store.add_tag(task, store.need("tags", tag)["gid"])
    return api.one(request, "tasks", store.task(task), 201)


def _change_task(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    fields = inputs.task_fields(api.store, request.me, request.data)
    if fields:
        api.store.change_task(gid, request.me, **fields)
    return api.one(request, "tasks", api.store.task(gid))


def _delete_task(api: Api, request: Request, gid: str) -> Answer:
    api.store.delete_task(api.store.task(gid)["gid"])
    return _DONE


def _set_parent(api: Api, request: Request, gid: str) -> Answer:
    if "parent" not in request.data:
        raise Refused(400, "parent: Missing input")
    parent = request.data["parent"]
    at: str | None = gid if parent is None else inputs.gid(request.data, "parent")
    while at is not None and parent is not None:
        if at == gid:
            raise Refused(400, "parent: a task cannot stand below itself")
        at = api.store.task(at)["parent"]
    api.store.change_task(gid, request.me, parent=parent)
    return api.one(request, "tasks", api.store.task(gid))


def _add_dependencies(api: Api, request: Request, gid: str) -> Answer:
    api.store.add_dependencies(gid, inputs.gids(request.data, "dependencies", needed=True))
    return _DONE


def _remove_dependencies(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    api.store.remove_dependencies(gid, inputs.gids(request.data, "dependencies", needed=True))
    return _DONE


def _add_dependents(api: Api, request: Request, gid: str) -> Answer:
    for dependent in inputs.gids(request.data, "dependents", needed=True):
        api.store.add_dependencies(dependent, [gid])
    return _DONE


def _add_to_section(api: Api, request: Request, gid: str) -> Answer:
    section = api.store.need("sections", gid)
    task = api.store.task(inputs.gid(request.data, "task"))
    place = inputs.anchors(request.data, at_top=True)
    api.store.move_to_section(task["gid"], section["gid"], by=request.me, **place)
    return _DONE


def _add_section(api: Api, request: Request, gid: str) -> Answer:
    api.store.need("projects", gid)
    name = request.data.get("name")
    if not isinstance(name, str) or not name:
        raise Refused(400, "name: Missing input")
    return api.one(request, "sections", api.store.need("sections", api.store.add_section(gid, name)), 201)


def _add_project(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    data = request.data
    project = api.store.need("projects", inputs.gid(data, "project"))["gid"]
    section = inputs.gid(data, "section") if data.get("section") else api.store.section(project)
    api.store.add_membership(gid, project, section, **inputs.anchors(data, at_top=False))
    return _DONE


def _remove_project(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    api.store.remove_membership(gid, api.store.need("projects", inputs.gid(request.data, "project"))["gid"])
    return _DONE


def _add_tag(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    api.store.add_tag(gid, api.store.need("tags", inputs.gid(request.data, "tag"))["gid"])
    return _DONE


def _remove_tag(api: Api, request: Request, gid: str) -> Answer:
    api.store.task(gid)
    api.store.remove_tag(gid, api.store.need("tags", inputs.gid(request.data, "tag"))["gid"])
    return _DONE


def _batch(api: Api, request: Request, gid: str) -> Answer:
    actions = request.data.get("actions")
    if not isinstance(actions, list) or not 1 <= len(actions) <= MOST_BATCHED:
        raise Refused(400, f"actions: between 1 and {MOST_BATCHED} are allowed")
    answers = [api.handle(_action(action, request)) for action in actions]
    results = [{"status_code": answer.status, "headers": {}, "body": answer.body} for answer in answers]
    return Answer(200, {"data": results})


def _action(action: Any, request: Request) -> Request:
    """An action of a batch as a request of its own."""
    if not isinstance(action, dict):
        raise Refused(400, "actions: Must be a list of objects")
    method, path = str(action.get("method", "")).upper(), str(action.get("relative_path", ""))
    data, options = action.get("data") or {}, action.get("options") or {}
    if method not in ("GET", "POST", "PUT", "DELETE") or not path.startswith("/") or "?" in path or path == "/batch":
        raise Refused(400, "actions: each needs a method and a relative_path without parameters, and none is a batch")
    if not isinstance(data, dict) or not isinstance(options, dict):
        raise Refused(400, "actions: data and options must be objects")
    query = {str(name): str(value) for name, value in data.items()} if method == "GET" else {}
    query |= {name: str(options[name]) for name in ("limit", "offset") if name in options}
    if options.get("fields"):
        query["opt_fields"] = ",".join(map(str, options["fields"]))
    return Request(method, path, query, {"data": data}, request.user)


_DONE = Answer(200, {"data": {}})

_ITEMS = "SELECT p.* FROM projects p JOIN portfolio_items i ON i.project = p.gid WHERE i.portfolio = ? ORDER BY i.rowid"
_SECTIONS = "SELECT * FROM sections WHERE project = ? ORDER BY position"
_SUBTASKS = "SELECT * FROM tasks WHERE parent = ? ORDER BY rowid"
_TAGS = "SELECT g.* FROM tags g JOIN task_tags x ON x.tag = g.gid WHERE x.task = ? ORDER BY g.gid"
_NEEDS = "SELECT t.* FROM tasks t JOIN dependencies d ON d.needs = t.gid WHERE d.task = ? ORDER BY d.rowid"
_NEEDED_BY = "SELECT t.* FROM tasks t JOIN dependencies d ON d.task = t.gid WHERE d.needs = ? ORDER BY d.rowid"

ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/users/{gid}", _user),
    ("GET", "/workspaces", _listed("workspaces", "SELECT * FROM workspaces ORDER BY gid")),
    ("GET", "/workspaces/{gid}", _single("workspaces")),
    ("GET", "/portfolios/{gid}", _single("portfolios")),
    ("GET", "/portfolios/{gid}/items", _listed("projects", _ITEMS, "portfolios")),
    ("GET", "/projects/{gid}", _single("projects")),
    ("GET", "/projects/{gid}/sections", _listed("sections", _SECTIONS, "projects")),
    ("POST", "/projects/{gid}/sections", _add_section),
    ("GET", "/projects/{gid}/tasks", _project_tasks),
    ("GET", "/sections/{gid}", _single("sections")),
    ("GET", "/sections/{gid}/tasks", _section_tasks),
    ("POST", "/sections/{gid}/addTask", _add_to_section),
    ("GET", "/tags/{gid}", _single("tags")),
    ("GET", "/tasks", _tasks),
    ("POST", "/tasks", _create_task),
    ("GET", "/tasks/{gid}", _single("tasks")),
    ("PUT", "/tasks/{gid}", _change_task),
    ("DELETE", "/tasks/{gid}", _delete_task),
    ("GET", "/tasks/{gid}/stories", _stories),
    ("POST", "/tasks/{gid}/stories", _comment),
    ("GET", "/tasks/{gid}/subtasks", _listed("tasks", _SUBTASKS, "tasks")),
    ("POST", "/tasks/{gid}/subtasks", _create_subtask),
    ("POST", "/tasks/{gid}/setParent", _set_parent),
    ("GET", "/tasks/{gid}/dependencies", _listed("tasks", _NEEDS, "tasks")),
    ("POST", "/tasks/{gid}/addDependencies", _add_dependencies),
    ("POST", "/tasks/{gid}/removeDependencies", _remove_dependencies),
    ("GET", "/tasks/{gid}/dependents", _listed("tasks", _NEEDED_BY, "tasks")),
    ("POST", "/tasks/{gid}/addDependents", _add_dependents),
    ("GET", "/tasks/{gid}/tags", _listed("tags", _TAGS, "tasks")),
    ("POST", "/tasks/{gid}/addTag", _add_tag),
    ("POST", "/tasks/{gid}/removeTag", _remove_tag),
    ("POST", "/tasks/{gid}/addProject", _add_project),
    ("POST", "/tasks/{gid}/removeProject", _remove_project),
    ("GET", "/stories/{gid}", _single("stories")),
    ("PUT", "/stories/{gid}", _edit_comment),
    ("GET", "/attachments", attachments.listed),
    ("POST", "/attachments", attachments.uploaded),
    ("GET", "/attachments/{gid}", _single("attachments")),
    ("DELETE", "/attachments/{gid}", attachments.deleted),
    ("GET", "/events", events.listed),
    ("POST", "/batch", _batch),
]
"""Every route, as in Asana's published description with `{gid}` for the object's own."""
