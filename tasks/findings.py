"""Findings: what Claude found in the tasks' texts, as far as it was asked, and what people have settled of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aegis.core.analysis import content_of
from aegis.core.facts import Facts
from aegis.core.models import AsanaTask
from aegis.errors import AsanaNotFoundError
from aegis.wiring import Runtime
from tasks.ours import question_fingerprint

_QUESTION = "Question: "


def with_findings(runtime: Runtime, facts: Facts) -> Facts:
    """The facts with the findings that are stored; no model is asked. Without ANALYZE_WITH_CLAUDE there are none."""
    if not runtime.settings.analyze_with_claude:
        return facts
    contents = contents_of(facts)
    stored = runtime.state.analyses.known(contents.values())
    findings = {gid: stored[content] for gid, content in contents.items() if stored.get(content)}
    facts = replace(facts, findings=findings)
    return replace(facts, settled=frozenset(_settled(runtime, facts))) if findings else facts


def contents_of(facts: Facts) -> dict[str, str]:
    """GID -> content, of the tasks that are judged."""
    return {task.gid: content_of(facts.project.gid, task) for task in facts.considered}


def _settled(runtime: Runtime, facts: Facts) -> Iterator[str]:
    """The fingerprints, among those of the findings, of questions that are over: completed or deleted by a person.

    Told by our own record; with the database lost, by the marker in a question that a task natively waited for.
    """
    wanted = {one.fingerprint for some in facts.findings.values() for one in some}
    rows = runtime.state.questions.of_project(facts.project.gid)
    asked: dict[str, str] = {}
    for one in wanted - facts.questions.keys():
        row = rows.get(one)
        if row is not None and row.state in ("answered", "closed"):
            yield one
        elif row is not None and row.gid is not None:
            asked[row.gid] = one
    for gid, found in (runtime.asana.tasks_by_gid(asked) if asked else {}).items():
        if isinstance(found, AsanaNotFoundError) or (isinstance(found, AsanaTask) and found.completed):
            yield asked[gid]
    yield from (one for one in _in_dependencies(runtime, facts, known=frozenset(asked)) if one in wanted)


def _in_dependencies(runtime: Runtime, facts: Facts, known: frozenset[str]) -> Iterator[str]:
    """The fingerprints of completed questions of ours that tasks with findings waited for, and that we do not know."""
    linked = dict.fromkeys(gid for task in facts.considered if task.gid in facts.findings for gid in task.dependencies)
    for gid in linked:
        one = facts.outside.get(gid)
        if gid in known or not isinstance(one, AsanaTask) or not one.completed or not one.name.startswith(_QUESTION):
            continue
        fingerprint = question_fingerprint(runtime, facts.project.gid, runtime.asana.task(gid))
        if fingerprint is not None:
            yield fingerprint
