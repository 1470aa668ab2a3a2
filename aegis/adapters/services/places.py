"""Where a service is looked for, and a connection to it that a task's text cannot turn against this machine.

A place that a text named is connected to only where it is no link-local or cloud metadata address; what a name stands
for is checked after its look-up, and it is that number that is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from aegis.core.services import Service
from aegis.core.services.requirement import THIS_MACHINE, address, host_and_port

_METADATA = frozenset({"100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"})
"""Where clouds answer machines about themselves besides the link-local range (Alibaba, Azure, Oracle, AWS, Google)."""
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_LEAST_SECONDS = 0.05

REFUSED = "not looked at: link-local and metadata addresses are never asked"


class RefusedError(Exception):
    """A text named an address that is never connected to."""


@dataclass(frozen=True)
class Place:
    """A Unix socket's path, or a host and a port; `named` where a task's text named it, `base` the path before ours."""

    host: str = ""
    port: int = 0
    path: str = ""
    tls: bool = False
    named: bool = False
    base: str = ""

    def __str__(self) -> str:
        return self.path or address(self.host, self.port)

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        return bool(self.path) or self.host in (THIS_MACHINE, "127.0.0.1", "::1")


def places_of(service: Service, named: str, urls: Mapping[str, str]) -> list[Place]:
    """Where a service is looked for: where the text says, else the settings, else at its usual places here."""
    if named:
        return [named_place(named)]
    url = urls.get(service.setting, "")
    configured = configured_place(service, url) if url else None
    if configured is not None:
        return [configured]
    sockets = [Place(path=path) for path in service.sockets if Path(path).exists()]
    return [Place(THIS_MACHINE, service.port), *sockets]


def named_place(text: str) -> Place:
    """The place of a requirement's address: `host:port`, with a scheme before it where TLS is spoken."""
    _, is_url, rest = text.partition("://")
    host, port = host_and_port(rest if is_url else text) or ("", 0)
    return Place(host, port, tls=bool(is_url), named=True)


def url_place(url: str) -> Place:
    """The place of an http(s) URL that a text named, with its path."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    return Place(parts.hostname or "", parts.port or (443 if tls else 80), tls=tls, named=True, base=parts.path or "/")


def configured_place(service: Service, url: str) -> Place | None:
    """The place of an address in the settings; None where it is of another kind or cannot be read."""
    parts = _split(url)
    if parts is None:
        return None
    scheme = parts.scheme.partition("+")[0]
    if scheme == "unix":
        return Place(path=parts.path)
    if service.setting == "QDRANT_URL" and scheme in ("http", "https"):
        port = parts.port or (443 if scheme == "https" else 80)
        return Place(parts.hostname or THIS_MACHINE, port, tls=scheme == "https", base=parts.path.rstrip("/"))
    if scheme not in service.schemes:
        return None
    named = parse_qs(parts.query)
    host = (named.get("host") or [parts.hostname or THIS_MACHINE])[0].split(",")[0]
    port = _number((named.get("port") or [""])[0].split(",")[0]) or parts.port or service.port
    if host.startswith("/"):
        return Place(path=f"{host}/.s.PGSQL.{port}")
    return Place(host or THIS_MACHINE, port, tls=scheme == "rediss")


def _split(url: str) -> SplitResult | None:
    with suppress(ValueError):
        parts = urlsplit(url)
        _ = parts.port
        return parts
    return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def left(deadline: float) -> float:
    """Seconds until a time of `time.monotonic()`. Raises TimeoutError where it is over."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def connected(place: Place, deadline: float) -> socket.socket:
    """A connection to the place. Raises OSError, and RefusedError for what a text may not name."""
    plain = _unix(place.path, deadline) if place.path else _tcp(place, deadline)
    if not place.tls:
        return plain
    try:
        plain.settimeout(left(deadline))
        return _unchecked_tls().wrap_socket(plain, server_hostname=place.host or None)
    except BaseException:
        plain.close()
        raise


def _tcp(place: Place, deadline: float) -> socket.socket:
    """The first of a host's addresses that takes the connection; each gets its share of the time."""
    found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    if place.named and any(is_forbidden(str(where[0])) for *_, where in found):
        raise RefusedError
    trouble: OSError = OSError("has no address")
    for n, (family, kind, protocol, _, where) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(max(_LEAST_SECONDS, left(deadline) / (len(found) - n)))
            connection.connect(where)
        except OSError as error:
            connection.close()
            trouble = error
        else:
            return connection
    raise trouble


def _unix(path: str, deadline: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(left(deadline))
        connection.connect(path)
    except BaseException:
        connection.close()
        raise
    return connection


def is_forbidden(number: str) -> bool:
    """Whether an IP address is one that a text must not make us connect to: link-local, metadata, multicast."""
    try:
        one = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return True
    if isinstance(one, ipaddress.IPv6Address):
        inner = (
            one.ipv4_mapped
            or one.sixtofour
            or (ipaddress.IPv4Address(int(one) & 0xFFFFFFFF) if one in _TRANSLATED else None)
        )
        if inner is not None:
            return is_forbidden(str(inner))
    return (
        one.is_link_local or one.is_multicast or str(one) in _METADATA or one == ipaddress.ip_address("255.255.255.255")
    )


def _unchecked_tls() -> ssl.SSLContext:
    """Whose certificate it is does not matter here: nothing secret is said."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
