"""What tests of the Claude adapter share: the real CLI, a launcher, and one way to start a run."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from aegis.adapters.claude import run_claude
from aegis.adapters.claude_cli import find_cli
from aegis.adapters.process import ProcessRef, with_environment
from aegis.core.claude_options import ClaudeOptions
from aegis.core.environment import child_environment
from aegis.core.models import ClaudeRun
from aegis.core.redaction import Redactor


class PlainLaunch:
    """A command line started by bash, as ShellOperation does it, without Prefect."""

    def __init__(self, command: str, env: Mapping[str, str], cwd: Path) -> None:
        self._process = subprocess.Popen(["bash", "-c", command], env={**os.environ, **env}, cwd=cwd)
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.poll()

    def terminate(self) -> None:
        self._process.terminate()


def real_cli() -> Path:
    return find_cli(None, os.defpath).path


def options(**changes: object) -> ClaudeOptions:
    base = ClaudeOptions(
        model="claude-sonnet-4-5-20250929",
        max_turns=20,
        max_budget_usd=5,
        permission_mode="acceptEdits",
        allowed_tools=("Bash", "Edit", "Write", "Read", "Glob", "Grep"),
        wall_seconds=60,
        session_id=str(uuid.uuid4()),
        stop_grace_seconds=3,
        result_grace_seconds=2,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # test code names fields of the dataclass


@dataclass
class Bench:
    """A place for runs: a code directory, a home of its own, and what the runs said."""

    root: Path
    env: dict[str, str]
    texts: list[str] = field(default_factory=list)
    started: list[tuple[ProcessRef, ProcessRef]] = field(default_factory=list)
    should_stop: Callable[[], bool] = lambda: False
    secrets: tuple[str, ...] = ()

    @property
    def code(self) -> Path:
        return self.root / "code"

    @property
    def log_file(self) -> Path:
        return self.root / "logs" / "project.log"

    def run_dir(self, name: str) -> Path:
        return self.root / "runs" / name

    async def run(
        self,
        prompt: str = "Please do the work.",
        *,
        cli: Path | None = None,
        name: str = "",
        env: Mapping[str, str] | None = None,
        **changes: object,
    ) -> ClaudeRun:
        name = name or uuid.uuid4().hex
        try:
            return await run_claude(
                cli=cli or real_cli(),
                options=options(**changes),
                prompt=f"{prompt}\nWorking directory: {self.code}\n",
                cwd=self.code,
                run_dir=self.run_dir(name),
                env={**self.env, **(env or {})},
                redactor=Redactor(self.secrets),
                log_file=self.log_file,
                header="A task",
                launch=PlainLaunch,
                on_text=lambda text: self.texts.append(text[:2000]),
                on_started=lambda supervisor, agent: self.started.append((supervisor, agent)),
                should_stop=self.should_stop,
            )
        finally:
            assert with_environment(f"AEGIS_EXECUTION_ID={name}") == (), "a process stayed behind"


def bench(root: Path, model_url: str) -> Bench:
    (root / "code").mkdir(parents=True)
    (root / "home").mkdir()
    base = {
        "PATH": os.environ["PATH"],
        "HOME": str(root / "home"),
        "ANTHROPIC_BASE_URL": model_url,
        "ANTHROPIC_API_KEY": "sk-test-0123456789",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    return Bench(root, child_environment(base, {}, ()))
