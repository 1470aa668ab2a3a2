"""A session's judgement, questions and answers in this process: real Asana sandbox, real database, no agent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aegis.adapters.claims import Claim
from aegis.adapters.executions import NewExecution
from aegis.core.models import Assessment, Outcome, Project, Verdict
from aegis.settings import Settings
from aegis.wiring import Runtime, open_runtime
from tasks.analyze import analyze
from tasks.answer import Answered, collect_answers
from tasks.conclude import asking
from tasks.fetch import portfolio_projects, save_snapshot
from tasks.question import Asked, ask, settle_questions
from tasks.send import deliver_due
from tests.worlds import TOKEN, World


@dataclass(frozen=True)
class Sat:
    """What one sitting came to."""

    assessment: Assessment
    answered: tuple[Answered, ...]
    closed: tuple[str, ...]
    asked: Asked

    @property
    def ready(self) -> list[str]:
        return [one.name for one in self.assessment.ready]

    @property
    def created(self) -> list[str]:
        return [name for name, _ in self.asked.created]


@dataclass
class Bench:
    """A world with a home, a code directory, and settings."""

    world: World
    root: Path
    database_url: str | None = None

    def settings(self, **more: object) -> Settings:
        values = {
            "asana_access_token": TOKEN,
            "asana_workspace_gid": self.world.store.workspace_gid,
            "asana_portfolio_gid": self.world.portfolio,
            "asana_base_url": self.world.sandbox.api_url,
            "aegis_home": self.root / "home",
            "log_dir": self.root / "logs",
            "redis_url": "redis://127.0.0.1:9",
            "database_url": self.database_url,
            **more,
        }
        return Settings(**values)  # type: ignore[arg-type]  # as load_settings hands them over

    @contextmanager
    def runtime(self, *, read_only: bool = False, **more: object) -> Iterator[Runtime]:
        with open_runtime(self.settings(**more), read_only=read_only) as runtime:
            yield runtime

    def project(self, runtime: Runtime, gid: str = "") -> Project:
        return next(one for one in portfolio_projects(runtime) if one.gid == (gid or self.world.project))

    async def sit(self, runtime: Runtime, gid: str = "", *, asks: bool = True, section: str | None = None) -> Sat:
        """What `work-on` does but for the agent's part."""
        project = self.project(runtime, gid)
        deliver_due(runtime)
        tasks = runtime.asana.open_tasks(project.gid)
        answered = () if runtime.read_only else collect_answers(runtime, project, tasks)
        deliver_due(runtime)
        assessment = await analyze.fn(project, save_snapshot(runtime.home, tasks), section)
        closed = () if runtime.read_only else await settle_questions.fn(project)
        asked = await ask.fn(project, assessment.questions) if asks else Asked()
        return Sat(assessment, answered, closed, asked)

    async def session(self, gid: str = "", *, section: str | None = None, **settings: object) -> Sat:
        """The same as a session of its own."""
        with self.runtime(**settings) as runtime:
            return await self.sit(runtime, gid, section=section)

    def question(self, name: str) -> str:
        gid: str = self.world.store.task_named(f"Question: {name}")["gid"]
        return gid

    def questions(self) -> list[str]:
        """Names of all question tasks, open or not."""
        rows = self.world.store.all("SELECT name FROM tasks WHERE name LIKE 'Question:%' ORDER BY gid")
        return [row["name"].removeprefix("Question: ") for row in rows]

    def ours(self, gid: str) -> list[str]:
        """Aegis's comments on a task."""
        return [text for text in self.world.store.comments(gid) if "aegis:heard:" in text]

    def fails(self, runtime: Runtime, gid: str) -> None:
        """A run on a task ends with a failure."""
        claim = runtime.state.claims.acquire(gid, runtime.owner)
        assert isinstance(claim, Claim)
        new = NewExecution(uuid.uuid4().hex, "r", gid, self.world.project, "s", False, "/r", "/l", "m")
        runtime.state.executions.start(claim, new)
        outcome = Outcome(
            verdict=Verdict.FAILED,
            task_gid=gid,
            execution_id=new.id,
            run_id="r",
            headline="⚠️ Failed",
            reason="no tests",
            session_id="s",
        )
        runtime.state.executions.finish(claim, new.id, outcome, [])
        runtime.state.claims.release(claim)

    def agent_asks(self, runtime: Runtime, gid: str, **fields: object) -> None:
        """The agent's run on a task ends with a question."""
        given = {"question": "Red or blue?", "options": ({"label": "red"}, {"label": "blue"}), **fields}
        outcome = Outcome.model_validate(
            {"verdict": Verdict.QUESTION, "task_gid": gid, "execution_id": "e", "run_id": "r", "headline": "?", **given}
        )
        store = asking(runtime, self.project(runtime), runtime.asana.task(gid), outcome)
        with runtime.state.database.transaction() as connection:
            at = runtime.state.database.now(connection)
            runtime.state.outbox.enqueue(connection, store(connection, at), at)
        deliver_due(runtime)
