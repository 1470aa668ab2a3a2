"""`aegis start`: one command that serves, shows, stops in steps, leaves nothing behind and goes on where it was."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from aegis.adapters.claims import Owner
from aegis.adapters.executions import Executions
from aegis.adapters.files import private_directory
from aegis.adapters.prefect_server import LocalServer, answers
from aegis.adapters.process import descendants
from aegis.adapters.sessions import Sessions
from aegis.adapters.start_lock import StartLock
from aegis.sandbox.faults import Fault
from aegis.sandbox.model import Rule
from tests.running import DONE, Product, kill, product_at, runs, wait_until, writes
from tests.servers import OwnPostgres

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(400),  # several processes that import Prefect, on a machine that may be busy
]
SLEEP = "perl -e 'sleep 300'"


class Lines:
    """What a command says, line by line, as it says it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.said: list[str] = []
        assert process.stdout is not None
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.said.append(line)

    def wait(self, words: str) -> str:
        wait_until(lambda: any(words in line for line in list(self.said)), 90, words)
        return next(line for line in list(self.said) if words in line)


@pytest.fixture
def here(tmp_path: Path, prefect_database: Path) -> Iterator[Product]:
    """A product with a home of its own; no Prefect server is configured."""
    with product_at(tmp_path, None) as made:
        with_prefect_database(made.home, prefect_database)
        yield made


def with_prefect_database(home: Path, empty: Path) -> None:
    """The local Prefect server of the home was used before: a first start takes long, and tests/cli has it."""
    shutil.copy(empty, private_directory(private_directory(home) / "prefect") / "prefect.db")


def at_work(product: Product) -> None:
    """Wait until an agent works: the tick has looked, and the runner has begun what it asked for."""
    wait_until((product.code / "running").exists, 90, "an agent at work")
    (product.code / "running").unlink()


@contextmanager
def server_of(product: Product) -> Iterator[str]:
    """The product's local server, kept in use by the test as another command would; its API's address."""
    server = LocalServer(product.home, 60, dict(os.environ))
    with server.in_use():
        info = server.begin()
        server.wait(info)
        yield info.api_url
    server.stop()


def deployment(api: str, name: str) -> dict[str, Any] | None:
    answer = httpx.get(f"{api}/deployments/name/{name}")
    return answer.json() if answer.status_code == 200 else None


def ask_for(api: str, name: str, **parameters: object) -> str:
    """A run of a deployment, as the UI asks for it; its id."""
    wait_until(lambda: deployment(api, name) is not None, what=f"the deployment {name}")
    found = deployment(api, name)
    assert found is not None
    body = {"parameters": parameters, "state": {"type": "SCHEDULED"}, "name": "asked for"}
    answers: list[httpx.Response] = []

    def asked() -> bool:
        answers.append(httpx.post(f"{api}/deployments/{found['id']}/create_flow_run", json=body))
        assert answers[-1].status_code in (201, 500, 503), answers[-1].text  # its SQLite file may be busy
        return answers[-1].status_code == 201

    wait_until(asked)
    run: str = answers[-1].json()["id"]
    return run


def state_of(api: str, run: str) -> str:
    state: str = httpx.get(f"{api}/flow_runs/{run}").json()["state_type"]
    return state


def run_of_the_agent(product: Product) -> str:
    """The flow run in which an agent works now."""
    with product.database() as database:
        (running,) = Executions(database).running()
    return running.flow_run_id


def one_long_task(product: Product) -> str:
    product.script(
        Rule(match="Task: one", turns=(writes("one.txt"), runs(f"touch running; {SLEEP}"), DONE)),
        Rule(match="Go on with the task", turns=(runs(f"touch running; {SLEEP}"), DONE)),
    )
    return product.world.task("one")


def begun(product: Product, **env: str) -> tuple[subprocess.Popen[str], Lines]:
    process = product.start("start", POLL_INTERVAL_SECONDS="300", **env)
    return process, Lines(process)


