"""What a conversation was told already: kept beside each run, so that a resumed one is told only what is new.

Kept by GID and by content, not by time: a comment written while the agent worked, or changed since, is new; and two
clocks need not agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from pydantic import Field

from aegis.core.models import AsanaTask, Frozen
from aegis.core.prompts import PersonAnswer, PersonComment, PromptParts, task_text


class ListedSubtask(Frozen):
    """An open subtask as the agent saw it: with its number in the list, from 1, which is its place."""

    gid: str
    name: str
    text: str = ""  # the fingerprint of its name and notes


class Told(Frozen):
    """What a conversation was told so far.

    `task` is the fingerprint of the task's text, `comments` has one for each comment by its GID, `answers` are those of
    answers; `attachments` and `reports` are GIDs of attachments and of finished dependencies. `subtasks` are those of
    the latest prompt, `folders` all that the agent may read beside its working directory. `left_out` names the
    attachments that this run's agent did not get, with the reason.
    """

    task: str = ""
    comments: dict[str, str] = Field(default_factory=dict)
    answers: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    subtasks: tuple[ListedSubtask, ...] = ()
    folders: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class ToldRecord(Frozen):
    """A run's record: what its conversation had been told before it, and once the agent has read its prompt."""

    before: Told = Told()
    after: Told = Told()


def fingerprint(*texts: str) -> str:
    """A short name for a content."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:16]


def task_fingerprint(task: AsanaTask) -> str:
    """The fingerprint of a task's own text as a prompt tells it."""
    return fingerprint(task_text(task))


def listed(subtasks: Iterable[AsanaTask]) -> tuple[ListedSubtask, ...]:
    """Subtasks as a prompt lists them."""
    return tuple(ListedSubtask(gid=one.gid, name=one.name, text=fingerprint(one.name, one.notes)) for one in subtasks)


def new_comments(comments: Iterable[PersonComment], known: Told) -> tuple[PersonComment, ...]:
    """The comments that the conversation does not hold, or holds with other words."""
    return tuple(
        replace(one, changed=one.gid in known.comments)
        for one in comments
        if known.comments.get(one.gid) != fingerprint(one.text)
    )


def new_answers(answers: Iterable[PersonAnswer], known: Told) -> tuple[PersonAnswer, ...]:
    """The answers that the conversation does not hold."""
    return tuple(one for one in answers if _of_answer(one) not in known.answers)


def _of_answer(answer: PersonAnswer) -> str:
    return fingerprint(answer.question, answer.author, str(answer.at), answer.text)


def told_by(parts: PromptParts, before: Told, *, reports: Iterable[str] = ()) -> Told:
    """What the conversation has been told once the agent has read a prompt of these parts.

    Args:
        parts: what the prompt is made of.
        before: what the conversation was told earlier; an empty one for a new conversation.
        reports: GIDs of the dependencies whose reports are in it.
    """
    given = [one.gid for one in parts.attachments if not one.failed]
    left_out = [one.line.removeprefix("- ") for one in parts.attachments if one.left_out and not one.is_link]
    folders = [parts.folder] if parts.folder else []
    return Told(
        task=task_fingerprint(parts.task),
        comments={**before.comments, **{one.gid: fingerprint(one.text) for one in parts.comments if one.gid}},
        answers=tuple(dict.fromkeys((*before.answers, *map(_of_answer, parts.answers)))),
        attachments=tuple(dict.fromkeys((*before.attachments, *given))),
        reports=tuple(dict.fromkeys((*before.reports, *reports))),
        subtasks=listed(parts.subtasks),
        folders=tuple(dict.fromkeys((*before.folders, *folders))),
        left_out=tuple(left_out),
    )
