"""Whose waiting a sentence tells of: this task's, or something else's."""

from __future__ import annotations

import re
from enum import Enum, auto

from aegis.core.numbers import find_number, numbered_at
from aegis.core.reading.known import Known
from aegis.core.reading.vocabulary import words
from aegis.core.reading.words import words_of

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_CLAUSE = re.compile(
    r"[;()–—|]|\s-\s|,\s|\s(?:but|so|because|since|while|and|or|then|however|yet|hence|therefore|aber|und|mais|et"
    r"|pero|y)\s",
    re.IGNORECASE,
)
_WIDE_CLAUSE = re.compile(r"[;()–—|]|\s-\s|,?\s(?:but|so|because|aber|mais|pero)\s", re.IGNORECASE)
_AT_SOMEBODY = re.compile(r"(?<!\w)@[\w.-]+")
_RELATIVE = words("which that who whose whom where")
_SMALL = words(
    """
    still currently also only therefore thus is are am be being been has have to must will shall should can may now
    really actually heavily directly strictly fully partly partially mostly basically obviously unfortunately sadly
    however so and but as well again just please probably likely ok okay note notes nb fyi btw then today first at the
    moment right kind of hard status update edit re more a an big small bit there's there one thing left do does get
    gets got remains remain stays stay info hint attention warning caution state order sequence timing heads up for
    because since agreed decided planned blocker external known main it's is's we're i'm that's this's we've i've been
    later waiting parked held queued standing you'll you'd you're you've they'll all leave position queue place slot
    always completely totally very much i'd we'd it'd i'll we'll it'll todo hi all hello hey dear team folks important
    dependency dependencies technically unfortunately yes sure though either both in from our side my part until by
    with noch ist wird leider aktuell derzeit est encore toujours sigue está todavía aún se why how clear clearly what
    means e open
    """
)
_OWN = words(
    """
    this it we i you task ticket issue story card work item here everything whole implementation development coding
    start starting rest us our change everybody nobody nothing anything anyone one feature project thing things step
    begin beginning makes make sense point aufgabe das dies es wir cette tâche ce nous on esta tarea esto pr mr branch
    epic subtask bug
    """
)


_WE = words("this it we i you")
_VERBS = words("is are am has have had needs must can should will shall also then still cannot")


class Subject(Enum):
    """Who waits."""

    OWN = auto()
    OTHER = auto()  # another task
    FOREIGN = auto()  # something that is no task, as far as is known


def clause_before(text: str, end: int, *, wide: bool = False) -> str:
    """What stands before `end` in its clause; `wide` looks past commas and "and"."""
    left = text[max(0, end - 300) : end]
    if wide:
        return _WIDE_CLAUSE.split(left)[-1]
    begin = 0
    for boundary in _CLAUSE.finditer(left):
        if boundary.end() == len(left) and boundary[0].strip().casefold() in ("and", "or", "und", "et", "y"):
            break  # "the button needs a tooltip and requires ...": the subject is that of the verb before
        begin = boundary.end()
    return left[begin:]


def subject_of(left: str, known: Known) -> Subject:
    """Who is the subject of a clause whose words before its linking verb are `left`."""
    left = _AT_SOMEBODY.sub(" ", left) if "@" in left else left
    said = _WORD.findall(left.casefold())
    if said and said[0] in _RELATIVE and len(said) < 3 and said[0] != "that":
        return Subject.FOREIGN
    if len(said) > 1 and said[0] in _WE and said[1] in _VERBS:
        return Subject.OWN
    if said and (said[-1] in ("we", "i") or said[-2:] in (["that", "it"], ["that", "this"])):
        return Subject.OWN
    if said[:1] == ["this"] and len(said) > 2 and said[1] in _OWN and said[2] in _VERBS:
        return Subject.OWN  # "this ticket is a follow-up to ... and needs it"
    left_over = [word for word in said if word not in _SMALL and not word.endswith("ly")]
    if all(word in _OWN for word in left_over):
        return Subject.OWN
    name = left.strip(" ,:\"'`*-")
    if known.own(name) or any(
        known.own(" ".join(name.split()[:count])) for count in range(1, min(12, len(name.split())))
    ):
        return Subject.OWN
    return Subject.OTHER if _names_a_task(left, known) else Subject.FOREIGN


def _names_a_task(left: str, known: Known) -> bool:
    at = find_number(left)
    number = numbered_at(left, at) if at >= 0 else None
    if number is not None and any(known.numbered(label) for _, label in number.labels):
        return True
    return any(end - begin > 1 for begin, end in known.mentions(words_of(left)))
