"""A text that requires a service is told from one that only mentions it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.models import AsanaTask
from aegis.core.services import SERVICES, Greeting, Requirement, advice_for, is_service, required_services
from aegis.core.services.requires import MOST_REQUIRED
from tests.core.builders import task

PIECES = re.split(
    r"\|",
    'requires|needs|Redis|.|is|(|)|`|x:|must|running|set|installed|or|/|not|without|the|if|-|Kafka|7|version|"|that|e.g.|'
    "prerequisite|localhost:1|A_TOKEN|`x`|http://a:1/b|redis://c|requires Redis,|needs to|must be|port 1|on PATH|\n|"
    "against a live",
)
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


def test_what_is_required_has_a_name_and_a_place() -> None:
    notes = """Needs Redis at cache.local:6380, `frob` on the PATH, FROB_TOKEN set, port 9200,
and http://localhost:8080/health to answer."""
    assert [(one.kind.value, one.service, one.address) for one in required_services(task(notes=notes))] == [
        ("service", "Redis", "cache.local:6380"),
        ("command", "frob", "PATH"),
        ("variable", "FROB_TOKEN", "environment"),
        ("port", "localhost:9200", "localhost:9200"),
        ("URL", "http://localhost:8080/health", "http://localhost:8080/health"),
    ]


def test_a_service_named_with_its_address_somewhere_is_one_requirement() -> None:
    assert required("t", "Requires Redis.\nRedis must be running on localhost:6380.") == ["Redis at localhost:6380"]
    both = required("t", "Needs Redis on localhost:6380.\nNeeds Redis on localhost:6381, too.")
    assert both == ["Redis at localhost:6380", "Redis at localhost:6381"]


@pytest.mark.parametrize(
    "address",
    ["localhost:5433", "127.0.0.1:5433", "0.0.0.0:5433", "[::1]:5433", "LOCALHOST:5433", "port 5433", ":5433"],
)
def test_this_machine_is_one_cause_however_it_is_written(address: str) -> None:
    assert required("t", f"Needs PostgreSQL on {address}.") == ["PostgreSQL at localhost:5433"]


@pytest.mark.parametrize(
    "text",
    ["app.py:30", "16:30", "localhost:0", "localhost:99999", "3:1", "a b:80", "exa_mple..org:80", "über.example:80"],
)
def test_what_is_no_address_is_not_looked_at(text: str) -> None:
    assert required("t", f"Requires {text}") == []


@pytest.mark.parametrize("name", ["../../bin/sh", "rm -rf", "a;b", "$(id)", "a" * 80, "-rf"])
def test_what_is_no_commands_name_becomes_none(name: str) -> None:
    found = required("t", f"Requires `{name}` on the PATH")
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", one) for one in found)


def test_a_text_that_names_very_many_things_requires_a_bounded_number() -> None:
    assert len(required("t", "\n".join(f"Requires localhost:{port}." for port in range(1000, 2000)))) == MOST_REQUIRED


@pytest.mark.parametrize(
    "words",
    [
        "ffmpeg",
        "terraform installed",
        "frobnicator on PATH",
        "localhost:9200",
        "http://localhost:8080/health",
        "port 5433",
        "STRIPE_API_KEY",
        "env FOO_MODE",
        "the environment variable FOO_MODE",
        "Node 20",
        "PostgreSQL (localhost:5433)",
        "Kafka broker must be running",
        "Redis for the queue",
        "a Kafka topic",
    ],
)
def test_an_item_that_asks_for_a_thing_is_no_tasks_name(words: str) -> None:
    assert is_service(words)


@pytest.mark.parametrize(
    "words",
    [
        "Upgrade Node to 20",
        "Write the docs",
        "FOO-123",
        "Redis: rename the keys",
        "Wrap ffmpeg",
        "https://app.asana.com/0/1/2",
        "Redis or Memcached",
        "x" * 1000,
        "Open port 5433",
        "Product embeddings",
        "Rotate STRIPE_API_KEY",
    ],
)
def test_an_item_that_names_work_may_be_a_tasks_name(words: str) -> None:
    assert not is_service(words)


@pytest.mark.parametrize(
    "requirement",
    [
        Requirement("Redis", "cache.local:6380"),
        Requirement.at("localhost:9200"),
        Requirement.at("http://localhost:8080/health"),
        Requirement.command("ffmpeg"),
        Requirement.variable("STRIPE_API_KEY"),
        *(Requirement(service.name) for service in SERVICES),
    ],
)
def test_whatever_is_missing_comes_with_options_and_one_recommendation(requirement: Requirement) -> None:
    advice = advice_for(requirement)
    assert 2 <= len(advice.options) <= 4 and 1 <= advice.recommended <= len(advice.options)
    assert all(option.label and option.pros and option.cons for option in advice.options)
    assert advice.recommendation.startswith(f"option {advice.recommended}: ")


def test_every_row_of_the_table_says_how_it_is_looked_at() -> None:
    from aegis.adapters.services.greetings import EXCHANGES

    for service in SERVICES:
        assert service.greeting in EXCHANGES or service.greeting is Greeting.PROGRAM
        assert bool(service.port) is (service.name not in ("Docker", "Node"))
        assert is_service(service.name)


@given(
    st.text(alphabet=st.sampled_from("requires needs Redis Docker not is , . running \n?()`_A:/"), max_size=300),
    st.text(),
)
def test_any_text_whatever_is_judged(notes: str, name: str) -> None:
    required(name, notes)


ODD = ["\ud800", "²", "\u0663", "\u0130", "\u2028", "\x00", "[", "%", "@", ":", "<pre>", "http://", "://", "redis:"]


@given(st.lists(st.sampled_from([*PIECES, *ODD]), max_size=30), st.sampled_from(["", " "]))
def test_any_words_whatever_are_judged(words: list[str], between: str) -> None:
    notes = between.join(words)
    for one in required_services(AsanaTask.model_construct(gid="1", name=notes, notes=notes)):
        assert one.kind and str(one).isprintable() and one.address.isascii() and advice_for(one)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    [
        *PIECES,
        "Run it against a real Redis, ",
        "if Redis is not up you fail ",
        "run x -f ",
        "|",
        "`a`, ",
        "Redis (",
        "- Redis\n",
        "You need:\n- Redis\n",
        "~~",
        "<!--",
        "a\n",
    ],
)
def test_long_texts_take_time_in_proportion(piece: str) -> None:
    """Ten times the quadratic time would be past this test's limit."""
    required("x", "Redis\nRequires " + piece * (60_000 // len(piece)))
