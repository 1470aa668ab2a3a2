"""A look tells what answers in its own protocol from what is away, starts, hangs, or is something else."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from aegis.adapters.services import Machine
from aegis.adapters.services import look as look_at
from aegis.core.models import ServiceProbe
from aegis.core.services import Requirement
from tests.adapters.peers import (
    Peer,
    drips,
    greets,
    hangs,
    hangs_up,
    listening,
    says,
    self_signed,
    stops_after,
)

SHORT = 0.15
ELSE, LATE = "something else answers there", "no answer in time"

MYSQL = b"\x4a\0\0\0\x0a8.4.0\0" + bytes(70)
MYSQL_REFUSES = b"\x17\0\0\0\xff\x10\x04Too many connections"
AMQP = b"\x01\0\0\0\0\x01\xf9\0\x0a\0\x0a\0\x09" + bytes(40)
ELASTIC = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"name": "n", "cluster_name": "docs", "version": {}}'
)
HELLO = b"\x1f\0\0\0\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0"
QDRANT = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhealthz check passed"


def mongodb(connection: object) -> None:
    """Answers a well-formed hello, and nothing else."""
    asked = connection.recv(1000)  # type: ignore[attr-defined]
    if len(asked) != len(HELLO) + 21:
        return
    length, identity, _, kind = struct.unpack("<iiii", asked[:16])
    flags, section, size = struct.unpack("<iBi", asked[16:25])
    document = asked[21:]
    assert (length, kind, flags, section) == (len(asked), 2013, 0, 0) and size == len(document)
    assert document == HELLO
    body = b"\0\0\0\0\0\x11\0\0\0\x01ok\0" + struct.pack("<d", 1.0) + b"\0"
    connection.sendall(struct.pack("<iiii", 16 + len(body), 5, identity, 2013) + body)  # type: ignore[attr-defined]


def kafka(connection: object) -> None:
    """Answers ApiVersions, version 0, and nothing else."""
    asked = connection.recv(1000)  # type: ignore[attr-defined]
    if len(asked) != 14:
        return
    size, key, version, correlation, client = struct.unpack("!ihhih", asked)
    assert (size, key, version, client) == (len(asked) - 4, 18, 0, -1)
    body = struct.pack("!ihi", correlation, 0, 1) + struct.pack("!hhh", 18, 0, 4)
    connection.sendall(struct.pack("!i", len(body)) + body)  # type: ignore[attr-defined]


SPEAKS: dict[str, Peer] = {
    "PostgreSQL": says(b"N"),
    "MySQL": greets(MYSQL),
    "Redis": says(b"+PONG\r\n"),
    "MongoDB": mongodb,
    "RabbitMQ": says(AMQP),
    "Kafka": kafka,
    "Elasticsearch": says(ELASTIC),
    "Qdrant": says(QDRANT),
}


def look(
    service: str, *, database: str = "", redis: str = "", qdrant: str = "", seconds: float = 2.0, **environ: str
) -> ServiceProbe:
    given = (("DATABASE_URL", database), ("REDIS_URL", redis), ("QDRANT_URL", qdrant))
    machine = Machine(urls={name: url for name, url in given if url}, environ=environ)
    found = look_at(Requirement(service), machine, seconds)
    assert found.service == service
    return found


def named(service: str, port: int, seconds: float = 2.0) -> ServiceProbe:
    """A look at the address that a text names."""
    found = look_at(Requirement(service, f"localhost:{port}"), Machine(), seconds)
    assert (found.service, found.address) == (service, f"localhost:{port}")
    return found


def test_a_real_redis_answers(redis_url: str) -> None:
    found = look("Redis", redis=redis_url)
    assert found.up and found.detail == "answers"


def test_a_real_postgres_answers(postgres_url: str) -> None:
    assert look("PostgreSQL", database=postgres_url).up


@pytest.mark.parametrize("service", SPEAKS)
def test_each_service_is_known_by_its_greeting(service: str) -> None:
    with listening(SPEAKS[service]) as here:
        assert named(service, here.port).detail == "answers"


@pytest.mark.parametrize("service", SPEAKS)
def test_what_hangs_is_not_waited_for(service: str) -> None:
    with listening(hangs) as here:
        assert named(service, here.port, SHORT).detail == LATE


@pytest.mark.parametrize("service", SPEAKS)
def test_what_drips_is_not_waited_for_either(service: str) -> None:
    with listening(drips(b"\0")) as here:
        found = named(service, here.port, SHORT)
    assert not found.up and found.detail in (LATE, ELSE)


@pytest.mark.parametrize("service", SPEAKS)
def test_what_hangs_up_is_down(service: str) -> None:
    with listening(greets(b"") if service == "MySQL" else hangs_up) as here:
        assert named(service, here.port).detail == "it hung up"


@pytest.mark.parametrize("service", SPEAKS)
@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.6\r\n", b"220 mail ESMTP\r\n", bytes(range(40, 70)), b"\xfe" * 40]
)
def test_another_protocol_is_not_the_service(service: str, greeting: bytes) -> None:
    with listening(stops_after(greeting)) as here:
        assert named(service, here.port).detail == ELSE


@pytest.mark.parametrize("service", SPEAKS)
@pytest.mark.parametrize("other", SPEAKS)
def test_no_service_is_taken_for_another(service: str, other: str) -> None:
    if service == other:
        return
    with listening(SPEAKS[other]) as here:
        assert not named(service, here.port, SHORT).up


@pytest.mark.parametrize("half", [b"H", b"HTTP/1.1", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n{"])
def test_half_an_answer_is_none(half: bytes) -> None:
    with listening(stops_after(half)) as here:
        assert named("Elasticsearch", here.port, SHORT).detail == LATE
    with listening(says(half)) as here:
        assert named("Qdrant", here.port).up is False


@pytest.mark.parametrize(
    ("service", "half"),
    [("MySQL", MYSQL[:4]), ("Redis", b"+PO"), ("RabbitMQ", b"\x01\0\0\0"), ("MongoDB", bytes(9)), ("Kafka", b"\0\0")],
)
def test_half_a_greeting_is_none(service: str, half: bytes) -> None:
    with listening(stops_after(half)) as here:
        assert named(service, here.port, SHORT).detail == LATE
    with listening(greets(half) if service == "MySQL" else says(half)) as here:
        assert named(service, here.port).detail == "it hung up"


@pytest.mark.parametrize("service", SPEAKS)
def test_nothing_there_is_not_running(service: str) -> None:
    assert named(service, 1).detail == "not running"


# --- what each answer means ----------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [b"+PONG\r\n", b"-NOAUTH Authentication required.\r\n", b"-ERR unknown\r\n"])
def test_a_redis_that_wants_a_password_is_up(answer: bytes) -> None:
    with listening(says(answer)) as here:
        assert look("Redis", redis=f"redis://:secret@127.0.0.1:{here.port}/3").up
    assert here.heard[0] == b"PING\r\n"


def test_a_redis_that_still_loads_is_not() -> None:
    with listening(says(b"-LOADING Redis is loading the dataset in memory\r\n")) as here:
        found = look("Redis", redis=f"redis://127.0.0.1:{here.port}")
    assert (found.up, found.detail) == (False, "still starting")


@pytest.mark.parametrize(
    ("answer", "up"), [(b"S", True), (b"N", True), (b"EFATAL: no\0", True), (b"SSH-2.0-x\r\n", False)]
)
def test_postgres_is_told_by_its_answer(answer: bytes, up: bool) -> None:
    with listening(says(answer)) as here:
        found = look("PostgreSQL", database=f"postgresql://u:secret@127.0.0.1:{here.port}/aegis")
    assert found.up is up and found.address == f"127.0.0.1:{here.port}"
    assert up or found.detail == ELSE


def test_a_mysql_that_takes_no_more_is_up() -> None:
    with listening(greets(MYSQL_REFUSES)) as here:
        assert named("MySQL", here.port).up


def test_a_rabbitmq_of_another_version_is_up() -> None:
    with listening(says(b"AMQP\0\0\x09\x01")) as here:
        assert named("RabbitMQ", here.port).up


@pytest.mark.parametrize(
    ("status", "detail"), [(401, "answers"), (403, "answers"), (503, "still starting"), (404, ELSE), (302, ELSE)]
)
def test_a_search_engine_that_wants_a_login_is_up(status: int, detail: str) -> None:
    with listening(says(f"HTTP/1.1 {status} Whatever\r\n\r\n".encode())) as here:
        assert named("Elasticsearch", here.port).detail == detail
        assert named("Qdrant", here.port).detail == detail


def test_a_search_engine_that_speaks_tls_only_is_found_out(tmp_path: Path) -> None:
    with listening(says(ELASTIC), tls=self_signed(tmp_path)) as here:
        assert named("Elasticsearch", here.port).up
    assert here.connections == 2


def test_a_qdrant_of_the_settings_is_asked_below_its_path_without_its_key(tmp_path: Path) -> None:
    with listening(says(QDRANT), tls=self_signed(tmp_path)) as here:
        found = look("Qdrant", qdrant=f"https://user:secret@localhost:{here.port}/vectors/")
    assert found.up and found.address == f"localhost:{here.port}"
    (asked,) = (heard for heard in here.heard if heard)
    assert asked.startswith(b"GET /vectors/healthz HTTP/1.0\r\n") and b"secret" not in asked and b"user" not in asked


def test_any_web_server_is_no_search_engine() -> None:
    with listening(says(b"HTTP/1.1 200 OK\r\n\r\n<html>Welcome</html>")) as here:
        assert named("Elasticsearch", here.port).detail == ELSE
        assert named("Qdrant", here.port).detail == ELSE


# --- where it is looked for ----------------------------------------------------------------------------------


def test_unix_sockets_are_asked_too(tmp_path: Path) -> None:
    with listening(says(b"+PONG\r\n"), tmp_path / "redis.sock"):
        assert look("Redis", redis=f"unix://{tmp_path}/redis.sock?db=0").up
    with listening(says(b"N"), tmp_path / ".s.PGSQL.5433"):
        found = look("PostgreSQL", database=f"postgresql:///aegis?host={tmp_path}&port=5433")
    assert found.up and found.address == f"{tmp_path}/.s.PGSQL.5433"


@pytest.mark.parametrize("url", ["sqlite:///aegis.db", "postgresql://[", "postgresql://h:notaport/x", "nonsense"])
def test_an_address_that_cannot_be_read_never_raises(url: str) -> None:
    look("PostgreSQL", database=url, seconds=0.2)
    look("Redis", redis=url, seconds=0.2)
    look("Qdrant", qdrant=url, seconds=0.2)
    look("Docker", DOCKER_HOST=url, seconds=0.2)


def test_the_text_wins_over_the_settings_and_the_settings_over_the_usual_place() -> None:
    with listening(says(b"+PONG\r\n")) as here, listening(says(b"+PONG\r\n")) as there:
        machine = Machine(urls={"REDIS_URL": f"redis://127.0.0.1:{there.port}"})
        assert look_at(Requirement("Redis", f"localhost:{here.port}"), machine).up
        assert (here.connections, there.connections) == (1, 0)
        assert look_at(Requirement("Redis"), machine).up
    assert (here.connections, there.connections) == (1, 1)
    assert look("Redis", redis="redis://127.0.0.1:1").address == "127.0.0.1:1"


def test_tls_is_spoken_where_the_address_says_so(tmp_path: Path) -> None:
    with listening(says(b"+PONG\r\n"), tls=self_signed(tmp_path)) as here:
        assert look("Redis", redis=f"rediss://127.0.0.1:{here.port}").up
        assert look_at(Requirement("Redis", f"rediss://localhost:{here.port}"), Machine()).up
        assert not named("Redis", here.port, SHORT).up


# --- ports and URLs ------------------------------------------------------------------------------------------


def test_a_port_is_there_where_something_listens() -> None:
    with listening(hangs) as here:
        assert look_at(Requirement.at(f"localhost:{here.port}"), Machine()).up
    assert here.heard in ([], [b""])  # nothing is said to a port
    gone = look_at(Requirement.at("localhost:1"), Machine())
    assert (gone.up, gone.detail) == (False, "nothing listens there")


def test_a_host_that_nobody_knows_is_said() -> None:
    found = look_at(Requirement.at("no-such-host.invalid:80"), Machine())
    assert not found.up and found.detail


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/health", 200, "answers"),
        ("/health", 204, "answers"),
        ("/health", 401, "answers"),
        ("/health", 301, "answers"),
        ("/health", 404, "answers 404"),
        ("/health", 500, "answers 500"),
        ("", 503, "answers 503"),
        ("", 404, "answers"),
    ],
)
def test_a_url_answers_with_its_status(path: str, status: int, detail: str) -> None:
    with listening(says(f"HTTP/1.1 {status} Whatever\r\n\r\n".encode())) as here:
        found = look_at(Requirement.at(f"http://localhost:{here.port}{path}"), Machine())
    assert found.detail == detail and found.up is (detail == "answers")
    assert here.heard[0].startswith(f"GET {path or '/'} HTTP/1.0\r\nHost: localhost:{here.port}\r\n".encode())


def test_a_url_that_speaks_something_else_is_down() -> None:
    with listening(stops_after(b"SSH-2.0-x\r\n")) as here:
        assert look_at(Requirement.at(f"http://localhost:{here.port}/x"), Machine()).detail == ELSE
    assert look_at(Requirement.at("http://localhost:1/x"), Machine()).detail == "not running"


def test_no_redirection_is_followed() -> None:
    with listening(says(b"HTTP/1.1 200 OK\r\n\r\n")) as there:
        answer = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{there.port}/\r\n\r\n".encode()
        with listening(says(answer)) as here:
            assert look_at(Requirement.at(f"http://localhost:{here.port}/x"), Machine()).up
    assert (here.connections, there.connections) == (1, 0)
