"""Ctrl-C and SIGTERM for a command that stops in steps: they are counted, and wake its waiting."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType, TracebackType


class Interrupted(KeyboardInterrupt):
    """A signal came before there was anything to stop in steps."""


class Signals:
    """Counts SIGINT and SIGTERM within its context. Until `count_only`, the first raises Interrupted."""

    def __init__(self) -> None:
        self.count = 0
        self.first = 0
        self._raising = True
        self._old: dict[int, object] = {}

    def __enter__(self) -> Signals:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._old[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for number, old in self._old.items():
            signal.signal(number, old)  # type: ignore[arg-type]  # what signal.signal gave back
        os.close(self._reader)
        os.close(self._writer)

    def count_only(self) -> None:
        """From now on a signal raises nothing."""
        self._raising = False

    def wait(self, seconds: float) -> bool:
        """Wait, at most so long, for the next signal; True where one came."""
        if select.select([self._reader], [], [], max(seconds, 0))[0]:
            os.read(self._reader, 4096)
            return True
        return False

    @property
    def exit_code(self) -> int:
        """What the command ends with: 130 after Ctrl-C, 0 after SIGTERM, which asked for an orderly end."""
        return 130 if self.first == signal.SIGINT else 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self.first = self.first or number
        if self._raising:
            self._raising = False  # what is cleared away now is not interrupted again
            raise Interrupted
        try:
            os.write(self._writer, b"!")
        except BlockingIOError:
            return
