"""The Claude CLI's options as values, and the one place that turns them into its command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aegis.core.replies import REPLY_SCHEMA

NOT_UNATTENDED = ("AskUserQuestion", "EnterPlanMode", "ExitPlanMode", "ScheduleWakeup", "CronCreate", "RemoteTrigger")
"""Tools that wait for a person, or start work that outlives the run."""

READ_ONLY_TOOLS = ("Read", "Glob", "Grep")
_READ_ONLY = (
    *("--tools", ",".join(READ_ONLY_TOOLS)),
    *("--permission-mode", "dontAsk"),
    *("--safe-mode", "--setting-sources", "user", "--strict-mcp-config", "--no-session-persistence"),
)
"""A run that only looks. No `--allowedTools`: allowed by name, Read reads any file of the user's; not allowed, it reads
the working directory alone, as seen with the CLI 2.1.331. Safe mode leaves out the repository's CLAUDE.md, hooks and
MCP servers, and keeps the login."""


@dataclass(frozen=True)
class ClaudeOptions:
    """What one run may use and do; money in US dollars, times in seconds.

    `lease_seconds` is how long the agent goes on without a sign of life of its owner: with the grace it is over before
    the owner's claim can be another's.
    With `read_only` it gets tools that read the working directory, and its conversation is not kept; the permission
    mode and the allowed tools have no meaning then. `reply_schema` is for a reply of another form than REPLY_SCHEMA's.
    """

    model: str
    max_turns: int
    max_budget_usd: float
    permission_mode: str
    allowed_tools: tuple[str, ...]
    wall_seconds: float
    session_id: str
    resume: bool = False
    add_dirs: tuple[str, ...] = ()
    stop_grace_seconds: float = 10.0
    result_grace_seconds: float = 15.0
    stall_seconds: float = 900.0
    lease_seconds: float = 60.0
    read_only: bool = False
    reply_schema: Mapping[str, Any] | None = None

    @property
    def sign_every_seconds(self) -> float:
        """How often the owner gives its sign of life."""
        return max(1.0, self.lease_seconds / 12)


def within_claim(options: ClaudeOptions, claim_seconds: float) -> ClaudeOptions:
    """The options with times by which the agent of a stopped owner is gone before its claim can be another's."""
    return replace(options, lease_seconds=claim_seconds / 2, stop_grace_seconds=claim_seconds / 12)


def command_line(cli: str, options: ClaudeOptions) -> list[str]:
    """The argument list; nothing in it comes from Asana. The prompt goes by stdin."""
    argv = [cli, "-p", "--output-format", "stream-json", "--verbose"]
    argv += ["--model", options.model]
    argv += ["--max-turns", str(options.max_turns)]
    argv += ["--max-budget-usd", f"{options.max_budget_usd:g}"]
    argv += _READ_ONLY if options.read_only else _permissions(options)
    argv += ["--disallowedTools", ",".join(NOT_UNATTENDED)]
    argv += ["--json-schema", json.dumps(options.reply_schema or REPLY_SCHEMA, separators=(",", ":"))]
    argv += ["--resume" if options.resume else "--session-id", options.session_id]
    for directory in options.add_dirs:
        argv += ["--add-dir", directory]
    return argv


def _permissions(options: ClaudeOptions) -> list[str]:
    argv = ["--permission-mode", options.permission_mode]
    return [*argv, "--allowedTools", ",".join(options.allowed_tools)] if options.allowed_tools else argv
