"""`aegis status`: what runs, waits to be delivered, was refused, failed and was spent; from our own tables alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from aegis.adapters.claims import Owner
from aegis.adapters.executions import ExecutionRow
from aegis.adapters.holds import Hold
from aegis.adapters.outbox import OutboxRow
from aegis.cli.engine import local_server
from aegis.cli.session import begin
from aegis.core.asana_url import parse_asana_url
from aegis.core.backoff import next_attempt_at
from aegis.core.holds import sentence
from aegis.core.live import duration
from aegis.core.text import one_line
from aegis.errors import ProjectNotFoundError
from aegis.settings import Settings
from aegis.wiring import State, open_state

_RECENT = 10
DEFAULT_SECONDS = 2.0
"""Between two looks of --watch: a few small queries each."""


@click.command("status")
@click.argument("project", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
@click.option("--watch", is_flag=True, help="Go on showing it until Ctrl-C; with --json one line each time it changed.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.2, max=3600),
    metavar="SECONDS",
    help=f"Seconds between two looks of --watch (default: {DEFAULT_SECONDS:g}).",
)
def status(project: str | None, as_json: bool, watch: bool, interval: float | None) -> int:
    """Show what runs, what waits for Asana, the latest executions and today's cost, of all projects or of PROJECT.

    With --watch a picture that renews itself; where stdout is no terminal, one line for each thing that happens.
    """
    if interval is not None and not watch:
        raise click.UsageError("--interval belongs to --watch")
    settings = begin(read_only=True, quiet=as_json)
    if watch:
        from aegis.cli.watching import watch_status

        return watch_status(settings, project, as_json=as_json, seconds=interval or DEFAULT_SECONDS)
    with open_state(settings, read_only=True) as state:
        gid = project_gid(state, project) if project else None
        document = document_of(settings, state, project, gid)
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=as_text) if as_json else _words(document))
    return 0


def document_of(settings: Settings, state: State, project: str | None, gid: str | None) -> dict[str, object]:
    """The status for machines; of the project with this GID alone, as `project` named it. Raises DatabaseError."""
    document = _gathered(state, gid, settings.max_attempts)
    server = local_server(settings).status()
    document["project"] = project
    document["prefect"] = server.ui_url if server else None
    document["limit_today_usd"] = settings.max_cost_usd_per_day
    return document


def _gathered(state: State, gid: str | None, max_attempts: int) -> dict[str, object]:
    now = datetime.now(UTC)
    recent = state.executions.recent(_RECENT, gid)
    running = state.claims.running(here=Owner.current())
    waiting, parked = state.outbox.pending(), state.outbox.parked()
    if gid is not None:
        here = state.executions.of_project(gid, [*running, *(row.task_gid or "" for row in (*waiting, *parked))])
        running = {one: who for one, who in running.items() if one in here}
        waiting, parked = ([row for row in rows if row.task_gid in here] for rows in (waiting, parked))
    tasks = {row.task_gid for row in recent} | {row.task_gid or "" for row in (*waiting, *parked)} | set(running)
    names = state.executions.names(tasks)
    following = _next_attempts(state, [row.task_gid for row in recent if row.task_gid not in running], max_attempts)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "running": _running(state, running, names),
        "held": [_hold(hold) for hold in state.holds.active(now)],
        "undelivered": [_row(row, names) for row in waiting],
        "refused": [_row(row, names) for row in parked],
        "recent": _executions(recent, names, running, following),
        "judged": [one.model_dump(mode="json") for one in state.judgements.last(gid)],
        "spent_today_usd": round(state.spent_since(midnight), 4),
    }


def _running(state: State, running: Mapping[str, str], names: Mapping[str, str]) -> list[dict[str, object]]:
    """Who is at work on what, since when; oldest first."""
    held = {one.task_gid: one for one in state.claims.held(here=Owner.current())}
    projects = state.executions.projects() if held else {}
    shown: list[dict[str, object]] = []
    for gid in [*(one for one in held if one in running), *(one for one in running if one not in held)]:
        claim = held.get(gid)
        project = projects.get(claim.project_gid, "") if claim else ""
        since = claim.since if claim else None
        shown.append(
            {"task_gid": gid, "name": names.get(gid, ""), "project": project, "since": since, "by": running[gid]}
        )
    return shown


def project_gid(state: State, project: str) -> str:
    """The GID of a project that was worked on (a name, GID or URL). Raises ProjectNotFoundError."""
    known = state.executions.projects()
    reference = parse_asana_url(project)
    wanted = (reference.project_gid if reference else None) or project.strip()
    for gid, name in known.items():
        if wanted == gid or wanted.casefold() == name.strip().casefold():
            return gid
    raise ProjectNotFoundError(f"Project '{project}' was not worked on yet", available=tuple(sorted(known.values())))


def _row(row: OutboxRow, names: dict[str, str]) -> dict[str, object]:
    name = names.get(row.task_gid or "", "")
    return {"kind": row.kind, "task_gid": row.task_gid, "name": name, "error": row.error, "since": row.created_at}


def _hold(hold: Hold) -> dict[str, object]:
    told = sentence(hold.kind, hold.reason, hold.until, hold.probe_at, hold.scope)
    return {"kind": hold.kind, "scope": hold.scope, "text": told, "since": hold.since, "until": hold.until}


def _next_attempts(state: State, gids: Sequence[str], max_attempts: int) -> dict[str, datetime | None]:
    """GID -> the earliest time at which a failed task is tried again; None for one whose attempts are used up."""
    pasts = state.executions.histories(list(dict.fromkeys(gids)), since=state.questions.retried())
    return {
        gid: next_attempt_at(past.failures, past.last_end, gid) if past.failures < max_attempts else None
        for gid, past in pasts.items()
        if past.failures and past.last_end is not None
    }


def _executions(
    recent: Sequence[ExecutionRow],
    names: dict[str, str],
    running: Mapping[str, str],
    following: dict[str, datetime | None],
) -> list[dict[str, object]]:
    """Newest first; with the latest of a task that failed comes what follows."""
    shown = []
    for row in recent:
        shown.append(_execution(row, names, running))
        if row.task_gid in following:
            at = following.pop(row.task_gid)
            shown[-1] |= {"next_attempt_at": at, "attempts_used_up": at is None}
    return shown


def _execution(row: ExecutionRow, names: dict[str, str], running: Mapping[str, str]) -> dict[str, object]:
    """An execution; one that recorded no end and has no living owner was interrupted, and the next run goes on."""
    state = "interrupted" if row.state == "running" and row.task_gid not in running else row.state
    return {**asdict(row), "state": state, "name": names.get(row.task_gid, "")}


def as_text(value: object) -> str:
    """What JSON has no form for."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _words(document: dict[str, object]) -> str:
    """The same for people."""
    return "\n".join(_lines(document))


