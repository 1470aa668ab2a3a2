"""Our local Prefect server: one for each AEGIS_HOME, started at first use, found again by its address file.

It is a process of its own in a session of its own; its database lies in AEGIS_HOME and nothing of the user's Prefect
home is touched. A keeper (`prefect_keeper.py`) ends it when nobody has used it for a while.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aegis.adapters.files import local, private_directory, write_private
from aegis.adapters.process import ProcessRef, alive, descendants, kill_all, send, wait_ended
from aegis.core.environment import child_environment
from aegis.errors import PrefectUnavailableError

_START_SECONDS = 120.0
_EVENT_DAYS = 2
"""Events are what the UI's feed shows; a tick makes dozens of them, and nothing of ours reads them."""
_KEEPER = Path(__file__).with_name("prefect_keeper.py")
_SERVE = "import gc; gc.disable(); import prefect.server.api.server, uvicorn; gc.freeze(); gc.enable(); uvicorn.main()"
"""`python -m uvicorn`, imported without the garbage collector: it takes a third of the server's start to search modules
that all stay."""


@dataclass(frozen=True)
class ServerInfo:
    """Where our server is; `started_now` where it was started for this caller and may not be ready yet."""

    keeper: ProcessRef
    port: int
    started_now: bool = False

    @property
    def api_url(self) -> str:
        """The API's address, for PREFECT_API_URL."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def ui_url(self) -> str:
        """The UI's address, for people."""
        return f"http://127.0.0.1:{self.port}"


