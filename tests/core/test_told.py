"""What a conversation was told, and what is new to it: by content, not by clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aegis.core.attachments import GivenFile
from aegis.core.prompts import PersonAnswer, PersonComment, PromptParts
from aegis.core.told import Told, new_answers, new_comments, task_fingerprint, told_by
from tests.core.builders import PROJECT, task

AT = datetime(2025, 11, 25, 9, 0, tzinfo=UTC)


def parts(**fields: object) -> PromptParts:
    return PromptParts(**{"project": PROJECT, "task": task("Write it"), "code_dir": "/code", **fields})  # type: ignore[arg-type]


def test_a_comment_is_new_until_it_was_told_and_again_when_it_was_changed() -> None:
    first, second = PersonComment("Robin", AT, "Blue.", gid="1"), PersonComment("Sam", AT, "Soon.", gid="2")
    known = told_by(parts(comments=(first,)), Told())
    assert new_comments((first, second), known) == (second,)
    edited = PersonComment("Robin", AT, "Blue, no: red.", gid="1")
    (again,) = new_comments((edited,), known)
    assert again.changed and again.text == "Blue, no: red."
    assert new_comments((edited, second), told_by(parts(comments=(again, second)), known)) == ()


def test_an_answer_is_told_once_and_again_when_it_changes() -> None:
    answer = PersonAnswer("Which colour?", "Robin", AT, "Blue", option="1. Blue")
    known = told_by(parts(answers=(answer,)), Told())
    assert new_answers((answer, replace(answer, option="")), known) == ()
    red = replace(answer, text="Red")
    assert new_answers((answer, red), known) == (red,)


def test_what_was_told_grows_over_the_runs_of_a_conversation() -> None:
    plan = GivenFile(gid="5", name="plan", path="/runs/1/for-agent-1/1-plan")
    first = told_by(parts(attachments=(plan,), folder="/runs/1/for-agent-1"), Told(), reports=["8"])
    broken = GivenFile(gid="6", name="photo", left_out="could not be fetched: gone", failed=True)
    large = GivenFile(gid="7", name="film", size=99_000_000, left_out="left out, larger than 20.0 MB")
    link = GivenFile(gid="9", name="doc", left_out="a link, not fetched: https://x.y", is_link=True)
    second = told_by(parts(attachments=(broken, large, link), folder="/runs/2/for-agent-1"), first, reports=["4"])
    assert second.attachments == ("5", "7", "9"), "what failed is tried again"
    assert second.reports == ("8", "4")
    assert second.folders == ("/runs/1/for-agent-1", "/runs/2/for-agent-1"), "the agent may still read the first"
    assert second.left_out == (
        "photo: could not be fetched: gone",
        "film, 99.0 MB: left out, larger than 20.0 MB",
    ), "people are told of files, not of links"
    assert Told.model_validate_json(second.model_dump_json()) == second


def test_the_tasks_text_is_known_by_all_that_people_write_in_it() -> None:
    one = task("Write it", notes="N", due_on="2025-12-01", tags=("docs",))
    known = told_by(parts(task=one), Told()).task
    assert known == task_fingerprint(one.model_copy(update={"modified_at": AT, "num_subtasks": 3}))
    for change in ({"notes": "M"}, {"name": "Write"}, {"due_on": None}, {"tags": ()}):
        assert task_fingerprint(one.model_copy(update=change)) != known
