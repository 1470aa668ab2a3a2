"""The last judgement over a project is kept for `aegis status`, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from aegis.adapters.database import Database
from aegis.adapters.judgements import Judgements
from aegis.adapters.tables import cache
from aegis.core.judgement import LastJudgement, last_judgement
from aegis.core.readiness import assess
from tests.core.builders import facts, task

AT = datetime(2025, 11, 25, 10, 30, tzinfo=UTC)


def judgement(gid: str, name: str, **more: object) -> LastJudgement:
    given = {"project_gid": gid, "project_name": name, "at": AT, "ready": 1, "blocked": 0, "unclear": 0, **more}
    return LastJudgement.model_validate(given)


def test_the_last_of_each_project_is_kept_and_found_by_name(database: Database) -> None:
    kept = Judgements(database)
    assert kept.last() == ()
    for one in (judgement("1", "zoo"), judgement("11", "Aegis"), judgement("1", "zoo", ready=7)):
        kept.keep(one)
    assert [(one.project_name, one.ready) for one in kept.last()] == [("Aegis", 1), ("zoo", 7)]
    assert kept.last("1") == (judgement("1", "zoo", ready=7),) and kept.last("2") == ()


def test_one_that_cannot_be_read_is_left_out(database: Database) -> None:
    kept = Judgements(database)
    kept.keep(judgement("1", "a"))
    kept.keep(judgement("2", "b"))
    with database.transaction() as connection:
        connection.execute(update(cache).where(cache.c.key == "judgement:1").values(value='{"later": 1}'))
    assert [one.project_gid for one in kept.last()] == ["2"]


def test_it_counts_all_tasks_and_holds_the_first_that_wait_with_secrets_masked() -> None:
    waiting = [task(f"W{n} s3cret", gid=str(100 + n), dependencies=("999",)) for n in range(60)]
    judged = assess(facts(*waiting, task("ready")))
    kept = last_judgement(judged, AT, lambda text: text.replace("s3cret", "***"))
    assert (kept.ready, kept.blocked, kept.unclear) == (1, 60, 0)
    assert len(kept.waiting) == 50 and kept.waiting[0].name == "W0 ***"
    assert kept.waiting[0].reasons == ("Depends on the task 999, which cannot be seen (not looked at)",)
