"""What `aegis start` shows: one line an event, and a picture that hostile names cannot disturb."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from aegis.cli.showing import drawn
from aegis.core.live import EndedTask, Picture, RunningTask, at_first, duration, events, tick_line, waits

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONE = RunningTask("1", "Write it", "Aegis", NOON, "process 7 on vm")
DONE = EndedTask("e1", "Write it", "Aegis", "done", "✓ Task completed via Aegis", 0.25, NOON)
QUIET = Picture(NOON)


def test_each_thing_that_happens_is_one_line() -> None:
    later = replace(QUIET, running=(ONE,), questions=("Question: Redis Setup",), held=("paused by robin; held",))
    assert list(events(QUIET, later)) == [
        "started  'Write it' (Aegis) (process 7 on vm)",
        "asked    Question: Redis Setup",
        "held     paused by robin; held",
    ]
    after = replace(QUIET, ended=(DONE,), refused=1)
    assert list(events(later, after)) == [
        "ended    'Write it' (Aegis): ✓ Task completed via Aegis, 0.25 USD",
        "settled  Question: Redis Setup",
        "lifted   paused by robin",
        "refused  Asana refused 1 write: see `aegis status`",
    ]
    assert list(events(after, after)) == []


def test_the_first_picture_tells_what_holds_already_but_not_what_ended_before() -> None:
    first = replace(QUIET, running=(replace(ONE, attempt=2),), ended=(DONE,), held=("paused",))
    assert list(events(None, first)) == ["started  'Write it' (Aegis), attempt 2 (process 7 on vm)", "held     paused"]
    assert list(events(None, replace(QUIET, questions=("Question: Redis Setup",)))) == [
        "open     Question: Redis Setup"
    ]


def test_the_same_task_started_again_is_told_again() -> None:
    again = replace(ONE, since=NOON + timedelta(seconds=1))
    told = list(events(replace(QUIET, running=(ONE,)), replace(QUIET, running=(again,))))
    assert told == ["started  'Write it' (Aegis) (process 7 on vm)"]


def test_what_waits_and_when_the_next_look_is() -> None:
    assert waits(QUIET) == []
    full = replace(QUIET, waiting_projects=("A", "B"), questions=("Q",), undelivered=2, refused=1)
    assert waits(full) == [
        "projects with ready work: A, B",
        "1 open question: Q",
        "2 writes to Asana to be delivered",
        "1 refused by Asana (`aegis status`)",
    ]
    spent = "Spent today (UTC): 0.00 of 0 USD"
    assert tick_line(QUIET) == spent and tick_line(replace(QUIET, ticking=True)) == f"{spent} · looking now"
    assert tick_line(replace(QUIET, next_tick=NOON + timedelta(seconds=9))) == f"{spent} · next look in 9 s"
    assert tick_line(replace(QUIET, next_tick=NOON - timedelta(seconds=9))) == f"{spent} · next look due"
    long_ago = replace(QUIET, latest_tick=NOON - timedelta(hours=3))
    assert tick_line(long_ago) == f"{spent} · latest look 3 h 0 min ago"
    assert at_first(QUIET) == f"watching no agent is at work. {spent}"
    assert at_first(replace(QUIET, running=(ONE,))) == f"watching 1 agent at work. {spent}"


@pytest.mark.parametrize(
    ("seconds", "said"), [(-5, "0 s"), (59, "59 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (90000, "25 h 0 min")]
)
def test_a_span_is_said_as_people_say_it(seconds: int, said: str) -> None:
    assert duration(timedelta(seconds=seconds)) == said


def test_the_picture_shows_all_of_it_and_names_cannot_disturb_it() -> None:
    evil = "[bold red]x[/] \x1b[2J\r\nsecond line key-123"
    picture = replace(
        QUIET,
        running=(replace(ONE, task=evil, since=NOON - timedelta(seconds=65)),),
        ended=(replace(DONE, task=evil),),
        held=(evil,),
        questions=(evil,),
        trouble=(evil,),
    )
    console = Console(width=200, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(drawn(picture, ["Stopping."], lambda text: text.replace("key-123", "***")))
    shown = captured.get()
    assert "\x1b" not in shown and "\r" not in shown and "key-123" not in shown
    assert shown.count("[bold red]x[/]") == 5 and "1 min 5 s" in shown and "Stopping." in shown
