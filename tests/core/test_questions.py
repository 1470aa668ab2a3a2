"""A question has one cause, and a person can answer it from what stands in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.agent_questions import agent_question
from aegis.core.causes import fingerprint, kind_of, service_cause
from aegis.core.comments import question_notes
from aegis.core.facts import Facts, KnownQuestion, Past
from aegis.core.hearing import options_in
from aegis.core.models import (
    AsanaTask,
    Assessment,
    Effect,
    Membership,
    Question,
    QuestionOption,
    ReasonKind,
    ReplyOption,
    ServiceProbe,
    Verdict,
)
from aegis.core.questions import options_text
from aegis.core.readiness import assess
from aegis.core.services import Requirement
from tests.core.builders import NOW, PROJECT, facts, outcome, task

DOWN = ServiceProbe(service="Redis", address="localhost:6379", up=False, detail="not running")
HOST = "here"


def judged(*tasks: AsanaTask, **more: object) -> Assessment:
    return assess(facts(*tasks, host=HOST, **more))


def asked(*tasks: AsanaTask, **more: object) -> Question:
    """The one question that the judgement over these tasks raises."""
    (question,) = judged(*tasks, **more).questions
    return question


def waiting(name: str = "Wait", notes: str = "", **fields: object) -> AsanaTask:
    gid = str(fields.pop("gid", "1400000000000001"))
    return task(name, gid=gid, notes=notes, permalink_url=f"https://app.asana.com/0/1/{gid}", **fields)


def test_a_services_question_holds_context_options_recommendation_and_how_to_answer() -> None:
    tasks = [task("Cache it", notes="Requires Redis."), task("Queue it", notes="Requires Redis.")]
    question = asked(*tasks, probes={Requirement("Redis"): DOWN})
    assert question.name == "Question: Redis Setup" and question.kind is ReasonKind.SERVICE and not question.exists
    assert question.task_gids == tuple(one.gid for one in tasks)
    for part in (
        "- Cache it\n- Queue it",
        "Redis does not answer at localhost:6379: not running.",
        "How should Redis be made available?",
        "Options:\n1. ",
        "   + ",
        "   - ",
        "4. Do the tasks without Redis",
        "Recommended: option 1: ",
        "comment here with the option's number or in your own words, or complete this task",
    ):
        assert part in question.notes
    assert [one.effect for one in question.options] == [Effect.LOOK] * 3 + [Effect.RELEASE]


def test_the_same_service_is_one_cause_in_all_projects_and_another_on_each_machine_where_it_is_local() -> None:
    def cause(address: str, host: str) -> str:
        return service_cause(DOWN.model_copy(update={"address": address}), host)

    for local in ("localhost:6379", "127.0.0.1:6379", "[::1]:6379", "/var/run/docker.sock"):
        assert cause(local, "a") == cause(local, "a") != cause(local, "b")
    assert cause("db.example.com:6379", "a") == cause("db.example.com:6379", "b")
    assert cause("db.example.com:6379", "a") != cause("db.example.com:6380", "a")
    other = PROJECT.model_copy(update={"gid": "1200000000000002"})
    one = asked(waiting(notes="Requires Redis."), probes={Requirement("Redis"): DOWN})
    there = Facts(
        project=other, tasks=(waiting(notes="Needs Redis."),), now=NOW, host=HOST, probes={Requirement("Redis"): DOWN}
    )
    assert assess(there).questions[0].fingerprint == one.fingerprint


UNKNOWN = waiting(notes="Depends on: the frozen schema")
PAINTS = (
    task("Paint", gid="1500000000000001", permalink_url="https://app.asana.com/0/1/1500000000000001"),
    task("Paint", gid="1500000000000002", memberships=(Membership(project_gid=PROJECT.gid, section_name="Later"),)),
)
AMBIGUOUS = waiting(notes="Depends on: Paint")
A = task("A", gid="1600000000000001", notes="Depends on: B")
B = task("B", gid="1600000000000002", notes="Depends on: A")
REJECTED = task("Sign-off", gid="17", completed=True, resource_subtype="approval", approval_status="rejected")


@pytest.mark.parametrize(
    ("question", "kind", "name", "effects", "recommended", "parts"),
    [
        (
            lambda: asked(UNKNOWN),
            ReasonKind.UNKNOWN_REFERENCE,
            "Question: Unknown Dependency 'the frozen schema'",
            [Effect.RELEASE, Effect.HOLD],
            1,
            ["What is 'the frozen schema'?", "- Wait\n  https://app.asana.com/0/1/1400000000000001"],
        ),
        (
            lambda: asked(AMBIGUOUS, *PAINTS),
            ReasonKind.AMBIGUOUS_REFERENCE,
            "Question: Ambiguous Dependency 'Paint'",
            [Effect.WAIT, Effect.WAIT, Effect.WAIT, Effect.RELEASE],
            3,
            [
                "1. 'Paint' https://app.asana.com/0/1/1500000000000001",
                "2. 'Paint' in the section 'Later'",
                "All of them",
            ],
        ),
        (
            lambda: asked(A, B),
            ReasonKind.CYCLE,
            "Question: Circular Dependency of 'A'",
            [Effect.START, Effect.START, Effect.HOLD],
            1,
            ["A → B → A", "1. Start with 'A'", "2. Start with 'B'", "it is done before 'B', which it names"],
        ),
        (
            lambda: asked(waiting(dependencies=("17",)), outside={"17": REJECTED}),
            ReasonKind.DEPENDENCY,
            "Question: Rejected Dependency 'Sign-off'",
            [Effect.RELEASE, Effect.HOLD],
            2,
            ["The dependency 'Sign-off' was rejected."],
        ),
        (
            lambda: asked(waiting(dependencies=("17",)), outside={"17": "404 Not Found: the task 17"}),
            ReasonKind.DEPENDENCY,
            "Question: Missing Dependency 17",
            [Effect.RELEASE, Effect.HOLD],
            1,
            ["was deleted, or may not be seen by Aegis (404 Not Found"],
        ),
        (
            lambda: asked(waiting(), code_location_error="The notes of 'Aegis' name no code location"),
            ReasonKind.CODE_LOCATION,
            "Question: Code Location of Aegis",
            [Effect.LOOK, Effect.HOLD],
            1,
            ["The notes of 'Aegis' name no code location.", "Code Location: /absolute/path"],
        ),
        (
            lambda: asked(waiting(), **failed(3)),
            ReasonKind.FAILURES,
            "Question: Repeated Failure of 'Wait'",
            [Effect.RETRY, Effect.HOLD],
            1,
            ["3 attempts failed in a row", "The latest attempt: the tests fail"],
        ),
    ],
    ids=["unknown", "ambiguous", "cycle", "rejected", "deleted", "code-location", "failures"],
)
def test_each_cause_has_its_question(question, kind, name, effects, recommended, parts) -> None:  # type: ignore[no-untyped-def]
    found: Question = question()
    assert (found.kind, found.name) == (kind, name)
    assert [one.effect for one in found.options] == effects and found.recommended == recommended
    for part in (*parts, f"Recommended: option {recommended}", "How to answer: "):
        assert part in found.notes, found.notes
    assert kind_of(found.fingerprint) is kind


def failed(times: int) -> dict[str, object]:
    past = Past(failures=times, last_end=NOW, last_verdict=Verdict.FAILED, last_words="the tests fail")
    return {"pasts": {"1400000000000001": past}}


def test_a_failure_that_will_be_tried_again_asks_nobody() -> None:
    assert judged(waiting(), **failed(2)).questions == ()


def test_several_tasks_with_one_cause_raise_one_question_in_any_case_and_spacing() -> None:
    again = waiting(gid="1400000000000002", notes="Blocked by: The  Frozen Schema")
    assert asked(UNKNOWN, again).task_gids == (UNKNOWN.gid, again.gid)


def test_many_waiting_tasks_are_counted() -> None:
    many = [task(f"t{n}", notes="Requires Redis.") for n in range(25)]
    question = asked(*many, probes={Requirement("Redis"): DOWN})
    assert "- … and 15 more" in question.notes and len(question.task_gids) == 25


def test_a_known_question_exists_whether_asana_has_made_it_or_not() -> None:
    cause = asked(UNKNOWN).fingerprint
    for gid in ("1300000000000001", None):
        question = asked(UNKNOWN, questions={cause: KnownQuestion(gid, "Question: x", (UNKNOWN.gid,))})
        assert question.exists and question.gid == gid


def test_an_approved_dependency_asks_nothing_and_cancelled_ones_are_asked_about() -> None:
    approved = REJECTED.model_copy(update={"approval_status": "approved"})
    assert judged(waiting(dependencies=("17",)), outside={"17": approved}).questions == ()
    for cancelled in (
        task("Plan", gid="17", completed=True, tags=("Won't do",)),
        task("[Cancelled] Plan", gid="17", completed=True),
        task("Plan", gid="17", completed=True, memberships=(Membership(project_gid="9", section_name="Cancelled"),)),
    ):
        assert "was cancelled" in asked(waiting(dependencies=("17",)), outside={"17": cancelled}).notes
    done = task("Cancel the old plan", gid="17", completed=True)
    assert judged(waiting(dependencies=("17",)), outside={"17": done}).questions == ()


def test_a_dependency_that_is_open_is_no_cause() -> None:
    assert judged(task("a", gid="18"), waiting(dependencies=("18",))).questions == ()


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_fingerprints_fit_into_markers_differ_and_name_their_kind(one: list[str], other: list[str]) -> None:
    for kind in (ReasonKind.SERVICE, ReasonKind.CYCLE, ReasonKind.QUESTION):
        made = fingerprint(kind, *one)
        assert re.fullmatch(r"[a-z0-9]{1,30}", made) and kind_of(made) is kind
    if one != other and not any("\0" in part for part in (*one, *other)):
        assert fingerprint(ReasonKind.CYCLE, *one) != fingerprint(ReasonKind.CYCLE, *other)
    assert kind_of("0123456789abcdef0123") is None


@given(st.text(), st.text())
def test_any_words_make_a_question_that_keeps_its_options(words: str, name: str) -> None:
    for question in judged(task(name, notes=f"Depends on: {words}")).questions:
        notes = question_notes(question, "aegis:question:x:0123456789ab")
        options, recommended = options_in(notes)
        assert len(options) == len(question.options) and recommended == question.recommended
        assert "\n" not in question.name and len(question.name) <= 120


def test_what_the_agent_asks_becomes_a_question_of_its_task() -> None:
    asking = task("Paint it")
    options = (ReplyOption(label="blue", pros="calm", cons="cold"), ReplyOption(label="red"))
    one = outcome(
        Verdict.QUESTION, question="Which colour?", summary="Primed it.", options=options, recommendation="blue"
    )
    question = agent_question(asking, one)
    assert question is not None and question.task_gids == (asking.gid,) and question.name == "Question: Paint it"
    assert question.asks == "Which colour?" and question.recommended == 1
    for part in (
        "Which colour?",
        "Primed it.",
        "1. blue\n   + calm\n   - cold\n2. red",
        "Recommended: option 1",
        "How to answer",
    ):
        assert part in question.notes
    again = agent_question(asking.model_copy(update={"name": "renamed"}), one)
    assert again is not None and again.fingerprint == question.fingerprint


def test_a_recommendation_that_is_no_option_becomes_one() -> None:
    options = (ReplyOption(label="blue"), ReplyOption(label="red"))
    one = outcome(Verdict.QUESTION, question="Which?", options=options, recommendation="mix both, it looks best")
    question = agent_question(task(), one)
    assert question is not None and question.recommended == 3 and question.options[2].label == "mix both, it looks best"


def test_an_agent_that_lacks_something_can_be_told_that_it_is_there() -> None:
    question = agent_question(task(), outcome(Verdict.BLOCKED, question="The licence file is missing."))
    assert question is not None and question.recommended == 1 and "1. It is there now: go on" in question.notes
    plain = agent_question(task(), outcome(Verdict.QUESTION, question="Where to?"))
    assert (
        plain is not None and plain.recommended == 0 and "or complete this task to let the agent decide" in plain.notes
    )


def test_what_was_done_or_failed_asks_nothing() -> None:
    for verdict in (Verdict.DONE, Verdict.FAILED, Verdict.INTERRUPTED, Verdict.NOT_ITS_FAULT):
        assert agent_question(task(), outcome(verdict, question="?")) is None


def test_options_are_numbered_each_on_one_line() -> None:
    options = (QuestionOption(label="a\nb", pros="p"), QuestionOption(label="c", cons="d"))
    assert options_text(options) == "1. a b\n   + p\n2. c\n   - d"
