"""A task runs under a claim: never two at a time, and never blocked by the dead."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aegis.adapters.claims import Claim, ClaimKeeper, Claims, Held, Owner
from aegis.adapters.database import Database
from aegis.adapters.process import ProcessRef
from aegis.errors import ClaimLostError, DatabaseError

ME = Owner.current()
ELSEWHERE = dataclasses.replace(ME, host="another-host", boot_id="other")


@pytest.fixture
def claims(database: Database) -> Claims:
    return Claims(database)


def taken(claim: Claim | Held) -> Claim:
    assert isinstance(claim, Claim)
    return claim


def claimer(url: str | None, home: Path, then: str) -> subprocess.Popen[str]:
    code = f"""
import time
from pathlib import Path
from aegis.adapters.database import open_database
from aegis.adapters.claims import *
with open_database({url!r}, Path({str(home)!r})) as database:
    got = Claims(database).acquire("1", Owner.current())
    print(type(got).__name__, flush=True)
    {then}
"""
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_a_held_task_is_not_claimed_again_not_even_by_its_owner(claims: Claims) -> None:
    taken(claims.acquire("1", ME))
    assert isinstance(claims.acquire("1", ME), Held)
    assert isinstance(claims.acquire("1", ELSEWHERE), Held)


def test_a_released_claim_is_free_and_its_number_grows(claims: Claims) -> None:
    first = taken(claims.acquire("1", ME))
    claims.release(first)
    second = taken(claims.acquire("1", ELSEWHERE))
    assert second.number == first.number + 1
    claims.release(first)  # an old owner cannot release the new one's
    assert isinstance(claims.acquire("1", ME), Held)


def test_two_processes_at_once_one_claim(database_url: str | None, home: Path, claims: Claims) -> None:
    racers = [claimer(database_url, home, "time.sleep(3)") for _ in range(4)]
    said = sorted(racer.stdout.readline().strip() for racer in racers if racer.stdout)
    for racer in racers:
        racer.wait()
    assert said == ["Claim", "Held", "Held", "Held"]


def test_a_killed_owners_claim_is_free_at_once(database_url: str | None, home: Path, claims: Claims) -> None:
    owner = claimer(database_url, home, "time.sleep(100)")
    assert owner.stdout is not None and owner.stdout.readline() == "Claim\n"
    assert isinstance(claims.acquire("1", ME), Held)
    owner.kill()
    owner.wait()
    taken(claims.acquire("1", ME))


def test_another_boot_of_this_host_is_dead_and_another_host_is_not(claims: Claims) -> None:
    taken(claims.acquire("1", dataclasses.replace(ME, boot_id="before")))
    taken(claims.acquire("1", ME))
    taken(claims.acquire("2", ELSEWHERE))
    assert isinstance(claims.acquire("2", ME), Held)
    other_container = dataclasses.replace(ME, pid_namespace="pid:[1]", pid=999999999)
    taken(claims.acquire("3", other_container))
    assert isinstance(claims.acquire("3", ME), Held)


def test_an_expired_claim_is_free_and_its_old_owner_can_write_nothing(database: Database) -> None:
    claims = Claims(database, ttl_seconds=0.2)
    old = taken(claims.acquire("1", ELSEWHERE))
    time.sleep(0.3)
    assert not claims.renew(old)
    new = taken(claims.acquire("1", ME))
    with pytest.raises(ClaimLostError), database.transaction() as connection:
        claims.check(connection, old)
    with pytest.raises(ClaimLostError):
        claims.record_processes(old, ProcessRef(1, "1"), ProcessRef(1, "1"))
    with database.transaction() as connection:
        claims.check(connection, new)


def test_the_keeper_keeps_a_claim_past_its_time_and_knows_a_lost_one(database: Database) -> None:
    claims = Claims(database, ttl_seconds=1.2)
    with ClaimKeeper(claims) as keeper:
        kept, stolen = taken(claims.acquire("1", ME)), taken(claims.acquire("2", ME))
        keeper.keep(kept)
        keeper.keep(stolen)
        claims.release(stolen)
        time.sleep(2)
        assert not keeper.lost(kept) and keeper.lost(stolen)
        assert isinstance(claims.acquire("1", ELSEWHERE), Held)
        keeper.forget(kept)
        assert keeper.lost(kept)


def test_a_keeper_that_cannot_renew_says_so_before_the_claim_expires(tmp_path: Path) -> None:
    from aegis.adapters.database import open_database

    with open_database(None, tmp_path / "h") as database:
        claims = Claims(database, ttl_seconds=2)
        with ClaimKeeper(claims) as keeper:
            claim = taken(claims.acquire("1", ME))
            keeper.keep(claim)
            database.engine.dispose()
            (tmp_path / "h" / "aegis.db").rename(tmp_path / "gone")
            (tmp_path / "h" / "aegis.db").mkdir()
            deadline = time.monotonic() + 10
            while not keeper.lost(claim):
                assert time.monotonic() < deadline
                time.sleep(0.05)


def test_running_tells_the_living_only(claims: Claims) -> None:
    taken(claims.acquire("1", ME))
    taken(claims.acquire("2", dataclasses.replace(ME, boot_id="before")))
    assert set(claims.running(here=ME)) == {"1"}
    assert claims.running(["9"], here=ME) == {}


def test_a_corrupt_owner_is_one_sentence(claims: Claims, database: Database) -> None:
    from sqlalchemy import text

    taken(claims.acquire("1", ME))
    with database.transaction() as connection:
        connection.execute(text("UPDATE claims SET owner = '{broken'"))
    with pytest.raises(DatabaseError, match="corrupt"):
        claims.acquire("1", ME)
