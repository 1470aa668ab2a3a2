"""The headings under which people list what must come first: "Depends on:", "**Blocked by**", "Abhängigkeiten:".

A heading is made of words that say so, with none but small words around them ("This task currently depends on the
following tasks:"). Anything more is about something else: "npm dependencies:", "What happens after:".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from itertools import product

from aegis.core.reading.vocabulary import words
from aegis.core.reading.words import folded


class Under(Enum):
    """What stands under a heading."""

    TASKS = auto()  # tasks: a name that nothing bears is an unknown one
    THINGS = auto()  # tasks, or packages and programs
    NEEDS = auto()  # tasks, or anything else that the work needs
    FIRST = auto()  # tasks, or anything: what is not known is no dependency


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: what stands under it, what follows on its own line, and its words in small letters."""

    under: Under
    rest: str
    said: str


_HEADS: dict[Under, str] = {
    Under.TASKS: """
        depends, dependent on, dependent upon, depends on, depends upon, depend on, depending on, blocked by,
        blocked on, blocked until, blockers, blocker, blocking tasks, blocking issues, blocking tickets,
        blocking this, blocks this, what blocks this, what must be done first, gated by, gated on, held up by,
        on hold for, on hold until, stuck on, waiting on, waiting for, waits for, waits on, wait for, awaiting,
        pending on, contingent on, contingent upon, relies on, predecessors, predecessor, preceded by, upstream tasks,
        after, only after, follows, not before, not startable before, not startable until, start after, starts after,
        do after, unblocked by, prerequisite work, preliminary work, preparatory work, must follow, comes after,
        required tasks, tasks required, tasks needed, needed for this, required for this, needed before this,
        required before this, required first, needed first, done first, completed first, finished first, needed
        beforehand,
        required beforehand, to be done beforehand, to be done first, must be done before, must be done beforehand,
        entry criterion, can be started when, can be started once, can be started after, can start when,
        can start once, can start after, start once, start when, startable when, startable after, possible after,
        ready to start when, abhängig von,
        abhaengig von, hängt ab von, blockiert durch, blockiert von, vorgänger, wartet auf, warten auf, erst nach,
        nach, dépend de, dépend des, bloqué par, bloquée par, en attente de, après, depende de, dependiente de,
        bloqueado por, bloqueada por, bloqueos, esperando a, esperando, a la espera de, en espera de, después de,
        bloqueado, pendiente de, pendiente, a falta de, pendente de, dopo, aguardando, após, dipende da, bloccato da,
        bloccata da, in attesa di, afhankelijk van,
        geblokkeerd door, wacht op, zależy od, beror på, 依赖于, 前置任务, 阻塞于, 被阻塞, 依存, 待ち, зависит от,
        선행 작업
        """,
    Under.THINGS: """
        dependencies, dependency, deps, prerequisites, prerequisite, pre requisites, pre requisite, prereqs, prereq,
        pre reqs, pre req, preconditions, precondition, pre conditions, pre condition, abhängigkeiten, abhaengigkeiten,
        abhängigkeit, voraussetzungen, voraussetzung, vorbedingungen, dépendances, dépendance, prérequis, pré requis,
        conditions préalables, préalables, dependencias, dependencia, requisitos previos, prerrequisitos,
        pré requisitos, dependências, dependência, dipendenze, dipendenza, prerequisiti, afhankelijkheden, zależności,
        závislosti, beroenden, 依赖, 前置条件, 依存関係, 前提条件, 前提, зависимости, 의존성
        """,
    Under.NEEDS: "requires, require, needs, benötigt, braucht, nécessite, requiere, necesita, requer",
    Under.FIRST: """
        gate, gates, start gate, before this, before starting, before you start, before we start, before
        start, before work starts, prior to this, prior to any work, prior to starting, prior to start, before any work,
        before anything, before development, before implementation, before coding, before implementing this,
        before doing this, before work on this,
        before you begin, before we begin, before beginning, first, do first, once, only once, upstream, required,
        needed, blocked, on hold, waiting, start condition, start conditions,
        starting condition, starting conditions,
        requirements before start, requirements before starting, requirements to start, entry criteria,
        beforehand, needed up
        front, up front,
        upfront, before it, dor, vorher, zuerst, vorab, d'abord, primero, definition of ready,
        ready when, earliest start, starts when, missing, still missing, missing piece, missing pieces
        """,
}
_GATES = product(
    ("not", "don't", "can't", "cannot", "never", "mustn't", "shouldn't", "won't"),
    ("start", "begin", "be started", "be done", "proceed", "work on this"),
    ("before", "until"),
)
_DONE_BEFORE = product(
    (
        "done",
        "completed",
        "finished",
        "merged",
        "closed",
        "landed",
        "shipped",
        "released",
        "deployed",
        "land",
        "happen",
    ),
    ("first", "before this", "beforehand"),
)
_BEFORE = words(
    """
    a all also any are at be been checklist being both can card cards comes completed current currently direct do does
    done each external finish finished following hard has have here in internal is issue issues it
    item items its key known list
    main must my need needs now of only open other our project remaining section should start started starts begin
    still stories story task tasks technical that the there there's one two three these they things this those ticket
    tickets to up upstream we which will with work y yet die der das diese dieser aufgabe aufgaben ist wird la le les
    cette tâche est esta este tarea es el los las
    """
)
_BEHIND = words(
    """
    all and are blockers both card cards completed completion dependencies done each first following is issue issues
    it item items list merged of on only or other others checklist prerequisites stories story task tasks that the
    these this those ticket tickets to so far yet still currently now right here following tasks' folgende folgenden
    folgendes suivantes suivants siguientes
    """
)
_MIXED = words("risks risk notes coordination assumptions constraints questions order")
"""With these beside it, a heading heads other things, too."""
_FOR_THIS = re.compile(
    r"\b(?:for|of|to|in) (?:this|the|our|it|that)?(?: ?(?:task|ticket|issue|story|work|project|one))*$"
)
_BEFORE_WE = re.compile(
    r"(?P<head>^(?:the )?(?:prerequisites|preconditions|dependencies|conditions|blockers)) (?:before|until) "
    r"(?:we|i|this|the|it|any)\b.*"
)
""" "Prerequisites before we touch the flag"."""
_TURNING = frozenset(
    ("after", "only after", "follows", "nach", "apres", "despues de", "must follow", "comes after", "once", "only once")
) | {"start after", "starts after", "do after"}
_TURNED = words("this it these that")
"""Behind "after", these turn the sense: "After this:" lists what comes later."""
_ONLY_WITH_COLON = _TURNING | {
    *("blocked", "waiting", "on hold", "upstream", "required", "needed", "first", "do first", "bloqueado", "esperando"),
    *("beforehand", "up front", "upfront", "vorher", "zuerst", "vorab", "d'abord", "primero"),
}