def _lines(document: dict[str, object]) -> list[str]:
    held = document["held"]
    assert isinstance(held, list)
    lines = [f"⚠ Held{_where(hold['scope'])}: {one_line(hold['text'])}" for hold in held]
    for title, key in (
        ("Running", "running"),
        ("Waits to be delivered", "undelivered"),
        ("Refused by Asana", "refused"),
    ):
        rows = document[key]
        assert isinstance(rows, list)
        lines.append(f"{title}: {len(rows)}")
        for row in rows:
            told = _at_work(row) if "by" in row else f"{row['kind']}{': ' + str(row['error']) if row['error'] else ''}"
            lines.append(f"  • {one_line(row['name']) or row['task_gid'] or 'question'} ({one_line(told)})")
    recent = document["recent"]
    assert isinstance(recent, list)
    lines += ["", f"Latest executions: {len(recent)}"]
    for row in recent:
        name = one_line(row["name"]) or row["task_gid"]
        at = row["started_at"].isoformat(timespec="seconds")
        what = row["verdict"] or row["state"]
        lines.append(f"  • {at}  {what:<13}  {row['cost_usd']:.2f} USD  attempt {row['attempt']}  {name}")
        lines.append(f"      prompt and raw events: {row['run_dir']}")
        if row.get("next_attempt_at"):
            lines.append(
                f"      tried again from {row['next_attempt_at'].astimezone().isoformat(timespec='seconds')} on"
            )
        if row.get("attempts_used_up"):
            lines.append("      no further attempt by itself (MAX_ATTEMPTS)")
    lines += _judged(document["judged"], in_full=document["project"] is not None)
    lines += ["", f"Spent today (UTC): {document['spent_today_usd']} of {document['limit_today_usd']:g} USD"]
    lines.append(f"Prefect UI: {document['prefect'] or 'no local server is running'}")
    return lines


def _where(scope: str) -> str:
    """What a hold holds; of one project its sentence tells which."""
    return "" if scope.startswith("project:") else f" ({one_line(scope)})"


def _at_work(row: Mapping[str, Any]) -> str:
    """Of which project, for how long, and by whom."""
    since = row["since"]
    told = [row["project"], f"for {duration(datetime.now(UTC) - since)}" if since else "", row["by"]]
    return ", ".join(filter(None, told))


def _judged(judged: object, *, in_full: bool) -> list[str]:
    """The last session's judgement over each project; of one project what waits, and why, too."""
    assert isinstance(judged, list)
    lines = ["", "Judged by the last session of work-on:"] if judged else []
    for one in judged:
        counts = ", ".join(f"{one[state]} {state}" for state in ("ready", "blocked", "unclear") if one[state])
        at = datetime.fromisoformat(one["at"]).isoformat(timespec="seconds")
        lines.append(f"  • {at}  {one_line(one['project_name'])}: {counts or 'nothing to do'}")
        for task in one["waiting"] if in_full else ():
            lines.append(f"    ⚠ {one_line(task['name'])}: {one_line('; '.join(task['reasons']), 1000)}")
        left = one["blocked"] + one["unclear"] - len(one["waiting"])
        if in_full and left > 0:
            lines.append(f"    … and {left} more (aegis graph shows all)")
    return lines
