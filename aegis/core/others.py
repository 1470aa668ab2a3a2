"""The tasks around the judged ones: what they wait for and Aegis does not judge, and the subtasks done with them."""

from __future__ import annotations

from collections.abc import Sequence

from aegis.core.facts import Facts
from aegis.core.models import AsanaTask, AssessedTask, OtherKind, OtherTask
from aegis.core.scope import is_ours_to_do
from aegis.core.turned_down import turned_down


def others_of(facts: Facts, judged: Sequence[AssessedTask]) -> tuple[OtherTask, ...]:
    """Each task that a judged one waits for, directly or through others like it, and that is not judged itself."""
    known = {task.gid for task in judged}
    subtasks = {one.gid: one for some in facts.subtasks.values() for one in some}
    found: dict[str, OtherTask] = {}
    waiting = [gid for task in judged for gid in task.waits_for]
    for gid in waiting:  # grows while it is walked
        if gid not in known:
            known.add(gid)
            found[gid] = _other(facts, gid, subtasks.get(gid))
            waiting += found[gid].waits_for
    return tuple(found.values())


def parts_of(facts: Facts, task: AsanaTask) -> tuple[OtherTask, ...]:
    """The open subtasks that are part of the task's work; one that somebody has is a reason to wait instead."""
    return tuple(
        _named(one, "subtask")
        for one in facts.subtasks.get(task.gid, ())
        if not one.completed and is_ours_to_do(one, facts.scope)
    )


def _other(facts: Facts, gid: str, subtask: AsanaTask | None) -> OtherTask:
    here = facts.index.open.get(gid)
    if here is not None:
        return _named(here, _kind(facts, here), waits_for=tuple(facts.index.open_dependencies(here)))
    if subtask is not None:
        return _named(subtask, "somebody")
    outside = facts.outside.get(gid) or facts.index.completed.get(gid)
    if isinstance(outside, AsanaTask):
        here_too = any(place.project_gid == facts.project.gid for place in outside.memberships)
        return _named(outside, "left-out" if here_too else "elsewhere")
    return OtherTask(gid=gid, name="", kind="unseen", note=outside or "")


def _kind(facts: Facts, task: AsanaTask) -> OtherKind:
    if task.gid in facts.index.questions:
        return "question"
    return "left-out" if is_ours_to_do(task, facts.scope) else "somebody"


def _whose(task: AsanaTask) -> str:
    return task.assignee.name or "somebody" if task.assignee else ""


def _named(task: AsanaTask, kind: OtherKind, waits_for: tuple[str, ...] = ()) -> OtherTask:
    return OtherTask(
        gid=task.gid,
        name=task.name,
        kind=kind,
        note=", ".join(filter(None, (_whose(task), turned_down(task)))),
        project_name=next((m.project_name for m in task.memberships), "") if kind == "elsewhere" else "",
        permalink_url=task.permalink_url,
        waits_for=waits_for,
    )
