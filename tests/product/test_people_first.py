"""What people do in Asana while an agent works: it is told, or stopped, and nothing false is reported."""

from __future__ import annotations

from aegis.sandbox.model import Rule
from aegis.wiring import open_runtime
from tasks.watch_running import Stopped, watch_running
from tests.running import DONE, Product, runs, wait_until
from tests.tick.conftest import settings_for

SLEEP = "touch running; perl -e 'sleep 300'"


async def tick(product: Product) -> tuple[Stopped, ...]:
    """The tick's look at what runs, as the orchestrator takes it."""
    with open_runtime(settings_for(product.world, product.home)):
        return await watch_running.fn()


def begin(product: Product, *rules: Rule) -> str:
    product.script(*rules, Rule(match="Task: one", turns=(runs(SLEEP), DONE)))
    return product.world.task("one")


async def test_a_comment_and_a_changed_text_reach_the_agent_in_its_own_conversation(product: Product) -> None:
    gid = begin(product, Rule(match="Go on with the task 'one'", turns=(DONE,)))
    session = product.start("work-on", "Aegis")
    wait_until((product.code / "running").exists)
    assert await tick(product) == ()
    product.world.store.comment(gid, "Please in blue.", by=product.world.robin)
    product.world.store.change_task(gid, product.world.robin, notes="With a border.")
    (stopped,) = await tick(product)
    assert stopped.news and await tick(product) == (), "asked once"
    out, err = session.communicate(timeout=60)
    assert session.returncode == 0, out + err
    assert product.world.store.task(gid)["completed"] and len(product.done_comments(gid)) == 1
    (execution,) = product.executions()
    told = product.model.prompts()[-1]
    assert "You were stopped in mid-work" in told and "Please in blue." in told and "With a border." in told
    assert execution.verdict == "done" and product.processes() == []


async def test_a_task_that_waits_for_open_work_now_is_stopped_without_a_report_and_goes_on_after(
    product: Product,
) -> None:
    """What else takes a task away, tests/tick/test_watch_running.py holds."""
    gid = begin(product, Rule(match="Go on with the task 'one'", turns=(DONE,)))
    store = product.world.store
    session = product.start("work-on", "Aegis")
    wait_until((product.code / "running").exists)
    needed = product.world.task("the schema", assignee=product.world.robin)
    store.add_dependencies(gid, [needed])
    (stopped,) = await tick(product)
    assert not stopped.news and "it waits for 'the schema' now" in stopped.why
    out, _ = session.communicate(timeout=60)
    assert "it waits for 'the schema' now" in out and store.comments(gid) == []
    assert [row.verdict for row in product.executions()] == ["interrupted"] and product.processes() == []
    store.complete(needed, product.world.robin)
    product.run("work-on", "Aegis")
    assert store.task(gid)["completed"] and len(product.done_comments(gid)) == 1
    assert len({row.session_id for row in product.executions()}) == 1, "resumed, not paid for twice"
