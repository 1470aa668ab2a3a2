"""The flow `do`: the first task that may be taken, or the one that is named, executed and reported."""

from __future__ import annotations

if __name__ == "__main__":  # before Prefect is imported: the command decides which server it runs on
    import sys

    from aegis.cli import main

    sys.exit(main(["do", *sys.argv[1:]]))

from prefect import flow, tags

from aegis.core.models import NotStarted, Outcome, Project, SessionReport, Verdict
from aegis.core.summary import RULE, delivery_lines, do_closing_line
from aegis.core.text import one_line
from aegis.wiring import Runtime, masked, open_runtime
from tasks.account import held_for_a_person
from tasks.agent import require_cli
from tasks.answer import hear_answers, hear_answers_for
from tasks.budget import spent_up
from tasks.choose import Choice, choose, choose_named
from tasks.execute import Job, execute
from tasks.fetch import fetch_portfolios, fetch_project, fetch_tasks
from tasks.recover import recover
from tasks.report import deliver_waiting, report, summarize
from tasks.say import say, say_all
from tasks.session import name_run, session

_MOST_PASSED_OVER = 5


@flow(name="do", flow_run_name="do {project}", persist_result=False)
async def do(project: str, task: str | None = None) -> SessionReport:
    """Do one task of an Asana project: the first that may be taken, or the one that is named.

    Args:
        project: The project's name (in any case), GID or Asana URL.
        task: The GID or Asana URL of a task, which is taken whoever has it.
    """
    with open_runtime() as runtime, session(runtime, "do") as mine:
        require_cli(runtime)
        say(f"Finding project '{one_line(project)}'...")
        found = await fetch_project(project, await fetch_portfolios())
        say(f"✓ Found project: {one_line(found.name)} (GID: {found.gid})")
        mine.at(found.gid)
        await name_run(f"do {found.name}")
        with tags("aegis", f"project:{masked(found.name)}"):
            say()
            say("Fetching tasks...")
            await recover()
            await deliver_waiting()
            choice = await _choose(runtime, found, task)
            ended = await _do(runtime, found, choice, forced=task is not None)
            mine.reports(ended)
            await summarize(ended)
            return ended


async def _choose(runtime: Runtime, project: Project, wanted: str | None) -> Choice:
    """The task to do, once what people answered to questions is heard."""
    if wanted is not None:
        choice = await choose_named(project, wanted)
        if choice.task is not None:
            await hear_answers_for(project, choice.task)
        return choice
    snapshot = await fetch_tasks(project)
    for answered in await hear_answers(project, snapshot):
        say(runtime.redactor.mask(answered.line))
    return await choose(project, snapshot)


async def _do(runtime: Runtime, project: Project, choice: Choice, *, forced: bool) -> SessionReport:
    for over in choice.passed_over[:_MOST_PASSED_OVER]:
        say(f"  Passed over: {over.name}: {over.why}")
    if len(choice.passed_over) > _MOST_PASSED_OVER:
        say(f"  … and {len(choice.passed_over) - _MOST_PASSED_OVER} more")
    if choice.task is None:
        say("No task of this project can be taken: none is open, unassigned and ready.")
        return _session(runtime, project)
    limit = spent_up(runtime) or await held_for_a_person(project.gid)
    if limit:
        say(f"⚠ Not started: {limit}")
        return _session(runtime, project, stopped_by=limit)
    title = runtime.redactor.mask(one_line(choice.task.name)) or "(no name)"
    say_all((f"✓ {'Task' if forced else 'First incomplete task'}: {title}", ""))
    say_all((f"Task URL: {choice.task.permalink_url}", "", "Executing task with Claude CLI...", "", f"Task: {title}"))
    say_all((f"Working directory: {choice.code_dir}", f"Logging to: {_log_name(runtime, project)}", "", RULE, ""))
    job = Job(
        project=project,
        task_gid=choice.task.gid,
        title=title,
        code_dir=choice.code_dir,
        show_output=True,
        forced=forced,
        next_task=choice.next_task,
        previous_task=choice.previous_task,
    )
    ended = await execute(job)
    say_all(("", RULE, ""))
    if isinstance(ended, NotStarted):
        say(f"⚠ Not started: {ended.why}")
        return _session(runtime, project, not_started=(ended,))
    return await _report(runtime, project, ended)


async def _report(runtime: Runtime, project: Project, outcome: Outcome) -> SessionReport:
    if outcome.verdict in (Verdict.NOT_ITS_FAULT, Verdict.INTERRUPTED):
        say(do_closing_line(outcome))
        return _session(runtime, project, outcomes=(outcome,), stopped_by=outcome.reason or outcome.headline)
    say("Posting results to Asana...")
    say_all(delivery_lines(await report(project, outcome)))
    say()
    say(do_closing_line(outcome))
    return _session(runtime, project, outcomes=(outcome,))


def _log_name(runtime: Runtime, project: Project) -> str:
    return str(runtime.settings.log_dir / runtime.log_file(project).name)


def _session(
    runtime: Runtime,
    project: Project,
    *,
    outcomes: tuple[Outcome, ...] = (),
    not_started: tuple[NotStarted, ...] = (),
    stopped_by: str = "",
) -> SessionReport:
    undelivered, parked = runtime.state.outbox.counts()
    return SessionReport(
        project_gid=project.gid,
        project_name=project.name,
        outcomes=outcomes,
        not_started=not_started,
        undelivered=undelivered,
        parked=parked,
        stopped_by=stopped_by,
        log_file=_log_name(runtime, project),
    )
