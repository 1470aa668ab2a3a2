"""Log lines: to stderr (a terminal gets warnings, anything else LOG_LEVEL), and always to a rotated private file.

Every line is one line: control characters are escaped and secrets masked, whatever was logged.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from aegis.adapters.files import private_directory
from aegis.core.redaction import Redactor
from aegis.core.text import printable

_FILE_BYTES = 5_000_000
_FILES_KEPT = 5


_ids: ContextVar[Mapping[str, str]] = ContextVar("aegis_log_ids", default=MappingProxyType({}))


@contextmanager
def log_ids(**ids: str) -> Iterator[None]:
    """Within this context each line bears these ids too: `flow_run`, `project`, `task`; empty ones are left out."""
    token = _ids.set({**_ids.get(), **{name: one for name, one in ids.items() if one}})
    try:
        yield
    finally:
        _ids.reset(token)


def add_log_ids(**ids: str) -> None:
    """From here on, until the `log_ids` around this ends, each line bears these ids too."""
    _ids.set({**_ids.get(), **{name: one for name, one in ids.items() if one}})


def _plain(value: object) -> object:
    """A field's value, in which nothing can disturb a line."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else printable(str(value))


class _Line(logging.Formatter):
    """One record as one line: JSON for machines, with the ids of what it is about, or text for people.

    A record may carry `event` (a name) and `fields` (what belongs to it).
    """

    def __init__(self, form: str, redactor: Redactor) -> None:
        super().__init__()
        self._json = form == "json"
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = printable(record.getMessage())
        trace = printable(self.formatException(record.exc_info)) if record.exc_info else ""
        fields = {**_ids.get(), **getattr(record, "fields", {})}
        if self._json:
            document = {"time": at, "level": record.levelname, "logger": record.name, "message": message}
            if hasattr(record, "event"):
                document["event"] = record.event
            document |= {name: _plain(one) for name, one in fields.items()}
            if trace:
                document["traceback"] = trace
            return self._redactor.mask(json.dumps(document, ensure_ascii=False))
        text = f"{at} {record.levelname} {record.name}: {message}"
        if hasattr(record, "event"):  # the ids alone would only lengthen every other line that a person reads
            told = (f"{name}={json.dumps(_plain(one), ensure_ascii=False)}" for name, one in fields.items())
            text += f" [{' '.join(told)}]"
        text += f"\n{trace}" if trace else ""
        return self._redactor.mask(text.replace("\n", "\\n"))


class _Shown(logging.StreamHandler[TextIO]):
    """Lines on stderr; where nobody reads it any more, they are lost in silence."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop the line."""


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """The kept lines; a file that cannot be written is said once, and costs nobody the work."""

    _said = False

    def handleError(self, record: logging.LogRecord) -> None:
        """Say once that the lines are not kept."""
        if not self._said:
            self._said = True
            error = sys.exc_info()[1]
            why = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.write(f"Note: log lines are not kept: cannot write {self.baseFilename}: {why}\n")

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="replace")


def setup_logging(level: str, form: str, redactor: Redactor, *, home: Path | None) -> None:
    """Set Aegis's log lines up for this process; without `home` (nothing may be written) there is no file."""
    root = logging.getLogger("aegis")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    number = logging.getLevelNamesMapping()[level]
    root.setLevel(min(number, logging.INFO))
    root.propagate = False
    terminal = sys.stderr.isatty()
    shown = _Shown(sys.stderr)
    shown.setLevel(max(number, logging.WARNING) if terminal and level != "DEBUG" else number)
    shown.setFormatter(_Line("console" if terminal else form, redactor))
    root.addHandler(shown)
    if home is not None:
        root.addHandler(_kept(home, form, redactor))


def ensure_logging(level: str, form: str, redactor: Redactor, *, home: Path | None) -> None:
    """The same for a process that somebody else started, such as Prefect's worker: the handlers there stay."""
    root = logging.getLogger("aegis")
    if any(isinstance(handler, _Shown | _PrivateFile) for handler in root.handlers):
        return
    root.setLevel(min(logging.getLevelNamesMapping()[level], logging.INFO))  # Prefect sets none, and would get nothing
    if home is not None:
        root.addHandler(_kept(home, form, redactor))


def _kept(home: Path, form: str, redactor: Redactor) -> logging.Handler:
    folder = private_directory(private_directory(home) / "logs")
    kept = _PrivateFile(folder / "aegis.log", maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, delay=True)
    kept.setFormatter(_Line(form, redactor))
    return kept
