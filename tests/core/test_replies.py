"""What the CLI says is read whatever it says: foreign lines never break a run, and only the right ones make it done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.models import Ending
from aegis.core.replies import TAIL_CHARACTERS, ExitRecord, StreamState, conclude

RESULT = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "num_turns": 2,
    "structured_output": {"status": "done", "summary": "ok"},
}
ENDED = ExitRecord(0, "exited")

_odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_names = [
    "subtype",
    "error",
    "session_id",
    "message",
    "content",
    "usage",
    "rate_limit_info",
    "retry_delay_ms",
    "num_turns",
    "total_cost_usd",
    "result",
    "structured_output",
    "permission_denials",
    "errors",
    "is_error",
    "api_error_status",
    "stop_reason",
    "duration_ms",
    "terminal_reason",
]
_events = st.fixed_dictionaries(
    {"type": st.sampled_from(["system", "assistant", "user", "result", "rate_limit_event", "new"])},
    optional={name: _odd | st.sampled_from(["init", "api_retry", "success", "rejected"]) for name in _names},
)


def read(*events: Any) -> StreamState:
    stream = StreamState()
    for event in events:
        stream.take(json.dumps(event).encode())
    return stream


@given(st.lists(_events | _odd, max_size=6), st.none() | st.integers(-20, 200), st.binary(max_size=30))
def test_no_line_breaks_a_run_and_what_is_told_of_it_can_be_stored(
    events: list[Any], code: int | None, rest: bytes
) -> None:
    stream = read(*events)
    stream.take_rest(rest)
    run = conclude(stream, ExitRecord(code, "exited"), "chosen")
    assert type(run).model_validate_json(run.model_dump_json()) == run
    assert len(stream.tail) <= TAIL_CHARACTERS and run.usage.turns < 2**31


@pytest.mark.parametrize(
    "line", [b"", b"plain words", b"[" * 100_000, b'{"type": "assistant"', b"\xff\xfe", b"null", b"3"]
)
def test_what_is_no_event_is_passed_on_or_left_out(line: bytes) -> None:
    stream = StreamState()
    stream.take(line)
    assert conclude(stream, ENDED, "chosen").ending is Ending.CUT


@given(st.lists(_events.filter(lambda event: event["type"] in ("system", "user", "new")), max_size=4))
def test_what_comes_before_and_after_a_good_result_does_not_undo_it(others: list[dict[str, Any]]) -> None:
    others = [event for event in others if event.get("subtype") != "api_retry"]
    run = conclude(read(*others, RESULT, *others), ENDED, "chosen")
    assert run.ending is Ending.REPLIED and run.reply is not None and run.reply.summary == "ok"


def test_a_model_that_goes_on_after_its_result_has_not_said_its_last_word() -> None:
    goes_on = {"type": "assistant", "message": {"content": [{"type": "text", "text": "One more thing."}]}}
    assert conclude(read(RESULT, goes_on), ENDED, "chosen").ending is Ending.CUT
    assert conclude(read(RESULT, goes_on, RESULT), ENDED, "chosen").ending is Ending.REPLIED


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -3, 1e300, "many", None, True, {}])
def test_numbers_that_cannot_be_are_none(odd: object) -> None:
    run = conclude(read({**RESULT, "total_cost_usd": odd, "duration_ms": odd}), ENDED, "chosen")
    assert run.ending is Ending.REPLIED and 0 <= run.usage.cost_usd < 2**31