def test_it_stops_in_steps_or_at_once_leaves_nothing_and_goes_on_where_it_was(here: Product) -> None:
    """SIGTERM, two of Ctrl-C, kill -9; after each, the next `aegis start` goes on by itself."""
    gid = one_long_task(here)
    for name in ("flows", "tasks"):  # where the command runs there may be a Prefect project of the user's own
        (here.root / name).mkdir()
        (here.root / name / "__init__.py").write_text("raise SystemExit('not ours')")
    with server_of(here) as api:
        process, lines = begun(here, STOP_GRACE_SECONDS="1")
        at_work(here)
        assert "started  'one' (Aegis)" in lines.wait("started")
        second = here.run("start", code=1).stderr
        assert f"runs already for {here.home} (process {process.pid})" in second
        assert "1 agent of `aegis start`" in here.run("stop", code=1).stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
        assert "1 agent at work may finish within 1 s" in lines.wait("Stopping")
        assert "The grace time is over: 1 stopped, resumable." in lines.wait("grace time is over")
        assert "ended    'one' (Aegis): ⚠️ Interrupted" in lines.wait("ended")
        (row,) = here.executions()
        assert row.verdict == "interrupted" and here.world.store.comments(gid) == []
        info = LocalServer(here.home, 60, {}).status()
        assert info is not None, "the server that another uses stays"
        left = set(here.processes()) - {info.keeper.pid}
        assert len(left) == 1, "the server itself"
        found = deployment(api, "orchestrate/orchestrate")
        assert found is not None and found["paused"], "no tick is scheduled that nobody would execute"

        process, lines = begun(here)
        at_work(here)
        first = run_of_the_agent(here)
        process.send_signal(signal.SIGINT)
        lines.wait("Stopping: 1 agent")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        lines.wait("Stopped at once")
        wait_until(lambda: len(here.processes()) == 2, what="all but the server's two processes to end")
        assert state_of(api, first) == "RUNNING"

        process, lines = begun(here)
        at_work(here)
        second = run_of_the_agent(here)
        assert state_of(api, first) == "CRASHED"
        kill(process)
        wait_until(lambda: len(here.processes()) == 2, 60, "the runner to end itself and its runs")
        assert state_of(api, second) in ("CRASHED", "CANCELLED")
        assert StartLock(here.home).running() is None
        assert not here.world.store.task(gid)["completed"] and here.world.store.comments(gid) == []
        assert {one.verdict for one in here.executions()} == {"interrupted"}
        assert {one.session_id for one in here.executions()} == {row.session_id}, "resumed, not paid for twice"


def what_an_outage_leaves(product: Product, api: str) -> dict[str, str]:
    """What an outage leaves: late ticks, a run that was taken and never begun, one that waits; and an old one."""
    made = {name: ask_for(api, "orchestrate/orchestrate") for name in ("late", "later")}
    made |= {name: ask_for(api, "work-on/work-on", project="Aegis") for name in ("old", "never begun", "waiting")}
    for name, state in (("old", "COMPLETED"), ("never begun", "PENDING")):
        httpx.post(f"{api}/flow_runs/{made[name]}/set_state", json={"state": {"type": state}, "force": True})
    with sqlite3.connect(product.home / "prefect" / "prefect.db", timeout=30) as server:
        server.execute("UPDATE flow_run SET end_time = '2020-01-01 00:00:00' WHERE id = ?", (made["old"],))
    (product.home / "tidied").unlink()
    return made


