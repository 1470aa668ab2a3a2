"""A real look at a service: whether it answers in its own protocol, within two seconds in all."""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from aegis.core.models import ServiceProbe

SECONDS = 2.0
_POSTGRES_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_DOCKER_SOCKET = "/var/run/docker.sock"
_ERRORS_OF_ONE_THAT_STARTS = (b"-LOADING", b"-MASTERDOWN")


@dataclass(frozen=True)
class _Place:
    """Where a service is looked for: a Unix socket's path, or a host and a port."""

    host: str = ""
    port: int = 0
    path: str = ""
    tls: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.path or f"{host}:{self.port}"


def probe(
    service: str,
    *,
    database_url: str | None,
    redis_url: str | None,
    environ: Mapping[str, str],
    seconds: float = SECONDS,
) -> ServiceProbe:
    """Look whether a service answers where the settings say, else at its usual place on this machine.

    Never raises for a service that is away, and takes no longer than `seconds`, slow name servers included.
    """
    match service:
        case "PostgreSQL":
            place = _postgres_place(database_url)
            return _look(service, place, _POSTGRES_SSL_REQUEST, _is_postgres, seconds)
        case "Redis":
            return _look(service, _redis_place(redis_url), b"PING\r\n", _is_redis, seconds)
        case "Docker":
            return _docker(environ, seconds)
    raise ValueError(f"no probe for {service}")


def _is_postgres(said: bytes) -> str:
    return "" if said in (b"S", b"N") or said[:1] == b"E" else _SOMETHING_ELSE


def _is_redis(said: bytes) -> str:
    """An error is an answer too: a server that asks for a password is up."""
    if said.startswith(_ERRORS_OF_ONE_THAT_STARTS):
        return "still starting"
    return "" if re.match(rb"\+PONG|-[A-Z]+ ", said) else _SOMETHING_ELSE


def _is_docker(said: bytes) -> str:
    """The engine's own answer; a port that wants TLS refuses in plain HTTP, and is an answer as well."""
    return "" if re.match(rb"HTTP/1\.[01] (?:200|400|401|403) ", said) else _SOMETHING_ELSE


_SOMETHING_ELSE = "something else answers there"


def _postgres_place(url: str | None) -> _Place:
    parts = _split(url, ("postgres", "postgresql"))
    named = parse_qs(parts.query)
    host = (named.get("host") or [parts.hostname or "localhost"])[0].split(",")[0]
    port = _number((named.get("port") or [""])[0].split(",")[0]) or _port(parts) or 5432
    return _Place(path=f"{host}/.s.PGSQL.{port}") if host.startswith("/") else _Place(host or "localhost", port)


def _redis_place(url: str | None) -> _Place:
    parts = _split(url, ("redis", "rediss", "unix"))
    if parts.scheme == "unix":
        return _Place(path=parts.path)
    return _Place(parts.hostname or "localhost", _port(parts) or 6379, tls=parts.scheme == "rediss")


def _split(url: str | None, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of an address; none where it is of another kind or cannot be read."""
    with suppress(ValueError):
        parts = urlsplit(url or "")
        if parts.scheme.partition("+")[0] in schemes:
            return parts
    return urlsplit("")


def _port(parts: SplitResult) -> int:
    with suppress(ValueError):
        return parts.port or 0
    return 0


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _docker(environ: Mapping[str, str], seconds: float) -> ServiceProbe:
    """Docker's engine by its own API: the command-line client need not be installed."""
    named = _split(environ.get("DOCKER_HOST"), ("unix", "tcp", "http", "https", "ssh", "npipe", "fd"))
    ask = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"
    if named.scheme in ("tcp", "http", "https"):
        place = _Place(named.hostname or "localhost", _port(named) or 2375)
        return _look("Docker", place, ask, _is_docker, seconds)
    if named.scheme and named.scheme != "unix":
        address = f"{named.scheme}://{named.hostname or ''}"
        return ServiceProbe(
            service="Docker", address=address, up=True, detail="not looked at: only sockets and TCP are"
        )
    paths = [named.path] if named.scheme else [_DOCKER_SOCKET, *_own_docker_sockets(environ)]
    found = [_look("Docker", _Place(path=path), ask, _is_docker, seconds / len(paths)) for path in paths]
    return next((one for one in found if one.up), found[0])


def _own_docker_sockets(environ: Mapping[str, str]) -> list[str]:
    """Where Docker Desktop and a rootless engine put their sockets."""
    home, run = environ.get("HOME"), environ.get("XDG_RUNTIME_DIR")
    return [*([f"{home}/.docker/run/docker.sock"] if home else []), *([f"{run}/docker.sock"] if run else [])]


def _look(service: str, place: _Place, ask: bytes, judge: Callable[[bytes], str], seconds: float) -> ServiceProbe:
    """Ask in a thread that may be left behind: neither a name server nor a stuck peer can be interrupted otherwise."""
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(_ask(place, ask, judge, seconds)), daemon=True)
    thread.start()
    thread.join(seconds)
    trouble = found[0] if found else "no answer in time"
    return ServiceProbe(service=service, address=str(place), up=not trouble, detail=trouble or "answers")


def _ask(place: _Place, ask: bytes, judge: Callable[[bytes], str], seconds: float) -> str:
    """What is wrong with the service there; empty where it answers."""
    try:
        with _connected(place, seconds) as connection:
            connection.sendall(ask)
            said = connection.recv(64)
    except (OSError, ValueError) as error:
        return _why(error)
    return judge(said) if said else "it hung up"


def _connected(place: _Place, seconds: float) -> socket.socket:
    if not place.path:
        connection = socket.create_connection((place.host, place.port), timeout=seconds)
        return _unchecked_tls().wrap_socket(connection) if place.tls else connection
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(seconds)
        connection.connect(place.path)
    except BaseException:
        connection.close()
        raise
    return connection


def _unchecked_tls() -> ssl.SSLContext:
    """Whose certificate it is does not matter here: nothing secret is said."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _why(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case ConnectionRefusedError() | FileNotFoundError():
            return "not running"
        case ConnectionError():
            return "it hung up"
        case PermissionError():
            return "this user may not reach it"
        case OSError():
            return (error.strerror or "cannot be reached").lower()
    return "its address cannot be used"
