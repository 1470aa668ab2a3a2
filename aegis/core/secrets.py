"""What is secret: the passwords in addresses, and the variables of an environment whose names say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

_SECRET_PARAMETER = re.compile(r"pass|secret|token|key", re.IGNORECASE)
_SECRET_VARIABLE = re.compile(
    r"(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS?|AUTH_STRING|CUSTOM_HEADERS)$", re.IGNORECASE
)
_SHORTEST_IN_A_VARIABLE = 8
_ORDINARY = frozenset({"password", "postgres", "changeme"})
"""Passwords of examples, which are words of ordinary texts: masking them would mutilate what the agent is told."""


def passwords_in(url: str) -> list[str]:
    """The passwords that stand in an address, as written and decoded.

    None for one that is its user's or database's name too, or an example's: whoever sees the address knows it.
    """
    try:
        parts = urlsplit(url)
        named = (value for name, value in _parameters(parts) if _is_secret(name) and not value.startswith("/"))
        found = [parts.password or "", *named]
        known = {parts.username, parts.path.lstrip("/"), *_ORDINARY}
    except ValueError:
        return [url]
    forms = (form for password in found if password not in known for form in (password, unquote(password)))
    return list(dict.fromkeys(filter(None, forms)))


def without_password(url: str) -> str:
    """An address with its passwords masked, also those that stand in its query."""
    try:
        parts = urlsplit(url)
        parameters = _parameters(parts)
        secret = any(_is_secret(name) for name, _ in parameters)
        if "://" not in url or (parts.password is None and not secret):
            return url
        user = f"{parts.username or ''}:***@" if parts.password is not None else ""
        host = parts.netloc.rpartition("@")[2] if user else parts.netloc
        query = "&".join(f"{name}={'***' if _is_secret(name) else value}" for name, value in parameters)
        return urlunsplit((parts.scheme, user + host, parts.path, query if secret else parts.query, parts.fragment))
    except ValueError:
        return "(not a URL)"


def secrets_of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    """The values of variables whose names say that they are secret, and the passwords in those that are addresses.

    A path is the place of a secret and none itself; a header's value counts without its name and scheme.
    """
    for name, value in environ.items():
        text = value.strip()
        if "://" in text:
            yield from passwords_in(text)
        if _SECRET_VARIABLE.search(name) and len(text) >= _SHORTEST_IN_A_VARIABLE and not text.startswith(("/", "~")):
            yield text
            yield from _in_headers(text)


def _in_headers(text: str) -> Iterator[str]:
    for line in text.splitlines():
        value = line.partition(":")[2].strip()
        token = value.rpartition(" ")[2]
        if len(token) >= _SHORTEST_IN_A_VARIABLE:
            yield token


def _parameters(parts: SplitResult) -> list[tuple[str, str]]:
    pairs = (pair.partition("=") for pair in parts.query.split("&") if pair)
    return [(name, value) for name, _, value in pairs]


def _is_secret(name: str) -> bool:
    return _SECRET_PARAMETER.search(name) is not None
