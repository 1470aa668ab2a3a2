"""Analyze: from a project's open tasks to the one judgement over them.

What the judgement needs beyond the list is fetched here, in the fewest requests: dependencies outside the list in
batches, completed tasks only where a name is not found among the open, services by a real look at them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from prefect import task

from aegis.adapters.code_dir import usable_code_dir
from aegis.adapters.services import Machine
from aegis.core.closing import Closing, Look, closings, looks, to_look_at
from aegis.core.code_location import code_location
from aegis.core.facts import Facts, Past, survey
from aegis.core.models import AsanaTask, Assessment, Project, ServiceProbe
from aegis.core.people_first import text_digest
from aegis.core.readiness import after_completion, assess, judge
from aegis.core.services import Requirement
from aegis.errors import AsanaError, AsanaForbiddenError, AsanaNotFoundError, CodeLocationError
from aegis.wiring import Runtime, current
from tasks.answer import Answered, Questions, hear, questions_now
from tasks.clock import now
from tasks.fetch import load_snapshot
from tasks.findings import with_findings
from tasks.holds import why_held
from tasks.policies import NEVER_KEPT, READ
from tasks.say import say_all
from tasks.sections import scope_of

COMPLETED_LOOK_BACK = timedelta(days=365)
"""How far back completed tasks are searched for a name that no open task bears."""


@dataclass(frozen=True)
class SessionFacts:
    """What one session knows of a project: the judgement's facts, and where its code lies or why that cannot be used.

    `closings` are the questions that are over by themselves, `looks` what the look said about answers; `listed` holds
    the GIDs of all tasks that Asana listed as open, `heard` the answers that a dry run found and does not store.
    """

    facts: Facts
    code_dir: str
    code_error: CodeLocationError | None = None
    closings: tuple[Closing, ...] = ()
    looks: tuple[Look, ...] = ()
    listed: frozenset[str] = frozenset()
    heard: tuple[Answered, ...] = ()


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

    A code location that cannot be used is a reason of every task. Raises AsanaError where what the judgement needs
    cannot be read.
    """
    runtime = current()
    tasks = load_snapshot(runtime.home, snapshot)
    gathered = await asyncio.to_thread(gather, runtime, project, tasks, section)
    _sessions[(id(runtime), project.gid)] = gathered
    say_all(f"⚠ {note}" for note in runtime.lookout.notes())
    return assess(gathered.facts)


@task(name="reassess", task_run_name="reassess {project.name}", **NEVER_KEPT)
async def reassess(project: Project, completed: tuple[str, ...]) -> Assessment:
    """Judge again after a task ended, from the same facts plus what this session did; Asana is not asked.

    Services that were away are looked at again: the task may have started one.
    """
    runtime = current()
    runtime.lookout.doubt_what_is_away()
    known = session_facts(runtime, project)
    facts = await asyncio.to_thread(_with_news, runtime, project, after_completion(known.facts, completed))
    _sessions[(id(runtime), project.gid)] = replace(known, facts=facts)
    say_all(f"⚠ {note}" for note in runtime.lookout.notes())
    return assess(facts)


def _with_news(runtime: Runtime, project: Project, facts: Facts) -> Facts:
    """The facts with what this session did itself: its tasks' ends, and the questions that were asked meanwhile."""
    questions = questions_now(runtime, project, facts.tasks)
    asked = replace(
        facts,
        questions=questions.open(facts.tasks),
        settled=questions.settled(),
        question_gids=questions.gids | facts.question_gids,
    )
    return _again(runtime, asked)


def first_facts(runtime: Runtime, project: Project, tasks: Sequence[AsanaTask], section: str | None = None) -> Facts:
    """The facts that the list and our own state give, without a question to anybody."""
    return _first_facts(runtime, project, tasks, questions_now(runtime, project, tasks), section)


def _first_facts(
    runtime: Runtime, project: Project, tasks: Sequence[AsanaTask], questions: Questions, section: str | None
) -> Facts:
    settings = runtime.settings
    facts = Facts(
        project=project,
        tasks=tuple(tasks),
        now=now(),
        scope=scope_of(runtime, [project.gid], section),
        questions=questions.open(tasks),
        settled=questions.settled(),
        question_gids=questions.gids,
        max_attempts=settings.max_attempts,
        host=runtime.owner.host,
    )
    over = questions.over()
    facts = after_completion(replace(facts, outside=outside_tasks(runtime, (), over)), tuple(over))
    return with_state(runtime, facts, questions.retried())


