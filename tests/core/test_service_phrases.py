"""Sentences as people write them in a tracker: those that require something, and those that only speak of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.services import required_services
from benchmarks.support.learn import things_on_file
from tests.core.builders import task

SENTENCES = [one for one in things_on_file() if one.of == "phrases"]
REQUIRED = {one.notes: list(one.needs) for one in SENTENCES if one.needs}
NOT_REQUIRED = [one.notes for one in SENTENCES if not one.needs]

ITS_OWN_WORK = {
    "Set up PostgreSQL": "Requires PostgreSQL 16. PostgreSQL must be running.",
    "Redis setup": "Needs Redis running",
    "[infra] Install and configure Kafka": "Needs Kafka",
    "Provision MongoDB": "needs MongoDB",
    "Docker: install on the runner": "requires Docker",
    "Install ffmpeg in the image": "needs ffmpeg",
    "Add STRIPE_API_KEY to the vault": "needs STRIPE_API_KEY set",
    "Open port 5433": "port 5433 must be open",
    "Dockerize MySQL": "needs MySQL",
    "Migrate off Redis": "needs Redis",
    "Get rid of RabbitMQ": "RabbitMQ is required",
}
"""Names of tasks that bring a thing or do away with it -> notes that require it."""

OTHER_WORK = {
    "Create a PostgreSQL report": "PostgreSQL",
    "Fix reconnect to Redis": "Redis",
    "Add a view in PostgreSQL": "PostgreSQL",
    "Run the PostgreSQL tests": "PostgreSQL",
    "Set up the dashboard for Kafka": "Kafka",
    "Start page: read from Redis": "Redis",
    "Install the app with Docker": "Docker",
    "Configure alerts on MySQL": "MySQL",
    "Write docs for Redis": "Redis",
    "Set up CI (needs Docker)": "Docker",
    "Remove the Redis cache from the page": "Redis",
}
"""Names of tasks that work with a service -> the service."""


def required(notes: str, name: str = "Cache the answers") -> list[str]:
    return [str(one) for one in required_services(task(name, notes=notes))]


@pytest.mark.parametrize("notes", REQUIRED)
def test_a_sentence_that_requires_something_is_understood(notes: str) -> None:
    assert required(notes) == REQUIRED[notes]


@pytest.mark.parametrize("notes", NOT_REQUIRED)
def test_a_sentence_that_only_speaks_of_it_requires_nothing(notes: str) -> None:
    assert required(notes) == []


@pytest.mark.parametrize("name", ITS_OWN_WORK)
def test_what_a_task_brings_or_takes_away_it_does_not_wait_for(name: str) -> None:
    assert required(ITS_OWN_WORK[name], name) == []


@pytest.mark.parametrize("name", OTHER_WORK)
def test_a_task_that_works_with_a_service_waits_for_it(name: str) -> None:
    assert required(f"Requires {OTHER_WORK[name]}.", name) == [OTHER_WORK[name]]


@pytest.mark.parametrize("notes", REQUIRED)
def test_an_unrelated_sentence_releases_nothing(notes: str) -> None:
    assert set(REQUIRED[notes]) <= set(required(f"{notes}\n\nThe button is blue."))
    assert set(REQUIRED[notes]) <= set(required(f"The button is blue.\n\n{notes}"))


@given(st.sampled_from(list(REQUIRED)), st.sampled_from(NOT_REQUIRED))
def test_another_sentence_behind_releases_nothing(notes: str, other: str) -> None:
    assert set(REQUIRED[notes]) <= set(required(f"{notes}\n\n{other}"))
