"""Questions in the database: asked once for each cause, answered once, and asked anew only when they are over."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from aegis.adapters.database import Database
from aegis.adapters.outbox import Outbox, OutboxWrite
from aegis.adapters.questions import AskedQuestion, QuestionsTable
from aegis.core.models import Answer, Effect, Question, QuestionOption, ReasonKind
from aegis.errors import DatabaseError

QUESTION = Question(
    fingerprint="s1",
    kind=ReasonKind.SERVICE,
    name="Question: Redis Setup",
    notes="n",
    task_gids=("1", "2"),
    asks="How?",
    options=(QuestionOption(label="Start it", effect=Effect.LOOK), QuestionOption(label="Without")),
    recommended=1,
)
ASK = OutboxWrite("create-task", "9", {"name": "q"}, "marker-1")
SAY = OutboxWrite("comment", "55", {"html": "<body>x</body>", "text": "x"}, "heard-1")


@pytest.fixture
def table(database: Database) -> QuestionsTable:
    return QuestionsTable(database)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def known(table: QuestionsTable, fingerprint: str = "s1") -> AskedQuestion:
    found = table.get(fingerprint)
    assert found is not None
    return found


def opened(table: QuestionsTable, outbox: Outbox) -> AskedQuestion:
    assert table.reserve(QUESTION, "9", outbox, [ASK])
    table.asked("s1", "55")
    return known(table)


def test_the_same_cause_is_asked_once_whatever_the_project(table: QuestionsTable, outbox: Outbox) -> None:
    assert table.reserve(QUESTION, "9", outbox, [ASK])
    assert not table.reserve(QUESTION, "9", outbox, [ASK]) and not table.reserve(QUESTION, "10", outbox, [ASK])
    assert len(outbox.pending()) == 1
    one = known(table)
    assert (one.state, one.gid, one.task_gids, one.options) == ("asking", None, ("1", "2"), QUESTION.options)
    table.asked("s1", "55")
    assert (known(table).state, known(table).gid) == ("open", "55")
    assert set(table.of_project("10")) == {"s1"}, "a service may be every project's"
    other = QUESTION.model_copy(update={"fingerprint": "u1", "kind": ReasonKind.UNKNOWN_REFERENCE})
    assert table.reserve(other, "9") and set(table.of_project("10")) == {"s1"}


def test_two_at_once_ask_once(table: QuestionsTable, outbox: Outbox) -> None:
    asked: list[bool] = []
    threads = [
        threading.Thread(target=lambda: asked.append(table.reserve(QUESTION, "9", outbox, [ASK]))) for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(asked) == [False, False, False, True] and len(outbox.pending()) == 1


def test_an_answer_is_stored_once_with_its_writes(table: QuestionsTable, outbox: Outbox) -> None:
    opened(table, outbox)
    answer = Answer(author="Robin", at=datetime.now(UTC), text="2", number=2, option="Without", contents={"1": "abc"})
    assert table.answered("s1", answer, outbox, [SAY]) and not table.answered("s1", answer, outbox, [SAY])
    one = known(table)
    assert one.state == "answered" and one.answer is not None and one.answer.recorded_at is not None
    assert one.answer.model_copy(update={"recorded_at": None}) == answer
    assert [row.kind for row in outbox.pending()] == ["create-task", "comment"]
    assert [found.fingerprint for found in table.about("1")] == ["s1"] and table.about("3") == [] == table.about("12")


def test_what_is_over_is_asked_anew_and_keeps_its_answers(table: QuestionsTable, outbox: Outbox) -> None:
    opened(table, outbox)
    assert table.answered("s1", Answer(text="one"), outbox, [])
    assert table.reserve(QUESTION.model_copy(update={"notes": "m"}), "9", outbox, [ASK])
    one = known(table)
    assert (one.state, one.gid, one.answer) == ("asking", None, None) and [a.text for a in one.answers] == ["one"]
    table.asked("s1", "56")
    assert table.answered("s1", Answer(text="two"), outbox, [])
    assert [a.text for a in known(table).answers] == ["one", "two"]


def test_a_closed_question_is_closed_once_and_a_reopened_one_is_open(table: QuestionsTable, outbox: Outbox) -> None:
    opened(table, outbox)
    assert table.closed("s1", outbox, [SAY]) and not table.closed("s1", outbox, [SAY])
    assert outbox.targets("comment", "heard-1") == {"55"}
    table.reopened("s1")
    assert known(table).state == "open" and known(table).gid == "55"


def test_a_thing_is_said_once(table: QuestionsTable, outbox: Outbox) -> None:
    opened(table, outbox)
    assert table.say_once("s1", outbox, [SAY]) and not table.say_once("s1", outbox, [SAY])
    assert not table.say_once("unknown", outbox, [SAY])


def test_a_question_that_the_database_lost_is_taken_over(table: QuestionsTable, outbox: Outbox) -> None:
    found = AskedQuestion(
        "q9", "9", "77", "question", "Question: x", "", (), 0, "open", (), ("3",), None, datetime.now(UTC)
    )
    table.adopt(found)
    assert known(table, "q9") == found
    table.describe("q9", QUESTION.model_copy(update={"kind": ReasonKind.QUESTION}))
    assert known(table, "q9").options == QUESTION.options and known(table, "q9").asks == "How?"
    assert table.reserve(QUESTION, "9", outbox, [ASK])
    lost = dataclasses.replace(found, fingerprint="s1", gid="78")
    table.adopt(lost)
    assert (known(table).state, known(table).gid, known(table).task_gids) == ("open", "78", ("1", "2"))


def test_further_tasks_wait_too(table: QuestionsTable, outbox: Outbox) -> None:
    opened(table, outbox)
    table.add_waiting("s1", ("2", "3"))
    assert known(table).task_gids == ("1", "2", "3")


def test_attempts_count_since_the_answer_that_had_them_made_anew(table: QuestionsTable, outbox: Outbox) -> None:
    failures = QUESTION.model_copy(update={"fingerprint": "t1", "kind": ReasonKind.FAILURES, "task_gids": ("4",)})
    assert table.reserve(failures, "9") and table.retried() == {}
    table.asked("t1", "58")
    assert table.answered("t1", Answer(effect=Effect.RETRY), outbox, [])
    assert set(table.retried()) == {"4"}


def test_the_last_look_is_remembered(table: QuestionsTable, outbox: Outbox) -> None:
    opened(table, outbox)
    at = datetime(2025, 11, 25, 10, 30, 0, 123000, tzinfo=UTC)
    table.seen("s1", at)
    assert known(table).seen_modified_at == at


def test_a_corrupt_row_is_one_sentence(database: Database, table: QuestionsTable, outbox: Outbox) -> None:
    opened(table, outbox)
    with database.transaction() as connection:
        connection.execute(text("UPDATE questions SET answers = '{'"))
    with pytest.raises(DatabaseError, match="corrupt"):
        table.get("s1")


def test_a_notice_is_stored_once_whoever_makes_it(outbox: Outbox) -> None:
    notice = OutboxWrite("notify", "address", {"title": "t", "body": "b"}, "notice:question:x:address")
    first, second = outbox.enqueue_now([notice]), outbox.enqueue_now([notice])
    assert first != [0] and second == [0] and len(outbox.pending()) == 1 and outbox.counts() == (0, 0)


def test_what_a_question_became_is_found_by_its_marker(table: QuestionsTable, outbox: Outbox) -> None:
    opened(table, outbox)
    assert outbox.made("create-task", "marker-1") is None
    (row,) = outbox.pending()
    outbox.confirm(row.id, "55", datetime.now(UTC))
    assert outbox.made("create-task", "marker-1") == "55" and outbox.made("create-task", "other") is None
