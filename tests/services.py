"""Stand-ins for services that tasks require: there, and gone again, at a place that stays the same."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def free_port() -> int:
    """A port at which nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


class _Pong(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(64)
        self.request.sendall(b"+PONG\r\n")


class _Server(socketserver.TCPServer):
    allow_reuse_address = True


@contextmanager
def redis_at(port: int) -> Iterator[None]:
    """Something that answers a PING as Redis does."""
    with _Server(("127.0.0.1", port), _Pong) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
