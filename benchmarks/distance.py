"""Asana far away: how many round trips `aegis do` and `aegis work-on` wait for, with 200 ms for each request."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aegis.sandbox.faults import Fault
from benchmarks.support.clock import Size, interleaved
from benchmarks.support.place import PROJECT, Done, Place, place, task
from benchmarks.support.table import Row, Table, seconds

FAR_SECONDS = 0.2


def measure(size: Size) -> Iterator[Table]:
    """The same command near and far, in turns; what it takes longer is its round trips, one after another."""
    tasks = 5
    with place() as here:
        here.server_up()
        here.do()
        rows = _rows(here, "aegis do", here.do, size.of(3, 1))

        def session() -> Done:
            here.add_tasks(*(task() for _ in range(tasks)))
            return here.aegis("work-on", PROJECT)

        rows += _rows(here, f"aegis work-on, {tasks} tasks", session, size.of(2, 1))
    yield Table(
        f"with Asana {seconds(FAR_SECONDS)} away", rows, "A round trip is what is waited for; requests overlap."
    )


def _rows(here: Place, what: str, command: Callable[[], Done], repetitions: int) -> list[Row]:
    requests: list[int] = []

    def near() -> float:
        here.asana.faults.clear()
        done = command()
        requests.append(done.requests)
        return done.seconds

    def far() -> float:
        here.asana.faults.add(Fault(kind="latency", seconds=FAR_SECONDS, times=10_000))
        return command().seconds

    taken = interleaved({"near": near, "far": far}, repetitions)
    here.asana.faults.clear()
    longer = taken["far"].beyond(taken["near"]).median
    return [
        Row(what, seconds(taken["near"].median), f"{max(requests)} requests"),
        Row("  longer by", seconds(longer), f"{longer / FAR_SECONDS:.1f} round trips"),
    ]
