"""When nothing is started: at once for a plan window, after two in a row for what may be an accident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.holds import LONGEST_WINDOW, account_scope, after_unusable, first_sentence, next_probe, sentence

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def window(resets_at: int | None, jitter: float = 0.0) -> datetime:
    decided = after_unusable("plan_window", "x", failures=0, resets_at=resets_at, now=NOW, jitter=jitter)
    assert decided.active and decided.until is not None
    return decided.until


def test_a_used_up_window_holds_until_it_opens() -> None:
    opens = NOW + timedelta(hours=3)
    assert timedelta() < window(int(opens.timestamp())) - opens <= timedelta(seconds=1)
    assert window(None) == NOW + timedelta(minutes=15)


@given(st.one_of(st.none(), st.integers(-(2**62), 2**62)), st.floats(0, 1))
def test_no_named_time_holds_for_ever_or_in_the_past(resets_at: int | None, jitter: float) -> None:
    assert NOW < window(resets_at, jitter) <= NOW + LONGEST_WINDOW + timedelta(seconds=61)


@pytest.mark.parametrize("kind", ["login", "credit", "overloaded", "unreachable", "cli"])
def test_other_failures_hold_after_two_in_a_row_and_are_probed(kind: str) -> None:
    first = after_unusable(kind, "no", failures=0, resets_at=None, now=NOW, jitter=0)
    second = after_unusable(kind, "no", failures=first.failures, resets_at=None, now=NOW, jitter=0)
    assert not first.active and second.active and second.probe_at == NOW + timedelta(minutes=2)
    assert second.until is None


def test_probes_grow_rarer() -> None:
    times = [next_probe(failures, NOW) - NOW for failures in range(2, 9)]
    assert times == sorted(times) and times[-1] == timedelta(minutes=30)


def test_an_account_is_told_from_another_and_its_key_cannot_be_told() -> None:
    one = account_scope("sk-secret", "here", None)
    assert one == account_scope("sk-secret", "there", None) and "secret" not in one
    assert len({one, account_scope("sk-other", "here", None), account_scope("sk-secret", "here", "http://x")}) == 3
    assert account_scope(None, "here", None) != account_scope(None, "there", None)


def test_a_hold_says_what_until_when_and_who_lifts_it() -> None:
    assert "held until 20" in sentence("plan_window", "used up", NOW, None)
    assert "looked at again" in sentence("login", "no login", None, NOW)
    assert "`aegis resume` lifts it" in sentence("pause", "by Robin", None, None, "*")
    assert "`aegis resume 1210` lifts it" in sentence("pause", "by Robin", None, None, "project:1210")
    assert first_sentence(["a", "b"]) == "a (and 1 more, see `aegis status`)" and first_sentence([]) == ""
