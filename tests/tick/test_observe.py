"""What a tick sees of a portfolio, and with how few requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from aegis.core.standing import Standing
from aegis.sandbox.faults import Fault
from aegis.sandbox.limits import RateLimit
from aegis.wiring import open_runtime
from tasks.observe import Observed, observe
from tests.tick.conftest import settings_for
from tests.worlds import World


async def look(here: World, home: Path, **changes: object) -> Observed:
    """One tick's look, as a process of its own would take it."""
    here.sandbox.clear_requests()
    with open_runtime(settings_for(here, home, **changes)):
        return await observe.fn()


def standing(seen: Observed, here: World) -> Standing:
    return seen.standings[here.project]


async def test_an_idle_tick_is_one_request_a_project_plus_one_and_judges_nothing(here: World, home: Path) -> None:
    for n in range(5):
        gid = here.store.add_project(f"P{n}", notes="Code Location: /", portfolio=here.portfolio)
        here.store.add_task(gid, "one")
    first = await look(here, home)
    assert len(first.projects) == 6 and first.read == 6 and first.judged == 6
    idle = await look(here, home)
    assert here.count() == 7 and idle.read == 0 and idle.judged == 0
    assert idle.standings.keys() == first.standings.keys()


async def test_what_people_do_is_seen_without_reading_the_list_again(here: World, home: Path) -> None:
    gids = [here.task(f"t{n}") for n in range(3)]
    assert standing(await look(here, home), here).ready == tuple(gids)
    here.store.complete(gids[0])
    new = here.task("new")
    here.store.add_dependencies(new, [gids[1]])
    here.store.assign(gids[2], here.robin)
    seen = await look(here, home)
    assert standing(seen, here).ready == (gids[1],) and standing(seen, here).blocked == 1
    assert here.count("GET", f"/projects/{here.project}/tasks") <= 1
    here.store.delete_task(new)
    assert standing(await look(here, home), here).blocked == 0
    other = here.store.add_project("Elsewhere")
    here.store.add_membership(gids[1], other, here.store.section(other))
    here.store.remove_membership(gids[1], here.project)
    assert standing(await look(here, home), here).ready == ()


async def test_a_token_that_is_too_old_reads_the_list_once_and_misses_nothing(here: World, home: Path) -> None:
    here.task("one")
    await look(here, home)
    here.store.expire_sync_tokens()
    two = here.task("two")
    seen = await look(here, home)
    assert two in standing(seen, here).ready and seen.read == 1
    assert (await look(here, home)).read == 0


async def test_the_clock_changes_the_judgement_without_a_request_for_the_list(here: World, home: Path) -> None:
    later = datetime.now(UTC) + timedelta(seconds=1)
    gid = here.task("later", start_at=later.isoformat(), due_at=(later + timedelta(days=1)).isoformat())
    assert standing(await look(here, home), here).ready == ()
    while datetime.now(UTC) <= later:
        pass
    seen = await look(here, home)
    assert standing(seen, here).ready == (gid,) and seen.read == 0 and seen.judged == 1


async def test_more_projects_than_the_rate_limit_allows_are_spread_over_ticks_and_none_is_forgotten(
    here: World, home: Path
) -> None:
    gids = [here.project] + [here.store.add_project(f"P{n}", portfolio=here.portfolio) for n in range(9)]
    here.sandbox.rate_limit = RateLimit(200)
    seen_gids: set[str] = set()
    for _ in range(5):
        seen = await look(here, home, rate_limit_per_minute=200, poll_interval_seconds=1)
        assert seen.spread and seen.looked == 2
        seen_gids |= set(seen.standings)
    assert seen_gids == set(gids) and here.sandbox.rate_limit.refused == 0


async def test_a_project_that_cannot_be_read_is_told_and_holds_no_other_up(here: World, home: Path) -> None:
    gid = here.store.add_project("Closed", portfolio=here.portfolio)
    here.task("one")
    here.sandbox.faults.add(Fault(kind="status", path=f"/projects/{gid}/tasks", status=403))
    seen = await look(here, home)
    assert len(seen.troubles) == 1 and "Closed: 403 Forbidden" in seen.troubles[0]
    assert len(standing(seen, here).ready) == 1
