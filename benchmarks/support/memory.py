"""Peak memory of a running process and of what it started, from the kernel's own high-water marks."""

from __future__ import annotations

import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from aegis.adapters.process import descendants

_EVERY_SECONDS = 0.02
SUPERVISOR = "supervise.py"


class PeakWatch:
    """Watches one process and its supervisor (of the agent) until it ends; a context manager. Megabytes."""

    def __init__(self, pid: int) -> None:
        self.own = 0.0
        self.supervisor = 0.0
        self._pid = pid
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> PeakWatch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(_EVERY_SECONDS):
            self.own = max(self.own, peak_of(self._pid))
            for child in descendants(self._pid):
                if SUPERVISOR in command_of(child.pid):
                    self.supervisor = max(self.supervisor, peak_of(child.pid))


def peak_of(pid: int) -> float:
    """The most that a process held so far, in megabytes (where there is no /proc: what it holds now); 0 if it ended."""
    with suppress(OSError, ValueError, IndexError):
        if Path("/proc").is_dir():
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)
        return int(_ps("rss=", pid)) / 1024
    return 0.0


def command_of(pid: int) -> str:
    """A process's command line, empty if it ended."""
    with suppress(OSError):
        if Path("/proc").is_dir():
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        return _ps("command=", pid)
    return ""


def _ps(column: str, pid: int) -> str:
    return subprocess.run(["ps", "-o", column, "-p", str(pid)], capture_output=True, text=True, check=False).stdout
