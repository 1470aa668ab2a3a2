"""Delivery: each write reaches Asana once, whatever dies or hangs on the way."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from aegis.adapters.claims import Owner
from aegis.adapters.database import Database
from aegis.adapters.delivery import LINK_GID, deliver
from aegis.adapters.notices import Notifier
from aegis.adapters.outbox import Outbox, OutboxWrite
from aegis.errors import DatabaseError
from aegis.sandbox.faults import Fault
from tests.receivers import receiver
from tests.worlds import World, world

ME = Owner.current()
DEAD = dataclasses.replace(ME, boot_id="before")
ELSEWHERE = dataclasses.replace(ME, host="another machine")
MARK = "aegis:done:abc:0123456789ab"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def box(database: Database) -> Outbox:
    return Outbox(database)


def report(gid: str) -> list[OutboxWrite]:
    words = f"done {MARK}"
    return [
        OutboxWrite("comment", gid, {"html": f"<body>{words}</body>", "text": words}, MARK, gid, "e"),
        OutboxWrite("complete", gid, {}, MARK, gid, "e"),
    ]


def sent(here: World, box: Outbox, at: datetime | None = None, notifier: Notifier | None = None) -> list[str]:
    with here.client(read_seconds=0.3, back_off_seconds=0.02) as asana:
        done = deliver(box, asana, owner=ME, now=at or now(), notifier=notifier)
        return [delivery.state for delivery in done]


def later() -> datetime:
    return now() + timedelta(hours=2)


def test_a_report_is_two_requests(here: World, box: Outbox) -> None:
    gid = here.task()
    box.enqueue_now(report(gid))
    assert sent(here, box) == ["confirmed", "confirmed"] and here.count() == 2
    assert len(here.store.comments(gid)) == 1 and here.store.task(gid)["completed"]
    assert sent(here, box, later()) == []


@pytest.mark.parametrize("kind", ["hang_after", "reset_after", "malformed", "html"])
@pytest.mark.parametrize("what", ["stories", r"tasks/\d+$"])
def test_a_write_that_was_applied_unseen_is_found_and_not_repeated(
    here: World, box: Outbox, kind: str, what: str
) -> None:
    gid = here.task()
    box.enqueue_now(report(gid))
    times = 1 if what == "stories" else 3
    method = "POST" if what == "stories" else "PUT"
    here.sandbox.faults.add(Fault(kind=kind, method=method, path=what, times=times, seconds=3))
    assert "pending" in sent(here, box)
    here.sandbox.faults.clear()
    sent(here, box, later())
    assert len(here.store.comments(gid)) == 1 and here.store.task(gid)["completed"]
    assert len([s for s in here.store.stories(gid) if s["resource_subtype"] == "marked_complete"]) == 1
    assert box.counts() == (0, 0)


def test_a_sender_that_died_after_sending_is_not_repeated(here: World, box: Outbox) -> None:
    gid = here.task()
    comment, _complete = box.enqueue_now(report(gid))
    box.lease(comment, DEAD, now())
    here.store.comment(gid, f"done {MARK}", by=here.bot)
    assert sent(here, box) == ["confirmed", "confirmed"]
    assert len(here.store.comments(gid)) == 1


def test_a_sender_that_died_before_sending_is_made_good(here: World, box: Outbox) -> None:
    gid = here.task()
    comment, _ = box.enqueue_now(report(gid))
    box.lease(comment, DEAD, now())
    assert sent(here, box) == ["confirmed", "confirmed"]
    assert len(here.store.comments(gid)) == 1


def test_a_person_who_reopened_the_task_is_not_overruled_by_a_late_confirmation(here: World, box: Outbox) -> None:
    gid = here.task()
    _comment, complete = box.enqueue_now(report(gid))
    sent(here, box)
    with box.database.transaction() as connection:  # the confirmation of the completion was lost
        from sqlalchemy import update

        from aegis.adapters.tables import outbox

        connection.execute(
            update(outbox).where(outbox.c.id == complete).values(state="sending", lease_owner=DEAD.to_json())
        )
    here.store.reopen(gid, here.robin)
    assert sent(here, box) == ["confirmed"]
    assert not here.store.task(gid)["completed"]


def test_asana_away_keeps_all_and_tries_one(here: World, box: Outbox) -> None:
    gids = [here.task(f"t{n}") for n in range(5)]
    for gid in gids:
        box.enqueue_now(report(gid))
    here.sandbox.faults.add(Fault(kind="status", status=503, times=99))
    assert sent(here, box) == ["pending"]
    here.sandbox.faults.clear()
    assert box.counts() == (10, 0)
    sent(here, box, later())
    assert box.counts() == (0, 0)
    assert all(len(here.store.comments(gid)) == 1 and here.store.task(gid)["completed"] for gid in gids)


def test_what_asana_refuses_for_good_is_parked_and_stops_nothing(here: World, box: Outbox) -> None:
    gid = here.task()
    box.enqueue_now([OutboxWrite("comment", "404404", {"html": "<body>x</body>", "text": "x"}, MARK), *report(gid)])
    assert sent(here, box) == ["parked", "confirmed", "confirmed"]
    assert box.parked()[0].error.startswith("404") and sent(here, box, later()) == []


def test_a_refused_token_parks_nothing(here: World, box: Outbox) -> None:
    gid = here.task()
    box.enqueue_now(report(gid))
    with here.client(token="expired-token") as asana:
        assert [d.state for d in deliver(box, asana, owner=ME, now=now())] == ["pending"]
    assert box.counts() == (2, 0)


def test_a_question_is_created_once_and_the_waiting_tasks_depend_on_it(here: World, box: Outbox) -> None:
    waiting = here.task("waits")
    mark = "aegis:question:f1:0123456789ab"
    payload = {"name": "Question: Redis", "notes": f"n\n{mark}", "assignee": here.robin}
    question = OutboxWrite("create-task", here.project, payload, mark)
    link = OutboxWrite("add-dependencies", waiting, {}, mark, waiting, after=0)
    box.enqueue_now([question, link])
    here.sandbox.faults.add(Fault(kind="reset_after", method="POST", path="/tasks$"))
    assert sent(here, box) == ["pending"]
    assert sent(here, box, later()) == ["confirmed", "confirmed"]
    names = [task["name"] for task in here.store.tasks(here.project)]
    assert names.count("Question: Redis") == 1
    assert here.store.dependencies(waiting) == [here.store.task_named("Question: Redis")["gid"]]


def test_a_hanging_asana_costs_one_patience_however_much_waits(here: World, box: Outbox) -> None:
    for n in range(5):
        box.enqueue_now(report(here.task(f"t{n}")))
    here.sandbox.faults.add(Fault(kind="hang", times=99, seconds=60))
    began = time.monotonic()
    with here.client(patience_seconds=1, read_seconds=30) as asana:
        assert [d.state for d in deliver(box, asana, owner=ME, now=now())] == ["pending"]
    assert time.monotonic() - began < 10 and box.counts() == (10, 0)


def test_asana_is_not_asked_again_before_the_time_that_it_named(here: World, box: Outbox) -> None:
    box.enqueue_now(report(here.task()))
    here.sandbox.faults.add(Fault(kind="status", status=429, retry_after=1800))
    at = now()
    assert sent(here, box, at) == ["pending"]
    assert sent(here, box, at + timedelta(minutes=29)) == ["confirmed"], "the completion, which was not tried yet"
    assert sent(here, box, at + timedelta(minutes=31)) == ["confirmed"]


def test_a_mended_token_delivers_at_once(here: World, box: Outbox) -> None:
    box.enqueue_now(report(here.task()))
    with here.client(token="expired-token") as asana:
        deliver(box, asana, owner=ME, now=now())
    assert sent(here, box) == ["confirmed", "confirmed"]


def test_a_database_that_fails_after_the_write_loses_and_repeats_nothing(
    here: World, box: Outbox, database: Database
) -> None:
    gid = here.task()
    box.enqueue_now(report(gid))
    with database.transaction() as connection:
        for statement in REFUSE_CONFIRMATIONS[database.engine.dialect.name]:
            connection.execute(text(statement))
    with pytest.raises(DatabaseError):
        sent(here, box)
    with database.transaction() as connection:
        table = " ON outbox" if database.engine.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER refuse{table}"))
    assert box.counts() == (2, 0)
    assert sent(here, box, later()) == ["confirmed", "confirmed"]
    assert len(here.store.comments(gid)) == 1 and here.store.task(gid)["completed"]


REFUSE_CONFIRMATIONS = {
    "sqlite": [
        "CREATE TRIGGER refuse BEFORE UPDATE ON outbox WHEN NEW.state = 'confirmed' "
        "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$",
        "CREATE TRIGGER refuse BEFORE UPDATE ON outbox FOR EACH ROW WHEN (NEW.state = 'confirmed') "
        "EXECUTE FUNCTION refuse()",
    ],
}


def test_deliverers_at_the_same_time_send_each_write_once(here: World, box: Outbox) -> None:
    gids = [here.task(f"t{n}") for n in range(4)]
    for gid in gids:
        box.enqueue_now(report(gid))
    with ThreadPoolExecutor(4) as pool:
        states = [state for found in pool.map(lambda _: sent(here, box), range(4)) for state in found]
    assert states == ["confirmed"] * 8
    assert [len(here.store.comments(gid)) for gid in gids] == [1] * 4 and here.count("POST") == 4


def test_only_the_tasks_asked_for_are_delivered(here: World, box: Outbox) -> None:
    one, other = here.task("one"), here.task("other")
    box.enqueue_now([*report(one), *report(other)])
    with here.client() as asana:
        delivered = deliver(box, asana, owner=ME, now=now(), task_gids=[other])
    assert [d.target_gid for d in delivered] == [other, other] and not here.store.task(one)["completed"]


def links(gids: list[str], **payload: object) -> list[OutboxWrite]:
    question = OutboxWrite("create-task", "", {"name": "q", "notes": MARK}, MARK)
    return [
        question,
        *(OutboxWrite("add-dependencies", gid, {"gids": [], **payload}, MARK, gid, after=0) for gid in gids),
    ]


def test_links_that_a_plan_does_not_have_are_tried_once_and_are_no_trouble(here: World, box: Outbox) -> None:
    gids = [here.task(f"t{n}") for n in range(3)]
    first, *rest = links(gids, optional=True)
    box.enqueue_now([dataclasses.replace(first, target_gid=here.project), *rest])
    here.sandbox.faults.add(Fault(kind="status", status=402, path="addDependencies", times=9))
    assert sent(here, box) == ["confirmed"] * 4 and here.count("POST", "addDependencies") == 1
    assert box.counts() == (0, 0) and box.parked() == []


def test_a_link_that_asana_refuses_leaves_the_others_alone(here: World, box: Outbox) -> None:
    full, free = here.task("full"), here.task("free")
    here.store.add_dependencies(full, [here.task(f"d{n}") for n in range(30)])
    first, *rest = links([full, free], optional=True)
    box.enqueue_now([dataclasses.replace(first, target_gid=here.project), *rest])
    assert sent(here, box) == ["confirmed"] * 3 and box.parked() == []
    assert len(here.store.dependencies(free)) == 1 and len(here.store.dependencies(full)) == 30


def test_a_question_that_is_asked_anew_is_not_taken_for_the_one_before(here: World, box: Outbox) -> None:
    old = here.task("Question: q", notes=MARK, completed=True)
    (row,) = box.enqueue_now(
        [OutboxWrite("create-task", here.project, {"name": "q", "notes": MARK, "before": old}, MARK)]
    )
    assert box.lease(row, DEAD, now()) is not None
    assert sent(here, box) == ["confirmed"]
    assert len([one for one in here.store.tasks(here.project) if MARK in one["notes"]]) == 2


NOTICE = OutboxWrite("notify", "", {"title": "Question: q", "body": f"See https://asana/{LINK_GID}"}, "notice:q:1")


def notice(notifier: Notifier, number: int = 0, **more: object) -> OutboxWrite:
    address = notifier.addresses[number]
    payload = {**NOTICE.payload, "address": address}
    return dataclasses.replace(NOTICE, target_gid=address, payload=payload, marker=f"notice:q:{address}", **more)


def test_a_notice_goes_out_once_with_the_address_of_the_question(here: World, box: Outbox) -> None:
    with receiver() as there:
        notifier = Notifier([there.url()])
        first = OutboxWrite("create-task", here.project, {"name": "q", "notes": MARK}, MARK)
        box.enqueue_now([first, notice(notifier, after=0)])
        assert sent(here, box, notifier=notifier) == ["confirmed", "confirmed"] and sent(here, box) == []
    (got,) = there.got
    assert got["message"] == f"See https://asana/{here.store.task_named('q')['gid']}"


def test_a_notice_that_fails_is_tried_again_and_holds_nothing_up(here: World, box: Outbox) -> None:
    gid = here.task()
    with receiver() as there:
        there.status = 500
        notifier = Notifier([there.url(), there.url("another-Token-1")])
        box.enqueue_now([notice(notifier), notice(notifier, 1), *report(gid)])
        assert sent(here, box, notifier=notifier) == ["pending", "pending", "confirmed", "confirmed"]
        assert box.counts() == (0, 0) and len(box.pending()) == 2
        there.status = 200
        assert sent(here, box, later(), notifier) == ["confirmed", "confirmed"] and len(there.got) == 2


def test_a_notice_goes_out_while_asana_is_away(here: World, box: Outbox) -> None:
    gid = here.task()
    here.sandbox.faults.add(Fault(kind="status", status=503, method="POST", times=99))
    with receiver() as there:
        notifier = Notifier([there.url()])
        box.enqueue_now([*report(gid), notice(notifier)])
        assert sent(here, box, notifier=notifier) == ["pending", "confirmed"] and len(there.got) == 1


def test_a_notice_that_may_have_been_sent_is_not_sent_again(here: World, box: Outbox) -> None:
    with receiver() as there:
        notifier = Notifier([there.url()])
        (row,) = box.enqueue_now([notice(notifier)])
        assert box.lease(row, DEAD, now()) is not None
        assert sent(here, box, notifier=notifier) == ["confirmed"] and there.got == []


def test_a_notice_that_can_never_arrive_is_given_up_and_shown(here: World, box: Outbox) -> None:
    notifier = Notifier(["nonsense://x", "json://127.0.0.1:9/x"])
    box.enqueue_now([notice(notifier), notice(notifier, 1)])
    assert sent(here, box, notifier=notifier) == ["parked", "pending"]
    for hours in range(1, 12):
        sent(here, box, now() + timedelta(hours=2 * hours), notifier)
    assert len(box.parked()) == 2 and box.counts() == (0, 0) and box.pending() == []


class Meanwhile:
    """A pace that lets something happen before the first requests of each call go out, as a long wait does."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        self._happens = list(happens)

    def wait(self, count: int = 1) -> float:
        """Let the next thing happen."""
        began = time.monotonic()
        if self._happens:
            self._happens.pop(0)()
        return time.monotonic() - began

    def refused(self, seconds: float) -> None:
        """Nobody is refused here."""


