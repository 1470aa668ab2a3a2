"""How each kind of thing in a picture looks: its sign, the legend's words, and its colours on light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What a node of the picture is: a judged task's state, or why it is not judged."""

    RUNNING = "running"
    READY = "ready"
    QUESTION = "question"
    SOMEBODY = "somebody"
    ELSEWHERE = "elsewhere"
    UNSEEN = "unseen"
    LEFT_OUT = "left-out"
    UNCLEAR = "unclear"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Look:
    """One standing's look; `light` and `dark` are (fill, line), `terminal` is the colour's ANSI name."""

    sign: str
    words: str
    terminal: str
    light: tuple[str, str]
    dark: tuple[str, str]


_GREY = (("#eef1f4", "#6e7781"), ("#24292f", "#8b949e"))

LOOKS = {
    Standing.RUNNING: Look("▶", "runs now", "blue", ("#e3f0ff", "#0969da"), ("#0d2847", "#539bf5")),
    Standing.READY: Look("✓", "ready, in this order", "green", ("#e6f6e9", "#2da44e"), ("#12301c", "#3fb950")),
    Standing.QUESTION: Look("?", "a question to a person", "cyan", ("#e2f6f8", "#0b7b88"), ("#0b2f35", "#39c5cf")),
    Standing.SOMEBODY: Look("☺", "a person's task", "white", *_GREY),
    Standing.ELSEWHERE: Look("↗", "another project's", "white", *_GREY),
    Standing.UNSEEN: Look("✗", "cannot be seen", "red", ("#ffebe9", "#cf222e"), ("#3c1618", "#f85149")),
    Standing.LEFT_OUT: Look("○", "not for Aegis", "white", *_GREY),
    Standing.UNCLEAR: Look("?", "unclear", "magenta", ("#f3ebff", "#8250df"), ("#2a1e45", "#a371f7")),
    Standing.BLOCKED: Look("⚠", "blocked", "yellow", ("#fff3e0", "#c2740c"), ("#3a2608", "#e0912f")),
}
"""In the order in which a person wants to hear of them: what goes, what people must do, what waits."""
