"""What is kept for LOG_RETENTION_DAYS and no longer: raw events of finished runs, and project logs nobody wrote to."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from aegis.adapters.files import private_directory
from aegis.adapters.project_log import RULE
from aegis.wiring import Runtime
from tasks.clock import now

MOST_RESULTS = 1000
_EVERY_SECONDS = 3600


def forget_old_files(runtime: Runtime) -> None:
    """Remove run directories, results and project logs that are older than LOG_RETENTION_DAYS; at most hourly."""
    if not is_due(runtime.home / "tidied-files"):
        return
    oldest = now().timestamp() - runtime.settings.log_retention_days * 86400
    remove_older(oldest, runs=runtime.home / "runs", logs=runtime.log_dir)
    forget_old_results(runtime.home / "results", oldest)


def forget_old_results(folder: Path, oldest: float) -> None:
    """Remove kept results that were written before `oldest` (epoch seconds), and the oldest beyond so many."""
    files = sorted(((_age_mark(file), file) for file in _children(folder) if file.is_file()), reverse=True)
    for number, (written, file) in enumerate(files):
        if written < oldest or number >= MOST_RESULTS:
            with suppress(OSError):
                file.unlink()


def remove_older(oldest: float, *, runs: Path, logs: Path) -> None:
    """Remove what was last changed before `oldest` (epoch seconds). LOG_DIR may be shared: only logs of ours go."""
    for folder in _children(runs):
        if _age_mark(folder) < oldest:
            shutil.rmtree(folder, ignore_errors=True)
    for file in _children(logs):
        if file.suffix == ".log" and _age_mark(file) < oldest and _is_ours(file):
            with suppress(OSError):
                file.unlink()


def _is_ours(file: Path) -> bool:
    """Whether it begins as each project's log does."""
    try:
        if file.is_symlink() or not file.is_file():
            return False
        with file.open("rb") as opened:
            return opened.read(len(RULE) + 2) == f"{RULE}\n[".encode()
    except OSError:
        return False


def is_due(stamp: Path) -> bool:
    """Whether the last time, which the file remembers, is an hour ago; this time counts now, also where it fails."""
    with suppress(OSError):
        if now().timestamp() - stamp.stat().st_mtime < _EVERY_SECONDS:
            return False
    private_directory(stamp.parent)
    stamp.touch(mode=0o600)
    return True


def _children(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _age_mark(path: Path) -> float:
    """The latest change: of the file, or of anything in a run's directory."""
    with suppress(OSError):
        return max([path.stat().st_mtime, *(child.stat().st_mtime for child in _children(path))])
    return float("inf")
