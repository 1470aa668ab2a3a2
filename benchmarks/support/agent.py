"""One run of the Claude adapter in a process of its own, which then tells its memory: idle before it, and the most.

Run as `python -m benchmarks.support.agent FOLDER CLI`; prints one JSON object, in megabytes.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import sys
import uuid
from pathlib import Path

from aegis.adapters.claude import ClaudeOptions, run_claude
from aegis.core.environment import child_environment
from aegis.core.models import ClaudeRun
from aegis.core.redaction import Redactor
from tasks.launch import shell_operation

_TO_MEGABYTES = 1024 if sys.platform.startswith("linux") else 1024 * 1024


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _TO_MEGABYTES


async def _run(folder: Path, cli: Path) -> ClaudeRun:
    name = uuid.uuid4().hex
    return await run_claude(
        cli=cli,
        options=ClaudeOptions("claude", 20, 5, "acceptEdits", ("Bash",), 600, str(uuid.uuid4())),
        prompt="Please do the work.",
        cwd=folder,
        run_dir=folder / name,
        env=child_environment(os.environ, {}, ()),
        redactor=Redactor(("a-secret-of-the-benchmark",)),
        log_file=folder / "agent.log",
        header="A task",
        launch=shell_operation,
        on_text=lambda text: None,
        on_started=lambda supervisor, agent: None,
        should_stop=lambda: False,
    )


def main(folder: Path, cli: Path) -> None:
    """Run, and print idle and peak of this process, and how the run ended."""
    gc.collect()
    idle = _peak()
    run = asyncio.run(_run(folder, cli))
    document = {"idle": idle, "peak": _peak(), "ending": run.ending.value}
    sys.stdout.write(json.dumps(document) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
