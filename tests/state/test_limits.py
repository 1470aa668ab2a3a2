"""Limits that hold for all processes: agents at work, working trees, and requests to stop."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from aegis.adapters.claims import Claim, ClaimKeeper, Claims, Full, Held, Owner, Stop, tree_key
from aegis.adapters.database import Database
from tests.running import wait_until

ME = Owner.current()


def taken(claim: Claim | Held | Full) -> Claim:
    assert isinstance(claim, Claim)
    return claim


def test_no_more_agents_begin_than_the_limit_allows_and_an_ended_one_makes_room(database: Database) -> None:
    claims = Claims(database)
    first = taken(claims.acquire("1", ME, limit=2))
    taken(claims.acquire("2", ME, limit=2))
    assert claims.acquire("3", ME, limit=2) == Full(2, 2)
    claims.release(first)
    taken(claims.acquire("3", ME, limit=2))


def test_working_trees_and_their_claims_count_nothing(database: Database) -> None:
    claims = Claims(database)
    taken(claims.acquire(tree_key("here", "/code"), ME))
    taken(claims.acquire("1", ME, limit=1))
    assert claims.running(here=ME).keys() == {"1"}
    assert [held.task_gid for held in claims.held(here=ME)] == ["1"]


def test_one_working_tree_has_one_claim_and_another_hosts_is_another(database: Database) -> None:
    claims = Claims(database)
    taken(claims.acquire(tree_key("here", "/code"), ME))
    assert isinstance(claims.acquire(tree_key("here", "/code"), ME), Held)
    taken(claims.acquire(tree_key("there", "/code"), ME))


def test_the_dead_count_nothing_and_hold_no_tree(database: Database, database_url: str | None, home: Path) -> None:
    code = f"""
import os
from pathlib import Path
from aegis.adapters.database import open_database
from aegis.adapters.claims import *
with open_database({database_url!r}, Path({str(home)!r})) as database:
    Claims(database).acquire("1", Owner.current(), limit=1)
    Claims(database).acquire(tree_key("here", "/code"), Owner.current())
    os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    claims = Claims(database)
    taken(claims.acquire("2", ME, limit=1))
    taken(claims.acquire(tree_key("here", "/code"), ME))


def test_the_limit_holds_when_many_begin_at_the_same_moment(
    database: Database, database_url: str | None, home: Path
) -> None:
    code = f"""
import sys, time
from pathlib import Path
from aegis.adapters.database import open_database
from aegis.adapters.claims import *
with open_database({database_url!r}, Path({str(home)!r})) as database:
    sys.stdin.readline()
    print(type(Claims(database).acquire(sys.argv[1], Owner.current(), limit=2)).__name__, flush=True)
    sys.stdin.readline()
"""
    many = [subprocess.Popen([sys.executable, "-c", code, str(n)], stdin=-1, stdout=-1, text=True) for n in range(1, 6)]
    for one in many:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.stdout.readline().strip() for one in many if one.stdout is not None]
    for one in many:
        one.communicate("end\n")
    assert sorted(said) == ["Claim", "Claim", "Full", "Full", "Full"]


def test_an_owner_hears_that_it_is_asked_to_stop_and_an_old_request_does_not_reach_a_new_owner(
    database: Database,
) -> None:
    claims = Claims(database, ttl_seconds=0.6)
    assert not claims.ask_to_stop("1", Stop("nobody runs it"))
    claim = taken(claims.acquire("1", ME, limit=1))
    with ClaimKeeper(claims) as keeper:
        keeper.keep(claim)
        assert claims.ask_to_stop("1", Stop("somebody completed it", news=True))
        wait_until(lambda: keeper.asked_to_stop(claim) is not None)
        assert keeper.asked_to_stop(claim) == Stop("somebody completed it", news=True)
        keeper.followed(claim)
        time.sleep(0.3)  # two more looks
        assert keeper.asked_to_stop(claim) is None
        claims.ask_to_stop("1", Stop("again"))
    claims.release(claim)
    again = taken(claims.acquire("1", ME, limit=1))
    assert claims.stops([again]) == {}