def test_what_dies_alone_comes_back_while_the_agent_works_and_what_dies_at_once_goes_on_after(
    tmp_path: Path, own_postgres: OwnPostgres, mortal_database: str, prefect_database: Path
) -> None:
    """The runner and the Prefect server alone; then all of it, PostgreSQL and the agent too, as when a machine dies."""
    waits = "touch running; while [ ! -e go ]; do perl -e 'select(undef, undef, undef, 0.1)'; done"
    with product_at(tmp_path, None, mortal_database) as here:
        with_prefect_database(here.home, prefect_database)
        here.script(
            Rule(match="Task: one", turns=(runs(waits), DONE)),
            Rule(match="Task: two", turns=(writes("two.txt"), runs(f"touch running; {SLEEP}"), DONE)),
            Rule(match="Go on with the task", turns=(DONE,)),
        )
        one = here.world.task("one")
        here.world.sandbox.faults.add(Fault(kind="latency", seconds=3, method="GET", path="/portfolios/"))
        _, lines = begun(here)
        wait_until(lambda: not here.world.sandbox.faults.listed(), 90, "the first tick to ask Asana")
        wait_until(lambda: lease_left(here) <= 60, 3, "the tick's place to be held for no longer than a minute")
        api = lines.wait("Prefect UI: ").split("Prefect UI: ")[1].strip() + "/api"
        at_work(here)
        run = run_of_the_agent(here)
        died = a_tick_that_died(here, api)
        info = LocalServer(here.home, 60, {}).status()
        noted = StartLock(here.home).read()
        assert info is not None and noted is not None and noted.runner is not None
        os.kill(info.keeper.pid, signal.SIGKILL)
        lines.wait("the local Prefect server was gone and is started again")
        os.kill(noted.runner.pid, signal.SIGKILL)
        lines.wait("the runner ended")
        lines.wait("over     the runner ended")
        again = LocalServer(here.home, 60, {}).status()
        assert again is not None and again.api_url == api
        wait_until(lambda: answers(api), 90, "the server")
        wait_until(lambda: state_of(api, died) == "CRASHED", 60, "the tick that died to be noted")
        wait_until(lambda: len(ticks_done(api)) > 1, 60, "the next tick: the dead one's place is free")
        (here.code / "go").touch()
        wait_until(lambda: here.world.store.task(one)["completed"], 90)
        wait_until(lambda: state_of(api, run) == "COMPLETED", 60)

        two = here.world.task("two")
        ask_for(api, "work-on/work-on", project="Aegis")
        at_work(here)
        cut_off = run_of_the_agent(here)
        signalled(
            here, signal.SIGSTOP, but=server_processes(here)
        )  # who is stopped takes no run and starts nothing again
        made = what_an_outage_leaves(here, api)
        signalled(here, signal.SIGKILL)
        own_postgres.kill()
        for dead in here.started:
            dead.wait()
        wait_until(lambda: here.processes() == [], what="all processes to end")
        assert not here.world.store.task(two)["completed"]

        own_postgres.start()
        said = here.run("start", "--once").stdout
        assert "ended    'two' (Aegis): ✓ Task completed via Aegis" in said
        assert all(here.world.store.task(gid)["completed"] and len(here.done_comments(gid)) == 1 for gid in (one, two))
        verdicts = [(row.task_gid, row.verdict) for row in here.executions()]
        assert verdicts == [(one, "done"), (two, "interrupted"), (two, "done")]
        assert len({row.session_id for row in here.executions()}) == 2, "resumed, not paid for twice"
        assert here.processes() == []
    with sqlite3.connect(here.home / "prefect" / "prefect.db") as server:
        states = dict(server.execute("SELECT id, state_type FROM flow_run").fetchall())
    assert states[cut_off] == "CRASHED", "and not running for ever"
    assert [states.get(made[name]) for name in ("late", "later")] == ["CANCELLED", "CANCELLED"], "one look for all"
    assert states[made["never begun"]] == "CRASHED" and states[made["waiting"]] == "COMPLETED"
    assert made["old"] not in states, "what is older than LOG_RETENTION_DAYS is forgotten"


def server_processes(product: Product) -> set[int]:
    info = LocalServer(product.home, 60, {}).status()
    assert info is not None
    return {info.keeper.pid, *(one.pid for one in descendants(info.keeper.pid))}


def signalled(product: Product, number: signal.Signals, but: Collection[int] = ()) -> None:
    for pid in product.processes():
        if pid not in but:
            os.kill(pid, number)


def a_tick_that_died(product: Product, api: str) -> str:
    """A tick with its deployment's one place, whose process and session are dead, as after a power cut; its run."""
    wait_until(lambda: ticks_done(api), 60, "the first tick")
    run = ask_for(api, "orchestrate/orchestrate")
    for state in ("PENDING", "RUNNING"):
        httpx.post(f"{api}/flow_runs/{run}/set_state", json={"state": {"type": state}})
        wait_until(lambda state=state: state_of(api, run) == state, what=f"the tick to be {state}")
    with product.database() as database:
        dead = dataclasses.replace(Owner.current(), pid=2**22 + 1)
        Sessions(database).begin("dead", flow="orchestrate", flow_run_id=run, owner=dead)
    return run


def lease_left(product: Product) -> float:
    """Seconds for which the local server holds the place of the tick that runs now."""
    found = [
        json.loads(file.read_text()) for file in (product.home / "prefect" / "concurrency_leases").glob("*-*.json")
    ]
    (ends,) = [
        datetime.fromisoformat(one["expiration"]) for one in found if one["resource_ids"]
    ]  # others limit nothing
    return (ends - datetime.now(UTC)).total_seconds()


def ticks_done(api: str) -> list[dict[str, Any]]:
    wanted = {"flows": {"name": {"any_": ["orchestrate"]}}, "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    found: list[dict[str, Any]] = httpx.post(f"{api}/flow_runs/filter", json=wanted).json()
    return found
