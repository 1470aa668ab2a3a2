"""One judgement over a project: ready in the right order, or blocked with every reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.causes import service_cause
from aegis.core.facts import KnownQuestion, Past, survey
from aegis.core.models import AsanaTask, ReasonKind, ServiceProbe, TaskState, Verdict
from aegis.core.readiness import after_completion, assess, passed_over
from aegis.core.scope import Scope
from aegis.core.services import Requirement
from tests.core.builders import BOT, NOW, ROBIN, facts, reasons, task, texts

NO_REDIS = {
    Requirement("Redis"): ServiceProbe(service="Redis", address="localhost:6379", up=False, detail="not running")
}
REDIS = {Requirement("Redis"): ServiceProbe(service="Redis", address="localhost:6379", up=True, detail="answers")}


def test_what_nothing_blocks_is_ready_in_asanas_order() -> None:
    judged = assess(facts(task("b"), task("a"), task("c", assignee=ROBIN)))
    assert [(one.name, one.state, one.order) for one in judged.tasks] == [
        ("b", TaskState.READY, 1),
        ("a", TaskState.READY, 2),
    ]


def test_short_empty_and_nameless_tasks_are_ready() -> None:
    judged = assess(facts(task("x"), task("")))
    assert [one.name for one in judged.ready] == ["x", "(no name)"]


def test_an_open_dependency_blocks_whoever_has_it() -> None:
    first = task("first", assignee=ROBIN)
    said = texts(first, task("second", dependencies=(first.gid,)), task("third", notes="Depends on: First"))
    assert said == {
        "second": ["Depends on 'first', which is not complete"],
        "third": ["Depends on 'first', which is not complete"],
    }


def test_a_complete_dependency_blocks_nothing() -> None:
    done = task("done before", completed=True)
    waits = (task("a", dependencies=(done.gid,)), task("b", notes="Depends on: done before"))
    assert reasons(assess(facts(*waits, outside={done.gid: done}, completed=(done,)))) == {"a": [], "b": []}
    assert reasons(assess(facts(*waits, completed=(done,)))) == {"a": [], "b": []}


def test_a_dependency_elsewhere_blocks_until_it_is_complete_and_also_where_it_cannot_be_seen() -> None:
    there, hidden = task("over there"), "1300000000009999"
    one = task("one", dependencies=(there.gid, hidden))
    said = texts(one, outside={there.gid: there, hidden: "403: forbidden"})
    assert said["one"] == [
        "Depends on 'over there', which is not complete",
        f"Depends on the task {hidden}, which cannot be seen (403: forbidden)",
    ]


def test_what_a_text_names_by_gid_or_address_is_looked_at_elsewhere() -> None:
    there = task("over there")
    by_gid = task("by gid", notes=f"Blocked by: {there.gid}")
    by_url = task("by url", notes=f"Blocked by: https://app.asana.com/1/2/project/3/task/{there.gid}?focus=true")
    known = facts(by_gid, by_url, task("waits", dependencies=(there.gid,)))
    assert survey(known).outside == (there.gid,)
    assert all("dependency" in kinds for kinds in reasons(assess(replace(known, outside={there.gid: there}))).values())


def test_a_dependency_said_twice_is_told_once() -> None:
    first = task("first")
    said = texts(first, task("second", dependencies=(first.gid,), notes="Depends on: first\nAfter: first"))
    assert said["second"] == ["Depends on 'first', which is not complete"]


def test_a_name_that_no_task_bears_is_an_unknown_reference() -> None:
    judged = assess(facts(task("one", notes="Depends on: the moon")))
    (reason,) = judged.tasks[0].reasons
    assert (reason.kind.value, reason.words) == ("unknown-reference", "the moon")
    assert reason.text == "Depends on 'the moon', which is no task of this project"


def test_a_name_that_several_open_tasks_bear_is_ambiguous_and_never_guessed() -> None:
    twins = (task("twin"), task("Twin "))
    judged = assess(facts(*twins, task("one", notes="Depends on: TWIN")))
    (reason,) = judged.tasks[2].reasons
    assert reason.kind.value == "ambiguous-reference" and reason.gids == tuple(one.gid for one in twins)


def test_a_task_never_depends_on_itself() -> None:
    one = task("one", gid="1300000000000042", notes="Depends on: one\nAfter: 1300000000000042")
    assert texts(one) == {"one": []}
    twin = task("one")
    assert texts(one, twin)["one"] == []  # of two with one name, each sees the other
    assert [len(t.reasons) for t in assess(facts(one, twin)).tasks] == [1, 0]


def test_a_cycle_is_named_in_full_from_each_of_its_tasks() -> None:
    a, b = task("a", notes="Depends on: c"), task("b", notes="After: a")
    c = task("c", dependencies=(b.gid,))
    judged = assess(facts(a, b, c, task("d", notes="After: a")))
    cyclic = {one.name: one.reasons[0] for one in judged.tasks if one.reasons[0].kind.value == "cycle"}
    assert cyclic["a"].text == "Waits for itself: 'a' → 'c' → 'b' → 'a'"
    assert set(cyclic) == {"a", "b", "c"} and cyclic["b"].gids[0] == b.gid


def test_a_service_that_does_not_answer_blocks_what_requires_it_with_one_question() -> None:
    tasks = (
        task("one", notes="Requires Redis."),
        task("two", notes="Needs Redis"),
        task("three", notes="Redis is nice"),
    )
    assert survey(facts(*tasks)).services == (Requirement("Redis"),)
    judged = assess(facts(*tasks, probes=NO_REDIS))
    assert reasons(judged) == {"one": ["service"], "two": ["service"], "three": []}
    assert judged.tasks[0].reasons[0].text == "Requires Redis (not running)"
    (question,) = judged.questions
    assert question.task_gids == (tasks[0].gid, tasks[1].gid) and not question.exists
    assert reasons(assess(facts(*tasks, probes=REDIS)))["one"] == []
    assert assess(facts(*tasks, probes=REDIS)).questions == ()


def test_the_question_that_is_asked_already_is_found_by_its_cause() -> None:
    known = {
        service_cause(NO_REDIS[Requirement("Redis")], ""): KnownQuestion("1300000000000900", "Question: Redis Setup")
    }
    (question,) = assess(facts(task(notes="Requires Redis."), probes=NO_REDIS, questions=known)).questions
    assert question.exists and question.gid == "1300000000000900"


def test_an_open_question_blocks_by_its_link_or_by_our_record_once() -> None:
    asked = task("Question: which colour?")
    linked, recorded = task("linked", dependencies=(asked.gid,)), task("recorded")
    both = task("both", dependencies=(asked.gid,))
    known = {"f": KnownQuestion(asked.gid, asked.name, (recorded.gid, both.gid))}
    judged = assess(facts(asked, linked, recorded, both, questions=known))
    assert reasons(judged) == {"linked": ["question"], "recorded": ["question"], "both": ["question"]}
    said = {reason.text for one in judged.tasks for reason in one.reasons}
    assert said == {"Waits for an answer to 'Question: which colour?'"}


def test_a_subtask_that_somebody_has_blocks_its_parent() -> None:
    parent = task("parent", num_subtasks=4)
    subtasks = (task("his", assignee=ROBIN), task("done", assignee=ROBIN, completed=True), task("free"))
    mine = task("the bot's", assignee=BOT)
    assert survey(facts(parent, task("other"))).parents == (parent.gid,)
    said = texts(parent, subtasks={parent.gid: (*subtasks, mine)}, scope=Scope(assignee=BOT.gid))
    assert said["parent"] == ["Its subtask 'his' is assigned to Robin"]


@pytest.mark.parametrize(
    ("fields", "blocked"),
    [
        ({"start_on": "2025-11-28"}, True),
        ({"start_on": "2025-11-20"}, False),
        ({"start_at": "2025-11-25T10:31:00Z"}, True),
        ({"start_at": "2025-11-25T10:29:00Z", "start_on": "2025-11-28"}, False),
    ],
)
def test_a_future_start_date_blocks(fields: dict[str, str], blocked: bool) -> None:
    assert reasons(assess(facts(task("one", **fields)))) == {"one": ["start-date"] if blocked else []}


@pytest.mark.parametrize(
    ("past", "kinds"),
    [
        (Past(failures=1, last_end=NOW - timedelta(seconds=30)), ["failures"]),
        (Past(failures=1, last_end=NOW - timedelta(minutes=2)), []),
        (Past(failures=3, last_end=NOW - timedelta(days=9)), ["failures"]),
        (Past(failures=0, last_end=NOW, last_verdict=Verdict.INTERRUPTED), []),
        (Past(undelivered=True), ["delivery"]),
        (Past(undelivered=True, parked=True), ["delivery"]),
    ],
)
def test_what_happened_before_counts(past: Past, kinds: list[str]) -> None:
    one = task("one")
    assert reasons(assess(facts(one, pasts={one.gid: past}))) == {"one": kinds}


def test_a_task_that_runs_already_is_not_ready() -> None:
    one = task("one")
    assert texts(one, running={one.gid: "this machine, process 7"})["one"] == ["Runs already (this machine, process 7)"]


def test_all_reasons_are_told_and_not_the_first_only() -> None:
    first = task("first")
    one = task("one", dependencies=(first.gid,), notes="Requires Redis.\nAfter: the moon", start_on="2026-01-01")
    judged = assess(
        facts(first, one, probes=NO_REDIS, pasts={one.gid: Past(failures=3)}, code_location_error="no place")
    )
    assert reasons(judged)["one"] == [
        "code-location",
        "dependency",
        "unknown-reference",
        "service",
        "start-date",
        "failures",
    ]


def test_completed_tasks_are_asked_for_only_where_a_name_is_not_found() -> None:
    known = facts(task("a"), task("b", notes="Depends on: A\nRequires: nothing much"))
    assert not survey(known).names_unknown
    assert survey(facts(task("b", notes="Depends on: what was done before"))).names_unknown
    assert not survey(facts(task("b", notes="Depends on: PostgreSQL, a running Redis"))).names_unknown


def test_what_is_not_considered_needs_nothing() -> None:
    needs = survey(facts(task(assignee=ROBIN, num_subtasks=2, dependencies=("1300000000009999",), notes="After: x")))
    assert (needs.outside, needs.names_unknown, needs.parents, needs.services) == ((), False, (), ())


def test_what_waited_is_ready_once_its_dependency_was_completed() -> None:
    first = task("first")
    known = facts(first, task("second", dependencies=(first.gid,)), task("third", notes="After: first"))
    after = after_completion(known, (first.gid,))
    assert [one.name for one in assess(known).ready] == ["first"]
    assert [one.name for one in assess(after).ready] == ["second", "third"]
    assert assess(after_completion(known, ())) == assess(known)


def test_do_judges_by_the_fields_of_the_list_alone() -> None:
    first = task("first", assignee=ROBIN)
    waits = task("waits", dependencies=(first.gid,))
    texty = task("texty", notes="Depends on: first\nRequires Redis.")
    later = task("later", start_on="2026-01-01")
    failed = task("failed")
    known = facts(first, waits, texty, later, failed, probes=NO_REDIS, pasts={failed.gid: Past(3, NOW)})
    assert passed_over(waits, known) == "Depends on 'first', which is not complete"
    assert passed_over(texty, known) is None
    assert "Starts on 2026-01-01" in (passed_over(later, known) or "")
    assert "Failed 3 times" in (passed_over(failed, known) or "")


def test_tasks_that_all_wait_for_one_another_share_one_reason_of_readable_length() -> None:
    """Made for each task anew, the reasons of ten thousand tasks in a ring took minutes."""
    size = 2_000
    ring = [task(f"Part {n}", gid=str(100 + n), dependencies=(str(100 + (n + 1) % size),)) for n in range(size)]
    judged = assess(facts(*ring))
    circles = [reason for one in judged.tasks for reason in one.reasons if reason.kind is ReasonKind.CYCLE]
    assert len(circles) == size and all(reason is circles[0] for reason in circles)
    assert len(circles[0].text) < 2_000 and "1971 more" in circles[0].text
    assert circles[0].text.startswith("Waits for itself: 'Part 0' → 'Part 1'") and len(circles[0].gids) == 200
    assert [one.kind for one in judged.questions] == [ReasonKind.CYCLE]


def test_a_text_is_read_up_to_a_length_and_what_is_longer_is_unclear() -> None:
    long = "Depends on: first\n" + "The weather is fine. Redis is nice.\n" * 100_000 + "\nRequires Kafka"
    judged = assess(facts(task("first"), task("second", notes=long), probes=NO_REDIS))
    (second,) = (one for one in judged.tasks if one.name == "second")
    assert [one.kind for one in second.reasons] == [ReasonKind.DEPENDENCY, ReasonKind.UNCLEAR]
    assert "the text beyond its first 100000 characters" in second.reasons[1].text


def test_names_with_control_characters_are_made_visible_in_reasons() -> None:
    first = task("evil\x1b[2J\nname")
    assert texts(first, task("b", dependencies=(first.gid,)))["b"] == [
        "Depends on 'evil\\x1b[2J name', which is not complete"
    ]


_notes = st.text() | st.lists(
    st.sampled_from(
        [
            *("Depends on: ", "After:\n- ", "a", "b", "c", " and ", ", ", "\n", "none", "Requires Redis", "`", "> "),
            *(
                "once ",
                "must be merged first",
                " isn't done yet, so wait",
                ". ",
                " → this",
                "#1",
                "until Kim has decided",
            ),
            *("against a real Redis", "(", ")", "not ", "Step 1: ", " is missing", "Wait. ", "so that first"),
        ]
    )
).map("".join)


@given(st.lists(st.tuples(st.sampled_from("abc"), _notes), max_size=5))
def test_any_text_gives_a_judgement_and_no_task_waits_for_itself_alone(given_tasks: list[tuple[str, str]]) -> None:
    tasks = [task(name, notes=notes) for name, notes in given_tasks]
    judged = assess(facts(*tasks, probes=NO_REDIS))
    assert len(judged.tasks) == len(tasks)
    for one in judged.tasks:
        assert (one.state is TaskState.READY) == (not one.reasons)
        assert all(reason.task_gid != one.gid and "\n" not in reason.text for reason in one.reasons)
    assert [one.order for one in judged.ready] == list(range(1, len(judged.ready) + 1))


@given(_notes, st.sampled_from(["The weather is fine.", "See the wiki for more.", "It was Robin's idea, long ago."]))
def test_a_sentence_more_never_releases_a_blocked_task(notes: str, sentence: str) -> None:
    def blocked(text: str) -> bool:
        others: list[AsanaTask] = [task("a"), task("b")]
        return bool(assess(facts(*others, task("one", notes=text), probes=NO_REDIS)).blocked)

    if blocked(notes):
        assert blocked(f"{notes}\n\n{sentence}")
