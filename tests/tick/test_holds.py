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
from tasks.account import look_at_holds, note_run
from tasks.clock import now
from tasks.holds import account, holds_on
from tasks.night import tell_the_day
from tasks.observe import observe
from tasks.send import deliver_due
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
    request: pytest.FixtureRequest,
    here: World,
    home: Path,
    model: ScriptedModel,
    there: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Runtime]:
    """With a subscription login, and an address for notices unless the test asks for none."""
    monkeypatch.setenv("HOME", str(home))
    login = {"anthropic_api_key": None, "claude_code_oauth_token": "sk-ant-oat01-test-token"}
    addresses = () if getattr(request, "param", "") == "nobody to tell" else (there.url(),)
    more = {**login, "aegis_notify_urls": addresses, "anthropic_base_url": model.url}
    with open_runtime(settings_for(here, home, **more)) as made:
        yield made


def ended(**how: object) -> Outcome:
    values = {"task_gid": "1", "execution_id": "e", "run_id": "r", "headline": "", "finished_at": now()}
    return Outcome.model_validate({**values, **how})


def unusable(kind: str, resets_at: int | None = None) -> Outcome:
    return ended(verdict="not-its-fault", unusable_kind=kind, unusable_detail="no", resets_at=resets_at)


def a_success() -> Outcome:
    return ended(verdict="done", usage={"turns": 3})


def note(runtime: Runtime, outcome: Outcome) -> None:
    (project,) = runtime.asana.portfolio_projects(runtime.settings.asana_portfolio_gid[0])
    note_run(runtime, outcome, project)


async def look_at(runtime: Runtime, here: World) -> None:
    """A tick judges the project, and hears answers."""
    assert here.project in (await observe.fn()).standings
    deliver_due(runtime)


def kinds(runtime: Runtime) -> list[str]:
    return [hold.kind for hold in holds_on(runtime)]


def told(runtime: Runtime, there: Receiver) -> list[str]:
    deliver_due(runtime)
    return there.titles


def test_a_run_that_ends_well_after_the_window_closed_does_not_open_it(runtime: Runtime, there: Receiver) -> None:
    """Two agents share an account: one is refused, the other had its last answer a moment before."""
    note(runtime, unusable("plan_window", IN_AN_HOUR))
    note(runtime, a_success())
    assert kinds(runtime) == ["plan_window"]
    note(runtime, unusable("plan_window", IN_AN_HOUR))
    assert told(runtime, there) == ["Aegis holds all starts"], "each window is told once"


def test_a_run_that_ends_well_lifts_what_only_a_run_can_prove_and_counts_anew(runtime: Runtime) -> None:
    for _ in range(2):
        note(runtime, unusable("login"))
    assert kinds(runtime) == ["login"]
    note(runtime, a_success())
    assert kinds(runtime) == []
    note(runtime, unusable("overloaded"))
    note(runtime, a_success())
    note(runtime, unusable("overloaded"))
    assert kinds(runtime) == [], "they were not in a row"


async def test_a_window_that_a_person_has_opened_is_found_open_by_the_command_that_they_start(
    runtime: Runtime, model: ScriptedModel, there: Receiver
) -> None:
    """They bought more: the tick waits for the window's time, a person need not."""
    note(runtime, unusable("plan_window", IN_AN_HOUR))
    model.script = Script(default=CLOSED)
    assert await look_at_holds.fn() and model.requests == []
    assert await look_at_holds.fn(at_once=True) and kinds(runtime) == ["plan_window"]
    model.script = Script(default=Turn(text="OK"))
    assert await look_at_holds.fn(at_once=True) == ()
    assert told(runtime, there) == ["Aegis holds all starts"]


async def test_a_probe_that_meets_another_trouble_leaves_the_window_closed(
    runtime: Runtime, model: ScriptedModel
) -> None:
    note(runtime, unusable("plan_window", IN_AN_HOUR))
    (before,) = holds_on(runtime)
    model.script = Script(default=BAD_KEY)
    await look_at_holds.fn(at_once=True)
    (after,) = holds_on(runtime)
    assert (after.kind, after.until, after.reason) == (before.kind, before.until, before.reason)


async def test_a_pause_is_told_once_and_a_later_one_again(runtime: Runtime, here: World, there: Receiver) -> None:
    holds = runtime.state.holds
    holds.set("pause", EVERYTHING, "paused by robin: demo at ten")
    for _ in range(2):
        await tell_the_day.fn()
    assert told(runtime, there) == ["Aegis is paused"]
    holds.set("pause", f"project:{here.project}", "paused by robin")
    await tell_the_day.fn()
    assert told(runtime, there) == ["Aegis is paused", f"Aegis is paused for '{here.project}'"]


async def test_a_hold_that_could_not_be_told_does_not_stand(runtime: Runtime) -> None:
    def dies(connection: object, at: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runtime.state.holds.set("login", account(runtime), "no", tell=dies)
    assert kinds(runtime) == []


@pytest.mark.parametrize("runtime", ["nobody to tell"], indirect=True)
async def test_without_an_address_for_notices_one_question_names_the_cause_and_closes_by_itself(
    runtime: Runtime, here: World, model: ScriptedModel
) -> None:
    store = here.store
    note(runtime, unusable("plan_window", IN_AN_HOUR))
    assert store.tasks(here.project) == [], "a window opens by itself"
    await look_at_holds.fn(at_once=True)
    for _ in range(4):
        note(runtime, unusable("login"))
    (question,) = store.tasks(here.project)
    assert question["name"] == "Question: Claude Login" and question["assignee"] == here.robin
    assert "its key is not accepted: no" in question["notes"] and "closes this question then" in question["notes"]

    await look_at(runtime, here)
    assert not store.task(question["gid"])["completed"], "no judgement closes it"
    model.script = Script(default=BAD_KEY)
    await look_at_holds.fn(at_once=True)
    deliver_due(runtime)
    assert len(store.tasks(here.project)) == 1 and store.comments(question["gid"]) == []
    model.script = Script(default=Turn(text="OK"))
    assert await look_at_holds.fn(at_once=True) == ()
    deliver_due(runtime)
    (comment,) = store.comments(question["gid"])
    assert store.task(question["gid"])["completed"] and "The model answers again." in comment
    for _ in range(2):
        note(runtime, unusable("credit"))
    again = [one for one in store.tasks(here.project) if not one["completed"]]
    assert [one["name"] for one in again] == ["Question: Anthropic Credit"], "asked anew"


@pytest.mark.parametrize("runtime", ["nobody to tell"], indirect=True)
async def test_a_person_who_says_that_it_is_mended_is_believed_by_the_probe_alone(
    runtime: Runtime, here: World, model: ScriptedModel
) -> None:
    for _ in range(2):
        note(runtime, unusable("login"))
    (question,) = here.store.tasks(here.project)
    here.store.comment(question["gid"], "mended", by=here.robin)
    here.store.complete(question["gid"], here.robin)
    await look_at(runtime, here)
    assert kinds(runtime) == ["login"]
    model.script = Script(default=Turn(text="OK"))
    await look_at_holds.fn(at_once=True)
    deliver_due(runtime)
    assert kinds(runtime) == [] and len(here.store.comments(question["gid"])) == 2
    await look_at(runtime, here)
    assert len(here.store.comments(question["gid"])) == 2 and len(here.store.tasks(here.project)) == 1