def with_state(runtime: Runtime, facts: Facts, retried: Mapping[str, datetime] = MappingProxyType({})) -> Facts:
    """The facts with what our own tables say now; `retried` tasks' failures count anew since then as well."""
    gids = [task.gid for task in facts.considered]
    open_tasks = facts.index.open
    since = {**runtime.state.questions.retried(), **retried}
    histories = runtime.state.executions.histories(gids, since=since, content=lambda gid: text_digest(open_tasks[gid]))
    pasts = {
        gid: Past(past.failures, past.last_end, past.last_verdict, past.undelivered, past.parked, past.last_words)
        for gid, past in histories.items()
    }
    running = runtime.state.claims.running(gids, here=runtime.owner)
    others = {gid: who for gid, who in running.items() if gid not in runtime.held}
    return replace(facts, now=now(), pasts=pasts, running=others)


def directory_of(runtime: Runtime, project: Project) -> str:
    """The project's code directory. Raises CodeLocationError."""
    written = code_location(project.notes, project_name=project.name)
    roots = runtime.settings.code_roots
    return str(usable_code_dir(written, project_name=project.name, code_roots=roots))


def outside_tasks(runtime: Runtime, gids: Sequence[str], over: Collection[str] = ()) -> dict[str, AsanaTask | str]:
    """Tasks that are not among the project's open ones, or why they cannot be seen.

    `over` are questions that nobody waits for any more, whether Asana knows it already or not.
    """
    found = runtime.asana.tasks_by_gid(gids) if gids else {}
    tasks = {gid: one if isinstance(one, AsanaTask) else _why_unseen(one) for gid, one in found.items()}
    for gid in over:
        one = tasks.get(gid)
        tasks[gid] = (one if isinstance(one, AsanaTask) else AsanaTask(gid=gid)).model_copy(update={"completed": True})
    return tasks


def _why_unseen(error: AsanaError) -> str:
    """Asana's status alone where it says all: its words name the GID a second time."""
    match error:
        case AsanaNotFoundError():
            return "404 Not Found"
        case AsanaForbiddenError():
            return "403 Forbidden"
    return str(error)


def gather(runtime: Runtime, project: Project, tasks: Sequence[AsanaTask], section: str | None = None) -> SessionFacts:
    """All facts of the judgement. Raises AsanaError."""
    code_dir, code_error = "", None
    try:
        code_dir = directory_of(runtime, project)
    except CodeLocationError as error:
        code_error = error
    questions = questions_now(runtime, project, tasks)
    heard: tuple[Answered, ...] = ()
    if runtime.read_only:  # else they were heard and stored before
        hearing = hear(runtime, project, tasks, questions)
        questions, heard = hearing.result(), hearing.answered()
    facts = _first_facts(runtime, project, tasks, questions, section)
    held = why_held(runtime, project.gid) if runtime.read_only else ""  # a session says it once, as a whole
    facts = replace(facts, code_location_error=str(code_error) if code_error else "", held=held)
    needs = survey(facts)
    facts = replace(
        facts,
        completed=(*facts.completed, *(_completed(runtime, project, facts.now) if needs.names_unknown else ())),
        subtasks={gid: tuple(runtime.asana.subtasks(gid)) for gid in needs.parents},
        probes=_probes(runtime, needs.services),
    )
    listed = frozenset(one.gid for one in tasks)
    wanted = [gid for gid in survey(facts).outside if gid not in questions.over()]
    facts = replace(facts, outside=outside_tasks(runtime, wanted, questions.over()))
    facts = with_findings(runtime, facts)
    if not runtime.read_only:
        runtime.state.executions.seen(project, tasks)
    return _without_what_is_over(runtime, SessionFacts(facts, code_dir, code_error, listed=listed, heard=heard))


def _without_what_is_over(runtime: Runtime, session: SessionFacts) -> SessionFacts:
    """The facts once the questions whose cause is gone are closed, as they will be by `settle_questions`."""
    facts = session.facts
    if not facts.questions and not facts.settled:
        return session
    raised = judge(facts).raised
    looked_at = outside_tasks(runtime, to_look_at(facts, raised))
    closed = closings(facts, raised, looked_at)
    gone = {one.fingerprint for one in closed}
    gids = [one.question.gid for one in closed if one.question.gid]
    left = {cause: one for cause, one in facts.questions.items() if cause not in gone}
    outside = {**facts.outside, **outside_tasks(runtime, (), gids)}
    facts = after_completion(replace(facts, questions=left, outside=outside), gids)
    return replace(session, facts=facts, closings=closed, looks=looks(session.facts, raised, looked_at))


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
