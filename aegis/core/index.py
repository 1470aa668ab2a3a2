"""A project's tasks by GID, name and number, and what their texts refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aegis.core.labels import Label, label_of, series_of
from aegis.core.models import AsanaTask
from aegis.core.names import Names, same_name
from aegis.core.numbers import numbered_at
from aegis.core.reading.words import Word
from aegis.core.readings import Read, Readings
from aegis.core.references import Known, Reference, dependencies
from aegis.core.services import is_service
from aegis.core.text import one_line
from aegis.core.turned_down import turned_down

LONGEST_NAME = 200
"""Characters of a name in a sentence for people."""


@dataclass(frozen=True)
class Named:
    """What a text's reference turned out to be: a task, several tasks, or (with neither) nothing that is known.

    `unclear`: no task is meant, but something that people give or decide. `sure`: the task bears just this name, number
    or GID; where not, a task that is not open may bear it.
    """

    words: str
    gid: str | None = None
    candidates: tuple[str, ...] = ()
    unclear: bool = False
    sure: bool = True


class Index:
    """Finds tasks: the project's open and completed ones, their subtasks, and those elsewhere that were fetched."""

    def __init__(
        self,
        *,
        tasks: Iterable[AsanaTask],
        completed: Iterable[AsanaTask] = (),
        subtasks: Mapping[str, tuple[AsanaTask, ...]] | None = None,
        outside: Mapping[str, AsanaTask | str] | None = None,
        questions: Iterable[str] = (),
        readings: Readings | None = None,
    ) -> None:
        self.open = {task.gid: task for task in tasks}
        self.completed = {task.gid: task for task in completed}
        self.questions = frozenset(questions)
        self._subtasks = subtasks or {}
        self._outside = outside or {}
        self._readings = readings or Readings()
        self._named: dict[str, tuple[Named, ...]] = {}
        self._services: dict[str, bool] = {}
        self._turned_down: dict[str, bool] = {}
        self._sentences: dict[str, str | None] = {}  # many tasks wait for the same one

    @cached_property
    def _inner(self) -> dict[str, AsanaTask]:
        """The subtasks that are not in the project's own list."""
        listed = (task for tasks in self._subtasks.values() for task in tasks)
        return {task.gid: task for task in listed if task.gid not in self.open and task.gid not in self.completed}

    @cached_property
    def _read(self) -> Read:
        """What the texts say where just these tasks are known."""
        tasks = (*self.open.values(), *self._inner.values(), *self.completed.values())
        return self._readings.with_names((task.gid, task.name) for task in tasks)

    @property
    def names(self) -> Names:
        """The names of all tasks that were read."""
        return self._read.names

    def named_by(self, task: AsanaTask) -> tuple[Named, ...]:
        """What the task's text says it depends on; services and itself left out. Our questions depend on nothing."""
        if task.gid in self.questions:
            return ()
        if task.gid not in self._named:
            said = self._read.said(task, lambda: dependencies(task.notes, known_to(self, task), task.name))
            found = [self._resolve(reference, task) for reference in said]
            self._named[task.gid] = _each_once(one for one in found if one is not None)
        return self._named[task.gid]

    def _resolve(self, reference: Reference, task: AsanaTask) -> Named | None:
        words = reference.words
        bearers, sure = self._bearers(reference, task)
        own = {task.gid, *(one.gid for one in self._subtasks.get(task.gid, ()))}  # its subtasks are its own work
        others = [gid for gid in bearers if gid not in own]
        if bearers and not others:
            return None
        still_open = [gid for gid in others if gid in self.open or self._is_open_inside(gid)]
        if len(still_open) > 1 or (still_open and len(set(others)) > 1):
            return Named(words, candidates=tuple(still_open), sure=sure)  # of several that bear it, none is guessed
        if others and not still_open and reference.within:
            return Named(reference.within)
        if others:
            done = [gid for gid in others if self.blocking(gid) is None]
            return Named(words, gid=(*still_open, *done, *others)[0], sure=sure)
        return None if is_service(words) else Named(words, unclear=reference.unclear)

    def bearers(self, reference: Reference, task: AsanaTask) -> tuple[str, ...]:
        """GIDs of the tasks that a reference in a task's text may mean."""
        return self._bearers(reference, task)[0]

    def _bearers(self, reference: Reference, task: AsanaTask) -> tuple[tuple[str, ...], bool]:
        """GIDs of the tasks that a reference may mean, and whether they bear just that name."""
        if reference.gid is not None:
            return (reference.gid,), True
        if reference.label is not None:
            return self.names.numbered(reference.label, task.name), True
        if self.is_here(reference.words):
            return (reference.words,), True
        found = self.names.find(reference.words)
        if found or reference.unclear or is_service(reference.words):
            return found, True
        return self.names.find_close(reference.words), False

    def _is_open_inside(self, gid: str) -> bool:
        return gid in self._inner and not self._inner[gid].completed

    def is_here(self, gid: str) -> bool:
        """Whether a task is among those of the project that were read."""
        return gid in self.open or gid in self.completed or gid in self._inner

    def open_dependencies(self, task: AsanaTask) -> list[str]:
        """GIDs of open tasks of this project that the task waits for, natively or by its text."""
        gids = [*task.dependencies, *(named.gid for named in self.named_by(task) if named.gid)]
        return [gid for gid in dict.fromkeys(gids) if gid in self.open and gid != task.gid]

    def _task(self, gid: str) -> AsanaTask | str | None:
        """A task by its GID, or why it cannot be seen."""
        return self.open.get(gid) or self._inner.get(gid) or self.completed.get(gid) or self._outside.get(gid)

    def blocking(self, gid: str) -> str | None:
        """The sentence for a dependency that is not done; None where it blocks nothing."""
        if gid not in self._sentences:
            self._sentences[gid] = self._sentence(gid)
        return self._sentences[gid]

    def _sentence(self, gid: str) -> str | None:
        known = self._task(gid)
        if not isinstance(known, AsanaTask):
            return f"Depends on the task {gid}, which cannot be seen ({known or 'not looked at'})"
        trouble = turned_down(known)
        if gid in self.questions and not (known.completed or trouble):
            return f"Waits for an answer to {called(known)}"
        if not known.completed:
            return f"Depends on {called(known)}, which is not complete" + (f": it {trouble}" if trouble else "")
        return f"Depends on {called(known)}, which {trouble}" if trouble else None

    def gone(self, gid: str) -> AsanaTask | str | None:
        """A dependency that no work will ever complete, as a person must know it; None for any other.

        It was turned down (the task), or cannot be seen (the sentence that says why).
        """
        if self.blocking(gid) is None:
            return None
        known = self._task(gid)
        if isinstance(known, AsanaTask):
            return known if self._is_turned_down(gid, known) else None
        return known

    def _is_turned_down(self, gid: str, task: AsanaTask) -> bool:
        if gid not in self._turned_down:
            self._turned_down[gid] = turned_down(task) is not None
        return self._turned_down[gid]


