"""Fetch: from a project's name to the project, and to its open tasks as a stored snapshot.

A project may hold thousands of tasks, so they cross Prefect's boundaries as the id of a file in AEGIS_HOME.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from prefect import task
from pydantic import TypeAdapter, ValidationError

from aegis.adapters.files import private_directory, write_private
from aegis.core.asana_url import parse_asana_url
from aegis.core.models import AsanaTask, Portfolio, Project
from aegis.core.slugs import log_slugs
from aegis.errors import ProjectNotFoundError, UsageError
from aegis.wiring import Runtime, current
from tasks.policies import READ, READ_NOW_AND_THEN
from tasks.results import kept
from tasks.together import both

_TASKS = TypeAdapter(tuple[AsanaTask, ...])
_MOST_SNAPSHOTS = 50
PORTFOLIO_KEPT = timedelta(hours=1)


async def fetch_portfolios() -> tuple[Portfolio, ...]:
    """The portfolios of the settings, an hour old at most: their owner is whom questions go to. Raises AsanaError."""
    runtime = current()
    fetch = kept(fetch_portfolio, runtime, PORTFOLIO_KEPT)
    return tuple([await fetch(gid) for gid in runtime.settings.portfolio_gids])


@task(name="fetch-portfolio", task_run_name="fetch portfolio {gid}", **READ_NOW_AND_THEN)
async def fetch_portfolio(gid: str) -> Portfolio:
    """Read a portfolio: its name, owner and workspace. Raises AsanaError."""
    return await asyncio.to_thread(current().asana.portfolio, gid)


@task(name="fetch-project", task_run_name="fetch project {wanted}", **READ)
async def fetch_project(wanted: str, portfolios: tuple[Portfolio, ...] = ()) -> Project:
    """Find `wanted` (a name in any case, a GID or an Asana URL) among the portfolios' projects.

    Raises ProjectNotFoundError with the names that there are, and AsanaError.
    """
    runtime = current()
    projects = await asyncio.to_thread(portfolio_projects, runtime, portfolios)
    return _pick(wanted, projects)


def portfolio_projects(runtime: Runtime, portfolios: Sequence[Portfolio] = ()) -> list[Project]:
    """The portfolios' projects in order; portfolios that are known already are not read again."""
    known = {portfolio.gid: portfolio for portfolio in portfolios}
    found: dict[str, Project] = {}
    for gid in runtime.settings.portfolio_gids:
        its_projects = partial(runtime.asana.portfolio_projects, gid)
        if gid in known:
            portfolio, projects = known[gid], its_projects()
        else:
            portfolio, projects = both(partial(runtime.asana.portfolio, gid), its_projects)
        for project in projects:
            found.setdefault(project.gid, _placed(project, portfolio))
    slugs = log_slugs(found.values())
    return [project.model_copy(update={"log_slug": slugs[gid]}) for gid, project in found.items()]


def portfolios_of_the_tick(runtime: Runtime) -> list[Portfolio]:
    """The same for a tick, which wants no task run of its own for it: an idle one costs next to nothing."""
    return [_cached_portfolio(runtime, gid) for gid in runtime.settings.portfolio_gids]


def _cached_portfolio(runtime: Runtime, gid: str) -> Portfolio:
    key = f"portfolio:{runtime.state.markers.installation}:{gid}"  # a shared Redis may serve more than one Asana user
    stored = runtime.state.cache.get(key)
    if stored is not None:
        with suppress(ValidationError):
            return Portfolio.model_validate_json(stored)
    portfolio = runtime.asana.portfolio(gid)
    runtime.state.cache.put(key, portfolio.model_dump_json(), PORTFOLIO_KEPT)
    return portfolio


def _placed(project: Project, portfolio: Portfolio) -> Project:
    return project.model_copy(
        update={
            "portfolio_gid": portfolio.gid,
            "portfolio_owner": portfolio.owner,
            "workspace_gid": portfolio.workspace_gid,
        }
    )


def _pick(wanted: str, projects: Sequence[Project]) -> Project:
    """The one project meant, among those that are neither archived nor completed."""
    name = wanted.strip()
    if not name:
        raise UsageError("Which project? Give its name, GID or Asana URL.")
    open_projects = [project for project in projects if not project.archived and not project.completed]
    reference = parse_asana_url(name)
    gid = reference.project_gid if reference is not None else name if name.isdigit() else None
    by_gid = [project for project in open_projects if project.gid == gid]
    matches = by_gid or [project for project in open_projects if project.name.strip() == name]
    matches = matches or [project for project in open_projects if project.name.strip().casefold() == name.casefold()]
    if len(matches) == 1:
        return matches[0]
    if matches:
        listed = ", ".join(f"{project.name} (GID: {project.gid})" for project in matches)
        raise UsageError(f"Project '{name}' is ambiguous: {listed}", hint="Give the GID or the Asana URL instead.")
    raise ProjectNotFoundError(
        f"Project '{name}' not found in portfolio",
        available=tuple(sorted(project.name for project in open_projects)),
    )


@task(name="fetch-tasks", task_run_name="fetch tasks of {project.name}", **READ)
async def fetch_tasks(project: Project) -> str:
    """Read the project's open tasks in Asana's order (100 a request) and return the snapshot's id."""
    runtime = current()
    tasks = await asyncio.to_thread(runtime.asana.open_tasks, project.gid)
    return save_snapshot(runtime.home, tasks)


def save_snapshot(home: Path, tasks: Sequence[AsanaTask]) -> str:
    """Keep the tasks under an id made from their content; the same content is the same file."""
    data = _TASKS.dump_json(tuple(tasks))
    snapshot = hashlib.sha256(data).hexdigest()[:24]
    folder = private_directory(private_directory(home) / "snapshots")
    write_private(folder / f"{snapshot}.json", data)
    _forget_old(folder)
    return snapshot


def _forget_old(folder: Path) -> None:
    """Snapshots serve one session: the older ones go, a handful stays for who looks into a failure."""
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[_MOST_SNAPSHOTS:]:
        file.unlink(missing_ok=True)


def load_snapshot(home: Path, snapshot: str) -> tuple[AsanaTask, ...]:
    """The tasks of a stored snapshot."""
    return _TASKS.validate_json((home / "snapshots" / f"{snapshot}.json").read_bytes())
