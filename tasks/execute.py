"""Execute: one claimed Asana task through one run of Claude, up to a recorded outcome.

The order of the lines here is what keeps "once" and "nothing lost": the claim before the look at what came before,
the execution's row before the agent's start, the outcome and its report's rows in one transaction after it.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from prefect import task

from aegis.adapters.claims import Claim, Full, Held, tree_key
from aegis.adapters.claude import adopt_run, end_leftovers
from aegis.adapters.executions import NewExecution
from aegis.adapters.files import private_directory
from aegis.adapters.logs import log_ids
from aegis.adapters.outbox import OutboxWrite
from aegis.adapters.process import host
from aegis.core.markers import new_run_id
from aegis.core.models import (
    AsanaTask,
    ClaudeRun,
    Ending,
    Frozen,
    NotStarted,
    Outcome,
    Project,
    ReasonKind,
    Story,
    Verdict,
)
from aegis.core.people_first import begun, text_digest
from aegis.core.recovery import (
    Adopt,
    Conclude,
    Deliver,
    Leave,
    Resume,
    Start,
    Step,
    done_marker_still_valid,
    next_step,
)
from aegis.core.scope import Scope, is_ours_to_do
from aegis.core.sections import Neighbours
from aegis.errors import (
    AegisError,
    AsanaForbiddenError,
    AsanaNotFoundError,
    ClaimLostError,
    ClaudeNotFoundError,
)
from aegis.wiring import Runtime, current
from tasks.account import note_run, note_unusable
from tasks.agent import AgentRun, Workplace, run_agent, run_directory, workplace
from tasks.answer import answers_for
from tasks.conclude import adopted_outcome, asking, conclude_run, report_writes, storing, streak_of
from tasks.holds import why_held
from tasks.ours import done_runs
from tasks.policies import ONCE
from tasks.sections import end_move, put_back, scope_of, show_in_progress
from tasks.send import deliver_due
from tasks.together import both
from tasks.told import Case


class Job(Frozen):
    """What `execute` needs to know: the task, where its code lies, and whether the terminal shows the agent.

    `forced` is for a task that its user named: it is taken whoever has it. `next_task` and `previous_task` are the GIDs
    of those between which it stands in its section, where they are known.
    """

    project: Project
    task_gid: str
    title: str
    code_dir: str
    show_output: bool = False
    forced: bool = False
    next_task: str = ""
    previous_task: str = ""


@dataclass(frozen=True)
class Claimed:
    """A claimed task as it is now, with what people said and what we did before."""

    claim: Claim
    task: AsanaTask
    stories: Sequence[Story]
    step: Step


@task(name="execute", task_run_name="{job.title}", **ONCE)
async def execute(job: Job) -> Outcome | NotStarted:
    """Claim the task, do it, check it, and record what came of it; the claim stays until `report` has delivered.

    Raises AsanaError, DatabaseError, ClaimLostError and ClaudeNotFoundError: nothing is lost then, and the next
    run goes on where this one was.
    """
    with log_ids(task=job.task_gid):
        return await _claim_and_do(current(), job)


async def _claim_and_do(runtime: Runtime, job: Job) -> Outcome | NotStarted:
    """The same under the task's claim, which whatever goes wrong gives back."""
    claim = await asyncio.to_thread(_claim, runtime, job)
    if isinstance(claim, NotStarted):
        return claim
    try:
        return await _under_claim(runtime, claim, job)
    except ClaudeNotFoundError as error:
        await asyncio.to_thread(note_unusable, runtime, "cli", str(error), project=job.project)
        await asyncio.shield(asyncio.to_thread(runtime.let_go, job.task_gid))
        raise
    except ClaimLostError as error:
        runtime.let_go(job.task_gid)
        return NotStarted(task_gid=job.task_gid, kind=ReasonKind.RUNNING, why=str(error))
    except BaseException:
        await asyncio.shield(asyncio.to_thread(runtime.let_go, job.task_gid))
        raise


def _claim(runtime: Runtime, job: Job) -> Claim | NotStarted:
    """The claims on the task and on the working tree, both or neither."""

    def not_started(why: str, *, ends_session: bool = False, kind: ReasonKind = ReasonKind.RUNNING) -> NotStarted:
        return NotStarted(task_gid=job.task_gid, kind=kind, why=why, ends_session=ends_session)

    held = "`aegis start` is being stopped" if runtime.stopping else why_held(runtime, job.project.gid)
    if held:
        return not_started(held, ends_session=True, kind=ReasonKind.PAUSED)
    claims, most = runtime.state.claims, runtime.settings.max_concurrent_tasks
    claim = claims.acquire(job.task_gid, runtime.owner, project_gid=job.project.gid, limit=most)
    if isinstance(claim, Held):
        return not_started(f"it runs already ({claim.by})")
    if isinstance(claim, Full):
        agents = f"{claim.running} agent{'s' if claim.running > 1 else ''} at work"
        return not_started(f"{agents} already, as many as MAX_CONCURRENT_TASKS allows", ends_session=True)
    tree = claims.acquire(tree_key(host(), job.code_dir), runtime.owner)
    if not isinstance(tree, Claim):
        claims.release(claim)
        by = tree.by if isinstance(tree, Held) else ""
        return not_started(f"another agent works in {job.code_dir} ({by})", ends_session=True)
    runtime.hold(claim, tree)
    return claim


