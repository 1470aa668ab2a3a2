"""A session of 20 tasks: what `aegis work-on` adds to the bare CLI's time for each of them, its start included."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.support.clock import Size, interleaved
from benchmarks.support.place import PROJECT, place, task
from benchmarks.support.table import Row, Table, at_most, seconds, share, times

TASKS = 20


def measure(size: Size) -> Iterator[Table]:
    """Bare runs, a session with nothing to do, and one with 20 tasks, in turns."""
    with place() as here:
        here.server_up()
        called = here.recorded()
        requests: list[int] = []

        def session() -> float:
            here.add_tasks(*(task() for _ in range(TASKS)))
            done = here.aegis("work-on", PROJECT, "--max-tasks", str(TASKS))
            requests.append(done.requests)
            return done.seconds

        taken = interleaved(
            {
                "bare": lambda: statistics.median(here.bare(called) for _ in range(5)),
                "start": lambda: here.aegis("work-on", PROJECT).seconds,
                "session": session,
            },
            size.of(3, 1),
        )
    alone, start, whole = (taken[name].median for name in ("bare", "start", "session"))
    each = whole / TASKS
    added = each - alone
    yield Table(
        f"aegis work-on, a session of {TASKS} tasks",
        [
            Row("the bare CLI, an instant answer", seconds(alone), "1.00 x bare"),
            Row("the session", seconds(whole), times(whole, alone * TASKS, f"{TASKS} bare runs")),
            Row("a task of it", seconds(each), times(each, alone, "bare")),
            at_most("what a task adds", added, alone, ratio=times(added, alone, "bare"), of="one bare run"),
            Row(
                "  of it the session's start and end",
                seconds(start / TASKS),
                share(start / TASKS, added, "what it adds"),
            ),
            Row("Asana requests for each task", f"{(max(requests) - 3) / TASKS:.1f}", "", "and 3 to find them"),
        ],
    )
