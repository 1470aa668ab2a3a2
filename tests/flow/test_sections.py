"""What people see in Asana while tasks are worked on: the section, and one comment for all failures in a row."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aegis.adapters.claims import Claim
from aegis.adapters.executions import NewExecution
from aegis.core.models import Answer, AsanaTask, Denial, Effect, Outcome, Project, Question, ReasonKind, Verdict
from aegis.core.people_first import begun, text_digest
from aegis.core.sections import neighbours_of
from aegis.sandbox.faults import Fault
from aegis.wiring import Runtime, open_runtime
from tasks.analyze import gather
from tasks.conclude import report_writes, storing, streak_of
from tasks.sections import end_move, put_back, scope_of, show_in_progress
from tasks.send import deliver_due
from tasks.watch_running import watch_running
from tests.tick.conftest import settings_for
from tests.worlds import World, world

ALL = ("To do", "In Progress", "Blocked", "Review", "Done")


@dataclass
class Desk:
    """A world with a home, and what a session does with a task but for its agent."""

    world: World
    root: Path

    @contextmanager
    def runtime(self, **settings: object) -> Iterator[Runtime]:
        with open_runtime(settings_for(self.world, self.root / "home", **settings)) as runtime:
            yield runtime

    @property
    def project(self) -> Project:
        return Project(gid=self.world.project, name="Aegis", notes=f"Code Location: {self.root}", log_slug="aegis")

    def stands(self, gid: str) -> str | None:
        found: str | None = self.world.store.section_of(gid, self.world.project)
        return found

    def move(self, gid: str, section: str) -> None:
        """A person moves a task."""
        store = self.world.store
        store.move_to_section(gid, store.section(self.world.project, section), by=self.world.robin)

    def begin(self, runtime: Runtime, gid: str) -> tuple[Claim, AsanaTask, str]:
        """A run begins: its claim, the task as it was read, the execution's id."""
        claim = runtime.state.claims.acquire(gid, runtime.owner, project_gid=self.world.project, limit=9)
        assert isinstance(claim, Claim)
        task = runtime.asana.task(gid)
        about = begun(task, scope_of(runtime, [self.world.project]), self.world.project, runtime.asana.stories(gid))
        runtime.state.claims.note_about(claim, about.model_dump_json())
        execution_id = str(uuid.uuid4())
        fields = {"project_gid": self.world.project, "content": text_digest(task)}
        new = NewExecution(
            id=execution_id,
            run_id=execution_id[:8],
            task_gid=gid,
            session_id="s",
            resumed=False,
            run_dir="/r",
            log_file="/l",
            model="m",
            **fields,
        )
        since = runtime.state.questions.retried().get(gid)
        runtime.state.executions.start(claim, new, failures_since=since)
        beside = neighbours_of(runtime.asana.open_tasks(self.world.project), gid, self.world.project)
        show_in_progress(runtime, claim, self.project, task, beside)
        return claim, task, execution_id

    def end(
        self, runtime: Runtime, begun_run: tuple[Claim, AsanaTask, str], verdict: Verdict, **fields: object
    ) -> None:
        """It ends with a verdict, which is recorded and reported as `execute` does it."""
        claim, task, execution_id = begun_run
        outcome = Outcome.model_validate(
            {
                "verdict": verdict,
                "task_gid": task.gid,
                "execution_id": execution_id,
                "run_id": execution_id[:8],
                "headline": "⚠️ Task failed" if verdict is Verdict.FAILED else "✓ Task completed via Aegis",
                "finished_at": datetime.now(UTC),
                "log_file": "logs/aegis.log",
                "session_id": "s",
                **fields,
            }
        )
        streak = streak_of(runtime, task, outcome) if verdict is Verdict.FAILED else None
        used_up = streak is not None and streak.number >= runtime.settings.max_attempts
        move = end_move(runtime, self.project, task, outcome, used_up=used_up)
        writes = report_writes(runtime, self.project, task, outcome, streak)
        runtime.state.executions.finish(claim, execution_id, outcome, writes, storing(move))
        deliver_due(runtime, [task.gid], early=True)
        runtime.state.claims.release(claim)

    def run(self, runtime: Runtime, gid: str, verdict: Verdict, **fields: object) -> None:
        self.end(runtime, self.begin(runtime, gid), verdict, **fields)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with world(notes=f"Code Location: {tmp_path}") as here:
        yield Desk(here, tmp_path)


