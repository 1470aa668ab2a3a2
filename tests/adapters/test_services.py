"""A look at a service tells one that answers from one that is away, starts, hangs, or is something else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aegis.adapters.services import Machine
from aegis.adapters.services import look as look_at
from aegis.core.models import ServiceProbe
from aegis.core.services import Requirement

Peer = Callable[[socket.socket], None]


def says(answer: bytes) -> Peer:
    """A peer that waits for a question and gives this answer."""

    def peer(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(answer)

    return peer


def hangs(connection: socket.socket) -> None:
    connection.recv(100)
    connection.recv(100)  # until the other side gives up


def hangs_up(connection: socket.socket) -> None:
    connection.recv(100)


@contextmanager
def listening(peer: Peer, address: Path | None = None) -> Iterator[int]:
    """A server of one misbehaving peer; its port."""
    server = socket.socket(socket.AF_UNIX if address else socket.AF_INET)
    server.bind(str(address) if address else ("127.0.0.1", 0))
    server.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                peer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield 0 if address else server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def look(service: str, *, database: str = "", redis: str = "", seconds: float = 2.0, **environ: str) -> ServiceProbe:
    urls = {name: url for name, url in (("DATABASE_URL", database), ("REDIS_URL", redis)) if url}
    found = look_at(Requirement(service), Machine(urls=urls, environ=environ), seconds)
    assert found.service == service
    return found


def test_a_real_redis_answers(redis_url: str) -> None:
    found = look("Redis", redis=redis_url)
    assert found.up and found.detail == "answers"


def test_a_real_postgres_answers(postgres_url: str) -> None:
    assert look("PostgreSQL", database=postgres_url).up


@pytest.mark.parametrize("answer", [b"+PONG\r\n", b"-NOAUTH Authentication required.\r\n", b"-ERR unknown\r\n"])
def test_a_redis_that_wants_a_password_is_up(answer: bytes) -> None:
    with listening(says(answer)) as port:
        assert look("Redis", redis=f"redis://:secret@127.0.0.1:{port}/3").up


def test_a_redis_that_still_loads_is_not() -> None:
    with listening(says(b"-LOADING Redis is loading the dataset in memory\r\n")) as port:
        found = look("Redis", redis=f"redis://127.0.0.1:{port}")
    assert (found.up, found.detail) == (False, "still starting")


@pytest.mark.parametrize(
    ("answer", "up"), [(b"S", True), (b"N", True), (b"EFATAL: no\0", True), (b"SSH-2.0-x\r\n", False)]
)
def test_postgres_is_told_by_its_answer(answer: bytes, up: bool) -> None:
    with listening(says(answer)) as port:
        found = look("PostgreSQL", database=f"postgresql://u:secret@127.0.0.1:{port}/aegis")
    assert found.up is up and found.address == f"127.0.0.1:{port}"
    assert up or found.detail == "something else answers there"


@pytest.mark.parametrize("service", ["Redis", "PostgreSQL", "Docker"])
def test_what_hangs_is_not_waited_for(service: str) -> None:
    with listening(hangs) as port:
        begin = time.monotonic()
        urls = {"database": f"postgresql://127.0.0.1:{port}/x", "redis": f"redis://127.0.0.1:{port}"}
        found = look(service, **urls, seconds=0.3, DOCKER_HOST=f"tcp://127.0.0.1:{port}")
    assert not found.up and found.detail == "no answer in time" and time.monotonic() - begin < 10


def test_a_peer_that_hangs_up_or_speaks_otherwise_is_down() -> None:
    with listening(hangs_up) as port:
        assert look("Redis", redis=f"redis://127.0.0.1:{port}").detail == "it hung up"
        assert look("Redis", redis=f"rediss://127.0.0.1:{port}").up is False
    with listening(says(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert look("Redis", redis=f"redis://127.0.0.1:{port}").detail == "something else answers there"


def test_nothing_there_is_not_running() -> None:
    found = look("Redis", redis="redis://127.0.0.1:1")
    assert (found.up, found.address, found.detail) == (False, "127.0.0.1:1", "not running")


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
    look("Docker", DOCKER_HOST=url, seconds=0.2)


def test_docker_is_asked_where_it_is_said_to_be(tmp_path: Path) -> None:
    pong = says(b"HTTP/1.0 200 OK\r\nApi-Version: 1.47\r\n\r\nOK")
    with listening(pong) as port:
        assert look("Docker", DOCKER_HOST=f"tcp://127.0.0.1:{port}").up
    (tmp_path / ".docker" / "run").mkdir(parents=True)
    with listening(pong, tmp_path / ".docker" / "run" / "docker.sock"):
        found = look("Docker", HOME=str(tmp_path))
    assert found.up
    gone = look("Docker", DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert (gone.up, gone.address, gone.detail) == (
        False,
        f"{tmp_path}/none.sock",
        "not running; 'docker' command not found",
    )


def test_a_docker_that_only_ssh_reaches_is_not_called_down() -> None:
    found = look("Docker", DOCKER_HOST="ssh://robin@build.example")
    assert found.up and "not looked at" in found.detail and found.address == "ssh://build.example"
