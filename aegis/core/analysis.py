"""What Claude finds in a task's text before any work: values, the form of the reply, and how a reply is read.

A finding is about one content, and stands on words of that content: what was made up, or said of another task, is
dropped here. It can at most hold a task back; whether it does is decided in `aegis.core.findings`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from aegis.core.asana_url import parse_asana_url
from aegis.core.causes import fingerprint
from aegis.core.markers import without_markers
from aegis.core.models import AsanaTask, Frozen, ReasonKind, ReplyOption
from aegis.core.references import same_name
from aegis.core.text import one_line

FORM = "1"
"""The version of the prompt and the reply: another one makes every content new."""

MOST_FINDINGS = 3
MOST_OPTIONS = 4
LONGEST_QUOTE = 120
LONGEST_TEXT = 300
LONGEST_OPTION = 200

_ELLIPSIS = re.compile(r"\s*(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*")
_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})


class FindingKind(StrEnum):
    """What a finding is: an unclear requirement, a hidden dependency, or a decision that a person must take."""

    UNCLEAR = "unclear"
    DEPENDENCY = "dependency"
    QUESTION = "question"


class Finding(Frozen):
    """One finding: what it says, and the words of the task that it stands on; all in one line, without markers.

    `content` is the `content_of` the task that it is about; `depends_on` the GID of a dependency's task.
    """

    kind: FindingKind
    content: str
    text: str
    quote: str
    depends_on: str = ""
    options: tuple[ReplyOption, ...] = ()
    recommendation: str = ""

    @property
    def fingerprint(self) -> str:
        """Of the cause that a person settles, not of the words: what is asked again in other words is the same."""
        if self.kind is FindingKind.DEPENDENCY:
            return fingerprint(ReasonKind.UNCLEAR, "analysis", self.content, self.depends_on)
        return question_fingerprint(self.content)


def question_fingerprint(content: str) -> str:
    """Of the one question that a content raises."""
    return fingerprint(ReasonKind.UNCLEAR, "analysis", content)


def content_of(project_gid: str, task: AsanaTask) -> str:
    """The hash of what a finding is about: the project, and the task's name, notes, due date and tags."""
    due = task.due_at or task.due_on
    parts = [project_gid, task.name, task.notes, due.isoformat() if due else "", sorted(task.tags)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


ANALYSIS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "tasks": {
            "type": "array",
            "description": "One entry for each task that you were given.",
            "items": {
                "type": "object",
                "properties": {
                    "gid": {"type": "string"},
                    "findings": {
                        "type": "array",
                        "description": "Empty where nothing keeps the task from being done well.",
                        "items": {
                            "type": "object",
                            "properties": {
                                "kind": {"type": "string", "enum": [kind.value for kind in FindingKind]},
                                "quote": {"type": "string", "description": "Words copied from the task's own text."},
                                "text": {"type": "string", "description": "What you found; one sentence."},
                                "depends_on": {"type": "string", "description": "With dependency: the task's GID."},
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
                            },
                            "required": ["kind", "quote", "text"],
                        },
                    },
                },
                "required": ["gid", "findings"],
            },
        }
    },
    "required": ["tasks"],
}
"""The JSON schema of the reply (`--json-schema`)."""


