"""A tick of the orchestrator over 100 projects of 1,000 tasks: the first scan, and one in which nothing changed."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aegis.sandbox.server import AsanaSandbox
from aegis.sandbox.store import Store
from aegis.settings import Settings
from aegis.wiring import open_runtime
from benchmarks.support.clock import Size
from benchmarks.support.table import Row, Table, seconds

TOKEN = "token-of-the-benchmark"
RATE_LIMIT = 1500


@dataclass(frozen=True)
class Look:
    """What one tick's look took; `work` is its time without the pauses that the rate limit asks for."""

    requests: int
    took: float
    cpu: float
    judged: int


def measure(size: Size) -> Iterator[Table]:
    """The look of a tick, each in an open runtime of its own, as a process of its own would take it."""
    projects, tasks = size.of(100, 5), size.of(1000, 100)
    with tempfile.TemporaryDirectory(prefix="aegis-tick-") as folder, AsanaSandbox() as sandbox:
        portfolio = _plant(sandbox.store, projects, tasks)
        settings = _settings(sandbox, portfolio, Path(folder))
        first = asyncio.run(_look(sandbox, settings))
        idle = [asyncio.run(_look(sandbox, settings)) for _ in range(size.of(3, 1))]
        _touch(sandbox.store)
        changed = asyncio.run(_look(sandbox, settings))
    calm = min(idle, key=lambda look: look.cpu)
    most = projects + 1
    yield Table(
        f"one tick's look, {projects} projects x {tasks} tasks, {RATE_LIMIT} requests a minute",
        [
            Row("first scan: requests", str(first.requests), f"{first.requests / projects:.1f} a project"),
            Row("  the pauses of the rate limit included", seconds(first.took)),
            Row("  CPU", seconds(first.cpu), f"{first.cpu / (projects * tasks) * 1e6:.0f} us a task"),
            Row("idle tick: requests", str(calm.requests), "", f"<= {most}", calm.requests <= most),
            Row("  the whole look", seconds(calm.took), f"{calm.took / first.took:.3f} x the first scan"),
            Row("  CPU", seconds(calm.cpu), f"{calm.cpu / first.cpu:.3f} x the first scan"),
            Row("  projects judged anew", str(calm.judged), "", "0", calm.judged == 0),
            Row(
                "one task changed: requests", str(changed.requests), "", f"<= {most + 1}", changed.requests <= most + 1
            ),
            Row("  projects judged anew", str(changed.judged), "", "1", changed.judged == 1),
        ],
        note="The sandbox answers from the same process: its CPU seconds are in all figures.",
    )


async def _look(sandbox: AsanaSandbox, settings: Settings) -> Look:
    from tasks.observe import observe

    sandbox.clear_requests()
    began, cpu = time.monotonic(), _cpu()
    with open_runtime(settings):
        seen = await observe.fn()
    return Look(sum(one.parts for one in sandbox.asked()), time.monotonic() - began, _cpu() - cpu, seen.judged)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _settings(sandbox: AsanaSandbox, portfolio: str, home: Path) -> Settings:
    values: dict[str, Any] = {
        "asana_access_token": TOKEN,
        "asana_workspace_gid": sandbox.store.workspace_gid,
        "asana_portfolio_gid": portfolio,
        "asana_base_url": sandbox.api_url,
        "aegis_home": home,
        "poll_interval_seconds": 60,
        "rate_limit_per_minute": RATE_LIMIT,
    }
    return Settings.model_validate(values)


def _plant(store: Store, projects: int, tasks: int) -> str:
    """The portfolio, written at once: the sandbox's own way takes a statement for each part of each task."""
    owner = store.add_user("Robin", token=TOKEN)
    portfolio = store.add_portfolio("Large", owner=owner)
    with store.transaction():
        for number in range(projects):
            gid = store.add_project(f"Project {number:03}", notes=f"Code Location: {Path.cwd()}", portfolio=portfolio)
            section = store.section(gid)
            for at in range(tasks):
                notes = f"Depends on: Part {at - 1:04}" if at % 3 == 0 and at else "A part by itself."
                task = store.add_task(None, f"Part {at:04}", notes=notes)
                store.add_membership(task, gid, section) if at < 1 else _place(store, task, gid, section, at)
    return portfolio


def _place(store: Store, task: str, project: str, section: str, at: int) -> None:
    store._insert("memberships", task=task, project=project, section=section, position=float(at + 1))


def _touch(store: Store) -> None:
    """A person changes one task."""
    task = store.task_named("Part 0001")
    store.change_task(task["gid"], None, notes="Something else.")
