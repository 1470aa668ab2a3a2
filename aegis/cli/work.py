"""`aegis do` and `aegis work-on`: the flows, from a terminal."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import click

from aegis.cli.engine import Engine, prefect_engine
from aegis.cli.session import begin, terminal
from aegis.core.deployments import TAG
from aegis.core.models import SessionReport
from aegis.errors import AegisError, PrefectUnavailableError
from aegis.settings import Settings

_LATER = ("asana", "fastapi.encoders")
"""What is imported at the first use, by us and by Prefect (for a run's parameters): sooner costs less."""


@click.command("do")
@click.argument("project")
@click.option("--task", metavar="GID-OR-URL", help="Take this task, whoever has it.")
def do(project: str, task: str | None) -> int:
    """Do the first task of PROJECT (a name, a GID or an Asana URL) that may be taken.

    Only what the task list itself says is looked at; `aegis work-on` analyzes dependencies and services too.
    """
    settings = begin()

    async def flow() -> SessionReport:
        from flows.do import do as flow_do

        return await flow_do(project=project, task=task)

    return _run(settings, "flows.do", flow, say=terminal(settings)).exit_code


@click.command("work-on")
@click.argument("project")
@click.option("--max-tasks", type=click.IntRange(1), default=5, show_default=True, help="Most tasks to start.")
@click.option("--dry-run", is_flag=True, help="Show the whole judgement and change nothing.")
@click.option("--no-questions", is_flag=True, help="Create no question tasks.")
@click.option("--section", metavar="NAME", help="Take tasks of this section only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
def work_on(project: str, max_tasks: int, dry_run: bool, no_questions: bool, section: str | None, as_json: bool) -> int:
    """Analyze PROJECT (a name, a GID or an Asana URL), ask what blocks, and do what is ready."""
    settings = begin(read_only=dry_run, quiet=as_json)

    async def flow() -> SessionReport:
        from flows.work_on import work_on as flow_work_on

        return await flow_work_on(
            project=project, max_tasks=max_tasks, dry_run=dry_run, questions=not no_questions, section=section
        )

    session = _run(settings, "flows.work_on", flow, say=None if as_json else terminal(settings))
    if as_json:
        click.echo(json.dumps(_document(session), ensure_ascii=False, indent=2))
    return session.exit_code


def _run(
    settings: Settings, module: str, flow: Callable[[], Awaitable[SessionReport]], *, say: Callable[[str], None] | None
) -> SessionReport:
    """Run a flow of `module` on the Prefect that there is; our errors come through as they are."""
    with prefect_engine(settings, module, *_LATER) as engine:
        from prefect import tags

        from tasks.say import speaking_to

        _introduce(engine)
        with speaking_to(say), tags(TAG), _ended_by_signals():
            return asyncio.run(_awaited(flow, engine))


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A polite kill, a closed terminal and Ctrl-C end the work alike: the agent in steps, then exit code 130."""
    from prefect.exceptions import TerminationSignal

    before = signal.getsignal(signal.SIGHUP)
    if before is not signal.SIG_IGN:  # `nohup aegis ...` goes on
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))  # Prefect hears that one
    try:
        yield
    except (KeyboardInterrupt, TerminationSignal):
        with suppress(OSError):  # the terminal may be gone
            click.echo("Interrupted: what was begun goes on with the next run.", err=True)
        raise click.exceptions.Exit(130) from None
    finally:
        signal.signal(signal.SIGHUP, before)


async def _awaited(flow: Callable[[], Awaitable[SessionReport]], engine: Engine) -> SessionReport:
    """Await the flow; where Prefect wrapped an error of ours, hand out ours."""
    import httpx  # Prefect's client for its server, loaded by it already

    try:
        return await flow()
    except AegisError:
        raise
    except httpx.TransportError as error:
        raise PrefectUnavailableError(
            f"the Prefect server {engine.ui_url} went away while the work went on".replace("  ", " "),
            hint="What was done is kept; the next run goes on from there.",
        ) from error
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, AegisError):
                raise cause from None
            cause = cause.__cause__ or cause.__context__
        raise


def _introduce(engine: Engine) -> None:
    """Say where the run can be watched; on stderr, since stdout carries the work's own words."""
    if engine.ui_url and (engine.started_now or sys.stderr.isatty()):
        click.echo(f"Prefect UI: {engine.ui_url}", err=True)


def _document(session: SessionReport) -> dict[str, object]:
    """The session (or, of a dry run, the judgement) for machines; keys as documented in the operator guide."""
    assessment = session.assessment
    document: dict[str, object] = {"project": {"gid": session.project_gid, "name": session.project_name}}
    if assessment is not None:
        document["tasks"] = [
            {
                "gid": task.gid,
                "name": task.name,
                "state": task.state.value,
                "order": task.order,
                "reasons": [reason.model_dump(mode="json", exclude_defaults=True) for reason in task.reasons],
            }
            for task in assessment.tasks
        ]
        document["questions"] = [
            {
                "name": question.name,
                "notes": question.notes,
                "kind": question.kind.value,
                "task_gids": list(question.task_gids),
                "exists": question.exists,
            }
            for question in assessment.questions
        ]
        document["services"] = [probe.model_dump(mode="json") for probe in assessment.services]
    if not session.dry_run:
        document["session"] = session.model_dump(
            mode="json", exclude={"assessment", "project_gid", "project_name", "dry_run"}
        )
    return document
