"""Executions, their outcomes and the writes that report them: together or not at all."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from aegis.adapters.claims import Claim, Claims, Owner
from aegis.adapters.database import Database
from aegis.adapters.executions import Executions, NewExecution
from aegis.adapters.outbox import Outbox, OutboxWrite
from aegis.core.models import AsanaTask, Ending, Outcome, Project, Usage, Verdict
from aegis.errors import ClaimLostError, DatabaseError

ME = Owner.current()
DEAD = dataclasses.replace(ME, boot_id="before")


def now() -> datetime:
    return datetime.now(UTC)


def claim_of(database: Database, gid: str = "1") -> Claim:
    claim = Claims(database).acquire(gid, ME)
    assert isinstance(claim, Claim)
    return claim


def started(database: Database, claim: Claim) -> str:
    new = NewExecution(
        id=str(uuid.uuid4()),
        run_id=uuid.uuid4().hex[:10],
        task_gid=claim.task_gid,
        project_gid="9",
        session_id="s",
        resumed=False,
        run_dir="/r",
        log_file="/l",
        model="m",
    )
    Executions(database).start(claim, new)
    return new.id


def outcome(execution_id: str, verdict: Verdict = Verdict.DONE, gid: str = "1") -> Outcome:
    return Outcome(
        verdict=verdict,
        task_gid=gid,
        execution_id=execution_id,
        run_id="r",
        headline="h",
        session_id="s",
        usage=Usage(turns=3, cost_usd=0.25),
        ending=Ending.REPLIED,
    )


def writes(execution_id: str, gid: str = "1") -> list[OutboxWrite]:
    return [
        OutboxWrite("comment", gid, {"html": "<body>x</body>", "text": "x"}, "m1", gid, execution_id),
        OutboxWrite("complete", gid, {}, "m1", gid, execution_id),
    ]


def test_an_outcome_and_its_report_are_stored_together(database: Database) -> None:
    claim = claim_of(database)
    ran = started(database, claim)
    assert (past := Executions(database).past("1")) is not None and past.running
    Executions(database).finish(claim, ran, outcome(ran), writes(ran))
    past = Executions(database).past("1")
    assert past is not None and (past.verdict, past.running, past.undelivered) == (Verdict.DONE, False, True)
    assert Executions(database).latest_outcome("1") == outcome(ran)
    assert [row.kind for row in Outbox(database).due(now(), here=ME)] == ["comment", "complete"]
    assert Executions(database).spent_since(now() - timedelta(hours=1)) == 0.25


def test_without_the_claim_nothing_is_stored(database: Database) -> None:
    claim = claim_of(database)
    ran = started(database, claim)
    Claims(database).release(claim)
    claim_of(database)
    with pytest.raises(ClaimLostError):
        Executions(database).finish(claim, ran, outcome(ran), writes(ran))
    assert Outbox(database).due(now(), here=ME) == []
    with pytest.raises(ClaimLostError):
        started(database, claim)


def test_a_confirmed_completion_is_remembered(database: Database) -> None:
    claim = claim_of(database)
    ran = started(database, claim)
    Executions(database).finish(claim, ran, outcome(ran), writes(ran))
    box = Outbox(database)
    for row in box.due(now(), here=ME):
        assert box.lease(row.id, ME, now()) is not None
        box.confirm(row.id, "77", now())
    past = Executions(database).past("1")
    assert past is not None and past.completion_confirmed and not past.undelivered
    assert box.counts() == (0, 0)


def test_what_a_dead_sender_was_sending_is_uncertain(database: Database) -> None:
    box = Outbox(database)
    (row_id,) = box.enqueue_now([writes("e")[0]])
    assert box.lease(row_id, DEAD, now()) is not None
    (due,) = box.due(now(), here=ME)
    again = box.lease(due.id, ME, now())
    assert again is not None and again.uncertain and again.attempts == 2
    assert box.due(now(), here=ME) == [], "a living sender is left to send"
    assert box.lease(row_id, ME, now()) is None


def test_a_retry_waits_and_keeps_what_is_uncertain(database: Database) -> None:
    box = Outbox(database)
    (row_id,) = box.enqueue_now([writes("e")[0]])
    box.lease(row_id, ME, now())
    box.retry(row_id, "away", now() + timedelta(minutes=1), uncertain=True)
    assert box.due(now(), here=ME) == [] and box.lease(row_id, ME, now()) is None
    assert [row.id for row in box.due(now(), here=ME, early=True)] == [row_id]
    (due,) = box.due(now() + timedelta(minutes=2), here=ME)
    assert due.uncertain and due.error == "away"
    box.park(row_id, "refused", now())
    assert box.due(now() + timedelta(days=1), here=ME) == [] and box.counts() == (0, 1)


def test_a_write_waits_for_the_one_whose_result_it_needs(database: Database) -> None:
    box = Outbox(database)
    first, second = box.enqueue_now(
        [
            OutboxWrite("create-task", "9", {"name": "q"}, "m"),
            OutboxWrite("add-dependencies", "1", {}, "m", "1", after=0),
        ]
    )
    assert [row.id for row in box.due(now(), here=ME)] == [first]
    box.confirm(first, "55", now())
    (due,) = box.due(now(), here=ME)
    assert (due.id, due.after_gid) == (second, "55")


def test_a_corrupt_outcome_or_payload_is_one_sentence(database: Database) -> None:
    claim = claim_of(database)
    ran = started(database, claim)
    Executions(database).finish(claim, ran, outcome(ran), writes(ran))
    with database.transaction() as connection:
        connection.execute(text("UPDATE executions SET outcome = '{'"))
        connection.execute(text("UPDATE outbox SET payload = '{'"))
    with pytest.raises(DatabaseError, match="corrupt"):
        Executions(database).latest_outcome("1")
    with pytest.raises(DatabaseError, match="corrupt"):
        Outbox(database).pending()
    assert Executions(database).recent()[0].headline == "(corrupt)"


def test_histories_count_failures_since_the_last_success(database: Database) -> None:
    for verdict in (Verdict.FAILED, Verdict.DONE, Verdict.FAILED, Verdict.NOT_ITS_FAULT, Verdict.FAILED):
        claim = claim_of(database)
        ran = started(database, claim)
        Executions(database).finish(claim, ran, outcome(ran, verdict), [])
        Claims(database).release(claim)
    history = Executions(database).histories(["1", "2"])
    assert set(history) == {"1"} and history["1"].failures == 2 and history["1"].last_verdict is Verdict.FAILED
    assert Executions(database).recent()[0].attempt == 2


def test_a_persons_answer_has_failures_counted_anew(database: Database) -> None:
    table = Executions(database)
    for _ in range(3):
        claim = claim_of(database)
        ran = started(database, claim)
        table.finish(claim, ran, outcome(ran, Verdict.FAILED).model_copy(update={"reason": "no tests pass"}), [])
        Claims(database).release(claim)
    assert table.histories(["1"])["1"].failures == 3 and table.histories(["1"])["1"].last_words == "no tests pass"
    assert table.histories(["1"], since={"1": now()})["1"].failures == 0
    assert table.histories(["1"], since={"1": now() - timedelta(hours=1)})["1"].failures == 3


def test_what_a_conversation_was_told_ends_with_the_begin_of_its_latest_finished_run(database: Database) -> None:
    table = Executions(database)
    assert table.told_until("1", "s") is None
    claim = claim_of(database)
    ran = started(database, claim)
    before = now()
    table.finish(claim, ran, outcome(ran, Verdict.QUESTION), [])
    until = table.told_until("1", "s")
    assert until is not None and until <= before and table.told_until("1", "other") is None
    table.mark_interrupted(claim, started(database, claim))
    assert table.told_until("1", "s") == until, "an interrupted run may not have read its prompt"


def test_what_the_agent_asks_is_stored_with_its_outcome_or_not_at_all(database: Database) -> None:
    claim = claim_of(database)
    ran = started(database, claim)

    def question(connection: object, at: datetime) -> list[OutboxWrite]:
        return [OutboxWrite("create-task", "9", {"name": "q"}, "m"), OutboxWrite("notify", "a", {}, "n", after=0)]

    Executions(database).finish(claim, ran, outcome(ran, Verdict.QUESTION), writes(ran), question)
    assert [row.kind for row in Outbox(database).pending()] == ["comment", "complete", "create-task", "notify"]
    assert Outbox(database).counts() == (3, 0), "a notice is no write to Asana"
    Claims(database).release(claim)
    claim_of(database)
    with pytest.raises(ClaimLostError):
        Executions(database).finish(claim, ran, outcome(ran), [], question)
    assert len(Outbox(database).pending()) == 4


def test_an_execution_that_never_ended_is_interrupted_by_the_next(database: Database) -> None:
    claim = claim_of(database)
    started(database, claim)
    second = started(database, claim)
    rows = Executions(database).recent()
    assert [row.state for row in rows] == ["running", "interrupted"] and rows[0].id == second
    Executions(database).mark_interrupted(claim, second)
    past = Executions(database).past("1")
    assert past is not None and past.verdict is Verdict.INTERRUPTED


def test_what_stood_in_the_way_costs_no_attempt_however_often(database: Database) -> None:
    claim = claim_of(database)
    for _ in range(8):
        Executions(database).mark_interrupted(claim, started(database, claim), Verdict.NOT_ITS_FAULT)
    assert Executions(database).histories(["1"])["1"].failures == 0
    past = Executions(database).past("1")
    assert past is not None and past.ending is Ending.STOPPED and not past.running
    assert Executions(database).recent()[0].attempt == 1


def test_what_was_seen_is_kept_and_renewed(database: Database) -> None:
    project = Project(gid="9", name="P")
    Executions(database).seen(project, [AsanaTask(gid="1", name="a"), AsanaTask(gid="2", name="b")])
    Executions(database).seen(project, [AsanaTask(gid="1", name="c")])
    assert Executions(database).names(["1", "2"]) == {"1": "c", "2": "b"}


def test_a_subtasks_completion_says_nothing_of_the_task_itself(database: Database) -> None:
    claim = claim_of(database)
    ran = started(database, claim)
    rows = [*writes(ran), OutboxWrite("complete", "55", {}, "m1", "1", ran)]
    Executions(database).finish(claim, ran, outcome(ran), rows)
    comment, own, subtasks = Outbox(database).due(now(), here=ME)
    Outbox(database).park(subtasks.id, "404", now())
    past = Executions(database).past("1")
    assert past is not None and not past.completion_parked and past.undelivered
    for row in (comment, own):
        Outbox(database).confirm(row.id, None, now())
    past = Executions(database).past("1")
    assert past is not None and past.completion_confirmed and not past.undelivered
    history = Executions(database).histories(["1"])["1"]
    assert not history.parked and not history.undelivered


def test_what_runs_reported_is_found_again_for_those_who_come_after(database: Database) -> None:
    project = Project(gid="9", name="P")
    for gid, verdicts in (
        ("1", [Verdict.FAILED, Verdict.NOT_ITS_FAULT, Verdict.INTERRUPTED, Verdict.DONE]),
        ("2", [Verdict.DONE, Verdict.FAILED]),
        ("3", [Verdict.FAILED]),
    ):
        claim = claim_of(database, gid)
        for number, verdict in enumerate(verdicts):
            ran = started(database, claim)
            told = outcome(ran, verdict, gid).model_copy(update={"summary": f"{gid}.{number}"})
            Executions(database).finish(claim, ran, told, [])
    tasks = [AsanaTask(gid=gid, name=f"task {gid}") for gid in "123"]
    Executions(database).seen(project, tasks)
    reader = Executions(database)
    assert {gid: one.summary for gid, one in reader.successes(["1", "2", "3", "4"]).items()} == {"1": "1.3"}
    assert [one.summary for one in reader.outcomes("1", 5)] == ["1.0", "1.3"]
    assert [one.summary for one in reader.outcomes("1", 1)] == ["1.3"]
    assert reader.done_names("9") == {"1": "task 1", "2": "task 2"} and reader.done_names("8") == {}
    with database.transaction() as connection:
        connection.execute(text("UPDATE executions SET outcome = '{' WHERE task_gid = '1'"))
    assert reader.successes(["1"]) == {} and reader.outcomes("1", 5) == []
    assert reader.recent(1, "9")[0].run_dir == "/r"
