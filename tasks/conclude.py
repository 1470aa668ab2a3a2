"""From an ended run to a proven verdict, and to the writes that report it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from aegis.adapters.claude import MARK
from aegis.adapters.failures import Streak
from aegis.adapters.git import GitState
from aegis.adapters.outbox import OutboxWrite
from aegis.adapters.run_files import told_in
from aegis.adapters.verify import run_verify
from aegis.core.agent_questions import agent_question
from aegis.core.backoff import next_attempt_at
from aegis.core.comments import Attempts, Earlier, report_comment
from aegis.core.links import Links
from aegis.core.models import AsanaTask, Ending, Outcome, Project, ReplyStatus, Verdict
from aegis.core.people_first import text_digest
from aegis.core.scope import Scope
from aegis.core.subtasks import Reported, notes_on_subtasks, part_of_the_work, reported
from aegis.core.told import Told
from aegis.core.verdicts import DONE_HEADLINE, VerifyResult, verdict_of
from aegis.errors import AsanaError
from aegis.wiring import Runtime
from tasks.agent import AgentRun, Workplace, run_directory
from tasks.question import question_writes
from tasks.sections import EndMove

Storing = Callable[[Connection, datetime], list[OutboxWrite]]
"""Stores more in the transaction that records an outcome, and returns the writes that come of it."""


def conclude_run(
    runtime: Runtime,
    project: Project,
    task: AsanaTask,
    place: Workplace,
    agent_run: AgentRun,
    should_stop: Callable[[], bool],
) -> Outcome:
    """Check the work with the repository's own commands where the agent says that it is done, and decide."""
    run = agent_run.run
    verified = _verify(runtime, project, place, agent_run, should_stop)
    decided = verdict_of(run, verified)
    reply = run.reply
    told = told_in(run_directory(runtime, agent_run.execution_id))
    is_done = decided.verdict is Verdict.DONE
    said = reported(reply.subtasks_done, told.subtasks) if is_done and reply else Reported()
    outcome = Outcome(
        verdict=decided.verdict,
        task_gid=task.gid,
        execution_id=agent_run.execution_id,
        run_id=agent_run.run_id,
        headline=decided.headline,
        task_name=task.name,
        task_url=task.permalink_url,
        summary=reply.summary if reply else "",
        reason=decided.reason,
        output_tail=run.tail,
        exit_code=run.exit_code,
        denials=run.denials,
        question=reply.question if reply else "",
        options=reply.options if reply else (),
        recommendation=reply.recommendation if reply else "",
        usage=run.usage,
        session_id=run.session_id,
        log_file=str(runtime.settings.log_dir / runtime.log_file(project).name),
        notes=(*notes_on(place.git), *notes_on_subtasks(said), *notes_on_attachments(told)),
        subtasks_done=_still_ours(runtime, task, said),
        finished_at=datetime.now(UTC),
        ending=run.ending,
        resets_at=run.resets_at,
        unusable_kind=run.unusable_kind,
        unusable_detail=run.detail if run.unusable_kind else "",
    )
    return Outcome.model_validate_json(runtime.redactor.mask(outcome.model_dump_json()))


def _still_ours(runtime: Runtime, task: AsanaTask, said: Reported) -> tuple[str, ...]:
    """GIDs of the subtasks to complete: reported done, and neither taken nor moved by a person meanwhile.

    Where Asana cannot be asked now, those that were open when the agent began.
    """
    gids = [one.gid for one in said.done]
    if not gids:
        return ()
    try:
        ours, _ = part_of_the_work(runtime.asana.subtasks(task.gid), Scope(assignee=runtime.settings.aegis_assignee))
    except AsanaError:
        return tuple(gids)
    return tuple(gid for gid in gids if gid in {one.gid for one in ours})


def _verify(
    runtime: Runtime, project: Project, place: Workplace, agent_run: AgentRun, should_stop: Callable[[], bool]
) -> VerifyResult | None:
    run = agent_run.run
    says_done = run.ending is Ending.REPLIED and run.reply is not None and run.reply.status is ReplyStatus.DONE
    if not says_done or not place.config.verify:
        return None
    return run_verify(
        place.config.verify,
        cwd=place.directory,
        env={**place.env, MARK: agent_run.execution_id},
        timeout_seconds=runtime.settings.task_timeout_seconds,
        redactor=runtime.redactor,
        log_file=runtime.log_file(project),
        should_stop=should_stop,
    )


