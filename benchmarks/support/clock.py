"""Repetitions that share the machine's moods, A B C, A B C, ..., and what is told of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """The repetitions of one measurement, in seconds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    def beyond(self, other: Sample) -> Sample:
        """What each repetition took more than the other's of the same turn."""
        return Sample(tuple(mine - theirs for mine, theirs in zip(self.values, other.values, strict=True)))


@dataclass(frozen=True)
class Size:
    """How much is measured; `quick` is for a first look, and for the test that this runs at all."""

    quick: bool = False

    def of(self, full: int, quick: int) -> int:
        """So many repetitions, tasks or megabytes."""
        return quick if self.quick else full


def interleaved(actions: Mapping[str, Callable[[], float]], repetitions: int) -> dict[str, Sample]:
    """Each action's seconds, taken in turns, so that a busy moment of the machine meets all of them alike."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(repetitions):
        for name, action in actions.items():
            taken[name].append(action())
    return {name: Sample(tuple(values)) for name, values in taken.items()}
