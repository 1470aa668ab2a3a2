"""A seed repeats a soak: what is killed when, and what Asana does."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak.measures import Sample, slope
from tests.soak.plan import Deed, plan


def first(seed: int, count: int = 200) -> list[Deed]:
    return list(islice(plan(seed, kill_every=(2, 5), fault_every=(1, 2)), count))


@given(st.integers(0, 10**9))
def test_a_seed_repeats_its_soak_and_another_does_not(seed: int) -> None:
    assert first(seed) == first(seed) != first(seed + 1)


@given(st.integers(0, 10**9))
def test_deeds_come_in_order_and_nobody_is_spared_for_long(seed: int) -> None:
    deeds = first(seed)
    assert [deed.at for deed in deeds] == sorted(deed.at for deed in deeds)
    kills = [deed.victim for deed in deeds if deed.victim is not None]
    everyone = {"agent", "supervisor", "session", "sleeper", "worker", "orchestrator", "server", "machine"}
    assert set(kills[:12]) == everyone


def test_a_slope_is_megabytes_an_hour() -> None:
    assert slope([Sample(at, "one", 1, 100 + at / 60) for at in range(0, 600, 5)]) == pytest.approx(60)
