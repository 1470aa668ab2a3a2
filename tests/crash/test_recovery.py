"""What a killed command leaves behind is ended by the next one, and Prefect is told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from aegis.sandbox.model import Rule
from tests.running import DONE, Product, dump, kill, prefect_file, runs, wait_until


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


def made(api: httpx.Client, path: str, body: object) -> str:
    """The id of what Prefect makes; asked again while its SQLite database is busy with other tests."""
    answers: list[httpx.Response] = []

    def asked() -> bool:
        answers.append(api.post(path, json=body))
        return answers[-1].is_success

    wait_until(asked, 30, path)
    return str(answers[-1].json()["id"])


def test_a_tick_that_died_before_it_was_known_to_us_ends_as_crashed_in_prefect(
    product: Product, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with httpx.Client(base_url=product.env["PREFECT_API_URL"]) as api:
        flow = api.post("/flows/", json={"name": "orchestrate"}).json()["id"]
        deployment = api.post("/deployments/", json={"name": "orchestrate", "flow_id": flow}).json()["id"]
        body = {"flow_id": flow, "deployment_id": deployment, "state": {"type": "RUNNING"}}
        old, new = (made(api, "/flow_runs/", body) for _ in range(2))
        then = datetime.now(UTC) - timedelta(minutes=6)
        with closing(sqlite3.connect(prefect_file(tmp_path_factory), timeout=60)) as server, server:
            server.execute("UPDATE flow_run_state SET timestamp = ? WHERE flow_run_id = ?", (str(then)[:26], old))
        product.run("work-on", "Aegis")
        states = {one: api.get(f"/flow_runs/{one}").json()["state_type"] for one in (old, new)}
        for one in states:
            api.delete(f"/flow_runs/{one}")
    assert states == {old: "CRASHED", new: "RUNNING"}
