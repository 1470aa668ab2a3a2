"""Files and directories that only their owner may read."""

from __future__ import annotations

import os
from pathlib import Path

from aegis.errors import LocalResourceError


def private_directory(path: Path) -> Path:
    """Make the directory (and its parents) if need be, readable by its owner only, and return it.

    An existing directory keeps its mode: it may be the user's. Raises LocalResourceError.
    """
    try:
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.chmod(0o700)
    except OSError as error:
        raise LocalResourceError(
            f"cannot make the directory {path}: {error.strerror or error}",
            hint="Check its parent's permissions and the free disk space.",
        ) from error
    return path


def write_private(path: Path, data: bytes) -> None:
    """Write a whole file at once (a reader sees the old or the new one), readable by its owner only.

    Raises LocalResourceError.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise LocalResourceError(
            f"cannot write {path}: {error.strerror or error}",
            hint="Check the free disk space and who owns the directory.",
        ) from error
