"""The flow `work-on`: analyze a project, ask what blocks, and do what is ready, also what becomes ready meanwhile."""

from __future__ import annotations

if __name__ == "__main__":  # before Prefect is imported: the command decides which server it runs on
    import sys

    from aegis.cli import main

    sys.exit(main(["work-on", *sys.argv[1:]]))

from dataclasses import dataclass, field
from typing import Annotated

from prefect import flow, tags
from pydantic import Field

from aegis.core.models import AssessedTask, Assessment, NotStarted, Outcome, Project, SessionReport, Verdict
from aegis.core.sections import neighbours_of
from aegis.core.summary import assessment_lines, outcome_lines, summary_lines, wanted
from aegis.core.text import counted, one_line
from aegis.errors import AegisError
from aegis.wiring import Runtime, masked, open_runtime
from tasks.account import held_for_a_person
from tasks.agent import require_cli
from tasks.analysis import Analyzed, analyze_with_claude, task_texts, unread_tasks
from tasks.analyze import analyze, reassess, session_facts
from tasks.answer import hear_answers
from tasks.budget import spent_up
from tasks.execute import Job, execute
from tasks.fetch import fetch_portfolios, fetch_project, fetch_tasks
from tasks.picture import draw
from tasks.question import ask, settle_questions
from tasks.recover import recover
from tasks.report import deliver_waiting, report, summarize
from tasks.say import say, say_all
from tasks.session import name_run, session
from tasks.start import ask_for_a_tick

DEFAULT_MAX_TASKS = 5
MOST_IN_A_TURN = 50


@flow(name="work-on", flow_run_name="work-on {project}", persist_result=False)
async def work_on(
    project: str,
    max_tasks: Annotated[int, Field(ge=1)] = DEFAULT_MAX_TASKS,
    dry_run: bool = False,
    questions: bool = True,
    section: str | None = None,
    turn: bool = False,
) -> SessionReport:
    """Work on one Asana project until nothing more is ready or `max_tasks` were started.

    Args:
        project: The project's name (in any case), GID or Asana URL.
        max_tasks: How many tasks this session may start; each start counts.
        dry_run: Show the whole judgement and change nothing.
        questions: Create question tasks for what blocks.
        section: Take tasks of this section only.
        turn: Go on while the project has ready work and no other project waits; for the orchestrator.
    """
    with open_runtime(read_only=dry_run) as runtime, session(runtime, "work-on") as noted:
        if not dry_run:
            require_cli(runtime)
        say(f"Analyzing {one_line(project)} project...")
        found = await fetch_project(project, await fetch_portfolios())
        noted.at(found.gid)
        await name_run(f"work-on {found.name}")
        with tags("aegis", f"project:{masked(found.name)}"):
            if not dry_run:
                await recover()
                await deliver_waiting()
            work = await _judge(runtime, found, section, dry_run=dry_run)
            say()
            say_all(assessment_lines(work.assessment, everything=dry_run, max_tasks=max_tasks))
            await draw(work.assessment, "before the work", whole=section is None)
            if dry_run:
                return work.result(dry_run=True)
            await _ask_and_do(work, MOST_IN_A_TURN if turn else max_tasks, questions=questions, turn=turn)
            if work.outcomes:
                await draw(work.assessment, "after the work", whole=section is None)
            result = work.result()
            noted.reports(result)
            say()
            say_all(summary_lines(result))
            await summarize(result)
            if turn and result.outcomes:
                await ask_for_a_tick()
            return result


@dataclass
class _Session:
    """What a session has done so far."""

    runtime: Runtime
    project: Project
    assessment: Assessment
    outcomes: list[Outcome] = field(default_factory=list)
    passed: list[NotStarted] = field(default_factory=list)
    questions_created: int = 0
    questions_existing: int = 0
    questions_answered: int = 0
    questions_closed: int = 0
    asked: set[str] = field(default_factory=set)
    stopped_by: str = ""
    analysis_cost_usd: float = 0.0

    def next_ready(self) -> AssessedTask | None:
        """The next ready task that this session has not tried."""
        tried = {o.task_gid for o in self.outcomes} | {p.task_gid for p in self.passed}
        return next((task for task in self.assessment.ready if task.gid not in tried), None)

    def total(self, max_tasks: int) -> int:
        """How many tasks this session will start, as far as known now."""
        tried = {o.task_gid for o in self.outcomes} | {p.task_gid for p in self.passed}
        left = sum(task.gid not in tried for task in self.assessment.ready)
        return min(max_tasks, len(self.outcomes) + left)

    def result(self, *, dry_run: bool = False) -> SessionReport:
        """The session for people and machines."""
        undelivered, parked = self.runtime.state.outbox.counts()
        return SessionReport(
            project_gid=self.project.gid,
            project_name=self.project.name,
            outcomes=tuple(self.outcomes),
            not_started=tuple(self.passed),
            questions_created=self.questions_created,
            questions_existing=self.questions_existing,
            analysis_cost_usd=self.analysis_cost_usd,
            questions_answered=self.questions_answered,
            questions_closed=self.questions_closed,
            undelivered=undelivered,
            parked=parked,
            assessment=self.assessment,
            stopped_by=self.stopped_by,
            log_file=str(self.runtime.log_file(self.project)),
            dry_run=dry_run,
        )


