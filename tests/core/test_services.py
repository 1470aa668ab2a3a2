"""A text that requires a service is told from one that only mentions it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.services import SERVICES, is_service, required_services
from tests.core.builders import task

P, R, D, N = "PostgreSQL", "Redis", "Docker", "Node"


def required(name: str, notes: str) -> list[str]:
    return [str(one) for one in required_services(task(name, notes=notes))]


@pytest.mark.parametrize(
    ("notes", "services"),
    [
        ("Requires PostgreSQL running", [P]),
        ("Requires PostgreSQL, Redis and Docker.", [P, R, D]),
        ("Requires: PostgreSQL 16, Node 20, and a running local Redis", [P, N, R]),
        ("Needs Redis.", [R]),
        ("This needs a local Redis to be running", [R]),
        ("PostgreSQL must be running.", [P]),
        ("Postgres and Redis must be up.", [P, R]),
        ("The Redis server should be available on localhost", [R]),
        ("Redis is required.", [R]),
        ("Docker required", [D]),
        ("Make sure that Docker is running", [D]),
        ("Depends on Redis for the queue", [R]),
        ("Relies on a Postgres database", [P]),
        ("Do not start before Redis is running.", [R]),
        ("Can't start: needs Redis", [R]),
        ("Requires access to PostgreSQL", [P]),
        ("We need to connect to Redis", [R]),
        ("Prerequisites:\n- PostgreSQL 16\n- Docker installed\n- a running Redis", [P, D, R]),
        ("Dependencies: Redis", [R]),
        ("Depends on: PostgreSQL and Redis", [P, R]),
        ("requires postgres:16", [P]),
        ("**Requires** PostgreSQL", [P]),
        ("Requires Redis, not Memcached", [R]),
        ("Requires docker-compose", [D]),
        ("requires a database (PostgreSQL)", [P]),
        ("Needs Postgres\r\nand patience", [P]),
    ],
)
def test_what_is_required_is_found(notes: str, services: list[str]) -> None:
    assert required("Cache the answers", notes) == services


@pytest.mark.parametrize(
    "notes",
    [
        "",
        "Write about PostgreSQL, Redis and Docker.",
        "Does not require Redis.",
        "No longer needs Redis",
        "Redis is not required",
        "Redis isn't needed here",
        "Redis is optional",
        "Requires no Redis",
        "Works without requiring Docker",
        "We might need Redis",
        "If we need Redis later, tell",
        "Do we need Redis?",
        "Replace Redis by a file",
        "Needs a Redis client library",
        "Needs documentation about Docker",
        "Requires installing Docker",
        "Needs migration from PostgreSQL",
        "Requires care, as the Redis cache holds state",
        "Install Redis (required by the cache)",
        "Detect whether Redis is running",
        "Show in the dashboard that Redis is running",
        "Cache in Redis what the page needs",
        "The tests run in Docker",
        "```\nRequires Redis\n```",
        "> Requires Redis",
        "The log says `requires Redis`",
        'Show the message "Requires Docker to run"',
        "Requires the rediscovery of dockers and postgresqlish things",
    ],
)
def test_what_is_only_mentioned_denied_or_quoted_is_not(notes: str) -> None:
    assert required("Cache the answers", notes) == []


@pytest.mark.parametrize(
    "name",
    [
        "Set up PostgreSQL",
        "Set up the local PostgreSQL database",
        "Install and start PostgreSQL 16",
        "Provision a PostgreSQL instance for staging",
        "Remove PostgreSQL",
        "Evaluate PostgreSQL",
    ],
)
def test_a_task_whose_work_is_the_service_itself_does_not_require_it(name: str) -> None:
    assert required(name, "Requires PostgreSQL 16.\nDependencies: PostgreSQL") == []


@pytest.mark.parametrize(
    "name", ["Create a PostgreSQL report", "Configure the app for PostgreSQL", "Add a view in PostgreSQL"]
)
def test_a_task_that_works_with_the_service_requires_it(name: str) -> None:
    assert required(name, "Requires PostgreSQL 16.") == [P]


def test_setting_one_up_may_require_another() -> None:
    assert required("Set up PostgreSQL in Docker", "Requires Docker.") == [D]


def test_the_name_alone_may_say_it() -> None:
    assert required("Add the endpoint (needs Redis)", "") == [R]


@pytest.mark.parametrize("words", ["Redis", "PostgreSQL 16+", "a running Docker daemon", "local postgres and redis"])
def test_an_item_that_asks_for_a_service_is_no_tasks_name(words: str) -> None:
    assert is_service(words)


@pytest.mark.parametrize("words", ["", "the", "Redis migration", "Set up PostgreSQL", "16"])
def test_an_item_that_is_more_than_that_may_be_a_tasks_name(words: str) -> None:
    assert not is_service(words)


def test_each_service_comes_with_options_pros_cons_and_a_recommendation() -> None:
    for service in SERVICES:
        assert 2 <= len(service.advice.options) <= 4 and service.advice.recommendation
        assert all(option.label and option.pros and option.cons for option in service.advice.options)


@given(
    st.text(alphabet=st.sampled_from("requires needs Redis Docker not is , . running \n?()"), max_size=300), st.text()
)
def test_any_text_whatever_is_judged(notes: str, name: str) -> None:
    required(name, notes)


@pytest.mark.parametrize(
    "piece", ["requires ", "Redis ", "requires Redis, ", ".", "is ", "(", "`", '"', "needs to ", "x:"]
)
def test_long_texts_take_no_time(piece: str) -> None:
    begin = time.monotonic()
    required("x", "Redis\nRequires " + piece * 5_000)
    assert time.monotonic() - begin < 20
