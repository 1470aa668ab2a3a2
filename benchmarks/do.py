"""`aegis do` beside the bare CLI: what it adds with the Prefect server up, and how much of that is Prefect's."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.support.clock import Size, interleaved
from benchmarks.support.place import place
from benchmarks.support.table import Row, Table, at_most, seconds, share, times

MOST_SECONDS = 2.0
"""What `aegis do` may add to the bare CLI's own time."""

EMPTY_FLOW = """
import asyncio
from prefect import flow

@flow
async def empty(project: str) -> None: ...

asyncio.run(empty("x"))
"""


def measure(size: Size) -> Iterator[Table]:
    """The same prompt, options, environment and scripted model for both, in turns."""
    with place() as here:
        here.server_up()
        called = here.recorded()
        requests: list[int] = []

        def aegis_do() -> float:
            done = here.do()
            requests.append(done.requests)
            return done.seconds

        taken = interleaved(
            {
                "bare": lambda: here.bare(called),
                "do": aegis_do,
                "prefect": lambda: here.python("-c", EMPTY_FLOW, **here.prefect_env).seconds,
            },
            size.of(9, 2),
        )
    bare, do, prefect = taken["bare"].median, taken["do"].median, taken["prefect"].median
    more = taken["do"].beyond(taken["bare"])
    added, cpu, bare_cpu = more.median, more.cpu_median, taken["bare"].cpu_median
    yield Table(
        "aegis do, with the Prefect server up",
        [
            Row("the bare CLI, an instant answer", seconds(bare), "1.00 x bare"),
            Row("aegis do, the same prompt", seconds(do), times(do, bare, "bare")),
            at_most("what it adds", added, MOST_SECONDS, ratio=times(added, bare, "bare")),
            Row(
                "  Prefect's share: a process with an empty flow",
                seconds(prefect),
                share(prefect, added, "what it adds"),
            ),
            Row("  its CPU time", seconds(cpu), times(cpu, bare_cpu, "bare's CPU time")),
            Row("  Asana requests, of them 3 to find the task", f"{max(requests)}"),
        ],
    )
