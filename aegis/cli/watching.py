"""`aegis status --watch`: the status again and again, until a signal; it writes nothing, and asks our tables alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import NoReturn, TypeVar

import click

from aegis.adapters.claims import Owner
from aegis.adapters.overview import Overview
from aegis.cli.engine import local_server
from aegis.cli.showing import picture_of_now, watch
from aegis.cli.signals import Interrupted, Signals
from aegis.cli.status import as_text, document_of, project_gid
from aegis.core.live import Picture
from aegis.core.redaction import Redactor
from aegis.errors import DatabaseError
from aegis.settings import Settings
from aegis.wiring import State, open_state

T = TypeVar("T")


def watch_status(settings: Settings, project: str | None, *, as_json: bool, seconds: float) -> int:
    """Show the status until Ctrl-C or SIGTERM; returns the exit code.

    Args:
        settings: where the database is.
        project: what names one project (a name, GID or URL), None for all.
        as_json: one JSON object a line, each time that it changed.
        seconds: between two looks.

    Raises DatabaseError and ProjectNotFoundError at the first look; a database that goes away later is told.
    """
    tables = _Tables(settings)
    with Signals() as signals:
        try:
            gid = tables.ask(lambda state: project_gid(state, project)) if project else None
            if as_json:
                _print(settings, tables, project, gid, lambda: signals.wait(seconds))
            _show(settings, tables, gid, lambda: signals.wait(seconds))
        except Interrupted:
            return signals.exit_code
        finally:
            tables.close()


class _Tables:
    """The state, opened when it is needed: anew after trouble, and where another file stands in the old one's place."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = ExitStack()
        self._state: State | None = None
        self._file: tuple[int, int] | None = None

    def ask(self, question: Callable[[State], T]) -> T:
        """The answer of the open state. Raises DatabaseError, and is then opened anew by the next question."""
        file = self._file_now()
        state = self._state
        if state is None or not state.database.made or file != self._file:
            self.close()
            state = self._open.enter_context(open_state(self._settings, read_only=True))
            self._state, self._file = state, file
        try:
            return question(state)
        except DatabaseError:
            self.close()
            raise

    def close(self) -> None:
        """Give the connections back."""
        self._open.close()
        self._state = None

    def _file_now(self) -> tuple[int, int] | None:
        """Which file our SQLite database is; one that is made or restored while we watch is another."""
        if self._settings.database_url is not None:
            return None
        try:
            found = (self._settings.aegis_home / "aegis.db").stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _show(settings: Settings, tables: _Tables, gid: str | None, wait: Callable[[], object]) -> NoReturn:
    """For people; ends by what a signal raises."""
    owner = Owner.current()

    def look() -> Picture:
        return tables.ask(lambda state: picture_of_now(Overview(state.database), settings, owner, project=gid))

    def foot() -> list[str]:
        server = local_server(settings).status()
        return [f"Prefect UI: {server.ui_url}" if server else "Prefect UI: no local server is running"]

    look()  # what cannot be shown at all is an error
    with watch(settings, look, foot=foot, opening=True) as shown:
        while True:
            shown.look(())
            wait()


def _print(
    settings: Settings, tables: _Tables, project: str | None, gid: str | None, wait: Callable[[], object]
) -> NoReturn:
    """For machines: one line each time that something changed; ends by what a signal raises."""
    mask = Redactor(settings.secrets()).mask

    def look() -> dict[str, object]:
        return tables.ask(lambda state: document_of(settings, state, project, gid))

    last, printed, trouble = look(), None, None
    while True:
        document = {**last, "trouble": trouble}
        if document != printed:
            printed = document
            at = datetime.now().astimezone().isoformat(timespec="seconds")
            click.echo(mask(json.dumps({"at": at, **document}, ensure_ascii=False, default=as_text)))
            sys.stdout.flush()
        wait()
        try:
            last, trouble = look(), None
        except DatabaseError as error:  # one time away is one trouble, however its words change meanwhile
            trouble = trouble or str(error)
