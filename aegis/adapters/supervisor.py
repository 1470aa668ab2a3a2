"""The supervisor: a small program that owns one run of the Claude CLI, its clock and all that it starts.

Started by `supervise.py RUN_DIR`, with the standard library alone. What to do comes as one JSON document through the
FIFO `RUN_DIR/spec`, so that no secret stands on the disk or in this process's environment. It leaves in RUN_DIR:
`pids.json` at once; `events.jsonl` and `stderr.txt` as they come, secrets masked; `exit.json` at the end, whose
`reason` is one of exited, timeout, stopped, stuck, orphaned, lease, disk.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

TICK_SECONDS = 0.2
MOST_STDERR = 256 * 1024
CHUNK = 64 * 1024
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LINUX = sys.platform.startswith("linux")


class StreamMasker:
    """Replaces secrets in a stream of bytes, also where one lies across two pieces; holds no more than it must."""

    def __init__(self, needles: list[bytes]) -> None:
        needles = sorted((n for n in needles if n and b"\n" not in n), key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, needles))) if needles else None
        self._overlap = len(needles[0]) - 1 if needles else 0
        self._rest = b""

    def feed(self, piece: bytes) -> bytes:
        """The masked bytes that are safe to write now: up to the last line end, or all but a needle's length."""
        if self._pattern is None:
            return piece
        data = self._rest + piece
        safe = max(len(data) - self._overlap, data.rfind(b"\n") + 1, 0)
        out, at = [], 0
        for match in self._pattern.finditer(data):
            if match.start() >= safe:
                break
            out += [data[at : match.start()], b"***"]
            at = match.end()
        if at < safe:
            out.append(data[at:safe])
            at = safe
        self._rest = data[at:]
        return b"".join(out)

    def flush(self) -> bytes:
        """What was held back, at the end."""
        data, self._rest = self._rest, b""
        return self._pattern.sub(b"***", data) if self._pattern else data


