"""What stands in a run's directory, and how its output is followed while it grows.

The files are the supervisor's: `pids.json`, `events.jsonl`, `stderr.txt`, `exit.json`; ours are `prompt.md`,
`told.json`, `lease` and `stop`, and the folders `for-agent*` with what the agent may read. All are readable by their
owner only. A second start in the same directory moves `events.jsonl` and `prompt.md` aside (`events.1.jsonl`, ...).
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from pydantic import ValidationError

from aegis.adapters.files import local, write_private
from aegis.adapters.process import ProcessRef, alive
from aegis.core.models import ClaudeRun
from aegis.core.replies import ExitRecord, StreamState, conclude
from aegis.core.told import Told, ToldRecord

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


class Lease:
    """The owner's sign of life to the supervisor, given by a thread of its own; a context manager.

    A thread, because the owner may have to wait for a terminal that takes no more output.
    """

    def __init__(self, run_dir: Path, every_seconds: float) -> None:
        self._path = run_dir / "lease"
        self._every = every_seconds
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="aegis-lease", daemon=True)

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end.set()

    def _run(self) -> None:
        while not self._end.wait(self._every):
            with suppress(OSError):
                os.utime(self._path)


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
        stream.take_rest(follower.rest())
    finally:
        follower.close()
    return conclude(stream, ended, session_id)


def prompt_was_read(run_dir: Path) -> bool:
    """Whether the model has said anything in this run: its prompt is part of the conversation then."""
    for path in run_dir.glob("events*.jsonl"):
        follower = Follower(path)
        try:
            if any(_is_of_the_model(line) for line in follower.lines()):
                return True
        finally:
            follower.close()
    return False


def _is_of_the_model(line: bytes | bytearray) -> bool:
    try:
        event = json.loads(line)
    except ValueError:
        return False
    return isinstance(event, dict) and event.get("type") == "assistant"


def keep_told(run_dir: Path, record: ToldRecord) -> None:
    """Keep what a run's prompt tells, before the run begins. Raises LocalResourceError."""
    write_private(run_dir / "told.json", record.model_dump_json().encode())


def told_in(run_dir: Path) -> Told:
    """What the latest prompt of this run told; an empty one where nothing (usable) was kept."""
    return _told_record(run_dir).after


def told_to_conversation(run_dir: Path) -> Told:
    """What the conversation of this run holds: of its last prompt only if the model has read it."""
    record = _told_record(run_dir)
    return record.after if prompt_was_read(run_dir) else record.before


def _told_record(run_dir: Path) -> ToldRecord:
    try:
        return ToldRecord.model_validate_json((run_dir / "told.json").read_bytes())
    except (OSError, ValidationError):
        return ToldRecord()


def prepare(run_dir: Path, prompt: str) -> None:
    """Lay out a run's directory for a start: an earlier start's files are moved aside, the prompt is written.

    Raises LocalResourceError.
    """
    with local(f"write the run's files in {run_dir}"):
        _lay_out(run_dir, prompt)


def _lay_out(run_dir: Path, prompt: str) -> None:
    number = 1
    while (run_dir / f"events.{number}.jsonl").exists() or (run_dir / f"prompt.{number}.md").exists():
        number += 1
    for stem, suffix in (("events", "jsonl"), ("prompt", "md")):
        if (run_dir / f"{stem}.{suffix}").exists():
            (run_dir / f"{stem}.{suffix}").rename(run_dir / f"{stem}.{number}.{suffix}")
    for name in ("pids.json", "exit.json", "stderr.txt", "stop", "spec"):
        (run_dir / name).unlink(missing_ok=True)
    descriptor = os.open(run_dir / "prompt.md", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(prompt.encode("utf-8", "replace"))
    for name in ("lease", "supervisor.log"):
        os.close(os.open(run_dir / name, os.O_WRONLY | os.O_CREAT, 0o600))
    os.utime(run_dir / "lease")
    os.mkfifo(run_dir / "spec", 0o600)
