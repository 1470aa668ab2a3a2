"""Plain tables: what was measured, its ratio to something of the same run, and whether a demand is met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEAD = ("measured", "median", "ratio", "demand", "verdict")


@dataclass(frozen=True)
class Row:
    """One figure. `met` is None where nothing is demanded of it."""

    what: str
    value: str
    ratio: str = ""
    demand: str = ""
    met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """As printed."""
        verdict = "" if self.met is None else "met" if self.met else "MISSED"
        return (self.what, self.value, self.ratio, self.demand, verdict)


@dataclass(frozen=True)
class Table:
    """A title, its rows, and perhaps a line about how to read them."""

    title: str
    rows: Sequence[Row]
    note: str = ""

    def lines(self) -> Iterator[str]:
        """The table as text; columns as wide as what stands in them, a piped one is not cut."""
        lines = [_HEAD, *(row.cells for row in self.rows)]
        widths = [max(len(cells[at]) for cells in lines) for at in range(len(_HEAD))]
        yield self.title
        yield "=" * len(self.title)
        for number, cells in enumerate(lines):
            yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
            if number == 0:
                yield "  ".join("-" * width for width in widths)
        if self.note:
            yield self.note


def seconds(value: float) -> str:
    """Seconds for people."""
    return f"{value * 1000:.0f} ms" if abs(value) < 1 else f"{value:.2f} s"


def times(value: float, base: float, of: str) -> str:
    """A ratio of two figures of one run."""
    return f"{value / base:.2f} x {of}"


def share(part: float, whole: float, of: str) -> str:
    """A part of something of the same run."""
    return f"{100 * part / whole:.0f} % of {of}"


def at_most(what: str, value: float, most: float, *, ratio: str = "", of: str = "") -> Row:
    """A figure in seconds that may be at most so much; `of` says where the limit comes from."""
    return Row(what, seconds(value), ratio, f"<= {seconds(most)}" + (f" ({of})" if of else ""), value <= most)
