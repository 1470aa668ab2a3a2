"""What a killed command leaves behind is ended by the next one, and Prefect is told."""

from __future__ import annotations

import httpx

from aegis.sandbox.model import Rule
from tests.running import DONE, Product, dump, kill, runs, wait_until


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
    ours = [row["flow_run_id"] for row in sorted(dump(product)["executions"], key=lambda row: row["started_at"])]
    runs_of_it = httpx.post(f"{api}/flow_runs/filter", json={"flow_runs": {"id": {"any_": ours}}}).json()
    assert {run["id"]: run["state_type"] for run in runs_of_it} == dict(
        zip(ours, ("CRASHED", "COMPLETED"), strict=True)
    )
    assert before.session_id == product.executions()[-1].session_id
