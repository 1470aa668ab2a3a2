"""Questions: the task that asks a person about one cause, with context, options and a recommendation.

A person can answer each in one line. What an answer does is said in `aegis.core.causes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aegis.core.models import AsanaTask, Effect, Question, QuestionOption, ReasonKind
from aegis.core.text import counted, one_line

_MOST_NAMED = 10
_MOST_OPTIONS = 10
_LONGEST_NAME = 120
_LONGEST_TASK = 90
_LONGEST_PART = 1500
_LONGEST_OPTION = 300

HOW_TO_ANSWER = (
    "How to answer: comment here with the option's number or in your own words, or complete this task to accept the "
    "recommendation."
)
_HOW_TO_ANSWER_FREELY = "How to answer: comment here in your own words, or complete this task to let the agent decide."


@dataclass(frozen=True)
class Draft:
    """What is asked about a cause: `title` names it, `why` is the context, `because` speaks for the recommendation."""

    title: str
    why: str
    asks: str
    options: tuple[QuestionOption, ...]
    recommended: int
    because: str = ""
    then: str = ""  # what happens after an answer, where that is not plain


def question(
    fingerprint: str, kind: ReasonKind, draft: Draft, waiting: Sequence[AsanaTask], *, exists: bool, gid: str | None
) -> Question:
    """The question of a draft, for the tasks that wait."""
    parts = [
        _waiting_text(waiting),
        draft.why,
        draft.asks,
        f"Options:\n{options_text(draft.options)}" if draft.options else "",
        _recommendation(draft),
        f"{HOW_TO_ANSWER if draft.recommended else _HOW_TO_ANSWER_FREELY} {draft.then}".strip(),
    ]
    return Question(
        fingerprint=fingerprint,
        kind=kind,
        name=one_line(f"Question: {draft.title}", _LONGEST_NAME),
        notes="\n\n".join(part for part in parts if part),
        task_gids=tuple(task.gid for task in waiting),
        exists=exists,
        gid=gid,
        asks=one_line(draft.asks),
        options=draft.options,
        recommended=draft.recommended,
    )


def _waiting_text(waiting: Sequence[AsanaTask]) -> str:
    if not waiting:
        return ""
    lines = [_task_line(task) for task in waiting[:_MOST_NAMED]]
    if len(waiting) > _MOST_NAMED:
        lines.append(f"- … and {len(waiting) - _MOST_NAMED} more")
    return ("This task waits:\n" if len(waiting) == 1 else "These tasks wait:\n") + "\n".join(lines)


def _task_line(task: AsanaTask) -> str:
    return f"- {called(task)}" + (f"\n  {task.permalink_url}" if task.permalink_url else "")


def called(task: AsanaTask) -> str:
    """A task's name in one line, or its GID where it has none."""
    return one_line(task.name, _LONGEST_TASK) or f"(task {task.gid}, without a name)"


def _recommendation(draft: Draft) -> str:
    if not draft.recommended:
        return ""
    because = f": {shortened(draft.because)}" if draft.because else ""
    return f"Recommended: option {draft.recommended}{because}"


def options_text(options: Sequence[QuestionOption]) -> str:
    """Options as numbered lines with what speaks for and against each."""
    lines = []
    for number, option in enumerate(options, start=1):
        lines.append(f"{number}. {one_line(option.label, _LONGEST_OPTION)}")
        if option.pros:
            lines.append(f"   + {one_line(option.pros, _LONGEST_OPTION)}")
        if option.cons:
            lines.append(f"   - {one_line(option.cons, _LONGEST_OPTION)}")
    return "\n".join(lines)


def shortened(text: str, longest: int = _LONGEST_PART) -> str:
    """A text's beginning, line ends kept: the notes hold what a person needs, and are cut nowhere else."""
    text = text.strip()
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


# --- the drafts, one for each kind of cause -------------------------------------------------------------------


