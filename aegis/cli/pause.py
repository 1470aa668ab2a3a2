"""`aegis pause` and `aegis resume`: the switch that all machines of one database obey."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

import click

from aegis.adapters.claims import Owner, Stop
from aegis.adapters.holds import EVERYTHING
from aegis.cli.session import begin
from aegis.core.asana_url import parse_asana_url
from aegis.core.holds import sentence
from aegis.core.text import one_line
from aegis.errors import ProjectNotFoundError
from aegis.wiring import State, open_state


@click.command("pause")
@click.argument("project", required=False)
@click.option("--reason", metavar="TEXT", default="", help="Why, for those who look at `aegis status`.")
@click.option("--let-finish", is_flag=True, help="Start nothing new, but let running agents finish.")
def pause(project: str | None, reason: str, let_finish: bool) -> int:
    """Start nothing more, of PROJECT (a name, a GID or an Asana URL) or at all, and stop the agents that run.

    All machines that share the database obey. A stopped agent leaves its conversation, which `aegis resume` lets it
    go on with.
    """
    settings = begin()
    with open_state(settings) as state:
        gid = _gid(state, project)
        why = f"paused by {one_line(getpass.getuser())}"
        why += f" (project '{one_line(state.executions.projects().get(gid, gid))}')" if gid is not None else ""
        why += f": {one_line(reason)}" if reason.strip() else ""
        state.holds.set("pause", _scope(gid), why)
        running = [one for one in state.claims.held(here=Owner.current()) if gid in (None, one.project_gid)]
        if not let_finish:
            for one in running:
                state.claims.ask_to_stop(one.task_gid, Stop(why))
    what = f"'{one_line(project)}'" if project else "everything"
    click.echo(f"✓ Paused: {what}. `aegis resume{f' {project}' if project else ''}` goes on.")
    if running:
        agents = f"{len(running)} running agent{'s' if len(running) > 1 else ''}"
        click.echo(f"  {agents} {'may finish' if let_finish else 'will be stopped within seconds, resumable'}.")
    return 0


@click.command("resume")
@click.argument("project", required=False)
def resume(project: str | None) -> int:
    """Lift the pause of PROJECT, or the one of everything."""
    settings = begin()
    with open_state(settings) as state:
        gid = _gid(state, project)
        lifted = state.holds.lift("pause", _scope(gid))
        left = [one for one in state.holds.active(datetime.now(UTC)) if one.kind == "pause"]
    what = f"'{one_line(project)}'" if project else "everything"
    nothing = f"{what} is not paused" if project else "no pause of everything"
    click.echo(f"✓ Resumed: {what}." if lifted else f"Nothing to resume: {nothing}.")
    for one in left:
        click.echo(f"  Still held: {one_line(sentence(one.kind, one.reason, one.until, one.probe_at, one.scope))}")
    return 0


def _scope(gid: str | None) -> str:
    return f"project:{gid}" if gid is not None else EVERYTHING


def _gid(state: State, project: str | None) -> str | None:
    """The project's GID, from what was worked on before: a switch must work while Asana is away.

    Raises ProjectNotFoundError.
    """
    if project is None:
        return None
    known = state.executions.projects()
    reference = parse_asana_url(project)
    wanted = reference.project_gid if reference is not None and reference.project_gid else project.strip()
    for gid, name in known.items():
        if wanted == gid or wanted.casefold() == name.strip().casefold():
            return gid
    if wanted.isascii() and wanted.isdigit():
        return wanted
    raise ProjectNotFoundError(
        f"Project '{one_line(project)}' is not known here yet",
        available=tuple(sorted(known.values())),
        hint="Its GID works also before Aegis has seen it.",
    )
