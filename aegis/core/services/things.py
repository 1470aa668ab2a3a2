"""What can be required, found among a sentence's words: services, addresses, commands and variables.

Several words become one token where they name one thing ("port 5433", "AWS CLI"); `addresses` then gives a service the
address that stands with it ("Redis on localhost:6380"), so that the two are one requirement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aegis.core.services import phrases as p
from aegis.core.services.commands import COMMANDS
from aegis.core.services.requirement import (
    COMMAND,
    THIS_MACHINE,
    VARIABLE,
    Kind,
    Requirement,
    address,
    clean_host,
    clean_url,
    host_and_port,
)
from aegis.core.services.table import SERVICES
from aegis.core.services.words import Token, plain

_SERVICE = re.compile(
    "(?:"
    + "|".join(f"(?P<s{n}>{service.word})" for n, service in enumerate(SERVICES))
    + r")(?P<version>[@:-]?v?\d[\d.x+]*)?"
)
_COMPOUND = re.compile(r"(?<=\w)-(?:instanz|server|datenbank|cluster|container|broker|dienst)\b")
"""As German writes what stands behind a name: "die MySQL-Instanz"."""
_SCHEMES = {scheme: service for service in SERVICES for scheme in service.schemes}
_TWO_WORDS = {("rabbit", "mq"): "rabbitmq", ("elastic", "search"): "elasticsearch"}
_VERSION = re.compile(r"v?\d[\w.:+-]*|lts")
_NUMBER = re.compile(r"\d{1,5}")
_HAS_VARIABLE = re.compile(r"\$?\{?(?P<name>[A-Z][A-Z0-9]*(?P<rest>(?:_[A-Z0-9]+)*))\}?")
_NO_VARIABLES = frozenset({"PRIMARY_KEY", "FOREIGN_KEY", "UNIQUE_KEY", "NOT_NULL"})
_NEVER_A_COMMAND = p.AROUND | p.AFTER | p.NEEDS | p.NO_COMMANDS
_OF_AN_ENVIRONMENT = p.words("cluster environment env lab box system team budget regression")
_FRAME = p.words("must should has needs to is be being installed available present found")
_DETERMINERS = p.words("the a an our all new its their your some is are")
_WEB = frozenset({"http", "https"})
_LEAST_PORT_IN_A_TAG = 1024
_SIGNS = re.compile(r"[`_$]|://|:\d\d|(?:^|\s)--?[a-z]")
_WORDS = re.compile(r"[a-z]+(?:-[a-z]+)*")
_CALLS = p.words("installed path cli command binary executable variable var")
_NAMES = p.words(
    "postgres postgresql postgis pgvector timescaledb mysql mariadb percona redis valkey mongo mongodb rabbitmq",
    "rabbit rabbit-mq kafka elasticsearch elastic-search elastic opensearch open-search qdrant docker docker-compose",
    "mongod mysqld dockerd pgsql node nodejs port ports installed path cli variable variables var vars env",
) | {_WORDS.findall(name)[0] for name in COMMANDS}
_NICKNAMES = {word: service for service in SERVICES for word in service.nicknames}


def may_name_things(text: str) -> bool:
    """Whether a text may name something that can be required: most do not, and are done with after one pass."""
    text = text if text.isascii() else plain(text)
    lowered = text.lower()
    found = _WORDS.findall(_COMPOUND.sub("", lowered) if "-" in lowered else lowered)
    return _SIGNS.search(lowered) is not None or not _NAMES.isdisjoint(found) or not _NICKNAMES.keys().isdisjoint(found)


def nicknames_of(text: str) -> frozenset[str]:
    """The nicknames of services that mean these in a text, by the company that they keep there."""
    said = set(_WORDS.findall(text.lower()))
    return frozenset(word for word in _NICKNAMES.keys() & said if _NICKNAMES[word].company & said)


def by_nickname(tokens: list[Token], nicknames: frozenset[str]) -> list[Token]:
    """The tokens with the names of the services that nicknames mean."""
    if nicknames.isdisjoint([token.word.removesuffix("'s") for token in tokens]):
        return tokens
    return [
        replace(token, word=_NICKNAMES[bare].name.lower())
        if (bare := token.word.removesuffix("'s")) in nicknames and not token.code and following not in ("search", "mq")
        else token
        for token, following in zip(tokens, (*(one.word for one in tokens[1:]), ""), strict=True)
    ]


def is_version(token: Token) -> bool:
    """Whether a word is a version: "16", "v3.2", "20+", "LTS"."""
    return token.thing is None and _VERSION.fullmatch(token.word) is not None


def service_in(token: Token) -> Requirement | None:
    """The service of the table that a single word names."""
    if token.thing is not None:
        return token.thing if token.thing.kind is Kind.SERVICE else None
    found = _SERVICE.fullmatch(
        _COMPOUND.sub("", token.word.removesuffix("'s")) if token.raw[:1].isupper() else token.word.removesuffix("'s")
    )
    if found is None:
        return None
    service = next(SERVICES[n] for n in range(len(SERVICES)) if found[f"s{n}"])
    version = found["version"] or ""
    if version[:1] == ":" and version[1:].isdigit() and int(version[1:]) >= _LEAST_PORT_IN_A_TAG and service.port:
        named = host_and_port(version)
        return Requirement(service.name, address(*named)) if named else None
    return Requirement(service.name)


def named(tokens: list[Token]) -> list[Token]:
    """The tokens with what each names, addresses still apart from their services."""
    found: list[Token] = []
    at = 0
    words = [token.word for token in tokens]
    # only where one of these stands is an ordinary word a command
    calls = not _CALLS.isdisjoint(words) or any(word[:1] == "-" for word in words)
    while at < len(tokens):
        token, used = (tokens[at], 1) if not calls and _is_ordinary(tokens[at]) else _one(tokens, at)
        found.append(token)
        at += used
    return found


def _is_ordinary(token: Token) -> bool:
    """Whether a word by itself names nothing: most words."""
    return (
        token.raw.replace("'", "").isalpha()
        and "'s" not in token.raw
        and not token.code
        and not token.raw.isupper()
        and token.word not in _NAMES
    )


def _one(tokens: list[Token], at: int) -> tuple[Token, int]:
    """The token at a place with what it names, and how many words it took."""
    token = tokens[at]
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    joined = _TWO_WORDS.get((token.word, following))
    if joined is not None:
        return _one([Token(joined, joined)], 0)[0], 2
    if token.word in ("port", "ports") and _NUMBER.fullmatch(following.partition("/")[0]):
        named = host_and_port(f":{following}")
        if named is not None:
            return replace(token, thing=Requirement.at(address(*named))), 2
    if f"{token.word} {following}" in COMMANDS:
        return replace(token, thing=_known_command(f"{token.word} {following}")), 2
    thing = _address_in(token) or _service_in(tokens, at) or _variable_in(tokens, at)
    if thing is not None:
        sure = _is_sure(thing, tokens, at)
        return replace(token, thing=thing, sure=sure), 1
    return _command_in(tokens, at), 1


def _is_sure(thing: Requirement, tokens: Sequence[Token], at: int) -> bool:
    """Whether the word itself says that the thing is meant; a web page's address is mostly there to be read."""
    if thing.kind is Kind.VARIABLE:
        return _is_surely_a_variable(tokens, at, thing.service)
    place = thing.address.partition("://")[2].partition("/")[0]
    return thing.kind is not Kind.URL or place == THIS_MACHINE or is_ip(place) or host_and_port(place) is not None


