"""Small helpers for the reader's lists of words."""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


def any_of(text: str) -> str:
    """A pattern for any of the phrases between commas, the longest first; a blank stands for blanks."""
    listed = " ".join(text.split()).split(", ")
    return "(?:" + "|".join(one.replace(" ", r"\s+") for one in sorted(listed, key=len, reverse=True)) + ")"


def pattern(*pieces: str) -> re.Pattern[str]:
    """The pieces as one pattern, in any case."""
    return re.compile("".join(pieces), re.IGNORECASE)
