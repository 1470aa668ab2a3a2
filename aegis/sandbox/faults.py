"""What goes wrong on purpose: an outside world that misbehaves, so that nothing of ours needs to be patched."""

from __future__ import annotations

import re
import threading
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Kind = Literal["status", "status_after", "hang", "hang_after", "reset", "reset_after", "malformed", "html", "latency"]


class Fault(BaseModel):
    """One fault for the next `times` requests that fit.

    `status` answers with it (and Retry-After where named) before anything is applied, `status_after` once it was (a
    balancer's 504, say); `hang` keeps silent for `seconds` (an hour where none are named) before anything is applied,
    `hang_after` once it was; `reset` and `reset_after` break the connection likewise; `malformed` sends half of the
    JSON, `html` a page with 200, both after the request was applied; `latency` only waits. They hold for downloads
    too (`/download/GID/NAME`); there, `malformed` sends half of the file and hangs up.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    method: str | None = None
    path: str | None = None  # a regular expression, searched in the path below /api/1.0, or of a download
    times: int = Field(default=1, ge=1)
    status: int = Field(default=503, ge=400, le=599)
    retry_after: float | None = None
    seconds: float = Field(default=0.0, ge=0)

    @field_validator("path")
    @classmethod
    def _compiles(cls, path: str | None) -> str | None:
        try:
            re.compile(path or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return path


class Faults:
    """The faults that are switched on, in order."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        with self._lock:
            self._faults.append(fault.model_copy())

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[Fault]:
        """Those that are on."""
        with self._lock:
            return [fault.model_copy() for fault in self._faults]

    def take(self, method: str, path: str) -> Fault | None:
        """The first fault that fits this request, which uses it up once."""
        with self._lock:
            for fault in self._faults:
                fits = fault.method in (None, method) and (fault.path is None or re.search(fault.path, path))
                if not fits or fault.times <= 0:
                    continue
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                return fault
        return None
