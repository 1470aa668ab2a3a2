"""What is not a task's fault holds all starts, costs no attempt and gets no comment."""

from __future__ import annotations

import getpass
import json
import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from aegis.adapters.holds import Holds
from aegis.adapters.tables import holds
from aegis.sandbox.model import Fault, Rule, Turn
from tests.receivers import receiver
from tests.rounds import rounds
from tests.running import DONE, Product, runs, wait_until, writes

BAD_KEY = Turn(fault=Fault(status=401, error_type="authentication_error", message="invalid x-api-key"))
HOLDS = "Aegis holds all starts"


def twenty(product: Product) -> list[str]:
    return [product.world.task(f"t{n:02}") for n in range(1, 21)]


def all_done_without_a_failure(product: Product, gids: list[str]) -> None:
    assert all(product.world.store.task(gid)["completed"] for gid in gids)
    for gid in gids:
        (comment,) = product.world.store.comments(gid)
        assert comment.startswith("✓")


def sessions_of(product: Product, gid: str) -> list[tuple[str | None, str]]:
    """How each run of the task ended and in which conversation, oldest first."""
    return [(row.verdict, row.session_id) for row in product.executions() if row.task_gid == gid]


def held_now(product: Product) -> bool:
    with product.database() as database:
        return bool(Holds(database).active(datetime.now(UTC)))


def two_minutes_later(product: Product) -> None:
    """The time of the next probe has come."""
    with product.database() as database, database.transaction() as connection:
        connection.execute(update(holds).values(probe_at=datetime.now(UTC) - timedelta(seconds=1)))


def test_a_key_that_stops_working_at_the_third_of_twenty_is_told_once_and_all_are_done_when_it_works_again(
    product: Product,
) -> None:
    """Two in a row hold all starts. A person who tries is told why; nobody need try, a cheap probe lifts it."""
    gids = twenty(product)
    product.script(Rule(match="Task: t0[12]", turns=(DONE,)), default=BAD_KEY)
    with receiver() as there, rounds(product, AEGIS_NOTIFY_URLS=there.url()) as orchestrator:
        (first,) = orchestrator.next()["runs"]
        assert [one["verdict"] for one in first["outcomes"]] == ["done", "done", "not-its-fault"]
        assert "not accepted" in first["stopped_by"] and there.titles == [], "one may be an accident"
        (second,) = orchestrator.next()["runs"]
        assert [one["verdict"] for one in second["outcomes"]] == ["not-its-fault"]
        asked = len(product.model.requests)
        held = orchestrator.next()
        assert "not accepted" in held["held"] and held["runs"] == [] and len(product.model.requests) == asked
        said = product.run("work-on", "Aegis", code=1, AEGIS_NOTIFY_URLS=there.url()).stdout
        assert "held until it works again" in said and "Executing" not in said
        two_minutes_later(product)
        assert orchestrator.next()["held"]
        assert len(product.model.requests) <= asked + 4, "two cheap probes, no run"
        assert not any(product.world.store.comments(gid) for gid in gids[2:])

        product.script(default=DONE)
        two_minutes_later(product)
        (after,) = orchestrator.next()["runs"]
        assert len(after["outcomes"]) == 18 and not after["stopped_by"]
        assert there.titles == [HOLDS] and "not accepted" in there.got[0]["message"]
    all_done_without_a_failure(product, gids)
    assert [verdict for verdict, _ in sessions_of(product, gids[2])] == ["not-its-fault", "not-its-fault", "done"]
    assert len(product.executions()) == 22, "no other task was tried in vain"


def test_a_pause_stops_the_agent_and_resume_lets_its_conversation_go_on(product: Product) -> None:
    gid = product.world.task("one")
    product.script(
        Rule(match="Task: one", turns=(runs("touch running; perl -e 'sleep 300'"), DONE)),
        Rule(match="Go on with the task", turns=(DONE,)),
    )
    session = product.start("work-on", "Aegis")
    wait_until((product.code / "running").exists)
    assert re.search(r"• one \(Aegis, for \d+ s, process \d+ on ", product.run("status").stdout)
    said = product.run("pause", "aegis", "--reason", "demo at ten").stdout
    assert "✓ Paused: 'aegis'" in said and "1 running agent will be stopped" in said
    out, _ = session.communicate(timeout=60)
    assert session.returncode == 1 and "demo at ten" in out
    assert product.world.store.comments(gid) == []
    lifts = f"(project 'Aegis'): demo at ten; `aegis resume {product.world.project}` lifts it"
    assert "⚠ Held: paused by" in (status := product.run("status").stdout) and lifts in status
    nothing = product.run("resume").stdout
    assert "no pause of everything" in nothing and f"Still held: paused by {getpass.getuser()} {lifts}" in nothing
    judged = json.loads(product.run("work-on", "Aegis", "--dry-run", "--json").stdout)["tasks"]
    assert [reason["kind"] for reason in judged[0]["reasons"]] == ["paused"]
    again = product.run("work-on", "Aegis", code=1).stdout
    assert "Held: paused by" in again
    assert "✓ Resumed" in product.run("resume", "aegis").stdout
    product.run("work-on", "Aegis")
    assert product.world.store.task(gid)["completed"]
    assert len({row.session_id for row in product.executions()}) == 1
    assert "not known here yet" in product.run("pause", "Nowhere", code=1).stderr


def test_twenty_tasks_over_two_plan_windows_are_done_without_a_failure_and_nobody_need_come(product: Product) -> None:
    """A subscription login, overnight: the window closes twice in mid-conversation, with its end named."""
    gids = twenty(product)
    headers = {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-reset": "$NOW+2S",
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
    }
    closed = Turn(fault=Fault(status=429, error_type="rate_limit_error", message="limit", headers=headers))
    product.script(
        Rule(match="Task: t(07|14)", turns=(writes("half.txt"), closed)),
        Rule(match="Task: |Go on with the task", turns=(DONE,)),
    )
    login = {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-test-token", "ANTHROPIC_API_KEY": ""}
    with receiver() as there, rounds(product, AEGIS_NOTIFY_URLS=there.url(), **login) as orchestrator:
        for done in (6, 7):
            (night,) = orchestrator.next()["runs"]
            assert [one["verdict"] for one in night["outcomes"]] == ["done"] * done + ["not-its-fault"]
            if held_now(product):  # a slow machine may be late for it
                assert "usage window is used up" in orchestrator.next()["held"]
            wait_until(lambda: not held_now(product), what="the window to open")
        (morning,) = orchestrator.next()["runs"]
        assert len(morning["outcomes"]) == 7 and orchestrator.next() == {"held": "", "runs": []}
        assert there.titles == [HOLDS, HOLDS], "each window is told once"
    all_done_without_a_failure(product, gids)
    for gid in (gids[6], gids[13]):
        (stopped, first), (ended, second) = sessions_of(product, gid)
        assert (stopped, ended) == ("not-its-fault", "done") and first == second, "resumed by itself"
    assert len(product.executions()) == 22
    assert sum(prompt.startswith("Go on with the task") for prompt in set(product.model.prompts())) == 2