_STARTS = re.compile(r"(?:[#*_=+~ \t.]|h[1-6]\.[ \t]|\d{1,2}(?:\.\d{1,2})*[.)][ \t])*")
_SEPARATED = re.compile(
    r"(?P<said>[^:\n\t]{1,100}?)[ \t*_]*(?::+|[ \t]*(?:[-=]+>|[→⇒➜➔➝➞➡»⟶])\ufe0f?|[ \t](?:[-–—]+|=)(?=[ \t])"
    r"|\t)[-=]?>?[ \t*_]*"
)
_SEPARATOR = re.compile(r"[:\t]|[ ][-–—=]|[→⇒➜➔➝➞➡»⟶]|[-=]>")
_BRACKETS = re.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]")
_SYMBOLS_AT_END = re.compile(r"[^\w\s\x00-\x7f]+\s*$")
_NUMBER_IN_BRACKETS = re.compile(r"[(\[]#?\d{1,4}[)\]]")
_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_OTHER_KIND = re.compile(r"\b(?:npm|pip|yarn|pnpm|cargo|maven|gradle|gems?|packages?|librar(?:y|ies)|optional|soft)\b")
_FOREIGN_MARKS = frozenset('`"<>{}|$')
_LONGEST_HEADING = 100
_LONGEST_BARE_HEADING = 60
_INNER = re.compile(r":(?=[\s*_]|$)")
_BOUNDARY = re.compile(r"[.!?;,|()]\s*|\s[-–—·•]\s")
_MOST_INNER = 40


