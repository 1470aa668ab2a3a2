"""The frozen values that travel between Aegis's parts; foreign data becomes one of these at the edge, once.

Names are those of Asana, Prefect and Claude. GIDs are strings of digits, times are aware UTC datetimes,
money is US dollars, durations are seconds.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Gid = Annotated[str, Field(pattern=r"^\d+$")]


class Frozen(BaseModel):
    """The base of all values: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- what Asana holds -------------------------------------------------------------------------------------


class User(Frozen):
    """An Asana user; `name` is empty where Asana did not say it."""

    gid: Gid
    name: str = ""
    email: str = ""


class Portfolio(Frozen):
    """An Asana portfolio."""

    gid: Gid
    name: str
    owner: User | None = None
    workspace_gid: str = ""
    permalink_url: str = ""


class Project(Frozen):
    """An Asana project as its portfolio lists it; `notes` holds the code location."""

    gid: Gid
    name: str
    notes: str = ""
    archived: bool = False
    completed: bool = False
    owner: User | None = None
    permalink_url: str = ""
    portfolio_gid: str = ""
    portfolio_owner: User | None = None
    workspace_gid: str = ""
    log_slug: str = ""  # ours: the name of its log file, unique among the portfolio's projects


class Membership(Frozen):
    """A task's place: a project and a section of it."""

    project_gid: Gid
    project_name: str = ""
    section_gid: str = ""
    section_name: str = ""


class Section(Frozen):
    """A section of a project."""

    gid: Gid
    name: str = ""


class AsanaTask(Frozen):
    """An Asana task as a list carries it. `dependencies` are the GIDs of the tasks that it waits for."""

    gid: Gid
    name: str = ""
    resource_subtype: str = "default_task"
    completed: bool = False
    completed_at: datetime | None = None
    approval_status: str | None = None
    assignee: User | None = None
    created_by: User | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    start_on: date | None = None
    start_at: datetime | None = None
    notes: str = ""
    parent_gid: str | None = None
    num_subtasks: int = 0
    dependencies: tuple[Gid, ...] = ()
    memberships: tuple[Membership, ...] = ()
    tags: tuple[str, ...] = ()
    permalink_url: str = ""
    is_separator: bool = False


class Story(Frozen):
    """A comment or a system story of a task; a comment has `resource_subtype == "comment_added"`."""

    gid: Gid
    resource_subtype: str = ""
    text: str = ""
    created_at: datetime | None = None
    created_by: User | None = None

    @property
    def is_comment(self) -> bool:
        """Whether a person or program wrote it, as opposed to Asana's own record of a change."""
        return self.resource_subtype == "comment_added"


# --- what Aegis thinks of a task ---------------------------------------------------------------------------


class ReasonKind(StrEnum):
    """Why a task is not ready: the kinds of `work-on --dry-run --json`."""

    DEPENDENCY = "dependency"
    UNKNOWN_REFERENCE = "unknown-reference"
    AMBIGUOUS_REFERENCE = "ambiguous-reference"
    CYCLE = "cycle"
    SERVICE = "service"
    START_DATE = "start-date"
    QUESTION = "question"
    FAILURES = "failures"
    SUBTASK = "subtask"
    CODE_LOCATION = "code-location"
    RUNNING = "running"
    DELIVERY = "delivery"
    PAUSED = "paused"
    UNCLEAR = "unclear"


class Reason(Frozen):
    """One reason, with the sentence that people see; the rest is for machines."""

    kind: ReasonKind
    text: str
    task_gid: str | None = None
    gids: tuple[str, ...] = ()
    service: str | None = None
    words: str | None = None
    cause: str | None = Field(default=None, exclude=True)  # the fingerprint of what a person is asked about it


class ServiceProbe(Frozen):
    """What a look at a service found: `detail` is the sentence for people."""

    service: str
    address: str
    up: bool
    detail: str

    @property
    def where(self) -> str:
        """Where was looked, as a sentence goes on after the service's name; "" where the name says it."""
        places = {self.service: "", "environment": "in the environment", "PATH": "on PATH"}
        return places.get(self.address, f"at {self.address}")


class Effect(StrEnum):
    """What an answer does to the tasks that wait for it; aegis/core/causes.py says which option has which."""

    RELEASE = "release"  # the reason no longer counts; the person's words stand in the prompt
    HOLD = "hold"  # the tasks wait until their texts or links change
    LOOK = "look"  # nothing by itself: the next look at the service or the code location decides
    WAIT = "wait"  # the named tasks are what is waited for
    START = "start"  # the named task waits for no other of its cycle
    RETRY = "retry"  # the attempts are counted anew


class QuestionOption(Frozen):
    """One option of a question, with what choosing it does; `gids` are the tasks that it names."""

    label: str
    pros: str = ""
    cons: str = ""
    effect: Effect = Effect.RELEASE
    gids: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()  # other words for the same, such as the bare name of a task