async def _judge(runtime: Runtime, project: Project, section: str | None, *, dry_run: bool) -> _Session:
    """Hear the answers, assess the project, and close the questions whose cause is gone."""
    snapshot = await fetch_tasks(project)
    answered = () if dry_run else await hear_answers(project, snapshot)
    assessment = await analyze(project, snapshot, section)
    say(f"✓ Found {counted(len(assessment.tasks), 'incomplete unassigned task')}")
    if section is not None and not assessment.tasks:
        say(f"⚠ No open task is in the section '{one_line(section)}'.")
    heard = session_facts(runtime, project).heard if dry_run else answered
    say_all(runtime.redactor.mask(one.line) for one in heard)
    analyzed = await _read_by_claude(runtime, project, assessment, dry_run=dry_run)
    work = _Session(
        runtime,
        project,
        analyzed.assessment,
        questions_answered=len(answered),
        analysis_cost_usd=analyzed.cost_usd,
    )
    await _settle(work, dry_run=dry_run)
    return work


async def _ask_and_do(work: _Session, max_tasks: int, *, questions: bool, turn: bool) -> None:
    """Ask what blocks, do what is ready, and ask what came up meanwhile."""
    if questions:
        await _ask(work)
    code_error = session_facts(work.runtime, work.project).code_error
    if code_error is not None:
        raise code_error
    work.stopped_by = await held_for_a_person(work.project.gid)
    await _execute_all(work, max_tasks, turn=turn)
    if questions:
        await _ask(work, only_new=True)


async def _read_by_claude(runtime: Runtime, project: Project, assessment: Assessment, *, dry_run: bool) -> Analyzed:
    """Add what Claude finds in new task texts, where that is wanted; a dry run asks no model, and says so."""
    if not runtime.settings.analyze_with_claude:
        return Analyzed(assessment=assessment)
    if not dry_run:
        return await analyze_with_claude(project)
    unread = len(unread_tasks(runtime, session_facts(runtime, project).facts))
    if unread:
        say(f"⚠ Not read by Claude yet: {task_texts(unread)}; a dry run asks no model")
    return Analyzed(assessment=assessment)


async def _settle(session: _Session, *, dry_run: bool) -> None:
    """Close the questions whose cause is gone; a dry run only says so."""
    known = session_facts(session.runtime, session.project)
    closings = known.closings
    if not closings and not known.looks:
        return
    if dry_run:
        lines = tuple(f"✓ To be closed: {one_line(one.question.name)} ({one.why.rstrip('.')})" for one in closings)
    else:
        lines = await settle_questions(session.project)
        session.questions_closed = len(lines)
    say_all(map(session.runtime.redactor.mask, lines))


async def _ask(session: _Session, *, only_new: bool = False) -> None:
    """Ask what blocks; each cause once. With `only_new`, only what this session brought up."""
    questions = [one for one in session.assessment.questions if one.fingerprint not in session.asked]
    if only_new:
        questions = [one for one in questions if not one.exists]
    if not questions:
        return
    session.asked.update(one.fingerprint for one in questions)
    say()
    say("Creating question tasks...")
    asked = await ask(session.project, tuple(questions))
    say_all(map(session.runtime.redactor.mask, asked.lines()))
    session.questions_created += len(asked.created)
    session.questions_existing += len(asked.existing)


async def _execute_all(work: _Session, max_tasks: int, *, turn: bool) -> None:
    """Execute and report task by task; what ends one task decides anew what is ready.

    With `turn` it ends as soon as another project waits for its own.
    """
    say()
    if not work.assessment.ready:
        say("No ready tasks to execute.")
        return
    if work.stopped_by:
        say(f"⚠ Held: {work.stopped_by}")
        return
    say(f"Executing {work.total(max_tasks)} ready task(s)...")
    while len(work.outcomes) < max_tasks and not work.stopped_by:
        task = work.next_ready()
        if task is None or (turn and work.outcomes and work.runtime.state.watches.others_wait(work.project.gid)):
            return
        work.stopped_by = spent_up(work.runtime)
        if work.stopped_by:
            say_all(("", f"⚠ Stopped: {work.stopped_by}"))
            return
        say()
        say(f"[{len(work.outcomes) + 1}/{work.total(max_tasks)}] {one_line(task.name)}")
        try:
            if not await _execute_one(work, task):
                return
        except AegisError as error:
            work.stopped_by = str(error)
            say(f"  ⚠ Stopped: {error}")


async def _execute_one(work: _Session, task: AssessedTask) -> bool:
    """Execute and report one task; False where no other can be started now either."""
    runtime, project = work.runtime, work.project
    known = session_facts(runtime, project)
    say(f"  Working directory: {known.code_dir}")
    beside = neighbours_of(known.facts.tasks, task.gid, project.gid)
    job = Job(
        project=project,
        task_gid=task.gid,
        title=runtime.redactor.mask(one_line(task.name)),
        code_dir=known.code_dir,
        next_task=beside.next_task,
        previous_task=beside.previous_task,
    )
    ended = await execute(job)
    if isinstance(ended, NotStarted):
        say(f"  ⚠ Not started: {ended.why}")
        work.passed.append(ended)
        return not ended.ends_session
    work.outcomes.append(ended)
    say_all(outcome_lines(ended))
    if ended.verdict in (Verdict.NOT_ITS_FAULT, Verdict.INTERRUPTED):
        work.stopped_by = ended.reason or ended.headline
        return False
    for delivery in await report(project, ended):
        if delivery.state != "confirmed":
            kept = "kept, delivered with the next run" if delivery.state == "pending" else "see aegis status"
            say(f"  ⚠ Failed to {wanted(delivery)}: {delivery.error} ({kept})")
    done = (ended.task_gid,) if ended.verdict is Verdict.DONE else ()
    work.assessment = await reassess(project, done)
    return True
