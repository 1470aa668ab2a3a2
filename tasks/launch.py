"""How a command line is started: by prefect-shell's ShellOperation, for the Claude adapter that knows no Prefect."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from prefect_shell import ShellOperation
from prefect_shell.commands import ShellProcess


class ShellLaunched:
    """A command that ShellOperation started; it satisfies the Claude adapter's `LaunchedProcess`."""

    def __init__(self, operation: ShellOperation, process: ShellProcess) -> None:
        self._operation = operation
        self._process = process
        self.pid: int = process.pid
        # ShellProcess learns the exit code only by waiting, and tells a failure by an exception that we do not need.
        self._waiter = threading.Thread(target=self._wait, name=f"wait-{self.pid}", daemon=True)
        self._waiter.start()

    def _wait(self) -> None:
        with suppress(RuntimeError):
            self._process.wait_for_completion(_sync=True)
        self._operation.close(_sync=True)  # removes the script file that ShellOperation wrote

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return None if self._waiter.is_alive() else self._process.return_code

    def terminate(self) -> None:
        """Ask it to end; our supervisor then stops the agent in steps."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)


def shell_operation(command: str, env: Mapping[str, str], cwd: Path) -> ShellLaunched:
    """Start one constant command line; its variable parts are in `env` and in files."""
    operation = ShellOperation(  # noqa: S604 - the command line is a constant of ours
        commands=[command],
        env=dict(env),
        working_dir=cwd,
        stream_output=False,
        shell="bash",
    )
    return ShellLaunched(operation, operation.trigger(_sync=True))
