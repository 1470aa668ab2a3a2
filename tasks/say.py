"""What a run says: one line for people, to the terminal that started it (if any) and to the run's log in Prefect.

A run that was started from the Prefect UI has no terminal; its words are then in the run's log only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from aegis.wiring import masked

log = logging.getLogger("aegis.run")
agent_log = logging.getLogger("aegis.agent")

_LONGEST_LOGGED = 10_000

_terminal: ContextVar[Callable[[str], None] | None] = ContextVar("aegis_terminal", default=None)


@contextmanager
def speaking_to(terminal: Callable[[str], None] | None) -> Iterator[None]:
    """Within this context, `say` also hands each line to `terminal`."""
    token = _terminal.set(terminal)
    try:
        yield
    finally:
        _terminal.reset(token)


def say(line: str = "") -> None:
    """Say one line to people, secrets masked: the run's log in Prefect has no masking of its own."""
    line = masked(line)
    terminal = _terminal.get()
    if terminal is not None:
        terminal(line)
    if line.strip():
        log.info("%s", line.strip())


def say_all(lines: Iterable[str]) -> None:
    """Say several lines."""
    for line in lines:
        say(line)


def relay_agent(text: str, *, to_terminal: bool) -> None:
    """Pass on a piece of the agent's own output, which is masked already."""
    terminal = _terminal.get()
    if to_terminal and terminal is not None:
        terminal(text.rstrip("\n"))
    if text.strip():
        agent_log.info("%s", _shortened(text.rstrip("\n")))


def _shortened(text: str) -> str:
    """A log line of bearable size; the project's log file has it all."""
    if len(text) <= _LONGEST_LOGGED:
        return text
    return f"{text[:_LONGEST_LOGGED]}… ({len(text) - _LONGEST_LOGGED} more characters in the project's log file)"
