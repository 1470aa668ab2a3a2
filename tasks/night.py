"""Night: the summary of the day, told through AEGIS_NOTIFY_URLS from REPORT_AT on; spent money; pauses. Each once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from prefect import task

from aegis.adapters.holds import EVERYTHING
from aegis.core.holds import sentence
from aegis.core.night import DoneWork, due_report, night_text, night_title
from aegis.core.text import one_line
from aegis.wiring import Runtime, current
from tasks.budget import spent_up
from tasks.clock import now
from tasks.notices import notify
from tasks.policies import ONCE

_DAY = timedelta(days=1)


@task(name="night", task_run_name="tell the day", **ONCE)
async def tell_the_day() -> None:
    """Note what is due to be told; it goes out with the next delivery, once a day for all machines."""
    await asyncio.to_thread(_tell, current())


def _tell_pauses(runtime: Runtime) -> None:
    for hold in runtime.state.holds.active(now()):
        if hold.kind == "pause":
            gid = hold.scope.removeprefix("project:")
            name = runtime.state.executions.projects().get(gid, gid)
            title = "Aegis is paused" if hold.scope == EVERYTHING else f"Aegis is paused for '{one_line(name)}'"
            text = sentence(hold.kind, hold.reason, hold.until, hold.probe_at, hold.scope)
            notify(runtime, "pause", f"{hold.scope}:{hold.since:%Y%m%dT%H%M%S}", title, f"{text}.")


def _tell(runtime: Runtime) -> None:
    if not runtime.notifier.addresses:
        return
    limit = spent_up(runtime)
    if limit:
        notify(runtime, "budget", f"{now():%Y-%m-%d}", "Aegis starts nothing more today", limit)
    _tell_pauses(runtime)
    day = due_report(runtime.settings.report_at, now().astimezone())
    kept = f"night:{day}"
    if day is None or runtime.state.cache.get(kept) is not None:
        return
    ended = runtime.state.executions.ended_since(now() - _DAY)
    names = runtime.state.executions.names({row.task_gid for row in ended})
    works = [DoneWork(names.get(row.task_gid, ""), row.verdict or "", row.cost_usd) for row in ended]
    waiting, parked = runtime.state.outbox.counts()
    held = [
        sentence(one.kind, one.reason, one.until, one.probe_at, one.scope) for one in runtime.state.holds.active(now())
    ]
    text = night_text(works, waiting=runtime.state.questions.open_count(), undelivered=waiting + parked, held=held)
    notify(runtime, "night", day.isoformat(), night_title(works), text)
    runtime.state.cache.put(kept, "told", 2 * _DAY)
