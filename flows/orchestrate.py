"""The flow `orchestrate`: one tick, a look at all that Aegis watches."""

from __future__ import annotations

from prefect import flow, tags

from aegis.wiring import open_runtime
from tasks.recover import recover
from tasks.report import deliver_waiting
from tasks.session import session
from tasks.tidy import tidy


@flow(name="orchestrate", flow_run_name="orchestrate", persist_result=False)
async def orchestrate(projects: list[str] | None = None) -> None:
    """One tick: end what died, deliver what waits.

    Args:
        projects: Names, GIDs or Asana URLs of the projects to look at; without any, all of the portfolio.
    """
    with open_runtime() as runtime, session(runtime, "orchestrate"), tags("aegis"):
        await recover()
        await deliver_waiting()
        await tidy()