async def _under_claim(runtime: Runtime, claim: Claim, job: Job) -> Outcome | NotStarted:
    try:
        claimed = await asyncio.to_thread(_look, runtime, claim, job)
    except (AsanaNotFoundError, AsanaForbiddenError) as error:  # of this task: the others go on
        runtime.let_go(job.task_gid)
        return NotStarted(task_gid=job.task_gid, kind=ReasonKind.UNKNOWN_REFERENCE, why=f"it cannot be seen: {error}")
    match claimed.step:
        case Leave(why):
            runtime.let_go(job.task_gid)
            return NotStarted(task_gid=job.task_gid, kind=ReasonKind.DELIVERY, why=why)
        case Deliver():
            return await asyncio.to_thread(_recorded_outcome, runtime, job)
        case Adopt(run_id):
            return await asyncio.to_thread(_adopt_success, runtime, claimed, job, run_id)
        case Conclude(past, run):
            place = await asyncio.to_thread(workplace, runtime, job.project, Path(job.code_dir))
            return await _conclude(runtime, claimed, job, place, AgentRun(past.execution_id, past.run_id, run))
        case Resume() | Start():
            return await _work(runtime, claimed, job)


def _look(runtime: Runtime, claim: Claim, job: Job) -> Claimed:
    """End what a dead owner left running, then read the three witnesses that `next_step` decides from."""
    past = runtime.state.executions.past(job.task_gid)
    left_behind: ClaudeRun | None = None
    if past is not None and past.running and past.same_host:
        run_dir = Path(past.run_dir)  # as recorded: another worker of this host may have another AEGIS_HOME
        end_leftovers(run_dir)
        left_behind = adopt_run(run_dir, past.session_id)
    asana_task, stories = both(lambda: runtime.asana.task(job.task_gid), lambda: runtime.asana.stories(job.task_gid))
    done_by = done_marker_still_valid(stories, done_runs(runtime, job.task_gid, stories))
    step = next_step(asana_task, past, left_behind, done_by)
    if isinstance(step, Resume | Start) and not job.forced and _taken_by_somebody(runtime, asana_task):
        step = Leave("somebody took it meanwhile")
    if isinstance(step, Resume | Start):
        about = begun(asana_task, scope_of(runtime, [job.project.gid]), job.project.gid, stories)
        runtime.state.claims.note_about(claim, about.model_dump_json())
    return Claimed(claim, asana_task, stories, step)


def _taken_by_somebody(runtime: Runtime, asana_task: AsanaTask) -> bool:
    return not is_ours_to_do(asana_task, Scope(assignee=runtime.settings.aegis_assignee))


def _recorded_outcome(runtime: Runtime, job: Job) -> Outcome:
    return runtime.state.executions.latest_outcome(job.task_gid)


def _adopt_success(runtime: Runtime, claimed: Claimed, job: Job, run_id: str) -> Outcome:
    """Record a success that only Asana remembers, and complete the task, without asking the model again."""
    execution_id = str(uuid.uuid4())
    outcome = adopted_outcome(claimed.task, execution_id, run_id, datetime.now(UTC))
    new = _new_execution(runtime, job, execution_id, run_id, session_id="")
    runtime.state.executions.start(claimed.claim, new)
    writes = [
        OutboxWrite(
            kind="complete",
            target_gid=job.task_gid,
            payload={},
            marker=runtime.state.markers.make("done", run_id, job.task_gid),
            task_gid=job.task_gid,
            execution_id=execution_id,
        )
    ]
    move = end_move(runtime, job.project, claimed.task, outcome)
    runtime.state.executions.finish(claimed.claim, execution_id, outcome, writes, also=storing(move))
    return outcome


def _new_execution(
    runtime: Runtime,
    job: Job,
    execution_id: str,
    run_id: str,
    *,
    session_id: str,
    resumed: bool = False,
    content: str = "",
) -> NewExecution:
    return NewExecution(
        id=execution_id,
        run_id=run_id,
        task_gid=job.task_gid,
        project_gid=job.project.gid,
        session_id=session_id,
        resumed=resumed,
        run_dir=str(run_directory(runtime, execution_id)),
        log_file=str(runtime.log_file(job.project)),
        model=runtime.settings.anthropic_model,
        flow_run_id=runtime.flow_run_id,
        content=content,
    )


