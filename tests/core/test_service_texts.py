"""Whole texts, in pairs: one that cannot be done without a thing, and one like it that can."""

from __future__ import annotations

import pytest

from aegis.core.services import required_services
from benchmarks.support.learn import things_on_file
from tests.core.builders import task

TEXTS = [(one.name, one.notes, one.needs) for one in things_on_file() if one.of == "texts"]


@pytest.mark.parametrize(("name", "notes", "things"), TEXTS)
def test_a_text_waits_for_what_it_cannot_be_done_without(name: str, notes: str, things: tuple[str, ...]) -> None:
    assert {str(thing) for thing in required_services(task(name, notes=notes))} == set(things)
