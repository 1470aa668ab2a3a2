"""A question has one cause, and a person can answer it from what stands in it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from aegis.core.agent_questions import agent_question
from aegis.core.models import ReasonKind, ReplyOption, ServiceProbe, Verdict
from aegis.core.questions import fingerprint, options_text, service_question
from aegis.core.services import Requirement
from tests.core.builders import PROJECT, outcome, task

REDIS = Requirement("Redis")
DOWN = ServiceProbe(service="Redis", address="localhost:6379", up=False, detail="not running")


def test_a_services_question_holds_context_options_recommendation_and_how_to_answer() -> None:
    waiting = [task("Cache it"), task("Queue it")]
    question = service_question(PROJECT.gid, REDIS, DOWN, waiting, gid=None)
    assert question.name == "Question: Redis Setup" and question.kind is ReasonKind.SERVICE and not question.exists
    assert question.task_gids == tuple(one.gid for one in waiting)
    for part in (
        "localhost:6379",
        "not running",
        "- Cache it\n- Queue it",
        "1. ",
        "   + ",
        "   - ",
        "Recommended: ",
        "How to answer: ",
    ):
        assert part in question.notes


def test_many_waiting_tasks_are_counted() -> None:
    question = service_question(PROJECT.gid, REDIS, DOWN, [task(f"t{n}") for n in range(25)], gid="1300000000000001")
    assert "… and 15 more" in question.notes and len(question.task_gids) == 25
    assert question.exists and question.gid == "1300000000000001"


def test_the_cause_makes_the_fingerprint_and_nothing_else_does() -> None:
    one = service_question(PROJECT.gid, REDIS, DOWN, [task("a")], gid=None)
    other = service_question(PROJECT.gid, REDIS, DOWN.model_copy(update={"detail": "no answer"}), [task("b")], gid=None)
    assert one.fingerprint == other.fingerprint == fingerprint("service", PROJECT.gid, "Redis")


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_fingerprints_fit_into_markers_and_differ(one: list[str], other: list[str]) -> None:
    assert re.fullmatch(r"[a-z0-9]{1,40}", fingerprint(*one))
    if one != other and not any("\0" in part for part in (*one, *other)):
        assert fingerprint(*one) != fingerprint(*other)


def test_what_the_agent_asks_becomes_a_question_of_its_task() -> None:
    asking = task("Paint it")
    options = (ReplyOption(label="blue", pros="calm", cons="cold"), ReplyOption(label="red"))
    one = outcome(
        Verdict.QUESTION, question="Which colour?", summary="Primed it.", options=options, recommendation="blue"
    )
    question = agent_question(asking, one)
    assert question is not None and question.task_gids == (asking.gid,) and question.name == "Question: Paint it"
    for part in (
        "Which colour?",
        "Primed it.",
        "1. blue\n   + calm\n   - cold\n2. red",
        "Recommended: blue",
        "How to answer",
    ):
        assert part in question.notes
    again = agent_question(asking.model_copy(update={"name": "renamed"}), one)
    assert again is not None and again.fingerprint == question.fingerprint


def test_what_was_done_or_failed_asks_nothing() -> None:
    for verdict in (Verdict.DONE, Verdict.FAILED, Verdict.INTERRUPTED, Verdict.NOT_ITS_FAULT):
        assert agent_question(task(), outcome(verdict, question="?")) is None


def test_options_are_numbered() -> None:
    assert (
        options_text((ReplyOption(label="a", pros="p"), ReplyOption(label="b", cons="c")))
        == "1. a\n   + p\n2. b\n   - c"
    )