class Question(Frozen):
    """A question task that Aegis would ask; `fingerprint` is of its cause, the same in each run.

    `asks` is the question itself in one sentence; `recommended` counts the options from 1, 0 for none of them.
    """

    fingerprint: str
    kind: ReasonKind
    name: str
    notes: str
    task_gids: tuple[str, ...] = ()
    exists: bool = False
    gid: str | None = None
    asks: str = ""
    options: tuple[QuestionOption, ...] = ()
    recommended: int = 0


class Answer(Frozen):
    """What a person answered to a question: their words as written, and what Aegis understood.

    `number` counts the options from 1, 0 for words of their own; `text` is empty where the question was completed
    without a word. `at` is Asana's time, `recorded_at` ours. `contents` holds, of an answer that holds tasks back, what
    each of them read like then.
    """

    author: str = ""
    at: datetime | None = None
    recorded_at: datetime | None = None
    text: str = ""
    number: int = 0
    option: str = ""
    effect: Effect = Effect.RELEASE
    gids: tuple[str, ...] = ()
    contents: dict[str, str] = Field(default_factory=dict)
    heard_until: datetime | None = None  # the newest story that was looked at for it


class TaskState(StrEnum):
    """A considered task's state."""

    READY = "ready"
    BLOCKED = "blocked"
    UNCLEAR = "unclear"


OtherKind = Literal["somebody", "question", "elsewhere", "unseen", "left-out", "subtask"]
"""Why a task is not judged: somebody's, a question of ours, another project's, one that cannot be seen, one that the
scope leaves out, or a part of its parent's work."""


class OtherTask(Frozen):
    """A task that is not judged itself, as a picture names it; `note` says whose it is, or why it cannot be seen."""

    gid: str
    name: str
    kind: OtherKind
    note: str = ""
    project_name: str = ""
    permalink_url: str = ""
    waits_for: tuple[str, ...] = ()


class AssessedTask(Frozen):
    """A considered task with its judgement; `order` counts the ready ones from 1, `subtasks` are done with it."""

    gid: Gid
    name: str
    state: TaskState
    order: int | None = None
    reasons: tuple[Reason, ...] = ()
    permalink_url: str = ""
    subtasks: tuple[OtherTask, ...] = ()

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The GIDs of the tasks that its reasons name; those of an ambiguous name included."""
        named = (gid for r in self.reasons if r.kind is not ReasonKind.CYCLE for gid in (r.task_gid, *r.gids))
        return tuple(dict.fromkeys(gid for gid in named if gid is not None))


class Assessment(Frozen):
    """The one judgement over a project that dry run, run, graph and status share.

    `others` are the tasks that the judged ones wait for, near or far, and that are not judged themselves.
    """

    project_gid: Gid
    project_name: str
    tasks: tuple[AssessedTask, ...] = ()
    questions: tuple[Question, ...] = ()
    services: tuple[ServiceProbe, ...] = ()
    others: tuple[OtherTask, ...] = ()

    @property
    def ready(self) -> tuple[AssessedTask, ...]:
        """The ready tasks in the order in which they go."""
        return tuple(sorted((t for t in self.tasks if t.state is TaskState.READY), key=lambda t: t.order or 0))

    @property
    def blocked(self) -> tuple[AssessedTask, ...]:
        """The tasks that wait, blocked and unclear ones alike, in Asana's order."""
        return tuple(t for t in self.tasks if t.state is not TaskState.READY)


# --- what a run of the agent came to ------------------------------------------------------------------------


class ReplyStatus(StrEnum):
    """What the agent says of its work in its structured reply."""

    DONE = "done"
    BLOCKED = "blocked"
    QUESTION = "question"
    FAILED = "failed"


class ReplyOption(Frozen):
    """One option of a question that the agent asks."""

    label: str
    pros: str = ""
    cons: str = ""


