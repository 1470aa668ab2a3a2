"""What the Claude CLI says: its stream-json lines, its structured reply, and what its ending means.

The endings are those of the CLI as observed (docs/architecture.md, "Claude"): the exit code alone is not enough.
Nothing here holds a run whole: a line is read, its part is taken, and it is forgotten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from aegis.core.models import ClaudeRun, Denial, Ending, Reply, Usage
from aegis.core.text import sound

REPLY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["done", "blocked", "question", "failed"]},
        "summary": {"type": "string", "description": "What you did, for the people of the project; a few sentences."},
        "question": {"type": "string", "description": "With blocked or question: what you need to know or to have."},
        "options": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "label": {"type": "string"},
                    "pros": {"type": "string"},
                    "cons": {"type": "string"},
                },
                "required": ["label"],
            },
        },
        "recommendation": {"type": "string"},
        "subtasks_done": {
            "type": "array",
            "items": {"type": "string"},
            "description": "With done: the GIDs of the listed open subtasks that are done too.",
        },
    },
    "required": ["status", "summary"],
}
"""The JSON schema of the structured reply (`--json-schema`)."""

TAIL_CHARACTERS = 8000
_DETAIL_CHARACTERS = 300
_LONGEST_PLAIN_LINE = 4000
_UNUSABLE_BY_STATUS = {401: "login", 403: "login", 402: "credit", 429: "overloaded", 529: "overloaded"}
_FIELDS = {"status", "summary", "question", "options", "recommendation", "subtasks_done"}


@dataclass(frozen=True)
class ExitRecord:
    """How the process ended: `reason` is the supervisor's word, `stderr` the beginning of its error output."""

    exit_code: int | None
    reason: str
    seconds: float = 0.0
    stderr: str = ""


@dataclass
class StreamState:
    """What is kept of the lines read so far; `tail` is the readable text's end, `half_line` that an event broke off."""

    session_id: str = ""
    result: Mapping[str, Any] | None = None
    resets_at: int | None = None
    window_rejected: bool = False
    last_retry: str = ""
    half_line: bool = False
    tail: str = ""
    turns_seen: int = 0
    usage_seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def take(self, line: bytes | bytearray) -> str:
        """Read one line of output; returns its readable text, empty where there is none for people."""
        try:
            event = sound(json.loads(line))
        except (ValueError, RecursionError):
            text = bytes(line[:_LONGEST_PLAIN_LINE]).decode("utf-8", "replace").rstrip()
            self._remember(text)
            return text
        if not isinstance(event, dict):
            return ""
        text = self._take_event(event)
        self._remember(text)
        return text

    def take_rest(self, rest: bytes) -> str:
        """Read what came after the last line end, once nothing more will come; returns its readable text."""
        if rest.lstrip()[:1] == b"{":
            try:
                json.loads(rest)
            except ValueError:
                self.half_line = True
        return self.take(rest) if rest else ""

    def _take_event(self, event: dict[str, Any]) -> str:
        match event.get("type"):
            case "system":
                return self._take_system(event)
            case "assistant":
                self.result = None  # the model goes on after a result line: that line was not the last word
                return self._take_assistant(event)
            case "rate_limit_event":
                self._take_rate_limit(event)
            case "result":
                self.result = _slim_result(event)
                self.session_id = str(event.get("session_id") or self.session_id)
        return ""

    def _take_system(self, event: dict[str, Any]) -> str:
        subtype = event.get("subtype")
        if subtype == "init":
            self.session_id = str(event.get("session_id") or self.session_id)
        elif subtype == "api_retry":
            self.last_retry = str(event.get("error") or event.get("error_status") or "unknown")
            wait = _int(event.get("retry_delay_ms")) / 1000
            return f"[the model did not answer ({self.last_retry}); asking again in {wait:.0f} s]"
        elif subtype == "permission_denied":
            return f"[permission denied: {_short(event.get('tool_name') or event.get('tool'))}]"
        return ""

    def _take_assistant(self, event: dict[str, Any]) -> str:
        message = event.get("message")
        if not isinstance(message, dict):
            return ""
        usage = message.get("usage")
        if isinstance(usage, dict) and message.get("id"):
            self.usage_seen[str(message["id"])] = (_int(usage.get("input_tokens")), _int(usage.get("output_tokens")))
        parts = []
        content = message.get("content")
        for block in content if isinstance(content, list) else []:
            if not isinstance(block, dict):
                continue
            if block.get("type") == "text":
                parts.append(str(block.get("text") or ""))
            elif block.get("type") == "tool_use" and block.get("name") != "StructuredOutput":
                parts.append(_tool_line(block))
        return "\n".join(part for part in parts if part.strip())

    def _take_rate_limit(self, event: dict[str, Any]) -> None:
        info = event.get("rate_limit_info")
        if isinstance(info, dict) and info.get("status") == "rejected":
            self.window_rejected = True
            self.resets_at = _int(info.get("resetsAt")) or None

    def _remember(self, text: str) -> None:
        if text:
            self.tail = (self.tail + text[-TAIL_CHARACTERS:] + "\n")[-TAIL_CHARACTERS:]


