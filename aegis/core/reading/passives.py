"""Tasks that a sentence names by the work they are, in another form: "the users table must have been migrated".

Such words bear no task's name; with their verb behind or before them they are close to one ("Migrate the users table").
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis.core.reading.known import Reference
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.vocabulary import pattern, words

_MUST = r"(?:must|has\s+to|have\s+to|needs\s+to|need\s+to|should|ought\s+to|is\s+to|are\s+to)"
_DONE = r"(?P<done>[a-z]{2,}(?:ed|en|wn|lt|nt|ne|ut|un))"
_NAME = r"(?:the\s+|our\s+|all\s+|a\s+|an\s+)?(?P<name>[\w'/-]+(?:\s+[\w'/-]+){0,6}?)"
_PASSIVE = pattern(
    r"(?:^\W*|[,;:(.]\s*|\b(?:that|as|since|because|and|so|but|assumes|note|first|if|until|once|after|when"
    rf"|before)\s+){_NAME}\s+(?:",
    rf"{_MUST}\s+(?:(?:first|already|have|been|be|fully|all|also)\s+)+{_DONE}(?=\W*$|\s*[.,;!)]|\s+(?:first"
    r"|before\s+(?:this|we|i|you|work)|beforehand|else|otherwise|or|by\s+then|when\s+we)\b)",
    r"|(?P<open>(?:is|are|has|have|was|were)(?:n't"
    rf"|\s+not)(?:\s+yet)?(?:\s+been)?\s+{_DONE.replace('done', 'undone')}))",
)
_ACTIVE = pattern(
    r"\b(?P<gate>once|after|when|as\s+soon\s+as|until|before|unless)\s+(?:(?:we|you|they|i|he|she|somebody|someone"
    r"|[A-Z]\w+|the\s+\w+(?:\s+team)?)(?:'ve|\s+(?:have|has|had))\s+(?:\w+ly\s+)?"
    r"|(?=[a-z]+ing\s))(?P<done>[a-z]{3,})\s+(?:the\s+|our\s+|all\s+)?(?P<name>[\w'/-]+(?:\s+[\w'/-]+){0,6})"
)
_HOLDS = pattern(
    r"\b(?:wait\w*|hold|hands\s+off|don't|do\s+not|can't|cannot|not\s+start|no\s+start|blocked|parked|stuck|later"
    r"|leave)\b"
)
_ORDERS = pattern(
    r"\b(?:only|not|n't|cannot|never|start|begin|wait|this|first)\b|n't\b|^\W*(?:so\s+|then\s+|and\s+)*(?:once|after|as\s+soon\s+as|when)\b"
)
_NOT_MEANT = pattern(
    r"\b(?:would|might|may|could|maybe|was|were|used\s+to|no\s+longer|if\s+possible|ideally|need\s+not|needn't"
    r"|regardless|anyway)\b"
)
_BECAUSE = pattern(r"\b(?:because|otherwise|or\s+else)\b")
PASSIVE_WORDS = words(
    "must has have needs need should ought once soon after when until before unless isn't aren't hasn't haven't not to"
)


def of_passives(sentence: Sentence) -> Iterator[Reference]:
    """The tasks that must have been done before this work by what a sentence says of their objects."""
    if PASSIVE_WORDS.isdisjoint(sentence.said) or _NOT_MEANT.search(_BECAUSE.split(sentence.text, 1)[0]):
        return
    if not sentence.known.may_be_close(sentence.words):
        return
    for found in _PASSIVE.finditer(sentence.text):
        if found["open"] is None or _HOLDS.search(sentence.text):
            yield from _close(sentence, found["name"], found["done"] or found["undone"], behind=True)
    if _ORDERS.search(sentence.text):
        for found in _ACTIVE.finditer(sentence.text):
            yield from _close(sentence, found["name"], found["done"], behind=False)


def _close(sentence: Sentence, name: str, verb: str, *, behind: bool) -> Iterator[Reference]:
    """The task whose name is nearly these words with their verb: of all that may be its object, the longest."""
    said = name.split()
    counts = range(len(said)) if behind else range(len(said), 0, -1)
    for count in counts:
        words = " ".join(said[count:] if behind else said[:count])
        whole = f"{words} {verb}" if behind else f"{verb} {words}"
        if sentence.known.close(whole):
            yield Reference(whole)
            return
