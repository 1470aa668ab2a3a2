"""The sandbox as an HTTP server: Asana's API under /api/1.0, its controls under /_sandbox, a page for people at /."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from pydantic import ValidationError

from aegis.sandbox.attachments import PATH as DOWNLOADS
from aegis.sandbox.faults import Fault, Faults
from aegis.sandbox.messages import Answer, Request, form_of
from aegis.sandbox.page import act, page
from aegis.sandbox.routes import Api
from aegis.sandbox.rows import Refused
from aegis.sandbox.seed import Seed, Seeded, existing, plant
from aegis.sandbox.store import Store

API = "/api/1.0"
_LOCAL = ("127.0.0.1", "localhost", "::1")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


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
    """The server; a context manager. Its address for `ASANA_BASE_URL` is `api_url`.

    Args:
        database: the SQLite file that keeps it; in memory where none is named.
        port: 0 takes a free one. Raises OSError where it is taken.
        store: what it holds, in place of `database`.
        seed: what an empty one begins with; `seeded` says what became of it, or what was there already.
    """

    def __init__(
        self,
        database: Path | None = None,
        port: int = 0,
        store: Store | None = None,
        *,
        seed: Seed | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._server = _Server((host, port), _Handler)
        self._server.sandbox = self
        try:
            self.store = store or Store(database)
            self.seeded: Seeded | None = existing(self.store)
            if self.seeded is None and seed is not None:
                self.seeded = plant(self.store, seed)
        except BaseException:
            self._server.server_close()
            raise
        self.api = Api(self.store, self.api_url, self.page_url)
        self.faults = Faults()
        self.requests: list[RequestRecord] = []
        self.closing = threading.Event()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def page_url(self) -> str:
        """The page for people."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/"

    @property
    def api_url(self) -> str:
        """The API's base address."""
        return self.page_url.rstrip("/") + API

    def start(self) -> None:
        """Begin to answer."""
        self._thread = threading.Thread(target=self._server.accept_until_closed, name="asana-sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, at once: requests that hang end, open connections are closed, no thread is left."""
        self.closing.set()
        if self._thread is not None:
            self._server.wake()
            self._thread.join()
        self._server.server_close()
        self._server.end_connections()
        self.store.close()
        self._ended.set()

    def wait(self) -> None:
        """Wait until it is stopped."""
        self._ended.wait()

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
    """Waits in `accept`, not in a loop that looks every so often: idle it costs nothing, and it ends at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    sandbox: AsanaSandbox

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: dict[threading.Thread, Any] = {}
        self._connections_lock = threading.Lock()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind, without looking up a name for the address: that can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def accept_until_closed(self) -> None:
        """Take connections until the sandbox closes."""
        while not self.sandbox.closing.is_set():
            try:
                connection, address = self.get_request()
            except OSError:  # it went away again before it was taken, or there are too many
                self.sandbox.closing.wait(0.01)
                continue
            if self.sandbox.closing.is_set():
                connection.close()
            else:
                self.process_request(connection, address)

    def wake(self) -> None:
        """Let a waiting `accept` return."""
        host, port = str(self.server_address[0]), int(self.server_address[1])
        with suppress(OSError):  # so many are waiting to be taken that it wakes by itself
            socket.create_connection((host, port), timeout=1).close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for each connection, remembered until it ends."""
        thread = threading.Thread(target=self._connection, args=(request, client_address), daemon=True)
        with self._connections_lock:
            self._connections[thread] = request
        thread.start()

    def _connection(self, request: Any, client_address: Any) -> None:
        try:
            self.process_request_thread(request, client_address)
        finally:
            with self._connections_lock:
                self._connections.pop(threading.current_thread(), None)

    def end_connections(self) -> None:
        """Close what clients keep open, and wait for the threads behind it."""
        with self._connections_lock:
            left = dict(self._connections)
        for thread, connection in left.items():
            with suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(5)

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

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

    def _dispatch(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isascii() or not length.isdigit():
            self.close_connection = True
            self._send(400, b"Content-Length must be a number", "text/plain")
            return
        raw = self.rfile.read(int(length))
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        if path.startswith(f"{API}/"):
            self._api(path.removeprefix(API), dict(parse_qsl(parts.query)), raw)
        elif path.startswith(DOWNLOADS) and self.command == "GET":
            self._download(path, dict(parse_qsl(parts.query)))
        elif not self._from_this_machine():
            self._send(403, b"only from this machine's own browser", "text/plain")
        elif path.startswith("/_sandbox/"):
            self._control(path.removeprefix("/_sandbox/"), raw)
        elif self.command == "POST":
            self._act(path, raw)
        elif path == "/" and self.command == "GET":
            self._page()
        else:
            self._send(404, b"no such page", "text/plain")

    def _page(self) -> None:
        sandbox = self.server.sandbox
        shown = page(sandbox.store, sandbox.api.downloads.url)
        self._send(200, shown.encode("utf-8", "replace"), "text/html; charset=utf-8")

    def _from_this_machine(self) -> bool:
        """Whether page and controls were asked for by their own name, and not by another site's page."""
        host = self.headers.get("Host") or ""
        origin = self.headers.get("Origin")
        named = urlsplit(f"//{host}").hostname in (*_LOCAL, self.server.server_name)
        same = self.headers.get("Sec-Fetch-Site") in (None, "same-origin", "none")
        return named and same and origin in (None, f"http://{host}")

    def _api(self, path: str, query: dict[str, str], raw: bytes) -> None:
        sandbox = self.server.sandbox
        fault = sandbox.faults.take(self.command, path)
        if fault is not None and self._fails_before(fault, path, query):
            return
        answer, parts = self._answer(path, query, raw)
        sandbox.note(RequestRecord(self.command, path, query, answer.status, time.time(), parts))
        data = json.dumps(answer.body).encode()
        if fault is None or not self._fails_after(fault, data):
            self._send(answer.status, data, "application/json; charset=UTF-8")

    def _answer(self, path: str, query: dict[str, str], raw: bytes) -> tuple[Answer, int]:
        """The answer, and how many requests it stands for."""
        sandbox = self.server.sandbox
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ").strip()
        user = sandbox.store.user_of_token(token)
        if user is None:
            return Answer.error(401, "Not Authorized"), 1
        body: Any = form_of(self.headers.get("Content-Type") or "", raw)
        try:
            body = json.loads(raw) if raw and body is None else body
        except (ValueError, RecursionError):
            return Answer.error(400, "Could not parse request data, invalid JSON"), 1
        data = body.get("data") if isinstance(body, dict) else None
        actions = data.get("actions") if path == "/batch" and isinstance(data, dict) else None
        return sandbox.api.handle(Request(self.command, path, query, body, user)), len(actions or [1])

    def _download(self, path: str, query: dict[str, str]) -> None:
        """The bytes of an attached file, to whoever has its address; faults hold for it too."""
        sandbox = self.server.sandbox
        fault = sandbox.faults.take(self.command, path)
        if fault is not None and self._fails_before(fault, path, query):
            return
        try:
            data, status = sandbox.store.file(sandbox.api.downloads.gid(path, query)), 200
        except Refused as refused:
            data, status = refused.message.encode(), refused.status
        sandbox.note(RequestRecord(self.command, path, query, status, time.time()))
        if fault is not None and fault.kind == "malformed":
            self.close_connection = True
            self._send(status, data[: len(data) // 2], "application/octet-stream", length=len(data))
        elif fault is None or not self._fails_after(fault, data):
            self._send(status, data, "application/octet-stream", {"Content-Disposition": "attachment"})

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
            self._send_status(fault)
        else:
            if fault.kind == "hang":
                sandbox.closing.wait(fault.seconds or 3600)
            self._reset()
        return True

    def _fails_after(self, fault: Fault, data: bytes) -> bool:
        """A fault that comes after the request was applied; True where it was answered that way."""
        if fault.kind == "status_after":
            self._send_status(fault)
        elif fault.kind == "malformed":
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

    def _send_status(self, fault: Fault) -> None:
        headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        body = Answer.error(fault.status, f"sandbox fault {fault.status}").body
        self._send(fault.status, json.dumps(body).encode(), "application/json; charset=UTF-8", headers)

    def _control(self, what: str, raw: bytes) -> None:
        """The controls for other processes: faults, the requests so far, and the state."""
        sandbox = self.server.sandbox
        match (self.command, what):
            case ("GET", "faults"):
                self._send_json([fault.model_dump() for fault in sandbox.faults.listed()])
                return
            case ("POST", "faults"):
                try:
                    sandbox.faults.add(Fault.model_validate_json(raw))
                except ValidationError as error:
                    self._send(400, str(error).encode(), "text/plain; charset=utf-8")
                    return
            case ("DELETE", "faults"):
                sandbox.faults.clear()
            case ("DELETE", "requests"):
                sandbox.clear_requests()
            case ("GET", "requests"):
                self._send_json([asdict(record) for record in sandbox.asked()])
                return
            case ("GET", "state"):
                self._send_json(sandbox.store.state())
                return
            case _:
                self._send(404, b"no such control", "text/plain")
                return
        self._send_json({})

    def _act(self, path: str, raw: bytes) -> None:
        """What a person does on the page."""
        try:
            form = {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
            act(self.server.sandbox.store, path, form)
        except Refused as refused:
            self._send(refused.status, refused.message.encode(), "text/plain; charset=utf-8")
            return
        self._send(303, b"", "text/plain", {"Location": f"/#t{form.get('task', '')}"})

    def _send_json(self, document: Any) -> None:
        self._send(200, json.dumps(document).encode(), "application/json")

    def _send(
        self, status: int, data: bytes, kind: str, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        """Answer; with `length` more is promised than is sent."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        if kind.startswith("text/html"):
            self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _reset(self) -> None:
        """Break the connection so that the other side sees a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
