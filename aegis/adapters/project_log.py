"""A project's log file: what each task's run said, in the guide's format, readable by its owner only."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from aegis.adapters.files import private_directory
from aegis.core.text import one_line, printable
from aegis.errors import LocalResourceError

RULE = "=" * 80


class ProjectLog:
    """Appends to a project's log as the run goes on; several processes may append to one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        private_directory(path.parent)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise LocalResourceError(
                f"cannot write the log file {path}: {error.strerror}", hint="Set LOG_DIR to a folder of your own."
            ) from error
        self._file: BinaryIO = os.fdopen(descriptor, "ab", buffering=0)

    def header(self, title: str, prompt: Path | None = None) -> None:
        """The lines that begin a task's part, with the time and its zone, and where the whole prompt lies."""
        now = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        told = f"Prompt: {prompt}\n\n" if prompt is not None else ""
        self._write(f"{RULE}\n[{now}] Task: {one_line(title)}\n{RULE}\n\n{told}")

    def text(self, text: str) -> None:
        """A piece of readable output."""
        self._write(printable(text).rstrip("\n") + "\n")

    def ending(self, exit_code: int | None, note: str = "") -> None:
        """The line that ends a task's part."""
        told = f"\n{note}" if note else ""
        self._write(f"{told}\nExit code: {'none' if exit_code is None else exit_code}\n\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, text: str) -> None:
        try:
            self._file.write(text.encode("utf-8", "replace"))
        except OSError as error:
            raise LocalResourceError(
                f"cannot write the log file {self.path}: {error.strerror}", hint="Check the free disk space (df -h)."
            ) from error
