"""`aegis test-asana` and `aegis test-claude`: the guide's checks, each step with its own error."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import click

from aegis.adapters.claude_cli import auth_status, cli_version, find_cli, probe_model
from aegis.cli.session import begin
from aegis.core.environment import child_environment
from aegis.core.models import Portfolio, Project, User
from aegis.core.text import one_line
from aegis.errors import AsanaError, ClaudeUnusableError
from aegis.settings import Settings
from aegis.wiring import open_asana

_MOST_LISTED = 5


@click.command("test-asana")
def test_asana() -> int:
    """Test the Asana connection and list the portfolio's projects."""
    settings = begin(read_only=True)
    owners = []
    with open_asana(settings) as asana:
        for gid in settings.portfolio_gids:
            click.echo(f"Testing Asana connection to portfolio: {gid}...\n")
            try:
                click.echo("Fetching portfolio details...")
                portfolio = asana.portfolio(gid)
                click.echo(f"✓ Portfolio: {one_line(portfolio.name)}")
                if wrong := wrong_workspace(portfolio, settings):
                    click.echo(f"⚠ {wrong}")
                click.echo()
                owners.append(portfolio.owner)
                click.echo("Fetching projects in portfolio...")
                projects = [p for p in asana.portfolio_projects(gid) if not p.archived and not p.completed]
            except AsanaError as error:
                click.echo(f"Error testing Asana connection: {error}", err=True)
                if error.hint:
                    click.echo(error.hint, err=True)
                return 1
            click.echo(f"✓ Found {len(projects)} project{'' if len(projects) == 1 else 's'}\n")
            _list(projects)
        click.echo("Asana API connection successful!")
        if not settings.aegis_notify_urls and tells_nobody(asana.me(), owners):
            click.echo(f"\n⚠ {TELLS_NOBODY}")
    return 0


def _list(projects: Sequence[Project]) -> None:
    """The first five as the guide shows them, then the others."""
    if projects:
        click.echo(f"First {_MOST_LISTED} projects:")
    for number, project in enumerate(projects):
        if number == _MOST_LISTED:
            click.echo("\nThe others:")
        click.echo(f"  - {one_line(project.name)} (GID: {project.gid})")
    click.echo()


def wrong_workspace(portfolio: Portfolio, settings: Settings) -> str:
    """What is wrong where the portfolio is not of the workspace that the settings name; empty where it is."""
    if portfolio.workspace_gid in ("", settings.asana_workspace_gid):
        return ""
    return (
        f"the portfolio {portfolio.gid} is of the workspace {portfolio.workspace_gid}, "
        f"but ASANA_WORKSPACE_GID is {settings.asana_workspace_gid}"
    )


TELLS_NOBODY = (
    "The token's user owns the portfolio: Asana's Inbox shows nobody their own actions, so questions would reach "
    "nobody. Set AEGIS_NOTIFY_URLS, or use the token of a bot account."
)


def tells_nobody(me: User, owners: Iterable[User | None]) -> bool:
    """Whether a question that the token's user assigns to an owner would appear in nobody's Inbox."""
    return any(owner is not None and owner.gid == me.gid for owner in owners)


@click.command("test-claude")
def test_claude() -> int:
    """Test the Claude CLI: found (which one, which version), logged in, the model answers."""
    settings = begin(read_only=True)
    environment = child_environment(settings.claude_environment(), {}, settings.claude_env_pass)
    click.echo("Testing Claude API connection...\n")
    found = find_cli(settings.claude_path, environment.get("PATH", os.defpath))
    click.echo(f"✓ Claude CLI: {found.path} (from {found.origin}), {cli_version(found.path, environment)}")
    status = auth_status(found.path, environment)
    if not status.logged_in:
        raise ClaudeUnusableError(
            "the Claude CLI is not logged in", kind="login", hint="Set ANTHROPIC_API_KEY, or run: claude auth login"
        )
    click.echo(f"✓ Logged in{f' ({status.method})' if status.method else ''}")
    answer = probe_model(found.path, environment, settings.anthropic_model)
    click.echo(f"✓ Model {settings.anthropic_model} answers: {one_line(answer, 60)}\n")
    click.echo("Claude API connection successful!")
    return 0
