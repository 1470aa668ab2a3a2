"""Analysis: Claude reads the texts of tasks that it has not read yet, many in one run; what it finds is kept for ever.

The rules have judged before and decide without it: whatever goes wrong here is said once and stops nothing.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefect import task

from aegis.adapters.analyses import LEFT_ALONE
from aegis.adapters.claude import run_claude
from aegis.adapters.claude_cli import find_cli
from aegis.core.analysis import ANALYSIS_SCHEMA, content_of, read_analysis
from aegis.core.analysis_prompt import analysis_prompt, batches
from aegis.core.claude_options import ClaudeOptions
from aegis.core.environment import child_environment
from aegis.core.facts import Facts
from aegis.core.models import AsanaTask, Assessment, ClaudeRun, Ending, Frozen, Project, ReasonKind
from aegis.core.readiness import assess
from aegis.core.text import one_line
from aegis.errors import ClaudeError, LocalResourceError
from aegis.wiring import Runtime, current
from tasks.analyze import keep_facts, session_facts
from tasks.budget import spent_up
from tasks.findings import contents_of, with_findings
from tasks.holds import why_held
from tasks.launch import shell_operation
from tasks.policies import KEPT_READING, ONCE
from tasks.results import at_once, in_a_flow, kept
from tasks.say import relay_agent, say

MOST_RUNS = 10
"""Runs of a session; what is not read in it is read in the next."""

WALL_SECONDS = 240.0
MOST_TURNS = 20
_RETRIES = {"CLAUDE_CODE_MAX_RETRIES": "4"}
"""Of the CLI: some seconds; its own ten take minutes, in which the session could work. The user's own number wins."""

_MOST_IN_VAIN = 3
_NOT_READ = (Ending.NO_REPLY, Ending.TURN_LIMIT, Ending.MONEY_LIMIT, Ending.TIME_LIMIT)
"""How a run ends for which its tasks may be to blame; any other ending is the analysis's own trouble."""

_OVER = (ReasonKind.RUNNING, ReasonKind.DELIVERY, ReasonKind.PAUSED)


class Batch(Frozen):
    """What one run is asked: all that its reply depends on, as far as we know it."""

    project: Project
    count: int
    model: str
    prompt: str


class Reading(Frozen):
    """What one run replied, its own name, and what it has cost."""

    run: str
    structured: dict[str, Any] | None
    cost_usd: float


class NotReadError(Exception):
    """A run that brought no reply. Only between the two Prefect tasks here: people are told what came of it."""

    def __init__(self, run: ClaudeRun) -> None:
        super().__init__(run)
        self.run = run

    def __str__(self) -> str:
        return self.run.detail or self.run.ending.value


class Analyzed(Frozen):
    """The judgement with Claude's findings, and what asking for them has cost."""

    assessment: Assessment
    cost_usd: float = 0.0


@task(name="analyze-with-claude", task_run_name="read the tasks of {project.name}", **ONCE)
async def analyze_with_claude(project: Project) -> Analyzed:
    """Have Claude read what it has not read yet, and judge again with what it found.

    Raises DatabaseError and AsanaError; trouble with Claude is said and raises nothing.
    """
    runtime = current()
    facts = session_facts(runtime, project).facts
    unread = await asyncio.to_thread(unread_tasks, runtime, facts)
    if not unread:
        return Analyzed(assessment=assess(facts))
    reading = _Reading(runtime, project, facts, unread)
    await reading.go_through()
    facts = await asyncio.to_thread(with_findings, runtime, facts)
    keep_facts(runtime, project, facts)
    return Analyzed(assessment=assess(facts), cost_usd=reading.cost_usd)


def unread_tasks(runtime: Runtime, facts: Facts) -> list[AsanaTask]:
    """The tasks whose content Claude has not read, the first of each content: ready ones first, then Asana's order."""
    contents = contents_of(facts)
    read = runtime.state.analyses.known(contents.values())
    judged = assess(facts).tasks
    over = {one.gid for one in judged if any(reason.kind in _OVER for reason in one.reasons)}
    waits = {one.gid: bool(one.reasons) for one in judged}
    firsts: dict[str, AsanaTask] = {}
    for one in facts.considered:
        if contents[one.gid] not in read and one.gid not in over:
            firsts.setdefault(contents[one.gid], one)
    return sorted(firsts.values(), key=lambda one: waits[one.gid])


def _hindered(runtime: Runtime, project: Project) -> str:
    """Why no run may be started now; empty where one may."""
    return spent_up(runtime) or why_held(runtime, project.gid)


