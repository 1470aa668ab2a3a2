"""Items and sentences that name no dependency: "none", "see also ...", "... (optional)", "... was merged last week"."""

from __future__ import annotations

import re

from aegis.core.reading.links import is_refuted
from aegis.core.reading.markup import STRUCK
from aegis.core.reading.vocabulary import any_of, pattern, words
from aegis.core.reading.words import words_of

_NONE = words(
    """
    none no nothing empty nobody noone nope nil null na nada keine keiner keines kein nichts niemand entfallt aucun
    aucune aucuns aucunes rien personne ninguna ninguno nadie nenhuma nenhum nessuna nessuno niente geen inga ingen
    zadne brak sin pas nao sem without ohne sans нет 无 沒有 没有 なし 없음 0 ø standalone self independent unabhangig
    """
)
_AROUND_NONE = words(
    """
    a above actually afaik all and any anymore anyone anything are as at be been bekannt below bisher blocked blocker
    blockers blocking blocks can clear connue contained currently de dependance dependances dependencia dependencias
    dependencies dependency deps des different done else es esta estan externa external far for free from further gibt
    go good ha hard hay here hier hold holds i identified ill in internal is ist issue issues it know known left least
    me mehr moment more needed now of on one open other others our para pour pre preconditions predecessors
    prerequisite prerequisites que ready real really remaining required requirements requisites right so special
    specific start started still task tasks team teams technical that the there they this ticket tickets time to today
    ones new newer added please thanks u us voraussetzungen wait waits we with work y yet you abhangigkeiten response
    applicable instant l'instant ahora vorerst derzeit aktuell momentan so bislang weitere anderen andere weiteren
    sonst right away immediately
    """
)
_ALL_DONE = pattern(
    r"(?:all|everything|alle|alles|tout|todo)(?:\s+(?:dependencies|blockers|prerequisites|of\s+them|is|are"
    r"|has\s+been|have\s+been))*\s+",
    any_of(
        "done, met, merged, resolved, closed, there, ready, clear, fulfilled, complete, completed, finished, in place"
    ),
    r"\b",
)
_NO_NEED = pattern(
    r"(?:can\s+(?:be\s+)?(?:start|started|done|go)|free\s+to\s+start|ready\s+to\s+(?:go|start))\b|n\s?[/.]\s?a\b"
    r"|unblocked\b"
    r"|not\s+(?:blocked|applicable|that\s+i\s+know)\b|resolved$|[\s\-–—_./*…]+$"
)
_NUMBER = pattern(r"n(?:o|r|os)\.?\s?\d")
_SO_NONE = pattern(r"[,;]\s*so\s+(?:none|nothing|no\s+blockers?)\W*$")
_EDGES = " \t*_–—-<>[](){}\"'`" + STRUCK
_HEAD_END = re.compile(r"[.,;:!?(\[–—/]|\s-|-\s|\s:\)")
_EXCEPT = pattern(
    any_of(
        """
        except for, except, apart from, aside from, besides, other than, but, save for, with the exception of, außer,
        ausser, bis auf, sauf, excepté, à part, excepto, salvo, menos, exceto, tranne, eccetto, behalve, only, nur
        """
    ),
    r"(?=[\s:\"'`#\[])[\s:]*(?P<rest>.+)",
)


_HINT = pattern(
    r"[\W_]*(?:if\s+(?:any|this|you|there|it|applicable|none|so)\b|(?:please\s+)?(?:list|name|link|mention|enter|describe|specify|add|put)\s+"
    r"(?:here\b|(?:\w+\s+){0,3}?(?:any|all|other|links?|dependenc\w+|blockers?|blocking|prerequisites?|related)\b)"
    r"|(?:which|what|any|are\s+there(?:\s+any)?)\s+(?:other\s+)?(?:tasks?|tickets?|issues?|dependencies|blockers|work|things?)\b[^.]*(?:\?|first|before|needed|blocks?))"
)


def is_hint(text: str) -> bool:
    """Whether words are a template's hint that nobody has replaced: "If this needs another ticket, put it here"."""
    return _HINT.match(text[:200]) is not None


def is_nothing(text: str) -> bool:
    """Whether an item says that there is none: "none", "n/a", "No blockers so far.", "keine (kann sofort los)"."""
    text = text[:300].strip(_EDGES)
    if _NUMBER.match(text):
        return False
    if not text or _NO_NEED.match(text) or _ALL_DONE.match(text) or _SO_NONE.search(text):
        return True
    end = _HEAD_END.search(text)
    return _says_none(text[: end.start()] if end is not None else text)


def _says_none(text: str) -> bool:
    """Whether words say nothing but that there is none."""
    said = {said for _, _, said in words_of(text)}
    return not said.isdisjoint(_NONE) and said <= _NONE | _AROUND_NONE


def but_for(text: str) -> str | None:
    """What is left where an item says "none, except ..."; None where it does not say so."""
    first = text[:40].split(maxsplit=1)[0] if text.strip() else ""
    if _NONE.isdisjoint(said for _, _, said in words_of(first)):
        return None
    exception = _EXCEPT.search(text[:300])
    if exception is None or not _says_none(text[: exception.start()]):
        return None
    rest = text[exception.start("rest") :].strip()
    return rest if rest.count("(") == rest.count(")") else rest.rstrip(")")