class _KnownTo(Known):
    """What the reader of one task's text must know."""

    def __init__(self, index: Index, task: AsanaTask) -> None:
        self._index = index
        self._own_name = same_name(task.name)
        self._name = task.name
        placed = series_of(task.name)
        self._own_label = placed[1] if placed is not None else label_of(task.name)

    def named(self, words: str) -> bool:
        """A task by its GID or by its name."""
        return self._index.is_here(words) or bool(self._index.names.find(words))

    def close(self, words: str) -> bool:
        """A task by a name that is nearly its own."""
        return bool(self._index.names.find_close(words))

    def numbered(self, label: Label) -> bool:
        """A task by its number."""
        return bool(self._index.names.numbered(label, self._name))

    @property
    def number(self) -> Label | None:
        """The number that this task bears."""
        return self._own_label

    def own(self, words: str) -> bool:
        """This task by its name or number."""
        if same_name(words) == self._own_name:
            return True
        number = numbered_at(words.strip(), 0) if self._own_label is not None else None
        return number is not None and [label for _, label in number.labels] == [self._own_label]

    def service(self, words: str) -> bool:
        """A service that words ask for."""
        return is_service(words)

    def mentions(self, words: Sequence[Word]) -> Sequence[tuple[int, int]]:
        """Where names of tasks stand."""
        return self._index.names.mentions(words)

    def may_be_close(self, words: Sequence[Word]) -> bool:
        """Whether there may be nearly a name in the text."""
        return self._index.names.may_be_close(words)


def known_to(index: Index, task: AsanaTask) -> Known:
    """What the reader of a task's text must know."""
    return _KnownTo(index, task)


def called(task: AsanaTask) -> str:
    """A task as a sentence names it."""
    return f"'{one_line(task.name, LONGEST_NAME)}'" if task.name.strip() else f"the task {task.gid} (without a name)"


def _each_once(found: Iterable[Named]) -> tuple[Named, ...]:
    """Each task once, in the words that name it first."""
    kept: dict[object, Named] = {}
    for one in found:
        kept.setdefault(one.gid or one.candidates or same_name(one.words), one)
    return tuple(kept.values())
