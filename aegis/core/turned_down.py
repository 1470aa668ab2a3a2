"""Tasks that are complete in Asana and were not done: rejected approvals, and those that people marked as cancelled.

Asana has no state "cancelled", so people say it with a section, a tag or the name; a rejected approval is
`completed: true` (Asana's published API description).
"""

from __future__ import annotations

import re

from aegis.core.models import AsanaTask
from aegis.core.references import same_name

_VERDICTS = {"rejected": "was rejected", "changes_requested": "was sent back with changes requested"}
_CANCELLED = re.compile(
    r"cancell?ed|abandoned|rejected|declined|dropped|obsolete|duplicates?|"
    r"(?:won['’]?t|will not|not)[ -]?(?:do|doing|fix|needed|planned|going to happen)"
)
_NAME = re.compile(rf"[\[(]?(?:{_CANCELLED.pattern})[\])]?[ ]*[:–—-].*|[\[(](?:{_CANCELLED.pattern})[\])].*")


def turned_down(task: AsanaTask) -> str | None:
    """How a complete task was turned down instead of done ("was rejected"); None for one that was done, or is open."""
    if not task.completed:
        return None
    if task.resource_subtype == "approval" and task.approval_status in _VERDICTS:
        return _VERDICTS[task.approval_status]
    marks = [same_name(mark) for mark in (*task.tags, *(place.section_name for place in task.memberships))]
    if any(_CANCELLED.fullmatch(mark) for mark in marks) or _NAME.fullmatch(same_name(task.name)):
        return "was cancelled"
    return None
