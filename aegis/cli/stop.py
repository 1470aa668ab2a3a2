"""`aegis stop`: ends a running `aegis start` and the local Prefect server of this AEGIS_HOME."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from aegis.adapters.prefect_server import LocalServer
from aegis.adapters.process import descendants, send, wait_ended
from aegis.adapters.run_files import living_supervisors
from aegis.adapters.start_lock import Started, StartLock
from aegis.errors import AegisError
from aegis.settings import aegis_home, process_environment, stop_grace_seconds

_END_SECONDS = 100.0
"""What the steps of a stop may take besides the agents' grace time."""


@click.command("stop")
@click.option(
    "--force", is_flag=True, help="Also under running work: its agents get their grace time, then are stopped."
)
def stop(force: bool) -> int:
    """End a running `aegis start` and the local Prefect server; not under running work, unless told to."""
    home = aegis_home()
    server = LocalServer(home, 0, process_environment())
    started = StartLock(home).running()
    work = _work(home, server, started)
    if work and not force:
        raise AegisError(
            f"work is running ({', '.join(work)})", hint="Wait for it, or end it all the same: aegis stop --force"
        )
    if started is not None:
        _end(started)
    if server.stop():
        click.echo("✓ Local Prefect server stopped.")
    elif started is None:
        click.echo("No local Prefect server is running.")
    return 0


def _work(home: Path, server: LocalServer, started: Started | None) -> list[str]:
    """What is at work: other users of the server, and the agents of `aegis start`."""
    me = started.process.pid if started is not None else 0
    found = [f"process {pid}" for pid in server.users() if pid != me]
    family = {ref.pid for ref in descendants(me)} if me else set()
    agents = sum(supervisor.pid in family for supervisor in living_supervisors(home / "runs"))
    return [*found, *([f"{agents} agent{'s' if agents > 1 else ''} of `aegis start`"] if agents else [])]


def _end(started: Started) -> None:
    """Ask `aegis start` to stop, and wait; it ends all that it started."""
    click.echo(f"Stopping `aegis start` (process {started.process.pid})...")
    send([started.process], signal.SIGTERM)
    if wait_ended([started.process], stop_grace_seconds() + _END_SECONDS):
        send([started.process], signal.SIGTERM)  # at once, then
        if wait_ended([started.process], 20):
            raise AegisError(f"process {started.process.pid} does not end", hint=f"kill -9 {started.process.pid}")
    click.echo("✓ `aegis start` stopped.")