def _phrases() -> dict[tuple[str, ...], Under]:
    found = {
        tuple(folded(phrase).split()): under
        for under, listed in _HEADS.items()
        for phrase in " ".join(listed.split()).split(", ")
    }
    return found | {tuple(" ".join(said).split()): Under.TASKS for said in (*_GATES, *_DONE_BEFORE)}


_PHRASES = _phrases()
_LONGEST_PHRASE = max(map(len, _PHRASES))
_SOME_WORD = frozenset(word for phrase in _PHRASES for word in phrase[:1])


_ASKS = re.compile(
    r"(?:#{1,6} |\*\*|__)?(?:does|do|is|are|what|which|anything|any)\b[^?]{0,70}"
    r"\b(?:need|needs|needed|blocked|blocks|blocking|blockers"
    r"|depends?|dependencies|prerequisites?|first|beforehand|before this|before we start|wait for|waits for)"
    r"\b[^?]{0,40}\?(?:\*\*|__)?",
    re.IGNORECASE,
)
""" "Does this need anything to be finished first?", as templates ask."""


def heading_of(text: str) -> Heading | None:
    """The heading that a line (without its bullet) is or begins with, None where it is none."""
    if text[-3:].rstrip("*_ ").endswith("?") and text[:1] in "#*_" and _ASKS.fullmatch(text.strip()):
        return Heading(Under.FIRST, "", "question")
    start = _STARTS.match(text)
    begin = start.end() if start is not None else 0
    near = text[begin : begin + 2 * _LONGEST_HEADING]
    separated = _SEPARATED.match(near) if _SEPARATOR.search(near) else None
    if separated is not None:
        found = _head(separated["said"])
        if found is not None:
            return Heading(found[0], text[begin + separated.end() :].strip(), found[1])
    if len(text) - begin > _LONGEST_BARE_HEADING or ":" in near:
        return None
    if _NUMBER_IN_BRACKETS.search(near):
        return None  # "Requires (2) and (3)"
    found = _head(_SYMBOLS_AT_END.sub("", near).rstrip(" \t*_#=]."))
    if found is None or (
        not text[:begin].strip() and ((found[1] in _ONLY_WITH_COLON and not near.isupper()) or near[:1].islower())
    ):
        return None
    return Heading(found[0], "", found[1])


def headings_within(text: str) -> Iterator[tuple[int, int]]:
    """Where headings stand in the midst of a line, as "Draw it. Depends on: the plan": their begin and their end."""
    for number, colon in enumerate(_INNER.finditer(text)):
        if number >= _MOST_INNER:
            return
        near = text[max(0, colon.start() - _LONGEST_HEADING) : colon.start()]
        boundaries = list(_BOUNDARY.finditer(near))
        if boundaries and _head(near[boundaries[-1].end() :].strip(" *_")) is not None:
            yield colon.start() - len(near) + boundaries[-1].end(), colon.end()


@lru_cache(maxsize=4096)
def _head(said: str) -> tuple[Under, str] | None:
    """What the words of a heading say, None where they are none."""
    if _FOREIGN_MARKS.intersection(said):
        return None
    said = folded(said[1:-1] if said.startswith("[") and said.endswith("]") else said)
    for brackets in _BRACKETS.findall(said):
        if _OTHER_KIND.search(brackets):
            return None
    found = _WORDS.findall(_BEFORE_WE.sub(r"\g<head>", _FOR_THIS.sub("", _BRACKETS.sub(" ", said).strip())))
    if len(found) > 12 or _SOME_WORD.isdisjoint(found):
        return None
    for begin in range(len(found)):
        for end in range(min(len(found), begin + _LONGEST_PHRASE), begin, -1):
            under = _PHRASES.get(tuple(found[begin:end]))
            if under is not None and _BEFORE.issuperset(found[:begin]) and (_BEHIND | _MIXED).issuperset(found[end:]):
                phrase = " ".join(found[begin:end])
                if phrase not in _TURNING or not _TURNED.intersection(found[end:]):
                    return (Under.FIRST if _MIXED.intersection(found[end:]) else under), phrase
    return None
