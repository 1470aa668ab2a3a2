"""A scripted stand-in for Anthropic's Messages API, for the real Claude CLI: no account, no key, no cost.

A script is a list of rules. The first rule whose pattern is found in the latest prompt speaks; which of its turns is
due is read from the conversation itself (the answers since that prompt), so the model needs no memory, and a resumed
conversation goes on where it was.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_WORKING_DIRECTORY = re.compile(r"[Ww]orking directory:\s*(/[^\n`]+)")
_FILE = re.compile(r"\$FILE\(([^)]+)\)")
_ENFORCE = "[structured-output-enforce]"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolCall(_Part):
    """A tool that the model calls.

    `$CWD` in its input stands for the run's working directory, `$FILE(plan.txt)` for the path at which the prompt says
    that the attachment of that name is to be read.
    """

    name: str
    input: dict[str, Any]


class Fault(_Part):
    """What goes wrong instead of, or in the middle of, an answer."""

    status: int = 0
    error_type: str = "api_error"
    message: str = "scripted fault"
    headers: dict[str, str] = Field(default_factory=dict)
    hang_seconds: float = 0.0
    drop: bool = False


class Turn(_Part):
    """One answer of the model: text, tool calls, and the structured reply where it is the last."""

    text: str = ""
    text_megabytes: int = 0
    tools: tuple[ToolCall, ...] = ()
    reply: dict[str, Any] | None = None
    fault: Fault | None = None
    input_tokens: int = 1000
    output_tokens: int = 200
    delay_seconds: float = 0.0


class Rule(_Part):
    """What is answered to prompts in which `match` is found; with `times`, to so many requests only."""

    match: str = ""
    turns: tuple[Turn, ...]
    times: int | None = None


class Script(_Part):
    """All rules, and what is said where none speaks or its turns are over."""

    rules: tuple[Rule, ...] = ()
    default: Turn = Turn(text="Done.", reply={"status": "done", "summary": "Done."})

    @classmethod
    def load(cls, path: Path) -> Script:
        """Read a script from a JSON file."""
        return cls.model_validate_json(path.read_bytes())


class ModelRequest(BaseModel):
    """A request as the model got it."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class ScriptedModel:
    """The server; a context manager. `url` goes into ANTHROPIC_BASE_URL."""

    def __init__(self, script: Script | None = None, port: int = 0) -> None:
        self.script = script or Script()
        self.requests: list[ModelRequest] = []
        self._used: dict[int, int] = {}
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.model = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering; hanging requests end."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def clear(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self.requests.clear()

    def prompts(self) -> list[str]:
        """The latest prompt of each request that offered tools, in order: the agent's own, not the CLI's asides."""
        with self._lock:
            bodies = [request.body for request in self.requests if request.body.get("tools")]
        return [latest_prompt(body)[0] for body in bodies]

    def choose(self, body: dict[str, Any]) -> Turn:
        """The turn that is due in this conversation."""
        prompt, answers = latest_prompt(body)
        with self._lock:
            for number, rule in enumerate(self.script.rules):
                used = self._used.get(number, 0)
                if not re.search(rule.match, prompt, re.DOTALL) or (rule.times is not None and used >= rule.times):
                    continue
                self._used[number] = used + 1
                return rule.turns[answers] if answers < len(rule.turns) else self.script.default
        return self.script.default

    def note(self, request: ModelRequest) -> None:
        """Remember a request."""
        with self._lock:
            self.requests.append(request)

    def __enter__(self) -> ScriptedModel:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def latest_prompt(body: dict[str, Any]) -> tuple[str, int]:
    """The text of the latest real prompt in a request, and how many answers followed it."""
    prompt, answers = "", 0
    for message in body.get("messages") or []:
        if message.get("role") == "assistant":
            answers += 1
            continue
        text = _prompt_text(message)
        if text:
            prompt, answers = text, 0
    return prompt, answers


def _prompt_text(message: dict[str, Any]) -> str:
    """A user message's own words: no tool results, no reminders of the CLI."""
    content = message.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    texts = [str(block.get("text") or "") for block in blocks if block.get("type") == "text"]
    own = [re.sub(r"<system-reminder>.*?</system-reminder>", "", text, flags=re.DOTALL).strip() for text in texts]
    return "\n".join(text for text in own if text and not text.startswith(_ENFORCE))


def _working_directory(body: dict[str, Any]) -> str:
    found = _WORKING_DIRECTORY.search(json.dumps(body.get("messages")).replace("\\n", "\n"))
    found = found or _WORKING_DIRECTORY.search(json.dumps(body.get("system")).replace("\\n", "\n"))
    return found[1].strip().strip('"') if found else "/nonexistent"


def _attached_file(name: str, body: dict[str, Any]) -> str:
    """The path at which the prompt names an attachment."""
    told = json.dumps(body.get("messages"), ensure_ascii=False).replace("\\n", "\n")
    found = re.search(rf"^- (/\S+/\d+-{re.escape(name)}) \(", told, re.MULTILINE)
    return found[1] if found else f"/nonexistent/{name}"


