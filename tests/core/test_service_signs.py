"""Texts that never say "requires": some are worked on, or checked on, a living thing, and some only speak of it."""

from __future__ import annotations

import pytest

from aegis.core.services import required_services
from aegis.core.services.decision import Weighing
from aegis.core.services.scene import scene_of
from aegis.core.services.signs import Sign
from benchmarks.support.learn import things_on_file
from tests.core.builders import task

TEXTS = [one for one in things_on_file() if one.of == "signs"]
WORKED_ON = [(one.name, one.notes, list(one.needs)) for one in TEXTS if one.needs]
"""A task's name, its notes, and what it cannot be done without."""
SPOKEN_OF = [(one.name, one.notes) for one in TEXTS if not one.needs]
"""A task's name and notes: what they name may be away."""


def required(name: str, notes: str) -> list[str]:
    return [str(one) for one in required_services(task(name, notes=notes))]


@pytest.mark.parametrize(("name", "notes", "things"), WORKED_ON)
def test_work_on_a_living_thing_waits_for_it(name: str, notes: str, things: list[str]) -> None:
    assert required(name, notes) == things


@pytest.mark.parametrize(("name", "notes"), SPOKEN_OF)
def test_a_text_that_only_speaks_of_a_thing_waits_for_nothing(name: str, notes: str) -> None:
    assert required(name, notes) == []


@pytest.mark.parametrize(("name", "notes", "things"), WORKED_ON)
def test_an_unrelated_sentence_releases_no_work(name: str, notes: str, things: list[str]) -> None:
    assert set(things) <= set(required(name, f"{notes}\n\nThe button is blue."))


@pytest.mark.parametrize(
    "told_otherwise",
    [
        "No Redis needed.",
        "Redis is mocked in the tests.",
        "We drop Redis next week, leave it out.",
        "Redis is optional.",
    ],
)
def test_a_sentence_about_the_thing_itself_can_release_it(told_otherwise: str) -> None:
    notes = "Measure the hit rate of the keys in Redis and note it in the ticket."
    assert required("Hit rate", notes) == ["Redis"]
    assert required("Hit rate", f"{notes}\n\n{told_otherwise}") == []


def test_what_is_called_the_broker_is_the_only_broker_of_the_text() -> None:
    notes = "Jobs come from RabbitMQ.\n\nThe broker must be reachable."
    assert required("Worker", notes) == ["RabbitMQ"]
    assert required("Worker", f"Events go to Kafka. {notes}") == []


@pytest.mark.parametrize(
    ("notes", "things"),
    [
        ("Publish three events to Rabbit and watch the queue.", ["RabbitMQ"]),
        ("Draw a rabbit and a cat, then publish the page.", []),
        ("Swap the alias of the index on the dev ES by hand.", ["Elasticsearch"]),
        ("Run the spell check over the ES and the PT texts.", []),
    ],
)
def test_a_nickname_is_known_by_the_company_it_keeps(notes: str, things: list[str]) -> None:
    assert required("Some work", notes) == things


def test_a_judgement_can_be_explained_by_its_signs() -> None:
    text = scene_of(task("Rebalance", notes="Run it against a real Kafka."))
    said = text[1]
    at = next(at for at, token in enumerate(said.tokens) if token.thing is not None)
    speaks_for, against = Weighing(text).explained(said, at)
    assert {Sign.AGAINST, Sign.LIVE, Sign.INSTANCE} <= speaks_for
    assert not against
