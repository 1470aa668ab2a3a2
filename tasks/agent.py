"""The agent's place and its run: where it works, what it is told, what it may do, and how it is started."""

from __future__ import annotations

import asyncio
import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from aegis.adapters.claims import Claim, ProcessRef
from aegis.adapters.claude import run_claude
from aegis.adapters.claude_cli import find_cli
from aegis.adapters.git import GitState, git_state, read_repo_config
from aegis.adapters.run_files import keep_told, told_to_conversation
from aegis.core.claude_options import ClaudeOptions
from aegis.core.environment import child_environment
from aegis.core.models import ClaudeRun, Ending, Project, Verdict
from aegis.core.recovery import Resume
from aegis.core.repo_config import RepoConfig
from aegis.core.told import ToldRecord
from aegis.wiring import Runtime
from tasks.launch import shell_operation
from tasks.say import relay_agent
from tasks.told import Case, Telling, tell_all, tell_news


@dataclass(frozen=True)
class Workplace:
    """A code directory as it was before the agent: what its team committed for us, and what git saw."""

    directory: Path
    config: RepoConfig
    git: GitState
    env: dict[str, str]


@dataclass(frozen=True)
class AgentRun:
    """A run of the agent under the execution that records it."""

    execution_id: str
    run_id: str
    run: ClaudeRun


def workplace(runtime: Runtime, project: Project, directory: Path) -> Workplace:
    """Look at the code directory before anything in it changes.

    Raises ConfigurationError where the repository's `.aegis.toml` cannot be used.
    """
    settings = runtime.settings
    env = child_environment(settings.claude_environment(), {}, settings.claude_env_pass)
    return Workplace(directory, read_repo_config(directory, env), git_state(directory, env), env)


def options_for(runtime: Runtime, config: RepoConfig, *, session_id: str, resume: bool) -> ClaudeOptions:
    """The CLI's options: the repository's own where its team set them, else the settings'."""
    settings = runtime.settings
    return ClaudeOptions(
        model=config.model or settings.anthropic_model,
        max_turns=config.max_turns or settings.max_turns,
        max_budget_usd=config.max_cost_usd or settings.max_cost_usd_per_task,
        permission_mode=config.permission_mode or settings.claude_permission_mode,
        allowed_tools=config.allowed_tools or settings.claude_allowed_tools,
        wall_seconds=config.timeout_seconds or settings.task_timeout_seconds,
        session_id=session_id,
        resume=resume,
        stall_seconds=settings.stall_timeout_seconds,
    )


async def run_agent(
    runtime: Runtime,
    claim: Claim,
    case: Case,
    place: Workplace,
    *,
    session_id: str,
    resume: Resume | None,
    show_output: bool,
) -> ClaudeRun:
    """One run of the CLI; where the old conversation is gone or too long, at once in a new one that is told all.

    Raises ClaudeNotFoundError and LocalResourceError.
    """
    cli = find_cli(runtime.settings.claude_path, place.env.get("PATH", os.defpath))

    def started(supervisor: ProcessRef, agent: ProcessRef) -> None:
        runtime.state.claims.record_processes(claim, supervisor, agent)

    async def attempt(telling: Telling, options: ClaudeOptions) -> ClaudeRun:
        await asyncio.to_thread(keep_told, case.run_dir, ToldRecord(before=telling.before, after=telling.after))
        return await run_claude(
            cli=cli.path,
            options=replace(options, add_dirs=telling.after.folders),
            prompt=telling.prompt,
            cwd=place.directory,
            run_dir=case.run_dir,
            env=place.env,
            redactor=runtime.redactor,
            log_file=runtime.log_file(case.project),
            header=case.task.name or "(no name)",
            launch=shell_operation,
            on_text=lambda text: relay_agent(text, to_terminal=show_output),
            on_started=started,
            should_stop=lambda: runtime.lost(claim),
        )

    if resume is not None:
        known = await asyncio.to_thread(told_to_conversation, run_directory(runtime, resume.past.execution_id))
        keep_told(case.run_dir, ToldRecord(before=known, after=known))  # for a crash while the news is gathered
        telling = await asyncio.to_thread(tell_news, runtime, case, known, why=_why(resume))
        run = await attempt(telling, options_for(runtime, place.config, session_id=session_id, resume=True))
        if run.ending not in (Ending.SESSION_GONE, Ending.TOO_LONG):
            return run
        if run.ending is Ending.TOO_LONG:
            session_id = str(uuid.uuid4())  # the old one exists
    telling = await asyncio.to_thread(tell_all, runtime, case)
    return await attempt(telling, options_for(runtime, place.config, session_id=session_id, resume=False))


def run_directory(runtime: Runtime, execution_id: str) -> Path:
    """Where an execution's prompt, raw events and records lie."""
    return runtime.home / "runs" / execution_id


def _why(resume: Resume) -> Literal["reopened", "answered", "ended"]:
    if resume.reopened:
        return "reopened"
    return "answered" if resume.past.verdict in (Verdict.QUESTION, Verdict.BLOCKED) else "ended"


def require_cli(runtime: Runtime) -> None:
    """Raise ClaudeNotFoundError before anything is begun, where there is no CLI."""
    environment = runtime.settings.claude_environment()
    find_cli(runtime.settings.claude_path, environment.get("PATH", os.defpath))
