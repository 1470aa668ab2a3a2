"""What Aegis writes into Asana is well-formed, of a safe size, and ends in its one marker."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from aegis.core.comments import MOST_COMMENT, question_notes, report_comment, summary_in
from aegis.core.markers import MarkerKey
from aegis.core.models import Denial, Outcome, Question, ReasonKind, ReplyOption, Verdict
from tests.core.builders import outcome

KEY = MarkerKey("ab" * 32)
MARK = KEY.make("done", "run1", "1")

_wild = st.text(alphabet=st.characters(categories=None), max_size=60) | st.sampled_from(
    ["]]>", "<![CDATA[", "<b>", "&amp;", "\x00\x1b[2J", "\ud800", "</pre>", "a\r\nb", "aegis:done:run1:", "\ufffe"]
)
_texts = st.lists(_wild, max_size=5).map("".join)


def written(one: Outcome) -> tuple[str, str]:
    """The comment's rich text as a reader sees it, and its plain text."""
    comment = report_comment(one, marker=MARK)
    root = ET.fromstring(comment.html)
    assert root.tag == "body" and {element.tag for element in root} <= {"strong", "code", "pre"}
    assert all(not element.attrib for element in root.iter())
    return "".join(root.itertext()), comment.text


def test_it_reads_as_the_guide_says() -> None:
    one = outcome(
        summary="Wrote <the> docs & more.", output_tail="line 1\nline 2\n", notes=("The working tree had 1 change.",)
    )
    rich, plain = written(one)
    assert plain.splitlines() == [
        "✓ Task completed via Aegis",
        "",
        "Timestamp: 2025-11-25T10:30:00+00:00",
        "",
        "Wrote <the> docs & more.",
        "Note: The working tree had 1 change.",
        "",
        "Output:",
        "line 1",
        "line 2",
        "",
        "Log file: logs/aegis.log",
        f"Run: {MARK}",
    ]
    assert rich == plain


def test_the_rich_text_has_code_and_preformatted_output() -> None:
    html = report_comment(outcome(output_tail="<x>"), marker=MARK).html
    assert "<pre>&lt;x&gt;</pre>" in html and "<code>logs/aegis.log</code>" in html
    assert html.startswith("<body><strong>✓ Task completed via Aegis</strong>\n\n")


def test_the_time_stands_with_its_zone_whatever_zone_it_came_in() -> None:
    at = datetime(2025, 11, 25, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    assert "Timestamp: 2025-11-25T10:30:00+00:00" in report_comment(outcome(finished_at=at), marker=MARK).text


def test_what_was_denied_is_named() -> None:
    denials = tuple(Denial(tool="Bash", detail=f"rm {n}") for n in range(20))
    text = report_comment(outcome(denials=denials), marker=MARK).text
    assert "CLAUDE_ALLOWED_TOOLS" in text and "• Bash rm 0" in text and "• … and 15 more" in text


def test_a_question_comes_with_its_options() -> None:
    options = (ReplyOption(label="blue"), ReplyOption(label="green"))
    one = outcome(Verdict.QUESTION, question="Which?", options=options, recommendation="blue")
    text = report_comment(one, marker=MARK).text
    assert "Question: Which?\n1. blue\n2. green\nRecommended: blue" in text


def test_the_end_of_long_output_is_kept_from_a_lines_beginning() -> None:
    output = "\n".join(f"line {n}" for n in range(5000))
    _, plain = written(outcome(output_tail=output))
    assert "line 4999\n" in plain and "line 0\n" not in plain and "Output:\n…\nline " in plain


@given(_texts, _texts, _texts, _texts, st.integers(min_value=1, max_value=4000))
def test_it_is_well_formed_small_and_has_one_marker_whatever_it_holds(
    summary: str, reason: str, output: str, detail: str, times: int
) -> None:
    one = outcome(
        Verdict.QUESTION,
        summary=summary * times,
        reason=reason * times,
        output_tail=output * times,
        question=detail * times,
        recommendation=detail,
        options=tuple(ReplyOption(label=detail * 20) for _ in range(30)),
        denials=tuple(Denial(tool="Bash", detail=detail * times) for _ in range(30)),
        notes=(detail,) * 30,
    )
    comment = report_comment(one, marker=MARK)
    rich, plain = written(one)
    assert len(comment.html) <= MOST_COMMENT and len(plain) <= len(comment.html)
    assert rich == plain
    assert [(m.kind, m.ident, m.genuine) for m in KEY.find(plain, target_gid="1")] == [("done", "run1", True)]
    assert plain.endswith(MARK)


@given(_texts, st.integers(min_value=1, max_value=3000))
def test_a_questions_notes_end_in_their_only_marker(notes: str, times: int) -> None:
    question = Question(fingerprint="f00", kind=ReasonKind.SERVICE, name="Question: x", notes=notes * times)
    marker = KEY.make("question", "f00", "9")
    text = question_notes(question, marker)
    assert len(text) < 8200 and text.endswith(f"({marker})") and not re.search("[\x00-\x08\ud800-\udfff]", text)
    assert [m.ident for m in KEY.find(text, target_gid="9")] == ["f00"]


def test_the_summary_is_found_again_in_a_comment_of_ours() -> None:
    full = outcome(
        summary="Made three tables.\n\n- one\n- two: with a colon",
        reason="An earlier run reported it.",
        output_tail="the end",
        notes=("A note.",),
        denials=(Denial(tool="Bash"),),
    )
    for one in (full, full.model_copy(update={"denials": (), "notes": (), "output_tail": "", "reason": ""})):
        for text in written(one):
            assert summary_in(text) == full.summary
    for text in written(outcome(summary="", output_tail="the end")):
        assert summary_in(text) == ""
    assert summary_in("") == summary_in("Timestamp: of a person") == ""


@given(_texts, _texts)
def test_what_is_found_of_any_summary_is_a_part_of_it(summary: str, output: str) -> None:
    for text in written(outcome(summary=summary, output_tail=output, notes=("A note.",))):
        found = summary_in(text)
        assert "A note." not in found and MARK not in found
