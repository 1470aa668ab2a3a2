"""Asana's rate limit, as the sandbox enforces it where it is told to: refused requests count too."""

from __future__ import annotations

import collections
import threading
import time

WINDOW_SECONDS = 60.0


class RateLimit:
    """So many requests a token within any window; `worst` is the most that came in one, refused ones included."""

    def __init__(self, per_window: int, window_seconds: float = WINDOW_SECONDS) -> None:
        self.per_window = per_window
        self.window_seconds = window_seconds
        self.worst = 0
        self.refused = 0
        self._sent: dict[str, collections.deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, token: str, count: int) -> float | None:
        """Count requests; the seconds after which to come again where they are too many, None where they are not."""
        with self._lock:
            now = time.monotonic()
            sent = self._sent.setdefault(token, collections.deque())
            while sent and now - sent[0] > self.window_seconds:
                sent.popleft()
            sent.extend([now] * count)
            self.worst = max(self.worst, len(sent))
            if len(sent) <= self.per_window:
                return None
            self.refused += 1
            return max(0.0, self.window_seconds - (now - sent[0]))
