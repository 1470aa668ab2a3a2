"""What a sandbox begins with, from a JSON file: people, a portfolio, projects and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

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


class SeedTask(_Part):
    """A task; people and tasks are named by their names."""

    name: str
    notes: str = ""
    section: str | None = None
    assignee: str | None = None
    tags: list[str] = []
    depends_on: list[str] = []
    completed: bool = False
    due_on: str | None = None
    resource_subtype: str = "default_task"
    subtasks: list[str] = []
    comments: list[str] = []


class SeedProject(_Part):
    """A project with its tasks in order; `$CODE_DIR` in its notes is replaced."""

    name: str
    notes: str = ""
    owner: str | None = None
    tasks: list[SeedTask] = []


class Seed(_Part):
    """A whole sandbox."""

    users: list[SeedUser]
    portfolio: str
    portfolio_owner: str | None = None
    projects: list[SeedProject] = []


@dataclass
class Seeded:
    """What a seed became: names to GIDs."""

    workspace_gid: str
    portfolio_gid: str
    users: dict[str, str] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


def load_seed(path: Path) -> Seed:
    """Read a seed file. Raises ConfigurationError where it is none."""
    try:
        return Seed.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"cannot read the seed {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigurationError(f"the seed {path} is not usable: {where}: {first['msg']}") from error


def plant(store: Store, seed: Seed, replace: Mapping[str, str] | None = None) -> Seeded:
    """Put a seed into an empty store; `replace` fills placeholders in the projects' notes."""
    users = {user.name: store.add_user(user.name, email=user.email, token=user.token) for user in seed.users}
    portfolio = store.add_portfolio(seed.portfolio, owner=users.get(seed.portfolio_owner or ""))
    made = Seeded(store.workspace_gid, portfolio, users)
    made.tokens = {user.name: user.token for user in seed.users if user.token}
    for project in seed.projects:
        notes = project.notes
        for name, value in (replace or {}).items():
            notes = notes.replace(name, value)
        gid = store.add_project(project.name, notes=notes, portfolio=portfolio, owner=users.get(project.owner or ""))
        made.projects[project.name] = gid
        for task in project.tasks:
            made.tasks[task.name] = _plant_task(store, gid, task, made)
    return made


def _plant_task(store: Store, project_gid: str, task: SeedTask, made: Seeded) -> str:
    columns: dict[str, Any] = {"notes": task.notes, "resource_subtype": task.resource_subtype, "due_on": task.due_on}
    gid = store.add_task(
        project_gid,
        task.name,
        section=task.section,
        tags=tuple(task.tags),
        assignee=made.users.get(task.assignee or ""),
        dependencies=tuple(made.tasks[name] for name in task.depends_on),
        **columns,
    )
    for name in task.subtasks:
        store.add_task(None, name, parent=gid)
    for text in task.comments:
        store.comment(gid, text, by=next(iter(made.users.values()), None))
    if task.completed:
        store.complete(gid)
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
        tokens={row["name"]: row["token"] for row in users if row["token"]},
    )
