"""Findings: what Claude found in the tasks' texts, as far as it was asked, and what people have settled of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aegis.core.analysis import content_of
from aegis.core.facts import Facts
from aegis.core.models import AsanaTask
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
    if not findings:
        return facts
    rows = runtime.state.questions.of_project(facts.project.gid)
    closed = {cause for cause, row in rows.items() if row.state == "closed"}  # deleted by a person, too
    return replace(facts, findings_over=frozenset((*closed, *_in_dependencies(runtime, facts))))


def contents_of(facts: Facts) -> dict[str, str]:
    """GID -> content, of the tasks that are judged."""
    return {task.gid: content_of(facts.project.gid, task) for task in facts.considered}


def _in_dependencies(runtime: Runtime, facts: Facts) -> Iterator[str]:
    """The fingerprints of completed questions of ours that tasks with findings waited for, and that we do not know."""
    linked = dict.fromkeys(gid for task in facts.considered if task.gid in facts.findings for gid in task.dependencies)
    for gid in linked:
        one = facts.outside.get(gid)
        if not isinstance(one, AsanaTask) or not one.completed or not one.name.startswith(_QUESTION):
            continue
        fingerprint = question_fingerprint(runtime, facts.project.gid, runtime.asana.task(gid))
        if fingerprint is not None:
            yield fingerprint
