"""Rich text is refused where Asana refuses it, and is never anything but refused or understood."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.comments import report_comment
from aegis.core.models import Outcome, Verdict
from aegis.sandbox.richtext import ALLOWED, RichTextError, plain_text

_TAGS = st.sampled_from([*sorted(ALLOWED), "p", "br", "script", "h1", "div"])
_FRAGMENTS = st.recursive(
    st.text(max_size=20),
    lambda inner: st.tuples(_TAGS, st.lists(inner, max_size=3)).map(lambda x: f"<{x[0]}>{''.join(x[1])}</{x[0]}>"),
)


@given(_FRAGMENTS)
def test_any_fragment_is_understood_or_refused(fragment: str) -> None:
    try:
        assert isinstance(plain_text(f"<body>{fragment}</body>"), str)
    except RichTextError as error:
        assert "XML is invalid" in str(error)


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\ufffe\uffff")))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert plain_text(f"<body>{escape(text)}</body>") == text


@given(st.text(), st.text())
def test_what_aegis_comments_is_never_refused(summary: str, tail: str) -> None:
    outcome = Outcome(
        verdict=Verdict.DONE,
        task_gid="1",
        execution_id="e",
        run_id="r",
        headline="✓ Done",
        summary=summary,
        output_tail=tail,
        log_file="a.log",
    )
    assert "aegis:run:r:0" in plain_text(report_comment(outcome, marker="aegis:run:r:0").html)


@pytest.mark.parametrize(
    "html",
    [
        "<body><h1>x</h1></body>",
        "<body><li>x</li></body>",
        "<body><ul>x</ul></body>",
        '<body><a href="https://x.y" title="t">x</a></body>',
        "<body><em><a><strong><a>x</a></strong></a></em></body>",
        "<body class='x'>x</body>",
        "<body><body>x</body></body>",
        "<BODY>x</BODY>",
        "<body>\ud800</body>",
        "<body><!-- x --></body>",
        "<body>" + "<em>" * 200 + "</em>" * 200 + "</body>",
    ],
)
def test_more_that_asana_refuses(html: str) -> None:
    with pytest.raises(RichTextError):
        plain_text(html)


def test_headings_stand_in_notes_only_and_hold_one_line() -> None:
    assert plain_text("<body><h1>x <em>y</em></h1>z</body>", headings=True) == "x y\nz"
    for inner in ("a\nb", "<em>a</em>\n", "<ul><li>x</li></ul>"):
        with pytest.raises(RichTextError):
            plain_text(f"<body><h2>{inner}</h2></body>", headings=True)


def test_a_link_and_a_mention_leave_their_address_in_the_text() -> None:
    assert plain_text('<body><a href="https://x.y">here</a></body>') == "here (https://x.y)"
    assert plain_text('<body><a href="https://x.y">https://x.y</a></body>') == "https://x.y"
    assert plain_text('<body>see <a data-asana-gid="12"/></body>', known=lambda gid: True) == (
        "see https://app.asana.com/0/12"
    )
    with pytest.raises(RichTextError):
        plain_text('<body><a data-asana-gid="12"/></body>', known=lambda gid: False)
