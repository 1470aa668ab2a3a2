"""What Claude's findings mean for the judgement: reasons that are added to those of the rules, and questions.

They only add. The rules have judged before, from facts; a finding can hold a task back and do nothing else: it makes
no cycle, removes no reason, brings no task, and falls where a person has settled it or what it names is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from aegis.core.analysis import MOST_FINDINGS, Finding, FindingKind, content_of, question_fingerprint
from aegis.core.facts import Facts, called
from aegis.core.graph import knots
from aegis.core.models import AsanaTask, Question, Reason, ReasonKind
from aegis.core.questions import options_text
from aegis.core.text import one_line

Standing = Mapping[str, tuple[Finding, ...]]
"""GID of a task -> the findings that hold it."""

MOST_QUESTIONS = 10
"""So many questions of the analysis are open in a project at the same time; nobody answers a hundred."""

SOURCE = "Claude's analysis"
_LONGEST_NAME = 120
_MOST_NAMED = 10
_REASON_KINDS = {
    FindingKind.UNCLEAR: ReasonKind.UNCLEAR,
    FindingKind.DEPENDENCY: ReasonKind.DEPENDENCY,
    FindingKind.QUESTION: ReasonKind.QUESTION,
}


def standing(facts: Facts) -> Standing:
    """The findings that count now.

    Left out: those of another content than the task has now; those that a person settled; a dependency that is
    complete, is the task itself or a part of it, is known to the rules already, or would close a cycle.
    """
    if not facts.findings:
        return {}
    found = {task.gid: tuple(_of_task(facts, task)) for task in facts.considered if task.gid in facts.findings}
    closing = _closing_a_cycle(facts, found)
    kept = {
        gid: tuple(one for one in findings if (gid, one.depends_on) not in closing)[:MOST_FINDINGS]
        for gid, findings in found.items()
    }
    return {gid: findings for gid, findings in kept.items() if findings}


def _of_task(facts: Facts, task: AsanaTask) -> Iterator[Finding]:
    content = content_of(facts.project.gid, task)
    known = facts.index.open_dependencies(task)
    for finding in facts.findings[task.gid]:
        if finding.content != content or finding.fingerprint in facts.settled:
            continue
        if finding.kind is not FindingKind.DEPENDENCY or _may_wait(facts, task, known, finding.depends_on):
            yield finding


def _may_wait(facts: Facts, task: AsanaTask, known: Collection[str], gid: str) -> bool:
    needed = facts.index.open.get(gid)
    if needed is None or gid == task.gid or gid in known or gid in facts.index.questions:
        return False
    return needed.parent_gid != task.gid  # a part of the task is done with it


def _closing_a_cycle(facts: Facts, found: Standing) -> set[tuple[str, str]]:
    """The hidden dependencies (task, what it waits for) that lie in a cycle, together with what the rules know.

    Where several findings close one together, all of them fall: none of them is more certain than the others.
    """
    hidden = [(gid, one.depends_on) for gid, findings in found.items() for one in findings if one.depends_on]
    if not hidden:
        return set()
    edges = {task.gid: facts.index.open_dependencies(task) for task in facts.tasks}
    for gid, needed in hidden:
        edges[gid].append(needed)
    knot_of = {gid: number for number, knot in enumerate(knots(edges)) for gid in knot}
    return {(gid, needed) for gid, needed in hidden if gid in knot_of and knot_of[gid] == knot_of.get(needed)}


def finding_reasons(facts: Facts, findings: Sequence[Finding]) -> list[Reason]:
    """Findings as reasons, with their source and the words that they stand on."""
    return [
        Reason(
            kind=_REASON_KINDS[one.kind],
            text=f'{SOURCE}: {_sentence(facts, one)} ("{one.quote}")',
            task_gid=one.depends_on or None,
            words=one.quote,
        )
        for one in findings
    ]


def _sentence(facts: Facts, finding: Finding) -> str:
    match finding.kind:
        case FindingKind.DEPENDENCY:
            return f"depends on {called(facts.index.open[finding.depends_on])}, which is not complete: {finding.text}"
        case FindingKind.UNCLEAR:
            return f"unclear: {finding.text}"
        case FindingKind.QUESTION:
            return f"to be decided: {finding.text}"


def finding_questions(facts: Facts, found: Standing, held_only: Collection[str]) -> tuple[Question, ...]:
    """The questions that the findings raise, one for each content; tasks with the same text share it.

    Args:
        facts: the judgement's facts.
        found: the findings that count now.
        held_only: the tasks that nothing else keeps from being done: a new question is asked for these, so that
            whom it is put to can set something going by the answer. One that is open stays in any case.
    """
    waiting: dict[str, list[AsanaTask]] = {}
    for task in facts.considered:
        asked = [one for one in found.get(task.gid, ()) if one.kind is not FindingKind.DEPENDENCY]
        if asked:
            waiting.setdefault(asked[0].content, []).append(task)
    room = MOST_QUESTIONS - sum(question_fingerprint(content) in facts.questions for content in waiting)
    questions = []
    for content, tasks in waiting.items():
        known = facts.questions.get(question_fingerprint(content))
        if known is None and (room <= 0 or not any(task.gid in held_only for task in tasks)):
            continue
        room -= known is None
        questions.append(_question(tasks, found[tasks[0].gid], known.gid if known else None))
    return tuple(questions)


def _question(tasks: Sequence[AsanaTask], findings: Sequence[Finding], gid: str | None) -> Question:
    asked = [one for one in findings if one.kind is not FindingKind.DEPENDENCY]
    return Question(
        fingerprint=question_fingerprint(asked[0].content),
        kind=ReasonKind.UNCLEAR,
        name=f"Question: {tasks[0].name}"[:_LONGEST_NAME],
        notes=_notes(tasks, asked),
        task_gids=tuple(task.gid for task in tasks),
        exists=gid is not None,
        gid=gid,
    )


def _notes(tasks: Sequence[AsanaTask], asked: Sequence[Finding]) -> str:
    named = [f'"{one_line(one.name, _LONGEST_NAME)}" waits for an answer.\n{one.permalink_url}' for one in tasks]
    parts = [one.strip() for one in named[:_MOST_NAMED]]
    if len(tasks) > _MOST_NAMED:
        parts.append(f"And {len(tasks) - _MOST_NAMED} more with the same text.")
    parts.append("Claude read the text before any work (ANALYZE_WITH_CLAUDE) and finds:")
    parts += [f'- {_asked(one)}\n  (the text says: "{one.quote}")' for one in asked]
    options = [one for finding in asked for one in finding.options]
    if options:
        parts.append("Options:\n" + options_text(options))
    parts += [f"Recommended: {one.recommendation}" for one in asked if one.recommendation]
    parts.append(
        "How to answer: write the answer as a comment on the waiting task, or into its text, then complete this "
        "question. Completed without a word, it lets the task go on as it stands, by the recommendation where there "
        "is one."
    )
    return "\n\n".join(parts)


def _asked(finding: Finding) -> str:
    return f"Unclear: {finding.text}" if finding.kind is FindingKind.UNCLEAR else finding.text
