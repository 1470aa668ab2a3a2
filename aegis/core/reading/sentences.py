"""Plain sentences that say what must come first: "This can only start once the schema is frozen", "waits for #3".

A sentence links this task to another where three things come together: words that link (a verb as "waits for", a gate
as "cannot start until", or what is said of the other as "must land first"), this task as the one that waits (said, or
left out: "Blocked by #3"), and the other as a task that is known, a number, an address, or what people give. Denied,
supposed, past and asked links are none, and neither is one whose subject is something else ("the report waits for
...", "#2 depends on #3").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.core.reading.coming_first import CHAIN, of_others, of_what_is_not_done
from aegis.core.reading.gates import GATES
from aegis.core.reading.known import Known, Reference
from aegis.core.reading.links import BEHIND_WORDS, BIDDING_WORDS, ENSURE_WORDS, LINKS, is_refuted
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.waiting import of_gates, of_verbs

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[^a-z\s])|\n")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)\*(?=\w)|(?<=[\w.:!])\*(?!\w)")
_ASKS = re.compile(r"(?:^|[.;–—])[^:]*\?[\s\"')]*$")
_QUOTED = re.compile(r"\"[^\"\n]{1,300}\"|`[^`\n]{1,300}`|“[^“”\n]{1,300}”|(?<!\w)'[^'\n]{1,300}'(?!\w)")
"""A question mark within a name asks nothing."""
_ENDS_OPEN = re.compile(r"\b(?:on|by|for|until|once|after|before|and|the|is|are)$", re.IGNORECASE)
_TELLING = LINKS.first_words | GATES.first_words | BEHIND_WORDS | BIDDING_WORDS | ENSURE_WORDS | {"cannot", "can't"}
_SENTENCES_BACK = 2
_LONGEST = 1000
MOST_SENTENCES = 1000
"""A text with more sentences than this is not read to its end, and says so."""


def said_in_sentences(lines: Sequence[str], known: Known) -> Iterator[Reference]:
    """What sentences in lines say that the task waits for; an empty line parts paragraphs."""
    number = 0
    for paragraph in paragraphs(lines):
        said: list[Sentence] = []  # the sentences before, in which "it" may have its name
        for text in _split(paragraph):
            number += 1
            if number > MOST_SENTENCES:
                yield Reference(f"more than {MOST_SENTENCES} sentences, of which the last were not read", unclear=True)
                return
            sentence = Sentence(text, known, said[-_SENTENCES_BACK:])
            said.append(sentence)
            found = _said_in(sentence)
            if found and not is_refuted(text) and not ("?" in text[-5:] and _ASKS.search(_QUOTED.sub("", text))):
                yield from found


def _said_in(sentence: Sentence) -> list[Reference]:
    if _TELLING.isdisjoint(sentence.said) and not CHAIN.search(sentence.text):
        return []
    found = [*of_verbs(sentence), *of_gates(sentence), *of_others(sentence)]
    return found or list(of_what_is_not_done(sentence))


def paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """The paragraphs of lines; a line that begins with a small letter goes on with the one before it."""
    text = ""
    for raw in (*lines, ""):
        line = (_EMPHASIS.sub("", raw) if "*" in raw or "_" in raw else raw).strip()
        if (
            line
            and 0 < len(text) < _LONGEST
            and text[-1] not in ".!?:;"
            and (line[0].islower() or _ENDS_OPEN.search(text[-12:]))
        ):
            text = f"{text} {line}"
            continue
        if text:
            yield text
        text = line


def _split(text: str) -> Iterator[str]:
    """The sentences of a paragraph, those that are longer than people write in pieces."""
    begin = 0
    for start, end in [*(one.span() for one in _SENTENCE_END.finditer(text)), (len(text), len(text))]:
        sentence = text[begin:start].strip()
        begin = end
        for at in range(0, len(sentence), _LONGEST):
            yield sentence[at : at + _LONGEST]