def _address_in(token: Token) -> Requirement | None:
    scheme, is_url, _ = token.word.partition("://")
    if is_url and scheme in _WEB:
        url = clean_url(token.raw)
        return Requirement.at(url) if url else None
    if is_url and scheme in _SCHEMES:
        return _of_url(token.raw, scheme)
    if is_url:
        named = host_and_port(token.word.partition("://")[2].partition("/")[0].rpartition("@")[2])
        return Requirement.at(address(*named)) if named else None  # "ldap://ad.lan:389"
    if ":" not in token.word:
        return None
    named = host_and_port(token.word)
    if named is None or (token.word[0] not in ":[" and not _is_plain_host(named[0])):
        return None
    return Requirement.at(address(*named))


def service_at(place: str) -> Requirement | None:
    """What answers at an address that a command line names."""
    return _address_in(Token(place.casefold(), place))


def _is_plain_host(host: str) -> bool:
    """Whether words with a number behind a colon are a host: this machine, a number, or a name with dots."""
    return (
        host == THIS_MACHINE
        or "." in host
        or ":" in host
        or (len(host) > 1 and ("-" in host or not _SERVICE.fullmatch(host)))
    )


def _of_url(url: str, scheme: str) -> Requirement | None:
    """The service of a URL such as redis://cache:6379/0; with its scheme where that says that TLS is spoken."""
    service = _SCHEMES[scheme]
    rest = url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2].partition(",")[0]
    named = host_and_port(rest) or ((host, service.port) if (host := clean_host(rest)) else None)
    if named is None:
        return Requirement(service.name)
    place = address(*named)
    return Requirement(service.name, f"{scheme}://{place}" if scheme in ("rediss", "amqps") else place)


def _service_in(tokens: Sequence[Token], at: int) -> Requirement | None:
    found = service_in(tokens[at])
    if found is None or found.service != "Node" or tokens[at].word != "node":
        return found
    # "Node" is a runtime where it is written so, or has a version or "installed" behind it; else a node of a tree
    before = tokens[at - 1].word if at else ""
    after = tokens[at + 1] if at + 1 < len(tokens) else Token("")
    says = (
        is_version(after)
        or after.word in ("installed", "version", "runtime")
        or (after.word == "on" and _names_path(tokens, at + 2))
        or after.word.startswith("--")
    )
    article = before in ("a", "the", "each", "every", "this", "that", "one", "of", "another", "any")
    is_capital = tokens[at].raw == "Node" and not article
    says = says or after.word in ("script", "scripts")
    return found if says or is_capital or tokens[at].code else None


