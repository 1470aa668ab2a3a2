"""Masking: the values of known secrets never stand in what Aegis writes.

A secret is masked as it is, as JSON would escape it, and as a URL would quote it. Values of fewer than six
characters are not masked: they would mutilate ordinary words, and are no secrets worth the name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
_LONE = re.compile(r"[\ud800-\udfff]")  # halves of surrogate pairs: no UTF-8 holds them
SHORTEST = 6


class Redactor:
    """Replaces every known secret by `***`, in time linear in the text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = sorted(forms, key=lambda form: (-len(form), form))  # the longest first: one may hold another
        self._pattern = re.compile("|".join(map(re.escape, self._forms))) if self._forms else None

    @property
    def needles(self) -> tuple[bytes, ...]:
        """The forms to mask in a stream of bytes, longest first."""
        return tuple(form.encode() for form in self._forms if form.isascii() or not _LONE.search(form))

    def mask(self, text: str) -> str:
        """The text with every known secret replaced."""
        return self._pattern.sub(MASK, text) if self._pattern else text


def _forms(secret: str) -> Iterable[str]:
    if len(secret) < SHORTEST:
        return ()
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
    }
