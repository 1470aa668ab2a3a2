"""The benchmarks run; what they measure is looked at by people, not here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.run import load, names
from benchmarks.support.table import Row, Table, at_most

ROOT = Path(__file__).parents[2]


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.run", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True)


def test_the_quickest_one_runs_on_the_real_parts(prefect_api: str) -> None:
    done = run("dry-run", "--quick", "--check", PREFECT_API_URL=prefect_api)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "aegis work-on --dry-run, 300 open tasks" in done.stdout
    assert "1 of 1 demands met" in done.stdout


def test_every_benchmark_is_found_by_its_name_and_says_what_it_is() -> None:
    assert {"do", "cold-start", "session", "dry-run", "memory"} <= set(names())
    for name in names():
        assert callable(load(name).measure) and load(name).__doc__
    listed = run("--list")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == names()


def test_an_unknown_name_is_wrong_usage_and_names_those_there_are() -> None:
    done = run("nonsense")
    assert done.returncode == 2 and "no benchmark 'nonsense'" in done.stderr and "dry-run" in done.stderr


def test_a_table_shows_ratios_and_a_miss_as_such() -> None:
    rows = [Row("bare", "300 ms", "1.00 x bare"), at_most("added", 2.5, 2.0, of="a limit"), at_most("other", 1.5, 2.0)]
    lines = list(Table("a title", rows, "a note").lines())
    assert lines[0] == "a title" and lines[-1] == "a note"
    assert lines[2].split() == ["measured", "median", "ratio", "demand", "verdict"]
    assert lines[5].split("  ")[-1] == "MISSED" and "<= 2.00 s (a limit)" in lines[5]
    assert lines[6].endswith("met")
