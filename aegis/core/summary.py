"""The words of a session: the lines that people see on the terminal, and the summary kept in Prefect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from aegis.core.models import (
    AssessedTask,
    Assessment,
    Delivery,
    Outcome,
    Question,
    ServiceProbe,
    SessionReport,
    TaskState,
    Verdict,
)
from aegis.core.order import expected_order
from aegis.core.text import counted, one_line, printable

RULE = "=" * 60
_MOST_LISTED = 5
_LONGEST_NAME = 2000
"""Characters of a task's name: none that Asana takes is longer, so nothing is cut."""

_MARKS = {
    Verdict.DONE: "✓ Completed",
    Verdict.FAILED: "⚠️ Failed",
    Verdict.BLOCKED: "⚠ Blocked",
    Verdict.QUESTION: "? Asked",
    Verdict.NOT_ITS_FAULT: "⚠ Stopped",
    Verdict.INTERRUPTED: "⚠ Interrupted",
}


def assessment_lines(assessment: Assessment, *, everything: bool = False, max_tasks: int = 0) -> Iterator[str]:
    """What `work-on` says of its judgement; with `everything` (a dry run) nothing is shortened.

    `max_tasks` is how many tasks the session may start; 0 for any number.
    """
    yield "Assessing project state..."
    for title, state in (("⚠ Blocked", TaskState.BLOCKED), ("? Unclear", TaskState.UNCLEAR)):
        waiting = [task for task in assessment.blocked if task.state is state]
        if waiting:
            yield f"{title} tasks: {len(waiting)}"
            shown = waiting if everything else waiting[:_MOST_LISTED]
            for task in shown:
                yield from _waiting_lines(task)
            yield from _more(len(waiting) - len(shown))
            yield ""
    fresh = [question for question in assessment.questions if not question.exists]
    if assessment.questions:
        yield f"? Questions to create: {len(fresh)}"
        for question in assessment.questions:
            yield from _question_lines(question, everything=everything)
        yield ""
    yield from _ready_lines(assessment.ready, everything=everything)
    if everything:
        yield from _order_lines(assessment, max_tasks)
        yield from _service_lines(assessment)
        yield from ("", "Dry run: nothing was changed.")


def _ready_lines(ready: Sequence[AssessedTask], *, everything: bool) -> Iterator[str]:
    yield f"✓ Ready tasks: {len(ready)}"
    shown = ready if everything else ready[:_MOST_LISTED]
    for task in shown:
        yield f"  {task.order}. {_name(task)}" if everything else f"  • {_name(task)}"
    yield from _more(len(ready) - len(shown))


def _order_lines(assessment: Assessment, max_tasks: int) -> Iterator[str]:
    """How a session would go on, where that is more than the list of ready tasks."""
    turns = expected_order(assessment)
    if len(turns) <= len(assessment.ready) and not 0 < max_tasks < len(turns):
        return
    yield from ("", "Order of the work, if each task is done:")
    for number, turn in enumerate(turns, start=1):
        after = f" (after {', '.join(map(str, turn.after))})" if turn.after else ""
        yield f"  {number}. {_name(turn.task)}{after}"
        if number == max_tasks and number < len(turns):
            yield f"  --- this session ends here (--max-tasks {max_tasks}) ---"


def _service_lines(assessment: Assessment) -> Iterator[str]:
    if assessment.services:
        yield from ("", "Services looked at:")
        for probe in assessment.services:
            yield f"  {'✓' if probe.up else '⚠'} {_looked_at(probe)}: {one_line(probe.detail)}"


def _looked_at(probe: ServiceProbe) -> str:
    return f"{probe.service} {probe.where}".strip()


def _waiting_lines(task: AssessedTask) -> Iterator[str]:
    yield f"  • {_name(task)}"
    for reason in task.reasons:
        yield f"    Reason: {reason.text}"


def _name(task: AssessedTask) -> str:
    return one_line(task.name, _LONGEST_NAME)


def _question_lines(question: Question, *, everything: bool) -> Iterator[str]:
    name = one_line(question.name, _LONGEST_NAME)
    if question.exists:
        yield f"  • {name} (already exists)"
        return
    yield f"  • {name.removeprefix('Question: ')}"
    if everything:
        for line in question.notes.splitlines():
            yield f"    | {line}"


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"  … and {count} more"


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """What `work-on` says of one ended task."""
    if outcome.verdict is Verdict.DONE:
        yield "  ✓ Completed" + (f" ({counted(len(outcome.denials), 'tool call')} denied)" if outcome.denials else "")
        return
    yield f"  {_MARKS[outcome.verdict]}: {_indented(outcome.reason or outcome.headline)}"


def _indented(text: str) -> str:
    """Words of the agent, whose further lines cannot be taken for lines of Aegis's."""
    return "\n".join(f"    {line}" if at else line for at, line in enumerate(printable(text).strip().splitlines()))


_WRITES = {
    "comment": ("Comment posted to Asana", "post comment"),
    "edit-comment": ("Comment of the attempt before updated in Asana", "update the comment"),
    "complete": ("Task completed in Asana", "complete the task"),
    "create-task": ("Question created in Asana", "create the question"),
    "add-dependencies": ("Dependency added in Asana", "add the dependency"),
    "move": ("Task moved to its section in Asana", "move the task to its section"),
    "notify": ("Notice sent", "send the notice"),
}

_OF_SUBTASK = ("Subtask completed in Asana", "complete the subtask")