class LocalServer:
    """The server of one AEGIS_HOME."""

    def __init__(
        self, home: Path, idle_minutes: float, environ: Mapping[str, str], *, retention_days: int = 30
    ) -> None:
        self._home = home
        self._idle_seconds = idle_minutes * 60
        self._environ = environ
        self._retention_days = retention_days

    def status(self) -> ServerInfo | None:
        """The running server, None where there is none."""
        try:
            document = json.loads((self._home / "server.json").read_text())
            keeper = ProcessRef(int(document["pid"]), str(document["started"]))
            info = ServerInfo(keeper, int(document["port"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return info if alive(keeper) else None

    def begin(self) -> ServerInfo:
        """The running server, or one that is started now: its address is known, it answers once `wait` returns."""
        private_directory(self._home)
        with local(f"start the local Prefect server in {self._home}"), (self._home / "server.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            info = self.status()
            if info is not None and (self._is_starting(info) or answers(info.api_url)):
                return info
            if info is not None:
                self._end(info)
            self._end_orphan()
            return self._start()

    def _is_starting(self, info: ServerInfo) -> bool:
        """Whether it was started a moment ago and need not answer yet."""
        with suppress(OSError):
            return time.time() - (self._home / "server.json").stat().st_mtime < _START_SECONDS
        return False

    def wait(self, info: ServerInfo) -> None:
        """Wait until the server answers. Raises PrefectUnavailableError."""
        deadline = time.monotonic() + _START_SECONDS
        while not answers(info.api_url):
            if not alive(info.keeper) or time.monotonic() > deadline:
                raise PrefectUnavailableError(
                    "the local Prefect server did not start",
                    hint=f"See {self._log}. AEGIS_PREFECT=ephemeral does without one; `aegis doctor` checks more.",
                )
            time.sleep(0.05)

    @property
    def _log(self) -> Path:
        return self._home / "prefect" / "server.log"

    def _start(self) -> ServerInfo:
        prefect_home = private_directory(self._home / "prefect")
        # left by a server that was killed: a process that has its number now would hold it for ever
        (prefect_home / "concurrency_leases" / "expirations.lock").unlink(missing_ok=True)
        port = _free_port(prefect_home / "port")
        command = [sys.executable, "-c", _SERVE, "--factory", "prefect.server.api.server:create_app"]
        command += ["--host", "127.0.0.1", "--port", str(port), "--timeout-keep-alive", "5", "--log-level", "warning"]
        argv = [sys.executable, "-I", "-S", str(_KEEPER), str(self._home), str(port), str(self._idle_seconds), *command]
        descriptor = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as log:
            keeper = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=prefect_home,
                env=_server_environment(self._environ, prefect_home, port, self._retention_days),
                start_new_session=True,
            )
        return self._wait_for_address(keeper, port)

    def _wait_for_address(self, keeper: subprocess.Popen[bytes], port: int) -> ServerInfo:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and keeper.poll() is None:
            info = self.status()
            if info is not None and info.port == port:
                return ServerInfo(info.keeper, port, started_now=True)
            time.sleep(0.01)
        raise PrefectUnavailableError("the local Prefect server did not start", hint=f"See {self._log}.")

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Within this context the server counts as used."""
        me = ProcessRef.current()
        users = private_directory(private_directory(self._home) / "server-users")
        mine = users / f"{me.pid}-{me.started.replace(' ', '_')}"
        with local(f"write {mine}"):
            mine.touch(mode=0o600)
        try:
            yield
        finally:
            mine.unlink(missing_ok=True)

    def users(self) -> tuple[int, ...]:
        """The pids of the living processes that use the server."""
        found = []
        users = self._home / "server-users"
        with local(f"look into {self._home}"):
            for file in users.iterdir() if users.is_dir() else ():
                pid, _, started = file.name.partition("-")
                if pid.isdigit() and alive(ProcessRef(int(pid), started.replace("_", " "))):
                    found.append(int(pid))
        return tuple(found)

    def stop(self) -> bool:
        """End the server; False where none runs."""
        info = self.status()
        if info is None:
            return self._end_orphan()
        self._end(info)
        return True

    def _end_orphan(self) -> bool:
        """End a server whose keeper was killed; False where there is none."""
        try:
            document = json.loads((self._home / "server.json").read_text())
            server = ProcessRef(int(document["server_pid"]), str(document["server_started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return False
        if not alive(server):
            return False
        kill_all([server, *descendants(server.pid)])
        wait_ended([server], 5)
        return True

    def _end(self, info: ServerInfo) -> None:
        family = descendants(info.keeper.pid)
        send([info.keeper], signal.SIGTERM)
        if wait_ended([info.keeper], 15):
            kill_all([info.keeper])
        kill_all(family)
        with suppress(OSError):
            (self._home / "server.json").unlink()


def answers(api_url: str, seconds: float = 2.0) -> bool:
    """Whether a Prefect server answers at this address."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{api_url.rstrip('/')}/health", timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def configured_api_url(environ: Mapping[str, str], user_home: Path) -> str | None:
    """The server that the user configured: PREFECT_API_URL, else the active Prefect profile's; None for none."""
    if environ.get("PREFECT_API_URL"):
        return environ["PREFECT_API_URL"]
    prefect_home = Path(environ.get("PREFECT_HOME") or user_home / ".prefect")
    profiles = Path(environ.get("PREFECT_PROFILES_PATH") or prefect_home / "profiles.toml")
    try:
        document = tomllib.loads(profiles.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    active = environ.get("PREFECT_PROFILE") or document.get("active")
    profile = (document.get("profiles") or {}).get(active) or {}
    url = profile.get("PREFECT_API_URL")
    return str(url) if url else None


def _free_port(note: Path) -> int:
    """The port of the last time where it is free, so that runs which outlived their server find the next one."""
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            free.bind(("127.0.0.1", int(note.read_text())))
        except (OSError, ValueError, OverflowError):
            free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    write_private(note, str(port).encode())
    return port


def _server_environment(
    environ: Mapping[str, str], prefect_home: Path, port: int, retention_days: int
) -> dict[str, str]:
    """The server's environment: none of our secrets is in it. What has ended is kept `retention_days`, events less."""
    base = child_environment(environ, {}, ())
    plain = {name: value for name, value in base.items() if not name.startswith(("ANTHROPIC_", "CLAUDE_"))}
    return {
        **plain,
        "PREFECT_HOME": str(prefect_home),
        "PREFECT__SERVER_FINAL": "1",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # in memory, which is Prefect's default, a killed server forgets who holds a deployment's limit: for ever
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "200",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "flow_runs,events",  # and with the runs their logs and artifacts
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(retention_days * 86400),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"P{min(retention_days, _EVENT_DAYS)}D",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
    }
