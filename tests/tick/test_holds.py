"""What lifts a hold and what does not, and who is told: the steps of a tick, on the real CLI and a scripted model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from aegis.adapters.holds import EVERYTHING
from aegis.core.models import Outcome
from aegis.sandbox.model import Fault, Script, ScriptedModel, Turn
from aegis.wiring import Runtime, open_runtime
from tasks.clock import now
from tasks.holds import account, holds_on, look_at_holds, note_run
from tasks.night import tell_the_day
from tests.receivers import Receiver, receiver
from tests.tick.conftest import settings_for
from tests.worlds import World

IN_AN_HOUR = int((now() + timedelta(hours=1)).timestamp())
LIMIT = {
    "anthropic-ratelimit-unified-status": "rejected",
    "anthropic-ratelimit-unified-reset": "$NOW+1H",
    "anthropic-ratelimit-unified-representative-claim": "five_hour",
}
CLOSED = Turn(fault=Fault(status=429, error_type="rate_limit_error", message="limit", headers=LIMIT))
BAD_KEY = Turn(fault=Fault(status=401, error_type="authentication_error", message="invalid x-api-key"))


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel() as made:
        yield made


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def runtime(
    here: World, home: Path, model: ScriptedModel, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runtime]:
    monkeypatch.setenv("HOME", str(home))
    login = {"anthropic_api_key": None, "claude_code_oauth_token": "sk-ant-oat01-test-token"}
    told = {"aegis_notify_urls": (there.url(),)}
    with open_runtime(settings_for(here, home, anthropic_base_url=model.url, **login, **told)) as made:
        yield made


def ended(**how: object) -> Outcome:
    values = {"task_gid": "1", "execution_id": "e", "run_id": "r", "headline": "", "finished_at": now()}
    return Outcome.model_validate({**values, **how})


def unusable(kind: str, resets_at: int | None = None) -> Outcome:
    return ended(verdict="not-its-fault", unusable_kind=kind, unusable_detail="no", resets_at=resets_at)


def a_success() -> Outcome:
    return ended(verdict="done", usage={"turns": 3})


def kinds(runtime: Runtime) -> list[str]:
    return [hold.kind for hold in holds_on(runtime)]


def told(runtime: Runtime) -> list[str]:
    rows = runtime.state.outbox.due(now() + timedelta(minutes=1), here=runtime.owner)
    return [row.payload["title"] for row in rows]


def test_a_run_that_ends_well_after_the_window_closed_does_not_open_it(runtime: Runtime) -> None:
    """Two agents share an account: one is refused, the other had its last answer a moment before."""
    note_run(runtime, unusable("plan_window", IN_AN_HOUR))
    note_run(runtime, a_success())
    assert kinds(runtime) == ["plan_window"]
    note_run(runtime, unusable("plan_window", IN_AN_HOUR))
    assert told(runtime) == ["Aegis holds all starts"], "each window is told once"


def test_a_run_that_ends_well_lifts_what_only_a_run_can_prove_and_counts_anew(runtime: Runtime) -> None:
    for _ in range(2):
        note_run(runtime, unusable("login"))
    assert kinds(runtime) == ["login"]
    note_run(runtime, a_success())
    assert kinds(runtime) == []
    note_run(runtime, unusable("overloaded"))
    note_run(runtime, a_success())
    note_run(runtime, unusable("overloaded"))
    assert kinds(runtime) == [], "they were not in a row"


async def test_a_window_that_a_person_has_opened_is_found_open_by_the_command_that_they_start(
    runtime: Runtime, model: ScriptedModel
) -> None:
    """They bought more: the tick waits for the window's time, a person need not."""
    note_run(runtime, unusable("plan_window", IN_AN_HOUR))
    model.script = Script(default=CLOSED)
    assert await look_at_holds.fn() and model.requests == []
    assert await look_at_holds.fn(at_once=True) and kinds(runtime) == ["plan_window"]
    model.script = Script(default=Turn(text="OK"))
    assert await look_at_holds.fn(at_once=True) == ()
    assert told(runtime) == ["Aegis holds all starts"]


async def test_a_probe_that_meets_another_trouble_leaves_the_window_closed(
    runtime: Runtime, model: ScriptedModel
) -> None:
    note_run(runtime, unusable("plan_window", IN_AN_HOUR))
    (before,) = holds_on(runtime)
    model.script = Script(default=BAD_KEY)
    await look_at_holds.fn(at_once=True)
    (after,) = holds_on(runtime)
    assert (after.kind, after.until, after.reason) == (before.kind, before.until, before.reason)


async def test_a_pause_is_told_once_and_a_later_one_again(runtime: Runtime, here: World) -> None:
    holds = runtime.state.holds
    holds.set("pause", EVERYTHING, "paused by robin: demo at ten")
    for _ in range(2):
        await tell_the_day.fn()
    assert told(runtime) == ["Aegis is paused"]
    holds.set("pause", f"project:{here.project}", "paused by robin")
    await tell_the_day.fn()
    assert told(runtime) == ["Aegis is paused", f"Aegis is paused for '{here.project}'"]


async def test_a_hold_that_could_not_be_told_does_not_stand(runtime: Runtime) -> None:
    def dies(connection: object, at: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runtime.state.holds.set("login", account(runtime), "no", tell=dies)
    assert kinds(runtime) == []
