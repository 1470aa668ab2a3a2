"""When nothing is to be started: decided from how a run ended, for the account that it ran on.

A used-up plan window holds at once, until it opens. A login, a credit, a model or a CLI that fails holds after two runs
in a row: one may be an accident. Neither is a task's fault (docs/architecture.md, "The tick").
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aegis.core.text import one_line

AFTER = 2
LONGEST_WINDOW = timedelta(days=8)
"""A plan's longest window is a week; a time beyond this is a mistake of somebody's."""
WINDOW_WITHOUT_END = timedelta(minutes=15)
PROBES = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15, 30))

_PROJECT = "project:"

KINDS = {
    "plan_window": "the Claude plan's usage window is used up",
    "login": "the Claude CLI is not logged in, or its key is not accepted",
    "credit": "the Anthropic account's credit is used up",
    "overloaded": "the model is overloaded or limits the rate",
    "unreachable": "the model cannot be reached",
    "cli": "the Claude CLI cannot be run",
    "pause": "paused by a person",
    "budget": "the day's money is spent",
}
"""The kinds of holds, as people read them."""


@dataclass(frozen=True)
class Decision:
    """What becomes of an account after a run that could not be: how it is held, or only counted."""

    kind: str
    reason: str
    active: bool
    failures: int = 0
    until: datetime | None = None
    probe_at: datetime | None = None


def account_scope(credential: str | None, place: str, base_url: str | None) -> str:
    """The name of an account, from which its credential cannot be told.

    Args:
        credential: the key or token; None where the CLI has a login of its own.
        place: host and configuration directory of the CLI, which stand for its own login.
        base_url: the Messages API's address, None for Anthropic's.
    """
    text = "\0".join((credential or f"login:{place}", base_url or ""))
    return f"account:{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def after_unusable(
    kind: str, detail: str, *, failures: int, resets_at: int | None, now: datetime, jitter: float
) -> Decision:
    """Decide after a run that ended for a reason that is no task's.

    Args:
        kind: why, one of KINDS.
        detail: what the CLI said.
        failures: how many runs failed before this one, in a row, on this account.
        resets_at: when the plan's window opens, in epoch seconds, where the CLI named it.
        now: the time now.
        jitter: from 0 to 1: machines that wait for the same moment do not all come at it.
    """
    said = one_line(detail, 200)
    reason = f"{KINDS.get(kind, kind)}: {said}" if said else KINDS.get(kind, kind)
    if kind == "plan_window":
        return Decision(kind, reason, True, until=_window_end(resets_at, now, jitter))
    count = failures + 1
    if count < AFTER:
        return Decision(kind, reason, False, count)
    return Decision(kind, reason, True, count, probe_at=now + PROBES[0] * (1 + jitter / 10))


def _window_end(resets_at: int | None, now: datetime, jitter: float) -> datetime:
    if resets_at is None:
        return now + WINDOW_WITHOUT_END * (1 + jitter / 10)
    try:
        named = datetime.fromtimestamp(resets_at, UTC)
    except (ValueError, OverflowError, OSError):
        return now + WINDOW_WITHOUT_END * (1 + jitter / 10)
    end = min(max(named, now), now + LONGEST_WINDOW)
    return end + min((end - now) / 20, timedelta(seconds=60)) * jitter + timedelta(seconds=1)


def next_probe(failures: int, now: datetime) -> datetime:
    """When a hold is looked at again after a probe that failed."""
    return now + PROBES[min(max(failures - AFTER + 1, 0), len(PROBES) - 1)]


def sentence(kind: str, reason: str, until: datetime | None, probe_at: datetime | None, scope: str = "") -> str:
    """A hold as people read it: what, until when, and who lifts it; a project's pause by the project's GID."""
    if until is not None:
        return f"{reason}; held until {_at(until)}"
    if probe_at is not None:
        return f"{reason}; held until it works again, looked at again at {_at(probe_at)}"
    if kind != "pause":
        return f"{reason}; held"
    project = scope.removeprefix(_PROJECT) if scope.startswith(_PROJECT) else ""
    return f"{reason}; `{f'aegis resume {project}'.strip()}` lifts it"


def _at(at: datetime) -> str:
    return at.astimezone().isoformat(timespec="minutes")


def first_sentence(sentences: Sequence[str]) -> str:
    """What is told where several things hold: the first, and that there are more."""
    if not sentences:
        return ""
    more = f" (and {len(sentences) - 1} more, see `aegis status`)" if len(sentences) > 1 else ""
    return sentences[0] + more
