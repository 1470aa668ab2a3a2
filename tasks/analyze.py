"""Analyze: from a project's open tasks to the one judgement over them.

What the judgement needs beyond the list is fetched here, in the fewest requests: dependencies outside the list in
batches, completed tasks only where a name is not found among the open, services by a real look at them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from prefect import task

from aegis.adapters.code_dir import usable_code_dir
from aegis.adapters.services import Machine
from aegis.core.code_location import code_location
from aegis.core.facts import Facts, KnownQuestion, Past, survey
from aegis.core.models import AsanaTask, Assessment, Project, ServiceProbe
from aegis.core.readiness import after_completion, assess
from aegis.core.scope import Scope
from aegis.core.services import Requirement
from aegis.errors import CodeLocationError
from aegis.wiring import Runtime, current
from tasks.clock import now
from tasks.fetch import load_snapshot
from tasks.findings import with_findings
from tasks.holds import why_held
from tasks.ours import question_fingerprint
from tasks.policies import NEVER_KEPT, READ
from tasks.say import say_all

COMPLETED_LOOK_BACK = timedelta(days=365)
"""How far back completed tasks are searched for a name that no open task bears."""


@dataclass(frozen=True)
class SessionFacts:
    """What one session knows of a project: the judgement's facts, and where its code lies."""

    facts: Facts
    code_dir: str


_sessions: dict[tuple[int, str], SessionFacts] = {}


def session_facts(runtime: Runtime, project: Project) -> SessionFacts:
    """The facts that `analyze` gathered in this runtime."""
    return _sessions[(id(runtime), project.gid)]


def keep_facts(runtime: Runtime, project: Project, facts: Facts) -> None:
    """Go on with these facts in this runtime."""
    key = (id(runtime), project.gid)
    _sessions[key] = replace(_sessions[key], facts=facts)


@task(name="analyze", task_run_name="analyze {project.name}", **READ)
async def analyze(project: Project, snapshot: str, section: str | None = None) -> Assessment:
    """Judge every open task of the project: ready, blocked (with all reasons) or unclear.

    Raises AsanaError where what the judgement needs cannot be read, and CodeLocationError.
    """
    runtime = current()
    tasks = load_snapshot(runtime.home, snapshot)
    facts, code_dir = await asyncio.to_thread(gather, runtime, project, tasks, section)
    _sessions[(id(runtime), project.gid)] = SessionFacts(facts, code_dir)
    say_all(f"⚠ {note}" for note in runtime.lookout.notes())
    return assess(facts)


@task(name="reassess", task_run_name="reassess {project.name}", **NEVER_KEPT)
async def reassess(project: Project, completed: tuple[str, ...]) -> Assessment:
    """Judge again after a task ended, from the same facts plus what this session did; Asana is not asked.

    Services are looked at again where the last look is a while ago: the task may have started one.
    """
    runtime = current()
    known = session_facts(runtime, project).facts
    facts = await asyncio.to_thread(_again, runtime, after_completion(known, completed))
    keep_facts(runtime, project, facts)
    say_all(f"⚠ {note}" for note in runtime.lookout.notes())
    return assess(facts)


def first_facts(runtime: Runtime, project: Project, tasks: Sequence[AsanaTask], section: str | None = None) -> Facts:
    """The facts that the list and our own state give, without a question to anybody."""
    settings = runtime.settings
    facts = Facts(
        project=project,
        tasks=tuple(tasks),
        now=now(),
        scope=Scope(settings.aegis_assignee, settings.aegis_sections, settings.aegis_tags, section),
        questions=_open_questions(runtime, project, tasks),
        max_attempts=settings.max_attempts,
    )
    return with_state(runtime, facts)


def with_state(runtime: Runtime, facts: Facts) -> Facts:
    """The facts with what our own tables say now."""
    gids = [task.gid for task in facts.considered]
    pasts = {
        gid: Past(past.failures, past.last_end, past.last_verdict, past.undelivered, past.parked)
        for gid, past in runtime.state.executions.histories(gids).items()
    }
    running = runtime.state.claims.running(gids, here=runtime.owner)
    others = {gid: who for gid, who in running.items() if gid not in runtime.held}
    return replace(facts, now=now(), pasts=pasts, running=others)


