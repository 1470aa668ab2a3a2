"""What a task's text says must come first. The grammar, in short (each line is a module of `aegis.core.reading`):

- *markup*, *lines*: HTML becomes lines; code, quotes, comments and struck-through words are left out; bullets and ticks
  are told; the punctuation of other keyboards becomes that of one.
- *headings*: words as "Depends on", "Blocked by", "Prerequisites", "Waiting on", "Needs" (also German, French, Spanish
  and more) with small words around them only, in any decoration, at a line's beginning or after a full stop.
- *sections*, *tables*: what a heading heads: its own line, the lines and the list below, rows and columns of a table.
- *items*: an item is names, `#numbers`, ranges, GIDs and addresses joined by commas and "and", each with words around
  it that do not matter. Known names decide where one ends.
- *denials*, *environment*, *requirements*, *people*: "none" (and "none, except X"), "optional", "(done)", packages are
  no dependencies; what people give or decide is an unclear requirement; anything else that nothing bears is an
  unknown task.
- *orders*: what stands before the task itself in a numbered list that tells an order, or in "X -> this".
- *sentences* (*waiting*, *coming_first*; *links*, *gates*, *subjects*, *objects* with *around_names*): "this ... cannot
  start until / waits for / needs ... X", "X must land first", where it is this task that waits, it is meant so, and X
  is a known task, a number, an address, or what people give.
- *frames* (*builds*), *passives*, *asked_of_people*: what no word tells, but a sentence's whole build: "not yet, X is
  open", "once the users are migrated", "the logo is missing, so wait". Asked only where the others found nothing.
- *owed*: what people owe this work, told in two steps: "they promised us keys. Nothing can be tried before they come".
- *pointing*: "this starts when all of these are done" makes the list or table above it what comes first.
- *intros*: a sentence that leads to a list ("works only when these have been moved:") is a heading.
- `aegis.core.names`: a name fits exactly, or but for case, punctuation, number and notes in brackets, or with a slip of
  the keyboard, or with its verb in another form; what fits several is said and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice

from aegis.core.names import same_name
from aegis.core.reading.items import names_something
from aegis.core.reading.known import Known, Reference, Told
from aegis.core.reading.lines import LONGEST_READ, lines_of, plain_lines, prose
from aegis.core.reading.parts import numbers_in
from aegis.core.reading.sections import Sections
from aegis.core.reading.sentences import said_in_sentences

__all__ = ["LONGEST_READ", "Known", "Reference", "dependencies", "plain_lines", "prose", "references", "same_name"]

_NOTES_IN_NAME = re.compile(r"[(\[]([^()\[\]]{3,100})[)\]]|\s[-–—]\s([^()\[\]]{3,100})$")
_WAITS_FOR = re.compile(
    r"\s*(blocked by|blocked on|blocked until|waits for|wait for|waiting for|waiting on|depends on|needs|requires|after"
    r"|on hold until)\b[\s:]*(.+)",
    re.IGNORECASE,
)
_LONGEST_NAME = 1024
_LONG_WORD = re.compile(r"[^\W\d_]{5,}")
_HAVE_IT = re.compile(
    r"(?:we|i|you|they|it|that|he|she)\b.{0,20}\b(?:that|this|it|them|there|here|arrives?|comes?)\b", re.IGNORECASE
)
""" "We have that answer": only another word for what is named as well."""
_EVENT = re.compile(r"(?:the|our|that) \w+ (?:is|has|was|are|have)\b", re.IGNORECASE)
MOST_REFERENCES = 200
"""A text that names more is not read to its end, and says so: nobody depends on more by hand."""


def references(notes: str, is_known: Callable[[str], bool]) -> tuple[Reference, ...]:
    """What stands under the headings of a text, in order, each once.

    Args:
        notes: the task's text.
        is_known: tells names: they decide where "Design, build and test" is one name and where three.
    """
    return tuple(dict.fromkeys(Sections(Told(is_known), lines_of(notes)).references()))


def _without_echoes(found: dict[Reference, None]) -> dict[Reference, None]:
    """What was found, without what people give that is only another word for a task that is named as well.

    "API freeze first. We start when the freeze is declared."
    """
    given = [one for one in found if one.unclear and not _HAVE_IT.match(one.words)]
    if given:
        found = {one: None for one in found if not (one.unclear and _HAVE_IT.match(one.words))}
    named = {word for one in found if not one.unclear for word in _LONG_WORD.findall(one.words.casefold())}
    return {one: None for one in found if not (one.unclear and _EVENT.match(one.words) and _echoes(one.words, named))}


def _echoes(words: str, named: set[str]) -> bool:
    return not named.isdisjoint(_LONG_WORD.findall(words.casefold()))


def noted_in_name(name: str, known: Known) -> str:
    """What a task's name says in brackets that it waits for, as lines of a text: "Delete it (blocked by #14)"."""
    notes = [note[1] or note[2] for note in _NOTES_IN_NAME.finditer(name[:_LONGEST_NAME])]
    said = [f"{waits[1]}: {waits[2]}" for note in notes if (waits := _WAITS_FOR.match(note))]
    return "\n".join(line for line in said if _names(line.partition(":")[2], known))


def _names(words: str, known: Known) -> bool:
    return any(numbers_in(words)) or names_something(words, known)


def dependencies(notes: str, known: Known, name: str = "") -> tuple[Reference, ...]:
    """All that a text says must come first, under headings and in sentences, each once. Any text has an answer.

    What a name says in brackets counts as well, where it names a task.
    """
    if noted := noted_in_name(name, known) if name else "":
        notes = f"{noted}\n\n{notes}"
    sections = Sections(known, lines_of(notes))
    found = dict.fromkeys(sections.references())
    found.update(dict.fromkeys(said_in_sentences(sections.prose.lines, known)))
    found = _without_echoes(found)
    if len(notes) > LONGEST_READ:
        found[Reference(f"the text beyond its first {LONGEST_READ} characters, which was not read", unclear=True)] = (
            None
        )
    if len(found) <= MOST_REFERENCES:
        return tuple(found)
    rest = Reference(f"more than {MOST_REFERENCES} things, of which the last were not read", unclear=True)
    return (*islice(found, MOST_REFERENCES), rest)
