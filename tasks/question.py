"""Question: each cause that a person must settle becomes one question task, once, on which the blocked tasks wait.

Questions whose cause is gone are closed here as well, and answers that a look had to confirm are acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from prefect import task

from aegis.adapters.delivery import LINK_GID
from aegis.adapters.outbox import OutboxWrite
from aegis.adapters.questions import AskedQuestion
from aegis.core.asana_url import task_address
from aegis.core.causes import OF_NO_PROJECT
from aegis.core.comments import question_notes
from aegis.core.hearing import closing_words
from aegis.core.links import Links
from aegis.core.models import Effect, Frozen, Project, Question, ReasonKind
from aegis.core.text import one_line
from aegis.wiring import Runtime, current
from tasks.analyze import session_facts
from tasks.answer import acknowledging, closing_writes, questions_now
from tasks.fetch import portfolio_projects
from tasks.notices import notice_writes
from tasks.policies import ONCE
from tasks.send import deliver_due


class Asked(Frozen):
    """What became of the questions of an assessment: (name, gid) of the created ones, names of the others."""

    created: tuple[tuple[str, str], ...] = ()
    existing: tuple[str, ...] = ()
    undelivered: tuple[str, ...] = ()
    nobody: bool = False  # neither the portfolio nor the project has an owner to assign them to

    def lines(self) -> Iterator[str]:
        """What people are told."""
        for name, gid in self.created:
            yield f"  ✓ Created: {one_line(name)} (GID: {gid})"
        for name in self.existing:
            yield f"  ⚠ Question already exists for this blocker: {one_line(name)}"
        for name in self.undelivered:
            yield f"  ⚠ Not created yet, Asana does not take it now: {one_line(name)}; sent with the next run"
        if self.nobody and (self.created or self.undelivered):
            yield "  ⚠ Assigned to nobody: neither the portfolio nor the project has an owner"


@task(name="question", task_run_name="ask {project.name}", **ONCE)
async def ask(project: Project, questions: tuple[Question, ...]) -> Asked:
    """Create the questions that do not exist yet, assigned to the portfolio's owner; link all that wait on them."""
    return await asyncio.to_thread(_ask, current(), project, questions)


def _ask(runtime: Runtime, project: Project, questions: Sequence[Question]) -> Asked:
    tasks = session_facts(runtime, project).facts.tasks
    links = Links(tasks)
    elsewhere = _asked_elsewhere(runtime, project, questions)
    fresh: list[Question] = []
    existing: list[str] = []
    for question in questions:
        known = elsewhere.get(question.fingerprint) or runtime.state.questions.get(question.fingerprint)
        if question.exists or question.fingerprint in elsewhere:
            existing.append(question.name)
            if known is not None:
                _join(runtime, links, known, question)
        elif _reserve(runtime, project, links, question, known):
            fresh.append(question)
        else:
            existing.append(question.name)
    deliver_due(runtime)
    gids = {
        q.fingerprint: asked.gid for q in fresh if (asked := runtime.state.questions.get(q.fingerprint)) is not None
    }
    return Asked(
        created=tuple((q.name, gid) for q in fresh if (gid := gids.get(q.fingerprint))),
        existing=tuple(existing),
        undelivered=tuple(q.name for q in fresh if not gids.get(q.fingerprint)),
        nobody=(project.portfolio_owner or project.owner) is None,
    )


def _asked_elsewhere(runtime: Runtime, project: Project, questions: Sequence[Question]) -> dict[str, AskedQuestion]:
    """Open questions about shared causes that our table lost: found by their markers in the portfolio's other projects.

    Looked for only where such a cause is about to be asked about for the first time.
    """
    table = runtime.state.questions
    unknown = {q.fingerprint for q in questions if q.kind in OF_NO_PROJECT and not q.exists}
    unknown = {fingerprint for fingerprint in unknown if table.get(fingerprint) is None}
    if not unknown:
        return {}
    found: dict[str, AskedQuestion] = {}
    for other in portfolio_projects(runtime):
        if other.gid == project.gid or other.archived or other.completed:
            continue
        known = questions_now(runtime, other, runtime.asana.open_tasks(other.gid)).known
        for fingerprint in unknown & known.keys():
            table.adopt(known[fingerprint])
            found[fingerprint] = known[fingerprint]
    return found


def _reserve(runtime: Runtime, project: Project, links: Links, question: Question, known: AskedQuestion | None) -> bool:
    """Note the question with its writes; False where it is asked already."""
    writes = question_writes(runtime, project, question, links=links, known=known)
    return runtime.state.questions.reserve(question, project.gid, runtime.state.outbox, writes)


def _join(runtime: Runtime, links: Links, known: AskedQuestion, question: Question) -> None:
    """Let tasks that came to a cause later wait for its question too; each is linked once at most."""
    table, outbox = runtime.state.questions, runtime.state.outbox
    table.add_waiting(known.fingerprint, question.task_gids)
    if not known.asks:
        table.describe(known.fingerprint, question)  # taken over from Asana, where its record was lost
    if known.gid is None:
        return
    marker = _link_marker(runtime, known.fingerprint, known.project_gid, known)
    tried = outbox.targets("add-dependencies", marker)
    new = links.plan(known.gid, question.task_gids, leave=tried)
    if new:
        outbox.enqueue_now([_link(gid, marker, gids=[known.gid]) for gid in new])


