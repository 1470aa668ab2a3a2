"""A real look at a service: whether it answers in its own protocol, within two seconds."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from urllib.parse import urlsplit

from aegis.core.models import ServiceProbe

SECONDS = 2.0
_POSTGRES_SSL_REQUEST = struct.pack("!ii", 8, 80877103)


def probe(service: str, *, database_url: str | None, redis_url: str | None, environ: Mapping[str, str]) -> ServiceProbe:
    """Look whether a service answers where the settings say, else at its usual place on this machine."""
    match service:
        case "PostgreSQL":
            host, port = _place(database_url, 5432)
            return _ask(service, host, port, _POSTGRES_SSL_REQUEST, (b"S", b"N", b"E"))
        case "Redis":
            host, port = _place(redis_url, 6379)
            return _ask(service, host, port, b"PING\r\n", (b"+PONG", b"-NOAUTH", b"-ERR", b"-DENIED"))
        case "Docker":
            return _docker(environ)
    raise ValueError(f"no probe for {service}")


def _place(url: str | None, port: int) -> tuple[str, int]:
    parts = urlsplit(url or "")
    return parts.hostname or "localhost", parts.port or port


def _ask(service: str, host: str, port: int, question: bytes, answers: tuple[bytes, ...]) -> ServiceProbe:
    address = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as connection:
            connection.settimeout(SECONDS)
            connection.sendall(question)
            said = connection.recv(64)
    except OSError as error:
        return ServiceProbe(service=service, address=address, up=False, detail=_why(error))
    if said.startswith(answers):
        return ServiceProbe(service=service, address=address, up=True, detail="answers")
    return ServiceProbe(
        service=service, address=address, up=False, detail=f"something else than {service} answers there"
    )


def _docker(environ: Mapping[str, str]) -> ServiceProbe:
    """Docker's engine by its own API, over the socket: the command-line client need not be installed."""
    named = urlsplit(environ.get("DOCKER_HOST", ""))
    if named.scheme in ("tcp", "http", "https"):
        host, port = named.hostname or "localhost", named.port or 2375
        return _ask("Docker", host, port, b"GET /_ping HTTP/1.0\r\n\r\n", (b"HTTP/1.",))
    path = named.path if named.scheme == "unix" else "/var/run/docker.sock"
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS)
            connection.connect(path)
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            up = connection.recv(64).startswith(b"HTTP/1.")
    except OSError as error:
        return ServiceProbe(service="Docker", address=path, up=False, detail=_why(error))
    return ServiceProbe(service="Docker", address=path, up=up, detail="answers" if up else "does not speak HTTP")


def _why(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError | FileNotFoundError):
        return "not running"
    return (error.strerror or "cannot be reached").lower()