@dataclass
class _Reading:
    """One session's runs over the tasks that are unread."""

    runtime: Runtime
    project: Project
    facts: Facts
    unread: Sequence[AsanaTask]
    runs: int = 0
    in_vain: int = 0
    read: int = 0
    findings: int = 0
    cost_usd: float = 0.0
    trouble: str = ""
    waiting: deque[tuple[AsanaTask, ...]] = field(default_factory=deque)

    async def go_through(self) -> None:
        """Ask batch by batch until all are read, the bounds are reached, or Claude cannot be used."""
        self.waiting.extend(batches(self.unread))
        while self.waiting and self.runs < MOST_RUNS and not self.trouble:
            self.trouble = await asyncio.to_thread(_hindered, self.runtime, self.project)
            if not self.trouble:
                await self._ask(self.waiting.popleft())
        self._tell()

    async def _ask(self, batch: tuple[AsanaTask, ...]) -> None:
        if not self.runs:
            say(f"Claude reads {task_texts(len(self.unread))} ({self.runtime.settings.analyze_model})...")
        self.runs += 1
        try:
            reply = await self._run(batch)
        except NotReadError as error:
            self.cost_usd += error.run.usage.cost_usd
            if error.run.ending not in _NOT_READ:
                self.trouble = str(error)
                return
            await asyncio.to_thread(self._take, batch, None, error.run.detail)
        except (ClaudeError, LocalResourceError) as error:
            self.trouble = str(error)
        else:
            await asyncio.to_thread(self._take, batch, reply, "")

    def _take(self, batch: tuple[AsanaTask, ...], reply: dict[str, Any] | None, detail: str) -> None:
        """Keep what was replied; what is missing is asked once more by itself, and then left alone."""
        gid = self.project.gid
        found = read_analysis(reply, batch, project_gid=gid, open_tasks=self.open_tasks)
        self.runtime.state.analyses.keep({content_of(gid, one): found[one.gid] for one in batch if one.gid in found})
        self.read += len(found)
        self.findings += sum(map(len, found.values()))
        missing = [one for one in batch if one.gid not in found]
        if len(batch) > 1:
            self.waiting.extend((one,) for one in missing)
        else:
            self.runtime.state.analyses.leave_alone(content_of(gid, one) for one in missing)
        self.in_vain = 0 if found else self.in_vain + 1
        if self.in_vain >= _MOST_IN_VAIN:
            self.trouble = detail or "it does not reply in the form that it is asked for"

    @property
    def open_tasks(self) -> list[AsanaTask]:
        """The tasks that a dependency may name."""
        return [one for one in self.facts.tasks if one.gid not in self.facts.index.questions and not one.is_separator]

    async def _run(self, batch: tuple[AsanaTask, ...]) -> dict[str, Any] | None:
        """The reply to one batch, kept from before where the very same was asked.

        Raises NotReadError, ClaudeNotFoundError and LocalResourceError.
        """
        runtime = self.runtime
        code_dir = session_facts(runtime, self.project).code_dir
        prompt = analysis_prompt(self.project, code_dir, batch, self.open_tasks)
        asked = Batch(
            project=self.project,
            count=len(batch),
            model=runtime.settings.analyze_model,
            prompt=runtime.redactor.mask(prompt),
        )
        name = f"analysis-{uuid.uuid4()}"
        if in_a_flow():
            async with at_once():  # whatever becomes of this session, the reply is not paid for again
                reading = await kept(read_texts, runtime, LEFT_ALONE)(asked, name)
        else:
            reading = await read_texts.fn(asked, name)
        if reading.run == name:
            self.cost_usd += reading.cost_usd
        return reading.structured

    def _tell(self) -> None:
        mask = self.runtime.redactor.mask
        if self.read:
            findings = f"{self.findings} finding{'' if self.findings == 1 else 's'}"
            say(f"✓ {task_texts(self.read)} read: {findings}, {self.cost_usd:.2f} USD")
        left = len(self.unread) - self.read
        if self.trouble:
            say(f"⚠ Not read: {task_texts(left)}, the rules decide alone: {one_line(mask(self.trouble))}")
        elif left:
            say(f"⚠ Not read in this session: {task_texts(left)}, the rules decide alone")


@task(name="read-texts", task_run_name="read {batch.count} of {batch.project.name}", **KEPT_READING)
async def read_texts(batch: Batch, run: str) -> Reading:
    """One run of the CLI that only reads; `run` names it.

    Raises NotReadError where it brought no reply, ClaudeNotFoundError and LocalResourceError.
    """
    runtime, settings = current(), current().settings
    env = _RETRIES | child_environment(settings.claude_environment(), {}, settings.claude_env_pass)
    ended = await run_claude(
        cli=find_cli(settings.claude_path, env.get("PATH", os.defpath)).path,
        options=_options(runtime, batch),
        prompt=batch.prompt,
        cwd=Path(session_facts(runtime, batch.project).code_dir),
        run_dir=runtime.home / "runs" / run,
        env=env,
        redactor=runtime.redactor,
        log_file=runtime.log_file(batch.project),
        header=f"Claude reads the text of {batch.count} of the tasks",
        launch=shell_operation,
        on_text=lambda text: relay_agent(text, to_terminal=False),
        on_started=lambda supervisor, agent: None,  # no claim: it ends with us, and changes nothing until then
        should_stop=lambda: False,
    )
    if ended.usage.cost_usd:
        await asyncio.to_thread(runtime.state.analyses.paid, run, ended.usage.cost_usd)
    if ended.ending is not Ending.REPLIED:
        raise NotReadError(ended)
    return Reading(run=run, structured=ended.structured, cost_usd=ended.usage.cost_usd)


def _options(runtime: Runtime, batch: Batch) -> ClaudeOptions:
    settings = runtime.settings
    return ClaudeOptions(
        model=batch.model,
        max_turns=MOST_TURNS,
        max_budget_usd=settings.analyze_max_cost_usd,
        permission_mode="dontAsk",
        allowed_tools=(),
        wall_seconds=min(WALL_SECONDS, settings.task_timeout_seconds),
        session_id=str(uuid.uuid4()),
        stall_seconds=settings.stall_timeout_seconds,
        read_only=True,
        reply_schema=ANALYSIS_SCHEMA,
    )


def task_texts(count: int) -> str:
    """So many texts, for a line that people read."""
    return f"{count} task text{'' if count == 1 else 's'}"
