"""`aegis do` with nothing up: the Prefect server must start first, beside Prefect's own `prefect server start`."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from aegis.adapters.prefect_server import answers
from benchmarks.support.clock import Sample, Size, interleaved
from benchmarks.support.place import Invocation, Place, place
from benchmarks.support.table import Row, Table, at_most, seconds, times

MOST_SECONDS = 2.0
"""What `aegis do` may add to the bare CLI's time and the server's own start."""

_LONGEST = 120


def measure(size: Size) -> Iterator[Table]:
    """On a home that was used before; in full also on a new one, and with the server inside the process."""
    with place() as here:
        here.server_up()
        here.env.pop("PREFECT_API_URL", None)
        called = here.recorded()
        here.server.stop()
        prefect_home = here.root / "prefect-home"
        server_start(here, prefect_home)
        used = _turns(here, called, lambda: prefect_home, size.of(3, 1))
        yield _table("aegis do, with nothing up", used)
        if size.quick:
            return
        yield _table("aegis do, with nothing up, for the first time ever", _first_time(here, called))
        here.server.stop()
        bare, took = here.bare(called), here.do(AEGIS_PREFECT="ephemeral").seconds
        ephemeral = [
            Row("the bare CLI", seconds(bare), "1.00 x bare"),
            Row("aegis do", seconds(took), times(took, bare, "bare")),
        ]
        yield Table("aegis do with AEGIS_PREFECT=ephemeral", ephemeral, "For who wants no process to stay; no demand.")


def _first_time(here: Place, called: Invocation) -> dict[str, Sample]:
    def new_home() -> Path:
        shutil.rmtree(here.home)
        here.home.mkdir(mode=0o700)
        return here.root / f"prefect-{time.time_ns()}"

    return _turns(here, called, new_home, 1)


def _turns(here: Place, called: Invocation, prefect_home: Callable[[], Path], repetitions: int) -> dict[str, Sample]:
    def cold() -> float:
        here.server.stop()
        return here.do().seconds

    actions = {
        "bare": lambda: here.bare(called),
        "server": lambda: server_start(here, prefect_home()),
        "do": cold,
    }
    return interleaved(actions, repetitions)


def _table(title: str, taken: dict[str, Sample]) -> Table:
    bare, server, do = (taken[name].median for name in ("bare", "server", "do"))
    added = taken["do"].beyond(taken["bare"]).median
    own = added - server
    return Table(
        title,
        [
            Row("the bare CLI", seconds(bare), "1.00 x bare"),
            Row("`prefect server start` until healthy", seconds(server), times(server, bare, "bare")),
            Row("aegis do", seconds(do), times(do, bare, "bare")),
            at_most(
                "what it adds", added, server + MOST_SECONDS, ratio=times(added, server, "server"), of="server + 2 s"
            ),
            Row("  of it beyond the server's start", seconds(own), times(own, server, "server")),
        ],
    )


def server_start(here: Place, prefect_home: Path) -> float:
    """The seconds that Prefect's own command takes until its server says that it is healthy."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {"PREFECT_HOME": str(prefect_home), "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    began = time.perf_counter()
    arguments = ("-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    process = here.start(*arguments, **env)
    try:
        while not answers(f"http://127.0.0.1:{port}/api"):
            if process.poll() is not None or time.perf_counter() - began > _LONGEST:
                raise RuntimeError("`prefect server start` did not come up")
            time.sleep(0.02)
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.communicate()
