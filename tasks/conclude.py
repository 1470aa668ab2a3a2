"""From an ended run to a proven verdict, and to the writes that report it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection

from aegis.adapters.claude import MARK
from aegis.adapters.git import GitState
from aegis.adapters.outbox import OutboxWrite
from aegis.adapters.verify import run_verify
from aegis.core.agent_questions import agent_question
from aegis.core.comments import report_comment
from aegis.core.links import Links
from aegis.core.models import AsanaTask, ClaudeRun, Ending, Outcome, Project, ReplyStatus, Verdict
from aegis.core.verdicts import DONE_HEADLINE, VerifyResult, verdict_of
from aegis.wiring import Runtime
from tasks.agent import AgentRun, Workplace
from tasks.question import question_writes


def conclude_run(runtime: Runtime, project: Project, task: AsanaTask, place: Workplace, agent_run: AgentRun) -> Outcome:
    """Check the work with the repository's own commands where the agent says that it is done, and decide."""
    run = agent_run.run
    verified = _verify(runtime, project, place, agent_run.execution_id, run)
    decided = verdict_of(run, verified)
    reply = run.reply
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
        notes=notes_on(place.git),
        finished_at=datetime.now(UTC),
        ending=run.ending,
        resets_at=run.resets_at,
    )
    return Outcome.model_validate_json(runtime.redactor.mask(outcome.model_dump_json()))


def _verify(
    runtime: Runtime, project: Project, place: Workplace, execution_id: str, run: ClaudeRun
) -> VerifyResult | None:
    says_done = run.ending is Ending.REPLIED and run.reply is not None and run.reply.status is ReplyStatus.DONE
    if not says_done or not place.config.verify:
        return None
    return run_verify(
        place.config.verify,
        cwd=place.directory,
        env={**place.env, MARK: execution_id},
        timeout_seconds=runtime.settings.task_timeout_seconds,
        redactor=runtime.redactor,
        log_file=runtime.log_file(project),
    )


def notes_on(git: GitState) -> tuple[str, ...]:
    """What a reader of the report should know of the tree in which the agent worked."""
    if not git.dirty_files:
        return ()
    count = len(git.dirty_files)
    return (f"The working tree had {count} uncommitted change{'s' if count > 1 else ''} before this run.",)


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


def report_writes(runtime: Runtime, project: Project, task: AsanaTask, outcome: Outcome) -> list[OutboxWrite]:
    """The writes to Asana that tell the outcome: nothing where it was not the task's fault (design rule 4)."""
    if outcome.verdict in (Verdict.NOT_ITS_FAULT, Verdict.INTERRUPTED):
        return []
    marker = runtime.state.markers.make(outcome.verdict.value, outcome.run_id, task.gid)
    comment = report_comment(outcome, marker=marker)
    writes = [
        OutboxWrite(
            kind="comment",
            target_gid=task.gid,
            payload={"html": comment.html, "text": comment.text},
            marker=marker,
            task_gid=task.gid,
            execution_id=outcome.execution_id,
        )
    ]
    if outcome.verdict is Verdict.DONE:
        writes.append(
            OutboxWrite(
                kind="complete",
                target_gid=task.gid,
                payload={},
                marker=marker,
                task_gid=task.gid,
                execution_id=outcome.execution_id,
            )
        )
    return writes


def asking(
    runtime: Runtime, project: Project, task: AsanaTask, outcome: Outcome
) -> Callable[[Connection, datetime], list[OutboxWrite]]:
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
