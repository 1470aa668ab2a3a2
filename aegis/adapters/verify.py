"""The repository's own verify commands: what must pass before a task counts as done."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from aegis.adapters.process import kill_all, wait_ended, with_environment
from aegis.adapters.project_log import ProjectLog
from aegis.core.redaction import Redactor
from aegis.core.verdicts import VerifyResult
from aegis.errors import LocalResourceError

TIMED_OUT = 124
"""The exit code of a command that ran over its time, as `timeout` has it."""
STOPPED = 130
_TAIL_BYTES = 8000
_MOST_LATE_BYTES = 1_000_000  # more than a pipe holds: what a command left behind goes on writing
_LOOK_SECONDS = 0.2
_MARK = "AEGIS_VERIFY"


def run_verify(
    commands: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout_seconds: float,
    redactor: Redactor,
    log_file: Path,
    should_stop: Callable[[], bool] = lambda: False,
) -> VerifyResult:
    """Run the commands one after the other until one fails; each is a line for bash, committed by the team.

    Args:
        commands: the lines.
        cwd: where they run.
        env: their whole environment.
        timeout_seconds: the most that each may take; after that it counts as failed with exit code 124.
        redactor: masks secrets in what is kept.
        log_file: gets the end of each command's output.
        should_stop: asked all the while; True ends the command, which then counts as failed with exit code 130.

    Returns the first failure, or a result without one. Whatever a command left running is ended with it. Raises
    LocalResourceError where no command can be started or the log cannot be written.
    """
    log = ProjectLog(log_file)
    try:
        for command in commands:
            code, tail = _run(command, cwd, env, timeout_seconds, should_stop)
            tail = redactor.mask(tail)
            log.text(f"[verify] {redactor.mask(command)}\n{tail.rstrip()}\n[verify] exit code {code}")
            if code != 0:
                return VerifyResult(failed=redactor.mask(command), exit_code=code, tail=tail)
    finally:
        log.close()
    return VerifyResult()


def _run(
    command: str, cwd: Path, env: Mapping[str, str], seconds: float, should_stop: Callable[[], bool]
) -> tuple[int, str]:
    """Run one command in a session of its own; its exit code and the end of its output."""
    mark = f"{os.getpid()}-{os.urandom(6).hex()}"
    try:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=cwd,
            env={**env, _MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise LocalResourceError(f"cannot start the verify command in {cwd}: {why}") from error
    try:
        tail, ended_by_us = _follow(process, time.monotonic() + seconds, should_stop)
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        _end_marked(f"{_MARK}={mark}")
        code = process.wait()
        if process.stdout is not None:
            process.stdout.close()
    return ended_by_us or (code if code >= 0 else 128 - code), tail.decode("utf-8", "replace")


def _end_marked(mark: str) -> None:
    """End all that carries the mark in its environment; what was started meanwhile is found by looking again."""
    for _ in range(5):
        left = with_environment(mark)
        if not left:
            return
        kill_all(left)
        wait_ended(left, 2.0)


def _follow(process: subprocess.Popen[bytes], deadline: float, should_stop: Callable[[], bool]) -> tuple[bytes, int]:
    """Read the output until the command ends (what it left behind may hold the pipe open), or until it must.

    Returns the output's end, and the exit code where the end was ours.
    """
    assert process.stdout is not None
    descriptor, tail, more, late = process.stdout.fileno(), b"", True, 0
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while time.monotonic() < deadline and late < _MOST_LATE_BYTES:
            if should_stop():
                return tail, STOPPED
            ended = process.poll() is not None
            if more and selector.select(0 if ended else _LOOK_SECONDS):
                piece = os.read(descriptor, 65536)
                tail, more = (tail + piece)[-_TAIL_BYTES:], bool(piece)
                late += len(piece) if ended else 0
            elif ended:
                return tail, 0
            elif not more:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_SECONDS)
    return tail, 0 if late else TIMED_OUT
