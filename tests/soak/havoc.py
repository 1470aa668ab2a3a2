"""The killer: does what the plan says, to whoever is there then, and notes it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aegis.adapters.executions import Executions
from aegis.adapters.prefect_server import answers
from aegis.adapters.process import ProcessRef, alive, kill_all, send
from aegis.adapters.run_files import read_pids
from aegis.adapters.sessions import Sessions
from aegis.sandbox.faults import Faults
from tests.soak.plan import Deed, Victim
from tests.soak.team import Part, Team

_PATIENCE_SECONDS = 60.0
"""How long a deed waits for somebody to do it to."""


@dataclass
class Havoc:
    """One soak's misdeeds; `done` is what became of each kill, for people and for the count."""

    team: Team
    faults: Faults
    sleep_seconds: float
    say: Callable[[str], None]
    done: list[tuple[Deed, int]] = field(default_factory=list)
    _sleepers: list[threading.Timer] = field(default_factory=list)

    def run(self, deeds: Iterable[Deed], seconds: float, calm_seconds: float, over: Callable[[], bool]) -> None:
        """Do them one after the other for so many seconds, or until `over` says so; then Asana is well again.

        In the middle nothing goes wrong for `calm_seconds`: whoever lives through them shows whether it grows.
        """
        began = time.monotonic()
        waited = 0.0
        for deed in deeds:
            if calm_seconds and time.monotonic() - began > (seconds - calm_seconds) / 2:
                self.say(f"{time.monotonic() - began:.1f} s: calm for {calm_seconds:.0f} s")
                waited, over_at, calm_seconds = waited + calm_seconds, time.monotonic() + calm_seconds, 0
                while time.monotonic() < over_at and not over():
                    time.sleep(0.2)
            while (left := deed.at + waited - (time.monotonic() - began)) > 0 and not over():
                time.sleep(min(left, 0.2))
            if over() or time.monotonic() - began > seconds:
                break
            if deed.fault is not None:
                self.faults.clear()  # the last one is over, whether it hit anybody or not
                self.faults.add(deed.fault)
            elif deed.victim is not None:
                asked = time.monotonic()
                self.done.append((deed, self._kill(deed, deed.victim, began + seconds)))
                waited += time.monotonic() - asked
                self.say(f"{time.monotonic() - began:.1f} s: {deed.victim} ({self.done[-1][1]} processes)")
        self.faults.clear()

    def awake(self) -> None:
        """Let all that sleep go on, and wait for it."""
        for timer in self._sleepers:
            timer.join()

    def count(self) -> int:
        """How many deeds found somebody."""
        return sum(count > 0 for _, count in self.done)

    def _kill(self, deed: Deed, victim: Victim, latest: float) -> int:
        """Returns how many processes it hit; it waits for one until `latest` at most."""
        deadline = min(time.monotonic() + _PATIENCE_SECONDS, latest)
        while not (found := self._candidates(victim)) and time.monotonic() < deadline:
            time.sleep(0.3)
        if not found:
            return 0
        chosen = found[int(deed.pick * len(found))]
        if victim == "sleeper":
            self._put_to_sleep(chosen)
        else:
            kill_all(chosen)
        return len(chosen)

    def _put_to_sleep(self, refs: Sequence[ProcessRef]) -> None:
        send(refs, signal.SIGSTOP)
        timer = threading.Timer(self.sleep_seconds, send, (refs, signal.SIGCONT))
        timer.start()
        self._sleepers.append(timer)

    def _candidates(self, victim: Victim) -> list[tuple[ProcessRef, ...]]:
        """Whoever may be hit now, each with all that dies with it."""
        match victim:
            case "agent":
                return [(agent,) for _, agent in self._supervised()]
            case "supervisor":
                return [(supervisor,) for supervisor, _ in self._supervised()]
            case "session" | "sleeper":
                return self._sessions("work-on")
            case "orchestrator":
                return self._sessions("orchestrate")
            case "server":
                up = self.team.server.lives and answers(self.team.api)
                return [(ProcessRef.of(self.team.server.pid),)] if up else []
            case "worker":
                return [(ProcessRef.of(one.pid),) for one in self._at_work()]
            case "machine":
                return [one.family() for one in self._at_work()]

    def _at_work(self) -> list[Part]:
        """The workers that execute something now."""
        return [one for one in self.team.workers if len(one.family()) > 1]

    def _supervised(self) -> list[tuple[ProcessRef, ProcessRef]]:
        """The supervisors that run now, each with its agent."""
        found = []
        for run_dir in self._run_dirs():
            pids = read_pids(run_dir)
            if pids is not None and all(map(alive, pids)):
                found.append(pids)
        return found

    def _run_dirs(self) -> list[Path]:
        """The directories of the runs that have not ended, as the database knows them."""
        return [Path(one.run_dir) for one in Executions(self.team.database).running()]

    def _sessions(self, flow: str) -> list[tuple[ProcessRef, ...]]:
        """The processes in which a flow of ours runs now."""
        owners = [row.owner for row in Sessions(self.team.database).running(flow)]
        refs = [ProcessRef(owner.pid, owner.started) for owner in owners]
        return [(ref,) for ref in refs if alive(ref) and _runs(ref)]


def _runs(ref: ProcessRef) -> bool:
    """Whether it is not stopped already."""
    with suppress(OSError):
        return Path(f"/proc/{ref.pid}/stat").read_text().rpartition(")")[2].split()[0] not in "Tt"
    return False
