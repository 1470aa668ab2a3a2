"""What a task may require: a service, a port, a URL, a command or a variable, as a small value that names the cause.

All of it may come from a task's text, so nothing becomes an address, a command or a variable here that is not of plain,
short form; user and password of an address are dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

from aegis.core.services.phrases import words

ON_PATH = "PATH"
IN_ENVIRONMENT = "environment"
THIS_MACHINE = "localhost"

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{0,8}}")
_IPV6 = re.compile(r"[0-9a-f:.]{2,45}")
_HOST_PORT = re.compile(r"(?:\[(?P<six>[^\[\]]{2,45})\]|(?P<host>[^\[\]:]{1,253}))?:(?P<port>\d{1,5})")
_LOOPS = words("localhost 127.0.0.1 ::1 0.0.0.0 :: 0:0:0:0:0:0:0:1 localhost.localdomain")
_FILES = words(
    "py ts tsx js jsx mjs cjs go rs rb c h cc cpp hpp cs java kt swift php md rst txt json yaml yml toml ini cfg conf",
    "sh bash sql html css scss vue svelte xml lock log env tf ex exs erl scala clj lua pl r ipynb proto",
)
_LONGEST_PATH = 200
COMMAND = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{1,99}")


class Kind(StrEnum):
    """What sort of thing is required."""

    SERVICE = "service"
    PORT = "port"
    URL = "URL"
    COMMAND = "command"
    VARIABLE = "variable"


@dataclass(frozen=True, order=True)
class Requirement:
    """Something that must be there before a task can be done; two equal ones are one cause.

    `service` is its name: a service of the table, `host:port`, a URL, a command or a variable. `address` is the place
    that the text names for a service ("" where the settings or the default decide), `host:port` or the URL once more,
    `ON_PATH` for a command, `IN_ENVIRONMENT` for a variable.
    """

    service: str
    address: str = ""

    @classmethod
    def at(cls, address: str) -> Requirement:
        """Whatever answers at an address."""
        return cls(address, address)

    @classmethod
    def command(cls, name: str) -> Requirement:
        """A command on the agent's PATH."""
        return cls(name, ON_PATH)

    @classmethod
    def variable(cls, name: str) -> Requirement:
        """An environment variable that the agent has."""
        return cls(name, IN_ENVIRONMENT)

    @property
    def kind(self) -> Kind:
        """Of which sort it is."""
        if self.address == ON_PATH:
            return Kind.COMMAND
        if self.address == IN_ENVIRONMENT:
            return Kind.VARIABLE
        if self.address and self.address == self.service:
            return Kind.URL if "://" in self.address else Kind.PORT
        return Kind.SERVICE

    def __str__(self) -> str:
        """As a sentence names it."""
        named = self.kind is Kind.SERVICE and self.address
        return f"{self.service} at {self.address}" if named else self.service


def host_and_port(text: str) -> tuple[str, int] | None:
    """("localhost", 9200) of "localhost:9200", ":9200", "127.0.0.1:9200", "[::1]:9200"; None for anything else.

    The names of this machine all become `localhost`. A file's line ("app.py:30") is no address, nor is "16:30".
    """
    found = _HOST_PORT.fullmatch(text.casefold())
    if found is None or not found["port"].isascii() or not 0 < int(found["port"]) < 65536:
        return None
    host = clean_host(found["six"] or found["host"] or THIS_MACHINE)
    return (host, int(found["port"])) if host else None


def clean_host(host: str) -> str:
    """A host's name or number in one form; "" where it is none."""
    host = host.casefold().rstrip(".")
    if host in _LOOPS:
        return THIS_MACHINE
    if ":" in host:
        return host if _IPV6.fullmatch(host) else ""
    if not _HOST.fullmatch(host) or len(host) > 253 or host.rpartition(".")[2] in _FILES:
        return ""
    return "" if host.isdigit() else host


def address(host: str, port: int) -> str:
    """A host and a port as they are written."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def clean_url(text: str) -> str:
    """An http(s) URL without user, password, query and fragment; "" where it is none."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return ""
    host = clean_host(parts.hostname or "")
    if parts.scheme not in ("http", "https") or not host:
        return ""
    place = address(host, port) if port else (f"[{host}]" if ":" in host else host)
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._", errors="replace")[:_LONGEST_PATH]
    return f"{parts.scheme}://{place}{path if path != '/' else ''}"
