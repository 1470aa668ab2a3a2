"""Question: each cause that a person must settle becomes one question task, once, on which the blocked tasks wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from prefect import task

from aegis.adapters.delivery import deliver
from aegis.adapters.outbox import OutboxWrite
from aegis.core.comments import question_notes
from aegis.core.models import Delivery, Frozen, Project, Question
from aegis.errors import AsanaNotFoundError
from aegis.wiring import Runtime, current
from tasks.analyze import session_facts
from tasks.clock import now
from tasks.policies import ONCE

MOST_LINKS = 30
"""Asana takes 30 dependencies and dependents of a task together (published API description)."""


class Asked(Frozen):
    """What became of the questions of an assessment: (name, gid) of the created ones, names of the others."""

    created: tuple[tuple[str, str], ...] = ()
    existing: tuple[str, ...] = ()
    undelivered: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """What people are told."""
        for name, gid in self.created:
            yield f"  ✓ Created: {name} (GID: {gid})"
        for name in self.existing:
            yield f"  ⚠ Question already exists for this blocker: {name}"
        for name in self.undelivered:
            yield f"  ⚠ Not created yet, Asana does not take it now: {name}; sent with the next run"


@task(name="question", task_run_name="ask {project.name}", **ONCE)
async def ask(project: Project, questions: tuple[Question, ...]) -> Asked:
    """Create the questions that do not exist yet, assigned to the portfolio's owner; link all that wait on them."""
    return await asyncio.to_thread(_ask, current(), project, questions)


def _ask(runtime: Runtime, project: Project, questions: Sequence[Question]) -> Asked:
    fresh: list[Question] = []
    existing: list[str] = []
    for question in questions:
        if question.exists:
            existing.append(question.name)
            _link_newcomers(runtime, project, question)
        elif _reserve(runtime, project, question):
            fresh.append(question)
        else:
            existing.append(question.name)
    made = dict(created_questions(runtime, deliver_due(runtime)))
    created = tuple((q.name, made[q.fingerprint]) for q in fresh if q.fingerprint in made)
    undelivered = tuple(q.name for q in fresh if q.fingerprint not in made)
    return Asked(created=created, existing=tuple(existing), undelivered=undelivered)


def _reserve(runtime: Runtime, project: Project, question: Question) -> bool:
    """Note the question with its writes, unless it is noted already and not over."""
    known = runtime.state.questions.of_project(project.gid).get(question.fingerprint)
    if known is not None and known.gid is not None and _is_over(runtime, known.gid):
        runtime.state.questions.forget(project.gid, question.fingerprint)
    writes = question_writes(runtime, project, question, question.task_gids)
    return runtime.state.questions.reserve(question, project.gid, runtime.state.outbox, writes)


def _is_over(runtime: Runtime, gid: str) -> bool:
    """Whether a question that is not among the open tasks was completed or deleted, not just made a moment ago."""
    try:
        return runtime.asana.task(gid).completed
    except AsanaNotFoundError:
        return True


def _link_newcomers(runtime: Runtime, project: Project, question: Question) -> None:
    """Make tasks that wait for an existing question depend on it, where they do not yet."""
    if question.gid is None:
        return
    facts = session_facts(runtime, project).facts
    linked = {one.gid for one in facts.tasks if question.gid in one.dependencies}
    marker = runtime.state.markers.make("question", question.fingerprint, project.gid)
    new = [gid for gid in question.task_gids if gid not in linked][:MOST_LINKS]
    runtime.state.outbox.enqueue_now([_link(gid, marker, gids=[question.gid]) for gid in new])


def created_questions(runtime: Runtime, deliveries: Sequence[Delivery]) -> Iterator[tuple[str, str]]:
    """(fingerprint, GID) of the questions that these deliveries created, noted in our table."""
    for delivery in deliveries:
        if delivery.kind != "create-task" or delivery.state != "confirmed" or not delivery.result_gid:
            continue
        row = runtime.state.outbox.get(delivery.row_id)
        fingerprint = str(row.payload.get("fingerprint", "")) if row is not None else ""
        runtime.state.questions.asked(delivery.target_gid, fingerprint, delivery.result_gid)
        yield fingerprint, delivery.result_gid


def deliver_due(runtime: Runtime, task_gids: Sequence[str] | None = None, *, early: bool = False) -> list[Delivery]:
    """Deliver what is due (with `early` also what is not yet), of these tasks or of all."""
    outbox, asana = runtime.state.outbox, runtime.asana
    return deliver(outbox, asana, owner=runtime.owner, now=now(), task_gids=task_gids, early=early)


def question_writes(
    runtime: Runtime, project: Project, question: Question, waiting: Sequence[str], *, execution_id: str | None = None
) -> list[OutboxWrite]:
    """The writes that create one question and make the waiting tasks depend on it, in order."""
    marker = runtime.state.markers.make("question", question.fingerprint, project.gid)
    owner = project.portfolio_owner or project.owner
    writes = [
        OutboxWrite(
            kind="create-task",
            target_gid=project.gid,
            payload={
                "name": runtime.redactor.mask(question.name),
                "notes": question_notes(question, marker),
                "assignee": owner.gid if owner else None,
                "fingerprint": question.fingerprint,
            },
            marker=marker,
            task_gid=waiting[0] if waiting else None,
            execution_id=execution_id,
        )
    ]
    return [*writes, *(_link(gid, marker, execution_id=execution_id, after=0) for gid in waiting[:MOST_LINKS])]


def _link(
    gid: str,
    marker: str,
    *,
    gids: Sequence[str] = (),
    execution_id: str | None = None,
    after: int | None = None,
) -> OutboxWrite:
    return OutboxWrite(
        kind="add-dependencies",
        target_gid=gid,
        payload={"gids": list(gids)},
        marker=marker,
        task_gid=gid,
        execution_id=execution_id,
        after=after,
    )
