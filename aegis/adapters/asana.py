"""Asana, through its official SDK: each method is the fewest requests that its answer takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any

from aegis.adapters.asana_http import Http
from aegis.adapters.asana_parse import (
    PORTFOLIO_FIELDS,
    PROJECT_FIELDS,
    STORY_FIELDS,
    TASK_FIELDS,
    USER_FIELDS,
    gid_of,
    portfolio_of,
    project_of,
    story_of,
    task_of,
    user_of,
)
from aegis.core.models import AsanaTask, Portfolio, Project, Story, User
from aegis.errors import (
    AsanaError,
    AsanaForbiddenError,
    AsanaMalformedAnswerError,
    AsanaNotFoundError,
    AsanaRefusedError,
    AsanaUnavailableError,
)

BATCH = 10
"""Actions in one batch request (Asana's published API description)."""


class AsanaClient:
    """A client for one token; a context manager, safe to share between threads. Methods raise AsanaError."""

    def __init__(
        self,
        *,
        token: str,
        base_url: str = "https://app.asana.com/api/1.0",
        proxy: str | None = None,
        ca_file: str | None = None,
        patience_seconds: float = 60.0,
        connect_seconds: int = 5,
        read_seconds: int = 30,
        requests_per_minute: int = 1500,
    ) -> None:
        self._http = Http(
            token=token,
            base_url=base_url,
            proxy=proxy,
            ca_file=ca_file,
            patience_seconds=patience_seconds,
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
            requests_per_minute=requests_per_minute,
        )

    def __enter__(self) -> AsanaClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.close()

    @property
    def request_count(self) -> int:
        """Requests sent so far, repeated ones included."""
        return self._http.requests

    # --- reading ---

    def me(self) -> User:
        """The token's user."""
        return user_of(self._get("the token's user", "UsersApi", "get_user", "me", fields=USER_FIELDS))

    def portfolio(self, gid: str) -> Portfolio:
        """A portfolio with its owner."""
        fields = PORTFOLIO_FIELDS
        return portfolio_of(self._get(f"the portfolio {gid}", "PortfoliosApi", "get_portfolio", gid, fields=fields))

    def portfolio_projects(self, gid: str) -> list[Project]:
        """A portfolio's projects with their notes, 100 a request; what is no project is left out."""
        items = self._list(
            f"the portfolio {gid}", "PortfoliosApi", "get_items_for_portfolio", gid, fields=PROJECT_FIELDS
        )
        return [project_of(item) for item in items if item.get("resource_type", "project") == "project"]

    def open_tasks(self, project_gid: str) -> list[AsanaTask]:
        """A project's open tasks with all that a list can carry, in Asana's order, 100 a request."""
        tasks = self._tasks(project_gid, "now")
        return [task for task in tasks if not task.completed]

    def completed_tasks(self, project_gid: str, since: datetime) -> list[AsanaTask]:
        """A project's tasks that were completed since then (Asana sends the open ones along: they are left out)."""
        return [task for task in self._tasks(project_gid, since.isoformat()) if task.completed]

    def _tasks(self, project_gid: str, completed_since: str) -> list[AsanaTask]:
        found = self._list(
            f"the tasks of project {project_gid}",
            "TasksApi",
            "get_tasks_for_project",
            project_gid,
            fields=TASK_FIELDS,
            completed_since=completed_since,
        )
        return list({task.gid: task for task in map(task_of, found)}.values())  # a task that moved may come twice

    def recent_tasks(self, project_gid: str, modified_since: datetime) -> list[AsanaTask]:
        """A project's tasks that were changed or made since then, by the route that shows one's own writes at once."""
        found = self._list(
            f"the recent tasks of project {project_gid}",
            "TasksApi",
            "get_tasks",
            fields="name,notes,completed",
            project=project_gid,
            modified_since=modified_since.isoformat(),
        )
        return [task_of(one) for one in found]

    def task(self, gid: str) -> AsanaTask:
        """One task as it is now."""
        return task_of(self._get(f"the task {gid}", "TasksApi", "get_task", gid, fields=TASK_FIELDS))

    def subtasks(self, gid: str) -> list[AsanaTask]:
        """A task's subtasks."""
        found = self._list(f"the subtasks of {gid}", "TasksApi", "get_subtasks_for_task", gid, fields=TASK_FIELDS)
        return [task_of(one) for one in found]

    def stories(self, gid: str) -> list[Story]:
        """A task's stories: comments and Asana's own records of changes."""
        found = self._list(f"the stories of {gid}", "StoriesApi", "get_stories_for_task", gid, fields=STORY_FIELDS)
        return [story_of(one) for one in found]

    def tasks_by_gid(self, gids: Iterable[str]) -> dict[str, AsanaTask | AsanaError]:
        """Tasks anywhere, ten a request; one that cannot be seen stands there as its error."""
        wanted = list(dict.fromkeys(gids))
        found: dict[str, AsanaTask | AsanaError] = {}
        for at in range(0, len(wanted), BATCH):
            found.update(self._batch_of_tasks(wanted[at : at + BATCH]))
        return found

    def _batch_of_tasks(self, gids: Sequence[str]) -> dict[str, AsanaTask | AsanaError]:
        fields = ["name", "completed", "resource_subtype", "approval_status", "permalink_url"]
        actions = [{"method": "get", "relative_path": f"/tasks/{gid}", "options": {"fields": fields}} for gid in gids]
        results = self._call(
            "tasks of other projects",
            "BatchAPIApi",
            "create_batch_request",
            {"data": {"actions": actions}},
            {},
            repeatable=True,
        )
        if not isinstance(results, list) or len(results) != len(gids):
            raise AsanaMalformedAnswerError("Asana's answer to a batch does not fit what was asked")
        return {gid: _batched(gid, result) for gid, result in zip(gids, results, strict=True)}

    # --- writing: nothing here is sent twice when it may have been applied; `delivery` looks it up then ---

    def add_comment(self, task_gid: str, *, html: str, text: str) -> str:
        """Comment in rich text, in plain text where Asana refuses the rich one; returns the story's GID."""
        what = f"a comment on the task {task_gid}"
        try:
            return gid_of(self._comment(what, task_gid, {"html_text": html}), "comment")
        except AsanaRefusedError:
            return gid_of(self._comment(what, task_gid, {"text": text}), "comment")

    def _comment(self, what: str, task_gid: str, data: dict[str, Any]) -> Any:
        body, opts = {"data": data}, {"opt_fields": "gid"}
        return self._call(what, "StoriesApi", "create_story_for_task", body, task_gid, opts, repeatable=False)

    def complete(self, task_gid: str) -> None:
        """Complete a task; saying it twice is saying it once."""
        body, opts = {"data": {"completed": True}}, {"opt_fields": "completed"}
        what = f"the completion of the task {task_gid}"
        self._call(what, "TasksApi", "update_task", body, task_gid, opts, repeatable=True)

    def create_task(self, project_gid: str, *, name: str, notes: str, assignee_gid: str | None) -> str:
        """Create a task in a project; unassigned where Asana refuses the assignee. Returns its GID."""
        data: dict[str, Any] = {"name": name, "notes": notes, "projects": [project_gid]}
        what = f"a new task in project {project_gid}"
        if assignee_gid:
            try:
                return gid_of(self._create(what, {**data, "assignee": assignee_gid}), "task")
            except AsanaRefusedError as error:
                if "assignee" not in str(error):
                    raise
        return gid_of(self._create(what, data), "task")

    def _create(self, what: str, data: dict[str, Any]) -> Any:
        return self._call(what, "TasksApi", "create_task", {"data": data}, {"opt_fields": "gid"}, repeatable=False)

    def add_dependencies(self, task_gid: str, gids: Sequence[str]) -> None:
        """Make a task wait for others; links that are there are left alone, so saying it twice is saying it once."""
        body = {"data": {"dependencies": list(gids)}}
        what = f"the dependencies of the task {task_gid}"
        self._call(what, "TasksApi", "add_dependencies_for_task", body, task_gid, repeatable=True)

    # --- how ---

    def _get(self, what: str, api: str, method: str, gid: str, *, fields: str) -> Any:
        return self._call(what, api, method, gid, {"opt_fields": fields}, repeatable=True)

    def _list(self, what: str, api: str, method: str, *arguments: Any, fields: str, **query: Any) -> list[Any]:
        function = self._method(api, method)
        return list(self._http.pages(what, function, *arguments, query={"opt_fields": fields, **query}))

    def _call(self, what: str, api: str, method: str, *arguments: Any, repeatable: bool) -> Any:
        return self._http.call(what, self._method(api, method), *arguments, repeatable=repeatable)["data"]

    def _method(self, api: str, method: str) -> Any:
        client = self._http.client
        import asana

        return getattr(getattr(asana, api)(client), method)


def _batched(gid: str, result: Any) -> AsanaTask | AsanaError:
    status = result.get("status_code") if isinstance(result, dict) else None
    if status == 200:
        return task_of((result.get("body") or {}).get("data"))
    if status == 404:
        return AsanaNotFoundError(f"the task {gid} does not exist, or the token's user cannot see it", status=404)
    if status in (401, 403, 451):
        return AsanaForbiddenError(f"the token's user may not see the task {gid}", status=status)
    return AsanaUnavailableError(f"Asana failed over the task {gid} ({status})", status=status)
