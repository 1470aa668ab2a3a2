"""The deployments of prefect.yaml on a real Prefect worker, from a fresh server on, as the README says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aegis.adapters.prefect_server import LocalServer
from aegis.sandbox.model import Rule
from tests.product.test_start import SLEEP, ask_for, deployment, run_of_the_agent, state_of, with_prefect_database
from tests.running import DONE, kill, product_at, runs, wait_until, writes

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(400),  # several processes that import Prefect, on a machine that may be busy
]
ROOT = Path(__file__).parents[2]
PREFECT = Path(sys.executable).with_name("prefect")


def test_a_worker_that_is_stopped_in_mid_run_leaves_no_agent_and_its_run_ends_as_crashed(
    tmp_path: Path, prefect_database: Path
) -> None:
    with product_at(tmp_path, None) as here:
        here.script(
            Rule(match="Task: one", turns=(writes("one.txt"), runs(f"touch running; {SLEEP}"), DONE)),
            Rule(match="Go on with the task", turns=(DONE,)),
        )
        gid = here.world.task("one")
        for name in ("prefect.yaml", "flows"):  # a checkout in a folder with logs of its own
            (here.root / name).symlink_to(ROOT / name)
        server = LocalServer(tmp_path / "server", 60, dict(os.environ))
        with_prefect_database(tmp_path / "server", prefect_database)
        with server.in_use():
            info = server.begin()
            server.wait(info)
            api = info.api_url
            here.env |= {"PREFECT_API_URL": api, "PREFECT_HOME": str(tmp_path / "prefect")}
            env = {**here.env, "PREFECT_WORKER_QUERY_SECONDS": "2"}

            def prefect(*arguments: str) -> None:
                command = [str(PREFECT), *arguments]
                done = subprocess.run(command, cwd=here.root, env=env, capture_output=True, text=True)
                assert done.returncode == 0, done.stdout + done.stderr

            prefect("work-pool", "create", "aegis", "--type", "process")
            prefect("--no-prompt", "deploy", "--all")
            found = deployment(api, "orchestrate/orchestrate")
            assert found is not None and found["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
            assert found["global_concurrency_limit"]["limit"] == 1 and found["work_pool_name"] == "aegis"
            refused = here.run("start", code=1).stderr
            assert "is for workers of the pool 'aegis'" in refused and "prefect worker start --pool aegis" in refused
            worker = subprocess.Popen(
                [str(PREFECT), "worker", "start", "--pool", "aegis"],
                cwd=here.root,
                env=env,
                stdout=(tmp_path / "worker.log").open("w"),
                stderr=subprocess.STDOUT,
                text=True,
            )
            try:
                ask_for(api, "work-on/work-on", project="Aegis")
                wait_until((here.code / "running").exists, 90)
                run = run_of_the_agent(here)
                worker.send_signal(signal.SIGTERM)
                worker.wait(60)
                wait_until(lambda: len(here.processes()) == 2, what="all but the server's two processes to end")
            finally:
                if worker.poll() is None:
                    kill(worker)
            assert state_of(api, run) == "RUNNING", "Prefect alone would leave it so for ever"
            here.run("work-on", "Aegis")
            assert state_of(api, run) == "CRASHED"
            assert here.world.store.task(gid)["completed"] and len(here.done_comments(gid)) == 1
        server.stop()
        wait_until(lambda: here.processes() == [], what="all processes to end")
