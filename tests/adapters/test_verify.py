"""The repository's own checks run one after the other, bounded, and leave nothing behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from aegis.adapters.process import with_environment
from aegis.adapters.verify import run_verify
from aegis.core.redaction import Redactor
from aegis.core.verdicts import VerifyResult
from aegis.errors import LocalResourceError

SECRET = "hunter2hunter2"


class Place:
    """A directory to check, and the log beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log_file = root / "logs" / "aegis.log"
        self.mark = f"{os.getpid()}-{root.name}"

    def verify(self, *commands: str, seconds: float = 30, stop_after: float | None = None) -> VerifyResult:
        begin = time.monotonic()
        return run_verify(
            commands,
            cwd=self.root,
            env={"PATH": os.environ["PATH"], "TEST_MARK": self.mark},
            timeout_seconds=seconds,
            redactor=Redactor([SECRET]),
            log_file=self.log_file,
            should_stop=lambda: stop_after is not None and time.monotonic() - begin > stop_after,
        )

    def left(self) -> int:
        return len(with_environment(f"TEST_MARK={self.mark}"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_all_that_pass_leave_no_failure(place: Place) -> None:
    assert place.verify("echo one", "test -d logs && echo two") == VerifyResult()
    log = place.log_file.read_text()
    assert "[verify] echo one\none\n" in log and "two\n[verify] exit code 0" in log


def test_the_first_failure_ends_it_and_is_told_with_its_output(place: Place) -> None:
    result = place.verify("true", "echo why >&2; exit 3", "touch never")
    assert (result.failed, result.exit_code, result.tail) == ("echo why >&2; exit 3", 3, "why\n")
    assert not (place.root / "never").exists()


def test_a_command_killed_by_a_signal_failed(place: Place) -> None:
    assert place.verify("kill -9 $$").exit_code == 137


def test_secrets_are_masked_in_log_and_result(place: Place) -> None:
    result = place.verify(f"echo {SECRET}; false")
    assert SECRET not in f"{result}" + place.log_file.read_text() and result.tail == "***\n"


def test_the_end_of_endless_output_is_kept_in_little_memory(place: Place) -> None:
    result = place.verify("yes 0123456789 | head -c 50000000; echo the end; false")
    assert result.tail.endswith("the end\n") and len(result.tail) <= 8000


def test_a_command_over_its_time_is_ended_with_all_that_it_started(place: Place) -> None:
    begin = time.monotonic()
    result = place.verify("(setsid sleep 300 &) ; sleep 300 & echo waiting; sleep 300", seconds=1)
    assert result.exit_code == 124 and "waiting" in result.tail
    assert time.monotonic() - begin < 20 and place.left() == 0


def test_what_a_passing_command_left_running_is_ended_and_not_waited_for(place: Place) -> None:
    begin = time.monotonic()
    assert place.verify("(setsid sleep 300 &); sleep 300 & (yes &) ; true", "true") == VerifyResult()
    assert time.monotonic() - begin < 20 and place.left() == 0


def test_a_command_that_closes_its_output_is_still_waited_for(place: Place) -> None:
    assert place.verify("exec >&- 2>&-; sleep 0.5; exit 4").exit_code == 4


def test_it_stops_when_it_is_told_to(place: Place) -> None:
    begin = time.monotonic()
    assert place.verify("sleep 300", stop_after=0.3).exit_code == 130
    assert time.monotonic() - begin < 20 and place.left() == 0


def test_a_directory_that_is_gone_is_no_failure_of_the_task(place: Place) -> None:
    place.log_file.parent.mkdir()
    with pytest.raises(LocalResourceError, match="cannot start the verify command"):
        run_verify(
            ["true"],
            cwd=place.root / "gone",
            env={"PATH": os.environ["PATH"]},
            timeout_seconds=5,
            redactor=Redactor(),
            log_file=place.log_file,
        )
