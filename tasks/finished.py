"""Finished: what the agent reported of the completed tasks that a task depends on.

From our own record where there is one; from our comment in Asana where the database has none (it was lost, or another
one was used): at most two requests for names and completion, and one for each such task's comments.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable

from aegis.core.comments import summary_in
from aegis.core.facts import Facts
from aegis.core.models import AsanaTask, Outcome, Project
from aegis.core.prompts import MOST_REPORTS, DependencyReport
from aegis.errors import AsanaError
from aegis.wiring import Runtime
from tasks.analyze import session_facts
from tasks.clock import now
from tasks.ours import done_runs

log = logging.getLogger("aegis.run")


def finished_reports(
    runtime: Runtime, project: Project, asana_task: AsanaTask, *, known: Collection[str] = ()
) -> dict[str, DependencyReport]:
    """GID -> report of the completed tasks that this one depends on directly, at most MOST_REPORTS of them.

    Args:
        runtime: the open runtime.
        project: the task's project.
        asana_task: the task that is about to be worked on.
        known: GIDs whose reports its conversation holds already.

    Never raises AsanaError: a report that cannot be read now is left out, and the log says so.
    """
    facts = _facts(runtime, project)
    named = (one.gid for one in facts.index.named_by(asana_task))
    gids = [gid for gid in dict.fromkeys((*asana_task.dependencies, *named)) if gid and gid not in known]
    recorded = runtime.state.executions.successes(gids)
    found = {gid: _of_record(outcome) for gid, outcome in recorded.items() if outcome.summary.strip()}
    try:
        others = _completed(runtime, facts, [gid for gid in gids if gid not in found][:MOST_REPORTS])
        for one in others:
            report = _of_comments(runtime, one)
            if report is not None:
                found[one.gid] = report
    except AsanaError as error:
        log.warning("What finished dependencies reported could not be read: %s", error)
    return {gid: found[gid] for gid in gids if gid in found}


def _facts(runtime: Runtime, project: Project) -> Facts:
    """What names mean: by the session's facts; where none has read the project (`do`), among the tasks done here."""
    try:
        return session_facts(runtime, project).facts
    except KeyError:
        pass
    done = runtime.state.executions.done_names(project.gid)
    completed = tuple(AsanaTask(gid=gid, name=name, completed=True) for gid, name in done.items())
    return Facts(project=project, tasks=(), now=now(), completed=completed)


def _of_record(outcome: Outcome) -> DependencyReport:
    return DependencyReport(outcome.task_name, outcome.finished_at, outcome.summary)


def _completed(runtime: Runtime, facts: Facts, gids: list[str]) -> Iterable[AsanaTask]:
    """Those of these tasks that are complete; Asana is asked for the ones that the session has not seen."""
    seen = {one.gid: one for one in facts.completed} | {
        gid: one for gid, one in facts.outside.items() if isinstance(one, AsanaTask)
    }
    open_here = {one.gid for one in facts.tasks}
    unknown = [gid for gid in gids if gid not in seen and gid not in open_here]
    found = {**seen, **(runtime.asana.tasks_by_gid(unknown) if unknown else {})}
    tasks = (found.get(gid) for gid in gids)
    return [one for one in tasks if isinstance(one, AsanaTask) and one.completed]


def _of_comments(runtime: Runtime, done: AsanaTask) -> DependencyReport | None:
    """The summary in the newest comment of ours that reports a success; None where there is none."""
    stories = runtime.asana.stories(done.gid)
    ours = done_runs(runtime, done.gid, stories)
    summaries = [(story, summary_in(story.text)) for story in stories if story.gid in ours]
    told = [(story, summary) for story, summary in summaries if summary]
    if not told:
        return None
    story, summary = told[-1]
    return DependencyReport(done.name, story.created_at, summary)
