"""The sandbox as a server of its own, until it is told to end."""

from __future__ import annotations

import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from aegis.errors import LocalResourceError
from aegis.sandbox.seed import Seed
from aegis.sandbox.server import AsanaSandbox


def serve(
    seed: Seed,
    port: int = 0,
    database: Path | None = None,
    ready: Callable[[AsanaSandbox], None] | None = None,
    *,
    ended: threading.Event | None = None,
) -> None:
    """Run a sandbox until SIGINT or SIGTERM comes, or `ended` is set.

    Args:
        seed: what it begins with, unless `database` holds something already.
        port: 0 takes a free one.
        database: the SQLite file that keeps it; in memory where none is named.
        ready: called once it answers.

    Raises:
        LocalResourceError: where the port or the database cannot be used.
    """
    try:
        sandbox = AsanaSandbox(database, port, seed=seed)
    except sqlite3.Error as error:
        raise LocalResourceError(f"{database} cannot be used as the sandbox's database: {error}") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise LocalResourceError(f"port {port} cannot be used: {why}", hint="Name another: --port 0") from error
    ended = ended or threading.Event()
    with _ended_by_signals(ended), sandbox:
        if ready is not None:
            ready(sandbox)
        ended.wait()


@contextmanager
def _ended_by_signals(ended: threading.Event) -> Iterator[None]:
    """Ctrl-C and a polite kill end it; only the main thread may listen to them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