def question_writes(
    runtime: Runtime,
    project: Project,
    question: Question,
    *,
    links: Links,
    known: AskedQuestion | None = None,
    execution_id: str | None = None,
) -> list[OutboxWrite]:
    """The writes that create one question, link the waiting tasks to it and tell people, in order.

    Args:
        runtime: the open runtime.
        project: the project that the question's task is made in.
        question: what is asked.
        links: counts the links of the project's tasks.
        known: the same cause's earlier question, which is over.
        execution_id: the execution in which the agent asked.
    """
    marker = runtime.state.markers.make("question", question.fingerprint, project.gid)
    owner = project.portfolio_owner or project.owner
    first = question.task_gids[0] if question.task_gids else None
    create = OutboxWrite(
        kind="create-task",
        target_gid=project.gid,
        payload={
            "name": runtime.redactor.mask(question.name),
            "notes": runtime.redactor.mask(question_notes(question, marker)),
            "assignee": owner.gid if owner else None,
            "fingerprint": question.fingerprint,
            "before": known.gid if known else None,
        },
        marker=marker,
        task_gid=first,
        execution_id=execution_id,
    )
    link_marker = _link_marker(runtime, question.fingerprint, project.gid, known)
    gids = links.plan(question.fingerprint, question.task_gids)
    return [
        create,
        *(_link(gid, link_marker, execution_id=execution_id, after=0) for gid in gids),
        *_notice(runtime, project, question, known),
    ]


def _link_marker(runtime: Runtime, fingerprint: str, project_gid: str, known: AskedQuestion | None) -> str:
    """What the links of one question bear: another one for each time that the cause is asked about."""
    count = len(known.answers) if known else 0
    return runtime.state.markers.make("link", f"{fingerprint}n{count}", project_gid)


def _link(
    gid: str,
    marker: str,
    *,
    gids: Sequence[str] = (),
    execution_id: str | None = None,
    after: int | None = None,
) -> OutboxWrite:
    """A link is a service to people: where the plan or the number of links refuses it, our table holds the task."""
    return OutboxWrite(
        kind="add-dependencies",
        target_gid=gid,
        payload={"gids": list(gids), "optional": True},
        marker=marker,
        task_gid=gid,
        execution_id=execution_id,
        after=after,
    )


def _notice(runtime: Runtime, project: Project, question: Question, known: AskedQuestion | None) -> list[OutboxWrite]:
    key = f"{question.fingerprint}n{len(known.answers) if known else 0}"
    count = len(question.task_gids)
    waits = "1 task waits" if count == 1 else f"{count} tasks wait"
    undecided = "let the agent decide" if question.kind is ReasonKind.QUESTION else "let the task go on"
    completing = "accept the recommendation" if question.recommended else undecided
    body = (
        f"{project.name}: {question.asks}\n{waits} for your answer. Comment on the question's task, or complete it to "
        f"{completing}.\n{task_address(project.permalink_url, project.gid, LINK_GID)}"
    )
    first = question.task_gids[0] if question.task_gids else None
    return notice_writes(runtime, "question", key, question.name, body, task_gid=first, after=0)


# --- what is over by itself ---------------------------------------------------------------------------------------


@task(name="settle", task_run_name="settle questions of {project.name}", **ONCE)
async def settle_questions(project: Project) -> tuple[str, ...]:
    """Close the questions whose cause is gone, and acknowledge the answers that the look had to confirm.

    Returns a line for each. Raises DatabaseError.
    """
    return await asyncio.to_thread(_settle, current(), project)


def _settle(runtime: Runtime, project: Project) -> tuple[str, ...]:
    session = session_facts(runtime, project)
    table, outbox = runtime.state.questions, runtime.state.outbox
    lines = []
    for closing in session.closings:
        known = table.get(closing.fingerprint)
        if known is None:
            continue
        writes = list(closing_writes(runtime, known, closing_words(closing.why), f"c{len(known.answers)}"))
        if table.closed(known.fingerprint, outbox, writes):
            lines.append(f"✓ Closed: {one_line(known.name)} ({closing.why.rstrip('.')})")
    for look in session.looks:
        known = table.get(look.fingerprint)
        if known is None or known.answer is None:
            continue
        if known.answer.effect is Effect.LOOK:
            number, is_complete = (
                len(known.answers),
                known.project_gid == project.gid and known.gid not in session.listed,
            )
            said = {"there_now": look.there_now, "missing": look.missing}
            table.say_once(
                known.fingerprint,
                outbox,
                list(acknowledging(runtime, known, known.answer, number, is_complete, **said)),
            )
        if look.there_now:
            table.closed(known.fingerprint)  # should it go away again, it is asked anew
    if session.closings or session.looks:
        deliver_due(runtime)
    return tuple(lines)
