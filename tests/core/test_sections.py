"""Where a task that Aegis works on is moved, and where it is left alone because a person has put it there."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.models import Denial, Membership, Section, Verdict
from aegis.core.sections import (
    Move,
    Neighbours,
    Placement,
    Stage,
    after_move,
    found_at,
    move_to,
    neighbours_of,
    section_for,
    section_in,
    sections_of_stages,
    stage_of,
    why_not_moved,
    with_move,
)
from tests.core.builders import PROJECT, facts, outcome, task

TODO, DOING, BLOCKED, REVIEW, DONE, LATER = (
    Section(gid=str(gid), name=name)
    for gid, name in enumerate(("To do", "In Progress", "Blocked", "Review", "Done", "Later"), start=1)
)
NAMES = {Stage.IN_PROGRESS: "In Progress", Stage.BLOCKED: "Blocked", Stage.REVIEW: "Review", Stage.DONE: "Done"}


def at(section: Section | None, project_gid: str = PROJECT.gid) -> tuple[Membership, ...]:
    elsewhere = Membership(project_gid="9", section_gid="99", section_name="In Progress")
    if section is None:
        return (elsewhere,)
    return (elsewhere, Membership(project_gid=project_gid, section_gid=section.gid, section_name=section.name))


def begun(section: Section, known: Placement | None = None, neighbours: Neighbours = Neighbours()) -> Placement:  # noqa: B008
    found = found_at(at(section), PROJECT.gid, known, neighbours)
    assert found is not None
    return found


def moved(placement: Placement, target: Section | None) -> Placement | None:
    """The placement after a move that came through."""
    move = move_to(placement, target)
    assert move is not None
    return after_move(with_move(placement, move), move.to.gid, move.to.gid)


def test_sections_are_found_in_any_case_and_with_any_blanks_and_the_first_of_a_name_counts() -> None:
    sections = [
        Section(gid="1", name="  in  PROGRESS "),
        Section(gid="2", name="In Progress"),
        Section(gid="3", name="InReview"),
        Section(gid="4", name="done\u00a0"),
    ]
    found = sections_of_stages({**NAMES, Stage.REVIEW: "in review", Stage.BLOCKED: ""}, sections)
    assert {stage: one.gid for stage, one in found.items()} == {
        Stage.IN_PROGRESS: "1",
        Stage.REVIEW: "3",
        Stage.DONE: "4",
    }
    assert sections_of_stages({}, sections) == {} and sections_of_stages(NAMES, []) == {}
    nameless = [Section(gid="1", name="")]
    assert sections_of_stages(dict.fromkeys(Stage, ""), nameless) == {}, "no name is no section, not a nameless one"


@pytest.mark.parametrize(
    ("verdict", "fields", "used_up", "stage"),
    [
        (Verdict.DONE, {}, False, Stage.DONE),
        (Verdict.DONE, {"denials": (Denial(tool="Bash"),)}, False, Stage.REVIEW),
        (Verdict.QUESTION, {}, False, Stage.BLOCKED),
        (Verdict.BLOCKED, {}, False, Stage.BLOCKED),
        (Verdict.FAILED, {}, False, None),
        (Verdict.FAILED, {}, True, Stage.BLOCKED),
        (Verdict.NOT_ITS_FAULT, {}, False, None),
        (Verdict.INTERRUPTED, {}, False, None),
    ],
)
def test_each_end_has_its_stage(
    verdict: Verdict, fields: dict[str, object], used_up: bool, stage: Stage | None
) -> None:
    assert stage_of(outcome(verdict, **fields), used_up=used_up) is stage


def test_what_is_to_be_reviewed_is_done_where_nobody_reviews() -> None:
    assert section_for(Stage.REVIEW, {Stage.REVIEW: REVIEW, Stage.DONE: DONE}) == REVIEW
    assert section_for(Stage.REVIEW, {Stage.DONE: DONE}) == DONE
    assert section_for(Stage.BLOCKED, {Stage.DONE: DONE}) is None and section_for(None, {Stage.DONE: DONE}) is None


def test_the_section_is_that_of_the_project_in_which_the_task_is_worked_on() -> None:
    assert section_in(at(TODO), PROJECT.gid) == TODO
    assert section_in(at(None), PROJECT.gid) is None
    assert found_at(at(None), PROJECT.gid, None, Neighbours()) is None


def test_the_way_of_a_task_through_its_sections_and_back_home_beside_its_neighbours() -> None:
    beside = Neighbours(next_task="7", previous_task="6")
    first = begun(TODO, neighbours=beside)
    assert move_to(first, DOING) == Move(DOING, (TODO.gid,)) and move_to(first, None) is None
    doing = moved(first, DOING)
    assert doing is not None and doing.home == TODO and move_to(doing, DOING) is None
    assert move_to(doing, None) == Move(TODO, (DOING.gid,), beside)
    assert moved(doing, None) is None, "at home there is nothing to remember"
    blocked = moved(doing, BLOCKED)
    assert blocked is not None and blocked.home == TODO
    again = begun(BLOCKED, blocked)
    assert again == blocked and move_to(again, DOING) == Move(DOING, (TODO.gid, BLOCKED.gid))


def test_where_a_person_puts_a_task_is_its_home_from_then_on() -> None:
    doing = moved(begun(TODO), DOING)
    later = begun(LATER, doing, Neighbours("1", "2"))
    assert later.home == LATER and later.put_gid == LATER.gid and later.neighbours == Neighbours("1", "2")
    back = begun(TODO, doing, Neighbours("3", ""))
    assert back.home == TODO and back.neighbours == Neighbours("3", "") and move_to(back, DOING) is not None
    there = begun(DOING)
    assert move_to(there, DOING) is None and there.home == DOING, "a person's own 'In Progress'"


def test_only_from_home_or_from_where_we_put_it_is_a_task_moved() -> None:
    doing = moved(begun(TODO), DOING)
    assert doing is not None
    move = move_to(doing, DONE)
    assert move is not None
    assert why_not_moved(TODO.gid, move.ours) == why_not_moved(DOING.gid, move.ours) == ""
    assert why_not_moved(LATER.gid, move.ours) == "a person moved it"
    assert "not in the project" in why_not_moved(None, move.ours)
    assert after_move(with_move(doing, move), DONE.gid, LATER.gid) is None, "it is a person's place now"


def test_a_refused_move_leaves_what_is_known_as_it_was() -> None:
    doing = moved(begun(TODO), DOING)
    assert doing is not None
    move = move_to(doing, BLOCKED)
    assert move is not None
    assert after_move(with_move(doing, move), BLOCKED.gid, DOING.gid) == doing
    assert after_move(with_move(doing, move), BLOCKED.gid, None) == doing
    first = begun(TODO)
    start = move_to(first, DOING)
    assert start is not None
    assert after_move(with_move(first, start), DOING.gid, None) is None, "it never left home"


def test_a_move_that_waits_is_followed_by_a_later_one_wherever_the_task_stands() -> None:
    first = begun(TODO)
    start = move_to(first, DOING)
    assert start is not None
    waiting = with_move(first, start)
    end = move_to(waiting, BLOCKED)
    assert end == Move(BLOCKED, (TODO.gid, DOING.gid))
    home = move_to(waiting, None)
    assert home is not None and home.to == TODO, "it may have been applied"


def test_neighbours_are_those_of_the_same_section() -> None:
    one, two, other, three = (task(memberships=at(place)) for place in (TODO, TODO, DOING, TODO))
    loose = task(memberships=at(None))
    tasks = [one, loose, two, other, three]
    assert neighbours_of(tasks, two.gid, PROJECT.gid) == Neighbours(three.gid, one.gid)
    assert neighbours_of(tasks, one.gid, PROJECT.gid) == Neighbours(two.gid, "")
    assert neighbours_of(tasks, three.gid, PROJECT.gid) == Neighbours("", two.gid)
    assert neighbours_of(tasks, other.gid, PROJECT.gid) == Neighbours() == neighbours_of(tasks, "404", PROJECT.gid)


def test_what_was_begun_and_moved_goes_on_before_what_was_not() -> None:
    from aegis.core.scope import Scope

    one, begun_one = task("one", memberships=at(TODO)), task("begun", memberships=at(DOING))
    theirs = task("theirs", memberships=at(DOING))
    scope = Scope(homes={(begun_one.gid, DOING.gid): "To do"})
    judged = facts(one, theirs, begun_one, scope=scope).considered
    assert [one.name for one in judged] == ["begun", "one", "theirs"]


# --- whatever happens, in whatever order ---


@dataclass
class Board:
    """A task on a board: where it stands, what we know, and the section in which a person wanted it last.

    Where a person put it into a section that is ours to use anyway, nobody can tell their hand from ours: it may be
    taken for either.
    """

    stands: Section = TODO
    wanted: frozenset[Section] = frozenset((TODO,))
    known: Placement | None = None
    waiting: list[Move] = field(default_factory=list)

    def person(self, section: Section) -> None:
        known = self.known
        perhaps_ours = {gid for move in self.waiting for gid in (*move.ours, move.to.gid)}
        self.stands = section
        self.wanted = frozenset((section,))
        if known is not None and section.gid in known.ours | perhaps_ours:
            self.wanted |= {known.home}

    def plan(self, target: Section | None, *, starts: bool) -> None:
        """As tasks/sections.py does it."""
        placement = found_at(at(self.stands), PROJECT.gid, self.known, Neighbours()) if starts else self.known
        move = move_to(placement, target) if placement is not None else None
        if placement is not None and move is not None:
            self.known = with_move(placement, move)
            self.waiting.append(move)
            if self.stands.gid == move.to.gid:  # a person was quicker
                self.wanted |= {self.known.home}

    def deliver(self, *, refused: bool) -> None:
        """As delivery does it: the latest only, looked up first."""
        if not self.waiting:
            return
        move, self.waiting = self.waiting[-1], []
        if self.stands.gid != move.to.gid and not why_not_moved(self.stands.gid, move.ours) and not refused:
            self.stands = move.to
        if self.known is not None:
            self.known = after_move(self.known, move.to.gid, self.stands.gid)


STEPS = st.one_of(
    st.tuples(st.just("person"), st.sampled_from([TODO, DOING, BLOCKED, DONE, LATER])),
    st.tuples(st.just("start"), st.just(DOING)),
    st.tuples(st.just("end"), st.sampled_from([None, BLOCKED, DONE])),
    st.tuples(st.just("deliver"), st.just(None)),
    st.tuples(st.just("refuse"), st.just(None)),
)


@given(st.lists(STEPS, max_size=12))
def test_a_task_stands_where_a_person_wants_it_or_where_we_put_it_and_finds_home(
    steps: list[tuple[str, Section | None]],
) -> None:
    board = Board()
    for step, section in steps:
        match step:
            case "person":
                assert section is not None
                board.person(section)
            case "start" | "end":
                board.plan(section, starts=step == "start")
            case _:
                board.deliver(refused=step == "refuse")
        if not board.waiting and board.known is not None:
            assert board.known.moving_to == ""
            assert board.stands in board.wanted or board.known.put_gid == board.stands.gid
        if not board.waiting and board.stands not in board.wanted:
            assert board.known is not None, "a task away from where a person left it is remembered"
    board.deliver(refused=False)
    if board.known is not None and board.stands.gid == board.known.put_gid:
        board.plan(None, starts=False)
        board.deliver(refused=False)
        assert board.stands in board.wanted, "it can always go home"
