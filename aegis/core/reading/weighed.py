"""Sentences that name a task and that no rule reads: whether this task waits for it, by weights of their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from aegis.core.learned import Weights, ngrams
from aegis.core.reading.known import Reference
from aegis.core.reading.objects import Found
from aegis.core.reading.sentence import Sentence

ENOUGH = 2.5
"""The score from which on a task is waited for. Found by leaving out one batch of texts after the other: of 48 tasks
that no rule had found it found 14, and took 1 of 238 names that were only mentioned."""
WEIGHTS = Path(__file__).with_name("weighed.json")
_LEARNED = Weights(WEIGHTS)
_WORD = re.compile(r"§|¤|[a-z']+|\d+|[.,;:!?()\-–→>\"]")
_LONGEST = 600
_MOST = 6


def of_weighed(sentence: Sentence) -> Iterator[Reference]:
    """The tasks that a sentence names, and that by all its words come first."""
    if len(sentence.text) > _LONGEST:
        return
    groups = sentence.objects.in_order()
    for group in groups[:_MOST]:
        is_known = all(map(sentence.objects.is_known, group.references))
        if is_known and _LEARNED.score(features_of(sentence.text, groups, group)) >= ENOUGH:
            yield from group.references


def features_of(text: str, groups: Sequence[Found], meant: Found) -> Iterator[str]:
    """What tells whether one of the things that a sentence names is waited for.

    In its text `§` stands for it, and `¤` for the others.
    """
    words = _framed(text, groups, meant)
    if "§" not in words:
        return
    at = words.index("§")
    yield from (f"{'L' if n < at else 'R'}:{word}" for n, word in enumerate(words))
    yield from ngrams(words, 3)
    for count in (1, 2, 3, 4):
        yield f"before{count}:{' '.join(words[max(0, at - count) : at])}"
        yield f"behind{count}:{' '.join(words[at + 1 : at + 1 + count])}"
    yield f"around:{words[at - 1]}|{words[at + 1]}"
    yield f"first:{words[1]}"
    yield f"at:{min(at // 4, 4)}"
    yield f"length:{min(len(words) // 8, 4)}"


def _framed(text: str, groups: Sequence[Found], meant: Found) -> list[str]:
    framed, begin = "", 0
    for group in groups:
        framed += f"{text[begin : group.begin]} {'§' if group is meant else '¤'} "
        begin = group.end
    said = _WORD.findall((framed + text[begin:]).lower().replace("’", "'"))
    return ["<s>", *("#" if word.isdigit() else word for word in said), "</s>"]
