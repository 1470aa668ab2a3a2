"""How `aegis start` stops: nothing new is begun, agents get a grace time, then are stopped in steps, resumable."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress

from aegis.adapters.claims import Claims, HeldClaim, Owner, Stop
from aegis.cli.serving import Serving
from aegis.cli.signals import Signals
from aegis.errors import DatabaseError

_STOP_SECONDS = 40.0
"""How long stopped agents may take to end: the CLI's own grace, and what is written after it."""
_END_SECONDS = 45.0
_WHY = "`aegis start` was stopped; the conversation goes on with the next start"


class Stopping:
    """One stop, from its first signal to the end of the last process."""

    def __init__(self, serving: Serving, claims: Claims, signals: Signals, tell: Callable[[str], None]) -> None:
        self._serving = serving
        self._claims = claims
        self._signals = signals
        self._tell = tell
        self._owner = Owner.current()

    def run(self, grace_seconds: float) -> None:
        """Stop, at once where a second signal comes."""
        before = self._signals.count
        self._serving.drain()
        try:
            self._wait_for_agents(before, grace_seconds)
            self._serving.stop()
            self._wait(lambda: self._serving.ended() is not None, _END_SECONDS, before)
        except _AtOnceError:
            self._tell("Stopped at once: what was interrupted goes on with the next start.")
        self._serving.kill()

    def _wait_for_agents(self, before: int, grace_seconds: float) -> None:
        agents = self._agents()
        if agents:
            many = f"{len(agents)} agent{'s' if len(agents) > 1 else ''}"
            self._tell(f"Stopping: {many} at work may finish within {grace_seconds:g} s; once more stops at once.")
        else:
            self._tell("Stopping.")
        if self._wait(self._nothing_runs, grace_seconds, before, show=bool(agents)):
            return
        agents = self._agents()
        if agents:
            self._tell(f"The grace time is over: {len(agents)} stopped, resumable.")
        for agent in agents:
            with suppress(DatabaseError):
                self._claims.ask_to_stop(agent.task_gid, Stop(_WHY))
        self._wait(self._nothing_runs, _STOP_SECONDS, before)

    def _nothing_runs(self) -> bool:
        return not self._serving.work()

    def _agents(self) -> list[HeldClaim]:
        """The claims of the runs that this `aegis start` began; none where the database cannot be asked."""
        ours = {ref.pid: ref for ref in self._serving.work()}
        with suppress(DatabaseError):
            return [
                one
                for one in self._claims.held(here=self._owner)
                if one.owner.host == self._owner.host
                and one.owner.pid_namespace == self._owner.pid_namespace
                and one.owner.pid in ours
            ]
        return []

    def _wait(self, over: Callable[[], bool], seconds: float, before: int, *, show: bool = False) -> bool:
        """Wait until it is over; False where it was not in time. Raises _AtOnceError on a further signal."""
        deadline = time.monotonic() + seconds
        told = math.inf
        while not over():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if show and left < told - 10:
                self._tell(f"  … {math.ceil(left)} s") if told is not math.inf else None
                told = left
            self._signals.wait(min(left, 0.3))
            if self._signals.count > before:
                raise _AtOnceError
        return True


class _AtOnceError(Exception):
    """A second signal came."""
