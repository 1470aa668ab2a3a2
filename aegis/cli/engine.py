"""Which Prefect a command runs on, decided before Prefect is imported.

Prefect reads its settings while it is imported, so they are set here, in this process's environment, first: a server
that the user configured is used as it is; else our own local one; else (AEGIS_PREFECT=ephemeral) one inside this
process. Our own starts while Prefect, and what else the command needs, is being imported.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aegis.adapters.files import private_directory
from aegis.adapters.prefect_server import LocalServer, answers, configured_api_url
from aegis.cli.loading import uncollected
from aegis.core.secrets import without_password
from aegis.errors import PrefectUnavailableError
from aegis.settings import Settings, process_environment, read_dotenv

QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_CLI_PROMPT": "false",
    # Prefect's own console lines would stand between the words of the command; its run logs keep them.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",  # a server that goes away is one line of ours
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}
"""What is set wherever a command runs a flow."""

EPHEMERAL = {
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
}
"""The server inside the process: slow to start, so it gets time; recorded in batches, so nothing is lost."""


@dataclass(frozen=True)
class Engine:
    """Where runs are recorded; `ui_url` is empty for a server inside the process."""

    kind: str
    api_url: str
    ui_url: str
    started_now: bool = False


def _environment(settings: Settings) -> dict[str, str]:
    storage = private_directory(private_directory(settings.aegis_home) / "results")
    loggers = [name for name in os.environ.get("PREFECT_LOGGING_EXTRA_LOGGERS", "").split(",") if name]
    if "aegis" not in loggers:
        loggers.append("aegis")
    return {
        **QUIET,
        "PREFECT_LOCAL_STORAGE_PATH": str(storage),
        "PREFECT_LOGGING_EXTRA_LOGGERS": ",".join(loggers),
    }


@contextmanager
def prefect_engine(settings: Settings, *modules: str, import_prefect: bool = True) -> Iterator[Engine]:
    """Choose and, where need be, start the Prefect server; within the context it counts as in use.

    Args:
        settings: where it lies, and whether one may stay.
        modules: what the command needs (its flow), imported here: a second's work, done while the server starts.
        import_prefect: whether Prefect itself is imported here, because a flow runs in this process.

    Raises PrefectUnavailableError where the configured one does not answer, or our own could not be started.
    """
    os.environ.update(_environment(settings))
    configured = configured_api_url({**read_dotenv(Path(".env")), **os.environ}, Path.home())
    if configured is not None:
        engine = _configured(configured)
        _load(modules)
        yield engine
        return
    prefect_home(settings)
    if settings.aegis_prefect == "ephemeral":
        os.environ.update(EPHEMERAL)
        _load(modules)
        yield Engine("ephemeral", "", "")
        return
    server = local_server(settings)
    with server.in_use():
        info = server.begin()
        os.environ["PREFECT_API_URL"] = info.api_url
        if import_prefect:
            _load(modules)
        server.wait(info)
        yield Engine("local", info.api_url, info.ui_url, info.started_now)


def without_engine(settings: Settings) -> None:
    """Prepare this process for calling Prefect's tasks as functions, with no flow and no server."""
    os.environ.update(_environment(settings))
    prefect_home(settings)


def prefect_home(settings: Settings) -> None:
    """Give Prefect a home of ours in this process, before its import: the user's is not touched."""
    os.environ["PREFECT_HOME"] = str(private_directory(settings.aegis_home / "prefect"))


def _load(modules: tuple[str, ...]) -> None:
    with uncollected():
        for module in ("prefect", *modules):
            importlib.import_module(module)


def _configured(api_url: str) -> Engine:
    if "prefect.cloud" not in api_url and not answers(api_url, seconds=5.0):
        raise PrefectUnavailableError(
            f"the configured Prefect server at {without_password(api_url)} does not answer",
            hint="Start it, or unset PREFECT_API_URL (or the Prefect profile) to use Aegis's own.",
        )
    os.environ["PREFECT_API_URL"] = api_url
    return Engine("configured", api_url, without_password(api_url).removesuffix("/").removesuffix("/api"))


def local_server(settings: Settings) -> LocalServer:
    """Our own server of this AEGIS_HOME."""
    return LocalServer(
        settings.aegis_home,
        settings.aegis_server_idle_minutes,
        process_environment(),
        retention_days=settings.log_retention_days,
    )
