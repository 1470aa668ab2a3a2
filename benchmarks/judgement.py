"""How well Aegis judges what is ready: precision and recall over the labelled task texts of `tests/data/readiness`.

`README.md` there says how labels are decided and counted. The held-out half's misses are told by their ids alone, so
that nobody who tunes the rules reads them by accident; `python -m benchmarks.judgement --cases held_out` shows them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from pydantic import Field

from aegis.core.facts import Facts, survey
from aegis.core.models import AsanaTask, AssessedTask, Frozen, Project, Reason, ReasonKind, ServiceProbe, TaskState
from aegis.core.readiness import assess
from benchmarks.support.clock import Size
from benchmarks.support.table import Row, Table

DATA = Path(__file__).parent.parent / "tests" / "data" / "readiness"
HALVES = ("tuned", "held_out")
LEAST_PRECISION, LEAST_RECALL = 0.98, 0.95
FEW = 20
"""Below this many, one miss is more than the limits allow, so one is accepted."""

BLOCKED = "blocked"
"""The measure over tasks: the state is not ready, whatever the reasons."""

_NOW = datetime(2025, 11, 25, 10, 30, tzinfo=UTC)
_PROJECT = Project(gid="1200000000000001", name="Labelled texts", notes="Code Location: /code", log_slug="labelled")
_JUDGED = "1300000000000001"
_SAME_WORDS = 3
"""So many words in a row that two quotes share make them quotes of the same place."""


class Other(Frozen):
    """Another task of the case."""

    name: str
    gid: str = ""
    completed: bool = False
    approval_status: str | None = None
    notes: str = ""

    def as_task(self, gid: str) -> AsanaTask:
        """The task as Asana lists it."""
        subtype = "approval" if self.approval_status else "default_task"
        fields = {"name": self.name, "completed": self.completed, "notes": self.notes, "resource_subtype": subtype}
        return AsanaTask.model_validate({"gid": gid, "approval_status": self.approval_status, **fields})


class Label(Frozen):
    """A reason that must be found. `accepts` are the kinds that a careful lead would take as well."""

    kind: ReasonKind
    on: str | None = None
    words: str | None = None
    service: str | None = None
    accepts: tuple[ReasonKind, ...] = Field(default=(), alias="or")

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.on or self.words or self.service}"


class Case(Frozen):
    """One labelled task text."""

    id: str
    name: str
    notes: str
    others: tuple[Other, ...] = ()
    outside: dict[str, Other | str] = Field(default_factory=dict)
    down: tuple[str, ...] = ()
    state: Literal["ready", "blocked", "unclear"]
    reasons: tuple[Label, ...] = ()
    hard: bool
    why: str

    @property
    def gids(self) -> tuple[str, ...]:
        """The GIDs of `others`, in their order."""
        return tuple(other.gid or f"13000000000001{number:02d}" for number, other in enumerate(self.others))

    def facts(self) -> Facts:
        """The project in which the text is judged, with all that is fetched for it."""
        others = [other.as_task(gid) for other, gid in zip(self.others, self.gids, strict=True)]
        judged = AsanaTask(gid=_JUDGED, name=self.name, notes=self.notes)
        seen = {gid: one.as_task(gid) if isinstance(one, Other) else one for gid, one in self.outside.items()}
        return _with_probes(
            Facts(
                project=_PROJECT,
                tasks=(*(task for task in others if not task.completed), judged),
                now=_NOW,
                outside=seen,
                completed=tuple(task for task in others if task.completed),
            ),
            self.down,
        )

    def judged(self) -> AssessedTask:
        """What the rules say of it."""
        return next(task for task in assess(self.facts()).tasks if task.gid == _JUDGED)


def judged_of(facts: Facts) -> AsanaTask:
    """The task that is judged, of all that are in a case's project."""
    return next(task for task in facts.tasks if task.gid == _JUDGED)


def _with_probes(facts: Facts, down: Sequence[str]) -> Facts:
    """The facts with an answer of each required service: the one place that knows how probes are kept."""
    probes = {
        one: ServiceProbe(
            service=one.service,
            address=one.address,
            up=not any(is_meant(label, words) for label in down for words in (one.service, one.address) if words),
            detail="labelled",
        )
        for one in survey(facts).services
    }
    return replace(facts, probes=probes)


