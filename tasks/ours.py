"""Ours or a person's: told by our markers, never by the author, who may be the same Asana user."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from aegis.core.markers import Marker
from aegis.core.models import AsanaTask, Story, User
from aegis.core.prompts import PersonComment
from aegis.wiring import Runtime


def our_markers(runtime: Runtime, text: str, *, target_gid: str, author: User | None) -> tuple[Marker, ...]:
    """The markers of ours in a text: the genuine ones, else those that the token's user wrote.

    The second kind is for a key that was lost from the database and AEGIS_HOME alike. Who else than Aegis would write
    a marker with the token's user? A person who copies one into a comment of their own, on purpose.
    """
    found = runtime.state.markers.find(text, target_gid=target_gid)
    genuine = tuple(marker for marker in found if marker.genuine)
    if genuine or not found or author is None:
        return genuine
    return found if author.gid == runtime.me().gid else ()


def question_fingerprint(runtime: Runtime, project_gid: str, task: AsanaTask) -> str | None:
    """The fingerprint of a question of ours, None for any other task."""
    markers = our_markers(runtime, task.notes, target_gid=project_gid, author=task.created_by)
    return next((marker.ident for marker in markers if marker.kind == "question"), None)


def looks_like_question(task: AsanaTask) -> bool:
    """Whether an Aegis asked it, this one or another with a key of its own: it is work for nobody's agent."""
    return "aegis:question:" in task.notes and bool(re.search(r"^Asked by Aegis \(aegis:question:", task.notes, re.M))


def done_runs(runtime: Runtime, task_gid: str, stories: Sequence[Story]) -> dict[str, str]:
    """Story GID -> run id, of our comments that report a success."""
    runs: dict[str, str] = {}
    for story in stories:
        for marker in our_markers(runtime, story.text, target_gid=task_gid, author=story.created_by):
            if marker.kind == "done":
                runs[story.gid] = marker.ident
    return runs


def comments_of_people(
    runtime: Runtime, task_gid: str, stories: Sequence[Story], *, since: datetime | None
) -> tuple[PersonComment, ...]:
    """The comments that are not ours, oldest first; only those after `since` where it is given.

    Ours end in their marker: a comment that quotes one of ours, or one of ours to which a person has added words (the
    token's user may be a person), is a person's.
    """
    comments = [story for story in stories if story.is_comment]
    new = [s for s in comments if since is None or s.created_at is None or s.created_at > since]
    return tuple(
        PersonComment(
            author=story.created_by.name if story.created_by else "",
            at=story.created_at,
            text=story.text,
            gid=story.gid,
        )
        for story in new
        if not our_markers(runtime, _last_line(story.text), target_gid=task_gid, author=story.created_by)
    )


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2]