def about_service(service: str, why: str, options: Sequence[QuestionOption], recommended: int, because: str) -> Draft:
    """Something that tasks require is not there; `options` are the ways to have it, or at last to do without it."""
    without = QuestionOption(
        label=f"Do the tasks without {service}",
        pros="they go on at once",
        cons="say how in your comment: the agent reads it",
        aliases=("without it", "do it without", "go on without it", f"without {service}"),
    )
    if "without" in options[-1].label.casefold():
        without = without.model_copy(update={"label": options[-1].label, "pros": options[-1].pros})
        options = options[:-1]
    ways = tuple(one.model_copy(update={"effect": Effect.LOOK}) for one in options)
    return Draft(
        title=f"{service} Setup",
        why=why,
        asks=f"How should {service} be made available?",
        options=(*ways, without),
        recommended=recommended,
        because=because,
        then=f"The waiting tasks go on as soon as {service} is there, in the next run; this question is then closed "
        "by itself.",
    )


def about_unknown(words: str) -> Draft:
    """A text names a dependency that no task bears."""
    return Draft(
        title=f"Unknown Dependency '{one_line(words, 60)}'",
        why=f"The text says that it depends on '{words}', and Aegis finds no task of that name.",
        asks=f"What is '{words}'?",
        options=(
            QuestionOption(
                label="Go on without it: it is done, or does not matter",
                pros="the tasks go on at once",
                cons="wrong where it is still to be done",
                aliases=("go on without it", "go on", "without it", "it is done", "it does not matter"),
            ),
            QuestionOption(
                label="I name the right task in the text, or link it as a dependency",
                pros="the order is kept",
                cons="the tasks wait until the text or the links change",
                effect=Effect.HOLD,
                aliases=("i name the right task", "i will name the right task"),
            ),
        ),
        recommended=1,
        because="complete this task once it is done or does not matter",
        then="What you write stands in the prompts of the waiting tasks.",
    )


def about_ambiguous(words: str, candidates: Sequence[AsanaTask]) -> Draft:
    """A text names a dependency whose name several tasks bear; `candidates` are those that are open."""
    shown = candidates[: _MOST_OPTIONS - 2]
    ones = tuple(
        QuestionOption(
            label=f"'{called(task)}'{_section(task)} {task.permalink_url}".strip(), effect=Effect.WAIT, gids=(task.gid,)
        )
        for task in shown
    )
    gids = tuple(task.gid for task in candidates)
    fit = f"{len(candidates)} open tasks" if len(candidates) > 1 else "an open task and completed ones"
    everything = QuestionOption(label="All of them", pros="safe", cons="waits longest", effect=Effect.WAIT, gids=gids)
    rest = (
        *((everything,) if len(candidates) > 1 else ()),
        QuestionOption(
            label="None of them: go on without it",
            pros="the tasks go on at once",
            aliases=("none", "none of them", "go on without it"),
        ),
    )
    return Draft(
        title=f"Ambiguous Dependency '{one_line(words, 60)}'",
        why=f"The text says that it depends on '{words}', and {fit} fit.",
        asks=f"Which task is meant by '{words}'?",
        options=(*ones, *rest),
        recommended=len(ones) + (len(candidates) > 1),
        because="nothing is begun too early",
    )


def _section(task: AsanaTask) -> str:
    name = next((place.section_name for place in task.memberships if place.section_name), "")
    return f" in the section '{one_line(name, 60)}'" if name else ""


def about_cycle(circle: Sequence[AsanaTask]) -> Draft:
    """Tasks wait for each other."""
    shown = circle[: _MOST_OPTIONS - 1]
    names = " → ".join(called(task) for task in (*shown, *circle[len(shown) :][:1], circle[0]))
    starts = tuple(
        QuestionOption(
            label=f"Start with '{called(task)}'",
            pros="the others follow in their order",
            cons=f"it is done before '{called(circle[(at + 1) % len(circle)])}', which it names as its dependency",
            effect=Effect.START,
            gids=(task.gid,),
            aliases=(called(task), f"start with {called(task)}", f"begin with {called(task)}", f"{called(task)} first"),
        )
        for at, task in enumerate(shown)
    )
    change = QuestionOption(
        label="I change the dependencies",
        pros="the order is what you mean",
        cons="the tasks wait until their texts or links change",
        effect=Effect.HOLD,
    )
    return Draft(
        title=f"Circular Dependency of '{one_line(called(circle[0]), 60)}'",
        why=f"These tasks wait for each other, so none can begin: {names}.",
        asks="Which of them is to be done first?",
        options=(*starts, change),
        recommended=1,
        because="it stands first in the project",
    )


