"""The judgement over the labelled texts of `tests/data/readiness` is precise and complete, and the measure measures."""

from __future__ import annotations

import pytest

from aegis.core.models import AssessedTask, Reason, TaskState
from benchmarks.judgement import BLOCKED, FEW, HALVES, Case, Count, Measured, cases, measured_half, score

CASE = Case.model_validate(
    {
        "id": "x1",
        "name": "Judged",
        "notes": "Depends on: First, the moon\nRequires Redis, Kafka on localhost:9093 and API_KEY",
        "others": [{"name": "First"}, {"name": "Second"}],
        "down": ["Redis", "localhost:9093", "API_KEY"],
        "state": "blocked",
        "reasons": [
            {"kind": "dependency", "on": "First"},
            {"kind": "unknown-reference", "words": "the moon", "or": ["unclear"]},
            {"kind": "service", "service": "Redis"},
            {"kind": "service", "service": "localhost:9093"},
            {"kind": "service", "service": "API_KEY"},
        ],
        "hard": True,
        "why": "for the tests of the measure",
    }
)
FIRST, SECOND = CASE.gids


def judged(*reasons: dict[str, object]) -> AssessedTask:
    made = tuple(Reason.model_validate({"text": "said", **reason}) for reason in reasons)
    return AssessedTask(gid="1", name="Judged", state=TaskState.BLOCKED if made else TaskState.READY, reasons=made)


def test_the_judgement_holds_its_precision_and_its_recall_on_the_texts_it_was_tuned_on() -> None:
    measured = measured_half("tuned")
    assert measured.good, "\n" + "\n".join([*measured.table(), *measured.misses(in_full=True)])


def test_on_texts_that_nobody_tuned_on_it_is_no_worse_than_it_was_found() -> None:
    """The aim is the same (0.98 and 0.95) and is not reached yet: the folder's README has what was measured."""
    measured = measured_half("held_out")
    waits = measured.counts[BLOCKED]
    shown = "\n".join([*measured.table(), *measured.misses(in_full=False)])
    assert waits.precision >= 0.96 and waits.recall >= 0.95, shown


def test_the_corpus_is_as_large_and_as_hard_as_promised() -> None:
    halves = [cases(half) for half in HALVES]
    for half in halves:
        ready = sum(case.state == "ready" for case in half)
        assert len(half) >= 85 and 0.4 <= ready / len(half) <= 0.6
        assert sum(case.hard for case in half if case.state == "ready") >= ready / 2
        assert sum(case.hard for case in half) >= len(half) / 2
    ids = [case.id for half in halves for case in half]
    assert len(set(ids)) == len(ids)
    first, second = ({" ".join(case.notes.split()).casefold() for case in half if case.notes} for half in halves)
    assert not first & second


@pytest.mark.parametrize("half", HALVES)
def test_labels_agree_with_their_case(half: str) -> None:
    for case in cases(half):
        kinds = {label.kind.value for label in case.reasons}
        expected = "ready" if not kinds else "unclear" if kinds == {"unclear"} else "blocked"
        assert case.state == expected, case.id
        known = [other.name for other in case.others]
        for label in case.reasons:
            if label.on is not None:
                assert known.count(label.on) == 1 or label.on in (*case.gids, *case.outside), (case.id, label.on)
            elif label.service is not None:
                assert label.service in case.down, (case.id, label.service)
            else:
                assert label.words and label.words.casefold() in case.notes.casefold(), (case.id, label.words)


def test_each_label_is_found_by_its_kind_and_target() -> None:
    all_right = judged(
        {"kind": "dependency", "task_gid": FIRST},
        {"kind": "unknown-reference", "words": "The Moon"},
        {"kind": "service", "service": "redis"},
        {"kind": "service", "service": "TCP localhost:9093"},
        {"kind": "service", "service": "API_KEY"},
    )
    assert not score(CASE, all_right).wrong
    nothing = score(CASE, judged())
    assert nothing.wrong and len(nothing.missed) == 5 and not nothing.false


def test_a_right_kind_with_a_wrong_target_is_false_and_missed() -> None:
    wrong = score(CASE, judged({"kind": "dependency", "task_gid": SECOND}, {"kind": "service", "service": "REDIS_URL"}))
    assert [reason.kind.value for reason in wrong.false] == ["dependency", "service"] and len(wrong.missed) == 5
    doubled = score(CASE, judged(*[{"kind": "dependency", "task_gid": SECOND, "words": words} for words in "ab"]))
    assert len(doubled.false) == 1


def test_another_accepted_kind_is_as_good() -> None:
    accepted = score(CASE, judged({"kind": "unclear", "words": "the moon"}))
    assert [label.words for label in accepted.found] == ["the moon"] and not accepted.false
    elsewhere = score(CASE, judged({"kind": "unclear", "words": "the sun"}))
    assert not elsewhere.found and len(elsewhere.false) == 1


def test_rates_are_of_tasks_and_of_reasons() -> None:
    counts = Measured("x", [score(CASE, judged({"kind": "cycle", "gids": (FIRST,)})), score(CASE, judged())]).counts
    assert counts["blocked"] == Count(right=1, missed=1)
    assert counts["cycle"] == Count(false=1) and counts["service"] == Count(missed=6)
    assert (counts["cycle"].precision, counts["service"].recall) == (0, 0)


def test_a_few_cases_may_miss_one_and_many_keep_the_limits() -> None:
    assert Count(right=FEW - 2, false=1, missed=1).good
    assert not Count(right=FEW, false=1).good
    assert not Count(right=5, missed=2).good
    assert Count(right=98, false=2, missed=5).good
