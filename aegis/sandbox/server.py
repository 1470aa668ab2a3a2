"""The sandbox as an HTTP server: Asana's API under /api/1.0, its controls under /_sandbox, a page for people at /."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from aegis.sandbox.faults import Fault, Faults
from aegis.sandbox.page import act, page
from aegis.sandbox.routes import Answer, Api, Request
from aegis.sandbox.store import Refused, Store

API = "/api/1.0"
_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class RequestRecord:
    """A request to the API as it came; a batch is one, with its actions counted in `parts`."""

    method: str
    path: str
    query: dict[str, str]
    status: int
    at: float
    parts: int = 1


class AsanaSandbox:
    """The server; a context manager. Its address for `ASANA_BASE_URL` is `api_url`."""

    def __init__(self, database: Path | None = None, port: int = 0, store: Store | None = None) -> None:
        self.store = store or Store(database)
        self.api = Api(self.store)
        self.faults = Faults()
        self.requests: list[RequestRecord] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.sandbox = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def page_url(self) -> str:
        """The page for people."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    @property
    def api_url(self) -> str:
        """The API's base address."""
        return self.page_url.rstrip("/") + API

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering; hanging requests end."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self.store.close()

    def wait(self) -> None:
        """Wait until it is stopped."""
        self._thread.join()

    def note(self, record: RequestRecord) -> None:
        """Remember a request."""
        with self._lock:
            self.requests.append(record)

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self.requests.clear()

    def asked(self, method: str | None = None, path: str = "") -> list[RequestRecord]:
        """The requests so far, of a method and with `path` in their path."""
        with self._lock:
            return [r for r in self.requests if method in (None, r.method) and path in r.path]

    def __enter__(self) -> AsanaSandbox:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    sandbox: AsanaSandbox

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the requests are remembered."""

    def do_GET(self) -> None:
        """Any request."""
        self._dispatch()

    do_POST = do_PUT = do_DELETE = do_GET

    def _dispatch(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0].strip("[]")
        if parts.path.startswith(API):
            self._api(parts.path.removeprefix(API), dict(parse_qsl(parts.query)), raw)
        elif host not in _LOCAL or self.headers.get("Sec-Fetch-Site") not in (None, "same-origin", "none"):
            self._send(403, b"only from this machine's own browser", "text/plain")
        elif parts.path.startswith("/_sandbox/"):
            self._control(parts.path.removeprefix("/_sandbox/"), raw)
        elif self.command == "POST":
            self._act(parts.path, raw)
        elif parts.path == "/":
            self._send(200, page(self.server.sandbox.store).encode(), "text/html; charset=utf-8")
        else:
            self._send(404, b"no such page", "text/plain")

    def _api(self, path: str, query: dict[str, str], raw: bytes) -> None:
        sandbox = self.server.sandbox
        fault = sandbox.faults.take(self.command, path)
        if fault is not None and self._fails_before(fault, path, query):
            return
        answer, parts = self._answer(path, query, raw)
        sandbox.note(RequestRecord(self.command, path, query, answer.status, time.time(), parts))
        data = json.dumps(answer.body).encode()
        if fault is None or not self._fails_after(fault, data):
            self._send(answer.status, data, "application/json")

    def _answer(self, path: str, query: dict[str, str], raw: bytes) -> tuple[Answer, int]:
        sandbox = self.server.sandbox
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ").strip()
        user = sandbox.store.user_of_token(token)
        if user is None:
            return Answer(401, {"errors": [{"message": "Not Authorized", "help": ""}]}), 1
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            return Answer(400, {"errors": [{"message": "Could not parse request data, invalid JSON", "help": ""}]}), 1
        count = len(body["data"].get("actions") or [1]) if path == "/batch" and isinstance(body, dict) else 1
        return sandbox.api.handle(Request(self.command, path, query, body, user)), count

    def _fails_before(self, fault: Fault, path: str, query: dict[str, str]) -> bool:
        """A fault that comes before anything is applied; True where nothing more is to be done."""
        sandbox = self.server.sandbox
        if fault.kind == "latency":
            sandbox.closing.wait(fault.seconds)
            return False
        if fault.kind not in ("status", "hang", "reset"):
            return False
        sandbox.note(
            RequestRecord(self.command, path, query, fault.status if fault.kind == "status" else 0, time.time())
        )
        if fault.kind == "status":
            headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
            message = {"errors": [{"message": f"sandbox fault {fault.status}", "help": ""}]}
            self._send(fault.status, json.dumps(message).encode(), "application/json", headers)
        else:
            if fault.kind == "hang":
                sandbox.closing.wait(fault.seconds or 3600)
            self._reset()
        return True

    def _fails_after(self, fault: Fault, data: bytes) -> bool:
        """A fault that comes after the request was applied; True where it was answered that way."""
        if fault.kind == "malformed":
            self._send(200, data[: max(1, len(data) // 2)], "application/json")
        elif fault.kind == "html":
            self._send(200, b"<html><body>Please log in to the proxy</body></html>", "text/html")
        elif fault.kind in ("hang_after", "reset_after"):
            if fault.kind == "hang_after":
                self.server.sandbox.closing.wait(fault.seconds or 3600)
            self._reset()
        else:
            return False
        return True

    def _control(self, what: str, raw: bytes) -> None:
        """The controls for other processes: faults, the requests so far, and the state."""
        sandbox = self.server.sandbox
        match (self.command, what):
            case ("POST", "faults"):
                sandbox.faults.add(Fault.model_validate_json(raw))
            case ("DELETE", "faults"):
                sandbox.faults.clear()
            case ("DELETE", "requests"):
                sandbox.clear_requests()
            case ("GET", "requests"):
                self._send_json([asdict(record) for record in sandbox.asked()])
                return
            case ("GET", "state"):
                tables = ("projects", "tasks", "stories", "dependencies")
                self._send_json({name: sandbox.store.all(f"SELECT * FROM {name}") for name in tables})  # noqa: S608
                return
            case _:
                self._send(404, b"no such control", "text/plain")
                return
        self._send_json({})

    def _act(self, path: str, raw: bytes) -> None:
        """What a person does on the page."""
        form = {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
        try:
            act(self.server.sandbox.store, path, form)
        except Refused as refused:
            self._send(refused.status, refused.message.encode(), "text/plain; charset=utf-8")
            return
        self._send(303, b"", "text/plain", {"Location": f"/#t{form.get('task', '')}"})

    def _send_json(self, document: Any) -> None:
        self._send(200, json.dumps(document).encode(), "application/json")

    def _send(self, status: int, data: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if kind.startswith("text/html"):
            self.send_header(
                "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
            )
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _reset(self) -> None:
        """Break the connection so that the other side sees a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
