"""What git says of a code directory, asked so that nothing in the repository is executed or changed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aegis.core.repo_config import RepoConfig, parse_repo_config
from aegis.errors import ConfigurationError

CONFIG_NAME = ".aegis.toml"
_SECONDS = 20
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=false")
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_STATUS = ("status", "--porcelain", "-z", "--untracked-files=normal", "--no-renames", "--ignore-submodules=dirty")


@dataclass(frozen=True)
class GitState:
    """A working tree before a run: whether it is one, its commit, and the files with uncommitted changes."""

    is_repository: bool = False
    head: str = ""
    dirty_files: tuple[str, ...] = ()


def git_state(directory: Path, env: Mapping[str, str]) -> GitState:
    """Look at a directory; one without git (or a machine without it) is no error.

    Files within submodules are not looked at: their own settings could name programs to execute.
    """
    status = _git(directory, env, *_STATUS)
    if status is None:
        return GitState()
    head = _git(directory, env, "rev-parse", "--verify", "--quiet", "HEAD") or b""
    entries = [entry[3:].decode("utf-8", "replace") for entry in status.split(b"\0") if len(entry) > 3]
    return GitState(True, head.decode().strip(), tuple(entries))


def read_repo_config(directory: Path, env: Mapping[str, str]) -> RepoConfig:
    """The repository's `.aegis.toml` as committed: what an agent wrote into the working tree does not count.

    Without a repository there is no such difference, and the file itself is read. Raises ConfigurationError, also
    where there is a repository that git cannot read: the team's checks must not be left out in silence.
    """
    if _git(directory, env, "rev-parse", "--is-inside-work-tree") is not None:
        committed = _git(directory, env, "cat-file", "blob", f"HEAD:./{CONFIG_NAME}")
        return parse_repo_config(_decoded(committed)) if committed is not None else RepoConfig()
    try:
        data = (directory / CONFIG_NAME).read_bytes()
    except FileNotFoundError:
        return RepoConfig()
    except OSError as error:
        raise ConfigurationError(f"cannot read {directory / CONFIG_NAME}: {error.strerror}") from error
    if any((folder / ".git").exists() for folder in (directory, *directory.parents)):
        raise ConfigurationError(
            f"git cannot read the repository of {directory}, so neither can the committed {CONFIG_NAME} be read",
            hint=f"See what `git -C {directory} status` says; git must be installed and trust the directory's owner.",
        )
    return parse_repo_config(_decoded(data))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{CONFIG_NAME} is not UTF-8 text") from error


def _git(directory: Path, env: Mapping[str, str], *arguments: str) -> bytes | None:
    """What a git command prints; None where it fails."""
    command = ["git", *_HARMLESS, "-C", str(directory), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_SECONDS, env={**env, **_QUIET}, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
