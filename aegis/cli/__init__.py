"""The command line: parse, call, print. Importing this loads nothing heavy; commands are loaded when they run."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from aegis.cli.app import app
from aegis.cli.errors import run

__all__ = ["app", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    try:
        return run(app, list(sys.argv[1:] if arguments is None else arguments))
    finally:
        gc.freeze()  # what lives now ends with the process: nothing of it need be searched before
