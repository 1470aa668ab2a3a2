"""Whether a silent agent works: a long build says nothing for an hour and is no stall, a hung connection is one.

Judged by what its processes use. What the agent started counts with any CPU time or I/O; the CLI itself always ticks a
little (about 1 % of a core and 100 bytes/s while it waits for a model that never answers, measured with 2.1.330), so
it counts only beyond that.
"""

from __future__ import annotations

import time

from aegis.adapters.process import ProcessRef, descendants, work_of

_CLI_SHARE = 0.05
_CLI_BYTES = 10_000
_LONGEST_LOOK = 15.0


class Activity:
    """Looks at an agent's family every now and then."""

    def __init__(self, supervisor: ProcessRef, agent: ProcessRef, stall_seconds: float) -> None:
        self._supervisor = supervisor
        self._agent = agent
        self._every = min(_LONGEST_LOOK, stall_seconds / 4)
        self._looked = time.monotonic()
        self._before = self._look()
        self.last_work = self._looked

    def idle_for(self) -> float:
        """Seconds since the family was last seen to work."""
        now = time.monotonic()
        if now - self._looked >= self._every:
            after = self._look()
            if self._worked(after, now - self._looked):
                self.last_work = now
            self._before, self._looked = after, now
        return now - self.last_work

    def _look(self) -> dict[ProcessRef, tuple[float, int]]:
        family = {self._agent, *descendants(self._supervisor.pid)}
        return {ref: work_of(ref.pid) for ref in family}

    def _worked(self, after: dict[ProcessRef, tuple[float, int]], seconds: float) -> bool:
        for ref, (cpu, moved) in after.items():
            if ref not in self._before and ref != self._agent:
                return True  # it was started since
            cpu_before, moved_before = self._before.get(ref, (cpu, moved))
            if ref == self._agent:
                worked = cpu - cpu_before > _CLI_SHARE * seconds or moved - moved_before > _CLI_BYTES * seconds
            else:
                worked = cpu > cpu_before or moved > moved_before
            if worked:
                return True
        return False
