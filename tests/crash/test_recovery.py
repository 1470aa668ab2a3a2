"""What a killed command leaves behind is ended by the next one, and Prefect is told."""

from __future__ import annotations

import httpx

from aegis.sandbox.model import Rule
from tests.running import DONE, Product, kill, runs, wait_until


def test_the_run_of_a_killed_command_ends_as_crashed_in_prefect(product: Product) -> None:
    product.script(
        Rule(match="Task: one", turns=(runs("touch running; perl -e 'sleep 300'"), DONE)),
        Rule(match="Go on with the task", turns=(DONE,)),
    )
    product.world.task("one")
    first = product.start("work-on", "Aegis")
    wait_until((product.code / "running").exists)
    (before,) = product.executions()
    kill(first)
    product.run("work-on", "Aegis")
    with product.database() as database:
        from aegis.adapters.executions import Executions
        from aegis.adapters.sessions import Sessions

        assert Sessions(database).running() == [] and Executions(database).running() == []
    api = product.env["PREFECT_API_URL"]
    wanted = {"task_runs": {"name": {"any_": ["one"]}}, "flow_runs": {}}
    states = [run["state_type"] for run in httpx.post(f"{api}/flow_runs/filter", json=wanted).json()]
    assert states.count("CRASHED") >= 1 and "RUNNING" not in states
    assert before.session_id == product.executions()[-1].session_id
