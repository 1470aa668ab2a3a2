"""What Aegis does now, as `aegis start` shows it: a picture of one moment, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from dataclasses import dataclass
from datetime import datetime, timedelta

from aegis.core.text import one_line


@dataclass(frozen=True)
class RunningTask:
    """An agent at work: since when, and who owns it."""

    task_gid: str
    task: str
    project: str
    since: datetime
    by: str
    attempt: int = 1


@dataclass(frozen=True)
class EndedTask:
    """An execution that has ended; `verdict` is done, failed, question, blocked, not_its_fault or interrupted."""

    execution_id: str
    task: str
    project: str
    verdict: str
    headline: str
    cost_usd: float
    ended_at: datetime


@dataclass(frozen=True)
class Picture:
    """One moment. `questions` are the open ones; `trouble` is what stands in the way of looking or of working.

    `next_tick` is when the next look at the portfolio is due, where one is to be expected.
    """

    at: datetime
    running: tuple[RunningTask, ...] = ()
    ended: tuple[EndedTask, ...] = ()
    questions: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    waiting_projects: tuple[str, ...] = ()
    undelivered: int = 0
    refused: int = 0
    spent_usd: float = 0.0
    limit_usd: float = 0.0
    ticking: bool = False
    next_tick: datetime | None = None
    latest_tick: datetime | None = None
    trouble: tuple[str, ...] = ()


def events(before: Picture | None, after: Picture) -> Iterator[str]:
    """What happened between two pictures, one line each; of the first picture only what holds or runs already."""
    old = before or Picture(after.at)
    known = {(one.task_gid, one.since) for one in old.running}
    for one in after.running:
        if (one.task_gid, one.since) not in known:
            attempt = f", attempt {one.attempt}" if one.attempt > 1 else ""
            yield f"started  {_named(one.task, one.project)}{attempt} ({one.by})"
    seen = {one.execution_id for one in old.ended}
    for ended in reversed(after.ended if before is not None else ()):
        if ended.execution_id not in seen:
            yield f"ended    {_named(ended.task, ended.project)}: {_verdict(ended)}, {ended.cost_usd:.2f} USD"
    yield from _changes("asked" if before is not None else "open", "settled", old.questions, after.questions)
    yield from _changes("held", "lifted", old.held, after.held)
    yield from _changes("trouble", "over", old.trouble, after.trouble)
    if after.refused > old.refused:
        yield f"refused  Asana refused {after.refused} write{'' if after.refused == 1 else 's'}: see `aegis status`"


def at_first(picture: Picture) -> str:
    """What a watch begins with: how much is at work, and what was spent."""
    at_work = f"{_count(picture.running, 'agent')} at work" if picture.running else "no agent is at work"
    return f"watching {at_work}. {tick_line(picture)}"


def _changes(begun: str, over: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{begun:<8} {one_line(one)}" for one in after if one not in before)
    yield from (f"{over:<8} {_without_end(one_line(one))}" for one in before if one not in after)


def _without_end(told: str) -> str:
    """What held, without until when, and how it is lifted."""
    kept, _, end = told.rpartition("; ")
    return kept if kept and (end.startswith("held") or end.endswith("lifts it")) else told


def _named(task: str, project: str) -> str:
    return f"'{one_line(task, 100)}'" + (f" ({one_line(project, 60)})" if project else "")


def _verdict(ended: EndedTask) -> str:
    return one_line(ended.headline or ended.verdict.replace("_", " "), 160)


def table_rows(picture: Picture) -> list[tuple[str, str, str, str]]:
    """The rows of the table of agents at work: task, project, for how long, who."""
    return [
        (one_line(one.task, 80), one_line(one.project, 40), duration(picture.at - one.since), one.by)
        for one in picture.running
    ]


def latest_rows(picture: Picture, most: int = 5) -> list[str]:
    """The latest ended executions, newest first."""
    return [f"{_verdict(one)}  {_named(one.task, one.project)}  {one.cost_usd:.2f} USD" for one in picture.ended[:most]]


def waits(picture: Picture) -> list[str]:
    """What waits, for whom."""
    found = []
    if picture.waiting_projects:
        found.append(f"projects with ready work: {', '.join(one_line(name, 40) for name in picture.waiting_projects)}")
    if picture.questions:
        found.append(f"{_count(picture.questions, 'open question')}: {one_line('; '.join(picture.questions), 120)}")
    if picture.undelivered:
        found.append(f"{picture.undelivered} write{'s' if picture.undelivered > 1 else ''} to Asana to be delivered")
    if picture.refused:
        found.append(f"{picture.refused} refused by Asana (`aegis status`)")
    return found


def tick_line(picture: Picture) -> str:
    """When the next look is, and what was spent."""
    spent = f"Spent today (UTC): {picture.spent_usd:.2f} of {picture.limit_usd:g} USD"
    if picture.ticking:
        return f"{spent} · looking now"
    if picture.next_tick is None:
        if picture.latest_tick is None:
            return spent
        return f"{spent} · latest look {duration(picture.at - picture.latest_tick)} ago"
    left = picture.next_tick - picture.at
    return f"{spent} · next look {'due' if left <= timedelta(0) else f'in {duration(left)}'}"


def duration(span: timedelta) -> str:
    """A span as people say it: 42 s, 3 min 5 s, 2 h 10 min."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def _count(of: Sized, name: str) -> str:
    return f"{len(of)} {name}{'' if len(of) == 1 else 's'}"
