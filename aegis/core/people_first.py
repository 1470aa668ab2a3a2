"""People come first: what they did to a task while an agent works on it, and what that means for the agent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aegis.core.models import AsanaTask, Frozen, Story
from aegis.core.scope import Scope, is_considered
from aegis.core.text import one_line


class Begun(Frozen):
    """A task as its agent began it; `considered` is whether it would be taken without being named."""

    text: str
    considered: bool
    in_project: bool = False
    assignee_gid: str | None = None
    dependencies: tuple[str, ...] = ()
    seen_until: datetime | None = None


@dataclass(frozen=True)
class Change:
    """What a person changed: the agent is stopped; with `news` it goes on at once with it."""

    why: str
    news: bool = False


def begun(task: AsanaTask, scope: Scope, project_gid: str, stories: Iterable[Story]) -> Begun:
    """The task as an agent begins it."""
    times = [story.created_at for story in stories if story.created_at is not None]
    return Begun(
        text=text_digest(task),
        considered=is_considered(task, scope, project_gid, is_question=False),
        in_project=_is_in(task, project_gid),
        assignee_gid=task.assignee.gid if task.assignee else None,
        dependencies=task.dependencies,
        seen_until=max(times, default=None),
    )


def text_digest(task: AsanaTask) -> str:
    """A hash over what the agent is told of the task's own words."""
    return hashlib.sha256("\0".join((task.name, task.notes)).encode("utf-8", "replace")).hexdigest()[:24]


def new_dependencies(before: Begun, task: AsanaTask) -> tuple[str, ...]:
    """What the task waits for now and did not when it was begun."""
    return tuple(gid for gid in task.dependencies if gid not in before.dependencies)


def change_of(
    before: Begun,
    task: AsanaTask | None,
    *,
    scope: Scope,
    project_gid: str,
    open_dependencies: Sequence[AsanaTask] = (),
    new_comments: int = 0,
) -> Change | None:
    """What a person changed of a running task, None where its agent may go on as it is.

    Args:
        before: the task as its agent began it.
        task: the task now, None where it is deleted or cannot be seen any more.
        scope: which tasks are taken at all.
        project_gid: the project that it was begun in.
        open_dependencies: those of its new dependencies that are not complete.
        new_comments: how many comments of people there are since it was begun.
    """
    if task is None:
        return Change("it was deleted in Asana, or cannot be seen any more")
    if task.completed:
        return Change("it was completed in Asana meanwhile")
    assignee = task.assignee.gid if task.assignee else None
    if assignee != before.assignee_gid and assignee is not None and not _may_go_on(task, scope, project_gid):
        return Change(f"it was assigned to {one_line(task.assignee.name if task.assignee else '') or 'somebody'}")
    if before.in_project and not _is_in(task, project_gid):
        return Change("it was taken out of the project")
    if before.considered and not _may_go_on(task, scope, project_gid):
        return Change("it was taken out of the sections, tags or kinds of tasks that Aegis takes")
    if open_dependencies:
        names = ", ".join(f"'{one_line(one.name, 60)}'" for one in open_dependencies[:3])
        return Change(f"it waits for {names} now")
    if text_digest(task) != before.text:
        return Change("its text was changed", news=True)
    if new_comments:
        return Change(f"{new_comments} new comment{'s' if new_comments > 1 else ''} of people", news=True)
    return None


def _is_in(task: AsanaTask, project_gid: str) -> bool:
    return any(membership.project_gid == project_gid for membership in task.memberships)


def _may_go_on(task: AsanaTask, scope: Scope, project_gid: str) -> bool:
    return is_considered(task, scope, project_gid, is_question=False)
