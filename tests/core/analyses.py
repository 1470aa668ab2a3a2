"""What the tests of the analysis share: a task with something to be found in it, and replies about it."""

from __future__ import annotations

from typing import Any

from aegis.core.analysis import Finding, FindingKind, content_of, read_analysis
from aegis.core.facts import Facts
from aegis.core.models import AsanaTask, ServiceProbe
from aegis.core.services import Requirement
from tests.core.builders import PROJECT, facts, task

NO_REDIS = {
    Requirement("Redis"): ServiceProbe(service="Redis", address="localhost:6379", up=False, detail="not running")
}
PAINT = task("Paint the shed", gid="1300000000000501", notes="Use a nice colour. Robin's plan has the rest.")
PLAN = task("Write the plan", gid="1300000000000502")
UNCLEAR = {"kind": "unclear", "quote": "a nice colour", "text": "Which colour is meant."}
HIDDEN = {
    "kind": "dependency",
    "quote": "Robin's plan has the rest",
    "text": "It needs the plan.",
    "depends_on": PLAN.gid,
}
ASKS = {
    "kind": "question",
    "quote": "nice colour",
    "text": "Red or blue?",
    "options": [{"label": "red", "pros": "warm", "cons": "loud"}, {"label": "blue"}],
    "recommendation": "blue, it is calm",
}


def reply(*findings: object, gid: str = PAINT.gid) -> dict[str, Any]:
    return {"tasks": [{"gid": gid, "findings": list(findings)}]}


def read(said: object, *asked: AsanaTask, others: tuple[AsanaTask, ...] = (PLAN,)) -> dict[str, tuple[Finding, ...]]:
    asked = asked or (PAINT,)
    return read_analysis(said, asked, project_gid=PROJECT.gid, open_tasks=(*asked, *others))


def found(*findings: object, task: AsanaTask = PAINT, **more: Any) -> tuple[Finding, ...]:
    return read(reply(*findings, gid=task.gid), task, **more)[task.gid]


def known(*tasks: AsanaTask, findings: dict[str, tuple[Finding, ...]], **more: object) -> Facts:
    return facts(*tasks, findings=findings, **more)


def depends(one: AsanaTask, on: AsanaTask) -> Finding:
    content = content_of(PROJECT.gid, one)
    return Finding(kind=FindingKind.DEPENDENCY, content=content, text="It does.", quote=one.name, depends_on=on.gid)
