"""The overview for people: of everything, or of one project alone."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime, timedelta

from aegis.adapters.analyses import Analyses
from aegis.adapters.claims import Claim, Claims, Owner
from aegis.adapters.database import Database
from aegis.adapters.executions import Executions, NewExecution
from aegis.adapters.holds import Holds
from aegis.adapters.outbox import OutboxWrite
from aegis.adapters.overview import Overview
from aegis.core.models import AsanaTask, Ending, Outcome, Project, Usage, Verdict

ME = Owner.current()


def at_work(database: Database, project: str, gid: str) -> tuple[Claim, str]:
    Executions(database).seen(Project(gid=project, name=f"Project {project}"), [AsanaTask(gid=gid, name=f"Task {gid}")])
    claim = Claims(database).acquire(gid, ME, project_gid=project, limit=9)
    assert isinstance(claim, Claim)
    new = NewExecution(str(uuid.uuid4()), uuid.uuid4().hex[:10], gid, project, "s", False, "/r", "/l", "m")
    Executions(database).start(claim, new)
    return claim, new.id


def end(database: Database, claim: Claim, execution: str) -> None:
    gid = claim.task_gid
    outcome = Outcome(
        verdict=Verdict.DONE,
        task_gid=gid,
        execution_id=execution,
        run_id="r",
        headline="done",
        session_id="s",
        usage=Usage(turns=3, cost_usd=0.25),
        ending=Ending.REPLIED,
    )
    writes = [OutboxWrite("complete", gid, {}, "m1", gid, execution)]
    Executions(database).finish(claim, execution, outcome, writes)
    Claims(database).release(claim)


def test_of_one_project_only_what_concerns_it(database: Database) -> None:
    for project, running, ended in (("7", "71", "72"), ("8", "81", "82")):
        at_work(database, project, running)
        end(database, *at_work(database, project, ended))
        Holds(database).set("paused", f"project:{project}", f"paused {project}")
    Holds(database).set("window", "account:a", "all wait", until=datetime.now(UTC) + timedelta(hours=1))
    Analyses(database).paid("run", 0.5)
    all_of_it = Overview(database).picture(ME, limit_usd=50)
    one = Overview(database).picture(ME, limit_usd=50, project="7")
    assert ({row.task_gid for row in all_of_it.running}, all_of_it.undelivered) == ({"71", "81"}, 2)
    assert [(row.task_gid, row.task, row.project) for row in one.running] == [("71", "Task 71", "Project 7")]
    assert (len(all_of_it.ended), [row.task for row in one.ended], one.undelivered) == (2, ["Task 72"], 1)
    assert (len(all_of_it.held), len(one.held)) == (3, 2) and not any("paused 8" in held for held in one.held)
    assert one.spent_usd == all_of_it.spent_usd == 1.0, "the day's limit is of all, and of what reading has cost"


def test_a_dead_owners_task_does_not_run(database: Database) -> None:
    claim = Claims(database).acquire("1", dataclasses.replace(ME, boot_id="before"), project_gid="7", limit=9)
    assert isinstance(claim, Claim)
    assert Overview(database).picture(ME, limit_usd=50).running == ()
