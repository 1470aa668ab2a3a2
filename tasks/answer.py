"""Answer: what people said to our questions is read, understood, stored, and acknowledged in Asana, each once.

A question is told from a task by our records and markers, a person's comment from ours by the markers, never by the
author. Read are the stories of those questions alone that changed since the last look; what is gone from the open list
is fetched in one batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from prefect import task

from aegis.adapters.outbox import OutboxWrite
from aegis.adapters.questions import AskedQuestion
from aegis.core.causes import kind_of
from aegis.core.comments import note_comment
from aegis.core.facts import KnownQuestion, Settled
from aegis.core.hearing import Completed, acknowledgement, answer_to, is_worth_telling, options_in, told
from aegis.core.models import Answer, AsanaTask, Effect, Frozen, Project, ReasonKind, Story
from aegis.core.prompts import PersonAnswer
from aegis.core.settled import contents_of
from aegis.core.text import one_line
from aegis.errors import AsanaForbiddenError, AsanaNotFoundError
from aegis.wiring import Runtime, current
from tasks.clock import now
from tasks.fetch import load_snapshot
from tasks.ours import comments_of_people, looks_like_question, question_fingerprint
from tasks.policies import READ
from tasks.send import deliver_due

_OPEN = ("asking", "open")


@dataclass(frozen=True)
class Questions:
    """All questions that concern a project, by fingerprint; the GIDs of all tasks that are questions of any Aegis."""

    known: dict[str, AskedQuestion]
    gids: frozenset[str]

    def open(self, tasks: Sequence[AsanaTask]) -> dict[str, KnownQuestion]:
        """The open ones, with the tasks that wait by our records or by a link."""
        linked: dict[str, list[str]] = {}
        names = {one.gid: one.name for one in tasks if one.gid in self.gids}  # a person may have renamed one
        for one in tasks:
            for gid in one.dependencies:
                if gid in self.gids:
                    linked.setdefault(gid, []).append(one.gid)
        return {
            cause: KnownQuestion(
                one.gid,
                names.get(one.gid or "", one.name),
                tuple(dict.fromkeys((*one.task_gids, *linked.get(one.gid or "", ())))),
            )
            for cause, one in self.known.items()
            if one.state in _OPEN
        }

    def settled(self) -> dict[str, Settled]:
        """Those whose answer counts."""
        answers = ((cause, one, one.answer) for cause, one in self.known.items())
        return {
            cause: Settled(one.gid, one.name, answer, one.task_gids)
            for cause, one, answer in answers
            if answer is not None
        }

    def retried(self) -> dict[str, datetime]:
        """Task GID -> since when its failures count anew, by answers that were heard and are not stored."""
        answers = ((one.answer, one.task_gids) for one in self.known.values() if one.answer is not None)
        fresh = (gids for answer, gids in answers if answer.effect is Effect.RETRY and answer.recorded_at is None)
        return {gid: now() for gids in fresh for gid in gids}

    def over(self) -> frozenset[str]:
        """The GIDs of the questions that nobody need wait for any more, whatever Asana's list still says."""
        return frozenset(one.gid for one in self.known.values() if one.gid and one.state not in _OPEN)


class Answered(Frozen):
    """A question that a person answered, as it is told to people."""

    name: str
    answer: Answer

    @property
    def line(self) -> str:
        """One line for the terminal."""
        who = one_line(self.answer.author, 80) or "somebody"
        words = one_line(self.answer.option or self.answer.text, 120)
        return f"✓ Answered: {self.name} ({who}{': ' + words if words else ''})"


@dataclass
class Hearing:
    """What was found at the questions' tasks; nothing of it is stored yet."""

    questions: Questions
    answers: dict[str, tuple[Answer, bool]] = field(default_factory=dict)  # with whether its task is complete already
    deleted: list[str] = field(default_factory=list)
    reopened: list[str] = field(default_factory=list)
    adopted: list[str] = field(default_factory=list)
    seen: dict[str, datetime | None] = field(default_factory=dict)

    def result(self) -> Questions:
        """The questions as they are with what was heard."""
        known = dict(self.questions.known)
        for cause in self.reopened:
            known[cause] = replace(known[cause], state="open")
        for cause in self.deleted:
            known[cause] = replace(known[cause], state="closed")
        for cause, (answer, _) in self.answers.items():
            known[cause] = replace(known[cause], state="answered", answers=(*known[cause].answers, answer))
        return Questions(known, self.questions.gids)

    def answered(self) -> tuple[Answered, ...]:
        """What was answered, as it is told to people."""
        known = self.questions.known
        return tuple(Answered(name=one_line(known[c].name), answer=answer) for c, (answer, _) in self.answers.items())


# --- for flows ---------------------------------------------------------------------------------------------------


@task(name="answers", task_run_name="answers in {project.name}", **READ)
async def hear_answers(project: Project, snapshot: str) -> tuple[Answered, ...]:
    """Collect what people answered to the project's questions since the last look.

    Raises AsanaError and DatabaseError.
    """
    runtime = current()
    tasks = load_snapshot(runtime.home, snapshot)
    return await asyncio.to_thread(_collect_and_send, runtime, project, tasks)


