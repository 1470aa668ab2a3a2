"""Which of a project's tasks are Aegis's to take at all (docs/architecture.md, "Readiness")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aegis.core.models import AsanaTask
from aegis.core.references import same_name

_TAKEN_KINDS = ("default_task", "")


@dataclass(frozen=True)
class Scope:
    """The user's filters; empty ones let everything pass. Names are compared in any case.

    `homes` tells of tasks that Aegis moved itself: task GID and the GID of the section that we put it into -> the name
    of the one that a person left it in. A task that stands where we put it counts as standing there still.
    """

    assignee: str = ""
    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    section: str | None = None
    homes: Mapping[tuple[str, str], str] = field(default_factory=dict, hash=False)


def is_considered(task: AsanaTask, scope: Scope, project_gid: str, *, is_question: bool) -> bool:
    """Whether a task is judged at all: incomplete, nobody's (or the assignee's), of the right kind and place."""
    return (
        not task.completed
        and not is_question
        and not task.is_separator
        and task.resource_subtype in _TAKEN_KINDS
        and task.parent_gid is None
        and _may_take(task, scope)
        and _in_sections(task, scope, project_gid)
        and _has_tag(task, scope)
    )


def is_ours_to_do(task: AsanaTask, scope: Scope) -> bool:
    """Whether it is nobody's, or the assignee's that Aegis works for."""
    return _may_take(task, scope)


def is_where_we_put_it(task: AsanaTask, scope: Scope) -> bool:
    """Whether it stands in a section that Aegis moved it to, and no person has moved it since."""
    return bool(scope.homes) and any((task.gid, place.section_gid) in scope.homes for place in task.memberships)


def _may_take(task: AsanaTask, scope: Scope) -> bool:
    if task.assignee is None:
        return True
    wanted = scope.assignee.strip().casefold()
    return bool(wanted) and wanted in (task.assignee.gid, task.assignee.email.casefold())


def _in_sections(task: AsanaTask, scope: Scope, project_gid: str) -> bool:
    places = [place for place in task.memberships if place.project_gid == project_gid]
    left_in = [home for m in places if (home := scope.homes.get((task.gid, m.section_gid))) is not None]
    here = _names((*(place.section_name for place in places), *left_in))
    if scope.section is not None and same_name(scope.section) not in here:
        return False
    return not scope.sections or bool(here & _names(scope.sections))


def _has_tag(task: AsanaTask, scope: Scope) -> bool:
    return not scope.tags or bool(_names(task.tags) & _names(scope.tags))


def _names(names: Iterable[str]) -> set[str]:
    return {same_name(name) for name in names}
