"""The agent's place and its run: where it works, what it is told, what it may do, and how it is started."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from aegis.adapters.claims import Claim, ProcessRef
from aegis.adapters.claude import run_claude
from aegis.adapters.claude_cli import find_cli
from aegis.adapters.git import GitState, git_state, read_repo_config
from aegis.core.claude_options import ClaudeOptions
from aegis.core.environment import child_environment
from aegis.core.models import AsanaTask, ClaudeRun, Ending, Project, Story, Verdict
from aegis.core.prompts import PersonAnswer, PromptParts, first_prompt, resume_prompt
from aegis.core.recovery import Resume
from aegis.core.repo_config import RepoConfig
from aegis.wiring import Runtime
from tasks.launch import shell_operation
from tasks.ours import comments_of_people
from tasks.say import relay_agent


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


@dataclass(frozen=True)
class ToldAnswers:
    """What people answered to questions about the task: all for a new conversation, what is new for an old one."""

    all: Sequence[PersonAnswer] = ()
    new: Sequence[PersonAnswer] = ()


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
    *,
    project: Project,
    task: AsanaTask,
    stories: Sequence[Story],
    subtasks: Sequence[AsanaTask],
    place: Workplace,
    run_dir: Path,
    session_id: str,
    resume: Resume | None,
    answers: ToldAnswers,
    show_output: bool,
) -> ClaudeRun:
    """One run of the CLI; in a fresh conversation at once where the old one is gone.

    Raises ClaudeNotFoundError and LocalResourceError.
    """
    settings = runtime.settings
    cli = find_cli(settings.claude_path, place.env.get("PATH", os.defpath))
    people = comments_of_people(runtime, task.gid, stories, since=resume.past.ended_at if resume else None)
    parts = PromptParts(
        project=project,
        task=task,
        preamble=place.config.preamble or "",
        comments=people,
        code_dir=str(place.directory),
        subtasks=subtasks,
    )

    def started(supervisor: ProcessRef, agent: ProcessRef) -> None:
        runtime.state.claims.record_processes(claim, supervisor, agent)

    async def attempt(prompt: str, options: ClaudeOptions) -> ClaudeRun:
        return await run_claude(
            cli=cli.path,
            options=options,
            prompt=prompt,
            cwd=place.directory,
            run_dir=run_dir,
            env=place.env,
            redactor=runtime.redactor,
            log_file=runtime.log_file(project),
            header=task.name,
            launch=shell_operation,
            on_text=lambda text: relay_agent(text, to_terminal=show_output),
            on_started=started,
            should_stop=lambda: runtime.lost(claim),
        )

    if resume is not None:
        run = await attempt(
            resume_prompt(replace(parts, answers=answers.new), why=_why(resume)),
            options_for(runtime, place.config, session_id=session_id, resume=True),
        )
        if run.ending is not Ending.SESSION_GONE:
            return run
    return await attempt(
        first_prompt(replace(parts, answers=answers.all)),
        options_for(runtime, place.config, session_id=session_id, resume=False),
    )


def _why(resume: Resume) -> Literal["reopened", "answered", "ended"]:
    if resume.reopened:
        return "reopened"
    return "answered" if resume.past.verdict in (Verdict.QUESTION, Verdict.BLOCKED) else "ended"


def require_cli(runtime: Runtime) -> None:
    """Raise ClaudeNotFoundError before anything is begun, where there is no CLI."""
    environment = runtime.settings.claude_environment()
    find_cli(runtime.settings.claude_path, environment.get("PATH", os.defpath))