@task(name="answers", task_run_name="answers for {asana_task.gid}", **READ)
async def hear_answers_for(project: Project, asana_task: AsanaTask) -> tuple[Answered, ...]:
    """The same for the questions for which one task waits; the project's list is not read for it."""
    return await asyncio.to_thread(_collect_and_send, current(), project, (asana_task,), only=asana_task.gid)


def _collect_and_send(
    runtime: Runtime, project: Project, tasks: Sequence[AsanaTask], *, only: str = ""
) -> tuple[Answered, ...]:
    answered = collect_answers(runtime, project, tasks, only=only)
    if answered:
        deliver_due(runtime)
    return answered


def collect_answers(
    runtime: Runtime, project: Project, open_tasks: Sequence[AsanaTask], *, only: str = ""
) -> tuple[Answered, ...]:
    """Read and store what people answered since the last look; what acknowledges it goes with the next delivery.

    Args:
        runtime: the open runtime.
        project: the project.
        open_tasks: all its open tasks.
        only: the GID of a task: only the questions for which it waits are looked at, and it may be the only open task.

    Raises AsanaError and DatabaseError.
    """
    questions = questions_now(runtime, project, open_tasks)
    hearing = hear(runtime, project, open_tasks, questions, only=only)
    _record(runtime, hearing)
    return hearing.answered()


def answers_for(runtime: Runtime, task_gid: str, *, since: datetime | None = None) -> tuple[PersonAnswer, ...]:
    """What people answered to questions for which a task waited, after `since` where that is given."""
    found = [
        (answer, told(": ".join(filter(None, (one.name.removeprefix("Question: "), one.asks))), answer))
        for one in runtime.state.questions.about(task_gid)
        for answer in one.answers
        if is_worth_telling(answer) and (since is None or answer.recorded_at is None or answer.recorded_at > since)
    ]
    found.sort(key=lambda pair: pair[0].recorded_at or now())
    return tuple(one for _, one in found)


# --- reading -----------------------------------------------------------------------------------------------------


def questions_now(runtime: Runtime, project: Project, tasks: Sequence[AsanaTask]) -> Questions:
    """The questions by our table and, where it lost them, by the markers of the open list. Asana is not asked."""
    known = runtime.state.questions.of_project(project.gid)
    gids = {one.gid for one in known.values() if one.gid}
    for one in tasks:
        if not looks_like_question(one):
            continue
        gids.add(one.gid)  # another Aegis's too: no question is work
        cause = question_fingerprint(runtime, project.gid, one)
        if cause is None:
            continue
        stored = known.get(cause)
        if stored is None or (stored.gid != one.gid and stored.state != "open"):
            known[cause] = _found(project, one, cause, stored, tasks)
    return Questions({cause: _with_its_task(runtime, project, one) for cause, one in known.items()}, frozenset(gids))


def _found(
    project: Project, one: AsanaTask, cause: str, stored: AskedQuestion | None, tasks: Sequence[AsanaTask]
) -> AskedQuestion:
    """An open question that stands in the list: not in our table, or there without its task."""
    if stored is not None:
        return replace(stored, gid=one.gid, state="open", seen_modified_at=None)
    options, recommended = options_in(one.notes)
    return AskedQuestion(
        fingerprint=cause,
        project_gid=project.gid,
        gid=one.gid,
        kind=(kind_of(cause) or ReasonKind.QUESTION).value,
        name=one.name,
        asks="",
        options=options,
        recommended=recommended,
        state="open",
        answers=(),
        task_gids=tuple(other.gid for other in tasks if one.gid in other.dependencies),
        seen_modified_at=None,
        created_at=one.created_at or now(),
    )


def _with_its_task(runtime: Runtime, project: Project, one: AskedQuestion) -> AskedQuestion:
    """A question that was made, and whose maker died before that was noted, has its task."""
    if one.state != "asking":
        return one
    marker = runtime.state.markers.make("question", one.fingerprint, one.project_gid)
    gid = runtime.state.outbox.made("create-task", marker)
    return replace(one, gid=gid, state="open") if gid else one


def hear(
    runtime: Runtime, project: Project, tasks: Sequence[AsanaTask], questions: Questions, *, only: str = ""
) -> Hearing:
    """Look at the questions' tasks, with the fewest requests; nothing is stored.

    Raises AsanaError where they cannot be read.
    """
    hearing = Hearing(questions)
    here = {one.gid: one for one in tasks}
    stored = runtime.state.questions.of_project(project.gid)
    elsewhere: list[str] = []
    for cause, one in questions.known.items():
        if stored.get(cause) != one:
            hearing.adopted.append(cause)
        if one.gid is None or (only and only not in one.task_gids):
            continue
        if one.gid in here:
            _look(runtime, hearing, cause, here[one.gid])
        elif one.state == "open" and (one.project_gid == project.gid or here.keys() & set(one.task_gids)):
            elsewhere.append(cause)
    _look_elsewhere(runtime, hearing, elsewhere)
    for cause, (answer, is_complete) in hearing.answers.items():
        contents = contents_of(project, here, questions.known[cause].task_gids, questions.gids)
        hearing.answers[cause] = (answer.model_copy(update={"contents": contents}), is_complete)
    return hearing


