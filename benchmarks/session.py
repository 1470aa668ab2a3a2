"""A session of 20 tasks: what `aegis work-on` adds to the bare CLI's time for each of them, its start included."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.support.clock import Sample, Size
from benchmarks.support.place import PROJECT, place, task
from benchmarks.support.table import Row, Table, at_most, seconds, share, times

TASKS = 20


def measure(size: Size) -> Iterator[Table]:
    """Bare runs before and after each session; the demand is held against their median."""
    with place() as here:
        here.server_up()
        called = here.recorded()
        bare: list[float] = []
        whole: list[float] = []
        empty: list[float] = []
        requests = 0
        for _ in range(size.of(3, 1)):
            empty.append(here.aegis("work-on", PROJECT).seconds)
            bare += [here.bare(called) for _ in range(size.of(5, 2))]
            here.add_tasks(*(task() for _ in range(TASKS)))
            done = here.aegis("work-on", PROJECT, "--max-tasks", str(TASKS))
            whole.append(done.seconds)
            requests = done.requests
            bare += [here.bare(called) for _ in range(size.of(5, 2))]
    alone, session, start = (Sample(tuple(values)).median for values in (bare, whole, empty))
    each = session / TASKS
    added = each - alone
    yield Table(
        f"aegis work-on, a session of {TASKS} tasks",
        [
            Row("the bare CLI, an instant answer", seconds(alone), "1.00 x bare"),
            Row("the session", seconds(session), times(session, alone * TASKS, f"{TASKS} bare runs")),
            Row("a task of it", seconds(each), times(each, alone, "bare")),
            at_most("what a task adds", added, alone, ratio=times(added, alone, "bare"), of="one bare run"),
            Row(
                "  of it the session's start and end",
                seconds(start / TASKS),
                share(start / TASKS, added, "what it adds"),
            ),
            Row("Asana requests for each task", f"{(requests - 3) / TASKS:.1f}", "", "and 3 to find them"),
        ],
    )
