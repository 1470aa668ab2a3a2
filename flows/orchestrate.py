"""The flow `orchestrate`: one tick over the portfolio, short; all that it knows is in Asana and the database."""

from __future__ import annotations

if __name__ == "__main__":  # before Prefect is imported: the command decides which server it runs on
    import sys

    from aegis.cli import main

    sys.exit(main(["start", "--once", *sys.argv[1:]]))

from collections.abc import Iterator

from prefect import flow, tags

from aegis.adapters.claims import Claim
from aegis.core.models import Frozen
from aegis.core.text import one_line
from aegis.wiring import Runtime, open_runtime
from tasks.account import look_at_holds
from tasks.night import tell_the_day
from tasks.observe import Observed, observe
from tasks.place import short_place
from tasks.recover import recover
from tasks.report import deliver_waiting
from tasks.say import say_all
from tasks.session import session
from tasks.start import Started, Turn, start_runs
from tasks.tidy import tidy
from tasks.watch_running import Stopped, watch_running

TICK = "tick"
"""The key of the claim under which one tick at a time runs, on all machines."""


class TickReport(Frozen):
    """What one tick did."""

    projects: int = 0
    looked: int = 0
    read: int = 0
    judged: int = 0
    requests: int = 0
    spread: bool = False
    recovered: int = 0
    delivered: int = 0
    answered: int = 0
    stopped: tuple[Stopped, ...] = ()
    turns: tuple[Turn, ...] = ()
    waiting: tuple[Turn, ...] = ()
    held: str = ""
    troubles: tuple[str, ...] = ()
    skipped: str = ""


@flow(name="orchestrate", flow_run_name="tick", persist_result=False)
async def orchestrate(projects: list[str] | None = None, deploy: bool = True) -> TickReport:
    """Look at the portfolio once: recover, deliver, see what changed, and start what is ready.

    Args:
        projects: GIDs of the projects to look at; all of the portfolio where none are named.
        deploy: Ask Prefect for the runs; else only decide whose turn it is.
    """
    async with short_place():  # before anything else: who dies in what follows bars the next ones for a minute only
        return await _alone(projects or [], deploy=deploy)


async def _alone(projects: list[str], *, deploy: bool) -> TickReport:
    """One tick, unless another one runs somewhere."""
    with open_runtime() as runtime, session(runtime, "orchestrate") as noted, tags("aegis"):
        claim = runtime.state.claims.acquire(TICK, runtime.owner)
        if not isinstance(claim, Claim):
            return TickReport(skipped="another tick runs")
        try:
            report = await _tick(runtime, projects, deploy=deploy)
        finally:
            runtime.state.claims.release(claim)
        noted.reports(report)
        say_all(tick_lines(report))
        return report


async def _tick(runtime: Runtime, projects: list[str], *, deploy: bool) -> TickReport:
    recovered = await recover()
    await look_at_holds()
    delivered = await deliver_waiting()
    stopped = await watch_running()
    seen = await observe(projects)
    started = await start_runs(seen, deploy=deploy)
    await tell_the_day()
    await tidy()
    report = _report(runtime, seen, started)
    return report.model_copy(update={"recovered": recovered.sessions, "delivered": len(delivered), "stopped": stopped})


def _report(runtime: Runtime, seen: Observed, started: Started) -> TickReport:
    return TickReport(
        projects=len(seen.projects),
        looked=seen.looked,
        read=seen.read,
        judged=seen.judged,
        requests=runtime.asana.request_count,
        spread=seen.spread,
        answered=seen.answered,
        turns=started.turns,
        waiting=started.waiting,
        held=started.held,
        troubles=tuple(seen.troubles),
    )


def tick_lines(report: TickReport) -> Iterator[str]:
    """What people are told of a tick: nothing where nothing happened."""
    if report.recovered:
        yield f"Recovered: {report.recovered} interrupted run{'s' if report.recovered > 1 else ''}"
    if report.delivered:
        yield f"Delivered to Asana: {report.delivered}"
    if report.answered:
        yield f"Answered by people: {report.answered} question{'s' if report.answered > 1 else ''}"
    if report.spread:
        yield (
            f"Looked at {report.looked} of {report.projects} projects: more would pass RATE_LIMIT_PER_MINUTE; "
            "the others come with the next ticks"
        )
    for one in report.stopped:
        yield f"■ Asked to stop: {one.name}: {one.why}{'; it goes on with that' if one.news else ''}"
    for turn in report.turns:
        yield f"▶ Started: work-on {one_line(turn.name)}"
    if report.waiting:
        names = ", ".join(one_line(turn.name, 40) for turn in report.waiting[:5])
        yield f"Waits for a free place (MAX_CONCURRENT_TASKS): {names}"
    if report.held:
        yield f"⚠ Held: {report.held}"
    for trouble in report.troubles:
        yield f"⚠ {trouble}"