def _look_elsewhere(runtime: Runtime, hearing: Hearing, causes: Sequence[str]) -> None:
    """Those that are not in the list: completed, deleted, or another project's."""
    known = hearing.questions.known
    found = runtime.asana.tasks_by_gid([str(known[cause].gid) for cause in causes]) if causes else {}
    for cause in causes:
        one = found.get(str(known[cause].gid))
        if isinstance(one, AsanaTask):
            _look(runtime, hearing, cause, one)
        elif isinstance(one, AsanaNotFoundError):
            hearing.deleted.append(cause)


def _look(runtime: Runtime, hearing: Hearing, cause: str, its_task: AsanaTask) -> None:
    """Look at one question's task as it is now: answered, opened again, or still waiting."""
    asked = hearing.questions.known[cause]
    moved = its_task.modified_at is None or its_task.modified_at != asked.seen_modified_at
    if not moved and not its_task.completed:
        return
    try:
        stories = runtime.asana.stories(its_task.gid)
    except (AsanaForbiddenError, AsanaNotFoundError):
        return  # it was hidden from us or deleted just now: one question is no reason to stop
    if asked.state != "open":
        if its_task.completed or not _was_reopened(stories):
            return
        hearing.reopened.append(cause)
    hearing.seen[cause] = its_task.modified_at
    since = asked.answers[-1].heard_until if asked.answers else None
    words = comments_of_people(runtime, its_task.gid, stories, since=since)
    completed = _completed(stories, its_task) if its_task.completed else None
    answer = answer_to(kind_of(cause), asked.options, asked.recommended, words, completed)
    if answer is not None:
        times = [story.created_at for story in stories if story.created_at is not None]
        until = max(times) if times else None
        hearing.answers[cause] = (answer.model_copy(update={"heard_until": until}), its_task.completed)


def _in_order(stories: Iterable[Story]) -> list[Story]:
    return sorted(
        stories, key=lambda one: (one.created_at.timestamp() if one.created_at else 0.0, len(one.gid), one.gid)
    )


def _was_reopened(stories: Iterable[Story]) -> bool:
    marks = [one.resource_subtype for one in _in_order(stories) if one.resource_subtype.startswith("marked_")]
    return bool(marks) and marks[-1] == "marked_incomplete"


def _completed(stories: Iterable[Story], its_task: AsanaTask) -> Completed:
    marks = [one for one in _in_order(stories) if one.resource_subtype == "marked_complete"]
    by = marks[-1].created_by if marks else None
    return Completed(by.name if by else "", its_task.completed_at or (marks[-1].created_at if marks else None))


# --- storing -----------------------------------------------------------------------------------------------------


def _record(runtime: Runtime, hearing: Hearing) -> None:
    table = runtime.state.questions
    known = hearing.questions.known
    for cause in hearing.adopted:
        table.adopt(known[cause])
    for cause in hearing.reopened:
        table.reopened(cause)
    for cause in hearing.deleted:
        table.closed(cause)
    for cause, at in hearing.seen.items():
        table.seen(cause, at)
    for cause, (answer, is_complete) in hearing.answers.items():
        number = len(known[cause].answers) + 1
        writes = (
            () if answer.effect is Effect.LOOK else acknowledging(runtime, known[cause], answer, number, is_complete)
        )
        table.answered(cause, answer, runtime.state.outbox, tuple(writes))


def acknowledging(
    runtime: Runtime,
    asked: AskedQuestion,
    answer: Answer,
    number: int,
    is_complete: bool,
    *,
    there_now: str = "",
    missing: str = "",
) -> Iterator[OutboxWrite]:
    """The writes that acknowledge an answer: a short comment, and the completion where a person did not complete it.

    `number` counts the answers to this cause, from 1.
    """
    words = acknowledgement(answer, there_now=there_now, missing=missing)
    yield from closing_writes(runtime, asked, words, f"n{number}", is_complete=is_complete)


def closing_writes(
    runtime: Runtime, asked: AskedQuestion, words: str, number: str, *, is_complete: bool = False
) -> Iterator[OutboxWrite]:
    """A comment of ours on a question's task, and its completion."""
    if asked.gid is None:
        return
    marker = runtime.state.markers.make("heard", f"{asked.fingerprint}{number}", asked.gid)
    comment = note_comment(runtime.redactor.mask(words), marker)
    payload = {"html": comment.html, "text": comment.text}
    yield OutboxWrite(kind="comment", target_gid=asked.gid, payload={**payload, "optional": True}, marker=marker)
    if not is_complete:
        yield OutboxWrite(kind="complete", target_gid=asked.gid, payload={"optional": True}, marker=marker)
