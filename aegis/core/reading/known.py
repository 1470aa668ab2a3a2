"""What the reader of a text must know of the world, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aegis.core.numbers import Label


@dataclass(frozen=True)
class Reference:
    """Something that a text says must come first: its words, and what they are where they tell.

    `gid` where they are a GID or an Asana address of a task; `label` where they are a task's number; `unclear` where
    they are no task but something that people give or decide, which nobody can look up.
    """

    words: str
    gid: str | None = None
    label: Label | None = None
    unclear: bool = False


def never(_: object) -> bool:
    """Knows nothing."""
    return False


@dataclass(frozen=True)
class Known:
    """Tells what words name, so that "Design, build and test" is one name or three as the project has it.

    `named`: a task (or a service) of that name, but for case and punctuation; `close`: a task whose name differs by a
    slip or by the form of its verb; `numbered`: a task that bears the number; `own`: the task's own name or number;
    `service`: what a running service is asked for.
    """

    named: Callable[[str], bool]
    close: Callable[[str], bool] = never
    numbered: Callable[[Label], bool] = never
    own: Callable[[str], bool] = never
    service: Callable[[str], bool] = never

    def has(self, words: str) -> bool:
        """Whether words name a task."""
        return self.named(words) or self.close(words)
