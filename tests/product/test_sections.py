"""The board as people see it while `aegis work-on` runs, and what they are told of failures in a row."""

from __future__ import annotations

import json
import signal

from aegis.sandbox.model import Rule, Turn
from tests.running import DONE, Product, runs, wait_until

FAILED = Turn(text="It does not work.", reply={"status": "failed", "summary": "no tests"})


def test_the_board_shows_what_is_in_progress_done_and_failed(product: Product) -> None:
    store, project = product.world.store, product.world.project
    for name in ("To Do", "in progress", "Done"):
        store.add_section(project, name)
    product.env["AEGIS_SECTIONS"] = "To do"
    product.script(
        Rule(match="Task: one", turns=(runs("touch running; perl -e 'sleep 300'"), DONE)),
        Rule(match="Go on with the task 'one'", turns=(DONE,)),
        Rule(match="Task: two|Go on with the task 'two'", turns=(FAILED,)),
    )
    one, two = (product.world.task(name, section="To Do") for name in ("one", "two"))
    session = product.start("work-on", "Aegis")
    wait_until((product.code / "running").exists)
    assert store.section_of(one, project) == "in progress" and store.section_of(two, project) == "To Do"
    session.send_signal(signal.SIGINT)
    session.communicate(timeout=60)
    assert store.section_of(one, project) == "in progress", "it was begun, and goes on"
    said = product.run("work-on", "Aegis", code=1).stdout
    assert said.index("[1/2] one") < said.index("[2/2] two")
    assert store.section_of(one, project) == "Done" and store.section_of(two, project) == "To Do"
    (told,) = store.comments(two)
    document = json.loads(product.run("status", "--json").stdout)
    assert "Attempt: 1 of 3; the next one from 20" in told
    assert [row["name"] for row in document["recent"] if row.get("next_attempt_at")] == ["two"]
    assert "      tried again from " in product.run("status").stdout
    product.run("do", "Aegis", "--task", two, code=1)
    (told,) = store.comments(two)
    assert "Attempt: 2 of 3" in told and "Earlier attempts:" in told and store.section_of(two, project) == "To Do"
