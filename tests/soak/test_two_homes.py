"""Several owners with homes of their own on one PostgreSQL: nothing twice, also where one of them sleeps."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from aegis.adapters.claims import Claims, Owner
from aegis.adapters.executions import Executions
from aegis.adapters.outbox import Outbox
from aegis.adapters.process import ProcessRef, alive
from aegis.adapters.run_files import read_pids
from aegis.sandbox.faults import Fault
from aegis.sandbox.model import Rule
from tests.running import DONE, Product, product_at, runs, wait_until, writes

pytestmark = pytest.mark.timeout(300)
CLAIM_SECONDS = "10"
WORKS = (runs("touch running; while [ ! -e go ]; do perl -e 'sleep 1'; done"), DONE)


def another_home(product: Product) -> dict[str, str]:
    """What a second worker's environment has of its own."""
    return {"AEGIS_HOME": str(product.root / "other-home"), "LOG_DIR": str(product.root / "other-logs")}


def agent_of(product: Product) -> ProcessRef:
    """The agent that works now."""
    with product.database() as database:
        (running,) = Executions(database).running()
    pids = read_pids(Path(running.run_dir))
    assert pids is not None
    return pids[1]


def claim_is_over(product: Product, gid: str) -> bool:
    with product.database() as database:
        return Claims(database).lapsed([gid]) == {gid}


def end(process: subprocess.Popen[str]) -> str:
    """Its words, once it has ended by itself."""
    out, err = process.communicate(timeout=90)
    return out + err


def test_an_owner_that_sleeps_longer_than_its_claim_loses_its_agent_and_reports_nothing(
    tmp_path: Path, prefect_api: str, migrated_postgres: str
) -> None:
    with product_at(tmp_path, prefect_api, migrated_postgres) as here:
        here.env["CLAIM_SECONDS"] = CLAIM_SECONDS
        here.script(Rule(match="Task: one", turns=WORKS), Rule(match="Go on with the task", turns=(DONE,)))
        gid = here.world.task("one")
        sleeper = here.start("work-on", "Aegis")
        wait_until((here.code / "running").exists, 90)
        agent = agent_of(here)
        sleeper.send_signal(signal.SIGSTOP)
        wait_until(lambda: not alive(agent), what="the sleeper's agent to end")
        assert not claim_is_over(here, gid), "the agent is gone before its task can be another's"
        wait_until(lambda: claim_is_over(here, gid), what="the claim to end")
        here.run("work-on", "Aegis", **another_home(here))
        assert here.world.store.task(gid)["completed"]

        sleeper.send_signal(signal.SIGCONT)
        assert "another process took the task" in end(sleeper)
        assert len(here.world.store.comments(gid)) == len(here.done_comments(gid)) == 1
        kinds = [story["resource_subtype"] for story in here.world.store.stories(gid)]
        assert kinds.count("marked_complete") == 1
        first, second = here.executions()
        assert (first.verdict, second.verdict) == ("interrupted", "done")
        assert Path(second.run_dir).is_relative_to(here.root / "other-home") and second.session_id == first.session_id
        wait_until(lambda: here.processes() == [], what="all processes to end")


def test_an_owner_that_sleeps_in_mid_report_ends_it_when_it_wakes_and_nobody_says_it_twice(
    tmp_path: Path, prefect_api: str, migrated_postgres: str
) -> None:
    with product_at(tmp_path, prefect_api, migrated_postgres) as here:
        here.env["CLAIM_SECONDS"] = CLAIM_SECONDS
        here.every_task(writes("one.txt"), DONE)
        gid = here.world.task("one")
        here.world.sandbox.faults.add(Fault(kind="latency", seconds=4, method="POST", path="/stories$"))
        sleeper = here.start("work-on", "Aegis")
        wait_until(lambda: report_on_the_way(here), 90)
        sleeper.send_signal(signal.SIGSTOP)
        wait_until(lambda: claim_is_over(here, gid), what="the claim to end")
        here.run("work-on", "Aegis", **another_home(here))
        sleeper.send_signal(signal.SIGCONT)
        end(sleeper)
        here.run("work-on", "Aegis", **another_home(here))
        assert here.world.store.task(gid)["completed"] and here.prompts() == 1
        assert len(here.world.store.comments(gid)) == len(here.done_comments(gid)) == 1
        kinds = [story["resource_subtype"] for story in here.world.store.stories(gid)]
        assert kinds.count("marked_complete") == 1 and [one.verdict for one in here.executions()] == ["done"]


def report_on_the_way(product: Product) -> bool:
    """Whether the comment is being sent now."""
    with product.database() as database:
        return any(row.state == "sending" and row.kind == "comment" for row in Outbox(database).pending())


def test_two_workers_with_two_homes_share_the_work_and_do_nothing_twice(
    tmp_path: Path, prefect_api: str, migrated_postgres: str
) -> None:
    """Each begins with a project of its own, then comes to the other's, where work goes on."""
    with product_at(tmp_path, prefect_api, migrated_postgres) as here:
        store = here.world.store
        other = tmp_path / "other-code"
        other.mkdir()
        second = store.add_project("Second", notes=f"Code Location: {other}", portfolio=here.world.portfolio)
        here.script(Rule(match="Task: (one|three)", turns=WORKS), Rule(match="Task: ", turns=(DONE,)))
        tasks = [here.world.task("one"), here.world.task("two"), store.add_task(second, "three")]
        tasks.append(store.add_task(second, "four"))
        first = [here.start("work-on", "Aegis"), here.start("work-on", "Second", **another_home(here))]
        wait_until((here.code / "running").exists, 90)
        wait_until((other / "running").exists, 90)
        for project, env in (("Second", {}), ("Aegis", another_home(here))):
            here.run("work-on", project, **env)
        assert here.prompts() == 2, "what somebody works on, and where, is nobody else's"
        for code in (here.code, other):
            (code / "go").touch()
        for process in first:
            said = end(process)
            assert process.returncode == 0, said
        assert [len(here.done_comments(gid)) for gid in tasks] == [1, 1, 1, 1]
        assert all(store.task(gid)["completed"] for gid in tasks)
        rows = here.executions()
        assert sorted(one.task_gid for one in rows) == sorted(tasks)
        homes = {Path(one.run_dir).parents[1].name for one in rows}
        assert homes == {"home", "other-home"}
        with here.database() as database:
            assert Claims(database).held(here=Owner.current()) == []
        wait_until(lambda: here.processes() == [], what="all processes to end")