_IS_DONE = pattern(
    r"\(already\b|(?:[(\[]|\s[-–—:→]\s?|\s[-=]>\s?|:\s|,\s|\s(?:was|were|has\s+been|have\s+been)\s)\s*(?:already\s+|now\s+|all\s+)?",
    any_of(
        """
        done, complete, completed, finished, merged, resolved, closed, shipped, deployed, live, fixed, released, landed,
        granted, received, approved, given, arrived, ready, erledigt, fertig, fait, hecho, hecha, terminé, terminada,
        listo, lista, feito, fatto
        """
    ),
    r"\b(?!\s*(?:by|once|when|until)\b)",
    r"|\b(?:is|are|exists?|have|has|got)\b[^.;]{0,40}\balready\b(?=\W*$)",
    r"|(?:->|→|[-–—:,(])\s*(?:we\s+|(?-i:[A-Z]\w+)\s+)?(?:have|has|got)\s+(?:it|them|one|that)\b",
)
_DENIES = any_of(
    """
    each other, one another, not by, not on, not for, not blocked by, not blocked on, not dependent on, no longer, not
    waiting, not needed,
    not required, not a blocker, not blocking, no dependency on, no need, no hard dependency, does not depend,
    doesn't depend, doesn't need, does not need, do not need, don't need, independent of, independent from,
    unrelated to, related to, relates to, see also, see above, see below, see description, see comments, see links,
    see parent, similar to, unblocks, needed by, needed for, required by, required for, followed by, follow-up of,
    was blocked by, was blocked on, unabhängig von, siehe auch, voir aussi, ver también
    """
)
_DENIES_WITH_COLON = any_of(
    """
    see, cf, cf\\., compare, optional, optionally, nice to have, nice-to-have, out of scope, related, blocks,
    blocking, enables, precedes, follow-up, follow up, before, part of, parent, parent task, epic, subtask of,
    child of, duplicates, supersedes, replaces, was, formerly, previously, siehe, blockiert, voir, ver, bloquea,
    bloque, soft, later
    """
)
_DENIED = pattern(rf"\(?(?:{_DENIES}(?=[\s:#\"'\[(]|$)|{_DENIES_WITH_COLON}(?:\s?:|\s(?=[#\"'`\[]|https?:|task\s\d)))")
_REVERSED = pattern(
    r"\b(?:comes?\s+after|depends?\s+on|waits?\s+for|needs?|requires?|(?:is|are)\s+blocked\s+by|builds?\s+on"
    r"|follows?)\s+"
    r"(?:this|us)\b"
)
_DENIED_BEHIND = pattern(
    r"(?:[(\[]|\s[-–—:→]\s?|\s[-=]>\s?|:\s|,\s|\s(?:is|are)\s)\s*(?:but\s+|now\s+|actually\s+)?",
    any_of(
        """
        optional, soft, soft dependency, nice to have, nice-to-have, not blocking, not a blocker, no blocker,
        non-blocking, not needed, not needed any more, not needed anymore, no longer needed, not required,
        no longer required, no longer relevant, not a blocker any more, not a blocker anymore, not blocking any more,
        no longer a blocker, no longer blocking, not relevant any more, gone,
        can come later, can follow later, may come later, comes later, can wait, independent, descoped, obsolete,
        not strictly needed, not strictly required,
        can be parallel, can run in parallel, in parallel, kein blocker, nicht nötig
        """
    ),
    r"(?=\s*(?:$|[.,;:!)\]–—-]|and\s))",
    r"|\bwe\s+(?:can\s+)?(?:launch|start|go|ship|begin|live|do)\s+without\b",
    r"|[(,–—-]\s*(?:but\s+|it\s+|that\s+)?(?:does\s+not|doesn't|won't|will\s+not)\s+block\b",
)
_ANSWERED_NO = pattern(r"\?\s*(?:[-–—]\s*)?(?:no|nope|nah)\b(?!\s+(?:idea|one|date|answer|reply|decision)\b)")


def is_said_to_be_done(text: str) -> bool:
    """Whether an item says of itself that it is done: "(done)", "- merged last week", "was granted"."""
    return _IS_DONE.search(text[:600]) is not None and not text[:4].casefold().startswith("what")


def denies(text: str) -> bool:
    """Whether an item begins with words that make what follows no dependency: "see also ...", "blocks #3"."""
    return _DENIED.match(text) is not None


def is_denied(text: str) -> bool:
    """Whether one thing is said to be no dependency: "see also ...", "... (optional)"."""
    return denies(text) or _DENIED_BEHIND.search(text[:600]) is not None


def is_answered_no(text: str, at: int) -> bool:
    """Whether what is asked up to a place is answered with no behind it: "the new fonts? No, we keep the old ones"."""
    return _ANSWERED_NO.match(text, at) is not None


def is_turned(text: str) -> bool:
    """Whether a whole item says that nothing waits for it: "#3 is mocked, no need to wait", "#4 comes after this"."""
    return _REVERSED.search(text[:600]) is not None or is_refuted(text[:600])
