"""The learned weights belong to the corpus, and decide only what no rule says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.index import Index
from aegis.core.learned import Weights, ngrams
from aegis.core.services import required_services
from benchmarks.support.learn import SUBJECTS, Example, Subject, corpus_hash, learned
from tests.core.builders import task


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda one: one.file.parent.name)
def test_the_weights_were_learned_from_the_corpus_as_it_is(subject: Subject) -> None:
    document = json.loads(subject.file.read_text(encoding="utf-8"))
    assert document["corpus"] == corpus_hash(), "the labelled texts have changed: run `make learn`"
    assert len(document["weights"]) > 1000


def test_what_tells_is_learned_and_the_same_examples_give_the_same_weights() -> None:
    examples = [Example(frozenset({"waits", word}), True) for word in "abc" * 5]
    examples += [Example(frozenset({"mentions", word}), False) for word in "abc" * 5]
    bias, weights = learned(examples, 0.01)
    assert weights["waits"] > 1 > -1 > weights["mentions"]
    assert (bias, weights) == learned(examples, 0.01)


def test_a_score_is_the_sum_of_what_is_there_each_once(tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    file.write_text(json.dumps({"bias": -1, "weights": {"a": 2.5, "b": -4}}))
    weights = Weights(file)
    assert weights.score(["a", "a", "unknown"]) == 1.5 and weights.score([]) == -1 and weights.score("ab") == -2.5


@given(st.lists(st.text(max_size=5), max_size=6), st.integers(1, 4))
def test_ngrams_are_the_words_in_a_row(words: list[str], longest: int) -> None:
    found = list(ngrams(words, longest))
    assert len(found) == sum(max(0, len(words) - length + 1) for length in range(1, longest + 1))


def test_a_sentence_that_no_rule_reads_is_judged_by_its_words() -> None:
    layout = task("Card layout")
    one = task(
        "Page", notes="Hold your horses, the Card layout is what we are all looking at before a line of this is typed."
    )
    assert [named.gid for named in Index(tasks=[layout, one]).named_by(one)] == [layout.gid]
    other = task("Page", notes="The page looks better with the Card layout, says Kim.")
    assert Index(tasks=[layout, other]).named_by(other) == ()


def test_what_is_asked_for_in_so_many_words_is_no_matter_of_weights() -> None:
    notes = "Unit tests are enough, mocks do it, nobody needs containers.\n\nRequires Redis."
    assert [str(one) for one in required_services(task("Cache", notes=notes))] == ["Redis"]
