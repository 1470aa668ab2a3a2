"""What Claude's findings mean for the judgement: reasons that are added to those of the rules, and questions.

They only add. The rules have judged before, from facts; a finding can hold a task back and do nothing else: it makes
no cycle, removes no reason, brings no task, and falls where a person has settled it or what it names is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from aegis.core.analysis import MOST_FINDINGS, Finding, FindingKind, content_of
from aegis.core.answers import understood
from aegis.core.facts import Facts, called
from aegis.core.graph import knots
from aegis.core.models import AsanaTask, Effect, Question, QuestionOption, Reason, ReasonKind
from aegis.core.questions import options_text
from aegis.core.scope import is_considered
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
        if finding.content != content or _is_settled(facts, finding.fingerprint):
            continue
        if finding.kind is not FindingKind.DEPENDENCY or _may_wait(facts, task, known, finding.depends_on):
            yield finding


def _is_settled(facts: Facts, cause: str) -> bool:
    """Whether a person has settled it; one who answered that it has to wait has not."""
    settled = facts.settled.get(cause)
    if settled is not None:
        return settled.answer.effect is not Effect.HOLD
    return cause in facts.findings_over


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
            cause=one.fingerprint,
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


def finding_questions(facts: Facts, found: Standing, free_by_rules: Collection[str]) -> tuple[Question, ...]:
    """The questions that the findings raise, one for each cause; tasks with the same text share it.

    A hidden dependency on a task that Aegis takes itself asks nobody: it is done, and falls.

    Args:
        facts: the judgement's facts.
        found: the findings that count now.
        free_by_rules: the tasks in whose way the rules see nothing. A new question is asked for these, where they wait
            for no task of ours either: the answer then sets something going. One that is open stays in any case.
    """
    ours = _taken_by_us(facts, found)
    causes: dict[str, list[AsanaTask]] = {}
    asked: dict[str, list[Finding]] = {}
    free: set[str] = set()
    for task in facts.considered:
        findings = found.get(task.gid, ())
        if task.gid in free_by_rules and not any(one.depends_on in ours for one in findings):
            free.add(task.gid)
        for cause, some in _by_cause(findings).items():
            if some[0].depends_on in ours and cause not in facts.questions:
                continue
            causes.setdefault(cause, []).append(task)
            asked.setdefault(cause, some)
    room = MOST_QUESTIONS - sum(cause in facts.questions for cause in causes)
    questions = []
    for cause, tasks in causes.items():
        known = facts.questions.get(cause)
        if known is None and (room <= 0 or not any(task.gid in free for task in tasks)):
            continue
        room -= known is None
        questions.append(_question(facts, cause, tasks, asked[cause], known.gid if known else None))
    return tuple(questions)


def _taken_by_us(facts: Facts, found: Standing) -> set[str]:
    """The tasks among the hidden dependencies that Aegis takes itself, in this session or in another."""
    always = replace(facts.scope, section=None)
    needed = {one.depends_on for findings in found.values() for one in findings if one.depends_on}
    is_taken = partial(is_considered, scope=always, project_gid=facts.project.gid, is_question=False)
    return {gid for gid in needed if is_taken(facts.index.open[gid])}


def _by_cause(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.fingerprint, []).append(one)
    return found


def _question(
    facts: Facts, cause: str, tasks: Sequence[AsanaTask], asked: Sequence[Finding], gid: str | None
) -> Question:
    return Question(
        fingerprint=cause,
        kind=_REASON_KINDS[asked[0].kind] if asked[0].depends_on else ReasonKind.UNCLEAR,
        name=f"Question: {tasks[0].name}"[:_LONGEST_NAME],
        notes="\n\n".join([*_waiting(tasks), *_asked(facts, asked)]),
        task_gids=tuple(task.gid for task in tasks),
        exists=gid is not None,
        gid=gid,
        asks=" ".join(map(_with_recommendation, asked)),
        options=tuple(_options(asked)),
        recommended=_recommended(asked),
    )


def _with_recommendation(finding: Finding) -> str:
    """A finding as the agent and a notice are told of it: who completes the question accepts what is recommended."""
    return f"{finding.text} (recommended: {finding.recommendation})" if finding.recommendation else finding.text


def _recommended(findings: Sequence[Finding]) -> int:
    """The number of the option that is recommended; 0 where none is for sure, or several things are."""
    found: list[int] = []
    before = 0
    for one in findings:
        options = [QuestionOption(label=option.label) for option in one.options]
        if one.recommendation:
            number = understood(one.recommendation, options)
            found.append(before + number if number else 0)
        before += len(options)
    return found[0] if len(found) == 1 and not findings[0].depends_on else 0


def _options(findings: Sequence[Finding]) -> Iterator[QuestionOption]:
    """What can be answered; each lets the task go, but for the one that makes it wait."""
    if findings[0].depends_on:
        yield QuestionOption(label="It need not wait", pros="it is done next")
        yield QuestionOption(label="It has to wait", cons="it is done after that task", effect=Effect.HOLD)
        return
    for one in findings:
        yield from (QuestionOption(label=o.label, pros=o.pros, cons=o.cons) for o in one.options)


def _waiting(tasks: Sequence[AsanaTask]) -> Iterator[str]:
    for task in tasks[:_MOST_NAMED]:
        yield f'"{one_line(task.name, _LONGEST_NAME)}" waits for an answer.\n{task.permalink_url}'.strip()
    if len(tasks) > _MOST_NAMED:
        yield f"And {len(tasks) - _MOST_NAMED} more with the same text."
    yield "Claude read the text before any work (ANALYZE_WITH_CLAUDE) and finds:"


def _asked(facts: Facts, findings: Sequence[Finding]) -> Iterator[str]:
    if findings[0].depends_on:
        yield from _about_dependency(facts.index.open[findings[0].depends_on], findings[0])
        return
    for one in findings:
        unclear = "Unclear: " if one.kind is FindingKind.UNCLEAR else ""
        yield f"- {unclear}{one.text}\n  {_evidence(one)}"
    options = list(_options(findings))
    if options:
        yield "Options:\n" + options_text(options)
    yield from (f"Recommended: {one.recommendation}" for one in findings if one.recommendation)
    yield (
        "How to answer: comment here with the option's number or your own words, which the agent reads. Completed "
        "without a word, it lets the task go on as it stands, by the recommendation where there is one."
    )


def _about_dependency(needed: AsanaTask, finding: Finding) -> Iterator[str]:
    whose = f"{called(needed)}, which Aegis does not do itself"
    yield f"- It depends on {whose}: {finding.text}\n  {_evidence(finding)}\n  {needed.permalink_url}".rstrip()
    yield "Does it have to wait for that?"
    yield "Options:\n" + options_text(list(_options([finding])))
    yield "How to answer: comment here with the option's number or your own words. Completed, it need not wait."


def _evidence(finding: Finding) -> str:
    return f'(the text says: "{finding.quote}")'