class Reply(Frozen):
    """The agent's structured reply (`--json-schema`).

    `subtasks_done` are the listed subtasks that are done, by GID or number as the agent wrote them.
    """

    status: ReplyStatus
    summary: str
    question: str = ""
    options: tuple[ReplyOption, ...] = ()
    recommendation: str = ""
    subtasks_done: tuple[str, ...] = ()

    @field_validator("subtasks_done", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        """Numbers are as good as texts here, and nonsense is no reason to lose the whole reply."""
        return [str(one) for one in value if isinstance(one, str | int)] if isinstance(value, list | tuple) else ()


class Denial(Frozen):
    """A tool call that the permissions refused; `detail` is its input, shortened."""

    tool: str
    detail: str = ""


class Usage(Frozen):
    """What a run cost."""

    turns: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    duration_seconds: float = 0.0


class Ending(StrEnum):
    """How a Claude run ended, before anything is concluded from it."""

    REPLIED = "replied"  # exit 0, a good result line, a structured reply
    NO_REPLY = "no-reply"  # exit 0 and success, but no (valid) structured reply
    NO_WORK = "no-work"  # a success over no turn at all
    CUT = "cut"  # the process ended without a result line, or with half of one
    STUCK = "stuck"  # a result line, but the process did not end after it
    TURN_LIMIT = "turn-limit"
    MONEY_LIMIT = "money-limit"
    TIME_LIMIT = "time-limit"
    STALLED = "stalled"  # no line came, and none of its processes did anything
    STOPPED = "stopped"  # by us: cancelled, or the claim was lost
    UNUSABLE = "unusable"  # not the task's fault; `unusable_kind` says why
    SESSION_GONE = "session-gone"  # --resume found no such conversation
    TOO_LONG = "too-long"  # the conversation does not fit into the model's context any more
    SESSION_IN_USE = "session-in-use"  # --session-id of a conversation that exists already
    ERROR = "error"  # any other failure


class ClaudeRun(Frozen):
    """All that one run of the CLI left behind; `tail` is the end of its readable output, secrets masked."""

    ending: Ending
    exit_code: int | None
    session_id: str
    reply: Reply | None = None
    structured: dict[str, Any] | None = None  # the reply of a run that was asked for another form
    detail: str = ""
    denials: tuple[Denial, ...] = ()
    usage: Usage = Usage()
    tail: str = ""
    unusable_kind: str | None = None
    resets_at: int | None = None


class Verdict(StrEnum):
    """What an execution came to, in the end."""

    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    QUESTION = "question"
    NOT_ITS_FAULT = "not-its-fault"  # login, credit, plan window, disk: costs no attempt, gets no comment
    INTERRUPTED = "interrupted"  # stopped by us or by a crash: resumable, costs no attempt by itself


class Outcome(Frozen):
    """The verdict on one execution of a task, with what people are told of it."""

    verdict: Verdict
    task_gid: Gid
    execution_id: str
    run_id: str
    headline: str
    task_name: str = ""
    task_url: str = ""
    summary: str = ""
    reason: str = ""
    output_tail: str = ""
    exit_code: int | None = None
    denials: tuple[Denial, ...] = ()
    question: str = ""
    options: tuple[ReplyOption, ...] = ()
    recommendation: str = ""
    usage: Usage = Usage()
    session_id: str = ""
    log_file: str = ""
    notes: tuple[str, ...] = ()  # such as "the working tree had uncommitted changes"
    subtasks_done: tuple[str, ...] = ()  # GIDs of the subtasks that are completed with the task
    finished_at: datetime | None = None
    ending: Ending | None = None
    resets_at: int | None = None  # epoch seconds, where a used-up plan window named its end
    unusable_kind: str | None = None  # where it was not the task's fault: login, credit, plan_window and so on
    unusable_detail: str = ""


class NotStarted(Frozen):
    """A task that was ready and was not started after all, with the sentence that says why.

    `ends_session` where no other task of the session can be started now either.
    """

    task_gid: Gid
    kind: ReasonKind
    why: str
    ends_session: bool = False


class SessionReport(Frozen):
    """What a session of `work-on` or a run of `do` came to; `stopped_by` names what stood in its way as a whole."""

    project_gid: Gid
    project_name: str
    outcomes: tuple[Outcome, ...] = ()
    not_started: tuple[NotStarted, ...] = ()
    questions_created: int = 0
    questions_existing: int = 0
    analysis_cost_usd: float = 0.0
    questions_answered: int = 0
    questions_closed: int = 0
    undelivered: int = 0
    parked: int = 0
    assessment: Assessment | None = None
    stopped_by: str = ""
    log_file: str = ""
    dry_run: bool = False

    @property
    def completed(self) -> tuple[Outcome, ...]:
        """The outcomes of tasks that were done."""
        return tuple(o for o in self.outcomes if o.verdict is Verdict.DONE)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes of tasks that failed."""
        return tuple(o for o in self.outcomes if o.verdict is Verdict.FAILED)

    @property
    def exit_code(self) -> int:
        """0 done (also nothing to do, blocked, a report still to be delivered), 1 a failure or a full stop."""
        return 1 if self.failed or self.stopped_by else 0


Effort = Literal["comment", "edit-comment", "complete", "create-task", "add-dependencies", "move", "notify"]
"""The kinds of write that the outbox knows: those to Asana, and notices to people elsewhere."""


class Delivery(Frozen):
    """What became of one outbox row: `state` is confirmed, pending or parked; `error` says why not.

    `task_gid` is the task on whose behalf it was written, which the target need not be: a subtask is another.
    A confirmed one with an `error` was not made, and is no trouble: it was not needed. `refused` is whether Asana did
    not want it, as opposed to us.
    """

    row_id: int
    kind: Effort
    target_gid: str
    task_gid: str | None = None
    state: Literal["confirmed", "pending", "parked"]
    result_gid: str | None = None
    error: str = ""
    refused: bool = False
