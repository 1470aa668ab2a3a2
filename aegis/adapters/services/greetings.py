"""The short exchanges by which services are known: what is asked, and what the answer means.

Nothing of ours is in what is asked: no user, no password, no name; it changes nothing at the other side.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from aegis.adapters.services.places import REFUSED, Place, RefusedError, connected, left
from aegis.core.services import Greeting

SOMETHING_ELSE = "something else answers there"
NOT_RUNNING = "not running"
NO_ANSWER = "no answer in time"
HUNG_UP = "it hung up"
STARTING = "still starting"

Judge = Callable[[bytes, bool], str | None]
"""What is wrong, given what was said so far and whether that is all: "" for nothing, None while it cannot be told."""

_MOST_READ = 8192
_OUR_ID = 1_096_107_343  # any number that an answer must repeat


@dataclass(frozen=True)
class Exchange:
    """What is asked (nothing where the other side speaks first) and how the answer is judged."""

    ask: Callable[[Place], bytes]
    judge: Judge


def greet(greeting: Greeting, place: Place, deadline: float) -> str:
    """What is wrong with the service at a place; "" where it answers in its own protocol. Never raises."""
    trouble = _exchange(EXCHANGES[greeting], place, deadline)
    if greeting is Greeting.ELASTICSEARCH and trouble == HUNG_UP and not place.tls:
        spoken = _exchange(EXCHANGES[greeting], replace(place, tls=True), deadline)  # a fresh one speaks TLS only
        return "" if not spoken else trouble
    return trouble


def ask_url(place: Place, deadline: float) -> str:
    """What is wrong with a URL that a text named; "" where it answers. A redirection is an answer, and not followed."""
    return _exchange(Exchange(lambda at: _request(at.base or "/", at), _page(place.base)), place, deadline)


def _exchange(exchange: Exchange, place: Place, deadline: float) -> str:
    try:
        with connected(place, deadline) as connection:
            asked = exchange.ask(place)
            if asked:
                connection.settimeout(left(deadline))
                connection.sendall(asked)
            return _heard(exchange, connection, deadline)
    except RefusedError:
        return REFUSED
    except (OSError, ValueError) as error:
        return why(error)


def _heard(exchange: Exchange, connection: socket.socket, deadline: float) -> str:
    """Read until the answer can be judged, at most `_MOST_READ` bytes and until the deadline."""
    said = b""
    while len(said) < _MOST_READ:
        trouble = exchange.judge(said, False)
        if trouble is not None:
            return trouble
        connection.settimeout(left(deadline))
        piece = connection.recv(2048)
        if not piece:
            return _at_the_end(exchange, said)
        said += piece
    return SOMETHING_ELSE


def _at_the_end(exchange: Exchange, said: bytes) -> str:
    trouble = exchange.judge(said, True)
    return HUNG_UP if trouble is None or not said else trouble


def why(error: Exception) -> str:
    """The reason why a connection failed, for people."""
    match error:
        case TimeoutError():
            return NO_ANSWER
        case ConnectionRefusedError() | FileNotFoundError():
            return NOT_RUNNING
        case ConnectionError():
            return HUNG_UP
        case PermissionError():
            return "this user may not reach it"
        case OSError():
            return (error.strerror or "cannot be reached").lower()
    return "its address cannot be used"


def _says(text: bytes) -> Callable[[Place], bytes]:
    return lambda _: text


def _get(path: str) -> Callable[[Place], bytes]:
    return lambda place: _request(f"{place.base}{path}", place)


def _request(path: str, place: Place) -> bytes:
    host = str(place) if place.host else "localhost"
    return f"GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode("ascii", "replace")


# --- databases and brokers -----------------------------------------------------------------------------------


def _postgres(said: bytes, ended: bool) -> str | None:
    """One byte: S or N; an error (E) is an answer, too."""
    if not said:
        return None
    return "" if said in (b"S", b"N") or said[:1] == b"E" else SOMETHING_ELSE


def _mysql(said: bytes, ended: bool) -> str | None:
    """Length, number 0, then protocol version 10 (or 9), or an error such as "too many connections"."""
    if len(said) < 5:
        return None if said[3:4] in (b"", b"\0") else SOMETHING_ELSE
    length = int.from_bytes(said[:3], "little")
    return "" if said[3] == 0 and said[4] in (9, 10, 255) and 2 < length < 2048 else SOMETHING_ELSE


def _redis(said: bytes, ended: bool) -> str | None:
    """An error is an answer too: a server that asks for a password is up."""
    if said.startswith((b"-LOADING", b"-MASTERDOWN")):
        return STARTING
    if re.match(rb"\+PONG\r|-[A-Z]+ ", said):
        return ""
    return None if b"+PONG\r".startswith(said) or re.fullmatch(rb"-[A-Z]*", said) else SOMETHING_ELSE


def _hello() -> bytes:
    """An OP_MSG with the BSON document {hello: 1, $db: "admin"} (MongoDB's wire protocol)."""
    name, value = b"$db\0", b"admin\0"
    fields = b"\x10hello\0" + struct.pack("<i", 1) + b"\x02" + name + struct.pack("<i", len(value)) + value + b"\0"
    body = struct.pack("<iB", 0, 0) + struct.pack("<i", len(fields) + 4) + fields
    return struct.pack("<iiii", 16 + len(body), _OUR_ID, 0, 2013) + body


def _mongodb(said: bytes, ended: bool) -> str | None:
    if len(said) < 16:
        return None
    length, _, answers, kind = struct.unpack("<iiii", said[:16])
    return "" if answers == _OUR_ID and kind == 2013 and 16 < length < 1 << 24 else SOMETHING_ELSE


def _amqp(said: bytes, ended: bool) -> str | None:
    """A method frame on channel 0 with Connection.Start (10, 10); or the header of the version that it speaks."""
    if said.startswith(b"AMQP"):
        return ""
    if len(said) >= 11:
        return "" if said[:3] == b"\x01\0\0" and said[7:11] == b"\0\x0a\0\x0a" else SOMETHING_ELSE
    return None if b"AMQP".startswith(said[:4]) or said[:3] == b"\x01\0\0"[: len(said)] else SOMETHING_ELSE


_KAFKA_VERSIONS = struct.pack("!ihhih", 10, 18, 0, _OUR_ID, -1)  # ApiVersions, version 0, without a client's name


def _kafka(said: bytes, ended: bool) -> str | None:
    if len(said) < 10:
        return None
    length, answers, error = struct.unpack("!iih", said[:10])
    return "" if answers == _OUR_ID and error in (0, 35) and 5 < length < 1 << 20 else SOMETHING_ELSE


# --- HTTP ----------------------------------------------------------------------------------------------------


def _status(said: bytes) -> int | None:
    """The status of an HTTP answer; None while it cannot be told, 0 where it is no HTTP."""
    found = re.match(rb"HTTP/1\.[01] (\d{3})[ \r]", said)
    if found is not None:
        return int(found[1])
    return None if b"HTTP/1.".startswith(said[:7]) and len(said) < 13 else 0


def _with_words(*words: bytes) -> Judge:
    """An answer of 200 that has one of these in it; one that asks for a login or a certificate is an answer as well."""

    def judge(said: bytes, ended: bool) -> str | None:
        status = _status(said)
        if status is None:
            return None
        if status in (401, 403):
            return ""
        if status == 503:
            return STARTING
        if status != 200 or ended:
            return "" if status == 200 and any(word in said for word in words) else SOMETHING_ELSE
        return "" if any(word in said for word in words) else None

    return judge


def _docker(said: bytes, ended: bool) -> str | None:
    """The engine's own answer; a port that wants TLS refuses in plain HTTP, and is an answer as well."""
    status = _status(said)
    return None if status is None else "" if status in (200, 400, 401, 403) else SOMETHING_ELSE


def _no_answer_needed(said: bytes, ended: bool) -> str | None:
    return ""


def _page(path: str) -> Judge:
    """ "Not found" is an answer of the root, whose server need not have a page there; of any other path it is none."""

    def judge(said: bytes, ended: bool) -> str | None:
        status = _status(said)
        if not status:
            return None if status is None else SOMETHING_ELSE
        is_good = status < 400 or status in (401, 403, 405, 426) or (status in (404, 410) and path in ("", "/"))
        return "" if is_good else f"answers {status}"

    return judge


EXCHANGES: dict[Greeting, Exchange] = {
    Greeting.POSTGRES: Exchange(_says(struct.pack("!ii", 8, 80877103)), _postgres),
    Greeting.MYSQL: Exchange(_says(b""), _mysql),
    Greeting.REDIS: Exchange(_says(b"PING\r\n"), _redis),
    Greeting.MONGODB: Exchange(_says(_hello()), _mongodb),
    Greeting.AMQP: Exchange(_says(b"AMQP\0\0\x09\x01"), _amqp),
    Greeting.KAFKA: Exchange(_says(_KAFKA_VERSIONS), _kafka),
    Greeting.ELASTICSEARCH: Exchange(_get("/"), _with_words(b"cluster_name", b"You Know, for Search", b"opensearch")),
    Greeting.QDRANT: Exchange(_get("/healthz"), _with_words(b"healthz check passed", b"qdrant")),
    Greeting.DOCKER: Exchange(_get("/_ping"), _docker),
    Greeting.CONNECTION: Exchange(_says(b""), _no_answer_needed),
}
"""How each greeting is spoken; a program, a variable and a URL are looked at otherwise."""
