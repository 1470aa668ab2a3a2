"""The Claude CLI: how it is found and asked, and one run of it, watched by the supervisor.

The run's process is not our child: the supervisor owns it, so that its clock and its end do not depend on us. We hand
over what to do, follow the output as it grows, keep the lease fresh, and read how it ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aegis.adapters.activity import Activity
from aegis.adapters.files import private_directory
from aegis.adapters.process import ProcessRef, alive, descendants, kill_all, send, wait_ended, with_environment
from aegis.adapters.project_log import ProjectLog
from aegis.adapters.run_files import Follower, Lease, adopt_run, prepare, read_exit, read_pids, read_stderr
from aegis.core.claude_options import ClaudeOptions, command_line
from aegis.core.models import ClaudeRun
from aegis.core.redaction import Redactor
from aegis.core.replies import ExitRecord, StreamState, conclude

__all__ = ["ClaudeOptions", "LaunchedProcess", "Launcher", "adopt_run", "end_leftovers", "run_claude"]

COMMAND = (
    'exec env -i PATH="$PATH" AEGIS_EXECUTION_ID="$AEGIS_EXECUTION_ID" "$AEGIS_PYTHON" -I -S "$AEGIS_SUPERVISOR" '
    '"$AEGIS_RUN_DIR" </dev/null >/dev/null 2>>"$AEGIS_RUN_DIR/supervisor.log"'
)
"""The one command line; `env -i` keeps our own environment, and the secrets in it, from the supervisor."""

SUPERVISOR = Path(__file__).with_name("supervise.py")
MARK = "AEGIS_EXECUTION_ID"
_POLL_SECONDS = 0.03
_POLL_AT_THE_END = 0.005
"""Once the result has come the run ends within a few hundredths of a second: no task should wait longer for us."""
_HANDOVER_SECONDS = 20.0


class LaunchedProcess(Protocol):
    """A started command line."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""

    def terminate(self) -> None:
        """Ask it to end."""


Launcher = Callable[[str, Mapping[str, str], Path], LaunchedProcess]
"""Starts a constant command line with further environment variables in a directory."""


@dataclass
class _Run:
    """One run in progress, as its owner sees it."""

    run_dir: Path
    options: ClaudeOptions
    launched: LaunchedProcess
    follower: Follower
    stream: StreamState
    log: ProjectLog
    redactor: Redactor
    on_text: Callable[[str], None]
    last_sign: float
    stop_asked: bool = False
    activity: Activity | None = None

    def read_on(self) -> None:
        """Take the lines that have come since."""
        for line in self.follower.lines():
            self.last_sign = time.monotonic()
            self.tell(self.stream.take(line))

    def read_rest(self) -> None:
        """At the end: what is left, a cut last line included."""
        self.read_on()
        self.tell(self.stream.take_rest(self.follower.rest()))

    def tell(self, text: str) -> None:
        """Log a piece of readable output and hand it on."""
        if text.strip():
            text = self.redactor.mask(text)
            self.log.text(text)
            self.on_text(text)

    def stop(self, reason: str) -> None:
        """Have the supervisor end the agent in steps, once."""
        if not self.stop_asked:
            self.stop_asked = True
            with suppress(OSError):
                (self.run_dir / "stop").write_text(reason)
            self.launched.terminate()

    def silent_for(self) -> float:
        """Seconds since the last line."""
        return time.monotonic() - self.last_sign

    def has_stalled(self) -> bool:
        """Whether no line came for too long, and none of its processes did anything either."""
        longest = self.options.stall_seconds
        idle_for = self.activity.idle_for() if self.activity is not None else self.silent_for()
        return idle_for > longest and self.silent_for() > longest


async def run_claude(
    *,
    cli: Path,
    options: ClaudeOptions,
    prompt: str,
    cwd: Path,
    run_dir: Path,
    env: Mapping[str, str],
    redactor: Redactor,
    log_file: Path,
    header: str,
    launch: Launcher,
    on_text: Callable[[str], None],
    on_started: Callable[[ProcessRef, ProcessRef], None],
    should_stop: Callable[[], bool],
) -> ClaudeRun:
    """One run of the CLI, from its start to its end, with no process left behind.

    Args:
        cli: the executable.
        options: what the run may use and do.
        prompt: what stands on its stdin.
        cwd: where it works.
        run_dir: a directory of this run alone; its name marks the run's processes.
        env: the agent's whole environment.
        redactor: masks secrets in all that is written.
        log_file: the project's log, appended to as the output comes.
        header: the task's name for the log.
        launch: starts the supervisor's command line.
        on_text: gets each piece of readable output, masked.
        on_started: gets the supervisor and the agent once they run.
        should_stop: asked all the time; True ends the agent (the claim was lost).

    Raises LocalResourceError where a file cannot be written; the agent is stopped then.
    """
    private_directory(run_dir)
    prepare(run_dir, redactor.mask(prompt))
    log = ProjectLog(log_file)
    follower = Follower(run_dir / "events.jsonl")
    try:
        log.header(redactor.mask(header), run_dir / "prompt.md")
        launched = await asyncio.to_thread(launch, COMMAND, _launch_environment(run_dir), cwd)
        stream = StreamState()
        run = _Run(run_dir, options, launched, follower, stream, log, redactor, on_text, time.monotonic())
        try:
            await asyncio.to_thread(_hand_over, run_dir, launched, _spec(cli, options, cwd, run_dir, env, redactor))
            with Lease(run_dir, options.sign_every_seconds):
                ended = await _follow(run, on_started, should_stop)
        except BaseException:
            await asyncio.shield(_stop_and_wait(run))
            raise
        finished = conclude(stream, ended, options.session_id, own_form=options.reply_schema is not None)
        log.ending(finished.exit_code, redactor.mask(finished.detail))
        return finished
    finally:
        follower.close()
        log.close()


