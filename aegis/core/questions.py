"""Questions that the judgement raises: one for each cause, with context, options and a recommendation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from aegis.core.models import AsanaTask, Question, ReasonKind, ReplyOption, ServiceProbe
from aegis.core.services import Requirement, advice_for, missing

_MOST_NAMED = 10


def fingerprint(*cause: str) -> str:
    """The same cause has the same fingerprint, in each run and on each machine."""
    return hashlib.sha256("\0".join(cause).encode()).hexdigest()[:20]


def service_cause(project_gid: str, requirement: Requirement) -> str:
    """The fingerprint of the cause that something required is not there."""
    address = (requirement.address,) if requirement.address else ()
    return fingerprint("service", project_gid, requirement.service, *address)


def service_question(
    project_gid: str, requirement: Requirement, probe: ServiceProbe, waiting: Sequence[AsanaTask], *, gid: str | None
) -> Question:
    """The question for something that tasks require and that is not there."""
    advice = advice_for(requirement)
    names = [f"- {task.name}" for task in waiting[:_MOST_NAMED]]
    if len(waiting) > _MOST_NAMED:
        names.append(f"- … and {len(waiting) - _MOST_NAMED} more")
    notes = "\n\n".join(
        [
            missing(requirement, probe.detail, probe.address),
            "These tasks require it and wait:\n" + "\n".join(names),
            f"How should {requirement} be made available?",
            "Options:\n" + options_text(advice.options),
            f"Recommended: {advice.recommendation}.",
            "How to answer: make it available, then complete this task. The waiting tasks are looked at again "
            "in the next run.",
        ]
    )
    return Question(
        fingerprint=service_cause(project_gid, requirement),
        kind=ReasonKind.SERVICE,
        name=f"Question: {requirement} Setup",
        notes=notes,
        task_gids=tuple(task.gid for task in waiting),
        exists=gid is not None,
        gid=gid,
    )


def options_text(options: Sequence[ReplyOption]) -> str:
    """Options as numbered lines with what speaks for and against each."""
    lines = []
    for number, option in enumerate(options, start=1):
        lines.append(f"{number}. {option.label}")
        if option.pros:
            lines.append(f"   + {option.pros}")
        if option.cons:
            lines.append(f"   - {option.cons}")
    return "\n".join(lines)
