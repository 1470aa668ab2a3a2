"""The live picture of `aegis start` and `aegis status --watch`: redrawn in a terminal, one line an event elsewhere."""

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
from aegis.core.live import Picture, at_first, events, latest_rows, table_rows, tick_line, waits
from aegis.core.redaction import Redactor
from aegis.core.text import one_line, printable
from aegis.errors import DatabaseError
from aegis.settings import Settings

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

_OVERDUE = 3
"""Intervals after which no next look is expected any more: nobody seems to watch the portfolio."""


class Shown(Protocol):
    """What is shown to people."""

    def look(self, trouble: tuple[str, ...]) -> None:
        """Look anew and show it, with what is wrong."""

    def tell(self, line: str) -> None:
        """Show one line by itself."""


@contextmanager
def watch(
    settings: Settings, look: Callable[[], Picture], *, foot: Callable[[], list[str]] = list, opening: bool = False
) -> Iterator[Shown]:
    """What `look` returns, as a picture for this terminal, or as plain lines where there is none.

    Args:
        settings: whose secrets are masked.
        look: reads the picture of now; a DatabaseError that it raises is shown as trouble.
        foot: the lines below the picture.
        opening: whether the plain lines begin with one that says what is at work.
    """
    view = _View(look, Redactor(settings.secrets()).mask)
    if not sys.stdout.isatty():
        yield _Lines(view, opening=opening)
        return
    from rich.live import Live

    with Live(auto_refresh=False) as live:
        yield _Screen(view, live, foot)


def picture_of_now(
    overview: Overview, settings: Settings, owner: Owner, *, ticks: bool = True, project: str | None = None
) -> Picture:
    """The picture of now, with the next look where one is to be expected; of one project with its GID.

    Raises DatabaseError.
    """
    picture = overview.picture(owner, limit_usd=settings.max_cost_usd_per_day, project=project)
    tick = overview.latest_tick()
    if tick is None:
        return picture
    began, runs = tick
    every = timedelta(seconds=settings.poll_interval_seconds)
    expected = ticks and not runs and picture.at < began + _OVERDUE * every
    return replace(picture, ticking=runs, latest_tick=began, next_tick=began + every if expected else None)


class _View:
    """Reads one picture after the other; where the database is away, the last one with that trouble."""

    def __init__(self, look: Callable[[], Picture], mask: Callable[[str], str]) -> None:
        self._look = look
        self.mask = mask
        self.picture = Picture(datetime.now().astimezone())
        self._away = ""

    def read(self, trouble: tuple[str, ...]) -> Picture:
        """The picture of now. One time away is one trouble, however its words change meanwhile."""
        try:
            self.picture = replace(self._look(), trouble=trouble)
            self._away = ""
        except DatabaseError as error:
            self._away = self._away or str(error)
            self.picture = replace(self.picture, at=datetime.now().astimezone(), trouble=(*trouble, self._away))
        return self.picture


class _Lines:
    """One line an event."""

    def __init__(self, view: _View, *, opening: bool) -> None:
        self._view = view
        self._opening = opening
        self._before: Picture | None = None

    def look(self, trouble: tuple[str, ...]) -> None:
        after = self._view.read(trouble)
        if self._opening and self._before is None:
            self.tell(at_first(after))
        for line in events(self._before, after):
            self.tell(line)
        self._before = after

    def tell(self, line: str) -> None:
        at = datetime.now().astimezone().isoformat(timespec="seconds")
        click.echo(f"{at} {self._view.mask(printable(line))}")
        sys.stdout.flush()


class _Screen:
    """One picture, redrawn."""

    def __init__(self, view: _View, live: Live, foot: Callable[[], list[str]]) -> None:
        self._view = view
        self._live = live
        self._foot = foot
        self._told: list[str] = []

    def look(self, trouble: tuple[str, ...]) -> None:
        self._view.read(trouble)
        self._draw()

    def tell(self, line: str) -> None:
        self._told = [*self._told[-3:], line]
        self._view.read(self._view.picture.trouble)
        self._draw()

    def _draw(self) -> None:
        self._live.update(drawn(self._view.picture, [*self._foot(), *self._told], self._view.mask), refresh=True)


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
