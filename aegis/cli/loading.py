"""How heavy modules are imported: without the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Within this context nothing is collected, and what it made is never looked at again.

    For imports: they make a million objects, all of which stay, and the collector would search them over and over (a
    fifth of the time that importing Prefect takes), then once more at the process's end.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
