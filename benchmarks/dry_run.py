"""A dry run over a project of 300 open tasks: Asana requests and seconds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.support.clock import Size
from benchmarks.support.place import PROJECT, Done, Place, place, task
from benchmarks.support.table import Row, Table, seconds

OPEN_TASKS = 300
MOST_REQUESTS = 6


def measure(size: Size) -> Iterator[Table]:
    """Tasks that wait for others in every way that a text or a link can say; then one that names an unknown task."""
    with place() as here:
        here.server_up()
        _plant(here)
        usual = [here.aegis("work-on", PROJECT, "--dry-run") for _ in range(size.of(3, 1))]
        rows = _rows("names found among the open tasks", usual, MOST_REQUESTS)
        if not size.quick:
            here.add_tasks(task("Needs what is done", notes="Depends on: A task that was done long ago"))
            rows += _rows("a name that is not: completed tasks are read", [here.aegis("work-on", PROJECT, "--dry-run")])
    yield Table(f"aegis work-on --dry-run, {OPEN_TASKS} open tasks", rows)


def _plant(here: Place) -> None:
    tasks = []
    for number in range(OPEN_TASKS):
        name, before = f"Build part {number:03}", f"Build part {max(0, number - 7):03}"
        match number % 4:
            case 0:
                tasks.append(task(name, notes="A part by itself. " * 20))
            case 1:
                tasks.append(task(name, depends_on=(before,)))
            case 2:
                tasks.append(task(name, notes=f"Some words.\n\n**Depends on:**\n- {before}\n"))
            case _:
                tasks.append(task(name, notes=f"Requires PostgreSQL to be running.\n\nBlocked by: {before}"))
    here.add_tasks(*tasks)


def _rows(what: str, runs: list[Done], most: int | None = None) -> list[Row]:
    requests = max(run.requests for run in runs)
    took = statistics.median(run.seconds for run in runs)
    demand, met = ("", None) if most is None else (f"<= {most}", requests <= most)
    return [
        Row(f"Asana requests, {what}", str(requests), f"{requests / OPEN_TASKS * 100:.1f} for 100 tasks", demand, met),
        Row("  the whole command", seconds(took), f"{took / OPEN_TASKS * 1000:.1f} ms a task"),
    ]