async def _work(runtime: Runtime, claimed: Claimed, job: Job) -> Outcome:
    """Run the agent in a conversation of its own or in the old one, and conclude."""
    place = await asyncio.to_thread(workplace, runtime, job.project, Path(job.code_dir))
    resume = claimed.step if isinstance(claimed.step, Resume) else None
    session_id = resume.past.session_id if resume else str(uuid.uuid4())
    execution_id, run_id = str(uuid.uuid4()), new_run_id(uuid.uuid4().bytes)
    private_directory(run_directory(runtime, execution_id))
    new = _new_execution(
        runtime,
        job,
        execution_id,
        run_id,
        session_id=session_id,
        resumed=resume is not None,
        content=text_digest(claimed.task),
    )
    ended = threading.Event()
    try:
        await asyncio.to_thread(_begin, runtime, claimed, job, new)
        case = Case(
            project=job.project,
            task=claimed.task,
            stories=claimed.stories,
            subtasks=await asyncio.to_thread(_subtasks, runtime, claimed.task),
            code_dir=place.directory,
            preamble=place.config.preamble or "",
            run_dir=run_directory(runtime, execution_id),
            answers=await asyncio.to_thread(answers_for, runtime, job.task_gid),
            should_stop=lambda: ended.is_set() or runtime.lost(claimed.claim),
        )
        run = await run_agent(
            runtime,
            claimed.claim,
            case,
            place,
            session_id=session_id,
            resume=resume,
            show_output=job.show_output,
        )
    except BaseException as error:
        ended.set()  # a download that still goes on in its thread ends, too
        verdict = _interrupted_by(error)
        note = runtime.state.executions.mark_interrupted
        await asyncio.shield(asyncio.to_thread(note, claimed.claim, execution_id, verdict))
        if verdict is Verdict.NOT_ITS_FAULT:  # interrupted, it goes on soon and stays in progress
            await asyncio.shield(asyncio.to_thread(put_back, runtime, claimed.claim, job.project, claimed.task))
        raise
    return await _conclude(runtime, claimed, job, place, AgentRun(execution_id, run_id, run))


def _begin(runtime: Runtime, claimed: Claimed, job: Job, new: NewExecution) -> None:
    """Record that the attempt begins, and show it in Asana."""
    since = runtime.state.questions.retried().get(new.task_gid)
    runtime.state.executions.start(claimed.claim, new, failures_since=since)
    beside = Neighbours(job.next_task, job.previous_task)
    show_in_progress(runtime, claimed.claim, job.project, claimed.task, beside)


def _interrupted_by(error: BaseException) -> Verdict:
    """An error of ours, such as a full disk or a missing CLI, costs the task nothing, however often it comes."""
    ours = isinstance(error, AegisError) and not isinstance(error, ClaimLostError)
    return Verdict.NOT_ITS_FAULT if ours else Verdict.INTERRUPTED


def _subtasks(runtime: Runtime, asana_task: AsanaTask) -> list[AsanaTask]:
    return runtime.asana.subtasks(asana_task.gid) if asana_task.num_subtasks else []


async def _checked(runtime: Runtime, claimed: Claimed, job: Job, place: Workplace, agent_run: AgentRun) -> Outcome:
    """Check the work; the checks end where the claim is lost, or where we are to end."""
    ending = threading.Event()

    def should_stop() -> bool:
        return ending.is_set() or runtime.lost(claimed.claim)

    try:
        return await asyncio.to_thread(conclude_run, runtime, job.project, claimed.task, place, agent_run, should_stop)
    except BaseException:
        ending.set()
        raise


async def _conclude(runtime: Runtime, claimed: Claimed, job: Job, place: Workplace, agent_run: AgentRun) -> Outcome:
    """Check the work, decide the verdict, and record it with its report's rows in one transaction."""
    if runtime.lost(claimed.claim):
        raise ClaimLostError(f"another process took the task {job.task_gid} over while it ran here")
    asked = runtime.asked_to_stop(claimed.claim)
    if asked is not None and agent_run.run.ending is Ending.STOPPED:
        told = agent_run.run.model_copy(update={"detail": asked.why})
        agent_run = replace(agent_run, run=told)
    outcome = await _checked(runtime, claimed, job, place, agent_run)
    await asyncio.to_thread(_record, runtime, claimed, job, outcome)
    await asyncio.to_thread(note_run, runtime, outcome, job.project)
    if outcome.verdict in (Verdict.NOT_ITS_FAULT, Verdict.INTERRUPTED):
        runtime.let_go(job.task_gid)
    return outcome


def _record(runtime: Runtime, claimed: Claimed, job: Job, outcome: Outcome) -> None:
    """Record the outcome with all its writes; a move that nothing else waits for is made at once."""
    project, asana_task = job.project, claimed.task
    streak = streak_of(runtime, asana_task, outcome) if outcome.verdict is Verdict.FAILED else None
    used_up = streak is not None and streak.number >= runtime.settings.max_attempts
    move = end_move(runtime, project, asana_task, outcome, used_up=used_up)
    runtime.state.executions.finish(
        claimed.claim,
        outcome.execution_id,
        outcome,
        report_writes(runtime, project, asana_task, outcome, streak),
        storing(move, asking(runtime, project, asana_task, outcome)),
    )
    if move is not None and outcome.verdict in (Verdict.NOT_ITS_FAULT, Verdict.INTERRUPTED):
        deliver_due(runtime, [asana_task.gid])