class _Said(BaseModel):
    """A part of the reply as it came; what is unknown is passed over."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class _SaidOption(_Said):
    label: str
    pros: str = ""
    cons: str = ""


class _SaidFinding(_Said):
    kind: FindingKind
    quote: str
    text: str
    depends_on: str = ""
    options: tuple[_SaidOption, ...] = ()
    recommendation: str = ""


class _SaidEntry(_Said):
    gid: str
    findings: tuple[_SaidFinding, ...]


def read_analysis(
    reply: object, asked: Iterable[AsanaTask], *, project_gid: str, open_tasks: Sequence[AsanaTask]
) -> dict[str, tuple[Finding, ...]]:
    """The findings by the GID of the task; a task that is missing, or whose entry has another form, is left out.

    Args:
        reply: what the model replied, whatever it is.
        asked: the tasks that it was asked about; an entry for another one is passed over.
        project_gid: their project.
        open_tasks: those that a dependency may name.
    """
    entries = reply.get("tasks") if isinstance(reply, Mapping) else None
    wanted = {task.gid: task for task in asked}
    names = _Names(open_tasks)
    found: dict[str, tuple[Finding, ...]] = {}
    for said in entries if isinstance(entries, list) else ():
        entry = _entry(said)
        if entry is not None and entry.gid in wanted and entry.gid not in found:
            task = wanted[entry.gid]
            found[entry.gid] = _findings(entry, task, content_of(project_gid, task), names)
    return found


def _entry(said: object) -> _SaidEntry | None:
    try:
        return _SaidEntry.model_validate(_without_nothing(said))
    except (ValidationError, RecursionError):
        return None


def _without_nothing(said: object) -> object:
    """Without the nulls that stand for fields left out."""
    if isinstance(said, dict):
        return {name: _without_nothing(value) for name, value in said.items() if value is not None}
    return [_without_nothing(value) for value in said] if isinstance(said, list) else said


def _findings(entry: _SaidEntry, task: AsanaTask, content: str, names: _Names) -> tuple[Finding, ...]:
    """What stands on words of the task, each kind of thing once: at most so many, and one question."""
    found: dict[tuple[str, str], Finding] = {}
    for said in entry.findings:
        finding = _finding(said, task, content, names)
        if finding is None:
            continue
        once = "" if finding.kind is FindingKind.QUESTION else finding.depends_on or finding.text
        found.setdefault((finding.kind.value, once), finding)
    return tuple(found.values())[:MOST_FINDINGS]


def _finding(said: _SaidFinding, task: AsanaTask, content: str, names: _Names) -> Finding | None:
    text, quote = _line(said.text, LONGEST_TEXT), _line(said.quote.strip("\"'“”„»« \n"), LONGEST_QUOTE)
    if not text or not quote or not _stands_in(said.quote, task):
        return None
    if said.kind is FindingKind.DEPENDENCY:
        gid = names.gid_of(said.depends_on, task)
        return Finding(kind=said.kind, content=content, text=text, quote=quote, depends_on=gid) if gid else None
    options = tuple(
        ReplyOption(
            label=_line(one.label, LONGEST_OPTION),
            pros=_line(one.pros, LONGEST_OPTION),
            cons=_line(one.cons, LONGEST_OPTION),
        )
        for one in said.options[:MOST_OPTIONS]
        if one.label.strip()
    )
    recommendation = _line(said.recommendation, LONGEST_OPTION)
    return Finding(
        kind=said.kind, content=content, text=text, quote=quote, options=options, recommendation=recommendation
    )


def _line(text: str, longest: int) -> str:
    return without_markers(one_line(text, longest))


def _stands_in(quote: str, task: AsanaTask) -> bool:
    """Whether the words are the task's own, in any case and spacing; what is left out may be marked by dots."""
    text = _plain(f"{task.name}\n{task.notes}")
    parts = [part.strip("\"'„»«.,;: ") for part in _ELLIPSIS.split(_plain(quote))]
    said = [part for part in parts if part]
    return bool(said) and any(c.isalnum() for part in said for c in part) and all(part in text for part in said)


def _plain(text: str) -> str:
    return " ".join(text.translate(_MARKS).split()).casefold()


class _Names:
    """The open tasks that a dependency may name, by GID and by name."""

    def __init__(self, open_tasks: Sequence[AsanaTask]) -> None:
        self._gids = {task.gid for task in open_tasks}
        self._by_name: dict[str, list[str]] = {}
        for task in open_tasks:
            if task.name.strip():
                self._by_name.setdefault(same_name(task.name), []).append(task.gid)

    def gid_of(self, said: str, task: AsanaTask) -> str:
        """The GID of the one open task that is meant; empty for none, several, or the task itself."""
        said = said.strip()
        url = parse_asana_url(said)
        gid = url.task_gid or "" if url is not None else said
        if gid in self._gids:
            return gid if gid != task.gid else ""
        others = [one for one in self._by_name.get(same_name(said), ()) if one != task.gid]
        return others[0] if len(others) == 1 else ""
