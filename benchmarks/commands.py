"""Commands that must be there at once: their time beside that of a Python process that does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.support.clock import Size, interleaved
from benchmarks.support.place import place
from benchmarks.support.table import Row, Table, at_most, seconds, times

INSTANT_SECONDS = 0.2
"""What a person does not notice."""


def measure(size: Size) -> Iterator[Table]:
    """`--help` imports nothing heavy; `config` reads the settings, `status` the database too."""
    with place() as here:
        here.aegis("status")
        taken = interleaved(
            {
                "python": lambda: here.python("-c", "pass").seconds,
                "--help": lambda: here.aegis("--help").seconds,
                "config": lambda: here.aegis("config").seconds,
                "status": lambda: here.aegis("status").seconds,
            },
            size.of(9, 2),
        )
    nothing = taken["python"].median
    rows = [Row("python -c pass", seconds(nothing), "1.00 x python")]
    for name in ("--help", "config", "status"):
        took = taken[name].median
        ratio = times(took, nothing, "python")
        row = Row(f"aegis {name}", seconds(took), ratio)
        rows.append(at_most(row.what, took, INSTANT_SECONDS, ratio=ratio) if name == "--help" else row)
    yield Table("commands that ask nobody", rows)
