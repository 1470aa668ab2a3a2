"""Choose: the task that `do` takes, by the fields of the list alone, or the one that its user named."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from prefect import task

from aegis.core.asana_url import parse_asana_ref
from aegis.core.facts import Facts
from aegis.core.models import AsanaTask, Frozen, Project
from aegis.core.readiness import passed_over
from aegis.core.sections import neighbours_of
from aegis.core.text import one_line
from aegis.errors import UsageError
from aegis.wiring import Runtime, current
from tasks.analyze import directory_of, first_facts, outside_tasks
from tasks.fetch import load_snapshot
from tasks.policies import READ


class PassedOver(Frozen):
    """A task that `do` did not take, and why."""

    name: str
    why: str


class Choice(Frozen):
    """The task to do (None where there is none), where its code lies, and the tasks before it.

    `next_task` and `previous_task` are the GIDs of its neighbours in its section, where the list was read.
    """

    task: AsanaTask | None
    code_dir: str
    passed_over: tuple[PassedOver, ...] = ()
    next_task: str = ""
    previous_task: str = ""


@task(name="choose", task_run_name="choose a task of {project.name}", **READ)
async def choose(project: Project, snapshot: str) -> Choice:
    """The first task that may be taken. Raises CodeLocationError and AsanaError."""
    return await asyncio.to_thread(_choose, current(), project, snapshot)


def _choose(runtime: Runtime, project: Project, snapshot: str) -> Choice:
    code_dir = directory_of(runtime, project)
    tasks = load_snapshot(runtime.home, snapshot)
    runtime.state.executions.seen(project, tasks)
    facts = first_facts(runtime, project, tasks)
    over: list[PassedOver] = []
    for one in facts.considered:
        facts = _with_outside(runtime, facts, one)
        why = passed_over(one, facts)
        if why is None:
            beside = neighbours_of(tasks, one.gid, project.gid)
            return Choice(
                task=one,
                code_dir=code_dir,
                passed_over=tuple(over),
                next_task=beside.next_task,
                previous_task=beside.previous_task,
            )
        over.append(PassedOver(name=one_line(one.name), why=why))
    return Choice(task=None, code_dir=code_dir, passed_over=tuple(over))


def _with_outside(runtime: Runtime, facts: Facts, one: AsanaTask) -> Facts:
    """The facts with this task's dependencies that the list does not hold: one request, and only where there are."""
    known = {task.gid for task in facts.tasks} | facts.outside.keys()
    unknown = [gid for gid in one.dependencies if gid not in known]
    if not unknown:
        return facts
    return replace(facts, outside={**facts.outside, **outside_tasks(runtime, unknown)})


@task(name="choose-named", task_run_name="choose the task {wanted}", **READ)
async def choose_named(project: Project, wanted: str) -> Choice:
    """The task that a GID or an Asana URL names, whoever has it.

    Raises UsageError where it names none, or one that is complete or of another project.
    """
    runtime = current()
    reference = parse_asana_ref(wanted)
    gid = (reference.task_gid or reference.gid) if reference is not None else None
    if gid is None:
        raise UsageError(f"'{one_line(wanted)}' is no task: --task takes a GID or an Asana URL of a task.")
    code_dir = directory_of(runtime, project)
    found = await asyncio.to_thread(runtime.asana.task, gid)
    if found.completed:
        raise UsageError(f"The task '{one_line(found.name)}' is complete; reopen it in Asana to have it done again.")
    if found.parent_gid is None and all(place.project_gid != project.gid for place in found.memberships):
        raise UsageError(f"The task '{one_line(found.name)}' is not in the project '{project.name}'.")
    return Choice(task=found, code_dir=code_dir)
