"""Run the benchmarks: `python -m benchmarks.run [NAME ...] [--quick] [--check]`, or `make benchmark ARGS=...`."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import benchmarks
from benchmarks.support.clock import Size
from benchmarks.support.table import Row


def names() -> list[str]:
    """The benchmarks: every module of this folder but this one."""
    found = pkgutil.iter_modules(benchmarks.__path__)
    return sorted(one.name.replace("_", "-") for one in found if not one.ispkg and one.name != Path(__file__).stem)


def load(name: str) -> ModuleType:
    """A benchmark's module; its `measure(size)` yields tables."""
    return importlib.import_module(f"benchmarks.{name.replace('-', '_')}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run those named, or all; 1 where one broke, or with `--check` where a demand was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names())} (all)")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions and smaller amounts, for a first look")
    parser.add_argument("--check", action="store_true", help="exit code 1 where a demand is missed")
    parser.add_argument("--list", action="store_true", help="name the benchmarks, and end")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in names()]
    if unknown:
        parser.error(f"no benchmark '{unknown[0]}'; there are: {', '.join(names())}")
    if given.list:
        for name in names():
            _print(f"{name:12}  {(load(name).__doc__ or '').splitlines()[0]}")
        return 0
    return _run(given.names or names(), Size(given.quick), check=given.check)


def _run(chosen: list[str], size: Size, *, check: bool) -> int:
    _print(_machine())
    rows: list[Row] = []
    broken: list[str] = []
    began = time.monotonic()
    for name in chosen:
        _print("")
        try:
            for row in _printed(name, size):
                rows.append(row)
        except Exception as error:
            broken.append(name)
            _print(f"{name} broke: {type(error).__name__}: {error}")
    missed = [row for row in rows if row.met is False]
    held = [row for row in rows if row.met is not None]
    _print(f"\n{len(held) - len(missed)} of {len(held)} demands met, in {time.monotonic() - began:.0f} s. {_load()}")
    for row in missed:
        _print(f"MISSED: {row.what}: {row.value}, demanded {row.demand}")
    for name in broken:
        _print(f"BROKE: {name}")
    return 1 if broken or (check and missed) else 0


def _printed(name: str, size: Size) -> Iterator[Row]:
    for number, table in enumerate(load(name).measure(size)):
        if number:
            _print("")
        for line in table.lines():
            _print(line)
        yield from table.rows


def _machine() -> str:
    """What these figures are of; they are to be read as ratios all the same."""
    python = platform.python_version()
    parts = f"Python {python}, Prefect {version('prefect')}, {platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {parts}. {_load()}"


def _load() -> str:
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    busy = " (the machine is busy: figures are disturbed)" if load > cores else ""
    return f"Load average {load:.1f}{busy}"


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
