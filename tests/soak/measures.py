"""Memory and disk over a soak, and the slopes that they must stay under."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from sqlalchemy import text
from sqlalchemy.engine import make_url

from tests.soak.team import Team

EVERY_SECONDS = 5.0
LONG_SECONDS = 400.0
"""A life whose slope tells something: in a shorter one it is that of what is imported and cached."""
WARM_SECONDS = 30.0
"""After so long a process has imported and cached what it needs."""


@dataclass(frozen=True)
class Sample:
    """Megabytes at one moment: `life` tells one process from the next of the same name."""

    at: float
    name: str
    life: int
    megabytes: float


@dataclass
class Measures:
    """Samples of the long-lived processes and the databases; a context manager."""

    team: Team
    samples: list[Sample] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Measures:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end.set()
        assert self._thread is not None
        self._thread.join()
        self._take()

    def _run(self) -> None:
        self._take()
        while not self._end.wait(EVERY_SECONDS):
            self._take()

    def _take(self) -> None:
        now = time.monotonic()
        for part in self.team.parts:
            if part.lives and now - part.up_since > WARM_SECONDS:
                with suppress(OSError):
                    self.samples.append(Sample(now, part.name, part.starts, resident(part.pid)))
        for name, megabytes in sizes(self.team):
            self.samples.append(Sample(now, name, 0, megabytes))

    def growth(self, name: str) -> float:
        """Megabytes from the first sample to the last."""
        of_it = [sample.megabytes for sample in self.samples if sample.name == name]
        return of_it[-1] - of_it[0]

    def most(self, name: str) -> float:
        """The most megabytes at any moment; 0 where it never lived long enough to be measured."""
        return max((sample.megabytes for sample in self.samples if sample.name == name), default=0.0)

    def hourly(self, name: str) -> float:
        """Megabytes an hour by which one life of a process grows at most, in its later half; 0 where none was long."""
        lives: dict[int, list[Sample]] = {}
        for sample in self.samples:
            if sample.name == name:
                lives.setdefault(sample.life, []).append(sample)
        long = [life for life in lives.values() if life[-1].at - life[0].at > LONG_SECONDS]
        return max((slope(life[len(life) // 2 :]) for life in long), default=0.0)


def slope(samples: list[Sample]) -> float:
    """Megabytes an hour, by least squares."""
    count = len(samples)
    middle = sum(one.at for one in samples) / count
    mean = sum(one.megabytes for one in samples) / count
    spread = sum((one.at - middle) ** 2 for one in samples)
    return 3600 * sum((one.at - middle) * (one.megabytes - mean) for one in samples) / spread if spread else 0.0


def resident(pid: int) -> float:
    """What a process holds in memory, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def sizes(team: Team) -> Iterator[tuple[str, float]]:
    """Our database's and Prefect's size, in megabytes."""
    ours = make_url(team.database_url).database
    with team.database.transaction() as connection:
        for name, database in (("aegis", ours), ("prefect", f"{ours}_prefect")):
            query = text("SELECT pg_database_size(:name)")
            yield name, connection.execute(query, {"name": database}).scalar_one() / 1_000_000
