"""What the reader of a text must know of the world, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aegis.core.labels import Label
from aegis.core.reading.words import Word


@dataclass(frozen=True)
class Reference:
    """Something that a text says must come first: its words, and what they are where they tell.

    `gid` where they are a GID or an Asana address of a task; `label` where they are a task's number; `unclear` where
    they are no task but something that people give or decide, which nobody can look up. `within`: the words of which a
    task's name is only a part, so that a task that is done need not be meant.
    """

    words: str
    gid: str | None = None
    label: Label | None = None
    unclear: bool = False
    within: str = ""


class Known:
    """Tells what words name, so that "Design, build and test" is one name or three as the project has it.

    This one knows nothing; who knows more overrides it.
    """

    def named(self, words: str) -> bool:
        """Whether a task is called so, but for case, punctuation and the like."""
        return False

    def close(self, words: str) -> bool:
        """Whether a task is called so but for a slip, or for the form of its verb."""
        return False

    def numbered(self, label: Label) -> bool:
        """Whether a task bears the number."""
        return False

    @property
    def number(self) -> Label | None:
        """The number of the task whose text is read."""
        return None

    def own(self, words: str) -> bool:
        """Whether this is the name or number of the task whose text is read."""
        return False

    def service(self, words: str) -> bool:
        """Whether words ask for a service that must run."""
        return False

    def mentions(self, words: Sequence[Word]) -> Sequence[tuple[int, int]]:
        """Where the names of tasks stand among words, longer ones first where several begin at one place."""
        return ()

    def may_be_close(self, words: Sequence[Word]) -> bool:
        """Whether words may hold a name but for a slip, or for the form of its verb; quickly told."""
        return False

    def has(self, words: str) -> bool:
        """Whether words name a task."""
        return self.named(words) or self.close(words)

    def is_thing(self, words: str) -> bool:
        """Whether words name a task or a service."""
        return self.named(words) or self.service(words)


class Told(Known):
    """Knows what a function tells of names."""

    def __init__(self, is_known: Callable[[str], bool]) -> None:
        self._is_known = is_known

    def named(self, words: str) -> bool:
        """What the function tells."""
        return self._is_known(words)