def test_a_write_whose_turn_comes_when_another_may_have_made_it_is_not_sent(here: World, database: Database) -> None:
    gid = here.task()
    box = Outbox(database, lease_seconds=1.0)
    box.enqueue_now(report(gid)[:1])

    def another_takes_it() -> None:
        time.sleep(0.6)
        with here.client() as asana:
            later = now() + timedelta(seconds=1)
            assert [d.state for d in deliver(box, asana, owner=ELSEWHERE, now=later)] == ["confirmed"]

    with here.client(pace=Meanwhile(another_takes_it)) as asana:
        assert [d.state for d in deliver(box, asana, owner=ME, now=now())] == ["pending"]
    assert len(here.store.comments(gid)) == 1 and box.counts() == (0, 0)


def test_a_write_whose_turn_came_too_late_is_made_the_next_time(here: World, database: Database) -> None:
    gid = here.task()
    box = Outbox(database, lease_seconds=1.0)
    box.enqueue_now(report(gid)[:1])
    with here.client(pace=Meanwhile(lambda: time.sleep(0.6))) as asana:
        assert [d.state for d in deliver(box, asana, owner=ME, now=now())] == ["pending"]
    assert here.store.comments(gid) == [] and sent(here, box) == ["confirmed"]
    assert len(here.store.comments(gid)) == 1


def test_in_a_long_round_each_write_is_taken_from_the_time_at_which_it_is_begun(
    here: World, database: Database
) -> None:
    first, second = here.task("first"), here.task("second")
    box = Outbox(database, lease_seconds=2.0)
    box.enqueue_now([*report(first)[:1], dataclasses.replace(report(second)[0], marker=f"{MARK[:-1]}c")])
    begin = now()

    def another_looks() -> None:
        with here.client() as asana:
            assert deliver(box, asana, owner=ELSEWHERE, now=begin + timedelta(seconds=2.2)) == []

    with here.client(pace=Meanwhile(lambda: time.sleep(0.7), another_looks)) as asana:
        assert [d.state for d in deliver(box, asana, owner=ME, now=begin)] == ["confirmed", "confirmed"]
    assert [len(here.store.comments(gid)) for gid in (first, second)] == [1, 1]