def _tool_line(block: dict[str, Any]) -> str:
    """One line for a tool call: its name and the most telling part of its input."""
    given = block.get("input")
    told = ""
    if isinstance(given, dict):
        told = str(next((given[key] for key in ("command", "file_path", "pattern", "path", "url") if key in given), ""))
    return f"[{block.get('name')}] {_short(told)}".rstrip()


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _DETAIL_CHARACTERS else text[: _DETAIL_CHARACTERS - 1] + "…"


def _slim_result(event: dict[str, Any]) -> dict[str, Any]:
    """The result line without what may be large: `result` repeats the answer and is needed for errors only."""
    kept = {key: value for key, value in event.items() if key not in ("result", "modelUsage")}
    result = event.get("result")
    kept["result"] = result[:2000] if isinstance(result, str) else None
    return kept


def conclude(stream: StreamState, ended: ExitRecord, session_id: str, *, own_form: bool = False) -> ClaudeRun:
    """What the run came to.

    Args:
        stream: what its output said.
        ended: how its process ended.
        session_id: the conversation's id that we chose, for a run that never said its own.
        own_form: whether it was asked for a reply of another form than REPLY_SCHEMA's, to be handed on as it is.
    """
    result = stream.result
    reply = None if own_form else _reply(result)
    structured = _structured(result) if own_form else None
    ending, detail = _ending(stream, ended, result, replied=reply is not None or structured is not None)
    kind = _unusable_kind(stream, result, ended) if ending is Ending.UNUSABLE else None
    return ClaudeRun(
        ending=ending,
        exit_code=ended.exit_code,
        session_id=stream.session_id or session_id,
        reply=reply if ending is Ending.REPLIED else None,
        structured=structured if ending is Ending.REPLIED else None,
        detail=detail,
        denials=_denials(result),
        usage=_usage(stream, result, ended),
        tail=stream.tail,
        unusable_kind=kind,
        resets_at=stream.resets_at if kind == "plan_window" else None,
    )


_BY_REASON = {
    "timeout": (Ending.TIME_LIMIT, "it ran over its time limit"),
    "stopped": (Ending.STOPPED, "it was stopped"),
    "orphaned": (Ending.STOPPED, "the process that ran it died"),
    "lease": (Ending.STOPPED, "its owner could not keep its claim on the task"),
    "stalled": (Ending.STALLED, "it said nothing and did nothing for too long"),
    "stuck": (Ending.STUCK, "the CLI did not end after its result"),
    "disk": (Ending.STOPPED, "its output could not be written: the disk is full or away"),
    "lost": (Ending.STOPPED, "its supervisor died"),
}


def _ending(
    stream: StreamState, ended: ExitRecord, result: Mapping[str, Any] | None, *, replied: bool
) -> tuple[Ending, str]:
    if ended.reason in _BY_REASON:
        return _BY_REASON[ended.reason]
    stderr = _short(ended.stderr)
    if "No conversation found with session ID" in ended.stderr or _says(result, "No conversation found"):
        return Ending.SESSION_GONE, stderr
    if result is not None and _is_too_long(result):
        return Ending.TOO_LONG, _short(result.get("result") or "the conversation is too long for the model")
    if "is already in use" in ended.stderr and "Session ID" in ended.stderr:
        return Ending.SESSION_IN_USE, stderr
    if result is None:
        return _without_result(ended, stderr)
    if stream.half_line:
        return Ending.CUT, "its output broke off in the middle of a line"
    subtype = result.get("subtype")
    if subtype == "error_max_turns":
        return Ending.TURN_LIMIT, _first_error(result) or "it reached its turn limit"
    if subtype == "error_max_budget_usd":
        return Ending.MONEY_LIMIT, _first_error(result) or "it reached its money limit"
    if subtype == "error_max_structured_output_retries":
        return Ending.NO_REPLY, "it ended without a structured reply of the form that it was asked for"
    if result.get("is_error") or ended.exit_code != 0 or subtype != "success":
        return _failed(stream, result, ended, stderr)
    return _ended_well(result, replied=replied)


def _ended_well(result: Mapping[str, Any], *, replied: bool) -> tuple[Ending, str]:
    """A run that the CLI calls a success is one only with work and with our reply."""
    if _int(result.get("num_turns")) <= 0:
        return Ending.NO_WORK, "the CLI ended well without a single turn of the model"
    if result.get("stop_reason") == "tool_use" and not replied:
        return Ending.CUT, "it ended in the middle of a tool call"
    if not replied:
        return Ending.NO_REPLY, "it ended without the structured reply that says what it came to"
    return Ending.REPLIED, ""


