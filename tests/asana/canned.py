"""Servers that answer what they are told, for what no well-built Asana sandbox would send."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aegis.adapters.asana import AsanaClient


@dataclass(frozen=True)
class Answer:
    """One answer: JSON, or bytes as they are."""

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Canned:
    """A running server: where it listens, and what it was asked (method, path, headers)."""

    port: int
    seen: list[tuple[str, str, dict[str, str]]]

    def client(self, **changes: object) -> AsanaClient:
        settings = {
            "token": "token-of-somebody",
            "base_url": f"http://127.0.0.1:{self.port}/api/1.0",
            "patience_seconds": 5.0,
            "read_seconds": 0.5,
            "back_off_seconds": 0.01,
        }
        return AsanaClient(**{**settings, **changes})  # type: ignore[arg-type]  # names of parameters


@contextmanager
def canned(*answers: Answer) -> Iterator[Canned]:
    """Answers in turn, whatever is asked; the last one again and again."""
    seen: list[tuple[str, str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = answers[min(len(seen), len(answers) - 1)]
            seen.append((self.command, self.path, dict(self.headers)))
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_CONNECT = answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Canned(server.server_port, seen)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class BrokenTls:
    """A TLS server that takes a request and then breaks the encryption."""

    port: int
    certificate: Path
    applied: list[bytes]


@contextmanager
def broken_tls(directory: Path, *, first: bytes = b"") -> Iterator[BrokenTls]:
    """Each connection: take a request, send `first` well, then a record that cannot be decrypted."""
    certificate = _certificate(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    applied: list[bytes] = []

    def serve(raw: socket.socket) -> None:
        try:
            with context.wrap_socket(raw, server_side=True) as wrapped:
                applied.append(wrapped.recv(65536))
                if first:
                    wrapped.sendall(first)
                os.write(wrapped.fileno(), b"\x17\x03\x03\x00\x20" + b"x" * 32)
                wrapped.settimeout(0.2)
                wrapped.recv(1)
        except OSError:
            return

    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            serve(raw)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield BrokenTls(listener.getsockname()[1], certificate, applied)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _certificate(directory: Path) -> Path:
    """A certificate for 127.0.0.1, its own authority, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = directory / "certificate.pem"
    path.write_bytes(made.public_bytes(pem) + private)
    return path
