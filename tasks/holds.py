"""Holds: nothing is started while an account, a project or everything is held; what lifts by itself is looked at."""

from __future__ import annotations

import asyncio
import os
import random
from datetime import datetime
from pathlib import Path

from prefect import task
from sqlalchemy import Connection

from aegis.adapters.claude_cli import auth_status, cli_version, find_cli, probe_model
from aegis.adapters.holds import EVERYTHING, Hold
from aegis.adapters.process import host
from aegis.core.environment import child_environment
from aegis.core.holds import account_scope, after_unusable, first_sentence, next_probe, sentence
from aegis.core.models import Outcome
from aegis.errors import ClaudeError, ClaudeUnusableError
from aegis.wiring import Runtime, current
from tasks.clock import now
from tasks.notices import notice_writes
from tasks.policies import ONCE

COUNTED = "failures"
"""The kind of the row that only counts failures in a row."""
PLAN_WINDOW = "plan_window"


def account(runtime: Runtime) -> str:
    """The scope of the account that the agent runs on here."""
    settings = runtime.settings
    secret = settings.claude_code_oauth_token or settings.anthropic_api_key
    environment = settings.claude_environment()
    place = f"{host()}:{environment.get('CLAUDE_CONFIG_DIR') or Path.home()}"
    return account_scope(secret.get_secret_value() if secret else None, place, environment.get("ANTHROPIC_BASE_URL"))


def holds_on(runtime: Runtime, project_gid: str | None = None) -> list[Hold]:
    """What holds a start now; without a project, what holds all starts here."""
    scopes = [EVERYTHING, account(runtime), *([f"project:{project_gid}"] if project_gid else [])]
    return runtime.state.holds.active(now(), scopes)


def why_held(runtime: Runtime, project_gid: str) -> str:
    """Why no task of the project may be started now; empty where one may."""
    held = holds_on(runtime, project_gid)
    return first_sentence([sentence(hold.kind, hold.reason, hold.until, hold.probe_at) for hold in held])


def note_run(runtime: Runtime, outcome: Outcome) -> None:
    """Learn from how a run ended whether its account works."""
    scope = account(runtime)
    if outcome.unusable_kind is None:
        if outcome.usage.turns > 0:  # it may have been answered before the window closed
            runtime.state.holds.lift_account(scope, but=(PLAN_WINDOW,))
        return
    note_unusable(runtime, outcome.unusable_kind, outcome.unusable_detail, outcome.resets_at)


def note_unusable(runtime: Runtime, kind: str, detail: str, resets_at: int | None = None) -> None:
    """Count a run that could not be, and hold where it is enough."""
    holds, scope = runtime.state.holds, account(runtime)
    before = holds.get(COUNTED, scope)
    failures = before.failures if before is not None else 0
    decided = after_unusable(
        kind,
        detail,
        failures=failures,
        resets_at=resets_at,
        now=now(),
        jitter=random.random(),  # noqa: S311
    )
    reason = runtime.redactor.mask(decided.reason)
    if not decided.active:
        holds.set(COUNTED, scope, reason, active=False, failures=decided.failures)
        return
    holds.lift(COUNTED, scope)
    until, probe_at = decided.until, decided.probe_at
    told = f"{sentence(decided.kind, reason, until, probe_at)}."

    def tell(connection: Connection, at: datetime) -> None:
        key = f"{scope}:{resets_at or f'{at:%Y%m%dT%H%M}'}"
        writes = notice_writes(runtime, "hold", key, "Aegis holds all starts", told)
        runtime.state.outbox.enqueue(connection, writes, at)

    holds.set(decided.kind, scope, reason, until=until, probe_at=probe_at, failures=decided.failures, tell=tell)


@task(name="look-at-holds", task_run_name="look at what is held", **ONCE)
async def look_at_holds(at_once: bool = False) -> tuple[str, ...]:
    """Lift what is over: windows that opened, accounts whose probe works. Returns what is still held, as sentences.

    Args:
        at_once: look now although the next probe is not due: a person has started a command and may have mended it.
    """
    return await asyncio.to_thread(_look, current(), at_once)


async def held_for_a_person(project_gid: str) -> str:
    """Why nothing may be started, for a command that a person started: what they may have mended is looked at first."""
    runtime = current()
    if not await asyncio.to_thread(holds_on, runtime, project_gid):
        return ""
    await look_at_holds(at_once=True)
    return await asyncio.to_thread(why_held, runtime, project_gid)


def _look(runtime: Runtime, at_once: bool) -> tuple[str, ...]:
    scope = account(runtime)
    for hold in runtime.state.holds.active(now(), [scope]):
        if at_once or (hold.probe_at is not None and hold.probe_at <= now()):
            _probe(runtime, hold)
    return tuple(sentence(one.kind, one.reason, one.until, one.probe_at) for one in holds_on(runtime))


def _probe(runtime: Runtime, hold: Hold) -> None:
    """Ask the CLI and the model for one word; one process does it for all that share the account."""
    holds = runtime.state.holds
    if not holds.put_off_probe(hold, next_probe(hold.failures + 1, now())):
        return
    try:
        _ask(runtime)
    except ClaudeError as error:
        reset = error.resets_at if isinstance(error, ClaudeUnusableError) else None
        kind = error.kind if isinstance(error, ClaudeUnusableError) else "cli"
        if kind == PLAN_WINDOW:
            if hold.kind != PLAN_WINDOW:
                holds.lift(hold.kind, hold.scope)
            note_unusable(runtime, kind, str(error), reset)
            return
        if hold.kind == PLAN_WINDOW:
            return  # no word on the window: it stays until its time
        reason = runtime.redactor.mask(str(error))
        at = next_probe(hold.failures + 1, now())
        holds.set(hold.kind, hold.scope, reason, probe_at=at, failures=hold.failures + 1)
        return
    holds.lift_account(hold.scope)


def _ask(runtime: Runtime) -> None:
    """Raises ClaudeNotFoundError and ClaudeUnusableError where no run would be of use."""
    settings = runtime.settings
    environment = child_environment(settings.claude_environment(), {}, settings.claude_env_pass)
    cli = find_cli(settings.claude_path, environment.get("PATH", os.defpath)).path
    cli_version(cli, environment)
    if not auth_status(cli, environment).logged_in:
        raise ClaudeUnusableError("the Claude CLI is not logged in", kind="login")
    probe_model(cli, environment, settings.anthropic_model)