def content_blocks(turn: Turn, body: dict[str, Any]) -> list[dict[str, Any]]:
    """A turn as the blocks of an answer."""
    blocks: list[dict[str, Any]] = []
    text = turn.text + "0123456789abcdef" * (turn.text_megabytes * 65536)
    if text:
        blocks.append({"type": "text", "text": text})
    cwd = json.dumps(_working_directory(body))[1:-1]
    for call in turn.tools:
        text = json.dumps(call.input).replace("$CWD", cwd)
        given = json.loads(_FILE.sub(lambda found: json.dumps(_attached_file(found[1], body))[1:-1], text))
        blocks.append({"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex[:20]}", "name": call.name, "input": given})
    offered = {tool.get("name") for tool in body.get("tools") or []}
    if turn.reply is not None and "StructuredOutput" in offered and not turn.tools:
        blocks.append(
            {
                "type": "tool_use",
                "id": f"toolu_{uuid.uuid4().hex[:20]}",
                "name": "StructuredOutput",
                "input": turn.reply,
            }
        )
    return blocks or [{"type": "text", "text": "OK"}]


def sse_events(turn: Turn, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A turn as the events of a streamed answer."""
    blocks = content_blocks(turn, body)
    message = {
        "id": f"msg_{uuid.uuid4().hex[:20]}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "scripted"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": turn.input_tokens, "output_tokens": 1},
    }
    yield "message_start", {"type": "message_start", "message": message}
    for index, block in enumerate(blocks):
        start = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
        yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": start}
        for delta in _deltas(block):
            yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    reason = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
    delta = {"stop_reason": reason, "stop_sequence": None}
    yield (
        "message_delta",
        {"type": "message_delta", "delta": delta, "usage": {"output_tokens": turn.output_tokens}},
    )
    yield "message_stop", {"type": "message_stop"}


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        text = block["text"]
        for at in range(0, len(text), 1 << 20):
            yield {"type": "text_delta", "text": text[at : at + (1 << 20)]}
    else:
        yield {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    model: ScriptedModel

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in mid-answer is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the requests are remembered."""

    def do_HEAD(self) -> None:
        """The CLI looks whether somebody is there."""
        self._send_json(200, {})

    def do_GET(self) -> None:
        """Nothing is to be had."""
        self._send_json(404, {"type": "error", "error": {"type": "not_found_error", "message": "no such thing"}})

    def do_POST(self) -> None:
        """Answer one request for a message."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            self._send_json(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "no JSON"}})
            return
        path = self.path.partition("?")[0]
        if path == "/v1/messages/count_tokens":
            self._send_json(200, {"input_tokens": len(raw) // 4})
        elif path == "/v1/messages":
            model = self.server.model
            model.note(ModelRequest(path=self.path, headers={k.lower(): v for k, v in self.headers.items()}, body=body))
            # the CLI's own asides (titles and the like) offer no tools and are no part of any script
            self._answer(model.choose(body) if body.get("tools") else _aside(model, body), body)
        else:
            self._send_json(404, {"type": "error", "error": {"type": "not_found_error", "message": "no such thing"}})

    def _answer(self, turn: Turn, body: dict[str, Any]) -> None:
        fault = turn.fault
        self.server.model.closing.wait(turn.delay_seconds) if turn.delay_seconds else None
        if fault is not None and fault.hang_seconds:
            self.server.model.closing.wait(fault.hang_seconds)
        if fault is not None and fault.status:
            error = {"type": "error", "error": {"type": fault.error_type, "message": fault.message}}
            self._send_json(fault.status, error, fault.headers)
            return
        if body.get("stream"):
            self._stream(turn, body)
        else:
            self._send_json(200, _whole(turn, body))

    def _stream(self, turn: Turn, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, (name, data) in enumerate(sse_events(turn, body)):
            self.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())
            if turn.fault is not None and turn.fault.drop and number == 1:
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
                return

    def _send_json(self, status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, _timed(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _timed(value: str) -> str:
    """A header's value with the time that it asks for, in epoch seconds: `$NOW+1H` is an hour from now."""
    units = {"H": 3600, "S": 1}
    return re.sub(r"\$NOW\+(\d+)([HS])", lambda m: str(int(time.time()) + int(m[1]) * units[m[2]]), value)


def _aside(model: ScriptedModel, body: dict[str, Any]) -> Turn:
    """What is said to a request without tools: the script's faults hold for it too, its work does not."""
    turn = model.choose(body)
    return turn if turn.fault is not None else Turn(text="OK")


def _whole(turn: Turn, body: dict[str, Any]) -> dict[str, Any]:
    blocks = content_blocks(turn, body)
    return {
        "id": f"msg_{uuid.uuid4().hex[:20]}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "scripted"),
        "content": blocks,
        "stop_reason": "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": turn.input_tokens, "output_tokens": turn.output_tokens},
    }
