"""The keeper: starts our local Prefect server, and ends it when nobody has used it for a while.

Run as `python -I -S prefect_keeper.py HOME PORT IDLE_SECONDS SERVER_COMMAND...`, detached from who started it, with the
standard library alone. It writes HOME/server.json while the server runs. A user of the server is a file in
HOME/server-users named after its process; files of dead processes do not count.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

_TICK_SECONDS = 0.5
_STOP_SECONDS = 10
_PR_SET_PDEATHSIG = 1


def _load_process() -> Any:
    spec = importlib.util.spec_from_file_location("aegis_process", Path(__file__).with_name("process.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Keeper:
    """One server and its clock."""

    def __init__(self, home: Path, port: int, idle_seconds: float, command: list[str]) -> None:
        self.home = home
        self.port = port
        self.idle_seconds = idle_seconds
        self.process = _load_process()
        self.stopping = False
        self.server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent if sys.platform.startswith("linux") else None
        )

    def run(self) -> None:
        """Stay until the server has ended, is told to end, or nobody uses it."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        self._write_address()
        used = time.monotonic()
        while self.server.poll() is None and not self.stopping:
            time.sleep(_TICK_SECONDS)
            if not self.home.is_dir():
                break
            if self._in_use():
                used = time.monotonic()
            elif time.monotonic() - used > self.idle_seconds:
                break
        (self.home / "server.json").unlink(missing_ok=True)
        self._end_server()

    def _in_use(self) -> bool:
        users = self.home / "server-users"
        living = False
        for file in users.iterdir() if users.is_dir() else ():
            pid, _, started = file.name.partition("-")
            if pid.isdigit() and self.process.alive(self.process.ProcessRef(int(pid), started.replace("_", " "))):
                living = True
            else:
                file.unlink(missing_ok=True)
        return living

    def _end_server(self) -> None:
        family = self.process.descendants(self.server.pid)
        if self.server.poll() is None:
            self.server.terminate()
            try:
                self.server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.server.kill()
        self.process.kill_all(family)

    def _write_address(self) -> None:
        me, server = self.process.ProcessRef.current(), self.process.ProcessRef.of(self.server.pid)
        document = {
            "pid": me.pid,
            "started": me.started,
            "port": self.port,
            "server_pid": server.pid,
            "server_started": server.started,
        }
        scratch = self.home / f".server.{os.getpid()}.tmp"
        scratch.write_text(json.dumps(document))
        scratch.chmod(0o600)
        scratch.replace(self.home / "server.json")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    Keeper(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]).run()