class Supervisor:
    """One run; `run()` returns when the CLI and all its descendants are gone."""

    def __init__(self, run_dir: Path, spec: dict[str, Any], parent: int, process: Any) -> None:
        self.run_dir = run_dir
        self.spec = spec
        self.parent = parent
        self.process = process
        self.reason = ""
        self.asked_to_stop = False
        self.stop_began = 0.0
        self.killed = False
        self.started = time.monotonic()
        self.masker = StreamMasker([needle.encode() for needle in spec["secrets"]])
        self.err_masker = StreamMasker([needle.encode() for needle in spec["secrets"]])
        self.err_room = MOST_STDERR
        self.renewed = 0
        self.renewed_at = 0.0

    def run(self) -> None:
        """Start the CLI and stay until nothing of it is left."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        with _private(self.run_dir / "events.jsonl") as events, _private(self.run_dir / "stderr.txt") as errors:
            self.events, self.errors = events, errors
            try:
                self.agent = self._start()
            except OSError as error:
                errors.write(f"cannot start the CLI: {error}\n".encode())
                self._write_exit(None, "exited")
                return
            self._write_pids()
            self._watch()
            self._put(events, self.masker.flush())
            self._put(errors, self.err_masker.flush())
            os.fsync(events.fileno())
        self._write_exit(self.agent.returncode, self.reason or self._ended_by())

    def _start(self) -> subprocess.Popen[bytes]:
        with open(self.run_dir / "prompt.md", "rb") as prompt:  # noqa: PTH123
            return subprocess.Popen(
                self.spec["argv"],
                stdin=prompt,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.spec["cwd"],
                env=self.spec["env"],
                start_new_session=True,
                bufsize=0,
                preexec_fn=_die_with_parent if LINUX else None,
            )

    def _watch(self) -> None:
        """Copy output and look at the clock until the CLI has ended."""
        assert self.agent.stdout is not None and self.agent.stderr is not None
        with selectors.DefaultSelector() as selector:
            for pipe, copy in ((self.agent.stdout, self._copy_out), (self.agent.stderr, self._copy_err)):
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ, copy)
            while self.agent.poll() is None:
                if selector.get_map():
                    for key, _ in selector.select(TICK_SECONDS):
                        if not key.data(key.fileobj):
                            selector.unregister(key.fileobj)
                else:
                    time.sleep(0.01)
                self._look_around()
            self._end_all()  # before the pipes are emptied: what the CLI left behind may write for ever
            for key in list(selector.get_map().values()):
                while key.data(key.fileobj):
                    pass

    def _copy_out(self, pipe: BinaryIO) -> bool:
        piece = _read(pipe)
        if piece:
            self._put(self.events, self.masker.feed(piece))
        return bool(piece) or (piece is None and self.agent.poll() is None)

    def _copy_err(self, pipe: BinaryIO) -> bool:
        piece = _read(pipe)
        if piece and self.err_room > 0:
            self._put(self.errors, self.err_masker.feed(piece[: self.err_room]))
            self.err_room -= len(piece)
        return bool(piece) or (piece is None and self.agent.poll() is None)

    def _put(self, file: BinaryIO, data: bytes) -> None:
        try:
            while data:
                data = data[file.write(data) :]
        except OSError as error:
            sys.stderr.write(f"cannot write: {error}\n")
            self._stop("disk")

    def _look_around(self) -> None:
        now = time.monotonic()
        if not self.reason:
            if os.getppid() != self.parent:
                self._stop("orphaned")
            elif self.asked_to_stop:
                self._stop(self._asked_reason())
            elif now - self.started > self.spec["wall_seconds"]:
                self._stop("timeout")
            elif self._lease_ran_out():
                self._stop("lease")
        elif not self.killed and now - self.stop_began > self.spec["grace_seconds"]:
            self.killed = True
            self.process.kill_all((self.process.ProcessRef.of(self.agent.pid), *self._descendants()))

    def _stop(self, reason: str) -> None:
        """The first step: the CLI is asked to end, and ends its own children then."""
        if not self.reason:
            self.reason = reason
            self.stop_began = time.monotonic()
            self.agent.send_signal(signal.SIGTERM)

    def _asked_reason(self) -> str:
        try:
            return (self.run_dir / "stop").read_text().strip() or "stopped"
        except OSError:
            return "stopped"

    def _ended_by(self) -> str:
        """Why the CLI ended before we stopped it: by itself, or by the signal that ends all of a service or machine."""
        if self.agent.returncode not in (0, 1):
            if self.asked_to_stop:
                return self._asked_reason()
            if os.getppid() != self.parent:
                return "orphaned"
        return "exited"

    def _lease_ran_out(self) -> bool:
        """Whether the lease was not renewed for too long, by a clock that nobody sets and that counts sleep too."""
        try:
            renewed = (self.run_dir / "lease").stat().st_mtime_ns
        except OSError:
            return False
        if renewed != self.renewed:
            self.renewed, self.renewed_at = renewed, _clock()
        return _clock() - self.renewed_at > float(self.spec["lease_seconds"])

    def _descendants(self) -> Any:
        mine = {ref.pid: ref for ref in self.process.descendants(os.getpid())}
        mine |= {ref.pid: ref for ref in self.process.with_environment(self.spec["mark"])}
        mine.pop(os.getpid(), None)
        return tuple(mine.values())

    def _end_all(self) -> None:
        """The last step: whatever the CLI left, also what changed its session or parent."""
        for _ in range(100):
            left = self._descendants()
            if not left:
                return
            self.process.kill_all(left)
            _reap()
            time.sleep(0.01)

    def _write_pids(self) -> None:
        refs = {"supervisor": self.process.ProcessRef.current(), "agent": self.process.ProcessRef.of(self.agent.pid)}
        document = {name: {"pid": ref.pid, "started": ref.started} for name, ref in refs.items()}
        _write_json(self.run_dir / "pids.json", document)

    def _write_exit(self, code: int | None, reason: str) -> None:
        seconds = time.monotonic() - self.started
        _write_json(
            self.run_dir / "exit.json",
            {"exit_code": code, "reason": reason, "seconds": round(seconds, 3), "ended_at": time.time()},
        )

    def _on_signal(self, number: int, frame: Any) -> None:
        self.asked_to_stop = True


def _read(pipe: BinaryIO) -> bytes | None:
    """What is there now: None for nothing yet, b"" for the end."""
    try:
        return os.read(pipe.fileno(), CHUNK)
    except BlockingIOError:
        return None


def _clock() -> float:
    """Seconds, counted on while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.time()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _private(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(descriptor, "wb", buffering=0)


def _write_json(path: Path, document: dict[str, Any]) -> None:
    scratch = path.with_suffix(".tmp")
    with _private(scratch) as file:
        file.write(json.dumps(document).encode())
        os.fsync(file.fileno())
    scratch.replace(path)


def _read_spec(run_dir: Path) -> dict[str, Any]:
    fifo = run_dir / "spec"
    with open(fifo, "rb") as file:  # noqa: PTH123 - waits for the owner, who opens the other end
        data = file.read()
    fifo.unlink(missing_ok=True)
    spec: dict[str, Any] = json.loads(data)
    return spec


def main() -> None:
    """Read the FIFO and run; the parent is who started us, whatever becomes of it later."""
    parent = os.getppid()
    run_dir = Path(sys.argv[1])
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(30)  # an owner that died before it handed the specification over must not leave us waiting
    spec = _read_spec(run_dir)
    signal.alarm(0)
    process = importlib.import_module("process")  # the file beside this one, without the package that it belongs to
    if LINUX:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    if os.getppid() != parent or os.getppid() != spec["owner_pid"]:
        return
    Supervisor(run_dir, spec, parent, process).run()
