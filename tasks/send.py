"""Send: the outbox's rows that are due go out, and the questions that Asana made of them are noted."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from aegis.adapters.delivery import deliver
from aegis.core.models import AsanaTask, Delivery
from aegis.wiring import Runtime
from tasks.clock import now

log = logging.getLogger("aegis.run")


def deliver_due(
    runtime: Runtime,
    task_gids: Sequence[str] | None = None,
    *,
    early: bool = False,
    just_read: AsanaTask | None = None,
) -> list[Delivery]:
    """Deliver what is due (with `early` also what is not yet), of these tasks or of all.

    `just_read` is a task as Asana showed it a moment ago: where it stands need not be asked again.
    """
    deliveries = deliver(
        runtime.state.outbox,
        runtime.asana,
        owner=runtime.owner,
        now=now(),
        notifier=runtime.notifier,
        task_gids=task_gids,
        early=early,
        just_read=just_read,
    )
    _note_moves(runtime, deliveries)
    for delivery in deliveries:
        if delivery.kind == "create-task" and delivery.result_gid:
            row = runtime.state.outbox.get(delivery.row_id)
            if row is not None and "fingerprint" in row.payload:
                runtime.state.questions.asked(str(row.payload["fingerprint"]), delivery.result_gid)
    return deliveries


def _note_moves(runtime: Runtime, deliveries: Iterable[Delivery]) -> None:
    """Say of moves that were not made why; a section that Asana does not let us use is tried no more."""
    for one in deliveries:
        if one.kind != "move" or one.state != "confirmed" or not one.error:
            continue
        if not one.refused:
            log.info("The task %s was not moved: %s", one.task_gid, one.error)
            continue
        log.warning("Tasks stay where they stand, for Asana refuses a section: %s", one.error)
        for sections in runtime.sections.values():
            for stage in [stage for stage, section in sections.items() if section.gid == one.target_gid]:
                del sections[stage]
