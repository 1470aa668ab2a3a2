"""Account: what the runs prove of the account that they run on; what holds it, and the cheap probe that lifts it."""

from __future__ import annotations

import asyncio
import os
import random
from datetime import datetime

from prefect import task
from sqlalchemy import Connection

from aegis.adapters.claude_cli import auth_status, cli_version, find_cli, probe_model
from aegis.adapters.holds import Hold
from aegis.adapters.outbox import OutboxWrite
from aegis.core.environment import child_environment
from aegis.core.hearing import closing_words
from aegis.core.held_question import WORKS, held_cause, held_question
from aegis.core.holds import after_unusable, next_probe, sentence
from aegis.core.links import Links
from aegis.core.models import Outcome, Project, Question
from aegis.errors import ClaudeError, ClaudeUnusableError
from aegis.wiring import Runtime, current
from tasks.answer import closing_writes
from tasks.clock import now
from tasks.holds import account, holds_on, why_held
from tasks.notices import notice_writes
from tasks.policies import ONCE
from tasks.question import question_writes
from tasks.send import deliver_due

COUNTED = "failures"
"""The kind of the row that only counts failures in a row."""
PLAN_WINDOW = "plan_window"


def note_run(runtime: Runtime, outcome: Outcome, project: Project) -> None:
    """Learn from how a run of the project ended whether its account works."""
    if outcome.unusable_kind is not None:
        note_unusable(runtime, outcome.unusable_kind, outcome.unusable_detail, outcome.resets_at, project=project)
    elif outcome.usage.turns > 0:  # it may have been answered before the window closed
        _works(runtime, but=(PLAN_WINDOW,))


def note_unusable(
    runtime: Runtime, kind: str, detail: str, resets_at: int | None = None, *, project: Project | None = None
) -> None:
    """Count a run that could not be, and hold where it is enough; people are told once, at once.

    Args:
        runtime: the open runtime.
        kind: why it could not be, one of `aegis.core.holds.KINDS`.
        detail: what the CLI said.
        resets_at: when the plan's window opens, in epoch seconds.
        project: where a person is asked, if no address for notices is set.
    """
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
        if not writes and project is not None and probe_at is not None:
            writes = _question(runtime, connection, at, project, held_question(decided.kind, reason, scope))
        runtime.state.outbox.enqueue(connection, writes, at)

    if holds.set(decided.kind, scope, reason, until=until, probe_at=probe_at, failures=decided.failures, tell=tell):
        deliver_due(runtime)


def _question(
    runtime: Runtime, connection: Connection, at: datetime, project: Project, question: Question
) -> list[OutboxWrite]:
    """What asks a person in Asana, nothing where the question is open already."""
    table = runtime.state.questions
    known = table.get_in(connection, question.fingerprint)
    if not table.put(connection, question, project.gid, at):
        return []
    return question_writes(runtime, project, question, links=Links(()), known=known)


def _works(runtime: Runtime, *, but: tuple[str, ...] = ()) -> None:
    """The account works: hold no more on it, and close the question about it."""
    scope = account(runtime)
    if not runtime.state.holds.lift_account(scope, but=but):
        return
    known = runtime.state.questions.get(held_cause(scope))
    if known is None:
        return
    writes = closing_writes(runtime, known, closing_words(WORKS), f"c{len(known.answers)}")
    runtime.state.questions.closed(known.fingerprint, runtime.state.outbox, tuple(writes))


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
    return tuple(sentence(one.kind, one.reason, one.until, one.probe_at, one.scope) for one in holds_on(runtime))


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
    _works(runtime)


def _ask(runtime: Runtime) -> None:
    """Raises ClaudeNotFoundError and ClaudeUnusableError where no run would be of use."""
    settings = runtime.settings
    environment = child_environment(settings.claude_environment(), {}, settings.claude_env_pass)
    cli = find_cli(settings.claude_path, environment.get("PATH", os.defpath)).path
    cli_version(cli, environment)
    if not auth_status(cli, environment).logged_in:
        raise ClaudeUnusableError("the Claude CLI is not logged in", kind="login")
    probe_model(cli, environment, settings.anthropic_model)
