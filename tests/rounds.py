"""The orchestrator's rounds: a tick, then the runs that it asks for, one round for each line of stdin.

Run as `python -m tests.rounds` in a process of its own, with the environment of the product. Its process pays for the
imports once, where `aegis start` pays for each run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.running import Product


@dataclass
class Rounds:
    """The rounds as a test asks for them."""

    process: subprocess.Popen[str]
    errors: Path

    def next(self) -> dict[str, Any]:
        """One round: `held`, the sentence of a tick that may start nothing, and `runs`, a report for each run."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()[-3000:]
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def rounds(product: Product, **env: str) -> Iterator[Rounds]:
    """A process that makes rounds; it has ended well when the context is left."""
    errors = product.root / "rounds.log"
    with errors.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.rounds"],
            cwd=product.root,
            env={**product.env, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    product.started.append(process)
    yield Rounds(process, errors)
    process.communicate(timeout=60)
    assert process.returncode == 0, errors.read_text()[-3000:]


async def _serve(answers: Any) -> None:
    from flows.orchestrate import orchestrate
    from flows.work_on import work_on

    for _ in sys.stdin:
        tick = await orchestrate(deploy=False)
        runs = [await work_on(project=turn.project_gid, turn=True) for turn in tick.turns]
        told = {"held": tick.held, "runs": [run.model_dump(mode="json", exclude={"assessment"}) for run in runs]}
        answers.write(json.dumps(told) + "\n")
        answers.flush()


if __name__ == "__main__":
    import asyncio
    import gc

    gc.disable()  # as the commands do it while they import
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    asyncio.run(_serve(said))
