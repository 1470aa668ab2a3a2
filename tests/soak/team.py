"""A team's Aegis in small: PostgreSQL for both databases, a Prefect server, and two workers with homes of their own.

Each part that dies is brought back, as docker or systemd would. The orchestrator is the scheduled deployment, which
one of the workers executes.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from aegis.adapters.database import Database, open_database
from aegis.adapters.prefect_server import answers
from aegis.adapters.process import ProcessRef, descendants
from tests.running import KEY, wait_until
from tests.soak.portfolio import Portfolio
from tests.worlds import TOKEN

ROOT = Path(__file__).parents[2]
PREFECT = Path(sys.executable).with_name("prefect")
AGAIN_SECONDS = 1.0
"""After so long a dead part is brought back."""


@dataclass
class Part:
    """A process that is to be up: its command, and the process while it lives."""

    name: str
    command: list[str]
    cwd: Path
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    up_since: float = 0.0

    def start(self) -> None:
        """Start it."""
        self.starts += 1
        self.up_since = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process is not None
        return self.process.pid

    def family(self) -> tuple[ProcessRef, ...]:
        """Itself and all that it started."""
        return (ProcessRef.of(self.pid), *descendants(self.pid)) if self.lives else ()


@dataclass
class Team:
    """The parts, and a thread that keeps them up."""

    root: Path
    database_url: str
    database: Database
    api: str
    env: dict[str, str]
    server: Part
    workers: list[Part] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def parts(self) -> list[Part]:
        """All of them."""
        return [self.server, *self.workers]

    def keep_up(self) -> None:
        """Bring back what dies, from now on."""
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._end.wait(AGAIN_SECONDS):
            for part in self.parts:
                if not part.lives:
                    part.start()

    def prefect(self, *arguments: str) -> None:
        """One of Prefect's commands, in the checkout."""
        done = subprocess.run(
            [str(PREFECT), *arguments], cwd=self.root / "checkout", env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def post(self, path: str, **body: object) -> httpx.Response:
        """A request to Prefect's API."""
        return httpx.post(f"{self.api}{path}", json=body, timeout=30)

    def stop(self) -> None:
        """SIGTERM for the workers, then for the server."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()
        for parts in (self.workers, [self.server]):
            for part in parts:
                if part.lives and part.process is not None:
                    part.process.terminate()
            for part in parts:
                if part.process is not None:
                    with suppress(subprocess.TimeoutExpired):
                        part.process.wait(20)

    def kill(self) -> None:
        """All at once: for the end of a test that failed."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()
        for ref in self.processes():
            with suppress(ProcessLookupError):
                os.kill(ref, 9)
        for part in self.parts:
            if part.process is not None:
                part.process.wait()

    def processes(self) -> list[int]:
        """Living processes of this team: the parts, and any that carry its folder in command or environment."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with suppress(OSError):
                said = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                if state != "Z" and str(self.root).encode() in said:
                    found.append(int(entry.name))
        return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _server(root: Path, database_url: str, port: int, base: Mapping[str, str]) -> Part:
    """Prefect's server on PostgreSQL, one process, as `prefect server start` runs it."""
    url = make_url(database_url).set(drivername="postgresql+asyncpg", database=_prefect_database(database_url))
    env = {
        **base,
        "PREFECT_HOME": str(root / "server"),
        "PREFECT_API_DATABASE_CONNECTION_URL": url.render_as_string(False),
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    return Part("server", command, root, env, root / "server.log")


def _prefect_database(database_url: str) -> str:
    return f"{make_url(database_url).database}_prefect"


@contextmanager
def _prefects_own(database_url: str) -> Iterator[None]:
    """A database for Prefect beside ours."""
    admin = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    name = _prefect_database(database_url)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _environment(root: Path, work: Portfolio, database_url: str, api: str) -> dict[str, str]:
    docker = root / "bin" / "docker"  # a Docker without containers, whatever this machine has
    docker.parent.mkdir()
    docker.write_text("#!/bin/sh\n")
    docker.chmod(0o755)
    return {
        "PATH": f"{docker.parent}:{os.environ['PATH']}",
        "HOME": str(root / "user"),
        "IS_SANDBOX": "1",
        "PYTHONPATH": str(ROOT),
        "ASANA_BASE_URL": work.sandbox.api_url,
        "ASANA_ACCESS_TOKEN": TOKEN,
        "ASANA_WORKSPACE_GID": work.sandbox.store.workspace_gid,
        "ASANA_PORTFOLIO_GID": work.portfolio,
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": work.model.url,
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DATABASE_URL": database_url,
        "LOG_LEVEL": "WARNING",
        "PREFECT_API_URL": api,
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_WORKER_PREFETCH_SECONDS": "2",
        "DO_NOT_TRACK": "1",
    }


def _checkout(root: Path, tick_seconds: int) -> None:
    """The folder from which it is deployed: ours, with another interval."""
    (root / "checkout").mkdir()
    (root / "checkout" / "flows").symlink_to(ROOT / "flows")
    yaml = (ROOT / "prefect.yaml").read_text()
    assert "- interval: 30 " in yaml
    (root / "checkout" / "prefect.yaml").write_text(yaml.replace("- interval: 30 ", f"- interval: {tick_seconds} "))


@contextmanager
def team(root: Path, work: Portfolio, database_url: str, *, tick_seconds: int = 15, **env: str) -> Iterator[Team]:
    """The whole of it, up and deployed, on a migrated and otherwise empty database of its own."""
    for folder in ("user", "server", "deploy"):
        (root / folder).mkdir(parents=True)
    _checkout(root, tick_seconds)
    port = _free_port()
    api = f"http://127.0.0.1:{port}/api"
    base = _environment(root, work, database_url, api) | env
    with _prefects_own(database_url), open_database(database_url, root) as database:
        made = Team(
            root,
            database_url,
            database,
            api,
            {**base, "PREFECT_HOME": str(root / "deploy"), "AEGIS_HOME": str(root / "deploy")},
            _server(root, database_url, port, {name: base[name] for name in ("PATH", "HOME", "DO_NOT_TRACK")}),
        )
        for name in ("one", "two"):
            homes = {
                "AEGIS_HOME": root / name,
                "LOG_DIR": root / name / "project-logs",
                "PREFECT_HOME": root / f"prefect-{name}",
            }
            command = [str(PREFECT), "worker", "start", "--pool", "aegis", "--name", name]
            worker_env = base | {key: str(path) for key, path in homes.items()}
            made.workers.append(Part(name, command, root / "checkout", worker_env, root / f"worker-{name}.log"))
        try:
            made.server.start()
            wait_until(lambda: answers(api), 120, "the Prefect server")
            made.prefect("work-pool", "create", "aegis", "--type", "process")
            made.prefect("--no-prompt", "deploy", "--all")
            for worker in made.workers:
                worker.start()
            made.keep_up()
            yield made
            made.stop()
        finally:
            made.kill()
