"""`aegis sandbox`: the Asana stand-in as a server, to look and play."""

from __future__ import annotations

import signal
import sqlite3
import threading
from pathlib import Path

import click

from aegis.errors import LocalResourceError
from aegis.sandbox.seed import DEMO, existing, load_seed, plant
from aegis.sandbox.server import AsanaSandbox


@click.command("sandbox")
@click.option("--seed", type=click.Path(path_type=Path), help="What it begins with (JSON); else a small portfolio.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--database", type=click.Path(path_type=Path), help="Keep it in this SQLite file; else in memory.")
def sandbox(seed: Path | None, port: int, database: Path | None) -> int:
    """Run the Asana stand-in until Ctrl-C, and print the settings that point Aegis at it."""
    content = load_seed(seed or DEMO)
    try:
        server = AsanaSandbox(database, port)
    except sqlite3.Error as error:
        raise LocalResourceError(f"{database} cannot be used as the sandbox's database: {error}") from error
    except OSError as error:
        raise LocalResourceError(
            f"port {port} cannot be used: {error.strerror}", hint="Name another: --port 0"
        ) from error
    made = existing(server.store) or plant(server.store, content, {"$CODE_DIR": str(Path.cwd())})
    token = next(iter(made.tokens.values()), "")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with server:
        click.echo(f"Asana sandbox: {server.page_url} (the boards, for people)\n")
        click.echo("Point Aegis at it with these lines in .env, or export them:\n")
        click.echo(f"ASANA_BASE_URL={server.api_url}")
        click.echo(f"ASANA_ACCESS_TOKEN={token}")
        click.echo(f"ASANA_WORKSPACE_GID={made.workspace_gid}")
        click.echo(f"ASANA_PORTFOLIO_GID={made.portfolio_gid}\n")
        click.echo("Ctrl-C ends it.")
        ended.wait()
    return 0
