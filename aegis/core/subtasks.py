"""Subtasks as part of their parent's work: which the agent is given, and what its reply says of them.

When the task is done, the subtasks that the agent names are completed with it. The task is completed all the same where
it leaves some out: whether the task is done is proven by its own checks, and an agent that did the whole and forgot a
name must not be paid for again. But nothing is swallowed: those left open stay open, and the comment names them. Of a
task that is not done no subtask is completed, whatever the reply says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aegis.core.models import AsanaTask
from aegis.core.scope import Scope, is_ours_to_do
from aegis.core.text import one_line
from aegis.core.told import ListedSubtask

_COMPLETABLE = ("default_task", "")
"""Completing an approval would approve it, which is a person's to do; a milestone is reached, not worked on."""
_MOST_NAMED = 5
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Reported:
    """What a reply says of the listed subtasks: done, left open, and words that name none of them."""

    done: tuple[ListedSubtask, ...] = ()
    left_open: tuple[ListedSubtask, ...] = ()
    unknown: tuple[str, ...] = ()


def part_of_the_work(subtasks: Iterable[AsanaTask], scope: Scope) -> tuple[list[AsanaTask], list[AsanaTask]]:
    """The open subtasks that the agent is to do, and those that are other people's."""
    open_ones = [one for one in subtasks if not one.completed and not one.is_separator]
    ours = [one for one in open_ones if is_ours_to_do(one, scope) and one.resource_subtype in _COMPLETABLE]
    return ours, [one for one in open_ones if one not in ours]


def reported(words: Sequence[str], listed: Sequence[ListedSubtask]) -> Reported:
    """Match what a reply names with the subtasks that were listed to the agent, in their order.

    Args:
        words: GIDs, numbers of the list, or names, as the agent wrote them.
        listed: the subtasks as the prompt listed them.
    """
    found: dict[str, None] = {}
    unknown = []
    for word in words:
        one = _named(word.strip(), listed)
        if one is None:
            unknown.append(word)
        else:
            found[one.gid] = None
    done = tuple(one for one in listed if one.gid in found)
    left_open = tuple(one for one in listed if one.gid not in found)
    return Reported(done, left_open, tuple(dict.fromkeys(unknown)))


def _named(word: str, listed: Sequence[ListedSubtask]) -> ListedSubtask | None:
    by_gid = [one for one in listed if one.gid == word]
    if by_gid:
        return by_gid[0]
    if word.isascii() and word.isdigit() and len(word) < 4 and 1 <= int(word) <= len(listed):
        return listed[int(word) - 1]
    by_name = [one for one in listed if one.name.strip() == word] if word else []
    return by_name[0] if len(by_name) == 1 else None


def notes_on_subtasks(said: Reported) -> list[str]:
    """The sentences for the report's comment."""
    notes = []
    if said.left_open:
        names = _names([one.name for one in said.left_open])
        one = len(said.left_open) == 1
        notes.append(f"Subtask{'' if one else 's'} not reported done, left open: {names}")
    if said.unknown:
        notes.append(f"The agent named what is no subtask that it was given, left alone: {_names(said.unknown)}")
    return notes


def _names(names: Sequence[str]) -> str:
    shown = [f"'{one_line(name, _LONGEST_NAME)}'" for name in names[:_MOST_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
