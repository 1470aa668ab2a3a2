"""Log lines: one line each, masked, for their owner only; and a place that cannot be written costs nobody the work."""

from __future__ import annotations

import asyncio
import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegis.adapters.claims import Claim, Claims, Owner, Stop
from aegis.adapters.database import Database
from aegis.adapters.events import note
from aegis.adapters.executions import Executions, NewExecution
from aegis.adapters.holds import Holds
from aegis.adapters.logs import add_log_ids, log_ids, setup_logging
from aegis.adapters.questions import QuestionsTable
from aegis.adapters.sessions import Sessions
from aegis.core.models import Outcome, Question, ReasonKind, Verdict
from aegis.core.redaction import Redactor
from aegis.errors import DatabaseError

log = logging.getLogger("aegis.test")
REDACTOR = Redactor(["the-secret"])


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    setup_logging("WARNING", "json", Redactor(), home=None)
    logging.getLogger("aegis").propagate = True


@pytest.mark.parametrize("form", ["json", "console"])
def test_whatever_is_logged_is_one_printable_masked_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    setup_logging("INFO", form, REDACTOR, home=tmp_path)
    try:
        raise ValueError("of the-secret\n\x1b[31m")
    except ValueError:
        log.exception("a %s", "name\nwith \x1b]0;title\x07 \x9b \u202e the-secret")
    kept = (tmp_path / "logs" / "aegis.log").read_text()
    for text in (kept, capsys.readouterr().err):
        assert text.count("\n") == 1 and "the-secret" not in text and "ValueError" in text
        assert not set(text) & set("\x1b\x07\x9b\u202e")
    assert stat.S_IMODE((tmp_path / "logs" / "aegis.log").stat().st_mode) == 0o600
    if form == "json":
        assert json.loads(kept)["level"] == "ERROR"


def test_a_file_that_cannot_be_written_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs" / "aegis.log").mkdir(parents=True)
    setup_logging("WARNING", "json", REDACTOR, home=tmp_path)
    for _ in range(3):
        log.warning("something")
    said = capsys.readouterr().err
    assert said.count("log lines are not kept: cannot write") == 1 and "Traceback" not in said
    assert said.count("something") == 3


def test_without_a_home_nothing_is_written(tmp_path: Path) -> None:
    setup_logging("INFO", "json", REDACTOR, home=None)
    log.warning("something")
    assert list(tmp_path.iterdir()) == []


def kept_lines(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (home / "logs" / "aegis.log").read_text().splitlines()]


async def test_a_line_bears_the_ids_of_what_it_is_about_also_from_a_thread_and_none_of_what_is_over(
    tmp_path: Path,
) -> None:
    setup_logging("INFO", "json", REDACTOR, home=tmp_path)
    with log_ids(flow_run="r", project=""):
        log.info("begin")
        add_log_ids(project="7")
        with log_ids(task="71"):
            await asyncio.to_thread(log.info, "inside")
        log.info("after")
    log.info("outside")
    ids = [{name: line.get(name) for name in ("flow_run", "project", "task")} for line in kept_lines(tmp_path)]
    assert ids == [
        {"flow_run": "r", "project": None, "task": None},
        {"flow_run": "r", "project": "7", "task": "71"},
        {"flow_run": "r", "project": "7", "task": None},
        {"flow_run": None, "project": None, "task": None},
    ]


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_events_fields_are_masked_and_cannot_disturb_the_line(tmp_path: Path, database: Database, form: str) -> None:
    setup_logging("INFO", form, REDACTOR, home=tmp_path)
    Holds(database).set("paused", "project:7", "by the-secret\n\x1b[31m evil")
    (line,) = (tmp_path / "logs" / "aegis.log").read_text().splitlines()
    assert "the-secret" not in line and "\x1b" not in line and "evil" in line
    if form == "json":
        found = json.loads(line)
        assert (found["event"], found["message"], found["project"], found["hold"]) == (
            "held",
            "held: project 7",
            "7",
            "paused",
        )
    else:
        assert 'held: project 7 [hold="paused" scope="project:7" project="7" reason="by ***' in line


def test_each_event_of_an_execution_a_hold_a_question_and_a_session_is_one_line_with_its_ids(
    tmp_path: Path, database: Database
) -> None:
    setup_logging("INFO", "json", REDACTOR, home=tmp_path)
    me, run = Owner.current(), {"run_dir": "/r", "log_file": "/l", "model": "m"}
    Sessions(database).begin("s1", flow="work-on", flow_run_id="f1", owner=me, project_gid="7")
    claim = Claims(database).acquire("71", me, project_gid="7", limit=1)
    assert isinstance(claim, Claim)
    table = Executions(database)

    def start(number: int) -> None:
        new = NewExecution(f"e{number}", f"r{number}", "71", "7", "c", number > 1, **run, flow_run_id=f"f{number}")
        table.start(claim, new)

    start(1)  # whose process dies
    Sessions(database).crash("s1")
    Sessions(database).crash("s1")
    start(2)
    Claims(database).ask_to_stop("71", Stop("completed by a person", False))
    table.mark_interrupted(claim, "e2")
    table.mark_interrupted(claim, "e2")
    start(3)
    done = Outcome(
        verdict=Verdict.DONE, task_gid="71", execution_id="e3", run_id="r3", headline="h", reason="the-secret"
    )
    table.finish(claim, "e3", done, [])
    asked = Question(fingerprint="q1", kind=ReasonKind.SERVICE, name="Question: Redis", notes="", task_gids=("72",))
    QuestionsTable(database).reserve(asked, "7")
    QuestionsTable(database).closed("q1")
    Holds(database).set("window", "account:a", "used up")
    Holds(database).set("window", "account:a", "used up still")
    Holds(database).lift("window", "account:a")
    lines = kept_lines(tmp_path)
    shown = [
        (one["event"], one.get("execution"), one.get("task"), one.get("project"), one.get("flow_run")) for one in lines
    ]
    assert shown == [
        ("session-began", None, None, "7", "f1"),
        ("started", "e1", "71", "7", "f1"),
        ("session-crashed", None, None, "7", "f1"),
        ("interrupted", "e1", "71", "7", "f1"),
        ("started", "e2", "71", "7", "f2"),
        ("stop-asked", None, "71", "7", None),
        ("interrupted", "e2", "71", "7", "f2"),
        ("started", "e3", "71", "7", "f3"),
        ("ended", "e3", "71", "7", "f3"),
        ("asked", None, None, "7", None),
        ("closed", None, None, "7", None),
        ("held", None, None, None, None),
        ("lifted", None, None, None, None),
    ]
    assert lines[8]["verdict"] == "done" and lines[8]["reason"] == "***" and lines[9]["tasks"] == ["72"]


def test_what_is_rolled_back_never_happened(tmp_path: Path, database: Database) -> None:
    setup_logging("INFO", "json", REDACTOR, home=tmp_path)
    with pytest.raises(DatabaseError), database.transaction() as connection:
        note(connection, "started", task="71")
        connection.exec_driver_sql("SELECT * FROM no_such_table")
    with database.transaction() as connection:
        note(connection, "ended", task="71")
    assert [line["event"] for line in kept_lines(tmp_path)] == ["ended"]
