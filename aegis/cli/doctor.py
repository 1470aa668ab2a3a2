"""`aegis doctor`: every part checked in one table, each with what to do about it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from aegis.adapters.claude_cli import auth_status, cli_version, find_cli
from aegis.adapters.code_dir import usable_code_dir
from aegis.adapters.notices import is_known
from aegis.adapters.prefect_server import answers, configured_api_url
from aegis.adapters.services import probe
from aegis.cli.checks import TELLS_NOBODY, tells_nobody
from aegis.cli.engine import local_server
from aegis.cli.session import begin
from aegis.core.code_location import code_location
from aegis.core.environment import child_environment
from aegis.core.text import one_line
from aegis.errors import AegisError
from aegis.settings import Settings, process_environment, read_dotenv, without_password
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
    settings = begin(read_only=True)
    findings = [Finding("settings", "ok", "complete")]
    for check in (_asana, _claude, _database, _redis, _qdrant, _notices, _prefect, _git, _disk):
        findings += _checked(check, settings)
    _print(findings)
    return 1 if any(finding.state == "bad" for finding in findings) else 0


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
            found.append(Finding("asana", "ok", f"portfolio '{one_line(portfolio.name)}': {len(projects)} projects"))
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
    if settings.redis_url is None:
        return [Finding("redis", "ok", "not used (REDIS_URL is not set)")]
    url = settings.redis_url.get_secret_value()
    seen = probe("Redis", database_url=None, redis_url=url, environ={})
    return [Finding("redis", "ok" if seen.up else "note", f"{without_password(url)}: {seen.detail}")]


def _qdrant(settings: Settings) -> list[Finding]:
    if settings.qdrant_url is None:
        return [Finding("qdrant", "ok", "not used (QDRANT_URL is not set)")]
    import urllib.request

    url = settings.qdrant_url.get_secret_value()
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=3) as answer:  # noqa: S310 - http(s), checked by Settings
            up = answer.status == 200
    except OSError:
        up = False
    return [Finding("qdrant", "ok" if up else "note", f"{without_password(url)}: {'answers' if up else 'no answer'}")]


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
        up = answers(configured)
        return [Finding("prefect", "ok" if up else "bad", f"{configured}: {'answers' if up else 'no answer'}")]
    if settings.aegis_prefect == "ephemeral":
        return [Finding("prefect", "ok", "inside each command (AEGIS_PREFECT=ephemeral)")]
    info = local_server(settings).status()
    text = f"local server at {info.ui_url}" if info else "local server, started at first use"
    return [Finding("prefect", "ok", text)]


def _git(settings: Settings) -> list[Finding]:
    git = shutil.which("git")
    if git is None:
        return [Finding("git", "note", "not found: uncommitted changes cannot be named in reports")]
    done = subprocess.run([git, "--version"], capture_output=True, text=True, check=False, timeout=10)
    return [Finding("git", "ok", done.stdout.strip())]


def _disk(settings: Settings) -> list[Finding]:
    at = settings.aegis_home
    while not at.exists():
        at = at.parent
    free = shutil.disk_usage(at).free
    enough = free >= _LEAST_FREE
    return [Finding("disk", "ok" if enough else "bad", f"{free / 1e9:.1f} GB free at {at}")]


_SIGNS = {"ok": "✓", "note": "⚠", "bad": "✗"}


def _print(findings: list[Finding]) -> None:
    """A table in a terminal; lines that are not cut elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        table = Table("", "part", "what was found", show_edge=False)
        for finding in findings:
            table.add_row(_SIGNS[finding.state], finding.part, escape(finding.text))
        Console().print(table)
        return
    for finding in findings:
        click.echo(f"{_SIGNS[finding.state]} {finding.part:<14} {finding.text}")
