"""What the texts of a project's tasks say, read once for all the facts that follow from each other.

A session asks several times who waits for what: before it fetches, for its first judgement, after each task that ends.
A text says the same as long as it is the same and the same names are known to its reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aegis.core.models import AsanaTask
from aegis.core.names import Names
from aegis.core.reading.known import Reference
from aegis.core.services import Requirement, required_services


class Read:
    """What was read with the same names known."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._said: dict[str, tuple[str, tuple[Reference, ...]]] = {}

    def said(self, task: AsanaTask, read: Callable[[], tuple[Reference, ...]]) -> tuple[Reference, ...]:
        """What the task's text says; `read` reads it where it was not read yet, or is another one now."""
        notes, said = self._said.get(task.gid, (None, ()))
        if notes != task.notes:
            said = read()
            self._said[task.gid] = (task.notes, said)
        return said


class Readings:
    """What was read with the names that were known last."""

    def __init__(self) -> None:
        self._named: frozenset[tuple[str, str]] = frozenset()
        self._read = Read(Names(()))
        self._required: dict[str, tuple[str, str, tuple[Requirement, ...]]] = {}

    def with_names(self, named: Iterable[tuple[str, str]]) -> Read:
        """What was read while just these tasks (GIDs with names) were known; nothing yet where others were."""
        listed = list(named)
        if self._named != (these := frozenset(listed)):
            self._named, self._read = these, Read(Names(listed))
        return self._read

    def required(self, task: AsanaTask) -> tuple[Requirement, ...]:
        """What the task requires besides other tasks."""
        name, notes, required = self._required.get(task.gid, (None, None, ()))
        if name != task.name or notes != task.notes:
            required = required_services(task)
            self._required[task.gid] = (task.name, task.notes, required)
        return required
