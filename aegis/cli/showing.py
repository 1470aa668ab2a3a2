"""The live picture of `aegis start`: redrawn in a terminal, one line an event elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import click

from aegis.adapters.claims import Owner
from aegis.adapters.overview import Overview
from aegis.core.live import Picture, events, latest_rows, table_rows, tick_line, waits
from aegis.core.redaction import Redactor
from aegis.core.text import one_line, printable
from aegis.errors import DatabaseError
from aegis.settings import Settings

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live


class Shown(Protocol):
    """What is shown to people."""

    def look(self, trouble: tuple[str, ...]) -> None:
        """Look anew and show it, with what is wrong."""

    def tell(self, line: str) -> None:
        """Show one line by itself."""


@contextmanager
def watch(settings: Settings, overview: Overview, *, once: bool) -> Iterator[Shown]:
    """The picture for this terminal, or plain lines where there is none."""
    view = _View(settings, overview, once=once)
    if not sys.stdout.isatty():
        yield _Lines(view)
        return
    from rich.live import Live

    with Live(auto_refresh=False) as live:
        yield _Screen(view, live)


class _View:
    """Reads one picture after the other."""

    def __init__(self, settings: Settings, overview: Overview, *, once: bool) -> None:
        self._settings = settings
        self._overview = overview
        self._owner = Owner.current()
        self._every = None if once else timedelta(seconds=settings.poll_interval_seconds)
        self.mask = Redactor(settings.secrets()).mask
        self.picture = Picture(datetime.now().astimezone())

    def read(self, trouble: tuple[str, ...]) -> Picture:
        """The picture of now; where the database is away, the last one with that trouble."""
        try:
            picture = self._overview.picture(self._owner, limit_usd=self._settings.max_cost_usd_per_day)
            tick = self._overview.latest_tick()
        except DatabaseError as error:
            self.picture = replace(self.picture, trouble=(*trouble, str(error)))
            return self.picture
        ticking = tick is not None and tick[1]
        then = tick[0] + self._every if tick is not None and self._every is not None and not ticking else None
        self.picture = replace(picture, ticking=ticking, next_tick=then, trouble=trouble)
        return self.picture


class _Lines:
    """One line an event."""

    def __init__(self, view: _View) -> None:
        self._view = view
        self._before: Picture | None = None

    def look(self, trouble: tuple[str, ...]) -> None:
        after = self._view.read(trouble)
        for line in events(self._before, after):
            self.tell(line)
        self._before = after

    def tell(self, line: str) -> None:
        at = datetime.now().astimezone().isoformat(timespec="seconds")
        click.echo(f"{at} {self._view.mask(printable(line))}")
        sys.stdout.flush()


class _Screen:
    """One picture, redrawn."""

    def __init__(self, view: _View, live: Live) -> None:
        self._view = view
        self._live = live
        self._told: list[str] = []

    def look(self, trouble: tuple[str, ...]) -> None:
        self._view.read(trouble)
        self._draw()

    def tell(self, line: str) -> None:
        self._told = [*self._told[-3:], line]
        self._view.read(self._view.picture.trouble)
        self._draw()

    def _draw(self) -> None:
        self._live.update(drawn(self._view.picture, self._told, self._view.mask), refresh=True)


def drawn(picture: Picture, told: list[str], mask: Callable[[str], str]) -> RenderableType:
    """The picture for a terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    def lines(texts: Iterable[str], style: str = "") -> list[Text]:
        return [Text(mask(printable(text)), style=style, no_wrap=True, overflow="ellipsis") for text in texts]

    table = Table("agent at work on", "project", "for", "by", show_edge=False, pad_edge=False, header_style="bold")
    for row in table_rows(picture):
        table.add_row(*(Text(mask(cell)) for cell in row))
    held = [f"⚠ Held: {one_line(one)}" for one in picture.held]
    latest = [f"  {one}" for one in latest_rows(picture)]
    return Group(
        table if picture.running else Text("No agent is at work.", style="dim"),
        *lines((f"Waits: {one}" for one in waits(picture)), "cyan"),
        *lines(held, "yellow"),
        *lines((f"⚠ {one_line(one)}" for one in picture.trouble), "red"),
        *lines(["Latest:", *latest] if latest else [], "dim"),
        *lines([tick_line(picture)]),
        *lines(told, "bold"),
    )
