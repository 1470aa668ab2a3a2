"""The picture for machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aegis.core.models import Assessment
from aegis.core.picture.model import Node, Picture


def document(picture: Picture, assessment: Assessment, mask: Callable[[str], str] = str) -> dict[str, Any]:
    """Nodes and edges; each judged task's name, state, order and reasons are those of the dry run, secrets masked."""
    judged = {task.gid: task for task in assessment.tasks}
    nodes = []
    for node in picture.nodes:
        task = judged.get(node.id)
        told = _node(node)
        if task is not None:
            reasons = [reason.model_dump(mode="json", exclude_defaults=True) for reason in task.reasons]
            told |= {"name": task.name, "state": task.state.value, "reasons": reasons}
        nodes.append(_masked(told, mask))
    cycles: dict[int, list[str]] = {}
    for gid, knot in picture.knot_of.items():
        cycles.setdefault(knot, []).append(gid)
    return {
        "project": {"gid": picture.project_gid, "name": mask(assessment.project_name)},
        "nodes": nodes,
        "edges": [{"from": arrow.needs, "to": arrow.waits, "kind": arrow.kind} for arrow in picture.arrows],
        "cycles": list(cycles.values()),
    }


def _node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "name": node.name,
        "standing": node.standing.value,
        "state": None,
        "order": node.order,
        "url": node.url,
        "note": node.note,
        "subtasks": list(node.subtasks),
        "reasons": [],
    }


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    """Every text in it masked; keys are ours."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _masked(one, mask) for name, one in value.items()}
    return [_masked(one, mask) for one in value] if isinstance(value, list) else value
