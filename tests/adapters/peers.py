"""Small servers that speak a protocol's greeting, or misbehave, and what they were asked."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

Peer = Callable[[socket.socket], None]


@dataclass
class Listening:
    """A server: its port, how often it was connected to, and what was said to it."""

    port: int
    connections: int = 0
    heard: list[bytes] = field(default_factory=list)


def says(answer: bytes) -> Peer:
    """Waits for a question and gives this answer."""

    def peer(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(answer)

    return peer


def greets(answer: bytes) -> Peer:
    """Speaks first."""
    return lambda connection: connection.sendall(answer)


def hangs(connection: socket.socket) -> None:
    """Says nothing, until the other side gives up."""
    while connection.recv(1000):
        pass


def hangs_up(connection: socket.socket) -> None:
    """Hears the question and goes."""
    connection.recv(1000)


def stops_after(answer: bytes) -> Peer:
    """Says this much, and nothing more."""

    def peer(connection: socket.socket) -> None:
        connection.sendall(answer)
        hangs(connection)

    return peer


def drips(answer: bytes) -> Peer:
    """One byte at a time, slowly."""

    def peer(connection: socket.socket) -> None:
        for byte in answer * 50:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    return peer


class _Recording:
    """A connection that keeps what it hears."""

    def __init__(self, connection: socket.socket, heard: list[bytes]) -> None:
        self._connection, self._heard = connection, heard

    def recv(self, size: int) -> bytes:
        said = self._connection.recv(size)
        self._heard.append(said)
        return said

    def sendall(self, data: bytes) -> None:
        self._connection.sendall(data)


@contextmanager
def listening(peer: Peer, address: Path | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Listening]:
    """A server of one peer, on a free port of this machine or on a Unix socket."""
    server = socket.socket(socket.AF_UNIX if address else socket.AF_INET)
    server.bind(str(address) if address else ("127.0.0.1", 0))
    server.listen(64)
    here = Listening(0 if address else server.getsockname()[1])

    def talk(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
            peer(_Recording(spoken, here.heard))  # type: ignore[arg-type]  # as much of a socket as peers use

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            here.connections += 1
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def self_signed(folder: Path) -> ssl.SSLContext:
    """TLS with a certificate that nobody vouches for, as a fresh Elasticsearch has it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
