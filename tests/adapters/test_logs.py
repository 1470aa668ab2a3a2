"""Log lines: one line each, masked, for their owner only; and a place that cannot be written costs nobody the work."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegis.adapters.logs import setup_logging
from aegis.core.redaction import Redactor

log = logging.getLogger("aegis.test")
REDACTOR = Redactor(["the-secret"])


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    setup_logging("WARNING", "json", Redactor(), home=None)
    logging.getLogger("aegis").propagate = True


@pytest.mark.parametrize("form", ["json", "console"])
def test_whatever_is_logged_is_one_printable_masked_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    setup_logging("INFO", form, REDACTOR, home=tmp_path)
    try:
        raise ValueError("of the-secret\n\x1b[31m")
    except ValueError:
        log.exception("a %s", "name\nwith \x1b]0;title\x07 \x9b \u202e the-secret")
    kept = (tmp_path / "logs" / "aegis.log").read_text()
    for text in (kept, capsys.readouterr().err):
        assert text.count("\n") == 1 and "the-secret" not in text and "ValueError" in text
        assert not set(text) & set("\x1b\x07\x9b\u202e")
    assert stat.S_IMODE((tmp_path / "logs" / "aegis.log").stat().st_mode) == 0o600
    if form == "json":
        assert json.loads(kept)["level"] == "ERROR"


def test_a_file_that_cannot_be_written_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs" / "aegis.log").mkdir(parents=True)
    setup_logging("WARNING", "json", REDACTOR, home=tmp_path)
    for _ in range(3):
        log.warning("something")
    said = capsys.readouterr().err
    assert said.count("log lines are not kept: cannot write") == 1 and "Traceback" not in said
    assert said.count("something") == 3


def test_without_a_home_nothing_is_written(tmp_path: Path) -> None:
    setup_logging("INFO", "json", REDACTOR, home=None)
    log.warning("something")
    assert list(tmp_path.iterdir()) == []
