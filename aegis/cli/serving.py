"""The runner's process as `aegis start` holds it: started, listened to, told to drain or to stop, started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from aegis.adapters.files import private_directory
from aegis.adapters.process import ProcessRef, alive, descendants, kill_all, send, wait_ended, with_environment
from aegis.settings import STOPPING_FILE, Settings, process_environment

_PACKAGES = Path(__file__).parents[2]
_LOG_BYTES = 5_000_000
_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
_LONG_ENOUGH = 60.0
"""A runner that lived so long did well: after its end the next is started soon."""
_END_SECONDS = 45.0
"""How long a runner may take to end its runs: Prefect gives each 30 s."""


class Serving:
    """The runner of one `aegis start`."""

    def __init__(self, settings: Settings, directory: Path, *, once: bool, local: bool) -> None:
        self._settings = settings
        self._directory = directory
        self._arguments = [*(["--once"] if once else []), *(["--local"] if local else [])]
        self._home = directory / settings.aegis_home
        self.stopping_file = self._home / "stopping"  # one for all times: what an earlier runner left is found too
        self._process: subprocess.Popen[bytes] | None = None
        self._said = b""
        self._failures = 0
        self._again_at = 0.0
        self._started_at = 0.0
        self.ready = False
        self.error = ""
        self.hint = ""

    def start(self) -> None:
        """Start the runner."""
        self.ready, self.error, self.hint, self._said = False, "", "", b""
        self._started_at = time.monotonic()
        self.stopping_file.unlink(missing_ok=True)
        with self._log() as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "aegis.cli.runner", *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self._directory,
                env=self._environment(process_environment()),
                start_new_session=True,
            )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)

    def _environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """What the runs see: absolute paths, our code wherever they run, and whose they are."""
        installed = _PACKAGES.name in ("site-packages", "dist-packages")  # found anyway, and must not come first
        parts = ("" if installed else str(_PACKAGES), base.get("PYTHONPATH", ""))
        return {
            **base,
            "PYTHONPATH": os.pathsep.join(part for part in parts if part),
            "PYTHONSAFEPATH": "1",  # a folder named `flows` where the command runs is not ours
            "AEGIS_HOME": str(self._home),
            "LOG_DIR": str(self._directory / self._settings.log_dir),
            "PREFECT_RUNNER_POLL_FREQUENCY": "2",
            STOPPING_FILE: str(self.stopping_file),
        }

    def _log(self) -> IO[bytes]:
        path = private_directory(private_directory(self._home) / "logs") / "runner.log"
        with suppress(OSError):
            if path.stat().st_size > _LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")

    @property
    def ref(self) -> ProcessRef | None:
        """The runner's process."""
        return None if self._process is None else ProcessRef.of(self._process.pid)

    def ended(self) -> int | None:
        """The runner's exit code, None while it runs; what it says is taken meanwhile."""
        assert self._process is not None and self._process.stdout is not None
        code = self._process.poll()
        with suppress(OSError):
            while piece := self._process.stdout.read(65536):
                self._said += piece
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            self._take(line)
        return code

    def _take(self, line: bytes) -> None:
        with suppress(ValueError):
            document = json.loads(line)
            self.ready = self.ready or bool(document.get("ready"))
            self.error = str(document.get("error", self.error))
            self.hint = str(document.get("hint", self.hint))

    def keep(self) -> tuple[str, ...]:
        """See to it that the runner runs; what is wrong, nothing where it does."""
        code = self.ended()
        if code is None:
            return ()
        now = time.monotonic()
        if not self._again_at:
            if now - self._started_at > _LONG_ENOUGH:
                self._failures = 0
            self._again_at = now + _PAUSES[min(self._failures, len(_PAUSES) - 1)]
            self._failures += 1
        elif now >= self._again_at:
            self._again_at = 0.0
            self.start()
        return (f"the runner ended{f': {self.error}' if self.error else f' (exit code {code})'}; it is started again",)

    def drain(self) -> None:
        """Begin nothing more: neither runs nor, within running ones, tasks."""
        self.stopping_file.touch(mode=0o600)
        self._tell(b"drain\n")

    def stop(self) -> None:
        """End: what still runs is cancelled."""
        self._tell(b"stop\n")

    def _tell(self, word: bytes) -> None:
        assert self._process is not None and self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(word)
            self._process.stdin.flush()

    def work(self) -> tuple[ProcessRef, ...]:
        """The processes of the runs: all that the runner (or one before it) started, short of itself."""
        me = self._process.pid if self._process is not None else 0
        found = {ref.pid: ref for ref in descendants(me)} if me else {}
        for ref in with_environment(f"{STOPPING_FILE}={self.stopping_file}"):
            if ref.pid not in found and ref.pid != me:
                found |= {one.pid: one for one in (ref, *descendants(ref.pid))}
        return tuple(found.values())

    def kill(self) -> None:
        """End everything at once."""
        me = self.ref
        for _ in range(50):
            left = [*([me] if me is not None and alive(me) else []), *self.work()]
            if not left:
                break
            kill_all(left)
            wait_ended(left, 0.2)
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)

    def close(self) -> None:
        """Nothing of it is left when this returns."""
        if self._process is not None:
            self.kill()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
        self.stopping_file.unlink(missing_ok=True)


def end_left_runner(runner: ProcessRef | None) -> bool:
    """End a runner whose `aegis start` was killed; it ends its runs itself. False where there is none."""
    if runner is None or not alive(runner):
        return False
    family = descendants(runner.pid)
    send([runner], signal.SIGTERM)
    if wait_ended([runner], _END_SECONDS):
        kill_all([runner])
    kill_all(family)
    return True
