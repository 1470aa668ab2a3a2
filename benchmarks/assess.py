"""The judgement over 10,000 tasks with 30,000 dependencies: native ones, and ones that texts name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from aegis.core.facts import Facts, survey
from aegis.core.models import AsanaTask, Project
from aegis.core.readiness import assess
from benchmarks.support.clock import Size
from benchmarks.support.table import Row, Table, at_most, seconds

MOST_SECONDS = 1.0
_PROJECT = Project(gid="1", name="Large", notes="Code Location: /code", log_slug="large")
_NOW = datetime(2026, 11, 25, tzinfo=UTC)


def measure(size: Size) -> Iterator[Table]:
    """The best of a few; facts are made anew each time, since they remember what they found."""
    count = size.of(10_000, 1_000)
    most = MOST_SECONDS * count / 10_000
    native = min(_took(lambda: assess(_facts(_linked(count)))) for _ in range(3))
    texts = min(_took(lambda: assess(_facts(_told(count)))) for _ in range(2))
    looked = min(_took(lambda: survey(_facts(_told(count)))) for _ in range(2))
    yield Table(
        f"{count} tasks, {3 * count} dependencies",
        [
            at_most("judged, all native", native, most, ratio=f"{native / count * 1e6:.0f} us a task"),
            Row("judged, one in three named in a text", seconds(texts), f"{texts / native:.1f} x all native"),
            Row("  what must still be fetched for it", seconds(looked)),
        ],
    )


def _took(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def _facts(tasks: list[AsanaTask]) -> Facts:
    return Facts(project=_PROJECT, tasks=tuple(tasks), now=_NOW)


def _linked(count: int) -> list[AsanaTask]:
    return [AsanaTask(gid=str(100 + n), name=f"Part {n:05}", dependencies=_before(n, 3)) for n in range(count)]


def _told(count: int) -> list[AsanaTask]:
    return [
        AsanaTask(
            gid=str(100 + n),
            name=f"Part {n:05}",
            dependencies=_before(n, 2),
            notes=f"Some words about it.\n\nDepends on: Part {max(0, n - 7):05}",
        )
        for n in range(count)
    ]


def _before(n: int, links: int) -> tuple[str, ...]:
    return tuple(str(100 + n - back) for back in (1, 11, 101)[:links] if n >= back)
