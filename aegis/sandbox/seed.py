"""What a sandbox begins with, from a JSON file: people, a portfolio, projects and tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from aegis.errors import ConfigurationError
from aegis.sandbox.store import Store

DEMO = Path(__file__).parent / "seeds" / "demo.json"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SeedUser(_Part):
    """A person or bot; requests with `token` are theirs."""

    name: str
    email: str = ""
    token: str | None = None


class SeedComment(_Part):
    """A comment; written by the project's owner where nobody is named."""

    text: str
    by: str | None = None


class SeedAttachment(_Part):
    """A file with this text, or, where there is a `url`, a link to another service."""

    name: str
    text: str = ""
    url: str | None = None
    host: str | None = None


class SeedTask(_Part):
    """A task; people and tasks are named by their names. A `separator` is a heading, not work."""

    name: str
    notes: str = ""
    section: str | None = None
    assignee: str | None = None
    tags: list[str] = []
    depends_on: list[str] = []
    completed: bool = False
    separator: bool = False
    due_on: str | None = None
    resource_subtype: str = "default_task"
    subtasks: list[str] = []
    comments: list[SeedComment] = []
    attachments: list[SeedAttachment] = []

    @field_validator("comments", mode="before")
    @classmethod
    def _words_alone_will_do(cls, comments: Any) -> Any:
        return [{"text": one} if isinstance(one, str) else one for one in comments or []]


class SeedProject(_Part):
    """A project with its tasks in order; `$CODE_DIR` in its notes is replaced."""

    name: str
    notes: str = ""
    owner: str | None = None
    tasks: list[SeedTask] = []


class Seed(_Part):
    """A whole sandbox. Every name that it uses must be one that it defines."""

    users: list[SeedUser]
    portfolio: str
    portfolio_owner: str | None = None
    projects: list[SeedProject] = []

    @model_validator(mode="after")
    def _names_are_known(self) -> Seed:
        tasks = [task for project in self.projects for task in project.tasks]
        people = [self.portfolio_owner, *(project.owner for project in self.projects)]
        people += [name for task in tasks for name in (task.assignee, *(c.by for c in task.comments))]
        _all_known("user", people, [user.name for user in self.users])
        _all_known("task", [name for task in tasks for name in task.depends_on], [task.name for task in tasks])
        return self

    def filled(self, replace: Mapping[str, str]) -> Seed:
        """The same with placeholders in the projects' notes replaced, such as `$CODE_DIR`."""
        projects = []
        for project in self.projects:
            notes = project.notes
            for name, value in replace.items():
                notes = notes.replace(name, value)
            projects.append(project.model_copy(update={"notes": notes}))
        return self.model_copy(update={"projects": projects})


def _all_known(kind: str, used: Iterable[str | None], defined: list[str]) -> None:
    if unknown := [name for name in used if name is not None and name not in defined]:
        raise ValueError(f"there is no {kind} '{unknown[0]}' in it")


@dataclass
class Seeded:
    """What a seed became: names to GIDs."""

    workspace_gid: str
    portfolio_gid: str
    users: dict[str, str] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


def load_seed(path: Path, replace: Mapping[str, str] | None = None) -> Seed:
    """Read a seed file; `replace` fills placeholders in the projects' notes.

    Raises:
        ConfigurationError: where it cannot be read, or names what it does not define.
    """
    try:
        return Seed.model_validate_json(path.read_bytes()).filled(replace or {})
    except OSError as error:
        raise ConfigurationError(f"cannot read the seed {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigurationError(f"the seed {path} is not usable: {where}: {first['msg']}") from error


def plant(store: Store, seed: Seed, replace: Mapping[str, str] | None = None) -> Seeded:
    """Put a seed into an empty store, wholly or not at all; `replace` fills placeholders in the projects' notes."""
    with store.transaction():
        users = {user.name: store.add_user(user.name, email=user.email, token=user.token) for user in seed.users}
        portfolio = store.add_portfolio(seed.portfolio, owner=users.get(seed.portfolio_owner or ""))
        made = Seeded(store.workspace_gid, portfolio, users)
        made.tokens = {user.name: user.token for user in seed.users if user.token}
        for project in seed.filled(replace or {}).projects:
            owner = users.get(project.owner or seed.portfolio_owner or "")
            gid = store.add_project(project.name, notes=project.notes, portfolio=portfolio, owner=owner)
            made.projects[project.name] = gid
            for task in project.tasks:
                made.tasks[task.name] = _plant_task(store, gid, task, made, owner)
        for task in (task for project in seed.projects for task in project.tasks if task.depends_on):
            store.add_dependencies(made.tasks[task.name], [made.tasks[name] for name in task.depends_on])
        return made


def _plant_task(store: Store, project_gid: str, task: SeedTask, made: Seeded, owner: str | None) -> str:
    columns: dict[str, Any] = {"notes": task.notes, "resource_subtype": task.resource_subtype, "due_on": task.due_on}
    gid = store.add_task(
        project_gid,
        task.name,
        section=task.section,
        by=owner,
        tags=tuple(task.tags),
        assignee=made.users.get(task.assignee or ""),
        separator=int(task.separator),
        **columns,
    )
    for name in task.subtasks:
        store.add_task(None, name, by=owner, parent=gid)
    for comment in task.comments:
        store.comment(gid, comment.text, by=made.users[comment.by] if comment.by else owner)
    for file in task.attachments:
        store.attach(gid, file.name, file.text.encode(), url=file.url, host=file.host, by=owner)
    if task.completed:
        store.complete(gid, owner)
    return gid


def existing(store: Store) -> Seeded | None:
    """What a store holds already, None for an empty one."""
    portfolios = store.all("SELECT * FROM portfolios")
    if not portfolios:
        return None
    users = store.all("SELECT * FROM users")
    return Seeded(
        store.workspace_gid,
        portfolios[0]["gid"],
        users={row["name"]: row["gid"] for row in users},
        projects={row["name"]: row["gid"] for row in store.all("SELECT * FROM projects")},
        tasks={row["name"]: row["gid"] for row in store.all("SELECT * FROM tasks WHERE parent IS NULL")},
        tokens={row["name"]: row["token"] for row in users if row["token"]},
    )
