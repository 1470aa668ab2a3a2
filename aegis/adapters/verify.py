"""The repository's own verify commands: what must pass before a task counts as done."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from aegis.adapters.process import with_environment
from aegis.adapters.project_log import ProjectLog
from aegis.core.redaction import Redactor
from aegis.core.verdicts import VerifyResult

_TAIL_BYTES = 8000
_MARK = "AEGIS_VERIFY"


def run_verify(
    commands: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout_seconds: float,
    redactor: Redactor,
    log_file: Path,
) -> VerifyResult:
    """Run the commands one after the other until one fails; each is a line for bash, committed by the team.

    Returns the first failure, or a result without one. Raises LocalResourceError where the log cannot be written.
    """
    log = ProjectLog(log_file)
    try:
        for command in commands:
            code, tail = _run(command, cwd, env, timeout_seconds)
            tail = redactor.mask(tail)
            log.text(f"[verify] {redactor.mask(command)}\n{tail}\n[verify] exit code {code}")
            if code != 0:
                return VerifyResult(failed=redactor.mask(command), exit_code=code, tail=tail)
    finally:
        log.close()
    return VerifyResult()


def _run(command: str, cwd: Path, env: Mapping[str, str], seconds: float) -> tuple[int, str]:
    """Run one command in a session of its own; whatever it leaves behind is ended with it."""
    with tempfile.TemporaryFile() as output:
        mark = f"{os.getpid()}-{os.urandom(6).hex()}"
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=cwd,
            env={**env, _MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = 124
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            for ref in with_environment(f"{_MARK}={mark}"):
                with suppress(ProcessLookupError):
                    os.kill(ref.pid, signal.SIGKILL)
            process.wait()
        size = output.seek(0, os.SEEK_END)
        output.seek(max(0, size - _TAIL_BYTES))
        return code, output.read().decode("utf-8", "replace")
