"""Report: the outbox's rows go to Asana, each once; what cannot go now waits there and is said."""

from __future__ import annotations

import asyncio

from prefect import task
from prefect.artifacts import acreate_markdown_artifact

from aegis.core.models import Delivery, Outcome, Project, SessionReport
from aegis.core.summary import session_markdown, waiting_lines
from aegis.wiring import Runtime, current
from tasks.housekeeping import forget_old_files
from tasks.policies import ONCE
from tasks.say import say_all
from tasks.send import deliver_due


@task(name="report", task_run_name="report {outcome.task_name}", **ONCE)
async def report(project: Project, outcome: Outcome) -> tuple[Delivery, ...]:
    """Deliver what tells of this outcome, then release the task's claim. Never raises for Asana being away."""
    return await asyncio.to_thread(_report, current(), outcome)


def _report(runtime: Runtime, outcome: Outcome) -> tuple[Delivery, ...]:
    try:
        return tuple(deliver_due(runtime, [outcome.task_gid], early=True))
    finally:
        runtime.let_go(outcome.task_gid)


@task(name="deliver-waiting", task_run_name="deliver what waits", **ONCE)
async def deliver_waiting() -> tuple[Delivery, ...]:
    """Deliver what earlier runs could not, and say so."""
    deliveries = await asyncio.to_thread(_deliver_waiting, current())
    say_all(waiting_lines(deliveries))
    return deliveries


def _deliver_waiting(runtime: Runtime) -> tuple[Delivery, ...]:
    forget_old_files(runtime)
    return tuple(deliver_due(runtime, early=True))


@task(name="summarize", task_run_name="summarize {session.project_name}", **ONCE)
async def summarize(session: SessionReport) -> None:
    """Leave the session's summary in Prefect as an artifact."""
    runtime = current()
    await acreate_markdown_artifact(
        key="aegis-session",
        markdown=runtime.redactor.mask(session_markdown(session)),
        description=f"What Aegis did in {runtime.redactor.mask(session.project_name)}",
    )
