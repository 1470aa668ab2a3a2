"""Which tasks can be made to depend on a question natively: Asana takes so many links a task, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aegis.core.models import AsanaTask

MOST_LINKS = 30
"""Dependencies and dependents of a task together (published API description)."""


class Links:
    """Counts the links of a project's tasks, those of its list and those that are planned."""

    def __init__(self, tasks: Iterable[AsanaTask]) -> None:
        self._needs: dict[str, set[str]] = {}
        self._count: dict[str, int] = {}
        for task in tasks:
            self._needs[task.gid] = set(task.dependencies)
            for gid in (task.gid, *task.dependencies):
                self._count.setdefault(gid, 0)
            self._count[task.gid] += len(set(task.dependencies))
            for gid in set(task.dependencies):
                self._count[gid] += 1

    def plan(self, question: str, waiting: Sequence[str], *, leave: Iterable[str] = ()) -> tuple[str, ...]:
        """The waiting tasks to link to a question now, in order: not those that are linked, nor those to `leave`.

        `question` is its GID, or anything that names it alone where it has none yet.
        """
        left, planned = set(leave), []
        for gid in dict.fromkeys(waiting):
            needs = self._needs.setdefault(gid, set())
            if gid in left or question in needs or gid == question:
                continue
            if max(self._count.get(gid, 0), self._count.get(question, 0)) >= MOST_LINKS:
                continue
            needs.add(question)
            for one in (gid, question):
                self._count[one] = self._count.get(one, 0) + 1
            planned.append(gid)
        return tuple(planned)
