"""Subtasks belong to their parent's work: who does them, what a reply may say of them, and what people are told."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from aegis.core.models import Ending, Reply
from aegis.core.replies import REPLY_SCHEMA, ExitRecord, StreamState, conclude
from aegis.core.scope import Scope
from aegis.core.subtasks import Reported, notes_on_subtasks, part_of_the_work, reported
from aegis.core.told import ListedSubtask, listed
from tests.core.builders import BOT, ROBIN, task

LISTED = (ListedSubtask(gid="101", name="spell it"), ListedSubtask(gid="102", name="print it"))


def test_open_ones_of_nobody_and_of_our_assignee_are_ours_the_others_are_not() -> None:
    free, mine, robins = task("free"), task("mine", assignee=BOT), task("robin's", assignee=ROBIN)
    approval = task("approve it", resource_subtype="approval")
    all_of_them = (
        free,
        mine,
        robins,
        approval,
        task("done", completed=True),
        task("Later:", is_separator=True),
    )
    assert part_of_the_work(all_of_them, Scope()) == ([free], [mine, robins, approval])
    assert part_of_the_work(all_of_them, Scope(assignee="bot@example.com")) == ([free, mine], [robins, approval])


def test_they_are_named_by_gid_number_or_exact_name_and_come_in_the_lists_order() -> None:
    assert reported(["print it", "1"], LISTED) == Reported(LISTED)
    assert reported(["102", "2", " 102 "], LISTED) == Reported(LISTED[1:], LISTED[:1])
    assert reported([], LISTED) == Reported((), LISTED)


def test_what_names_none_of_them_completes_nothing_and_is_told() -> None:
    said = reported(["999", "0", "3", "", "spell", "999"], LISTED)
    assert said.done == () and said.unknown == ("999", "0", "3", "", "spell")
    twins = (ListedSubtask(gid="1", name="same"), ListedSubtask(gid="2", name="same"))
    assert reported(["same"], twins).unknown == ("same",)


@given(st.lists(st.text()), st.lists(st.text(), max_size=4))
def test_no_reply_completes_what_was_not_listed(words: list[str], names: list[str]) -> None:
    given_ones = listed([task(name) for name in names])
    said = reported(words, given_ones)
    assert {*said.done, *said.left_open} == set(given_ones) and not {*said.done} & {*said.left_open}
    assert all("\n" not in note for note in notes_on_subtasks(said))


def test_people_are_told_what_stays_open() -> None:
    assert notes_on_subtasks(reported(["1", "2"], LISTED)) == []
    assert notes_on_subtasks(reported(["1"], LISTED)) == ["Subtask not reported done, left open: 'print it'"]
    many = listed([task(f"s{n}") for n in range(8)])
    assert notes_on_subtasks(reported([], many)) == [
        "Subtasks not reported done, left open: 's0', 's1', 's2', 's3', 's4' and 3 more"
    ]
    assert "left alone: '999'" in notes_on_subtasks(reported(["999", "1", "2"], LISTED))[0]


def replied(**reply: object) -> Reply | None:
    stream = StreamState()
    result = {"type": "result", "subtype": "success", "num_turns": 1, "structured_output": reply}
    stream.take(json.dumps(result).encode())
    return conclude(stream, ExitRecord(exit_code=0, reason="exited"), "s").reply


def test_the_reply_has_a_place_for_them_and_nonsense_there_does_not_lose_the_reply() -> None:
    assert "subtasks_done" in REPLY_SCHEMA["properties"]
    done = {"status": "done", "summary": "ok"}
    for value, taken in ((["101", 2], ("101", "2")), ("101", ()), (None, ()), ({"a": 1}, ()), ([None, ["x"]], ())):
        reply = replied(**done, subtasks_done=value)
        assert reply is not None and reply.subtasks_done == taken


def test_a_conversation_that_is_too_long_is_an_ending_of_its_own() -> None:
    stream = StreamState()
    result = {"subtype": "success", "is_error": True, "num_turns": 1, "result": "Prompt is too long"}
    stream.take(json.dumps({"type": "result", "terminal_reason": "prompt_too_long", **result}).encode())
    assert conclude(stream, ExitRecord(exit_code=1, reason="exited"), "s").ending is Ending.TOO_LONG
