"""Told: what the agent is to know of its task is gathered, laid out for it to read, and made into its prompt."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from aegis.adapters.attachments import Downloads, give_files
from aegis.adapters.files import private_directory, write_private
from aegis.core.attachments import MEGABYTE, MOST_LISTED, GivenFile, Limits
from aegis.core.models import AsanaTask, Outcome, Project, Story, Verdict
from aegis.core.prompts import (
    MOST_EARLIER,
    EarlierRun,
    PersonAnswer,
    PromptParts,
    first_prompt,
    resume_prompt,
    whole_texts,
)
from aegis.core.scope import Scope
from aegis.core.subtasks import part_of_the_work
from aegis.core.told import Told, listed, new_answers, new_comments, task_fingerprint, told_by
from aegis.errors import AsanaError
from aegis.settings import ca_file, proxy_for
from aegis.wiring import Runtime
from tasks.finished import finished_reports
from tasks.ours import comments_of_people
from tasks.say import say

log = logging.getLogger("aegis.run")


@dataclass(frozen=True)
class Case:
    """A task as it was found under its claim, and where the agent will work on it.

    `answers` are all that people gave to questions that the task waited for; what a conversation holds of them, it is
    not told again.
    """

    project: Project
    task: AsanaTask
    stories: Sequence[Story]
    subtasks: Sequence[AsanaTask]
    code_dir: Path
    preamble: str
    run_dir: Path
    answers: Sequence[PersonAnswer] = ()
    should_stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Telling:
    """A prompt, and what its conversation has been told once the agent has read it."""

    prompt: str
    before: Told
    after: Told


def tell_all(runtime: Runtime, case: Case) -> Telling:
    """The prompt of a new conversation: all that there is to know, our own record of earlier runs included.

    Raises LocalResourceError where what the agent is to read cannot be laid out.
    """
    parts, reports = _gathered(runtime, case, Told())
    earlier = [_earlier(one) for one in runtime.state.executions.outcomes(case.task.gid, MOST_EARLIER)]
    parts = replace(parts, earlier=earlier)
    return _laid_out(runtime, first_prompt(parts), parts, Told(), reports)


def tell_news(runtime: Runtime, case: Case, known: Told, *, why: Literal["reopened", "answered", "ended"]) -> Telling:
    """The prompt that resumes a conversation which holds `known`: only what is new.

    Raises LocalResourceError where what the agent is to read cannot be laid out.
    """
    parts, reports = _gathered(runtime, case, known)
    told = {(one.gid, one.text) for one in known.subtasks}
    parts = replace(
        parts,
        task_changed=task_fingerprint(case.task) != known.task,
        known_subtasks=frozenset(one.gid for one in listed(parts.subtasks) if (one.gid, one.text) in told),
    )
    return _laid_out(runtime, resume_prompt(parts, why=why), parts, known, reports)


def _gathered(runtime: Runtime, case: Case, known: Told) -> tuple[PromptParts, tuple[str, ...]]:
    """The parts that are new to a conversation, and the GIDs of the dependencies whose reports are among them."""
    folder = _new_folder(case.run_dir)
    ours, others = part_of_the_work(case.subtasks, Scope(assignee=runtime.settings.aegis_assignee))
    files, trouble = _attachments(runtime, case, known, folder)
    reports = finished_reports(runtime, case.project, case.task, known=known.reports)
    comments = comments_of_people(runtime, case.task.gid, case.stories, since=None)
    parts = PromptParts(
        project=case.project,
        task=case.task,
        code_dir=str(case.code_dir),
        preamble=case.preamble,
        comments=new_comments(comments, known),
        subtasks=ours,
        others_subtasks=others,
        attachments=files,
        attachments_trouble=trouble,
        reports=tuple(reports.values()),
        answers=new_answers(case.answers, known),
        folder=str(folder),
    )
    return parts, tuple(reports)


def _new_folder(run_dir: Path) -> Path:
    """A folder for what the agent may read, which is not there yet; made only where something is laid into it."""
    number = 1
    while (run_dir / f"for-agent-{number}").exists():
        number += 1
    return run_dir / f"for-agent-{number}"


def _attachments(runtime: Runtime, case: Case, known: Told, folder: Path) -> tuple[list[GivenFile], str]:
    """The attachments that the conversation does not know, fetched where they may be, and what hindered the look."""
    settings = runtime.settings
    try:
        new = [one for one in runtime.asana.attachments(case.task.gid) if one.gid not in known.attachments]
    except AsanaError as error:
        say(f"  ⚠ The attachments could not be listed: {error}")
        return [], "(Asana did not list the task's attachments just now; there may be some)"
    limits = Limits(settings.max_attachment_mb * MEGABYTE, settings.max_attachments_mb_per_task * MEGABYTE)
    downloads = Downloads(api_url=settings.asana_base_url, proxy_for=proxy_for, ca_file=ca_file())
    files = folder / "attachments"
    given = give_files(runtime.asana, new[:MOST_LISTED], files, downloads, limits=limits, should_stop=case.should_stop)
    for one in given:
        if one.failed:
            log.warning("An attachment was not given to the agent: %s", runtime.redactor.mask(one.line))
    return given, f"(and {len(new) - MOST_LISTED} more, not looked at)" if len(new) > MOST_LISTED else ""


def _laid_out(runtime: Runtime, prompt: str, parts: PromptParts, before: Told, reports: tuple[str, ...]) -> Telling:
    """Lay the whole texts of what was cut beside the attachments, and note what is told."""
    folder, texts = Path(parts.folder), whole_texts(parts)
    for name, text in texts.items():
        private_directory(folder)
        write_private(folder / name, runtime.redactor.mask(text).encode("utf-8", "replace"))
    is_laid = bool(texts) or any(one.path for one in parts.attachments)
    after = told_by(parts if is_laid else replace(parts, folder=""), before, reports=reports)
    return Telling(prompt, before, after)


def _earlier(outcome: Outcome) -> EarlierRun:
    """An earlier outcome of the task as a new conversation is told of it."""
    said = "\n".join(text for text in (outcome.reason, outcome.summary) if text.strip())
    question = outcome.question if outcome.verdict in (Verdict.QUESTION, Verdict.BLOCKED) else ""
    return EarlierRun(
        at=outcome.finished_at,
        headline=outcome.headline,
        said=said,
        question=question,
        done=outcome.verdict is Verdict.DONE,
    )
