"""Two questions to Asana at the same time: each takes a round trip, and neither needs the other's answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def both(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """What the two return; where both fail, the first one's error is raised."""
    with ThreadPoolExecutor(1, thread_name_prefix="aegis-second") as pool:
        later = pool.submit(second)
        return first(), later.result()
