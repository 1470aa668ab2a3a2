"""What Claude found is kept by content, for ever and for all machines; what it cost counts for the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from aegis.adapters.analyses import Analyses
from aegis.adapters.database import Database
from aegis.adapters.tables import cache
from aegis.core.analysis import Finding, FindingKind
from aegis.core.models import ReplyOption

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def finding(text: str, content: str = "c1") -> Finding:
    options = (ReplyOption(label="red", pros="warm"),)
    return Finding(kind=FindingKind.QUESTION, content=content, text=text, quote="q", options=options)


def test_findings_are_kept_by_content_and_the_first_that_stores_them_wins(database: Database) -> None:
    kept = Analyses(database)
    kept.keep({"c1": (finding("Red?"),), "c2": ()})
    Analyses(database).keep({"c1": (finding("Blue?"),)})
    assert kept.known(["c1", "c2", "c3", "c1"]) == {"c1": (finding("Red?"),), "c2": ()}
    assert kept.known([f"x{n}" for n in range(1200)] + ["c1"]) == {"c1": (finding("Red?"),)}
    with database.transaction() as connection:
        assert set(connection.execute(select(cache.c.expires_at)).scalars()) == {None}
    kept.keep({})


def test_what_could_not_be_read_is_left_alone_for_a_while_only(database: Database) -> None:
    kept = Analyses(database)
    kept.leave_alone(["c1"])
    assert kept.known(["c1"]) == {"c1": ()}
    with database.transaction() as connection:
        connection.execute(update(cache).values(expires_at=LONG_AGO))
    assert kept.known(["c1"]) == {}
    kept.keep({"c1": (finding("Red?"),)})
    assert kept.known(["c1"]) == {"c1": (finding("Red?"),)}


def test_a_row_that_is_not_ours_finds_nothing_and_is_not_paid_for_again(database: Database) -> None:
    kept = Analyses(database)
    kept.keep({"c1": (finding("Red?"),)})
    with database.transaction() as connection:
        connection.execute(update(cache).values(value='[{"later": 1}]'))
    assert kept.known(["c1"]) == {"c1": ()}


def test_costs_add_up_over_the_day_and_old_ones_are_forgotten(database: Database) -> None:
    kept = Analyses(database)
    now = datetime.now(UTC)
    assert kept.spent_since(now) == 0
    for run, cost in (("analysis-1", 0.25), ("analysis-2", 0.5), ("analysis-2", 9.0)):
        kept.paid(run, cost)
    assert kept.spent_since(now - timedelta(hours=1)) == 0.75
    assert kept.spent_since(now + timedelta(hours=1)) == 0
    assert kept.known(["analysis-1"]) == {}
    with database.transaction() as connection:
        connection.execute(update(cache).where(cache.c.key.contains("analysis-1")).values(expires_at=LONG_AGO))
    kept.paid("analysis-3", 0.125)
    assert kept.spent_since(now - timedelta(hours=1)) == 0.625