def cases(half: str) -> list[Case]:
    """The cases of a half, in the file's order."""
    lines = (DATA / f"{half}.jsonl").read_text(encoding="utf-8").split("\n")
    return [Case.model_validate(json.loads(line)) for line in lines if line]


# --- one case ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """One case, judged: labels that were found, labels that were not, and reasons that no label fits."""

    case: Case
    judged: AssessedTask
    found: tuple[Label, ...]
    missed: tuple[Label, ...]
    false: tuple[Reason, ...]

    @property
    def wrong(self) -> bool:
        """Whether anything but the choice between blocked and unclear is wrong."""
        return bool(self.missed or self.false) or self.labelled is not self.held

    @property
    def labelled(self) -> bool:
        """Whether the task should wait."""
        return self.case.state != "ready"

    @property
    def held(self) -> bool:
        """Whether the rules let it wait."""
        return self.judged.state is not TaskState.READY

    def lines(self) -> Iterable[str]:
        """The case and what is wrong with the judgement, for people."""
        yield f"{self.case.id} {self.case.name!r}: should be {self.case.state}, is {self.judged.state.value}"
        yield f"    why: {self.case.why}"
        yield from (f"    missed   {label}" for label in self.missed)
        yield from (f"    false    {reason.kind.value}: {reason.text}" for reason in self.false)
        others = [other.name + (" (completed)" if other.completed else "") for other in self.case.others]
        yield f"    others: {others}, outside: {sorted(self.case.outside)}, down: {list(self.case.down)}"
        yield from (f"    | {line}" for line in self.case.notes.splitlines())


def score(case: Case, judged: AssessedTask) -> Score:
    """Compare a judgement with its labels; several reasons for one label count once, and so do repeated false ones."""
    found = {label: [reason for reason in judged.reasons if _fits(label, reason, case)] for label in case.reasons}
    fitting = [reason for reasons in found.values() for reason in reasons]
    false = {
        (reason.kind, reason.task_gid or reason.gids or reason.service or reason.words or reason.text): reason
        for reason in judged.reasons
        if reason not in fitting
    }
    return Score(
        case,
        judged,
        tuple(label for label, reasons in found.items() if reasons),
        tuple(label for label, reasons in found.items() if not reasons),
        tuple(false.values()),
    )


def _fits(label: Label, reason: Reason, case: Case) -> bool:
    if reason.kind in label.accepts:
        return _same_words(label.on or label.words or "", f"{reason.words or ''} {reason.text}")
    if reason.kind is not label.kind:
        return False
    if label.kind is ReasonKind.DEPENDENCY:
        return gid_of(label.on or "", case) in (reason.task_gid, *reason.gids)
    if label.kind is ReasonKind.SERVICE:
        return any(is_meant(label.service or "", said) for said in (reason.service, reason.text) if said)
    return _same_words(label.words or "", reason.words or reason.text)


def gid_of(name: str, case: Case) -> str:
    """The GID that a label means: it holds the GID itself where the name alone would not tell."""
    named = (gid for other, gid in zip(case.others, case.gids, strict=True) if other.name == name)
    return next(named, name)


def _same_words(one: str, other: str) -> bool:
    """Whether both quote the same place: one holds the other, or three words in a row are in both.

    How much of a sentence a reason quotes is the rules' choice, and where its quote begins too.
    """
    first, second = (re.findall(r"\w+", text.casefold()) for text in (one, other))
    if not (first and second):
        return one.strip() in other or other.strip() in one
    shared = SequenceMatcher(None, first, second, autojunk=False).find_longest_match().size
    return shared >= min(_SAME_WORDS, len(first), len(second))


def is_meant(label: str, said: str) -> bool:
    """Whether a service label (a name, `host:port`, URL, command or variable) is what the judgement calls by `said`."""
    address = re.fullmatch(r"(?:[a-z]+://)?(?P<host>[^/:]+):(?P<port>\d+)(?:/.*)?", label)
    url = re.fullmatch(r"[a-z]+://(?P<host>[^/]+)(?:/.*)?", label)
    here = address is not None and address["host"] in ("localhost", "127.0.0.1")
    key = address["port"] if here and address else url["host"] if url else label
    return re.search(rf"(?<!\w){re.escape(key.casefold())}(?!\w)", said.casefold()) is not None


# --- a half ------------------------------------------------------------------------------------------------


