"""Files and directories that only their owner may read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aegis.errors import LocalResourceError


@contextmanager
def local(what: str, hint: str = "Check the free disk space and who owns the directory.") -> Iterator[None]:
    """Within this context an error of the file system is told as "cannot WHAT". Raises LocalResourceError."""
    try:
        yield
    except OSError as error:
        raise LocalResourceError(f"cannot {what}: {error.strerror or error}", hint=hint) from error


def private_directory(path: Path) -> Path:
    """Make the directory and its missing parents, readable by their owner only, and return it.

    An existing directory keeps its mode: it may be the user's. Raises LocalResourceError.
    """
    with local(f"make the directory {path}", hint="Check its parent's permissions and the free disk space."):
        if not path.is_dir():
            for missing in reversed([one for one in path.parents if not one.exists()]):
                missing.mkdir(mode=0o700, exist_ok=True)
            path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_private(path: Path, data: bytes) -> None:
    """Write a whole file at once (a reader sees the old or the new one), readable by its owner only.

    Raises LocalResourceError.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with local(f"write {path}"):
        try:
            descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            scratch.replace(path)
        except OSError:
            scratch.unlink(missing_ok=True)
            raise