@pytest.fixture
def board(desk: Desk) -> Desk:
    for name in ALL:
        desk.world.store.add_section(desk.world.project, name)
    return desk


@pytest.mark.parametrize(
    ("verdict", "fields", "section"),
    [
        (Verdict.DONE, {}, "Done"),
        (Verdict.DONE, {"denials": (Denial(tool="Bash"),)}, "Review"),
        (Verdict.QUESTION, {}, "Blocked"),
        (Verdict.BLOCKED, {}, "Blocked"),
        (Verdict.FAILED, {}, "To do"),
        (Verdict.NOT_ITS_FAULT, {}, "To do"),
        (Verdict.INTERRUPTED, {}, "To do"),
    ],
)
def test_a_task_is_in_progress_while_it_is_worked_on_and_then_goes_on_or_back(
    board: Desk, verdict: Verdict, fields: dict[str, object], section: str
) -> None:
    before, gid, after = (board.world.task(name, section="To do") for name in ("before", "one", "after"))
    with board.runtime() as runtime:
        running = board.begin(runtime, gid)
        assert board.stands(gid) == "In Progress"
        board.end(runtime, running, verdict, **fields)
        assert board.stands(gid) == section
        assert runtime.state.outbox.counts() == (0, 0)
        if section == "To do":
            order = [row["gid"] for row in board.world.store.tasks(board.world.project)]
            assert order == [before, gid, after], "back to its place among the others"


def test_the_sections_are_read_once_a_session_and_a_done_task_costs_two_moves(board: Desk) -> None:
    gids = [board.world.task(f"t{n}", section="To do") for n in range(3)]
    with board.runtime() as runtime:
        board.world.sandbox.clear_requests()
        for gid in gids:
            board.run(runtime, gid, Verdict.DONE)
    assert board.world.count("GET", "/sections") == 1 and board.world.count("POST", "addTask") == 6
    looks = [one.path for one in board.world.sandbox.asked("GET", "/tasks/") if one.path.split("/")[-1] in gids]
    assert len(looks) == 3, "the look before each run, and no other"


@pytest.mark.parametrize(
    ("sections", "settings", "while_running", "afterwards"),
    [
        ((), {}, "Untitled section", "Untitled section"),
        (ALL, {"asana_move_tasks": False}, "Untitled section", "Untitled section"),
        (("Done",), {}, "Untitled section", "Done"),
        (("In Progress",), {}, "In Progress", "Untitled section"),
        (("doing", "DONE"), {"asana_section_in_progress": "Doing", "asana_section_done": ""}, "doing", None),
    ],
)
def test_nothing_is_created_uninvited_and_what_is_not_there_is_left_out(
    desk: Desk, sections: tuple[str, ...], settings: dict[str, object], while_running: str, afterwards: str | None
) -> None:
    for name in sections:
        desk.world.store.add_section(desk.world.project, name)
    count = len(desk.world.store.all("SELECT * FROM sections"))
    gid = desk.world.task("one")
    with desk.runtime(**settings) as runtime:
        running = desk.begin(runtime, gid)
        assert desk.stands(gid) == while_running
        desk.end(runtime, running, Verdict.DONE)
    assert desk.stands(gid) == (afterwards or "Untitled section")
    assert len(desk.world.store.all("SELECT * FROM sections")) == count
    if settings.get("asana_move_tasks") is False:
        assert desk.world.count(path="sections") == 0


