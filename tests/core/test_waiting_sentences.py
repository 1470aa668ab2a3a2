"""Sentences as people write them in a tracker: those that let a task wait for a task or people, and look-alikes.

They stand in a file, for the weights of `aegis.core.reading.weighed` learn from them, too.
"""

from __future__ import annotations

import pytest

from aegis.core.index import Index
from benchmarks.support.learn import DONE, OPEN, sentences_on_file
from tests.core.builders import task

LAYOUT, TRAIN = "Card layout", "#11 Train with new data"
SENTENCES = sentences_on_file()


def _named_in(notes: str, name: str = "Some other work") -> list[str]:
    """What a text says that its task waits for: open tasks by their names, "?" before what people give, other words."""
    opened, done = [task(name) for name in OPEN], [task(name, completed=True) for name in DONE]
    one = task(name, notes=notes)
    names = {other.gid: other.name for other in opened}
    named = Index(tasks=[*opened, one], completed=done).named_by(one)
    left = [other for other in named if other.gid is None or other.gid in names]
    return [names[other.gid] if other.gid else f"{'?' * other.unclear}{other.words}" for other in left]


@pytest.mark.parametrize(("notes", "waits"), [(one.text, one.waits) for one in SENTENCES if one.waits])
def test_a_sentence_that_lets_the_task_wait_is_understood(notes: str, waits: tuple[str, ...]) -> None:
    if waits == ("?",):  # for people, in whatever words
        named = _named_in(notes)
        assert named and all(words.startswith("?") for words in named)
    else:
        assert sorted(_named_in(notes)) == sorted(waits)


@pytest.mark.parametrize("notes", [one.text for one in SENTENCES if not one.waits])
def test_a_sentence_that_only_looks_like_waiting_blocks_nothing(notes: str) -> None:
    assert _named_in(notes) == []


@pytest.mark.parametrize(
    ("name", "waits"),
    [
        ("Delete the bucket (blocked by #11)", [TRAIN]),
        ("Delete the bucket [waits for #11 and Card layout]", [TRAIN, LAYOUT]),
        ("Delete the bucket - blocked by #99", ["#99"]),
        ("Login page (after the redesign)", []),
        ("Crash (after #11 was merged)", [TRAIN]),
        ("Show what blocks #11 (see Card layout)", []),
    ],
)
def test_what_a_name_says_in_brackets_counts_where_it_names_a_task(name: str, waits: list[str]) -> None:
    assert sorted(_named_in("", name)) == sorted(waits)


def test_a_name_is_known_by_its_first_words_where_they_tell_that_it_is_done() -> None:
    widget = task("Move the partner widget to /v2/search")
    one = task("Delete the route", notes="Once the partner widget has been moved to v2 we delete the route.")
    assert [named.gid for named in Index(tasks=[widget, one]).named_by(one)] == [widget.gid]
    other = task("Move the partner widget to the new design")
    assert Index(tasks=[widget, other, one]).named_by(one) == (), "of two that begin so, none is guessed"


def test_a_name_is_known_without_its_area_where_enough_is_left() -> None:
    freeze, one = task("Release 24.11: code freeze"), task("QA round", notes="Starts after the 24.11 code freeze.")
    assert [named.gid for named in Index(tasks=[freeze, one]).named_by(one)] == [freeze.gid]
