"""`aegis config`: all settings by group, secrets masked, with where each comes from."""

from __future__ import annotations

from pathlib import Path

import click

from aegis.errors import ConfigurationError
from aegis.settings import Settings, load_settings, notices, origins, partial_settings, shown


@click.command("config")
def config() -> int:
    """Show all settings, secrets masked, and where each comes from; a missing or wrong one is named."""
    problem: ConfigurationError | None = None
    values: dict[str, object]
    try:
        settings = load_settings()
        values = {name: getattr(settings, name) for name in Settings.model_fields}
        lines = notices(settings)
    except ConfigurationError as error:
        problem, lines = error, []
        given = partial_settings()
        values = {name: given.get(name, _default(name)) for name in Settings.model_fields}
    click.echo("Aegis configuration")
    from_where = origins()
    width = max(map(len, Settings.model_fields))
    group = ""
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if extra.get("group") != group:
            group = str(extra.get("group"))
            click.echo(f"\n{group}")
        click.echo(f"  {name.upper():<{width}}  {shown(name, values[name])}  ({from_where[name]})")
    found = ".env" if Path(".env").is_file() else "no .env in this folder"
    click.echo(f"\nRead: the environment, {found}")
    for line in lines:
        click.echo(f"Note: {line}")
    if problem is not None:
        click.echo(f"\n{problem}", err=True)
        return 1
    return 0


def _default(name: str) -> object:
    field = Settings.model_fields[name]
    return None if field.is_required() else field.default
