"""What every command that works opens: settings, log lines, notices, and where its words go."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from aegis.adapters.logs import setup_logging
from aegis.core.redaction import Redactor
from aegis.core.text import printable
from aegis.settings import Settings, load_settings, notices


def begin(*, read_only: bool = False, quiet: bool = False) -> Settings:
    """Load the settings, set logging up, and say what is set in vain. Raises ConfigurationError."""
    settings = load_settings()
    home = None if read_only else settings.aegis_home
    setup_logging(settings.log_level, settings.log_format, Redactor(settings.secrets()), home=home)
    if not quiet:
        for notice in notices(settings):
            click.echo(f"Note: {notice}", err=True)
    return settings


def terminal(settings: Settings) -> Callable[[str], None]:
    """Where a flow's words go: stdout, secrets masked, control characters visible, each line at once."""
    redactor = Redactor(settings.secrets())

    def say(line: str) -> None:
        click.echo(redactor.mask(printable(line)))
        sys.stdout.flush()

    return say
