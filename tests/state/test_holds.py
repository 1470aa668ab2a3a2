"""Holds, sessions and watches: what the orchestrator's machines tell each other."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from aegis.adapters.claims import Owner
from aegis.adapters.database import Database
from aegis.adapters.holds import EVERYTHING, Holds
from aegis.adapters.sessions import Sessions
from aegis.adapters.tables import watches
from aegis.adapters.watches import Watches
from tests.core.builders import task

ME = Owner.current()
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def test_a_hold_lifts_by_itself_at_its_time(database: Database) -> None:
    holds = Holds(database)
    assert holds.set("plan_window", "account:a", "the window is used up", until=NOW + timedelta(hours=1))
    assert [hold.kind for hold in holds.active(NOW, ["account:a"])] == ["plan_window"]
    assert holds.active(NOW, ["account:b"]) == []
    assert holds.active(NOW + timedelta(hours=1)) == []


def test_a_hold_is_told_once_and_told_again_after_it_was_lifted(database: Database) -> None:
    holds = Holds(database)
    assert holds.set("pause", EVERYTHING, "by hand")
    assert not holds.set("pause", EVERYTHING, "by hand, again")
    assert holds.active(NOW)[0].reason == "by hand, again"
    assert holds.lift("pause", EVERYTHING) and not holds.lift("pause", EVERYTHING)
    assert holds.set("pause", EVERYTHING, "by hand")


def test_one_that_only_counts_holds_nothing_and_an_account_that_works_clears_it(database: Database) -> None:
    holds = Holds(database)
    assert not holds.set("login", "account:a", "401", active=False, failures=1)
    assert holds.active(NOW) == []
    counted = holds.get("login", "account:a")
    assert counted is not None and counted.failures == 1
    assert holds.set("credit", "account:a", "no credit")
    assert holds.lift_account("account:a") == ("credit",)
    assert holds.get("login", "account:a") is None


def test_a_due_probe_is_taken_by_one_process(database: Database) -> None:
    holds = Holds(database)
    holds.set("login", "account:a", "401", probe_at=NOW)
    (hold,) = holds.active(NOW)
    assert holds.put_off_probe(hold, NOW + timedelta(minutes=5))
    assert not holds.put_off_probe(hold, NOW + timedelta(minutes=5))


def test_a_session_whose_process_died_is_known_and_crashes_once(
    database: Database, database_url: str | None, home: Path
) -> None:
    code = f"""
from pathlib import Path
from aegis.adapters.database import open_database
from aegis.adapters.claims import Owner
from aegis.adapters.sessions import Sessions
with open_database({database_url!r}, Path({str(home)!r})) as database:
    Sessions(database).begin("s1", flow="work-on", flow_run_id="f1", owner=Owner.current())
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    sessions = Sessions(database)
    sessions.begin("s2", flow="work-on", flow_run_id="f2", owner=ME, project_gid="9")
    assert [row.id for row in sessions.dead(ME)] == ["s1"]
    assert sessions.crash("s1") and not sessions.crash("s1")
    sessions.end("s2", "{}")
    assert sessions.running() == []
    assert sessions.forget_ended_before(datetime.now(UTC) + timedelta(minutes=1)) == 2


def test_a_project_that_waits_is_seen_by_the_one_that_has_its_turn(database: Database) -> None:
    known = Watches(database)
    known.save("1", tasks=[task("one")], sync_token="t", waiting_since=NOW)
    known.save("2")
    known.started("2", "flow-run")
    assert known.others_wait("2") and not known.others_wait("1")
    known.started("1", "other-run")
    assert not known.others_wait("2")
    assert known.all()["1"].starts == 1 and known.all()["1"].sync_token == "t"


def test_a_stored_list_comes_back_and_a_corrupt_one_is_as_none(database: Database) -> None:
    known = Watches(database)
    one = task("one", notes="text")
    known.save("1", tasks=[one])
    known.save("1", sync_token="t2")
    assert known.tasks("1") == (one,) and known.tasks("2") is None
    with database.transaction() as connection:
        connection.execute(update(watches).values(snapshot=b"broken"))
    assert known.tasks("1") is None
    known.forget_others(["2"])
    assert known.all() == {}