@dataclass
class Count:
    """How often a thing was right, false, or missed."""

    right: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """The share of what was said that is right; 1 where nothing was said."""
        return self.right / said if (said := self.right + self.false) else 1.0

    @property
    def recall(self) -> float:
        """The share of what is right that was said; 1 where there is nothing to say."""
        return self.right / labelled if (labelled := self.right + self.missed) else 1.0

    @property
    def good(self) -> bool:
        """Whether both limits hold; where the denominator is small, one miss is accepted."""
        said, labelled = self.right + self.false, self.right + self.missed
        precise = self.precision >= LEAST_PRECISION or (said < FEW and self.false <= 1)
        complete = self.recall >= LEAST_RECALL or (labelled < FEW and self.missed <= 1)
        return precise and complete


@dataclass
class Measured:
    """A half of the corpus, judged."""

    half: str
    scores: list[Score]
    counts: dict[str, Count] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.scores:
            tasks = self.counts.setdefault(BLOCKED, Count())
            tasks.right += one.labelled and one.held
            tasks.false += one.held and not one.labelled
            tasks.missed += one.labelled and not one.held
            for label in one.found:
                self.counts.setdefault(label.kind.value, Count()).right += 1
            for label in one.missed:
                self.counts.setdefault(label.kind.value, Count()).missed += 1
            for reason in one.false:
                self.counts.setdefault(reason.kind.value, Count()).false += 1

    @property
    def good(self) -> bool:
        """Whether every measure is within its limits."""
        return all(count.good for count in self.counts.values())

    def table(self) -> Iterable[str]:
        """Precision and recall, as lines."""
        ready = sum(not one.labelled for one in self.scores)
        hard = sum(one.case.hard for one in self.scores)
        agree = sum(one.judged.state.value == one.case.state for one in self.scores)
        yield f"{self.half}: {len(self.scores)} texts, {ready} of them ready, {hard} hard; {agree} states as labelled"
        yield f"  {'':20}  labelled  right  false  missed  precision  recall"
        for name in sorted(self.counts, key=lambda name: (name != BLOCKED, name)):
            count = self.counts[name]
            numbers = f"{count.right + count.missed:8}  {count.right:5}  {count.false:5}  {count.missed:6}"
            verdict = "" if count.good else f"  below {LEAST_PRECISION} / {LEAST_RECALL}"
            yield f"  {name:20}  {numbers}  {count.precision:9.3f}  {count.recall:6.3f}{verdict}"

    def misses(self, *, in_full: bool) -> Iterable[str]:
        """The cases that were judged wrongly: their ids, or all that there is to see."""
        wrong = [one for one in self.scores if one.wrong]
        yield f"  wrong: {', '.join(one.case.id for one in wrong) or 'none'}"
        if in_full:
            for one in wrong:
                yield ""
                yield from one.lines()


def measured_half(half: str) -> Measured:
    """Judge every case of a half."""
    return Measured(half, [score(case, case.judged()) for case in cases(half)])


def measure(size: Size) -> Iterator[Table]:
    """Both halves, as `make benchmark` prints them."""
    for half in HALVES:
        one = measured_half(half)
        demand = f">= {LEAST_PRECISION} / {LEAST_RECALL}"
        rows = [
            Row(name, f"{count.precision:.3f} / {count.recall:.3f}", f"{count.right} right", demand, count.good)
            for name, count in sorted(one.counts.items())
        ]
        yield Table(f"labelled texts, {half}: precision / recall of what is judged", rows)


def main(shown: Sequence[str] = ()) -> int:
    """Print the table of both halves, and in full the wrong cases of those in `shown`; 1 where a limit is missed."""
    measured = [measured_half(half) for half in HALVES]
    print(f"Judgement over labelled texts (limits: precision {LEAST_PRECISION}, recall {LEAST_RECALL};")
    print(f"where fewer than {FEW} are counted, one miss is accepted)")
    for one in measured:
        print()
        print("\n".join(one.table()))
        print("\n".join(one.misses(in_full=one.half in shown)))
    return 0 if all(one.good for one in measured) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Precision and recall of the judgement over the labelled texts.")
    parser.add_argument(
        "--cases", choices=HALVES, action="append", default=[], help="show a half's wrong cases in full"
    )
    sys.exit(main(parser.parse_args().cases))
