"""The failures of a task in a row: since its last success, a person's word to try it anew, a change of its text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select

from aegis.adapters.database import Database
from aegis.adapters.tables import executions
from aegis.core.backoff import failures_in_a_row
from aegis.core.models import Outcome, Verdict

_MOST = 50


@dataclass(frozen=True)
class FailedAttempt:
    """One failed attempt: when it ended and why it failed."""

    execution_id: str
    run_id: str
    at: datetime | None
    why: str


@dataclass(frozen=True)
class Streak:
    """The failures in a row that one more failure now would end: its `number`, and those before it, oldest first."""

    number: int = 1
    earlier: tuple[FailedAttempt, ...] = ()


class Failures:
    """The executions' table, asked for failures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def streak(self, task_gid: str, *, but: str, since: datetime | None, content: str) -> Streak:
        """The failures in a row of a task, before the execution `but`, which is taken for failed.

        Args:
            task_gid: the task.
            but: the execution that ends now.
            since: from when on failures count, because a person had the task tried anew; None for always.
            content: what the task reads like; failures with another text do not count.
        """
        query = select(executions).where(executions.c.task_gid == task_gid, executions.c.id != but)
        with self._database.transaction() as connection:
            rows = connection.execute(query.order_by(executions.c.number.desc()).limit(_MOST)).all()
        verdicts: list[Verdict | None] = []
        failed: list[FailedAttempt] = []
        for row in rows:
            verdict = Verdict(row.verdict) if row.verdict in set(Verdict) else None
            changed = bool(row.content and content and row.content != content)
            if changed or (since is not None and row.started_at < since):
                break
            verdicts.append(verdict)
            if verdict in (Verdict.DONE, Verdict.QUESTION, Verdict.BLOCKED):
                break
            if verdict is Verdict.FAILED:
                failed.append(FailedAttempt(row.id, row.run_id, row.ended_at, _why(row.outcome)))
        return Streak(failures_in_a_row([Verdict.FAILED, *verdicts]), tuple(reversed(failed)))


def _why(outcome: str | None) -> str:
    try:
        ended = Outcome.model_validate_json(outcome or "")
    except ValidationError:
        return ""
    return ended.reason or ended.headline
