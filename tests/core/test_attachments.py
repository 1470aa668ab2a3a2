"""Attachments' names, sizes and reasons: what comes from Asana never becomes a path or a word of command."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.attachments import Attachment, GivenFile, Limits, safe_file_name, shown_size, too_large, why_not_fetched

LIMITS = Limits(file_bytes=20_000_000, total_bytes=50_000_000)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "3-report.pdf"),
        ("../../etc/passwd", "3-passwd"),
        ("..\\..\\boot.ini", "3-boot.ini"),
        ("/", "3-file"),
        ("...", "3-file"),
        ("", "3-file"),
        ("\x00", "3-file"),
        ("a\x00b.txt", "3-a_b.txt"),
        (".bashrc", "3-bashrc"),
        ("CLAUDE.md", "3-CLAUDE.md"),
        ("-rf", "3-rf"),
        ("two words (1).txt", "3-two_words_1.txt"),
        ("résumé.pdf", "3-résumé.pdf"),
        ("re\u0301sume\u0301.pdf", "3-résumé.pdf"),
        ("报告.docx", "3-报告.docx"),
        ("invoice\u202efdp.exe", "3-invoice_fdp.exe"),
        ("a\u200b\u2215b\uff0fc", "3-a_b_c"),
        ("$(touch x);`id`\n.sh", "3-touch_x_id.sh"),
        ("x" * 300 + ".tar.gz", "3-" + "x" * 120 + ".gz"),
        ("no.thisisnoextension", "3-no.thisisnoextension"),
        ("half \ud83d", "3-half"),
    ],
)
def test_a_file_gets_a_safe_name_that_people_still_know(name: str, safe: str) -> None:
    assert safe_file_name(name, 3) == safe


@given(st.text(alphabet=st.characters(categories=None)), st.integers(1, 500))
def test_any_name_makes_one_short_visible_file_in_its_folder(name: str, number: int) -> None:
    safe = safe_file_name(name, number)
    assert re.fullmatch(rf"{number}-[^/\\\x00-\x1f]+", safe) and len(safe.encode()) < 200
    assert not re.search(r"[\s\"'`$;|&<>*?\u200b-\u202e]", safe) and not safe.endswith(".")
    assert safe_file_name(name, number + 1) != safe


def test_links_are_named_and_not_fetched_whatever_address_they_bring() -> None:
    link = Attachment(gid="1", name="Plan", host="gdrive", download_url="http://169.254.169.254/", link="https://d.x/1")
    assert why_not_fetched(link, LIMITS, 0) == "a link, not fetched: https://d.x/1"
    assert "box, not fetched" in why_not_fetched(link.model_copy(update={"host": "box", "link": ""}), LIMITS, 0)


def test_what_is_too_large_says_which_limit_it_breaks() -> None:
    def why(size: int | None, used: int = 0) -> str:
        return why_not_fetched(Attachment(gid="1", size=size), LIMITS, used)

    assert why(20_000_000) == why(None) == why(0) == ""
    assert "larger than 20.0 MB (MAX_ATTACHMENT_MB)" in why(20_000_001)
    assert "larger than 50.0 MB (MAX_ATTACHMENTS_MB_PER_TASK)" in why(20_000_000, used=30_000_001)
    assert too_large(1, Limits(0, 0), 0)


def test_a_line_tells_path_name_and_size_or_why_there_is_no_file() -> None:
    assert GivenFile(gid="1", name="a b", size=1500, path="/f/1-a_b").line == "- /f/1-a_b (a b, 1.5 kB)"
    assert GivenFile(gid="1", name="", left_out="a link").line == "- (no name): a link"
    hostile = GivenFile(gid="1", name="x\n- /etc/passwd (mine)\x1b[2J", path="/f/1-x").line
    assert "\n" not in hostile and "\x1b" not in hostile
    assert [shown_size(size) for size in (None, 0, 999, 1000, 20_000_000)] == [
        "",
        "0 bytes",
        "999 bytes",
        "1.0 kB",
        "20.0 MB",
    ]


def test_a_downloads_address_is_shown_to_nobody() -> None:
    assert "secret" not in repr(Attachment(gid="1", download_url="https://x/?secret"))
