"""The summary of a day, told at REPORT_AT: what was done, what failed, what waits, what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from aegis.core.text import one_line

_MOST_NAMED = 10


@dataclass(frozen=True)
class DoneWork:
    """One execution that ended: the task's name, its verdict and its cost in US dollars."""

    name: str
    verdict: str
    cost_usd: float


def due_report(report_at: str, local_now: datetime) -> date | None:
    """The day whose summary is due, None before REPORT_AT (HH:MM, local time) or where none is wanted."""
    if not report_at:
        return None
    hour, _, minute = report_at.partition(":")
    reached = (local_now.hour, local_now.minute) >= (int(hour), int(minute))
    return local_now.date() if reached else None


def night_title(works: Sequence[DoneWork]) -> str:
    """The summary in one line."""
    done = sum(work.verdict == "done" for work in works)
    failed = sum(work.verdict == "failed" for work in works)
    return f"Aegis: {done} done, {failed} failed, {sum(work.cost_usd for work in works):.2f} USD"


def night_text(works: Sequence[DoneWork], *, waiting: int, undelivered: int, held: Sequence[str]) -> str:
    """The summary.

    Args:
        works: the executions that ended since the last summary, oldest first.
        waiting: open questions.
        undelivered: writes that wait for Asana, or that it refused.
        held: what is held now, as sentences.
    """
    lines: list[str] = []
    for title, verdicts in (
        ("Done", ("done",)),
        ("Failed", ("failed",)),
        ("Asked or blocked", ("question", "blocked")),
    ):
        names = [one_line(work.name, 100) or "a task" for work in works if work.verdict in verdicts]
        if names:
            lines.append(f"{title}: {len(names)}")
            lines += [f"- {name}" for name in names[:_MOST_NAMED]]
            if len(names) > _MOST_NAMED:
                lines.append(f"- … and {len(names) - _MOST_NAMED} more")
    if not lines:
        lines.append("No task was worked on.")
    lines += [f"Open questions: {waiting}"] if waiting else []
    lines += [f"Not delivered to Asana: {undelivered} (see aegis status)"] if undelivered else []
    lines += [f"Held: {sentence}" for sentence in held]
    lines.append(f"Cost: {sum(work.cost_usd for work in works):.2f} USD")
    return "\n".join(lines)
