"""A run that Prefect holds for begun, and that no living session stands for, is found; a living one is let be."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from prefect.client.schemas.objects import FlowRun, State, StateType

from aegis.adapters.claims import Claims, Owner
from aegis.adapters.database import Database
from aegis.adapters.sessions import SessionRow, Sessions, life_key
from aegis.adapters.tables import claims
from aegis.core.deployments import installation_tag, is_others
from tasks.recover import _is_abandoned

NOW = datetime.now(UTC)
OURS = installation_tag("abc")


def run(kind: StateType, minutes: float, *tags: str) -> FlowRun:
    state = State(type=kind, timestamp=NOW - timedelta(minutes=minutes))
    return FlowRun(flow_id=uuid.uuid4(), tags=list(tags), state=state)


def known(state: str, ended_minutes_ago: float | None = None) -> SessionRow:
    ended = None if ended_minutes_ago is None else NOW - timedelta(minutes=ended_minutes_ago)
    return SessionRow("s", "do", "r", "1", Owner.current(), state, NOW - timedelta(hours=9), ended, None)


@pytest.mark.parametrize(
    ("one", "session", "abandoned"),
    [
        (run(StateType.PENDING, 1, OURS), None, False),
        (run(StateType.PENDING, 6, OURS), None, True),
        (run(StateType.PENDING, 6), None, True),
        (run(StateType.RUNNING, 6, OURS), None, True),
        (run(StateType.RUNNING, 6), None, False),
        (run(StateType.RUNNING, 60 * 25), None, True),
        (run(StateType.RUNNING, 600, OURS), known("running"), False),
        (run(StateType.RUNNING, 600, OURS), known("ended", 1), False),
        (run(StateType.RUNNING, 600, OURS), known("ended", 6), True),
    ],
)
def test_what_counts_as_abandoned(one: FlowRun, session: SessionRow | None, abandoned: bool) -> None:
    assert _is_abandoned(one, session, OURS) is abandoned


def test_another_aegis_on_the_same_server_is_told_by_its_tag() -> None:
    assert is_others(["aegis", installation_tag("xyz")], "abc")
    assert not is_others(["aegis", OURS], "abc") and not is_others(["aegis"], "abc")


def test_a_session_on_a_machine_that_is_gone_dies_with_its_claim(database: Database) -> None:
    elsewhere = Owner("elsewhere", "boot", "ns", 7, "then")
    sessions, held = Sessions(database), Claims(database)
    for name in ("lives", "gone", "of an older version"):
        sessions.begin(name, flow="do", flow_run_id="", owner=elsewhere)
    for name in ("lives", "gone"):
        held.acquire(life_key(name), elsewhere)
    with database.transaction() as connection:
        connection.execute(claims.update().where(claims.c.task_gid == life_key("gone")).values(expires_at=NOW))
    assert [row.id for row in sessions.dead(Owner.current())] == ["gone"]
