"""Peak memory: of the `aegis` process and its supervisor, and of the Claude adapter under much output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from aegis.sandbox.model import Script, Turn
from benchmarks.do import EMPTY_FLOW
from benchmarks.support.clock import Size
from benchmarks.support.memory import PeakWatch
from benchmarks.support.place import PROJECT, Place, place, task
from benchmarks.support.table import Row, Table

MOST_GROWTH_MEGABYTES = 50
"""What the adapter may hold above idle under 200 MB of output in lines of up to 1 MB."""
MOST_LINES = 5
"""One answer as one line: the adapter may hold at most so many times that line above idle."""

TALKER = """#!{python} -IS
import json, sys
message = {{"content": [{{"type": "text", "text": "x" * 999_000}}]}}
line = json.dumps({{"type": "assistant", "message": message}}) + "\\n"
for _ in range({megabytes}):
    sys.stdout.write(line)
reply = {{"status": "done", "summary": "ok"}}
result = {{"type": "result", "subtype": "success", "is_error": False, "num_turns": 1, "session_id": "s"}}
print(json.dumps({{**result, "structured_output": reply}}))
"""


def measure(size: Size) -> Iterator[Table]:
    """The product's processes first, then the adapter alone in a process of its own."""
    with place() as here:
        here.server_up()
        here.do()
        yield _product(here, size.of(10, 2))
        adapter = [*_many_lines(here, size.of(200, 20)), *_one_line(here, size.of(20, 4))]
        yield Table("the Claude adapter under much output", adapter)


def _product(here: Place, tasks: int) -> Table:
    prefect = _peaks(here, "-c", EMPTY_FLOW, **here.prefect_env).own
    here.add_tasks(task())
    do = _peaks(here, "-m", "aegis", "do", PROJECT)
    here.add_tasks(*(task() for _ in range(tasks)))
    session = _peaks(here, "-m", "aegis", "work-on", PROJECT, "--max-tasks", str(tasks))
    return Table(
        "peak memory of Aegis's processes",
        [
            Row("a process with an empty Prefect flow", _mb(prefect), "1.00 x Prefect"),
            Row("aegis do", _mb(do.own), f"{do.own / prefect:.2f} x Prefect"),
            Row("  its supervisor", _mb(do.supervisor), f"{do.supervisor / prefect:.2f} x Prefect"),
            Row(f"aegis work-on, {tasks} tasks", _mb(session.own), f"{session.own / do.own:.2f} x aegis do"),
        ],
        "The agent itself, and the Prefect server that stays up, are not in it.",
    )


def _peaks(here: Place, *arguments: str, **env: str) -> PeakWatch:
    return _watched(here, *arguments, **env)[0]


def _watched(here: Place, *arguments: str, **env: str) -> tuple[PeakWatch, str]:
    """A process to its end: its peaks, and what it printed."""
    process = here.start(*arguments, **env)
    with PeakWatch(process.pid) as watch:
        out, err = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}:\n{out}\n{err}")
    return watch, out


def _adapter(here: Place, cli: Path) -> tuple[float, float, float]:
    """Megabytes of a run of the adapter: idle, grown above it, and the supervisor's peak."""
    folder = here.root / f"adapter-{cli.name}"
    folder.mkdir()
    env = {**here.prefect_env, "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore"}
    watch, out = _watched(here, "-m", "benchmarks.support.agent", str(folder), str(cli), **env)
    told = json.loads(out)
    if told["ending"] != "replied":
        raise RuntimeError(f"the run ended as {told['ending']}")
    return told["idle"], told["peak"] - told["idle"], watch.supervisor


def _many_lines(here: Place, megabytes: int) -> list[Row]:
    talker = here.root / "talker"
    talker.write_text(TALKER.format(python=sys.executable, megabytes=megabytes))
    talker.chmod(0o755)
    idle, grown, supervisor = _adapter(here, talker)
    what = f"{megabytes} MB in lines of 1 MB, above idle"
    most = MOST_GROWTH_MEGABYTES
    return [
        Row("idle", _mb(idle), "1.00 x idle"),
        Row(what, _mb(grown), f"{grown / idle:.2f} x idle", f"<= {most} MB", grown <= most),
        Row("  its supervisor, in all", _mb(supervisor), f"{supervisor / idle:.2f} x idle"),
    ]


def _one_line(here: Place, megabytes: int) -> list[Row]:
    here.model.script = Script(default=Turn(text_megabytes=megabytes, reply={"status": "done", "summary": "ok"}))
    idle, grown, supervisor = _adapter(here, here.cli)
    most = MOST_LINES * megabytes
    what = f"one answer of {megabytes} MB by the real CLI, above idle"
    return [
        Row(what, _mb(grown), f"{grown / megabytes:.2f} x the line", f"<= {most} MB", grown <= most),
        Row("  its supervisor, in all", _mb(supervisor), f"{supervisor / idle:.2f} x idle"),
    ]


def _mb(value: float) -> str:
    return f"{value:.0f} MB"