def _launch_environment(run_dir: Path) -> dict[str, str]:
    return {
        MARK: run_dir.name,
        "AEGIS_PYTHON": sys.executable,
        "AEGIS_SUPERVISOR": str(SUPERVISOR),
        "AEGIS_RUN_DIR": str(run_dir),
    }


def _spec(
    cli: Path, options: ClaudeOptions, cwd: Path, run_dir: Path, env: Mapping[str, str], redactor: Redactor
) -> dict[str, Any]:
    return {
        "argv": command_line(str(cli), options),
        "cwd": str(cwd),
        "env": {**env, MARK: run_dir.name},
        "mark": f"{MARK}={run_dir.name}",
        "secrets": [needle.decode() for needle in redactor.needles],
        "wall_seconds": options.wall_seconds,
        "grace_seconds": options.stop_grace_seconds,
        "lease_seconds": options.lease_seconds,
        "owner_pid": os.getpid(),
    }


def _hand_over(run_dir: Path, launched: LaunchedProcess, spec: dict[str, Any]) -> None:
    """Give the supervisor its specification through the FIFO, which stands in no file."""
    data = json.dumps(spec).encode()
    deadline = time.monotonic() + _HANDOVER_SECONDS
    while True:
        try:
            descriptor = os.open(run_dir / "spec", os.O_WRONLY | os.O_NONBLOCK)
            break
        except OSError:  # no reader yet
            if launched.poll() is not None or time.monotonic() > deadline:
                return  # it never came up; following it finds no end recorded, and says so
            time.sleep(0.002)
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "wb") as file, suppress(BrokenPipeError):
        file.write(data)


async def _follow(
    run: _Run, on_started: Callable[[ProcessRef, ProcessRef], None], should_stop: Callable[[], bool]
) -> ExitRecord:
    """Read the output until the supervisor has ended; stop the agent where it must not go on."""
    started = False
    while run.launched.poll() is None:
        if not started and (pids := read_pids(run.run_dir)) is not None:
            started = True
            run.activity = Activity(*pids, run.options.stall_seconds)
            await asyncio.to_thread(on_started, *pids)
        run.read_on()
        if should_stop():
            run.stop("stopped")
        elif run.stream.result is not None and run.silent_for() > run.options.result_grace_seconds:
            run.stop("stuck")
        elif run.has_stalled():
            run.stop("stalled")
        await asyncio.sleep(_POLL_SECONDS if run.stream.result is None else _POLL_AT_THE_END)
    run.read_rest()
    ended = read_exit(run.run_dir)
    if ended is None:
        await asyncio.to_thread(end_leftovers, run.run_dir)
        ended = ExitRecord(exit_code=None, reason="lost", stderr=read_stderr(run.run_dir))
    return ended


async def _stop_and_wait(run: _Run) -> None:
    """After a cancellation or an error of ours: nothing may go on without an owner."""
    run.stop("stopped")
    deadline = time.monotonic() + run.options.stop_grace_seconds + 5
    while run.launched.poll() is None and time.monotonic() < deadline:  # noqa: ASYNC110 - a process tells no event
        await asyncio.sleep(_POLL_SECONDS)
    await asyncio.to_thread(end_leftovers, run.run_dir)


def end_leftovers(run_dir: Path, grace_seconds: float = 12.0) -> int:
    """End what is left of a run on this host, in steps; returns how many processes there were."""
    pids = read_pids(run_dir)
    marked = {ref.pid: ref for ref in with_environment(f"{MARK}={run_dir.name}")}
    if pids is not None:
        supervisor, agent = pids
        for ref in (supervisor, agent):
            if alive(ref):
                marked |= {ref.pid: ref, **{child.pid: child for child in descendants(ref.pid)}}
        if alive(supervisor):  # it stops the agent in steps, as soon as it sees that its parent is gone
            send([supervisor], signal.SIGTERM)
            wait_ended([supervisor], grace_seconds)
    left = [ref for ref in marked.values() if alive(ref)]
    if left:
        send(left, signal.SIGTERM)
        left = list(wait_ended(left, min(grace_seconds, 3.0)))
    kill_all(left)
    kill_all(with_environment(f"{MARK}={run_dir.name}"))
    return len(marked)
