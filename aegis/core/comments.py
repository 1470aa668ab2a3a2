"""What Aegis writes into Asana: the report's comment as rich text and as plain text, and a question's notes.

The rich text is of the few tags that Asana takes in comments; all that comes from the agent stands in it escaped, so
that it is well-formed whatever the output holds. Sizes are ours, counted as escaped: Asana publishes none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from aegis.core.markers import without_markers
from aegis.core.models import Outcome, Question, Verdict

MOST_COMMENT = 8000
"""The most characters of a comment's rich text; the output gets what the rest leaves of it."""
MOST_SUMMARY = 2000
MOST_REASON = 700
MOST_OPTION = 200
MOST_NOTE = 400
MOST_OUTPUT = 3000
MOST_LISTED = 5
MOST_NOTES = 8000
_FRAME = 500  # the log file, the run and the tags around

_NOT_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Comment:
    """A comment in both forms; they say the same."""

    html: str
    text: str


@dataclass(frozen=True)
class Earlier:
    """An earlier failure of the same row: when it ended, and why it failed."""

    at: datetime | None
    why: str


@dataclass(frozen=True)
class Attempts:
    """Which failure in a row a report tells of, and what follows it.

    `next_at` is the earliest time for the next attempt, None where none follows by itself; `earlier` are those before
    it, oldest first, whose comment this one takes the place of.
    """

    number: int
    most: int
    next_at: datetime | None = None
    earlier: tuple[Earlier, ...] = ()


class _Writer:
    """Writes both forms side by side."""

    def __init__(self) -> None:
        self._html: list[str] = []
        self._text: list[str] = []

    def line(self, text: str, *, bold: bool = False) -> None:
        self._html.append(f"<strong>{escape(text)}</strong>\n" if bold else f"{escape(text)}\n")
        self._text.append(f"{text}\n")

    def pair(self, name: str, value: str, *, code: bool = False) -> None:
        shown = f"<code>{escape(value)}</code>" if code else escape(value)
        self._html.append(f"<strong>{escape(name)}</strong>: {shown}\n")
        self._text.append(f"{name}: {value}\n")

    def block(self, name: str, text: str) -> None:
        self._html.append(f"<strong>{escape(name)}</strong>:\n<pre>{escape(text)}</pre>\n")
        self._text.append(f"{name}:\n{text}\n")

    def space(self) -> None:
        self._html.append("\n")
        self._text.append("\n")

    @property
    def room(self) -> int:
        """How many characters are left."""
        return MOST_COMMENT - _FRAME - sum(map(len, self._html))

    def done(self) -> Comment:
        return Comment(html=f"<body>{''.join(self._html).strip()}</body>", text="".join(self._text).strip())


