"""`ANALYZE_WITH_CLAUDE=true aegis work-on`: what Claude finds holds a task back, is asked, and is answered."""

from __future__ import annotations

import json

from aegis.sandbox.model import Rule, Turn
from tests.running import DONE, Product

ON = {"ANALYZE_WITH_CLAUDE": "true"}


def test_a_session_reads_holds_asks_and_goes_on_once_it_is_answered(product: Product) -> None:
    paint, sweep = product.world.task("Paint it", notes="In a nice colour."), product.world.task("Sweep")
    asks = {
        "kind": "question",
        "quote": "a nice colour",
        "text": "Red or blue?",
        "options": [{"label": "red"}, {"label": "blue", "pros": "calm"}],
        "recommendation": "blue",
    }
    reply = {"tasks": [{"gid": paint, "findings": [asks]}, {"gid": sweep, "findings": []}]}
    product.script(Rule(match="You read tasks", turns=(Turn(reply=reply),)), Rule(match="Task: ", turns=(DONE,)))
    dry = product.run("work-on", "Aegis", "--dry-run", **ON).stdout
    assert "⚠ Not read by Claude yet: 2 task texts; a dry run asks no model" in dry and product.model.requests == []

    said = product.run("work-on", "Aegis", **ON).stdout
    for line in (
        "Claude reads 2 task texts (claude-haiku-4-5-20251001)...",
        "✓ 2 task texts read: 1 finding, ",
        '    Reason: Claude\'s analysis: to be decided: Red or blue? ("a nice colour")',
        "  ✓ Created: Question: Paint it (GID: ",
        "(reading task texts: ",
    ):
        assert line in said, said
    assert product.world.store.task(sweep)["completed"] and not product.world.store.task(paint)["completed"]
    question = product.world.store.task_named("Question: Paint it")
    assert "2. blue\n   + calm" in question["notes"] and "Recommended: blue" in question["notes"]
    assert question["assignee"] == product.world.robin and product.prompts() == 2
    assert "You read tasks" not in product.log and "Claude reads the text of 2 of the tasks" in product.log

    spent = json.loads(product.run("status", "--json").stdout)["spent_today_usd"]
    assert spent > sum(row.cost_usd for row in product.executions()) > 0

    product.world.store.comment(paint, "Green, please.", by=product.world.robin)
    product.world.store.complete(question["gid"], by=product.world.robin)
    product.run("work-on", "Aegis", **ON)
    assert product.world.store.task(paint)["completed"] and product.prompts() == 3
    assert "Green, please." in product.model.prompts()[-1]


def test_a_reply_that_our_tables_could_not_take_is_kept_in_redis_and_not_paid_for_again(
    product: Product, redis_url: str
) -> None:
    sweep = product.world.task("Sweep")
    reply = {"tasks": [{"gid": sweep, "findings": []}]}
    product.script(Rule(match="You read tasks", turns=(Turn(reply=reply),)), Rule(match="Task: ", turns=(DONE,)))
    shared = {**ON, "REDIS_URL": redis_url}

    def portfolio_reads() -> int:
        asked = product.world.sandbox.asked("GET", f"/portfolios/{product.world.portfolio}")
        return sum(not one.path.endswith("/items") for one in asked)

    refuse = (
        "CREATE TRIGGER full BEFORE INSERT ON cache WHEN NEW.key LIKE 'analysis:%' BEGIN SELECT RAISE(ABORT, ''); END"
    )
    with product.database() as database, database.transaction() as connection:
        connection.exec_driver_sql(refuse)
    said = product.run("work-on", "Aegis", code=1, **shared).stderr
    assert "the database" in said and product.prompts() == 1 and portfolio_reads() == 1
    with product.database() as database, database.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    said = product.run("work-on", "Aegis", **shared).stdout
    assert "✓ 1 task text read: 0 findings, 0.00 USD" in said and product.world.store.task(sweep)["completed"]
    assert product.prompts() == 2, "only the task itself"
    assert portfolio_reads() == 1, "the portfolio may be an hour old"
    assert not any("read-texts" in file.read_text() for file in (product.home / "results").iterdir())