async def test_what_aegis_moved_itself_is_within_the_users_sections_and_goes_on_first(board: Desk) -> None:
    """Its run is interrupted by a crash: nobody takes it for a person's, and it is not lost."""
    first, gid = (board.world.task(name, section="To do") for name in ("first", "one"))
    settings = {"aegis_sections": ("To do",)}
    with board.runtime(**settings) as runtime:
        board.begin(runtime, gid)
        assert board.stands(gid) == "In Progress" and await watch_running.fn() == ()
        board.move(gid, "Done")
        (stopped,) = await watch_running.fn()
        assert "taken out" in stopped.why, "a person's move is one"
        board.move(gid, "In Progress")

    def judged(runtime: Runtime, **more: str) -> list[str]:
        tasks = runtime.asana.open_tasks(board.world.project)
        return [one.gid for one in gather(runtime, board.project, tasks, **more).facts.considered]

    with board.runtime(**settings) as runtime:
        assert judged(runtime) == [gid, first] == judged(runtime, section="to do")
        board.move(gid, "Review")
        assert judged(runtime) == [first]
        board.move(gid, "In Progress")
        runtime.state.claims.release(Claim(gid, 1, runtime.owner))
        board.run(runtime, gid, Verdict.QUESTION)
        assert board.stands(gid) == "Blocked" and judged(runtime) == [gid, first]
        board.run(runtime, gid, Verdict.DONE)
        assert board.stands(gid) == "Done" and judged(runtime) == [first]
        board.world.store.reopen(gid, board.world.robin)
        assert judged(runtime) == [gid, first], "reopened where we put it, it is to be done again"


async def test_a_running_task_costs_a_tick_no_look_at_its_comments_only_because_we_moved_it(board: Desk) -> None:
    gid = board.world.task("one", section="To do")
    with board.runtime() as runtime:
        board.begin(runtime, gid)
        assert await watch_running.fn() == ()
        board.world.sandbox.clear_requests()
        assert await watch_running.fn() == () and board.world.count("GET", "/stories") == 0
        board.world.store.comment(gid, "In blue, please.", by=board.world.robin)
        (stopped,) = await watch_running.fn()
        assert stopped.news


def test_a_person_who_moves_a_running_task_is_not_overruled(board: Desk) -> None:
    gid = board.world.task("one", section="To do")
    with board.runtime() as runtime:
        running = board.begin(runtime, gid)
        board.move(gid, "Review")
        board.end(runtime, running, Verdict.DONE)
        assert board.stands(gid) == "Review" and board.world.store.task(gid)["completed"]