def report_comment(outcome: Outcome, *, marker: str, attempts: Attempts | None = None) -> Comment:
    """The comment that reports an outcome, ending in the run's id, which is also the marker.

    `attempts` is for a failure. No other marker can stand in it, whatever the agent wrote.
    """
    writer = _Writer()
    writer.line(_clean(outcome.headline), bold=True)
    writer.space()
    at = (outcome.finished_at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    writer.pair("Timestamp", at)
    if outcome.reason.strip():
        writer.pair("Reason", _shortened(outcome.reason, MOST_REASON))
    if attempts is not None:
        _attempts(writer, attempts)
    if outcome.summary.strip():
        writer.space()
        writer.line(_shortened(outcome.summary, MOST_SUMMARY))
    _question(writer, outcome)
    _denials(writer, outcome)
    for note in outcome.notes[:MOST_LISTED]:
        writer.line(f"Note: {_shortened(note, MOST_NOTE)}")
    if outcome.output_tail.strip():
        writer.space()
        writer.block("Output", _tail(outcome.output_tail, max(0, min(MOST_OUTPUT, writer.room))))
    writer.space()
    writer.pair("Log file", _shortened(outcome.log_file, MOST_OPTION), code=True)
    writer.pair("Run", marker, code=True)
    return writer.done()


def summary_in(text: str) -> str:
    """The agent's summary in the plain text of a report's comment of ours, as `report_comment` writes it; "" for none.

    It ends where what follows it begins; a summary with such a line of its own is cut there.
    """
    _, found, rest = text.replace("\r\n", "\n").partition("\nTimestamp: ")
    if not found:
        return ""
    _, _, told = rest.partition("\n\n")
    kept: list[str] = []
    for line in told.splitlines():
        if line.startswith(_AFTER_SUMMARY):
            break
        kept.append(line)
    return "\n".join(kept).strip()


_NOT_PERMITTED = "Not permitted, so not done (CLAUDE_ALLOWED_TOOLS and CLAUDE_PERMISSION_MODE decide):"
_EARLIER = "Earlier attempts:"
_AFTER_SUMMARY = ("Question: ", _NOT_PERMITTED, "Note: ", "Output:", "Log file: ", "Run: ")


def _attempts(writer: _Writer, attempts: Attempts) -> None:
    number = f"{attempts.number} of {attempts.most}" if attempts.number <= attempts.most else str(attempts.number)
    if attempts.next_at is None:
        writer.pair("Attempt", f"{number}; none follows by itself")
    else:
        at = attempts.next_at.astimezone(UTC).isoformat(timespec="minutes")
        writer.pair("Attempt", f"{number}; the next one from {at}")
    if attempts.earlier:
        writer.line(_EARLIER, bold=True)
        left_out = len(attempts.earlier) - MOST_LISTED
        if left_out > 0:
            writer.line(f"• … {left_out} before")
        for one in attempts.earlier[-MOST_LISTED:]:
            at = one.at.astimezone(UTC).isoformat(timespec="seconds") if one.at else "?"
            writer.line(f"• {at}: {_shortened(' '.join(one.why.split()), MOST_OPTION) or 'no reason is known'}")


def _question(writer: _Writer, outcome: Outcome) -> None:
    if outcome.verdict not in (Verdict.QUESTION, Verdict.BLOCKED) or not outcome.question.strip():
        return
    writer.space()
    writer.pair("Question", _shortened(outcome.question, MOST_REASON))
    for number, option in enumerate(outcome.options[:MOST_LISTED], start=1):
        writer.line(f"{number}. {_shortened(option.label, MOST_OPTION)}")
    _and_more(writer, len(outcome.options))
    if outcome.recommendation.strip():
        writer.pair("Recommended", _shortened(outcome.recommendation, MOST_OPTION))


def _denials(writer: _Writer, outcome: Outcome) -> None:
    if not outcome.denials:
        return
    writer.space()
    writer.line(_NOT_PERMITTED)
    for denial in outcome.denials[:MOST_LISTED]:
        writer.line(f"• {_shortened(f'{denial.tool} {denial.detail}', MOST_OPTION)}")
    _and_more(writer, len(outcome.denials))


def _and_more(writer: _Writer, count: int) -> None:
    if count > MOST_LISTED:
        writer.line(f"• … and {count - MOST_LISTED} more")


def note_comment(words: str, marker: str) -> Comment:
    """A short comment of Aegis's own, ending in its only marker."""
    said = _shortened(words, MOST_SUMMARY)
    return Comment(html=f"<body>{escape(said)}\n\n<code>{marker}</code></body>", text=f"{said}\n\n{marker}")


def question_notes(question: Question, marker: str) -> str:
    """A question task's notes, ending in their only marker."""
    notes = _clean(question.notes).strip()
    notes = notes if len(notes) <= MOST_NOTES else f"{notes[: MOST_NOTES - 1].rstrip()}…"
    return f"{notes}\n\n—\nAsked by Aegis ({marker})"


def _clean(text: str) -> str:
    """Without what XML cannot hold and what could be taken for a marker; line ends alike."""
    return _NOT_XML.sub("\ufffd", without_markers(text.replace("\r\n", "\n").replace("\r", "\n")))


def _shortened(text: str, longest: int) -> str:
    """The beginning of a text, cut so that its escaped form is no longer than this."""
    text = _clean(text).strip()
    kept = _fitting(text, longest)
    return text if kept == len(text) else f"{text[:kept].rstrip()}…"


def _tail(text: str, longest: int) -> str:
    """The end of a text, from a line's beginning where that loses little."""
    text = _clean(text).rstrip().strip("\n")
    kept = _fitting(text[::-1], longest)
    if kept == len(text):
        return text
    cut = text[len(text) - kept :]
    line = cut.find("\n")
    return "…\n" + (cut[line + 1 :] if 0 <= line < len(cut) // 2 else cut)


def _fitting(text: str, longest: int) -> int:
    """How many of the first characters fit, each counted with what escaping makes of it."""
    used = 0
    for place, character in enumerate(text[: longest + 1]):
        used += len(escape(character))
        if used > longest:
            return place
    return len(text)
