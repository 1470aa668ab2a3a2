"""Moves and edited comments: each reaches Asana once, over no person's hand, whatever dies or hangs on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from aegis.adapters.claims import Claim, Claims, Owner
from aegis.adapters.database import Database
from aegis.adapters.delivery import deliver
from aegis.adapters.outbox import Outbox, OutboxWrite
from aegis.adapters.placements import Placements
from aegis.core.models import Delivery, Section
from aegis.core.sections import Neighbours, found_at, move_to
from aegis.sandbox.faults import Fault
from tests.worlds import World, world

ME = Owner.current()
DEAD = dataclasses.replace(ME, boot_id="before")
FIRST, SECOND = "aegis:failed:one:0123456789ab", "aegis:failed:two:0123456789ab"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        for name in ("To do", "In Progress", "Done"):
            made.store.add_section(made.project, name)
        yield made


@dataclasses.dataclass
class Desk:
    """The outbox and the placements, and short ways to what happens."""

    world: World
    box: Outbox
    placements: Placements
    claims: Claims

    def section(self, name: str) -> Section:
        return Section(gid=self.world.store.section(self.world.project, name), name=name)

    def stands(self, gid: str) -> str | None:
        found: str | None = self.world.store.section_of(gid, self.world.project)
        return found

    def plan(self, gid: str, name: str | None, *, beside: Neighbours = Neighbours()) -> int:  # noqa: B008
        """The intent of a move; returns its row."""
        claim = self.claims.acquire(gid, ME)
        assert isinstance(claim, Claim)
        known = self.placements.get(gid, self.world.project)
        with self.world.client() as asana:
            placement = known or found_at(asana.places(gid), self.world.project, known, beside)
        assert placement is not None
        move = move_to(placement, self.section(name) if name else None)
        assert move is not None
        self.placements.begin(claim, placement, move)
        self.claims.release(claim)
        self.world.sandbox.clear_requests()
        return self.box.pending()[-1].id

    def send(self, at: datetime | None = None, *, known: str | None = None) -> list[Delivery]:
        with self.world.client(read_seconds=0.3, back_off_seconds=0.02) as asana:
            just_read = asana.task(known) if known else None
            self.world.sandbox.clear_requests()
            return deliver(self.box, asana, owner=ME, now=at or now(), just_read=just_read)

    def begin(self, name: str = "t") -> str:
        """A task that was moved to "In Progress"."""
        gid = self.world.task(name, section="To do")
        self.plan(gid, "In Progress")
        self.send()
        return gid


@pytest.fixture
def desk(here: World, database: Database) -> Desk:
    return Desk(here, Outbox(database), Placements(database), Claims(database))


def later() -> datetime:
    return now() + timedelta(hours=2)


def test_the_first_move_of_a_task_that_was_just_read_is_one_request(desk: Desk) -> None:
    gid = desk.world.task(section="To do")
    desk.plan(gid, "In Progress")
    (done,) = desk.send(known=gid)
    assert done.state == "confirmed" and not done.error and desk.stands(gid) == "In Progress"
    assert [(one.method, one.path) for one in desk.world.sandbox.asked()] == [
        ("POST", f"/sections/{desk.section('In Progress').gid}/addTask")
    ]
    assert desk.world.sandbox.asked()[0].query == {}, "nothing of it stands in the address"
    assert desk.placements.homes([desk.world.project]) == {(gid, desk.section("In Progress").gid): "To do"}


def test_the_move_after_a_completion_needs_no_look_either(desk: Desk) -> None:
    gid = desk.begin()
    desk.box.enqueue_now([OutboxWrite("complete", gid, {}, FIRST, gid)])
    desk.plan(gid, "Done")
    assert [one.kind for one in desk.send()] == ["complete", "move"] and desk.stands(gid) == "Done"
    assert [one.method for one in desk.world.sandbox.asked()] == ["PUT", "POST"]


def test_a_task_goes_back_between_its_neighbours(desk: Desk) -> None:
    store, project = desk.world.store, desk.world.project
    one, two, three = (desk.world.task(name, section="To do") for name in ("one", "two", "three"))

    def order() -> list[str]:
        return [row["name"] for row in store.tasks(project)]

    for gid, beside in ((two, Neighbours(three, one)), (three, Neighbours("", two)), (one, Neighbours(two, ""))):
        desk.plan(gid, "In Progress", beside=beside)
        desk.send()
        desk.plan(gid, None)
        desk.send()
        assert order() == ["one", "two", "three"], "what people put first stays first"
    desk.plan(two, "In Progress", beside=Neighbours(three, one))
    desk.send()
    store.move_to_section(three, desk.section("Done").gid, by=desk.world.robin)
    desk.plan(two, None)
    desk.send()
    assert order()[:2] == ["one", "two"], "one neighbour is enough"
    desk.plan(two, "In Progress", beside=Neighbours(three, "404"))
    desk.send()
    desk.plan(two, None)
    assert not desk.send()[0].error and order()[0] == "two", "without any it goes to the top"


@pytest.mark.parametrize("kind", ["hang_after", "reset_after", "malformed", "html"])
def test_a_move_that_was_applied_unseen_is_looked_up_and_not_repeated(desk: Desk, kind: str) -> None:
    gid = desk.world.task(section="To do")
    desk.plan(gid, "In Progress")
    desk.world.sandbox.faults.add(Fault(kind=kind, method="POST", path="addTask$", times=9, seconds=3))  # type: ignore[arg-type]
    assert [one.state for one in desk.send()] == ["pending"] and desk.stands(gid) == "In Progress"
    desk.world.sandbox.faults.clear()
    (done,) = desk.send(later())
    assert done.state == "confirmed" and [one.method for one in desk.world.sandbox.asked()] == ["GET"]
    moves = [s for s in desk.world.store.stories(gid) if s["resource_subtype"] == "section_changed"]
    assert len(moves) == 1 and desk.box.counts() == (0, 0)


@pytest.mark.parametrize("applied", [False, True])
def test_a_mover_that_died_between_intent_and_confirmation_is_made_good_once(desk: Desk, applied: bool) -> None:
    gid = desk.world.task(section="To do")
    row = desk.plan(gid, "In Progress")
    desk.box.lease(row, DEAD, now())
    if applied:
        desk.world.store.move_to_section(gid, desk.section("In Progress").gid, by=desk.world.bot)
    (done,) = desk.send(known=gid)
    assert done.state == "confirmed" and desk.stands(gid) == "In Progress"
    assert desk.world.count("GET", f"/tasks/{gid}") == 1, "it is looked up in any case"
    assert desk.world.count("POST", "addTask") == (0 if applied else 1)
    assert desk.placements.homes([desk.world.project])


@pytest.mark.parametrize("uncertain", [False, True])
def test_a_task_that_a_person_moved_meanwhile_is_left_there(desk: Desk, uncertain: bool) -> None:
    gid = desk.begin()
    row = desk.plan(gid, "Done")
    if uncertain:
        desk.box.lease(row, DEAD, now())
    desk.world.store.move_to_section(gid, desk.world.store.section(desk.world.project, "Later"), by=desk.world.robin)
    (done,) = desk.send()
    assert done.state == "confirmed" and done.error == "a person moved it" and not done.refused
    assert desk.stands(gid) == "Later" and desk.world.count("POST") == 0
    assert desk.placements.get(gid, desk.world.project) is None, "it is theirs from then on"


def test_one_that_was_taken_out_of_the_project_or_deleted_is_not_put_in_again(desk: Desk) -> None:
    out, deleted = desk.begin("out"), desk.begin("deleted")
    desk.plan(out, "Done")
    desk.plan(deleted, "Done")
    desk.world.store.remove_membership(out, desk.world.project)
    desk.world.store.delete_task(deleted)
    assert [one.state for one in desk.send()] == ["confirmed", "confirmed"]
    assert desk.stands(out) is None and desk.world.count("POST") == 0 and desk.box.counts() == (0, 0)


@pytest.mark.parametrize("how", ["403", "deleted"])
def test_a_refused_move_is_no_trouble(desk: Desk, how: str) -> None:
    gid = desk.world.task(section="To do")
    desk.plan(gid, "In Progress")
    if how == "403":
        desk.world.sandbox.faults.add(Fault(kind="status", status=403, path="addTask$"))
    else:
        desk.world.store.delete_section(desk.section("In Progress").gid)
    (done,) = desk.send()
    assert done.state == "confirmed" and done.refused and done.error.startswith("404" if how == "deleted" else "403")
    assert desk.stands(gid) == "To do" and desk.box.counts() == (0, 0) and desk.box.parked() == []
    assert desk.placements.get(gid, desk.world.project) is None


@pytest.mark.parametrize("status", [429, 503])
def test_only_the_latest_of_the_moves_that_waited_is_made(desk: Desk, status: int) -> None:
    gid = desk.world.task(section="To do")
    desk.plan(gid, "In Progress")
    desk.world.sandbox.faults.add(Fault(kind="status", status=status, times=99, retry_after=1800))
    assert [one.state for one in desk.send()] == ["pending"]
    desk.world.sandbox.faults.clear()
    desk.plan(gid, "Done")
    assert [one.error for one in desk.send(later())] == ["a later move takes its place", ""]
    assert desk.stands(gid) == "Done" and desk.world.count("POST") == 1
    assert desk.placements.homes([desk.world.project]) == {(gid, desk.section("Done").gid): "To do"}


# --- comments that are edited ---


def edit(gid: str, *, story: str = "", markers: tuple[str, ...] = (FIRST,), marker: str = SECOND) -> OutboxWrite:
    words = f"failed again {marker}"
    payload = {"html": f"<body>{words}</body>", "text": words, "story": story, "markers": list(markers)}
    return OutboxWrite("edit-comment", gid, payload, marker, gid, "e2")


def comment(gid: str) -> OutboxWrite:
    words = f"failed {FIRST}"
    return OutboxWrite("comment", gid, {"html": f"<body>{words}</body>", "text": words}, FIRST, gid, "e1")


def test_an_edit_of_a_known_comment_is_one_request_and_is_found_again_as_the_latest(desk: Desk) -> None:
    gid = desk.world.task()
    desk.box.enqueue_now([comment(gid)])
    (first,) = desk.send()
    desk.world.store.comment(gid, "Why?", by=desk.world.robin)
    assert desk.box.comment_of(["e1"]) == first.result_gid
    desk.box.enqueue_now([edit(gid, story=str(first.result_gid))])
    (second,) = desk.send()
    assert second.result_gid == first.result_gid == desk.box.comment_of(["e1", "e2"])
    assert [one.method for one in desk.world.sandbox.asked()] == ["PUT"]
    assert desk.world.store.comments(gid) == [f"failed again {SECOND}", "Why?"]


@pytest.mark.parametrize("kind", ["hang_after", "reset_after", "malformed"])
def test_an_edit_that_was_applied_unseen_is_found_by_its_marker(desk: Desk, kind: str) -> None:
    gid = desk.world.task()
    desk.box.enqueue_now([comment(gid)])
    (first,) = desk.send()
    desk.box.enqueue_now([edit(gid, story=str(first.result_gid))])
    desk.world.sandbox.faults.add(Fault(kind=kind, method="PUT", path="stories", times=9, seconds=3))  # type: ignore[arg-type]
    assert [one.state for one in desk.send()] == ["pending"]
    desk.world.sandbox.faults.clear()
    (done,) = desk.send(later())
    assert done.result_gid == first.result_gid and desk.world.count("PUT") == desk.world.count("POST") == 0
    assert desk.world.store.comments(gid) == [f"failed again {SECOND}"]


@pytest.mark.parametrize("applied", [False, True])
def test_an_editor_that_died_is_made_good_once(desk: Desk, applied: bool) -> None:
    gid = desk.world.task()
    desk.box.enqueue_now([comment(gid)])
    (first,) = desk.send()
    (row,) = desk.box.enqueue_now([edit(gid, story=str(first.result_gid))])
    desk.box.lease(row, DEAD, now())
    if applied:
        desk.world.store.edit_comment(str(first.result_gid), f"failed again {SECOND}", by=desk.world.bot)
    assert [one.state for one in desk.send()] == ["confirmed"]
    assert desk.world.store.comments(gid) == [f"failed again {SECOND}"]
    assert desk.world.count("PUT") == (0 if applied else 1)


def test_a_comment_that_a_person_deleted_or_owns_is_followed_by_a_new_one(desk: Desk) -> None:
    gid = desk.world.task()
    desk.box.enqueue_now([comment(gid)])
    (first,) = desk.send()
    desk.world.store.delete_comment(str(first.result_gid))
    desk.box.enqueue_now([edit(gid, story=str(first.result_gid))])
    (second,) = desk.send()
    assert desk.world.store.comments(gid) == [f"failed again {SECOND}"]
    assert second.result_gid == desk.box.comment_of(["e1", "e2"]) != first.result_gid
    theirs = desk.world.store.comment(gid, "mine", by=desk.world.robin)
    desk.box.enqueue_now([edit(gid, story=theirs, marker="aegis:failed:three:0123456789ab")])
    assert [one.state for one in desk.send()] == ["confirmed"] and len(desk.world.store.comments(gid)) == 3


def test_a_comment_whose_gid_nobody_knows_is_found_by_the_markers_that_it_may_bear(desk: Desk) -> None:
    gid = desk.world.task()
    desk.world.store.comment(gid, f"failed {FIRST}", by=desk.world.bot)
    desk.box.enqueue_now([edit(gid)])
    assert [one.state for one in desk.send()] == ["confirmed"]
    assert desk.world.store.comments(gid) == [f"failed again {SECOND}"]


def test_an_edit_waits_for_the_comment_that_it_edits(desk: Desk) -> None:
    gid = desk.world.task()
    desk.box.enqueue_now([comment(gid)])
    desk.world.sandbox.faults.add(Fault(kind="status", status=429, retry_after=1800))
    at = now()
    desk.send(at)
    desk.box.enqueue_now([edit(gid)])
    assert [one.error for one in desk.send(at + timedelta(minutes=1))] == ["an earlier comment goes first"]
    assert desk.world.store.comments(gid) == []
    assert [one.state for one in desk.send(at + timedelta(hours=2))] == ["confirmed", "confirmed"]
    assert desk.world.store.comments(gid) == [f"failed again {SECOND}"]


def test_rich_text_that_asana_refuses_is_edited_in_as_plain_text(desk: Desk) -> None:
    gid = desk.world.task()
    desk.box.enqueue_now([comment(gid)])
    (first,) = desk.send()
    wrong = edit(gid, story=str(first.result_gid))
    desk.box.enqueue_now([dataclasses.replace(wrong, payload={**wrong.payload, "html": "<body><p>x</p></body>"})])
    assert [one.state for one in desk.send()] == ["confirmed"]
    assert desk.world.store.comments(gid) == [f"failed again {SECOND}"]
