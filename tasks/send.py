"""Send: the outbox's rows that are due go out, and the questions that Asana made of them are noted."""

from __future__ import annotations

from collections.abc import Sequence

from aegis.adapters.delivery import deliver
from aegis.core.models import Delivery
from aegis.wiring import Runtime
from tasks.clock import now


def deliver_due(runtime: Runtime, task_gids: Sequence[str] | None = None, *, early: bool = False) -> list[Delivery]:
    """Deliver what is due (with `early` also what is not yet), of these tasks or of all."""
    deliveries = deliver(
        runtime.state.outbox,
        runtime.asana,
        owner=runtime.owner,
        now=now(),
        notifier=runtime.notifier,
        task_gids=task_gids,
        early=early,
    )
    for delivery in deliveries:
        if delivery.kind == "create-task" and delivery.result_gid:
            row = runtime.state.outbox.get(delivery.row_id)
            if row is not None and "fingerprint" in row.payload:
                runtime.state.questions.asked(str(row.payload["fingerprint"]), delivery.result_gid)
    return deliveries
