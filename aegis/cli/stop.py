"""`aegis stop`: ends the local Prefect server of this AEGIS_HOME."""

from __future__ import annotations

import click

from aegis.adapters.prefect_server import LocalServer
from aegis.errors import AegisError
from aegis.settings import aegis_home, process_environment


@click.command("stop")
@click.option("--force", is_flag=True, help="Also under running work.")
def stop(force: bool) -> int:
    """End the local Prefect server; not under running work, unless told to."""
    server = LocalServer(aegis_home(), 0, process_environment())
    users = server.users()
    if users and not force:
        listed = ", ".join(map(str, users))
        raise AegisError(
            f"work is running (process {listed})", hint="Wait for it, or end it all the same: aegis stop --force"
        )
    click.echo("✓ Local Prefect server stopped." if server.stop() else "No local Prefect server is running.")
    return 0