def directory_of(runtime: Runtime, project: Project) -> str:
    """The project's code directory. Raises CodeLocationError."""
    written = code_location(project.notes, project_name=project.name)
    roots = runtime.settings.code_roots
    return str(usable_code_dir(written, project_name=project.name, code_roots=roots))


def outside_tasks(runtime: Runtime, gids: Sequence[str]) -> dict[str, AsanaTask | str]:
    """Tasks that are not among the project's open ones, or why they cannot be seen."""
    found = runtime.asana.tasks_by_gid(gids) if gids else {}
    return {gid: one if isinstance(one, AsanaTask) else str(one) for gid, one in found.items()}


def gather(
    runtime: Runtime,
    project: Project,
    tasks: Sequence[AsanaTask],
    section: str | None = None,
    *,
    lenient: bool = False,
) -> tuple[Facts, str]:
    """All facts of the judgement, and the code directory.

    Raises AsanaError, and CodeLocationError unless `lenient`, where it is a reason of each task.
    """
    code_dir, code_error = "", ""
    try:
        code_dir = directory_of(runtime, project)
    except CodeLocationError as error:
        if not runtime.read_only and not lenient:
            raise
        code_error = str(error)
    held = why_held(runtime, project.gid) if runtime.read_only else ""  # a session says it once, as a whole
    facts = replace(first_facts(runtime, project, tasks, section), code_location_error=code_error, held=held)
    needs = survey(facts)
    facts = replace(
        facts,
        completed=_completed(runtime, project, facts.now) if needs.names_unknown else (),
        subtasks={gid: tuple(runtime.asana.subtasks(gid)) for gid in needs.parents},
        probes=_probes(runtime, needs.services),
    )
    facts = replace(facts, outside=outside_tasks(runtime, survey(facts).outside))
    facts = with_findings(runtime, facts)
    if not runtime.read_only:
        runtime.state.executions.seen(project, tasks)
    return facts, code_dir


def probe_again(runtime: Runtime, required: Iterable[Requirement]) -> dict[Requirement, ServiceProbe]:
    """A real look at each of these, all at the same time."""
    return _probes(runtime, required)


def _again(runtime: Runtime, facts: Facts) -> Facts:
    return replace(with_state(runtime, facts), probes=_probes(runtime, facts.probes))


def _completed(runtime: Runtime, project: Project, at: datetime) -> tuple[AsanaTask, ...]:
    return tuple(runtime.asana.completed_tasks(project.gid, at - COMPLETED_LOOK_BACK))


def _probes(runtime: Runtime, required: Iterable[Requirement]) -> dict[Requirement, ServiceProbe]:
    return runtime.lookout.look(required, _machine(runtime)) if required else {}


def _machine(runtime: Runtime) -> Machine:
    """What looks may know: the configured addresses, and what an agent of ours would be handed."""
    settings = runtime.settings
    urls = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "QDRANT_URL": settings.qdrant_url}
    configured = {name: url.get_secret_value() for name, url in urls.items() if url is not None}
    return Machine.of(settings.claude_environment(), settings.claude_env_pass, configured)


def _open_questions(runtime: Runtime, project: Project, tasks: Sequence[AsanaTask]) -> dict[str, KnownQuestion]:
    """Our open questions by fingerprint: found by the marker in their notes, so that a lost database loses none."""
    stored = runtime.state.questions.of_project(project.gid)
    found: dict[str, KnownQuestion] = {}
    for one in tasks:
        fingerprint = question_fingerprint(runtime, project.gid, one)
        if fingerprint is not None:
            known = stored.get(fingerprint)
            found[fingerprint] = KnownQuestion(one.gid, one.name, known.task_gids if known else ())
    return found
