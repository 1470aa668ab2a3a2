"""From the reasons of a judgement to the questions that it raises: one for each cause, in the order of the tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aegis.core.causes import service_cause
from aegis.core.facts import Facts
from aegis.core.models import AsanaTask, Question, QuestionOption, Reason, ReasonKind
from aegis.core.questions import (
    Draft,
    about_ambiguous,
    about_code_location,
    about_cycle,
    about_failures,
    about_gone_dependency,
    about_service,
    about_unclear,
    about_unknown,
    called,
    question,
)
from aegis.core.services import advice_for, missing
from aegis.core.text import one_line
from aegis.core.turned_down import turned_down


@dataclass
class Raised:
    """What a judgement raises, gathered while it goes through the tasks.

    `causes` holds each cause that is there, answered or not; `open` those about which a person is asked, with the tasks
    that wait and one of the reasons.
    """

    causes: set[str] = field(default_factory=set)
    open: dict[str, tuple[Reason, list[AsanaTask]]] = field(default_factory=dict)

    def note(self, reason: Reason, task: AsanaTask, *, asked: bool) -> None:
        """Note one reason of one task; `asked` where no answer counts for it."""
        if reason.cause is None:
            return
        self.causes.add(reason.cause)
        if asked:
            _, waiting = self.open.setdefault(reason.cause, (reason, []))
            if not waiting or waiting[-1] is not task:
                waiting.append(task)


def questions_of(facts: Facts, raised: Raised) -> tuple[Question, ...]:
    """The questions about all causes that no answer settles."""
    found = []
    for cause, (reason, waiting) in raised.open.items():
        known = facts.questions.get(cause)
        draft = _draft(facts, cause, reason, waiting)
        if draft is not None:
            gid = known.gid if known else None
            made = question(cause, reason.kind, draft, waiting, exists=known is not None, gid=gid)
            named = one_line(known.name) if known else ""  # as people find it: asked for another task, or renamed
            found.append(made.model_copy(update={"name": named}) if named else made)
    return tuple(found)


def _draft(facts: Facts, cause: str, reason: Reason, waiting: Sequence[AsanaTask]) -> Draft | None:
    index = facts.index
    words = reason.words or ""
    match reason.kind:
        case ReasonKind.SERVICE:
            return _about_service(facts, cause)
        case ReasonKind.UNKNOWN_REFERENCE:
            return about_unknown(words)
        case ReasonKind.AMBIGUOUS_REFERENCE:
            return about_ambiguous(words, [index.open[gid] for gid in reason.gids if gid in index.open])
        case ReasonKind.CYCLE:
            return about_cycle(_in_order(facts, reason.gids))
        case ReasonKind.UNCLEAR:
            return about_unclear(words or reason.text, reason.text)
        case ReasonKind.DEPENDENCY:
            return _about_dependency(facts, reason)
        case ReasonKind.CODE_LOCATION:
            return about_code_location(facts.project.name, facts.code_location_error)
        case ReasonKind.FAILURES:
            past = facts.pasts[waiting[0].gid]
            return about_failures(waiting[0], past.failures, past.last_words)
    return None


def _about_service(facts: Facts, cause: str) -> Draft | None:
    for requirement, probe in facts.probes.items():
        if service_cause(probe, facts.host) == cause:
            advice = advice_for(requirement)
            ways = [QuestionOption(label=one.label, pros=one.pros, cons=one.cons) for one in advice.options]
            why = missing(requirement, probe.detail, probe.address)
            return about_service(str(requirement), why, ways, advice.recommended, advice.because)
    return None


def _about_dependency(facts: Facts, reason: Reason) -> Draft | None:
    gid = reason.task_gid or ""
    gone = facts.index.gone(gid)
    if isinstance(gone, AsanaTask):
        trouble = turned_down(gone) or ""
        return about_gone_dependency(gid, f"'{called(gone)}'", trouble, is_turned_down=True)
    if gone is None:
        return None
    trouble = f"was deleted, or may not be seen by Aegis ({gone})"
    return about_gone_dependency(gid, gid, trouble, is_turned_down=False)


def _in_order(facts: Facts, circle: Sequence[str]) -> list[AsanaTask]:
    """A cycle's tasks, each followed by the one that it waits for, beginning with the first in Asana's order."""
    places = {task.gid: at for at, task in enumerate(facts.tasks)}
    first = min(range(len(circle)), key=lambda at: places.get(circle[at], len(places)))
    return [facts.index.open[gid] for gid in (*circle[first:], *circle[:first]) if gid in facts.index.open]
