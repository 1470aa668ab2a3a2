"""Values for the tests of the core, with what they do not care for filled in."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime

from aegis.core.facts import Facts
from aegis.core.models import (
    AsanaTask,
    Assessment,
    ClaudeRun,
    Ending,
    Membership,
    Outcome,
    Project,
    Reply,
    User,
    Verdict,
)
from aegis.core.readiness import assess

NOW = datetime(2025, 11, 25, 10, 30, tzinfo=UTC)
PROJECT = Project(gid="1200000000000001", name="Aegis", notes="Code Location: /code", log_slug="aegis")
BOT = User(gid="77", name="Bot", email="Bot@example.com")
ROBIN = User(gid="78", name="Robin", email="robin@example.com")

_numbers = itertools.count(1)


def task(name: str = "Do it", **fields: object) -> AsanaTask:
    gid = str(fields.pop("gid", f"13{next(_numbers):014d}"))
    return AsanaTask.model_validate({"gid": gid, "name": name, **fields})


def here(section: str, project_gid: str = PROJECT.gid) -> Membership:
    return Membership(project_gid=project_gid, section_name=section)


def facts(*tasks: AsanaTask, **more: object) -> Facts:
    return Facts(project=PROJECT, tasks=tasks, now=NOW, **more)  # type: ignore[arg-type]  # names of fields


def reasons(assessment: Assessment) -> dict[str, list[str]]:
    """Task name -> the kinds of its reasons."""
    return {one.name: [reason.kind.value for reason in one.reasons] for one in assessment.tasks}


def texts(*tasks: AsanaTask, **more: object) -> Mapping[str, list[str]]:
    """Task name -> the sentences of its reasons."""
    judged = assess(facts(*tasks, **more))
    return {one.name: [reason.text for reason in one.reasons] for one in judged.tasks}


def run(ending: Ending = Ending.REPLIED, *, reply: Reply | None = None, **fields: object) -> ClaudeRun:
    given = {"ending": ending, "exit_code": 0, "session_id": "s", "reply": reply, **fields}
    return ClaudeRun.model_validate(given)


def outcome(verdict: Verdict = Verdict.DONE, **fields: object) -> Outcome:
    given = {
        "verdict": verdict,
        "task_gid": "1",
        "execution_id": "e",
        "run_id": "r",
        "headline": "✓ Task completed via Aegis",
        "log_file": "logs/aegis.log",
        "finished_at": NOW,
        **fields,
    }
    return Outcome.model_validate(given)
