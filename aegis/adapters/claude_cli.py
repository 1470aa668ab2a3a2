"""The Claude CLI itself: where it is, which version, whether it is logged in, and whether the model answers."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aegis.core.models import Ending
from aegis.core.replies import ExitRecord, StreamState, conclude
from aegis.errors import ClaudeNotFoundError, ClaudeUnusableError

INSTALL_HINT = (
    "Install: npm install -g @anthropic-ai/claude-code, or without Node: pip install 'aegis[claude]'; "
    "or set CLAUDE_PATH."
)
_VERSION_SECONDS = 20
_PROBE_SECONDS = 60


@dataclass(frozen=True)
class FoundCli:
    """The CLI and how it was found."""

    path: Path
    origin: Literal["CLAUDE_PATH", "PATH", "bundled"]


@dataclass(frozen=True)
class AuthStatus:
    """What `claude auth status` says."""

    logged_in: bool
    method: str = ""


def find_cli(claude_path: str | None, path: str) -> FoundCli:
    """The CLI: the one that CLAUDE_PATH names, else the first on `path`, else that of the `claude` extra.

    Raises ClaudeNotFoundError; a CLAUDE_PATH that leads nowhere is one, whatever else there is.
    """
    if claude_path:
        named = Path(claude_path).expanduser()
        if not _is_program(named):
            raise ClaudeNotFoundError(f"CLAUDE_PATH names '{claude_path}', which is no program.", hint=INSTALL_HINT)
        return FoundCli(named.absolute(), "CLAUDE_PATH")
    found = shutil.which("claude", path=path)
    if found:
        return FoundCli(Path(found).absolute(), "PATH")
    spec = importlib.util.find_spec("claude_agent_sdk")  # found, not imported: importing takes two seconds
    for place in (spec.submodule_search_locations or []) if spec else []:
        bundled = Path(place) / "_bundled" / "claude"
        if _is_program(bundled):
            return FoundCli(bundled, "bundled")
    raise ClaudeNotFoundError("'claude' CLI not found. Please install it first.", hint=INSTALL_HINT)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def cli_version(cli: Path, env: Mapping[str, str]) -> str:
    """What `claude --version` prints. Raises ClaudeUnusableError."""
    done = _run([str(cli), "--version"], env, _VERSION_SECONDS)
    if done.returncode != 0 or not done.stdout.strip():
        raise ClaudeUnusableError(f"{cli} --version failed: {_said(done)}", kind="cli", hint=INSTALL_HINT)
    return done.stdout.strip().splitlines()[0]


def auth_status(cli: Path, env: Mapping[str, str]) -> AuthStatus:
    """Whether the CLI has a login or a key; asks no network. Raises ClaudeUnusableError."""
    done = _run([str(cli), "auth", "status"], env, _VERSION_SECONDS)
    try:
        document = json.loads(done.stdout)
        method = document.get("apiKeySource") or document.get("authMethod") or ""
        return AuthStatus(bool(document["loggedIn"]), str(method))
    except (ValueError, KeyError, AttributeError) as error:
        raise ClaudeUnusableError(f"`claude auth status` failed: {_said(done)}", kind="cli") from error


def probe_model(cli: Path, env: Mapping[str, str], model: str) -> str:
    """Ask the model for one word; returns its answer. Raises ClaudeUnusableError with its kind."""
    argv = [str(cli), "-p", "--output-format", "stream-json", "--verbose", "--model", model]
    argv += ["--max-turns", "1", "--no-session-persistence", "--disallowedTools", "Bash,Write,Edit"]
    asked = {**env, "CLAUDE_CODE_MAX_RETRIES": "0", "API_TIMEOUT_MS": "30000"}
    with tempfile.TemporaryDirectory(prefix="aegis-probe-") as nowhere:
        done = _run(argv, asked, _PROBE_SECONDS, prompt="Answer with the one word: OK", cwd=nowhere)
    stream = StreamState()
    for line in done.stdout.splitlines():
        stream.take(line.encode())
    run = conclude(stream, ExitRecord(done.returncode, "exited", stderr=done.stderr), "")
    if run.ending in (Ending.REPLIED, Ending.NO_REPLY):
        return stream.tail.strip()
    raise ClaudeUnusableError(
        f"the model {model} did not answer: {run.detail or 'no answer'}",
        kind=run.unusable_kind or "cli",
        resets_at=run.resets_at,
    )


def _run(
    argv: list[str], env: Mapping[str, str], seconds: float, *, prompt: str = "", cwd: str | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            argv,
            input=prompt,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            env=dict(env),
            cwd=cwd,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ClaudeUnusableError(f"{argv[0]} did not end within {seconds:.0f} s", kind="unreachable") from error
    except OSError as error:
        raise ClaudeUnusableError(f"cannot run {argv[0]}: {error.strerror}", kind="cli", hint=INSTALL_HINT) from error


def _said(done: subprocess.CompletedProcess[str]) -> str:
    text = " ".join((done.stderr or done.stdout).split())
    return text[:300] or f"exit code {done.returncode}"
