"""Tasks that came to an end without being done: rejected, or called off.

Asana has no state for that. What a list carries are an approval's status (`rejected` and `changes_requested` are
`completed: true`, Asana's API), the task's sections and its tags: a section or tag whose whole name says so ("Cancelled",
"Won't do", "❌ Rejected") counts. Custom fields are not read: each costs a link in every list request.
"""

from __future__ import annotations

import re
import unicodedata

from aegis.core.models import AsanaTask
from aegis.core.text import one_line

_REFUSED = {"rejected": "was rejected", "changes_requested": "was sent back with changes requested"}
_CALLED_OFF = frozenset(
    """
    cancelled|canceled|cancelled tasks|canceled tasks|wont do|will not do|wont fix|wontfix|not doing|not planned|rejected
    |declined|abandoned|discarded|dropped|obsolete|withdrawn|descoped|out of scope|invalid|duplicate|duplicates|no longer needed
    |abgebrochen|abgelehnt|verworfen|storniert|gestrichen|annule|annulee|annules|annulees|abandonne|rejete|rejetes|cancelado
    |cancelada|cancelados|canceladas|rechazado|rechazados|descartado|descartados|annullato|geannuleerd|wont implement
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)


def how_it_ended(task: AsanaTask) -> str | None:
    """What a sentence says of a task that ended without being done ("was rejected"); None where it did not."""
    if task.completed and task.approval_status in _REFUSED:
        return _REFUSED[task.approval_status]
    for place in task.memberships:
        if _is_called_off(place.section_name):
            return f"is in the section '{one_line(place.section_name, 60)}'"
    tag = next((tag for tag in task.tags if _is_called_off(tag)), None)
    return f"is tagged '{one_line(tag, 60)}'" if tag is not None else None


def _is_called_off(name: str) -> bool:
    if not name or len(name) > 60:
        return False
    bare = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    return re.sub(r"[^\w]+", " ", bare.replace("'", "").replace("’", "")).strip(" _") in _CALLED_OFF
