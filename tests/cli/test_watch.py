"""`aegis status --watch`: a picture in a terminal, a line for each change in a pipe, until a signal ends it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from aegis.adapters.holds import Holds
from tests.running import Product, product_at, wait_until

WATCH = ("status", "--watch", "--interval", "0.2")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Product]:
    with product_at(tmp_path, None) as made:
        yield made


class Lines:
    """What a command says, line by line, while it runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        assert process.stdout is not None
        self._thread = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[str]) -> None:
        self.said.extend(iter(stream.readline, ""))

    def wait(self, words: str) -> None:
        wait_until(lambda: any(words in line for line in list(self.said)), what=f"{words} in {self.said}")

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        self._thread.join()
        assert self.process.stderr is not None and self.process.stderr.read() == ""
        return code


def pause(product: Product, reason: str) -> None:
    with product.database() as database:
        Holds(database).set("paused", "*", reason)


def lift(product: Product) -> None:
    with product.database() as database:
        Holds(database).lift("paused", "*")


def test_a_pipe_gets_one_line_for_each_change_also_of_a_database_that_is_made_meanwhile(here: Product) -> None:
    watch = Lines(here.start(*WATCH))
    watch.wait("watching no agent is at work. Spent today (UTC): 0.00 of 50 USD")
    assert not here.home.exists(), "a watch writes nothing"
    pause(here, "paused by \x1b[31mrobin")
    watch.wait("held     ")
    lift(here)
    watch.wait("lifted   ")
    assert watch.end(signal.SIGINT) == 130
    assert [line.split()[1] for line in watch.said] == ["watching", "held", "lifted"]
    assert "\x1b" not in "".join(watch.said)


def test_json_is_the_whole_status_on_one_line_each_time_that_it_changed(here: Product) -> None:
    watch = Lines(here.start(*WATCH, "--json"))
    watch.wait('"held": []')
    pause(here, "paused by robin")
    watch.wait("paused by robin")
    assert watch.end(signal.SIGTERM) == 0
    first, second = (json.loads(line) for line in watch.said)
    once = json.loads(here.run("status", "--json").stdout)
    assert second.keys() - once.keys() == {"at", "trouble"} and second["held"] == once["held"]
    assert first["held"] == [] and first["trouble"] is None


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_database_that_goes_away_is_said_once_and_the_watch_goes_on(
    tmp_path: Path, migrated_postgres: str, form: tuple[str, ...]
) -> None:
    with product_at(tmp_path, None, migrated_postgres) as here:
        watch = Lines(here.start(*WATCH, *form))
        watch.wait('"held": []' if form else "watching")
        accept_connections(migrated_postgres, False)
        watch.wait("Database connection error")
        accept_connections(migrated_postgres, True)
        pause(here, "paused by robin")
        watch.wait("paused by robin")
        assert watch.end(signal.SIGINT) == 130
        if form:
            troubles = [json.loads(line)["trouble"] for line in watch.said]
            assert troubles[0] is None and troubles[-1] is None and len([one for one in troubles if one]) == 1
        else:
            assert [line.split()[1] for line in watch.said][:2] == ["watching", "trouble"]
            assert sorted(line.split()[1] for line in watch.said[2:]) == ["held", "over"]


def accept_connections(url: str, allowed: bool) -> None:
    """Let the server take connections to this database, or refuse them and end those that there are."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    admin = create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {parsed.database} ALLOW_CONNECTIONS {allowed}"))
        if not allowed:
            end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            connection.execute(end, {"name": parsed.database})
    admin.dispose()


def test_a_terminal_gets_a_picture_that_is_drawn_anew_in_its_place(here: Product) -> None:
    ours, theirs = pty.openpty()
    env = {**here.env, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    arguments: Any = [sys.executable, "-m", "aegis", *WATCH]
    process = subprocess.Popen(arguments, cwd=here.root, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = bytearray()
    reading = threading.Thread(target=_read_all, args=(ours, seen), daemon=True)
    reading.start()
    wait_until(lambda: b"No agent is at work." in seen, what="the picture")
    pause(here, "paused by robin")
    wait_until(lambda: b"Held: paused by robin" in seen, what="the hold")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    reading.join()
    os.close(ours)
    assert b"\x1b[1A" in seen and b"\x1b[2K" in seen, "the cursor goes up and the old lines are wiped"
    assert b"Traceback" not in seen and seen.rstrip().endswith(b"\x1b[?25h"), "the cursor is shown again"


def _read_all(descriptor: int, into: bytearray) -> None:
    try:
        while piece := os.read(descriptor, 65536):
            into += piece
    except OSError:  # the other end is closed
        return


def test_a_watch_that_cannot_begin_is_an_error(here: Product) -> None:
    assert "was not worked on yet" in here.run(*WATCH, "Nowhere", code=1).stderr
    assert "belongs to --watch" in here.run("status", "--interval", "3", code=2).stderr
    refused = "postgresql://aegis:secret-pw@127.0.0.1:9/aegis"
    said = here.run(*WATCH, code=1, DATABASE_URL=refused).stderr
    assert "Database connection error" in said and "secret-pw" not in said
