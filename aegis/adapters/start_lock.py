"""One `aegis start` for each AEGIS_HOME: a lock that ends with its process, and a note of who holds it.

The note (AEGIS_HOME/start.json) also names the runner, so that one whose `aegis start` was killed is found and ended.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aegis.adapters.files import private_directory, write_private
from aegis.adapters.process import ProcessRef, alive
from aegis.errors import AlreadyRunningError


@dataclass(frozen=True)
class Started:
    """The `aegis start` that runs, and its runner where there is one."""

    process: ProcessRef
    runner: ProcessRef | None = None


class StartLock:
    """The lock of one AEGIS_HOME."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._note = home / "start.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it as long as this context lasts. Raises AlreadyRunningError, which names the process that does."""
        path = private_directory(self._home) / "start.lock"
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise self._refusal() from None
            try:
                yield
            finally:
                with suppress(OSError):
                    self._note.unlink()

    def write(self, runner: ProcessRef | None) -> None:
        """Note who holds the lock, and its runner."""
        document = {"process": _document(ProcessRef.current()), "runner": _document(runner)}
        write_private(self._note, json.dumps(document).encode())

    def read(self) -> Started | None:
        """What was noted last, whether it still lives or not; None where nothing (readable) is."""
        try:
            document = json.loads(self._note.read_text())
            process = _ref(document["process"])
            return None if process is None else Started(process, _ref(document["runner"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def running(self) -> Started | None:
        """The `aegis start` that lives now."""
        noted = self.read()
        return noted if noted is not None and alive(noted.process) else None

    def _refusal(self) -> AlreadyRunningError:
        noted = self.running()
        who = f" (process {noted.process.pid})" if noted is not None else ""
        return AlreadyRunningError(
            f"`aegis start` runs already for {self._home}{who}",
            hint="`aegis status` shows what it does, `aegis stop` ends it; another AEGIS_HOME can have its own.",
        )


def _document(ref: ProcessRef | None) -> dict[str, Any] | None:
    return None if ref is None else {"pid": ref.pid, "started": ref.started}


def _ref(document: Any) -> ProcessRef | None:
    return None if document is None else ProcessRef(int(document["pid"]), str(document["started"]))
