"""A place to measure in: the Asana sandbox, the scripted model, the real Claude CLI and a code location of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aegis.adapters.claude_cli import find_cli
from aegis.adapters.prefect_server import LocalServer
from aegis.sandbox.model import Script, ScriptedModel, Turn
from aegis.sandbox.seed import Seed, SeedProject, SeedTask, SeedUser, plant
from aegis.sandbox.server import AsanaSandbox

CHECKOUT = Path(__file__).parents[2]
PROJECT = "Benchmark"
TOKEN = "token-of-the-benchmark"
_LONGEST = 600

WORK = Script(default=Turn(text="All is done.", reply={"status": "done", "summary": "Did it."}))
"""What the model does with every task: it answers at once, so that nothing hides what Aegis adds."""

RECORDER = """#!{python} -IS
import json, os, sys
prompt = sys.stdin.buffer.read()
os.lseek(0, 0, 0)
with open({record!r}, "w") as file:
    json.dump({{"argv": sys.argv[1:], "env": dict(os.environ), "prompt": prompt.decode()}}, file)
os.execv({cli!r}, [{cli!r}, *sys.argv[1:]])
"""
"""Stands before the CLI once, and notes how Aegis called it; the bare runs are called in the same way."""


@dataclass(frozen=True)
class Done:
    """A command that has ended: its wall-clock seconds, what it printed, and the Asana requests that it sent."""

    seconds: float
    out: str
    requests: int


@dataclass(frozen=True)
class Invocation:
    """How Aegis called the CLI: what a bare run is given too."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    prompt: str

    def fresh(self) -> list[str]:
        """The options for a new conversation: an id serves once."""
        argv = list(self.argv)
        argv[argv.index("--session-id") + 1] = str(uuid.uuid4())
        return argv


