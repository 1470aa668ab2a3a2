"""How people say of a task that it is done: "is merged and live", "to be deployed", "must land first"."""

from __future__ import annotations

from aegis.core.reading.vocabulary import any_of, pattern

_HELPS = any_of(
    """
    must, has, have, had, needs, need, to, should, shall, will, can, is, are, was, were, been, be, being, gets, get,
    got, goes, go, going, went, getting, having, 's, 're, itself, fully, completely, finally, actually, all, both,
    also, properly, safely, really, already, ist, sind, wird, wurde, werden, est, sont, está, están, sea
    """
)
STATES = any_of(
    """
    done, complete, completed, completes, finished, finish, finishes, merged, merge, merges, landed, land, lands,
    shipped, ship, ships, released, release, releases, deployed, live, in, in place, ready, available, through, over,
    out, out of the way, closed, close, closes, resolved, fixed, approved, green, there, here, implemented, built,
    rolled out, on main, on master, in main, in master, pass, passes, passed, signed off, settled, stable, agreed,
    delivered, accepted, reviewed, tested, up, up and running, go live, goes live, went live, exist, exists, online,
    usable, working, works, work, checked in, committed, published, on staging, on production, in production, in prod,
    on prod, created, set up, set, finalised, finalized, validated, verified, first, come first, comes first, erledigt,
    fertig, abgeschlossen, gemerged, terminé, terminée, fini, finie, prêt, prête, hecho, hecha, listo, lista,
    terminado, terminada, gemerged ist, fertig ist, abgeschlossen ist, erledigt ist, live ist, gemerged sind,
    fertig sind, out of the door, out the door, through validation, through review, through testing, through qa,
    checked off, ticked off, crossed off, off my desk, off the table, behind us
    """
)
"""States in which a task is done."""
_WHEN = any_of(
    """
    first, already, beforehand, before, before this, before this one, before that, before we start, before we begin,
    before starting, before work starts, before i start, to main, to master, into main, into master, to staging,
    to production, to prod, on main, on master, on staging, on production, in production, everywhere, there, in prod,
    for this, please
    """
)
_USED = any_of(
    """
    opened, clicked, loaded, reloaded, refreshed, displayed, pressed, selected, called, used, viewed, visited, entered,
    searched, scrolled, saved, submitted, hovered, focused, printed, edited, triggered, invoked, executed, expanded,
    collapsed, toggled, started, stopped, restarted, requested, rendered
    """
)
"""What happens to a thing when it is used; it tells nothing of the work on it."""
COMPLETION = (
    rf"\s+(?:(?:which|that)\s+)?(?:(?:{_HELPS}\s+)*{STATES}|(?:{_HELPS}\s+)+(?!{_USED})[a-z]{{3,}}ed)(?:\s*(?:,|and"
    rf"|&|und|et|y|,\s*and)\s+(?:{_HELPS}\s+)*{STATES})*"
    rf"(?:\s+{_WHEN})*(?![\w'-])"
)
"""Follows the name of a task, and says that it is done."""
_TAIL = pattern(rf"(?:\s+(?:task|ticket|issue|story|card|item|work|pr|stuff))?(?:{COMPLETION})?(?:\s+{_WHEN})*[\s.!]*$")
_LONGEST_TAIL = 80


def without_completion(text: str) -> str:
    """Words without what says at their end that they are done, or that they are a task."""
    begin = max(0, len(text) - _LONGEST_TAIL)
    tail = _TAIL.search(text, begin)
    return text[: tail.start()] if tail is not None and tail.start() > 0 else text