def notes_on(git: GitState) -> tuple[str, ...]:
    """What a reader of the report should know of the tree in which the agent worked."""
    if not git.dirty_files:
        return ()
    count = len(git.dirty_files)
    return (f"The working tree had {count} uncommitted change{'s' if count > 1 else ''} before this run.",)


def notes_on_attachments(told: Told) -> tuple[str, ...]:
    """What a reader of the report should know of files that the agent did not see."""
    return tuple(f"Attachment not given to the agent: {line}" for line in told.left_out)


def adopted_outcome(task: AsanaTask, execution_id: str, run_id: str, at: datetime) -> Outcome:
    """The outcome of a task whose success only its comment in Asana remembers."""
    return Outcome(
        verdict=Verdict.DONE,
        task_gid=task.gid,
        task_name=task.name,
        task_url=task.permalink_url,
        execution_id=execution_id,
        run_id=run_id,
        headline=DONE_HEADLINE,
        reason="An earlier run reported it done; only its completion was missing.",
        finished_at=at,
    )


def streak_of(runtime: Runtime, task: AsanaTask, outcome: Outcome) -> Streak:
    """The failures in a row that a failed outcome ends: counted as the judgement counts them."""
    return runtime.state.failures.streak(
        task.gid,
        but=outcome.execution_id,
        since=runtime.state.questions.retried().get(task.gid),
        content=text_digest(task),
    )


def _attempts(runtime: Runtime, outcome: Outcome, streak: Streak) -> Attempts:
    most, at = runtime.settings.max_attempts, outcome.finished_at or datetime.now(UTC)
    follows = streak.number < most
    return Attempts(
        number=streak.number,
        most=most,
        next_at=next_attempt_at(streak.number, at, outcome.task_gid) if follows else None,
        earlier=tuple(Earlier(one.at, runtime.redactor.mask(one.why)) for one in streak.earlier),
    )


def report_writes(
    runtime: Runtime, project: Project, task: AsanaTask, outcome: Outcome, streak: Streak | None = None
) -> list[OutboxWrite]:
    """The writes to Asana that tell the outcome: nothing where it was not the task's fault.

    A failure after others in a row edits their comment, and adds none.
    """
    if outcome.verdict in (Verdict.NOT_ITS_FAULT, Verdict.INTERRUPTED):
        return []
    make = runtime.state.markers.make
    marker = make(outcome.verdict.value, outcome.run_id, task.gid)
    attempts = _attempts(runtime, outcome, streak) if streak is not None else None
    comment = report_comment(outcome, marker=marker, attempts=attempts)
    payload: dict[str, Any] = {"html": comment.html, "text": comment.text}
    earlier = streak.earlier if streak is not None else ()
    if earlier:
        payload["story"] = runtime.state.outbox.comment_of([one.execution_id for one in earlier]) or ""
        payload["markers"] = [make(Verdict.FAILED.value, one.run_id, task.gid) for one in earlier]
    writes = [
        OutboxWrite(
            kind="edit-comment" if earlier else "comment",
            target_gid=task.gid,
            payload=payload,
            marker=marker,
            task_gid=task.gid,
            execution_id=outcome.execution_id,
        )
    ]
    if outcome.verdict is Verdict.DONE:
        writes += [
            OutboxWrite(
                kind="complete",
                target_gid=gid,
                payload={},
                marker=marker,
                task_gid=task.gid,
                execution_id=outcome.execution_id,
            )
            for gid in (*outcome.subtasks_done, task.gid)
        ]
    return writes


def asking(runtime: Runtime, project: Project, task: AsanaTask, outcome: Outcome) -> Storing:
    """What stores the agent's question with the outcome: nothing where it asked none, or asked the same already."""

    def store(connection: Connection, now: datetime) -> list[OutboxWrite]:
        question = agent_question(task, outcome)
        if question is None:
            return []
        table = runtime.state.questions
        known = table.get_in(connection, question.fingerprint)
        if not table.put(connection, question, project.gid, now):
            return []
        links = Links((task,))
        return question_writes(runtime, project, question, links=links, known=known, execution_id=outcome.execution_id)

    return store


def storing(move: EndMove | None, also: Storing | None = None) -> Storing:
    """What stores more with the outcome, and the move last: what tells of the result goes first."""

    def store(connection: Connection, now: datetime) -> list[OutboxWrite]:
        writes = also(connection, now) if also is not None else []
        return [*writes, *(move.intend(connection) if move is not None else ())]

    return store