def wanted(delivery: Delivery) -> str:
    """What a write is to do, for people."""
    return _WRITES[delivery.kind][1]


def delivery_lines(deliveries: Iterable[Delivery]) -> Iterator[str]:
    """What `do` says of the writes to Asana: one line each, with what will become of those that failed."""
    for delivery in deliveries:
        if delivery.kind == "move" and delivery.error and delivery.state == "confirmed":
            continue  # a person moved it, or Asana does not let us: the log says so
        of_subtask = delivery.kind == "complete" and delivery.task_gid not in (None, delivery.target_gid)
        done, what_for = _OF_SUBTASK if of_subtask else _WRITES[delivery.kind]
        if delivery.state == "confirmed":
            yield (
                f"⚠ Not possible here, and not needed: to {what_for} ({delivery.error})"
                if delivery.error
                else f"✓ {done}"
            )
        elif delivery.state == "pending":
            yield f"⚠ Failed to {what_for}: {delivery.error}"
            what = "notice" if delivery.kind == "notify" else "result"
            yield f"  The {what} is kept; the next run of aegis delivers it, without asking the model again."
        else:
            yield f"⚠ {'Failed' if delivery.kind == 'notify' else 'Asana refuses'} to {what_for}: {delivery.error}"
            yield "  It is kept in the log file; `aegis status` shows it."


def waiting_lines(deliveries: Sequence[Delivery]) -> Iterator[str]:
    """What is said of writes that an earlier run could not deliver, once this one has tried."""
    delivered = sum(delivery.state == "confirmed" for delivery in deliveries)
    if delivered:
        yield f"✓ Delivered to Asana what had waited: {counted(delivered, 'write')}"
    for delivery in deliveries:
        if delivery.state != "confirmed":
            yield from delivery_lines([delivery])


def do_closing_line(outcome: Outcome) -> str:
    """The last line of `do`."""
    match outcome.verdict:
        case Verdict.DONE:
            return "✓ Task execution completed"
        case Verdict.FAILED:
            return f"{outcome.headline}: {_indented(outcome.reason)}" if outcome.reason else outcome.headline
        case _:
            return f"{_MARKS[outcome.verdict]}: {_indented(outcome.reason or outcome.headline)}"


def summary_lines(session: SessionReport) -> Iterator[str]:
    """The guide's closing block."""
    blocked = len(session.assessment.blocked) if session.assessment else 0
    yield RULE
    yield "Session Summary"
    yield f"  ✓ Completed: {counted(len(session.completed), 'task')}"
    if session.failed:
        yield f"  ⚠️ Failed: {counted(len(session.failed), 'task')}"
    yield f"  ⚠ Blocked: {counted(blocked, 'task')}"
    counts = {
        "asked by agents": sum(one.verdict in (Verdict.QUESTION, Verdict.BLOCKED) for one in session.outcomes),
        "already there": session.questions_existing,
        "answered": session.questions_answered,
        "closed": session.questions_closed,
    }
    more = "".join(f", {count} {what}" for what, count in counts.items() if count)
    yield f"  ? Questions: {session.questions_created} created{more}"
    cost = sum(outcome.usage.cost_usd for outcome in session.outcomes) + session.analysis_cost_usd
    if cost:
        analysis = f" (reading task texts: {session.analysis_cost_usd:.2f})" if session.analysis_cost_usd else ""
        yield f"  $ Cost: {cost:.2f} USD{analysis}"
    if session.undelivered:
        yield f"  ⚠ Undelivered: {counted(session.undelivered, 'write')} to Asana, sent with the next run"
    if session.parked:
        yield f"  ⚠ Refused by Asana: {counted(session.parked, 'write')} (see aegis status)"
    yield ""
    yield f"Log: {session.log_file}"
    yield RULE


def session_markdown(session: SessionReport) -> str:
    """The session's summary as Prefect shows it; names are data and stand escaped."""
    lines = [f"# {escaped(session.project_name)}", ""]
    if session.stopped_by:
        lines += [f"**Stopped:** {escaped(session.stopped_by)}", ""]
    lines += ["| task | result | turns | cost (USD) |", "|---|---|---|---|"]
    for outcome in session.outcomes:
        label = escaped(outcome.task_name) or outcome.task_gid
        link = f"[{label}]({outcome.task_url})" if _is_safe_link(outcome.task_url) else label
        what = escaped(outcome.headline)
        usage = outcome.usage
        lines.append(f"| {link} | {what} | {usage.turns} | {usage.cost_usd:.4f} |")
    if session.assessment and session.assessment.blocked:
        lines += ["", "## Waiting", ""]
        for task in session.assessment.blocked:
            reasons = "; ".join(escaped(reason.text) for reason in task.reasons)
            lines.append(f"- {escaped(task.name)}: {reasons}")
    talks = [outcome for outcome in session.outcomes if outcome.session_id]
    if talks:
        lines += ["", "## Conversations (`claude --resume`)", ""]
        lines += [f"- `{one.session_id}`: {escaped(one.task_name) or one.task_gid}" for one in talks]
    return "\n".join(lines) + "\n"


def _is_safe_link(url: str) -> bool:
    return url.startswith(("https://", "http://")) and not any(c in url for c in " ()<>\"'`\n")


def escaped(text: str) -> str:
    """Text from outside as one line of plain Markdown: nothing in it is a tag, a link or a table's bar."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#|!~" else c for c in flat)
