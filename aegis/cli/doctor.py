"""`aegis doctor`: every part checked in one table, each with what to do about it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
from pydantic import SecretStr

from aegis.adapters.claude_cli import auth_status, cli_version, find_cli
from aegis.adapters.code_dir import usable_code_dir
from aegis.adapters.notices import is_known
from aegis.adapters.prefect_server import answers, configured_api_url
from aegis.adapters.services import Machine, look
from aegis.cli.checks import TELLS_NOBODY, tells_nobody, wrong_workspace
from aegis.cli.engine import local_server
from aegis.cli.session import begin
from aegis.core.code_location import code_location
from aegis.core.environment import child_environment
from aegis.core.secrets import without_password
from aegis.core.services import Requirement
from aegis.core.text import one_line
from aegis.errors import AegisError, ConfigurationError
from aegis.settings import Settings, process_environment, read_dotenv
from aegis.wiring import open_asana, open_state

_LEAST_FREE = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One line of the table; `state` is ok, note (works without it) or bad."""

    part: str
    state: str
    text: str


@click.command("doctor")
def doctor() -> int:
    """Check every part in one table; exit code 1 where something stands in the way."""
    try:
        settings = begin(read_only=True)
    except ConfigurationError as error:  # what needs no settings is looked at all the same
        _print([*_wrong_settings(error), *_git(None)])
        return 1
    findings = [Finding("settings", "ok", "complete")]
    for check in (_asana, _claude, _database, _redis, _qdrant, _notices, _prefect, _git, _home, _disk):
        findings += _checked(check, settings)
    _print(findings)
    return 1 if any(finding.state == "bad" for finding in findings) else 0


def _wrong_settings(error: ConfigurationError) -> list[Finding]:
    first, *rest = str(error).splitlines()
    lines = [first.removesuffix(":"), *map(str.strip, rest), error.hint]
    return [Finding("settings", "bad", line) for line in lines if line]


def _checked(check: Callable[[Settings], list[Finding]], settings: Settings) -> list[Finding]:
    try:
        return check(settings)
    except AegisError as error:
        text = f"{error}. {error.hint}" if error.hint else str(error)
        return [Finding(check.__name__.strip("_"), "bad", text)]


def _asana(settings: Settings) -> list[Finding]:
    found = []
    with open_asana(settings) as asana:
        me = asana.me()
        found.append(Finding("asana", "ok", f"token of {one_line(me.name)}"))
        for gid in settings.portfolio_gids:
            portfolio = asana.portfolio(gid)
            if not settings.aegis_notify_urls and tells_nobody(me, [portfolio.owner]):
                found.append(Finding("notices", "note", TELLS_NOBODY))
            projects = [p for p in asana.portfolio_projects(gid) if not p.archived and not p.completed]
            count = f"{len(projects)} project{'' if len(projects) == 1 else 's'}"
            found.append(Finding("asana", "ok", f"portfolio '{one_line(portfolio.name)}': {count}"))
            if wrong := wrong_workspace(portfolio, settings):
                found.append(Finding("asana", "note", wrong))
            for project in projects:
                try:
                    written = code_location(project.notes, project_name=project.name)
                    usable_code_dir(written, project_name=project.name, code_roots=settings.code_roots)
                except AegisError as error:
                    found.append(Finding("code location", "note", one_line(str(error))))
    return found


def _claude(settings: Settings) -> list[Finding]:
    environment = child_environment(settings.claude_environment(), {}, settings.claude_env_pass)
    cli = find_cli(settings.claude_path, environment.get("PATH", os.defpath))
    version = cli_version(cli.path, environment)
    found = [Finding("claude", "ok", f"{cli.path} (from {cli.origin}), {version}")]
    status = auth_status(cli.path, environment)
    login = (
        "logged in; `aegis test-claude` asks the model" if status.logged_in else "not logged in: set ANTHROPIC_API_KEY"
    )
    return [*found, Finding("claude", "ok" if status.logged_in else "bad", login)]


def _database(settings: Settings) -> list[Finding]:
    with open_state(settings, read_only=True) as state:
        waiting, parked = state.outbox.counts()
        text = f"{state.database.label}: {waiting} writes to Asana wait, {parked} refused"
    return [Finding("database", "note" if parked else "ok", text)]