def _names_path(tokens: Sequence[Token], at: int) -> bool:
    return any(token.word == "path" for token in tokens[at : at + 2])


# --- commands and variables ----------------------------------------------------------------------------------


def _variable_in(tokens: Sequence[Token], at: int) -> Requirement | None:
    found = _HAS_VARIABLE.fullmatch(tokens[at].raw)
    if found is None or not VARIABLE.fullmatch(found["name"]) or found["name"] in _NO_VARIABLES or tokens[at].given:
        return None
    if at and tokens[at - 1].word in p.NO_VARIABLE_BEFORE:
        return None
    if not found["rest"] and not (tokens[at].raw.startswith("$") or _is_called_variable(tokens, at)):
        return None
    return Requirement.variable(found["name"])


def _is_surely_a_variable(tokens: Sequence[Token], at: int, name: str) -> bool:
    around = {token.word for token in [*tokens[max(0, at - 4) : at], *tokens[at + 1 : at + 7]]}
    frame = around & p.VARIABLE_FRAME
    return bool(frame) or tokens[at].raw.startswith("$") or p.CREDENTIAL.fullmatch(name) is not None


def _is_called_variable(tokens: Sequence[Token], at: int) -> bool:
    before = [token.word for token in tokens[max(0, at - 2) : at]]
    after = [token.word for token in tokens[at + 1 : at + 3]]
    return bool({"variable", "var"} & {*before, *after})


def _command_in(tokens: Sequence[Token], at: int) -> Token:
    """The word as a command: a known one, one in backticks, or one that its neighbours call so."""
    token = tokens[at]
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if token.word in COMMANDS and not token.code and following in _OF_AN_ENVIRONMENT:  # "the perf cluster"
        return token
    if token.word in COMMANDS:
        return replace(token, thing=_known_command(token.word))
    name = token.raw if token.code else token.word
    if not COMMAND.fullmatch(name) or token.word in _NEVER_A_COMMAND or not any(c.isalpha() for c in name):
        return token
    begins = not at or tokens[at - 1].word in (",", ";", ":", "and", "then", "(", "with", "via", "using", "under")
    if begins and at + 1 < len(tokens) and tokens[at + 1].word.startswith("-") and token.raw.islower():
        return replace(token, thing=Requirement.command(name))
    if _is_called_command(tokens, at):
        return replace(token, thing=Requirement.command(name))
    plain = token.code and name == token.word and "_" not in name and "." not in name
    return replace(token, thing=Requirement.command(name), sure=False) if plain else token


def _known_command(name: str) -> Requirement:
    """By its program's name; by people's where several programs would do."""
    programs = COMMANDS[name]
    return Requirement.command(programs[0] if len(programs) == 1 else name)


def _is_called_command(tokens: Sequence[Token], at: int) -> bool:
    """ "X installed", "X must be installed", "X on the PATH", "the X command", "the command X"."""
    token = tokens[at]
    before = tokens[at - 1].word if at else ""
    after = [one.word for one in tokens[at + 1 : at + 8]]
    if before in ("command", "binary", "executable") and token.code:
        return True
    if token.code and (_is_on_a_machine(after) or named_before(tokens, at)):
        return True
    if after[:1] and after[0] in ("command", "cli", "binary", "executable"):
        return token.code or (before not in ("a", "new", "our") and after[0] == "cli")
    while after and after[0] in _FRAME:
        if after[0] == "installed":
            return token.code or _may_be_a_program(tokens, at)
        after = after[1:]
    return after[:1] in (["on"], ["in"]) and "path" in after[1:4]


def _is_on_a_machine(after: Sequence[str]) -> bool:
    """ "You need `vault` on your machine"."""
    return (
        after[:1] in (["on"], ["in"])
        and after[1:2] in (["your"], ["the"], ["this"], ["my"])
        and after[2:3] != []
        and after[2] in p.HERE
    )


def named_before(tokens: Sequence[Token], at: int) -> int:
    """Where the name begins in "the Desktop Head Unit (`desktop-head-unit`)", written in other letters; 0: nowhere."""
    if not at or tokens[at - 1].word != "(" or at + 1 == len(tokens) or tokens[at + 1].word != ")":
        return 0
    name, said = tokens[at].word.replace("-", ""), ""
    for n in range(at - 2, max(0, at - 6), -1):
        said = tokens[n].word.replace("-", "") + said
        if said == name:
            return n
    return 0


def _may_be_a_program(tokens: Sequence[Token], at: int) -> bool:
    """Whether a plain word before "installed" is one program's name, and no ordinary thing's."""
    before = tokens[at - 1].word if at else ""
    is_plain = tokens[at].raw.islower() and len(tokens[at].word) > 1
    return is_plain and before not in _DETERMINERS


def is_ip(word: str) -> bool:
    """Whether a word is a host's number: "10.0.4.7"."""
    parts = word.split(".")
    return (
        len(parts) == 4
        and all(part.isdigit() and int(part) < 256 for part in parts if part.isascii())
        and word.isascii()
    )
