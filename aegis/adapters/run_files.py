"""What stands in a run's directory, and how its output is followed while it grows.

The files are the supervisor's: `pids.json`, `events.jsonl`, `stderr.txt`, `exit.json`; ours are `prompt.md`, `lease`
and `stop`. All are readable by their owner only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from aegis.adapters.process import ProcessRef, alive
from aegis.core.models import ClaudeRun
from aegis.core.replies import ExitRecord, StreamState, conclude

LONGEST_LINE = 64 * 1024 * 1024
_PIECE = 1024 * 1024
_STDERR_READ = 4000


class Follower:
    """Reads `events.jsonl` while it grows, line by line, holding no more than one line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._line = bytearray()
        self._skipping = False

    def lines(self) -> Iterator[bytes | bytearray]:
        """The whole lines that are there now; a line that is longer than LONGEST_LINE is passed over."""
        if self._file is None:
            try:
                self._file = self._path.open("rb", buffering=0)
            except FileNotFoundError:
                return
        while piece := self._file.read(_PIECE):
            start = 0
            while (end := piece.find(b"\n", start)) >= 0:
                self._add(piece[start:end])
                start = end + 1
                line, self._line = self._line, bytearray()
                if not self._skipping:
                    yield line
                self._skipping = False
                del line
            self._add(piece[start:])

    def rest(self) -> bytes:
        """What came after the last line end: a cut line, once nothing more will come."""
        return b"" if self._skipping else bytes(self._line)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _add(self, piece: bytes) -> None:
        if self._skipping or len(self._line) + len(piece) > LONGEST_LINE:
            self._skipping = True
            self._line = bytearray()
        else:
            self._line += piece


def read_exit(run_dir: Path) -> ExitRecord | None:
    """How the run's process ended, None while it has not (or nobody recorded it)."""
    try:
        document = json.loads((run_dir / "exit.json").read_bytes())
        code = document["exit_code"]
        return ExitRecord(
            exit_code=None if code is None else int(code),
            reason=str(document["reason"]),
            seconds=float(document["seconds"]),
            stderr=read_stderr(run_dir),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_stderr(run_dir: Path) -> str:
    """The beginning of the CLI's error output."""
    try:
        with (run_dir / "stderr.txt").open("rb") as file:
            return file.read(_STDERR_READ).decode("utf-8", "replace")
    except OSError:
        return ""


def read_pids(run_dir: Path) -> tuple[ProcessRef, ProcessRef] | None:
    """The supervisor and the agent, None before they have started."""
    try:
        document = json.loads((run_dir / "pids.json").read_bytes())
        supervisor, agent = (
            ProcessRef(int(document[name]["pid"]), str(document[name]["started"])) for name in ("supervisor", "agent")
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return supervisor, agent


def living_supervisors(runs: Path) -> list[ProcessRef]:
    """The supervisors that live of the runs in this directory."""
    unended = (folder for folder in runs.iterdir() if not (folder / "exit.json").exists()) if runs.is_dir() else ()
    found = (read_pids(folder) for folder in unended)
    return [pids[0] for pids in found if pids is not None and alive(pids[0])]


def adopt_run(run_dir: Path, session_id: str) -> ClaudeRun | None:
    """The run that a dead owner's agent left, where the CLI had ended by itself and its end is recorded."""
    ended = read_exit(run_dir)
    if ended is None or ended.reason != "exited" or ended.exit_code is None:
        return None
    stream = StreamState()
    follower = Follower(run_dir / "events.jsonl")
    try:
        for line in follower.lines():
            stream.take(line)
        if rest := follower.rest():
            stream.take(rest)
    finally:
        follower.close()
    return conclude(stream, ended, session_id)


def prepare(run_dir: Path, prompt: str) -> None:
    """Lay out a run's directory for a start: an earlier start's files are moved aside, the prompt is written."""
    number = 1
    while (run_dir / f"events.{number}.jsonl").exists():
        number += 1
    if (run_dir / "events.jsonl").exists():
        (run_dir / "events.jsonl").rename(run_dir / f"events.{number}.jsonl")
    for name in ("pids.json", "exit.json", "stderr.txt", "stop", "spec"):
        (run_dir / name).unlink(missing_ok=True)
    descriptor = os.open(run_dir / "prompt.md", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(prompt.encode("utf-8", "replace"))
    for name in ("lease", "supervisor.log"):
        os.close(os.open(run_dir / name, os.O_WRONLY | os.O_CREAT, 0o600))
    os.utime(run_dir / "lease")
    os.mkfifo(run_dir / "spec", 0o600)
