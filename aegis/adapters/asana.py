"""Asana, through its official SDK: each method is the fewest requests that its answer takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any

from aegis.adapters.asana_errors import of_status, said_in
from aegis.adapters.asana_events import Events, read_events
from aegis.adapters.asana_http import Http
from aegis.adapters.asana_parse import (
    ATTACHMENT_FIELDS,
    PLACE_FIELDS,
    PORTFOLIO_FIELDS,
    PROJECT_FIELDS,
    STORY_FIELDS,
    TASK_FIELDS,
    USER_FIELDS,
    attachment_of,
    gid_of,
    is_gid,
    is_project,
    places_of,
    portfolio_of,
    project_of,
    section_of,
    story_of,
    task_of,
    user_of,
)
from aegis.adapters.pace import OwnPace, Pace
from aegis.core.attachments import Attachment
from aegis.core.models import AsanaTask, Membership, Portfolio, Project, Section, Story, User
from aegis.core.text import one_line
from aegis.errors import (
    AsanaError,
    AsanaForbiddenError,
    AsanaMalformedAnswerError,
    AsanaNotFoundError,
    AsanaPlanError,
    AsanaRefusedError,
)

BATCH = 10
"""Actions in one batch request (Asana's published API description)."""
_BATCH_FIELDS = (
    "name,completed,completed_at,modified_at,resource_subtype,approval_status,permalink_url,tags.name,"
    "memberships.project.name,memberships.section.name"
)


class AsanaClient:
    """A client for one token; a context manager, safe to share between threads. Methods raise AsanaError.

    Args:
        token: the personal access token.
        base_url: the API's address.
        proxy: the proxy's address, with its credentials if it wants any; None goes directly.
        ca_file: a file of certificate authorities; None for the usual ones.
        patience_seconds: what one call may take with its pauses, in seconds; a named Retry-After beyond it ends it.
        attempts: how often a request is tried where that is safe.
        back_off_seconds: the first pause between attempts; it doubles, with jitter.
        connect_seconds: the time limit for connecting.
        read_seconds: the time limit for each wait for an answer.
        pace: when a request may go out; by default the paid limit of Asana, for this process alone.
        mask: takes the secrets that we know out of what people wrote: all that comes of it is written somewhere.

    Raises ConfigurationError for a token or proxy that cannot be one.
    """

    def __init__(
        self,
        *,
        token: str,
        base_url: str = "https://app.asana.com/api/1.0",
        proxy: str | None = None,
        ca_file: str | None = None,
        patience_seconds: float = 60.0,
        attempts: int = 3,
        back_off_seconds: float = 0.5,
        connect_seconds: float = 5,
        read_seconds: float = 30,
        pace: Pace | None = None,
        mask: Callable[[str], str] = str,
    ) -> None:
        self._mask = mask
        self._http = Http(
            token=token,
            base_url=base_url,
            proxy=proxy,
            ca_file=ca_file,
            patience_seconds=patience_seconds,
            attempts=attempts,
            back_off_seconds=back_off_seconds,
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
            pace=pace or OwnPace(1500),
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
        found = portfolio_of(self._get(f"the portfolio {gid}", "PortfoliosApi", "get_portfolio", gid, fields=fields))
        return found.model_copy(update={"name": self._mask(found.name)})

    def portfolio_projects(self, gid: str) -> list[Project]:
        """A portfolio's projects with their notes, 100 a request; what is no project is left out."""
        items = self._list(
            f"the portfolio {gid}", "PortfoliosApi", "get_items_for_portfolio", gid, fields=PROJECT_FIELDS
        )
        projects = [project_of(item) for item in items if is_project(item)]
        # their notes stay: they name a path, and go nowhere but into the prompt, which is masked
        return [project.model_copy(update={"name": self._mask(project.name)}) for project in projects]

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
        return list({task.gid: task for task in map(self._task_of, found)}.values())  # a task that moved may come twice

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
        return [task_of(one, look_up=True) for one in found]

    def events(self, project_gid: str, token: str | None) -> Events:
        """What happened in a project since a sync token of Asana's, one request for each hundred events.

        Without a token, or with one that is too old, nothing is known of what happened: `complete` is False then, and
        the new token begins now.
        """
        return read_events(self._http, self._method("EventsApi", "get_events"), project_gid, token)

    def task(self, gid: str) -> AsanaTask:
        """One task as it is now."""
        return self._task_of(self._get(f"the task {gid}", "TasksApi", "get_task", gid, fields=TASK_FIELDS))

    def sections(self, project_gid: str) -> list[Section]:
        """A project's sections in Asana's order."""
        what = f"the sections of project {project_gid}"
        found = self._list(what, "SectionsApi", "get_sections_for_project", project_gid, fields="name")
        return [section_of(one) for one in found]

    def places(self, task_gid: str) -> tuple[Membership, ...]:
        """Where a task stands now: the projects and sections that it is in."""
        return places_of(self._get(f"the task {task_gid}", "TasksApi", "get_task", task_gid, fields=PLACE_FIELDS))

    def subtasks(self, gid: str) -> list[AsanaTask]:
        """A task's subtasks."""
        found = self._list(f"the subtasks of {gid}", "TasksApi", "get_subtasks_for_task", gid, fields=TASK_FIELDS)
        return [self._task_of(one) for one in found]

    def stories(self, gid: str) -> list[Story]:
        """A task's stories: comments and Asana's own records of changes."""
        found = self._list(f"the stories of {gid}", "StoriesApi", "get_stories_for_task", gid, fields=STORY_FIELDS)
        stories = map(story_of, found)
        return [story.model_copy(update={"text": self._mask(story.text)}) for story in stories]

    def attachments(self, task_gid: str) -> list[Attachment]:
        """A task's attachments, links to other services among them; a task's own record does not tell their number."""
        what = f"the attachments of {task_gid}"
        found = self._list(what, "AttachmentsApi", "get_attachments_for_object", task_gid, fields=ATTACHMENT_FIELDS)
        return [attachment_of(one) for one in found]

    def attachment(self, gid: str) -> Attachment:
        """One attachment, with an address for its download that is good from now on."""
        fields = "name,download_url"
        return attachment_of(self._get(f"the attachment {gid}", "AttachmentsApi", "get_attachment", gid, fields=fields))

    def tasks_by_gid(self, gids: Iterable[str], *, whole: bool = False) -> dict[str, AsanaTask | AsanaError]:
        """Tasks anywhere, ten a round trip (each counts); one that cannot be seen stands there as its error.

        With `whole` all that a list carries comes along, else no more than what a dependency needs.

        Trouble that passes (429, 5xx) is never taken for a task that cannot be seen: it is tried again, then raised.
        """
        wanted = list(dict.fromkeys(gids))
        found: dict[str, AsanaTask | AsanaError] = {
            gid: AsanaNotFoundError(f"404 Not Found: {_the_task(gid)} is no GID", status=404)
            for gid in wanted
            if not is_gid(gid)
        }
        wanted = [gid for gid in wanted if gid not in found]
        for at in range(0, len(wanted), BATCH):
            found.update(self._batch_of_tasks(wanted[at : at + BATCH], TASK_FIELDS if whole else _BATCH_FIELDS))
        return found

    def _batch_of_tasks(self, gids: Sequence[str], fields: str) -> dict[str, AsanaTask | AsanaError]:
        options = {"fields": fields.split(",")}
        actions = [{"method": "get", "relative_path": f"/tasks/{gid}", "options": options} for gid in gids]
        function = self._method("BatchAPIApi", "create_batch_request")
        payload = self._http.call(
            "tasks of other projects",
            function,
            {"data": {"actions": actions}},
            {},
            repeatable=True,
            check=lambda results: _check_batch(results, gids),
            count=len(gids),
        )
        results = {gid: _batched(gid, result) for gid, result in zip(gids, payload["data"], strict=True)}
        return {gid: self._masked(one) if isinstance(one, AsanaTask) else one for gid, one in results.items()}

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

    def edit_comment(self, story_gid: str, *, html: str, text: str) -> None:
        """Give a comment other words, in plain text where Asana refuses the rich one; repeated, it says the same."""
        what, opts = f"the comment {story_gid}", {"opt_fields": "gid"}
        for data in ({"html_text": html}, {"text": text}):
            try:
                self._call(what, "StoriesApi", "update_story", {"data": data}, story_gid, opts, repeatable=True)
                return
            except AsanaRefusedError:
                if "text" in data:
                    raise

    def complete(self, task_gid: str) -> tuple[Membership, ...]:
        """Complete a task; saying it twice is saying it once. Returns where it stands."""
        body, opts = {"data": {"completed": True}}, {"opt_fields": f"completed,{PLACE_FIELDS}"}
        what = f"the completion of the task {task_gid}"
        return places_of(self._call(what, "TasksApi", "update_task", body, task_gid, opts, repeatable=True))

    def move(self, task_gid: str, section_gid: str, *, before: str = "", after: str = "") -> None:
        """Put a task into a section, which it leaves the project's other one for: at its top, or beside a neighbour.

        Args:
            task_gid: the task.
            section_gid: the section.
            before: the GID of a task of that section that it goes before.
            after: the GID of one that it goes after, where no other is named.
        """
        place = {"insert_before": before} if before else {"insert_after": after} if after else {}
        what = f"the section {section_gid} for the task {task_gid}"
        self._http.call(what, self._add_to_section, section_gid, {"data": {"task": task_gid, **place}}, repeatable=True)

    def _add_to_section(self, section_gid: str, body: dict[str, Any], **how: Any) -> Any:
        """The SDK's own method for it puts the body into the address as well, where every proxy logs it."""
        client = self._http.client
        kind = "application/json; charset=UTF-8"
        return client.call_api(
            "/sections/{section_gid}/addTask",
            "POST",
            {"section_gid": section_gid},
            [],
            {"Accept": kind, "Content-Type": kind},
            body=body,
            response_type=object,
            auth_settings=["personalAccessToken"],
            _return_http_data_only=True,
            _request_timeout=how["_request_timeout"],
        )

    def create_task(self, project_gid: str, *, name: str, notes: str, assignee_gid: str | None) -> str:
        """Create a task in a project; unassigned where Asana refuses the assignee. Returns its GID."""
        data: dict[str, Any] = {"name": name, "notes": notes, "projects": [project_gid]}
        what = f"a new task in project {project_gid}"
        if assignee_gid:
            try:
                return gid_of(self._create(what, {**data, "assignee": assignee_gid}), "task")
            except (AsanaRefusedError, AsanaForbiddenError, AsanaNotFoundError, AsanaPlanError):
                pass  # the assignee, perhaps: what else is wrong is wrong without one too, and raised then
        return gid_of(self._create(what, data), "task")

    def _create(self, what: str, data: dict[str, Any]) -> Any:
        return self._call(what, "TasksApi", "create_task", {"data": data}, {"opt_fields": "gid"}, repeatable=False)

    def add_dependencies(self, task_gid: str, gids: Sequence[str]) -> None:
        """Make a task wait for others; links that are there are left alone, so saying it twice is saying it once."""
        body = {"data": {"dependencies": list(gids)}}
        what = f"the dependencies of the task {task_gid}"
        self._call(what, "TasksApi", "add_dependencies_for_task", body, task_gid, repeatable=True)

    # --- how ---

    def _task_of(self, data: Any) -> AsanaTask:
        return self._masked(task_of(data))

    def _masked(self, task: AsanaTask) -> AsanaTask:
        return task.model_copy(update={"name": self._mask(task.name), "notes": self._mask(task.notes)})

    def _get(self, what: str, api: str, method: str, gid: str, *, fields: str) -> Any:
        return self._call(what, api, method, gid, {"opt_fields": fields}, repeatable=True)

    def _list(self, what: str, api: str, method: str, *arguments: Any, fields: str, **query: Any) -> list[Any]:
        function = self._method(api, method)
        return self._http.listed(what, function, *arguments, query={"opt_fields": fields, **query})

    def _call(self, what: str, api: str, method: str, *arguments: Any, repeatable: bool) -> Any:
        return self._http.call(what, self._method(api, method), *arguments, repeatable=repeatable)["data"]

    def _method(self, api: str, method: str) -> Any:
        client = self._http.client
        import asana

        return getattr(getattr(asana, api)(client), method)


def _the_task(gid: str) -> str:
    return f"the task {one_line(gid, 40)}"


def _check_batch(results: Any, gids: Sequence[str]) -> None:
    """Raises AsanaError where one of the results is no answer, or trouble that is not that task's own."""
    if not isinstance(results, list) or len(results) != len(gids):
        raise AsanaMalformedAnswerError("Asana's answer to a batch does not fit what was asked")
    for gid, result in zip(gids, results, strict=True):
        found = _batched(gid, result)
        if isinstance(found, AsanaError) and not isinstance(found, _OF_ONE_TASK):
            raise found


_OF_ONE_TASK = (AsanaNotFoundError, AsanaForbiddenError, AsanaPlanError, AsanaRefusedError)


def _batched(gid: str, result: Any) -> AsanaTask | AsanaError:
    status = result.get("status_code") if isinstance(result, dict) else None
    if not isinstance(status, int):
        raise AsanaMalformedAnswerError(f"Asana's answer to a batch has no status for {_the_task(gid)}")
    body = result.get("body")
    if status != 200:
        return of_status(status, _the_task(gid), said=said_in(body))
    if not isinstance(body, dict):
        raise AsanaMalformedAnswerError(f"Asana's answer to a batch holds nothing for {_the_task(gid)}")
    return task_of(body.get("data"))