class Place:
    """The parts of one benchmark; `asana`, `model` and `env` may be changed by it."""

    def __init__(self, root: Path, asana: AsanaSandbox, model: ScriptedModel) -> None:
        self.root = root
        self.asana = asana
        self.model = model
        self.cli = find_cli(os.environ.get("CLAUDE_PATH"), os.environ.get("PATH", os.defpath)).path
        seed = Seed(
            users=[SeedUser(name="Robin", token=TOKEN)],
            portfolio="Benchmarks",
            portfolio_owner="Robin",
            projects=[SeedProject(name=PROJECT, notes=f"Code Location: {self.code}")],
        )
        self.seeded = plant(asana.store, seed)
        self.env = self._environment()

    @property
    def code(self) -> Path:
        """The code location."""
        return self.root / "code"

    @property
    def home(self) -> Path:
        """AEGIS_HOME."""
        return self.root / "home"

    @property
    def project_gid(self) -> str:
        """The one project."""
        return self.seeded.projects[PROJECT]

    @property
    def server(self) -> LocalServer:
        """Our own Prefect server of this place."""
        return LocalServer(self.home, 60, self.env)

    @property
    def prefect_env(self) -> dict[str, str]:
        """What lets a Prefect program of any kind use the server that is up, as quietly as Aegis does."""
        info = self.server.status()
        return {
            "PREFECT_API_URL": self.env.get("PREFECT_API_URL") or (info.api_url if info else ""),
            "PREFECT_HOME": str(self.home / "prefect"),
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
            "DO_NOT_TRACK": "1",
        }

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.root / "user"),
            "IS_SANDBOX": "1",
            "PYTHONPATH": str(CHECKOUT),
            "ASANA_BASE_URL": self.asana.api_url,
            "ASANA_ACCESS_TOKEN": TOKEN,
            "ASANA_WORKSPACE_GID": self.seeded.workspace_gid,
            "ASANA_PORTFOLIO_GID": self.seeded.portfolio_gid,
            "ANTHROPIC_API_KEY": "scripted-model-needs-no-key",
            "ANTHROPIC_BASE_URL": self.model.url,
            "CLAUDE_PATH": str(self.cli),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            "AEGIS_HOME": str(self.home),
            "LOG_LEVEL": "WARNING",
        }

    def server_up(self) -> None:
        """Have a Prefect server answer: the one that PREFECT_API_URL names, else the place's own."""
        named = os.environ.get("PREFECT_API_URL")
        if named:
            self.env["PREFECT_API_URL"] = named
            return
        self.server.wait(self.server.begin())

    def add_tasks(self, *tasks: SeedTask) -> list[str]:
        """Open tasks at the end of the project; their GIDs."""
        store = self.asana.store
        gids = {one.name: store.add_task(self.project_gid, one.name, notes=one.notes) for one in tasks}
        for one in tasks:
            if one.depends_on:
                store.add_dependencies(gids[one.name], [gids[name] for name in one.depends_on])
        return list(gids.values())

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """A Python process in the place's folder, such as `-m aegis do`."""
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def python(self, *arguments: str, **env: str) -> Done:
        """A Python process to its end; RuntimeError where it fails."""
        self.asana.clear_requests()
        began = time.perf_counter()
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=_LONGEST)
        took = time.perf_counter() - began
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}:\n{out}\n{err}")
        return Done(took, out, sum(one.parts for one in self.asana.asked()))

    def aegis(self, *arguments: str, **env: str) -> Done:
        """An `aegis` command to its end; RuntimeError where it fails."""
        return self.python("-m", "aegis", *arguments, **env)

    def do(self, **env: str) -> Done:
        """`aegis do` on one new task."""
        self.add_tasks(task())
        return self.aegis("do", PROJECT, **env)

    def recorded(self) -> Invocation:
        """One `aegis do`, and how it called the CLI; the first run of anything is not measured."""
        record = self.root / "invocation.json"
        recorder = self.root / "recorder"
        recorder.write_text(RECORDER.format(python=sys.executable, record=str(record), cli=str(self.cli)))
        recorder.chmod(0o755)
        self.do(CLAUDE_PATH=str(recorder))
        document = json.loads(record.read_text())
        called = Invocation(tuple(document["argv"]), document["env"], document["prompt"])
        self.bare(called)
        return called

    def bare(self, called: Invocation) -> float:
        """The seconds of the CLI alone: the same options, prompt, environment and model."""
        prompt = self.root / "prompt.md"
        prompt.write_text(called.prompt)
        with prompt.open("rb") as stdin, (self.root / "bare.out").open("wb") as out:
            command = [str(self.cli), *called.fresh()]
            began = time.perf_counter()
            subprocess.run(command, cwd=self.code, env=dict(called.env), stdin=stdin, stdout=out, check=True)
            return time.perf_counter() - began


def task(name: str = "", notes: str = "Write one file, and say so.", depends_on: tuple[str, ...] = ()) -> SeedTask:
    """A task with a text of the usual kind."""
    return SeedTask(name=name or f"Write a file ({uuid.uuid4().hex[:8]})", notes=notes, depends_on=list(depends_on))


@contextmanager
def place(script: Script = WORK) -> Iterator[Place]:
    """A place in a folder that is gone afterwards, its Prefect server too; its code location is a git repository."""
    root = Path(tempfile.mkdtemp(prefix="aegis-benchmark-"))
    try:
        for folder in ("code", "user", "home"):
            (root / folder).mkdir(mode=0o700)
        _commit(root / "code")
        with AsanaSandbox() as asana, ScriptedModel(script) as model:
            made = Place(root, asana, model)
            try:
                yield made
            finally:
                made.server.stop()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _commit(repository: Path) -> None:
    author = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com", "-c", "commit.gpgsign=false")
    (repository / "README.md").write_text("A place for benchmarks.\n")
    for command in (("init", "-q"), ("add", "."), (*author, "commit", "-q", "-m", "Begin")):
        subprocess.run(["git", *command], cwd=repository, check=True, capture_output=True)
