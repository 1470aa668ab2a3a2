"""Repetitions that share the machine's moods, A B C, A B C, ..., and what is told of them."""

from __future__ import annotations

import resource
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """The repetitions of one measurement, in seconds: wall clock, and CPU of the processes that were waited for."""

    values: tuple[float, ...]
    cpu: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def cpu_median(self) -> float:
        """The middle one's CPU seconds: what a busy machine disturbs less."""
        return statistics.median(self.cpu)

    def beyond(self, other: Sample) -> Sample:
        """What each repetition took more than the other's of the same turn."""
        wall = tuple(mine - theirs for mine, theirs in zip(self.values, other.values, strict=True))
        return Sample(wall, tuple(mine - theirs for mine, theirs in zip(self.cpu, other.cpu, strict=True)))


@dataclass(frozen=True)
class Size:
    """How much is measured; `quick` is for a first look, and for the test that this runs at all."""

    quick: bool = False

    def of(self, full: int, quick: int) -> int:
        """So many repetitions, tasks or megabytes."""
        return quick if self.quick else full


def interleaved(actions: Mapping[str, Callable[[], float]], repetitions: int) -> dict[str, Sample]:
    """Each action's seconds, taken in turns, so that a busy moment of the machine meets all of them alike."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in actions}
    for _ in range(repetitions):
        for name, action in actions.items():
            before = _cpu_of_children()
            taken[name].append((action(), _cpu_of_children() - before))
    return {name: Sample(tuple(w for w, _ in both), tuple(c for _, c in both)) for name, both in taken.items()}


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
