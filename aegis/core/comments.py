"""What Aegis writes into Asana: the report's comment as rich text and as plain text, and a question's notes.

The rich text is of the few tags that Asana takes in comments; all that comes from the agent stands in it escaped, so
that it is well-formed whatever the output holds. Sizes are ours: Asana publishes none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from aegis.core.models import Outcome, Question, Verdict

MOST_SUMMARY = 2000
MOST_OUTPUT = 3000
MOST_DENIED = 10
_NOT_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Comment:
    """A comment in both forms; they say the same."""

    html: str
    text: str


class _Writer:
    """Writes both forms side by side."""

    def __init__(self) -> None:
        self._html: list[str] = []
        self._text: list[str] = []

    def line(self, text: str, *, bold: bool = False) -> None:
        text = _clean(text)
        self._html.append(f"<strong>{escape(text)}</strong>\n" if bold else f"{escape(text)}\n")
        self._text.append(f"{text}\n")

    def pair(self, name: str, value: str, *, code: bool = False) -> None:
        value = _clean(value)
        shown = f"<code>{escape(value)}</code>" if code else escape(value)
        self._html.append(f"<strong>{escape(name)}</strong>: {shown}\n")
        self._text.append(f"{name}: {value}\n")

    def block(self, name: str, text: str) -> None:
        text = _clean(text).strip("\n")
        self._html.append(f"<strong>{escape(name)}</strong>:\n<pre>{escape(text)}</pre>\n")
        self._text.append(f"{name}:\n{text}\n")

    def space(self) -> None:
        self._html.append("\n")
        self._text.append("\n")

    def done(self) -> Comment:
        return Comment(html=f"<body>{''.join(self._html).strip()}</body>", text="".join(self._text).strip())


def report_comment(outcome: Outcome, *, marker: str) -> Comment:
    """The comment that reports an outcome, ending in the run's id, which is also the marker."""
    writer = _Writer()
    writer.line(outcome.headline, bold=True)
    writer.space()
    at = (outcome.finished_at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    writer.pair("Timestamp", at)
    if outcome.reason:
        writer.pair("Reason", _shortened(outcome.reason, MOST_SUMMARY))
    if outcome.summary:
        writer.space()
        writer.line(_shortened(outcome.summary, MOST_SUMMARY))
    _question(writer, outcome)
    _denials(writer, outcome)
    for note in outcome.notes:
        writer.line(f"Note: {note}")
    if outcome.output_tail.strip():
        writer.space()
        writer.block("Output", _tail(outcome.output_tail, MOST_OUTPUT))
    writer.space()
    writer.pair("Log file", outcome.log_file, code=True)
    writer.pair("Run", marker, code=True)
    return writer.done()


def _question(writer: _Writer, outcome: Outcome) -> None:
    if outcome.verdict not in (Verdict.QUESTION, Verdict.BLOCKED) or not outcome.question:
        return
    writer.space()
    writer.pair("Question", _shortened(outcome.question, MOST_SUMMARY))
    for number, option in enumerate(outcome.options, start=1):
        writer.line(f"{number}. {_shortened(option.label, 300)}")
    if outcome.recommendation:
        writer.pair("Recommended", _shortened(outcome.recommendation, 500))


def _denials(writer: _Writer, outcome: Outcome) -> None:
    if not outcome.denials:
        return
    writer.space()
    writer.line("Not permitted, so not done (CLAUDE_ALLOWED_TOOLS and CLAUDE_PERMISSION_MODE decide):")
    for denial in outcome.denials[:MOST_DENIED]:
        writer.line(f"• {denial.tool} {_shortened(denial.detail, 200)}".rstrip())
    if len(outcome.denials) > MOST_DENIED:
        writer.line(f"• … and {len(outcome.denials) - MOST_DENIED} more")


def question_notes(question: Question, marker: str) -> str:
    """A question task's notes, ending in its marker."""
    return f"{_clean(_shortened(question.notes, 8000))}\n\n—\nAsked by Aegis ({marker})"


def _clean(text: str) -> str:
    """Without what XML cannot hold; line ends alike."""
    return _NOT_XML.sub("�", text.replace("\r\n", "\n").replace("\r", "\n"))


def _shortened(text: str, longest: int) -> str:
    text = text.strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _tail(text: str, longest: int) -> str:
    """The end of a text, from a line's beginning where that loses little."""
    text = text.rstrip()
    if len(text) <= longest:
        return text
    cut = text[-longest:]
    line = cut.find("\n")
    return "…\n" + (cut[line + 1 :] if 0 <= line < longest // 2 else cut)
