"""Old logs and raw events go, and nothing else: LOG_DIR may be a folder that others use too."""

from __future__ import annotations

import os
from pathlib import Path

from aegis.adapters.project_log import ProjectLog
from tasks.housekeeping import MOST_RESULTS, forget_old_results, remove_older

DAY = 86400.0
NOW = 1_800_000_000.0


def aged(path: Path, days: float) -> Path:
    os.utime(path, (NOW - days * DAY,) * 2)
    return path


def log(path: Path) -> Path:
    made = ProjectLog(path)
    made.header("A task")
    made.close()
    return path


def run(folder: Path, *, days: float, newest: float | None = None) -> Path:
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text("{}")
    aged(folder / "events.jsonl", days if newest is None else newest)
    return aged(folder, days)


def test_only_what_is_old_and_ours_is_removed(tmp_path: Path) -> None:
    runs, logs = tmp_path / "runs", tmp_path / "logs"
    old_run, new_run = run(runs / "old", days=31), run(runs / "new", days=29)
    at_work = run(runs / "at-work", days=31, newest=0)
    old_log, new_log = aged(log(logs / "old.log"), 31), aged(log(logs / "new.log"), 29)
    (logs / "syslog.log").write_text("somebody else's")
    (logs / "notes.txt").write_text("=" * 80 + "\n[")
    (logs / "link.log").symlink_to(new_log)
    others = [aged(logs / "syslog.log", 999), aged(logs / "notes.txt", 999), logs / "link.log"]
    remove_older(NOW - 30 * DAY, runs=runs, logs=logs)
    assert not old_run.exists() and not old_log.exists()
    assert all(path.exists() for path in (new_run, at_work, new_log, *others))


def test_where_there_is_nothing_yet_nothing_happens(tmp_path: Path) -> None:
    remove_older(NOW, runs=tmp_path / "runs", logs=tmp_path / "logs")
    assert list(tmp_path.iterdir()) == []


def test_kept_results_go_by_age_and_beyond_a_number(tmp_path: Path) -> None:
    files = [tmp_path / f"{number:04}" for number in range(MOST_RESULTS + 2)]
    for number, file in enumerate(files):
        file.write_text("x")
        aged(file, number / 1000)
    old = aged(files[0], 31)
    forget_old_results(tmp_path, NOW - 30 * DAY)
    assert not old.exists() and set(tmp_path.iterdir()) == set(files[1 : MOST_RESULTS + 1])
