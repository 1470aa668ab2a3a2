"""Weights learned from the labelled texts, for what no rule says outright: the words themselves decide then.

A logistic regression over the presence of features (n-grams around a name, mostly). `benchmarks/support/learn.py`
learns the weights from the half of the corpus that may be looked at, and writes them beside the module that uses them;
the corpus' README says what they gain. Nothing is learned while Aegis runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path


class Weights:
    """Weights of features, read at the first use."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def _learned(self) -> tuple[float, dict[str, float]]:
        document = json.loads(self._file.read_text(encoding="utf-8"))
        return float(document["bias"]), {str(name): float(weight) for name, weight in document["weights"].items()}

    def score(self, features: Iterable[str]) -> float:
        """The log odds that what has these features is so: 0 is as likely as not, 3 is nineteen times out of twenty."""
        bias, weights = self._learned
        return bias + sum(weights.get(one, 0.0) for one in set(features))


def ngrams(words: list[str], longest: int, kind: str = "") -> Iterable[str]:
    """The words in a row, of each length up to the longest, marked as of this kind."""
    for length in range(1, longest + 1):
        for at in range(len(words) - length + 1):
            yield f"{kind}{length}:{' '.join(words[at : at + length])}"
