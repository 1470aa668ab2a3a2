"""The Claude CLI's options as values, and the one place that turns them into its command line."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aegis.core.replies import REPLY_SCHEMA

NOT_UNATTENDED = ("AskUserQuestion", "EnterPlanMode", "ExitPlanMode", "ScheduleWakeup", "CronCreate", "RemoteTrigger")
"""Tools that wait for a person, or start work that outlives the run."""


@dataclass(frozen=True)
class ClaudeOptions:
    """What one run may use and do; money in US dollars, times in seconds.

    `lease_seconds` is how long the agent goes on without a sign of life of its owner: with the grace it is over before
    the owner's claim can be another's.
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


def command_line(cli: str, options: ClaudeOptions) -> list[str]:
    """The argument list; nothing in it comes from Asana. The prompt goes by stdin."""
    argv = [cli, "-p", "--output-format", "stream-json", "--verbose"]
    argv += ["--model", options.model]
    argv += ["--max-turns", str(options.max_turns)]
    argv += ["--max-budget-usd", f"{options.max_budget_usd:g}"]
    argv += ["--permission-mode", options.permission_mode]
    if options.allowed_tools:
        argv += ["--allowedTools", ",".join(options.allowed_tools)]
    argv += ["--disallowedTools", ",".join(NOT_UNATTENDED)]
    argv += ["--json-schema", json.dumps(REPLY_SCHEMA, separators=(",", ":"))]
    argv += ["--resume" if options.resume else "--session-id", options.session_id]
    for directory in options.add_dirs:
        argv += ["--add-dir", directory]
    return argv
