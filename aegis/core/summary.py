"""The words of a session: the lines that people see on the terminal, and the summary kept in Prefect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aegis.core.models import AssessedTask, Assessment, Delivery, Outcome, Question, SessionReport, Verdict

RULE = "=" * 60
_MOST_LISTED = 5

_MARKS = {
    Verdict.DONE: "✓ Completed",
    Verdict.FAILED: "⚠️ Failed",
    Verdict.BLOCKED: "⚠ Blocked",
    Verdict.QUESTION: "? Asked",
    Verdict.NOT_ITS_FAULT: "⚠ Stopped",
    Verdict.INTERRUPTED: "⚠ Interrupted",
}


def assessment_lines(assessment: Assessment, *, everything: bool = False) -> Iterator[str]:
    """What `work-on` says of its judgement; with `everything` (a dry run) nothing is shortened."""
    yield "Assessing project state..."
    blocked, ready = assessment.blocked, assessment.ready
    if blocked:
        yield f"⚠ Blocked tasks: {len(blocked)}"
        shown = blocked if everything else blocked[:_MOST_LISTED]
        for task in shown:
            yield from _blocked_lines(task)
        yield from _more(len(blocked) - len(shown))
        yield ""
    fresh = [question for question in assessment.questions if not question.exists]
    if assessment.questions:
        yield f"? Questions to create: {len(fresh)}"
        for question in assessment.questions:
            yield from _question_lines(question, everything=everything)
        yield ""
    yield f"✓ Ready tasks: {len(ready)}"
    shown_ready = ready if everything else ready[:_MOST_LISTED]
    for task in shown_ready:
        yield f"  {task.order}. {task.name}" if everything else f"  • {task.name}"
    yield from _more(len(ready) - len(shown_ready))
    if everything and assessment.services:
        yield ""
        yield "Services looked at:"
        for probe in assessment.services:
            yield f"  {'✓' if probe.up else '⚠'} {probe.service} at {probe.address}: {probe.detail}"


def _blocked_lines(task: AssessedTask) -> Iterator[str]:
    yield f"  • {task.name}"
    for reason in task.reasons:
        yield f"    Reason: {reason.text}"


def _question_lines(question: Question, *, everything: bool) -> Iterator[str]:
    if question.exists:
        yield f"  • {question.name} (already exists)"
        return
    yield f"  • {question.name.removeprefix('Question: ')}"
    if everything:
        for line in question.notes.splitlines():
            yield f"    | {line}"


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"  … and {count} more"


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """What `work-on` says of one ended task."""
    if outcome.verdict is Verdict.DONE:
        yield "  ✓ Completed" + (f" ({_plural(len(outcome.denials), 'tool call')} denied)" if outcome.denials else "")
        return
    yield f"  {_MARKS[outcome.verdict]}: {outcome.reason or outcome.headline}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


_WRITES = {
    "comment": ("Comment posted to Asana", "post comment"),
    "complete": ("Task completed in Asana", "complete the task"),
    "create-task": ("Question created in Asana", "create the question"),
    "add-dependencies": ("Dependency added in Asana", "add the dependency"),
    "notify": ("Notice sent", "send the notice"),
}


def delivery_lines(deliveries: Iterable[Delivery]) -> Iterator[str]:
    """What `do` says of the writes to Asana: one line each, with what will become of those that failed."""
    for delivery in deliveries:
        done, wanted = _WRITES[delivery.kind]
        if delivery.state == "confirmed":
            yield (
                f"⚠ Not possible here, and not needed: to {wanted} ({delivery.error})"
                if delivery.error
                else f"✓ {done}"
            )
        elif delivery.state == "pending":
            yield f"⚠ Failed to {wanted}: {delivery.error}"
            what = "notice" if delivery.kind == "notify" else "result"
            yield f"  The {what} is kept; the next run of aegis delivers it, without asking the model again."
        else:
            yield f"⚠ {'Failed' if delivery.kind == 'notify' else 'Asana refuses'} to {wanted}: {delivery.error}"
            yield "  It is kept in the log file; `aegis status` shows it."


def do_closing_line(outcome: Outcome) -> str:
    """The last line of `do`."""
    match outcome.verdict:
        case Verdict.DONE:
            return "✓ Task execution completed"
        case Verdict.FAILED:
            return f"{outcome.headline}: {outcome.reason}" if outcome.reason else outcome.headline
        case _:
            return f"{_MARKS[outcome.verdict]}: {outcome.reason or outcome.headline}"


def summary_lines(session: SessionReport) -> Iterator[str]:
    """The guide's closing block."""
    blocked = len(session.assessment.blocked) if session.assessment else 0
    yield RULE
    yield "Session Summary"
    yield f"  ✓ Completed: {_plural(len(session.completed), 'task')}"
    if session.failed:
        yield f"  ⚠️ Failed: {_plural(len(session.failed), 'task')}"
    yield f"  ⚠ Blocked: {_plural(blocked, 'task')}"
    counts = {
        "already there": session.questions_existing,
        "answered": session.questions_answered,
        "closed": session.questions_closed,
    }
    more = "".join(f", {count} {what}" for what, count in counts.items() if count)
    yield f"  ? Questions: {session.questions_created} created{more}"
    cost = sum(outcome.usage.cost_usd for outcome in session.outcomes)
    if cost:
        yield f"  $ Cost: {cost:.2f} USD"
    if session.undelivered:
        yield f"  ⚠ Undelivered: {_plural(session.undelivered, 'write')} to Asana, sent with the next run"
    if session.parked:
        yield f"  ⚠ Refused by Asana: {_plural(session.parked, 'write')} (see aegis status)"
    yield ""
    yield f"Log: {session.log_file}"
    yield RULE


def session_markdown(session: SessionReport) -> str:
    """The session's summary as Prefect shows it; names are data and stand escaped."""
    lines = [f"# {_escaped(session.project_name)}", ""]
    if session.stopped_by:
        lines += [f"**Stopped:** {_escaped(session.stopped_by)}", ""]
    lines += ["| task | result | turns | cost (USD) | session |", "|---|---|---|---|---|"]
    for outcome in session.outcomes:
        label = _escaped(outcome.task_name) or outcome.task_gid
        link = f"[{label}]({outcome.task_url})" if _is_safe_link(outcome.task_url) else label
        what = _escaped(outcome.headline)
        usage = outcome.usage
        lines.append(f"| {link} | {what} | {usage.turns} | {usage.cost_usd:.4f} | `{outcome.session_id}` |")
    if session.assessment and session.assessment.blocked:
        lines += ["", "## Waiting", ""]
        for task in session.assessment.blocked:
            reasons = "; ".join(_escaped(reason.text) for reason in task.reasons)
            lines.append(f"- {_escaped(task.name)}: {reasons}")
    return "\n".join(lines) + "\n"


def _is_safe_link(url: str) -> bool:
    return url.startswith(("https://", "http://")) and not any(c in url for c in " ()<>\"'`\n")


def _escaped(text: str) -> str:
    """Text from outside as one line of plain Markdown: nothing in it is a tag, a link or a table's bar."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#|!~" else c for c in flat)