def _is_too_long(result: Mapping[str, Any]) -> bool:
    """Whether the model refused the whole conversation for its length (the CLI tries to compact it before)."""
    if not result.get("is_error"):
        return False
    return result.get("terminal_reason") == "prompt_too_long" or "Prompt is too long" in str(result.get("result"))


def _without_result(ended: ExitRecord, stderr: str) -> tuple[Ending, str]:
    if ended.exit_code is None:
        return Ending.UNUSABLE, stderr or "the CLI could not be started"
    told = f": {stderr}" if stderr else ""
    return Ending.CUT, f"the CLI ended (exit code {ended.exit_code}) without a result{told}"


def _failed(stream: StreamState, result: Mapping[str, Any], ended: ExitRecord, stderr: str) -> tuple[Ending, str]:
    said = _short(result.get("result") or _first_error(result) or stderr or "no reason given")
    if _unusable_kind(stream, result, ended) is not None:
        return Ending.UNUSABLE, said
    return Ending.ERROR, said


def _unusable_kind(stream: StreamState, result: Mapping[str, Any] | None, ended: ExitRecord) -> str | None:
    """Why no task could have run: login, credit, plan_window, overloaded, unreachable or cli; None for the task's own.

    The statuses and words are those of the CLI 2.1.330 as observed.
    """
    if result is None:
        return "cli" if ended.exit_code is None else None
    status, said = _int(result.get("api_error_status")), str(result.get("result") or "")
    if stream.window_rejected or result.get("api_error") == "usage_limit_reached":
        return "plan_window"
    if re.search(r"hit your .{0,40}limit", said):
        return "plan_window"
    if "redit balance" in said:
        return "credit"
    if "Not logged in" in said or "/login" in said:
        return "login"
    if status in _UNUSABLE_BY_STATUS:
        return _UNUSABLE_BY_STATUS[status]
    if status >= 500:
        return "overloaded"
    if result.get("terminal_reason") == "api_error" and not status:
        return "unreachable"
    return None


def _says(result: Mapping[str, Any] | None, words: str) -> bool:
    return result is not None and (words in str(result.get("result") or "") or words in (_first_error(result) or ""))


def _first_error(result: Mapping[str, Any]) -> str:
    errors = result.get("errors")
    return _short(errors[0]) if isinstance(errors, list) and errors else ""


def _structured(result: Mapping[str, Any] | None) -> dict[str, Any] | None:
    said = result.get("structured_output") if result is not None else None
    return said if isinstance(said, dict) else None


def _reply(result: Mapping[str, Any] | None) -> Reply | None:
    """The structured reply, where it is there and says what the schema asks for."""
    said = _structured(result)
    if said is None:
        return None
    try:
        return Reply.model_validate({key: value for key, value in said.items() if key in _FIELDS and value is not None})
    except ValidationError:
        return None


def _denials(result: Mapping[str, Any] | None) -> tuple[Denial, ...]:
    denials = result.get("permission_denials") if result is not None else None
    found = []
    for denial in denials if isinstance(denials, list) else []:
        if isinstance(denial, dict):
            given = denial.get("tool_input")
            told = _tool_line({"name": "", "input": given}).removeprefix("[]").strip()
            found.append(Denial(tool=_short(denial.get("tool_name")), detail=told))
    return tuple(dict.fromkeys(found))


def _usage(stream: StreamState, result: Mapping[str, Any] | None, ended: ExitRecord) -> Usage:
    """From the result line; from the messages seen where there was none (their cost is not known then)."""
    if result is None:
        tokens = stream.usage_seen.values()
        return Usage(
            turns=len(stream.usage_seen),
            input_tokens=sum(t[0] for t in tokens),
            output_tokens=sum(t[1] for t in tokens),
            duration_seconds=ended.seconds,
        )
    usage = result.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    cost = result.get("total_cost_usd")
    inputs = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return Usage(
        turns=_int(result.get("num_turns")),
        input_tokens=sum(_int(usage.get(name)) for name in inputs),
        output_tokens=_int(usage.get("output_tokens")),
        cost_usd=float(cost) if isinstance(cost, int | float) and 0 <= cost < _MOST else 0.0,
        duration_seconds=ended.seconds or _int(result.get("duration_ms")) / 1000,
    )


_MOST = 2**31
"""More turns, tokens or dollars than any run has: such a number is a mistake, and no database column holds it."""


def _int(value: Any) -> int:
    """A count; 0 for what is none. NaN and infinity, which Python's JSON allows, are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST:
        return 0
    return int(value)
