"""The product as its users run it: the `aegis` command as a process, on real parts that misbehave on purpose."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aegis.adapters.database import Database, open_database
from aegis.adapters.executions import ExecutionRow, Executions
from aegis.adapters.prefect_server import LocalServer
from aegis.sandbox.model import Rule, Script, ScriptedModel, ToolCall, Turn
from tests.worlds import TOKEN, World, world

DONE = Turn(text="All is done.", reply={"status": "done", "summary": "Wrote the file."})
KEY = "sk-test-key-0123456789"


def writes(name: str, content: str = "written\n") -> Turn:
    """The model writes a file."""
    return Turn(
        text=f"I write {name}.",
        tools=(ToolCall(name="Write", input={"file_path": f"$CWD/{name}", "content": content}),),
    )


def runs(command: str) -> Turn:
    """The model runs a command."""
    return Turn(tools=(ToolCall(name="Bash", input={"command": command, "description": "a command"}),))


@dataclass
class Product:
    """A world, a model, a code directory and the environment of the command."""

    root: Path
    world: World
    model: ScriptedModel
    env: dict[str, str]
    database_url: str | None = None
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def code(self) -> Path:
        return self.root / "code"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def log(self) -> str:
        return (self.root / "logs" / "aegis.log").read_text()

    def script(self, *rules: Rule, default: Turn = DONE) -> None:
        self.model.script = Script(rules=rules, default=default)

    def every_task(self, *turns: Turn) -> None:
        self.script(Rule(match="Task: |Go on with the task", turns=turns))

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """A command in a process of its own, not waited for."""
        process = subprocess.Popen(
            [sys.executable, "-m", "aegis", *arguments],
            cwd=self.root,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str, code: int | None = 0, **env: str) -> subprocess.CompletedProcess[str]:
        """A command, to its end; its exit code is checked unless `code` is None."""
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=120)
        done = subprocess.CompletedProcess(arguments, process.returncode, out, err)
        if code is not None:
            assert done.returncode == code, f"{out}\n{err}"
        return done

    @contextmanager
    def database(self) -> Iterator[Database]:
        with open_database(self.database_url, self.home) as database:
            yield database

    def executions(self) -> list[ExecutionRow]:
        """Oldest first."""
        with self.database() as database:
            return Executions(database).recent(100)[::-1]

    def prompts(self) -> int:
        """How many conversations or resumptions the model was asked for."""
        return len(set(self.model.prompts()))

    def done_comments(self, gid: str) -> list[str]:
        return [text for text in self.world.store.comments(gid) if text.startswith("✓")]

    def processes(self) -> list[int]:
        """Living processes that belong to this product: any that carry its home or code directory."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                environ = (entry / "environ").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if state != "Z" and str(self.root).encode() in environ + (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        return found


def wait_until(condition: Callable[[], Any], seconds: float = 40, what: str = "it") -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.03)


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "prefect"


def prefect_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the Prefect server that the tests share."""
    return _prefect_home(tmp_path_factory) / "prefect" / "prefect.db"


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server for all tests: ours, started as the product starts it, shared by the test processes."""
    home = _prefect_home(tmp_path_factory)
    server = LocalServer(home, 60, dict(os.environ))
    with server.in_use():
        info = server.begin()
        server.wait(info)
        if info.started_now:
            _copy(prefect_file(tmp_path_factory), home / "empty.db")
        yield info.api_url
    if not server.users():
        server.stop()


@pytest.fixture(scope="session")
def prefect_database(prefect_api: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a Prefect server as it is after its first start: making one takes longer than all the rest."""
    copy = _prefect_home(tmp_path_factory) / "empty.db"
    wait_until(copy.exists, what="the test process that has started the server")
    return copy


def _copy(database: Path, copy: Path) -> None:
    scratch = copy.with_suffix(".tmp")
    with closing(sqlite3.connect(database, timeout=60)) as here, closing(sqlite3.connect(scratch)) as there:
        here.backup(there)
    scratch.replace(copy)


@contextmanager
def product_at(root: Path, prefect_api: str | None, database_url: str | None = None) -> Iterator[Product]:
    """A product in a folder; with a Prefect server that is there, or its own."""
    code = root / "code"
    code.mkdir(parents=True)
    (root / "user").mkdir()
    docker = root / "bin" / "docker"  # a Docker without containers, whatever this machine has
    docker.parent.mkdir()
    docker.write_text("#!/bin/sh\n")
    docker.chmod(0o755)
    with ExitStack() as stack:
        here = stack.enter_context(world(notes=f"Code Location: {code}"))
        model = stack.enter_context(ScriptedModel())
        env = {
            "PATH": f"{docker.parent}:{os.environ['PATH']}",
            "HOME": str(root / "user"),
            "IS_SANDBOX": "1",
            "ASANA_BASE_URL": here.sandbox.api_url,
            "ASANA_ACCESS_TOKEN": TOKEN,
            "ASANA_WORKSPACE_GID": here.store.workspace_gid,
            "ASANA_PORTFOLIO_GID": here.portfolio,
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": model.url,
            "CLAUDE_CODE_MAX_RETRIES": "0",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "AEGIS_HOME": str(root / "home"),
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        if prefect_api is not None:
            env["PREFECT_API_URL"] = prefect_api
        if database_url is not None:
            env["DATABASE_URL"] = database_url
        made = Product(root, here, model, env, database_url)
        try:
            yield made
        finally:
            for process in made.started:
                if process.poll() is None:
                    kill(process)


@pytest.fixture
def product(tmp_path: Path, prefect_api: str) -> Iterator[Product]:
    """The product on SQLite."""
    with product_at(tmp_path, prefect_api) as made:
        yield made


@pytest.fixture
def product_on_both(tmp_path: Path, prefect_api: str, database_url: str | None) -> Iterator[Product]:
    """The product on SQLite, and again on PostgreSQL."""
    with product_at(tmp_path, prefect_api, database_url) as made:
        yield made


def dump(product: Product) -> dict[str, list[dict[str, Any]]]:
    """All tables as they are, to compare before and after."""
    from sqlalchemy import select

    from aegis.adapters.tables import metadata

    if not (product.home / "aegis.db").exists() and product.database_url is None:
        return {}
    with product.database() as database, database.transaction() as connection:
        return {
            name: [json.loads(json.dumps(dict(row._mapping), default=str)) for row in connection.execute(select(table))]
            for name, table in metadata.tables.items()
        }
