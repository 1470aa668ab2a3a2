"""The agent's place and its run: where it works, what it is told, what it may do, and how it is started."""

from __future__ import annotations

import asyncio
import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from aegis.adapters.claims import Claim, ProcessRef
from aegis.adapters.claude import run_claude
from aegis.adapters.claude_cli import find_cli
from aegis.adapters.git import GitState, git_state, read_repo_config
from aegis.adapters.run_files import keep_told, told_to_conversation
from aegis.core.claude_options import ClaudeOptions, within_claim
from aegis.core.environment import child_environment
from aegis.core.models import ClaudeRun, Ending, Project, Usage, Verdict
from aegis.core.people_first import begun
from aegis.core.prompts import Why
from aegis.core.recovery import Resume
from aegis.core.repo_config import RepoConfig
from aegis.core.told import Told, ToldRecord
from aegis.wiring import Runtime
from tasks.launch import shell_operation
from tasks.say import relay_agent
from tasks.sections import scope_of
from tasks.told import Case, Telling, seen_again, tell_all, tell_news


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
    options = ClaudeOptions(
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
    return within_claim(options, settings.claim_seconds)


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
    """One run of the CLI, from its start to its end.

    Where the old conversation is gone or too long, it goes on at once in a new one that is told all; where people
    changed the task meanwhile, in the same one with what is new.

    Raises ClaudeNotFoundError, LocalResourceError and AsanaError.
    """
    cli = find_cli(runtime.settings.claude_path, place.env.get("PATH", os.defpath))
    talk = _Talk(runtime, claim, case, place, cli.path, session_id, show_output)
    if resume is None:
        run = await talk.begin()
    else:
        known = await asyncio.to_thread(told_to_conversation, Path(resume.past.run_dir))
        run = await talk.go_on(known, _why(resume))
    usage = run.usage
    while run.ending is Ending.STOPPED and talk.has_news():
        await talk.look_again()
        known = await asyncio.to_thread(told_to_conversation, case.run_dir)
        run = await talk.go_on(known, "news")
        usage = _sum(usage, run.usage)
    return run.model_copy(update={"usage": usage})


@dataclass
class _Talk:
    """A conversation with the agent over one execution."""

    runtime: Runtime
    claim: Claim
    case: Case
    place: Workplace
    cli: Path
    session_id: str
    show_output: bool

    async def begin(self) -> ClaudeRun:
        """A new conversation, told all."""
        telling = await asyncio.to_thread(tell_all, self.runtime, self.case)
        return await self._run(telling, resume=False)

    async def go_on(self, known: Told, why: Why) -> ClaudeRun:
        """The old conversation, told what is new; a new one at once where the old one is gone or too long."""
        keep_told(self.case.run_dir, ToldRecord(before=known, after=known))  # for a crash while the news is gathered
        telling = await asyncio.to_thread(tell_news, self.runtime, self.case, known, why=why)
        run = await self._run(telling, resume=True)
        if run.ending not in (Ending.SESSION_GONE, Ending.TOO_LONG):
            return run
        if run.ending is Ending.TOO_LONG:
            self.session_id = str(uuid.uuid4())  # the old one exists
        return await self.begin()

    def has_news(self) -> bool:
        """Whether the agent was stopped only to be told what people changed."""
        asked = self.runtime.asked_to_stop(self.claim)
        return asked is not None and asked.news and not self.runtime.lost(self.claim)

    async def look_again(self) -> None:
        """Read the task as it is now, and note that the request to stop was followed."""
        self.case = await asyncio.to_thread(seen_again, self.runtime, self.case)
        project_gid = self.case.project.gid
        about = begun(self.case.task, scope_of(self.runtime, [project_gid]), project_gid, self.case.stories)
        await asyncio.to_thread(self.runtime.state.claims.note_about, self.claim, about.model_dump_json())
        if self.runtime.keeper is not None:
            await asyncio.to_thread(self.runtime.keeper.followed, self.claim)

    async def _run(self, telling: Telling, *, resume: bool) -> ClaudeRun:
        await asyncio.to_thread(keep_told, self.case.run_dir, ToldRecord(before=telling.before, after=telling.after))
        options = options_for(self.runtime, self.place.config, session_id=self.session_id, resume=resume)

        def started(supervisor: ProcessRef, agent: ProcessRef) -> None:
            self.runtime.state.claims.record_processes(self.claim, supervisor, agent)

        return await run_claude(
            cli=self.cli,
            options=replace(options, add_dirs=telling.after.folders),
            prompt=telling.prompt,
            cwd=self.place.directory,
            run_dir=self.case.run_dir,
            env=self.place.env,
            redactor=self.runtime.redactor,
            log_file=self.runtime.log_file(self.case.project),
            header=self.case.task.name or "(no name)",
            launch=shell_operation,
            on_text=lambda text: relay_agent(text, to_terminal=self.show_output),
            on_started=started,
            should_stop=lambda: self.runtime.must_stop(self.claim),
        )


def _sum(one: Usage, other: Usage) -> Usage:
    """What two runs of one execution cost together."""
    names = list(Usage.model_fields)
    return Usage.model_validate({name: getattr(one, name) + getattr(other, name) for name in names})


def run_directory(runtime: Runtime, execution_id: str) -> Path:
    """Where an execution's prompt, raw events and records lie."""
    return runtime.home / "runs" / execution_id


def _why(resume: Resume) -> Why:
    if resume.reopened:
        return "reopened"
    return "answered" if resume.past.verdict in (Verdict.QUESTION, Verdict.BLOCKED) else "ended"


def require_cli(runtime: Runtime) -> None:
    """Raise ClaudeNotFoundError before anything is begun, where there is no CLI."""
    environment = runtime.settings.claude_environment()
    find_cli(runtime.settings.claude_path, environment.get("PATH", os.defpath))
