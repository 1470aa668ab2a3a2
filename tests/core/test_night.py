"""The summary of a night: due once a day, true to what happened."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from aegis.core.night import DoneWork, due_report, night_text, night_title

MORNING = datetime(2026, 11, 25, 7, 30)


@pytest.mark.parametrize(
    ("report_at", "due"), [("", False), ("07:30", True), ("07:31", False), ("00:00", True), ("23:59", False)]
)
def test_it_is_due_from_its_time_on(report_at: str, due: bool) -> None:
    assert due_report(report_at, MORNING) == (date(2026, 11, 25) if due else None)


def test_it_tells_what_was_done_failed_asked_held_and_spent() -> None:
    works = [DoneWork("one", "done", 0.5), DoneWork("two", "failed", 0.25), DoneWork("three", "question", 0)]
    assert night_title(works) == "Aegis: 1 done, 1 failed, 0.75 USD"
    text = night_text(works, waiting=2, undelivered=1, held=["the plan's window is used up"])
    for words in ("Done: 1\n- one", "Failed: 1\n- two", "Asked or blocked: 1\n- three", "Open questions: 2"):
        assert words in text
    assert "Not delivered to Asana: 1" in text and "Held: the plan" in text and text.endswith("Cost: 0.75 USD")


def test_a_night_without_work_says_so_and_a_long_one_is_cut() -> None:
    assert night_text([], waiting=0, undelivered=0, held=[]).startswith("No task was worked on.")
    many = night_text([DoneWork(f"t{n}", "done", 0) for n in range(30)], waiting=0, undelivered=0, held=[])
    assert "- t9" in many and "t10" not in many and "… and 20 more" in many