def test_sections_that_cannot_be_read_or_used_fail_no_task_and_are_said_once(
    board: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    gids = [board.world.task(f"t{n}", section="To do") for n in range(3)]
    logging.getLogger("aegis").propagate = True
    with caplog.at_level(logging.WARNING, logger="aegis.run"), board.runtime() as runtime:
        logging.getLogger("aegis").propagate = True
        board.world.sandbox.faults.add(Fault(kind="status", status=403, path="addTask$", times=9))
        for gid in gids:
            board.run(runtime, gid, Verdict.DONE)
        assert all(board.world.store.task(gid)["completed"] for gid in gids)
        assert board.world.count("POST", "addTask") == 2, "one try for each section"
    said = [one.getMessage() for one in caplog.records if "section" in one.getMessage()]
    assert len(said) == 2 and all("403" in line for line in said)
    board.world.sandbox.faults.clear()
    board.world.sandbox.faults.add(Fault(kind="status", status=404, path="/sections$", times=9))
    more = board.world.task("more", section="To do")
    with board.runtime() as runtime:
        board.run(runtime, more, Verdict.DONE)
    assert board.world.store.task(more)["completed"] and board.stands(more) == "To do"


def test_a_run_that_could_not_be_made_for_a_reason_of_ours_puts_its_task_back(board: Desk) -> None:
    gid = board.world.task("one", section="To do")
    with board.runtime() as runtime:
        claim, task, _ = board.begin(runtime, gid)
        put_back(runtime, claim, board.project, task)
        assert board.stands(gid) == "To do"
        board.world.sandbox.faults.add(Fault(kind="status", status=500, times=99))
        put_back(runtime, claim, board.project, task)  # nothing to do, and nothing asked


# --- repeated failures ---


def failures(desk: Desk, gid: str) -> list[str]:
    return [text for text in desk.world.store.comments(gid) if text.startswith("⚠️")]


def test_failures_in_a_row_are_one_comment_that_tells_of_all(board: Desk) -> None:
    gid = board.world.task("one", section="To do")
    with board.runtime() as runtime:
        board.run(runtime, gid, Verdict.FAILED, reason="no tests")
        (said,) = failures(board, gid)
        assert "Attempt: 1 of 3; the next one from " in said and "Earlier attempts:" not in said
        board.world.store.comment(gid, "Why?", by=board.world.robin)
        board.run(runtime, gid, Verdict.FAILED, reason="no <b>tests</b> again")
        board.run(runtime, gid, Verdict.FAILED, reason="no tests at all", summary="Sorry.")
        (said,) = failures(board, gid)
        assert said.index("no tests at all") < said.index("Earlier attempts:") < said.index("Sorry.")
        assert "Attempt: 3 of 3; none follows by itself" in said
        assert said.index(": no tests\n") < said.index(": no <b>tests</b> again\n")
        assert said.count("aegis:failed:") == 1 and len(board.world.store.comments(gid)) == 2
        assert [row.attempt for row in runtime.state.executions.recent()] == [3, 2, 1]
        assert board.stands(gid) == "Blocked", "its attempts are used up: a person is asked"


def test_what_is_not_its_fault_in_between_begins_no_new_comment(board: Desk) -> None:
    gid = board.world.task("one")
    with board.runtime() as runtime:
        for verdict in (Verdict.FAILED, Verdict.NOT_ITS_FAULT, Verdict.INTERRUPTED, Verdict.FAILED):
            board.run(runtime, gid, verdict, reason="x")
        assert len(failures(board, gid)) == 1


@pytest.mark.parametrize("how", ["text", "answer", "success", "question"])
def test_after_a_success_a_changed_text_or_an_answer_a_failure_is_a_new_one(board: Desk, how: str) -> None:
    gid = board.world.task("one", notes="as it was")
    with board.runtime() as runtime:
        board.run(runtime, gid, Verdict.FAILED, reason="first")
        board.run(runtime, gid, Verdict.FAILED, reason="second")
        if how == "text":
            board.world.store.change_task(gid, board.world.robin, notes="said better")
        elif how == "answer":
            answered(runtime, board, gid)
        else:
            board.run(runtime, gid, Verdict.DONE if how == "success" else Verdict.QUESTION)
            board.world.store.reopen(gid, board.world.robin)
        tasks = runtime.asana.open_tasks(board.world.project)
        past = gather(runtime, board.project, tasks).facts.pasts[gid]
        assert past.failures == 0, "it is tried at once"
        board.run(runtime, gid, Verdict.FAILED, reason="third")
        old, new = failures(board, gid)
        assert "second" in old and "Attempt: 1 of 3" in new and "Earlier attempts:" not in new
        assert runtime.state.executions.recent()[0].attempt == 1


def answered(runtime: Runtime, desk: Desk, gid: str) -> None:
    """A person says: try again."""
    kind = ReasonKind.FAILURES
    question = Question(fingerprint="f1", kind=kind, name="Question: again?", notes="", task_gids=(gid,))
    with runtime.state.database.transaction() as connection:
        runtime.state.questions.put(connection, question, desk.world.project, runtime.state.database.now(connection))
    runtime.state.questions.asked("f1", "77")
    assert runtime.state.questions.answered("f1", Answer(effect=Effect.RETRY), runtime.state.outbox, ())


def test_a_comment_that_a_person_deleted_comes_back_with_the_next_failure(board: Desk) -> None:
    gid = board.world.task("one")
    with board.runtime() as runtime:
        board.run(runtime, gid, Verdict.FAILED, reason="first")
        (story,) = [one["gid"] for one in board.world.store.stories(gid) if one["resource_subtype"] == "comment_added"]
        board.world.store.delete_comment(story)
        board.run(runtime, gid, Verdict.FAILED, reason="second")
        board.run(runtime, gid, Verdict.FAILED, reason="third")
        (said,) = failures(board, gid)
        assert "third" in said and "first" in said
