"""A move to a section, as the outbox holds it: made only from where it may be, which is looked up first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aegis.adapters.asana import AsanaClient
from aegis.adapters.outbox import OutboxRow
from aegis.core.models import Membership
from aegis.core.sections import section_in, why_not_moved
from aegis.errors import AsanaForbiddenError, AsanaNotFoundError, AsanaPlanError, AsanaRefusedError

_REFUSED = (AsanaRefusedError, AsanaForbiddenError, AsanaNotFoundError, AsanaPlanError)


@dataclass(frozen=True)
class Ended:
    """Where a move left its task: the GID of the section, None where nobody knows; `why_not` where it was not made.

    `refused` is whether Asana does not let us put tasks into that section.
    """

    stands: str | None
    why_not: str = ""
    refused: bool = False


SUPERSEDED = "a later move takes its place"


def make_move(
    asana: AsanaClient, row: OutboxRow, places: Mapping[str, tuple[Membership, ...]], *, superseded: bool = False
) -> Ended:
    """Make the move of a row, unless the task stands there already or where a person has put it.

    Args:
        asana: the client.
        row: the outbox's row; where an earlier send may have been applied, the task is looked up in any case.
        places: where tasks stand, as Asana said just now.
        superseded: whether a later move of the task is stored: then at most it is looked up whether this one was made.

    Raises AsanaError where the task cannot be looked up, or where it is to be tried again.
    """
    if superseded and not row.uncertain:
        return Ended(None, SUPERSEDED)
    task_gid, project_gid = row.task_gid or "", str(row.payload.get("project", ""))
    memberships = places.get(task_gid) if not row.uncertain else None
    found = section_in(asana.places(task_gid) if memberships is None else memberships, project_gid)
    stands = found.gid if found is not None else None
    if stands == row.target_gid:
        return Ended(stands)
    why_not = SUPERSEDED if superseded else why_not_moved(stands, [str(gid) for gid in row.payload.get("ours", [])])
    if why_not:
        return Ended(stands or "", why_not)
    try:
        _put(asana, row, task_gid)
    except _REFUSED as error:
        return Ended(stands, str(error), refused=True)
    return Ended(row.target_gid)


def _put(asana: AsanaClient, row: OutboxRow, task_gid: str) -> None:
    """Beside its neighbour of before, where that is still there; else to the top."""
    before, after = str(row.payload.get("before") or ""), str(row.payload.get("after") or "")
    for place in ({"before": before}, {"after": after}):
        if any(place.values()):
            try:
                asana.move(task_gid, row.target_gid, **place)
                return
            except (AsanaRefusedError, AsanaNotFoundError):
                continue  # the neighbour has moved on, perhaps: what else is wrong is wrong without it too
    asana.move(task_gid, row.target_gid)