def _redis(settings: Settings) -> list[Finding]:
    return _optional("Redis", "REDIS_URL", settings.redis_url)


def _qdrant(settings: Settings) -> list[Finding]:
    return _optional("Qdrant", "QDRANT_URL", settings.qdrant_url)


def _optional(service: str, setting: str, given: SecretStr | None) -> list[Finding]:
    """A service that works without: only looked at where it is configured."""
    part = service.lower()
    if given is None:
        return [Finding(part, "ok", f"not used ({setting} is not set)")]
    url = given.get_secret_value()
    seen = look(Requirement(service), Machine(urls={setting: url}))
    return [Finding(part, "ok" if seen.up else "note", f"{without_password(url)}: {seen.detail}")]


def _notices(settings: Settings) -> list[Finding]:
    """Whether the addresses are of kinds that apprise knows; nothing is sent."""
    if not settings.aegis_notify_urls:
        return [Finding("notices", "ok", "not used (AEGIS_NOTIFY_URLS is not set)")]
    return [
        Finding(
            "notices", "ok" if known else "bad", f"{url.partition('://')[0]}://***: {'known' if known else 'unknown'}"
        )
        for url in settings.aegis_notify_urls
        for known in [is_known(url)]
    ]


def _prefect(settings: Settings) -> list[Finding]:
    configured = configured_api_url({**read_dotenv(Path(".env")), **process_environment()}, Path.home())
    if configured is not None:
        if "prefect.cloud" in configured:
            return [Finding("prefect", "ok", f"{configured} (Prefect Cloud, not asked)")]
        up = answers(configured)
        told = "answers" if up else "no answer"
        return [Finding("prefect", "ok" if up else "bad", f"{without_password(configured)}: {told}")]
    if settings.aegis_prefect == "ephemeral":
        return [Finding("prefect", "ok", "inside each command (AEGIS_PREFECT=ephemeral)")]
    info = local_server(settings).status()
    text = f"local server at {info.ui_url}" if info else "local server, started at first use"
    return [Finding("prefect", "ok", text)]


def _git(settings: Settings | None) -> list[Finding]:
    git = shutil.which("git")
    if git is None:
        return [Finding("git", "note", "not found: uncommitted changes cannot be named in reports")]
    done = subprocess.run([git, "--version"], capture_output=True, text=True, check=False, timeout=10)
    return [Finding("git", "ok", done.stdout.strip())]


def _home(settings: Settings) -> list[Finding]:
    """Whether state and logs can be written, seen without writing."""
    found = []
    for name, folder in (("AEGIS_HOME", settings.aegis_home), ("LOG_DIR", settings.log_dir)):
        there = _that_is_there(folder.absolute())
        if not there.is_dir():
            found.append(Finding("files", "bad", f"{name} ({folder}): {there} is no directory"))
        elif not os.access(there, os.W_OK | os.X_OK):
            found.append(Finding("files", "bad", f"{name} ({folder}): {there} cannot be written by this user"))
        else:
            found.append(Finding("files", "ok", f"{name}: {folder}"))
    return found


def _that_is_there(path: Path) -> Path:
    """The path, or the nearest of its parents that there is (and can be seen)."""
    for one in (path, *path.parents):
        with suppress(PermissionError):
            if one.exists():
                return one
    return Path("/")


def _disk(settings: Settings) -> list[Finding]:
    at = _that_is_there(settings.aegis_home.absolute())
    free = shutil.disk_usage(at).free
    enough = free >= _LEAST_FREE
    return [Finding("disk", "ok" if enough else "bad", f"{free / 1e9:.1f} GB free at {at}")]


_SIGNS = {"ok": "✓", "note": "⚠", "bad": "✗"}


def _print(findings: list[Finding]) -> None:
    """A table in a terminal; lines that are not cut elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Column, Table

        table = Table("", "part", Column("what was found", overflow="fold"), show_edge=False)
        for finding in findings:
            table.add_row(_SIGNS[finding.state], finding.part, escape(finding.text))
        Console().print(table)
        return
    for finding in findings:
        click.echo(f"{_SIGNS[finding.state]} {finding.part:<14} {finding.text}")
