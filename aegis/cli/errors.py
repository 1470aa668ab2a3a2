"""One place where an error becomes one line for people and an exit code."""

from __future__ import annotations

import os
import sys
import traceback

import click

from aegis.core.text import one_line, printable
from aegis.errors import AegisError, ProjectNotFoundError, UsageError


def run(app: click.Command, arguments: list[str]) -> int:
    """Run a command; every error ends here."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        result = app.main(args=arguments, prog_name="aegis", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        return _say("Interrupted.", 130)
    except KeyboardInterrupt:
        return _say("Interrupted: what was begun goes on with the next run.", 130)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except AegisError as error:
        return _show(error)
    except BrokenPipeError:  # `aegis status | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _unexpected(error)
    return result if isinstance(result, int) else 0


def _show(error: AegisError) -> int:
    if _debug():
        _trace()
    message = printable(_masked(str(error)))
    click.echo(message if message.startswith("Error loading configuration") else f"Error: {message}", err=True)
    if isinstance(error, ProjectNotFoundError) and error.available:
        click.echo("\nAvailable projects:", err=True)
        for name in error.available:
            click.echo(f"  - {printable(name)}", err=True)
    if error.hint:
        click.echo(printable(error.hint), err=True)
    return 2 if isinstance(error, UsageError) else error.exit_code


def _unexpected(error: Exception) -> int:
    """A mistake of ours: still one line, and how to see the rest."""
    if _debug():
        _trace()
        return 1
    kind, told = type(error).__name__, one_line(_masked(str(error)))
    return _say(f"Error: unexpected {kind}: {told}\nLOG_LEVEL=DEBUG shows where.", 1)


def _trace() -> None:
    """The traceback: a driver's error in it may hold what it was given."""
    click.echo(printable(_masked(traceback.format_exc())), err=True, nl=False)


def _masked(text: str) -> str:
    from aegis.core.redaction import Redactor
    from aegis.settings import known_secrets

    return Redactor(known_secrets()).mask(text)


def _say(text: str, code: int) -> int:
    click.echo(text, err=True)
    return code


def _debug() -> bool:
    from aegis.settings import log_settings

    try:
        return log_settings()[0].upper() == "DEBUG"
    except AegisError:
        return False
