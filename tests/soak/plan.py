"""What happens when in a soak: a pure function of the seed, so that a seed repeats it."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aegis.sandbox.faults import Fault

Victim = Literal["agent", "supervisor", "session", "worker", "orchestrator", "server", "machine", "sleeper"]
"""Who is killed with -9; `machine` is a worker with all that it started, `sleeper` is a session that is only stopped
(SIGSTOP), as a laptop that sleeps, and goes on when its claim is over."""

_LIGHT: tuple[Victim, ...] = (*("agent", "agent", "agent", "session", "session", "session"), "supervisor", "sleeper")
_HEAVY: tuple[Victim, ...] = ("orchestrator", "worker", "server", "machine")
"""In a round each of these comes once, after two of the others: work must have gone on between two of them."""
_WEATHER = (
    Fault(kind="status", status=429, retry_after=1),
    Fault(kind="status", status=500),
    Fault(kind="status", status=503, retry_after=1),
    Fault(kind="status_after", status=504),
    Fault(kind="reset"),
    Fault(kind="reset_after"),
    Fault(kind="html"),
    Fault(kind="malformed"),
    Fault(kind="latency", seconds=1.0),
)


@dataclass(frozen=True)
class Deed:
    """Something bad: a kill, with `pick` (0 to 1) to choose among many, or a fault of Asana's.

    `at` is the second at which it comes at the earliest: it waits until there is somebody to do it to, and then all
    that follows comes later by as much. So a slow machine has the same sequence as a fast one.
    """

    at: float
    victim: Victim | None = None
    pick: float = 0.0
    fault: Fault | None = None


def kills(seed: int, every: tuple[float, float]) -> Iterator[Deed]:
    """One after the other for ever, in rounds of twelve."""
    dice = random.Random(f"kills {seed}")
    at = 0.0
    while True:
        light, heavy = dice.sample(_LIGHT, len(_LIGHT)), dice.sample(_HEAVY, len(_HEAVY))
        for turn, last in enumerate(heavy):
            for victim in (*light[2 * turn : 2 * turn + 2], last):
                at += dice.uniform(*every)
                yield Deed(at, victim=victim, pick=dice.random())


def weather(seed: int, every: tuple[float, float]) -> Iterator[Deed]:
    """Asana's faults, one after the other for ever; writes are hit as often as reads, though they are fewer."""
    dice = random.Random(f"weather {seed}")
    at = 0.0
    while True:
        at += dice.uniform(*every)
        method = dice.choice(("GET", "POST", "PUT"))
        fault = dice.choice(_WEATHER).model_copy(update={"method": method, "times": dice.choice((1, 1, 2, 3))})
        yield Deed(at, pick=dice.random(), fault=fault)


def plan(seed: int, *, kill_every: tuple[float, float], fault_every: tuple[float, float]) -> Iterator[Deed]:
    """All that happens, in order, for ever."""
    return heapq.merge(kills(seed, kill_every), weather(seed, fault_every), key=lambda deed: deed.at)
