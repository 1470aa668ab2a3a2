"""A run that Prefect holds for begun, and that no living session stands for, is found; a living one is let be."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prefect.client.schemas.objects import FlowRun, State, StateType

from aegis.adapters.claims import Claims, Owner
from aegis.adapters.database import Database
from aegis.adapters.sessions import SessionRow, Sessions, life_key
from aegis.adapters.tables import claims
from aegis.core.deployments import installation_tag, is_others
from tasks.recover import _is_abandoned

OURS = installation_tag("abc")


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def run(kind: StateType, minutes: float, *tags: str) -> FlowRun:
    state = State(type=kind, timestamp=ago(minutes))
    return FlowRun(flow_id=uuid.uuid4(), tags=list(tags), state=state)


def known(state: str, ended_minutes_ago: float | None = None) -> SessionRow:
    ended = None if ended_minutes_ago is None else ago(ended_minutes_ago)
    return SessionRow("s", "do", "r", "1", Owner.current(), state, ago(540), ended, None)


@pytest.mark.parametrize(
    ("one", "session", "abandoned"),
    [
        ((StateType.PENDING, 1, OURS), None, False),
        ((StateType.PENDING, 2.1, OURS), None, True),
        ((StateType.PENDING, 6), None, True),
        ((StateType.RUNNING, 6, OURS), None, True),
        ((StateType.RUNNING, 6), None, False),
        ((StateType.RUNNING, 60 * 25), None, True),
        ((StateType.RUNNING, 600, OURS), ("running",), False),
        (
            (StateType.RUNNING, 600, OURS),
            (
                "ended",
                1,
            ),
            False,
        ),
        (
            (StateType.RUNNING, 600, OURS),
            (
                "ended",
                6,
            ),
            True,
        ),
    ],
)
def test_what_counts_as_abandoned(one: tuple[Any, ...], session: tuple[Any, ...] | None, abandoned: bool) -> None:
    assert _is_abandoned(run(*one), None if session is None else known(*session), OURS) is abandoned


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
        connection.execute(claims.update().where(claims.c.task_gid == life_key("gone")).values(expires_at=ago(0)))
    assert [row.id for row in sessions.dead(Owner.current())] == ["gone"]
