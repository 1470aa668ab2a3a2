"""Tasks that will not be done, or count as complete in Asana and were not done: rejected approvals, cancelled tasks.

A rejected approval is `completed: true` with an `approval_status` (Asana's published API description). Asana has no
state "cancelled": people say it with a section, a tag or the name. What a list carries of these counts: a section or a
tag whose whole name says so ("Cancelled", "Won't do", "❌ Abgelehnt"), a name that begins with it ("[Cancelled] Build
it", "OBSOLETE: build it"). Custom fields are not read: each costs a link for every task of every list.
"""

from __future__ import annotations

import re

from aegis.core.models import AsanaTask
from aegis.core.reading.words import folded

_VERDICTS = {"rejected": "was rejected", "changes_requested": "was sent back with changes requested"}
_CANCELLED = (
    r"(?:cancell?ed|abandoned|rejected|declined|dropped|discarded|withdrawn|descoped|obsolete|duplicates?|invalid"
    r"|wontfix"
    r"|(?:won'?t|will not|not)[ -]?(?:be )?(?:do|doing|done|fix|implement|needed|planned|going to happen)"
    r"|no longer needed"
    r"|abgebrochen|abgelehnt|verworfen|storniert|gestrichen|annulee?s?|abandonnee?s?|rejetee?s?|cancelad[oa]s?"
    r"|rechazad[oa]s?|descartad[oa]s?|annullat[oaie]|geannuleerd)"
)
_MARK = re.compile(rf"\W*{_CANCELLED}(?: tasks| items)?\W*")
_NAME = re.compile(rf"\W*[\[(]{_CANCELLED}[\])].*|{_CANCELLED} ?[:–—].*", re.DOTALL)
_LONGEST_MARK = 60


def turned_down(task: AsanaTask) -> str | None:
    """How a task was turned down instead of done ("was rejected"); None for one that was done or may still be."""
    if task.completed and task.approval_status in _VERDICTS:
        return _VERDICTS[task.approval_status]
    marks = (*task.tags, *(place.section_name for place in task.memberships))
    if any(len(mark) <= _LONGEST_MARK and _MARK.fullmatch(folded(mark)) for mark in marks if mark):
        return "was cancelled"
    return "was cancelled" if _NAME.match(folded(task.name[:_LONGEST_MARK])) else None
