"""Processes of this machine: who they are, whether they live, and what they started.

Only the standard library, and little of it, since each run of an agent waits for the supervisor, which loads this file
without Aegis's environment (dataclasses alone would be a fifth of its start). Linux is read from /proc, macOS through
`ps`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import NamedTuple

_LINUX = sys.platform.startswith("linux")


class ProcessRef(NamedTuple):
    """A process by its pid and the moment it started, since pids come again."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> ProcessRef:
        """The process that has this pid now; `started` is empty where there is none."""
        return cls(pid, start_of(pid))

    @classmethod
    def current(cls) -> ProcessRef:
        """This process."""
        return cls.of(os.getpid())


def start_of(pid: int) -> str:
    """When the process started, in the system's own words; empty for no such process and for a zombie."""
    if _LINUX:
        stat = _stat(pid)
        return "" if stat is None or stat[0] == "Z" else stat[19]
    return _ps("lstart=", pid)


def alive(ref: ProcessRef) -> bool:
    """Whether this very process still runs."""
    return bool(ref.started) and start_of(ref.pid) == ref.started


def host() -> str:
    """This machine's name."""
    return os.uname().nodename


def boot_id() -> str:
    """What changes with each start of the machine."""
    if _LINUX:
        with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id") as file:  # noqa: PTH123 - small
            return file.read().strip()
        return ""
    return _run(["sysctl", "-n", "kern.boottime"])


def pid_namespace() -> str:
    """Which set of pids this process sees (a container has its own); empty where there are no such sets."""
    with contextlib.suppress(OSError):
        return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - pathlib would resolve the name
    return ""


def parents() -> dict[int, int]:
    """pid -> parent's pid, of all processes that can be seen."""
    if not _LINUX:
        lines = [line.split() for line in _run(["ps", "-axo", "pid=,ppid="]).splitlines()]
        return {int(pid): int(parent) for pid, parent in lines}
    found = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - called often
        if name.isdigit() and (stat := _stat(int(name))) is not None:
            found[int(name)] = int(stat[1])
    return found


def descendants(pid: int) -> tuple[ProcessRef, ...]:
    """All that a process started and what these started, as far as still linked to it."""
    children: dict[int, list[int]] = {}
    for child, parent in parents().items():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    waiting = list(children.get(pid, ()))
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, ())
    return tuple(ref for ref in map(ProcessRef.of, found) if ref.started)


def with_environment(entry: str) -> tuple[ProcessRef, ...]:
    """All processes in whose environment `NAME=value` stands (Linux; elsewhere none): also those that hid."""
    if not _LINUX:
        return ()
    needle = entry.encode()
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123
            if needle in file.read().split(b"\0"):
                found.append(ProcessRef.of(int(name)))
    return tuple(ref for ref in found if ref.started)


def work_of(pid: int) -> tuple[float, int]:
    """CPU seconds and bytes read and written (all descriptors, Linux only) of a process so far; zeros where none is."""
    if not _LINUX:
        return _clock_seconds(_ps("cputime=", pid)), 0
    stat = _stat(pid)
    if stat is None:
        return 0.0, 0
    moved = 0
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/io", encoding="ascii") as file:  # noqa: PTH123
        counts = dict(line.split(":", 1) for line in file)
        moved = int(counts.get("rchar", 0)) + int(counts.get("wchar", 0))
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"), moved


def _clock_seconds(text: str) -> float:
    """`[[hours:]minutes:]seconds` as seconds, as `ps` prints them."""
    seconds = 0.0
    for part in text.replace("-", ":").split(":"):
        with contextlib.suppress(ValueError):
            seconds = seconds * 60 + float(part)
    return seconds


def send(refs: Iterable[ProcessRef], number: int) -> None:
    """Send a signal to those that still are the processes meant."""
    for ref in refs:
        if alive(ref):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(ref.pid, number)


def wait_ended(refs: Iterable[ProcessRef], seconds: float) -> tuple[ProcessRef, ...]:
    """Wait until all have ended, at most `seconds`; those that still live."""
    deadline = time.monotonic() + seconds
    left = tuple(ref for ref in refs if alive(ref))
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = tuple(ref for ref in left if alive(ref))
    return left


def kill_all(refs: Iterable[ProcessRef]) -> None:
    """End them at once."""
    send(refs, signal.SIGKILL)


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on: state, ppid, ..., start time (index 19)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def _ps(column: str, pid: int) -> str:
    state = _run(["ps", "-o", "stat=", "-p", str(pid)])
    return "" if not state or state.startswith("Z") else _run(["ps", "-o", column, "-p", str(pid)])


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
            env={"PATH": "/bin:/usr/bin:/usr/sbin:/sbin", "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
