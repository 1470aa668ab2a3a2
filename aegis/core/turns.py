"""Whose turn it is: which projects get a run now, from who has ready work, who runs, and who had a turn last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """A project as the turn is decided: `place` is its place in the portfolios, `work` what a run could do now."""

    project_gid: str
    place: int
    work: int
    busy: bool = False
    held: str = ""
    last_turn: datetime | None = None


@dataclass(frozen=True)
class Turns:
    """Who starts now, and who must wait for a free place."""

    start: tuple[str, ...] = ()
    wait: tuple[str, ...] = ()


def next_turns(candidates: Sequence[Candidate], *, free: int) -> Turns:
    """Round robin: who has waited longest since the last turn comes first, the portfolio's order breaks ties.

    Args:
        candidates: all projects.
        free: how many more agents may be at work.
    """
    eligible = [one for one in candidates if one.work > 0 and not one.busy and not one.held]
    queue = sorted(eligible, key=lambda one: (one.last_turn or _NEVER, one.place))
    gids = tuple(one.project_gid for one in queue)
    return Turns(gids[: max(0, free)], gids[max(0, free) :])


def looked_at_now(reads: Sequence[tuple[str, datetime | None]], *, allowance: int) -> tuple[str, ...]:
    """Which projects are looked at in this tick, where one look at each would pass the rate limit: the longest unseen.

    Args:
        reads: (project, last look) in the portfolio's order.
        allowance: how many requests this tick may send for looks.
    """
    if len(reads) <= allowance:
        return tuple(gid for gid, _ in reads)
    oldest = sorted(range(len(reads)), key=lambda at: (reads[at][1] or _NEVER, at))
    chosen = set(oldest[: max(1, allowance)])
    return tuple(gid for at, (gid, _) in enumerate(reads) if at in chosen)