def about_unclear(words: str, why: str) -> Draft:
    """A text asks for something that Aegis cannot check."""
    return Draft(
        title=f"Unclear Requirement '{one_line(words, 60)}'",
        why=f"{why.rstrip('.')}. Aegis cannot tell whether that is so.",
        asks=f"Is this met: '{words}'?",
        options=(
            QuestionOption(
                label="It is met, or not needed: go on",
                pros="the tasks go on at once",
                cons="wrong where it is still missing",
                aliases=("it is met", "go on", "not needed", "yes"),
            ),
            QuestionOption(
                label="I add to the text what is meant",
                pros="the agent knows what to do",
                cons="the tasks wait until the text changes",
                effect=Effect.HOLD,
                aliases=("i add to the text",),
            ),
        ),
        recommended=1,
        because="complete this task once it is met",
        then="What you write stands in the prompts of the waiting tasks.",
    )


def about_gone_dependency(gid: str, name: str, trouble: str, *, is_turned_down: bool) -> Draft:
    """A dependency that was rejected, cancelled or deleted, or cannot be seen."""
    keep = "reopen it, or change the text or the links of the waiting tasks" if is_turned_down else "show it to Aegis"
    return Draft(
        title=f"{'Rejected' if is_turned_down else 'Missing'} Dependency {one_line(name, 60)}",
        why=f"The dependency {name} {trouble}.",
        asks="Should the waiting tasks be done all the same?",
        options=(
            QuestionOption(
                label="Go on without it",
                pros="the tasks go on at once",
                cons="what it should have brought is not there",
                aliases=("go on", "without it", "yes"),
            ),
            QuestionOption(
                label=f"Keep waiting: {keep}",
                pros="nothing is done in vain",
                cons="the tasks wait until their texts or links change, or the dependency does",
                effect=Effect.HOLD,
                gids=(gid,),
                aliases=("keep waiting", "wait", "no"),
            ),
        ),
        recommended=2 if is_turned_down else 1,
        because="what was turned down is not there" if is_turned_down else "complete this task if it is not needed",
    )


def about_code_location(project_name: str, trouble: str, roots: Sequence[str] = ()) -> Draft:
    """The project's notes name no directory in which the agent can work."""
    within = f" It must lie in one of: {', '.join(roots)}." if roots else ""
    return Draft(
        title=f"Code Location of {one_line(project_name, 60)}",
        why=f"{trouble.rstrip('.')}. Without it no task of this project can be done.{within}",
        asks="In which directory does the code of this project lie?",
        options=(
            QuestionOption(
                label="I write the line 'Code Location: /absolute/path' into the project's notes",
                pros="all tasks of the project can be done",
                effect=Effect.LOOK,
            ),
            QuestionOption(label="Leave this project alone", cons="none of its tasks is done", effect=Effect.HOLD),
        ),
        recommended=1,
        then="Only the project's notes count: a path in a comment is not used.",
    )


def about_failures(task: AsanaTask, failures: int, last: str) -> Draft:
    """A task's attempts are used up; `last` says what the latest came to."""
    said = f"\n\nThe latest attempt: {shortened(last)}" if last.strip() else ""
    return Draft(
        title=f"Repeated Failure of '{one_line(called(task), 60)}'",
        why=f"{counted(failures, 'attempt')} failed in a row; the comments on the task tell of each.{said}",
        asks="What should be done about it?",
        options=(
            QuestionOption(
                label="Try again, with what I write here as help",
                pros="the agent reads your words",
                cons="costs further attempts",
                effect=Effect.RETRY,
                aliases=("try again", "retry", "again"),
            ),
            QuestionOption(
                label="Leave it to a person",
                pros="costs nothing more",
                cons="the task waits until its text or its links change",
                effect=Effect.HOLD,
                aliases=("leave it", "i do it myself"),
            ),
        ),
        recommended=1,
        because="with a word on what to do otherwise, if you have one",
    )
