"""A sentence's words with all that can be required marked: each thing once, with the address that stands with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aegis.core.services import phrases as p
from aegis.core.services.requirement import THIS_MACHINE, Kind, Requirement, address, clean_host, host_and_port
from aegis.core.services.table import BY_NAME
from aegis.core.services.things import is_ip, is_version, named, named_before
from aegis.core.services.words import Token

_TO_AN_ADDRESS = p.NOUNS | p.words(
    "on at under via running listening up reachable available ( : port a the host must be is has to needs should",
    "answer respond listen run being local lokal qui que tourne der die das läuft laufend",
)
_FARTHEST_ADDRESS = 8
_LEAST_PORT, _PAST_PORTS = 1024, 65536
_PRIVATE = p.words("lan local internal intern intra corp int home svc localdomain")
"""What a private network's names end with."""


def with_things(tokens: list[Token]) -> list[Token]:
    """The tokens with what can be required marked."""
    return _without_brackets(_addressed(named(tokens)))


def _without_brackets(tokens: list[Token]) -> list[Token]:
    """ "Test on the head unit (`head-unit`)", "the shop (http://localhost:4200)": a second name of what is said."""
    for at in range(2, len(tokens) - 1):
        thing = tokens[at].thing
        if thing is None or tokens[at - 1].word != "(" or tokens[at + 1].word != ")":
            continue
        begin = named_before(tokens, at) if thing.kind is Kind.COMMAND else at - 1
        is_served = any(token.thing is not None for token in tokens[max(0, at - 6) : at])
        is_name = bool(begin) and not is_served and (begin < at - 1 or _is_address(tokens[at]))
        if is_name and not tokens[at - 2].is_mark and tokens[at - 2].thing is None:
            tokens[begin:at] = [Token("")] * (at - begin)
            tokens[at + 1] = Token("")
    return [token for token in tokens if token.word]


def _addressed(tokens: list[Token]) -> list[Token]:
    """Each service with the address that stands with it; the address is no thing of its own then."""
    for at, token in enumerate(tokens):
        thing = token.thing
        if thing is not None and thing.kind is Kind.SERVICE and not thing.address and BY_NAME[thing.service].port:
            place = _address_with(tokens, at)
            if place is not None:
                begin, end, where = place
                tokens[at] = replace(token, thing=Requirement(thing.service, where))
                tokens[begin:end] = [Token("")] * (end - begin)
    return [token for token in tokens if token.word]


def _address_with(tokens: Sequence[Token], at: int) -> tuple[int, int, str] | None:
    """Where the words of a service's address begin and end, and the address; None where there is none."""
    if at > 1 and tokens[at - 1].word == "(" and _is_address(tokens[at - 2]):  # "localhost:6380 (Redis)"
        return at - 2, at - 1, str(tokens[at - 2].thing)
    around = [tokens[n].word for n in (at - 1, at + 1, at + 3) if 0 <= n < len(tokens)]
    in_brackets = around == ["(", ",", ")"]
    if in_brackets and _is_address(tokens[at + 2]):  # "the load cluster (Elasticsearch, es-load.lan:9200)"
        return at + 1, at + 3, _short(str(tokens[at + 2].thing))
    thing = tokens[at].thing
    host = ""
    for n in range(at + 1, min(len(tokens), at + 1 + _FARTHEST_ADDRESS)):
        token = tokens[n]
        if _is_address(token):
            where = str(token.thing)
            return n, n + 1, where.replace(THIS_MACHINE, host, 1) if host and token.word == "port" else _short(where)
        if tokens[n - 1].word in ("on", "at") and _is_a_bare_port(tokens, n) and not _is_usual(token, thing):
            return n, n + 1, address(host or THIS_MACHINE, int(token.word))
        if token.word in ("localhost", "127.0.0.1") or (tokens[n - 1].word in ("on", "at") and _is_remote(token)):
            host = clean_host(token.word)
        elif token.word not in _TO_AN_ADDRESS and not is_version(token):
            break
    return _host_alone(tokens, at, thing)


def _is_a_bare_port(tokens: Sequence[Token], at: int) -> bool:
    """ "An Elasticsearch 8.11 on 9200, security off": four or five digits, and nothing that is counted."""
    number, following = tokens[at].word, tokens[at + 1] if at + 1 < len(tokens) else Token(",")
    is_port = number.isascii() and number.isdigit() and _LEAST_PORT <= int(number[:6]) < _PAST_PORTS
    return is_port and (following.is_mark or following.word in ("and", "with", "for", "before"))


def _is_usual(port: Token, thing: Requirement | None) -> bool:
    """Whether a number is the port where the service listens anyway; the settings say on which host."""
    return thing is not None and port.word == str(BY_NAME[thing.service].port)


def _host_alone(tokens: Sequence[Token], at: int, thing: Requirement | None) -> tuple[int, int, str] | None:
    """ "Redis on localhost", "Postgres at db.example.org": the usual port there."""
    port = BY_NAME[thing.service].port if thing is not None else 0
    for n in range(at + 1, min(len(tokens) - 1, at + 4)):
        host = tokens[n + 1]
        if tokens[n].word in ("on", "at") and (host.word in ("localhost", "127.0.0.1") or _is_remote(host)):
            return n, n + 2, address(clean_host(host.word), port)
        if tokens[n].word not in p.NOUNS | {"running", "up", "available", "reachable"} and not is_version(tokens[n]):
            return None
    return None


def _is_address(token: Token) -> bool:
    return token.thing is not None and token.thing.kind in (Kind.PORT, Kind.URL)


def _is_remote(token: Token) -> bool:
    """Whether a word is a host by its form alone: a name with two dots at least, or four numbers."""
    is_named = token.word.count(".") >= 2 or token.word.rpartition(".")[2] in _PRIVATE
    return (is_named and "." in token.word and bool(clean_host(token.word)) and not is_version(token)) or is_ip(
        token.word
    )


def _short(where: str) -> str:
    """A web address as a service's: without its path; plain HTTP is not said."""
    scheme, is_url, rest = where.partition("://")
    if not is_url:
        return where
    place = rest.partition("/")[0]
    if host_and_port(place) is None:
        place = address(place.strip("[]"), 443 if scheme == "https" else 80)
    return f"https://{place}" if scheme == "https" else place
