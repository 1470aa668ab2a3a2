"""What is not a task's fault holds all starts, costs no attempt and gets no comment."""

from __future__ import annotations

import json

from aegis.sandbox.model import Fault, Rule, Turn
from tests.running import DONE, Product, runs, wait_until, writes

BAD_KEY = Turn(fault=Fault(status=401, error_type="authentication_error", message="invalid x-api-key"))


def test_a_key_that_fails_twice_in_a_row_holds_all_starts_and_a_mended_one_lifts_it(product: Product) -> None:
    gids = [product.world.task(f"t{n}") for n in range(3)]
    product.script(Rule(match="", turns=(BAD_KEY, BAD_KEY, BAD_KEY)), default=BAD_KEY)
    for _ in range(2):
        assert "not accepted" in product.run("work-on", "Aegis", code=1).stdout
    asked = len(product.model.requests)
    held = product.run("work-on", "Aegis", code=1).stdout
    assert "held until it works again" in held and "Executing" not in held
    assert len(product.model.requests) <= asked + 2, "one cheap probe, no run"
    assert [row.verdict for row in product.executions()] == ["not-its-fault", "not-its-fault"]
    assert all(product.world.store.comments(gid) == [] for gid in gids)
    product.every_task(writes("a.txt"), DONE)
    product.run("work-on", "Aegis")
    assert all(product.world.store.task(gid)["completed"] for gid in gids)


def test_a_pause_stops_the_agent_and_resume_lets_its_conversation_go_on(product: Product) -> None:
    gid = product.world.task("one")
    product.script(
        Rule(match="Task: one", turns=(runs("touch running; perl -e 'sleep 300'"), DONE)),
        Rule(match="Go on with the task", turns=(DONE,)),
    )
    session = product.start("work-on", "Aegis")
    wait_until((product.code / "running").exists)
    said = product.run("pause", "aegis", "--reason", "demo at ten").stdout
    assert "✓ Paused: 'aegis'" in said and "1 running agent will be stopped" in said
    out, _ = session.communicate(timeout=60)
    assert session.returncode == 1 and "demo at ten" in out
    assert product.world.store.comments(gid) == []
    assert "⚠ Held (project:" in product.run("status").stdout
    judged = json.loads(product.run("work-on", "Aegis", "--dry-run", "--json").stdout)["tasks"]
    assert [reason["kind"] for reason in judged[0]["reasons"]] == ["paused"]
    again = product.run("work-on", "Aegis", code=1).stdout
    assert "Held: paused by" in again
    assert "✓ Resumed" in product.run("resume", "aegis").stdout
    product.run("work-on", "Aegis")
    assert product.world.store.task(gid)["completed"]
    assert len({row.session_id for row in product.executions()}) == 1
    assert "not known here yet" in product.run("pause", "Nowhere", code=1).stderr


def test_two_plan_windows_hold_and_open_again_and_every_task_is_done_without_a_failure(product: Product) -> None:
    """A subscription login, as overnight: the window closes twice in mid-session, with its end named."""
    gids = [product.world.task(f"t{n}") for n in range(6)]
    headers = {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-reset": "$NOW+3S",
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
    }
    closed = Turn(fault=Fault(status=429, error_type="rate_limit_error", message="limit", headers=headers))
    product.script(
        Rule(match="Task: t2", turns=(closed,), times=1),
        Rule(match="Task: t4", turns=(closed,), times=1),
        Rule(match="Task: |Go on with the task", turns=(DONE,)),
    )
    login = {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-test-token", "ANTHROPIC_API_KEY": ""}
    said = ""
    for _ in range(12):
        if all(product.world.store.task(gid)["completed"] for gid in gids):
            break
        said += product.run("work-on", "Aegis", "--max-tasks", "10", code=None, **login).stdout
    assert all(product.world.store.task(gid)["completed"] for gid in gids), said
    assert said.count("usage limit is reached") == 2
    comments = [text for gid in gids for text in product.world.store.comments(gid)]
    assert len(comments) == 6 and all(text.startswith("✓") for text in comments)
