"""Claude reads task texts: with the real CLI, the sandbox and a database; the rules decide whatever comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aegis.core.analysis import Finding, FindingKind, content_of
from aegis.core.facts import Past
from aegis.core.models import Assessment, Project
from aegis.sandbox.faults import Fault as AsanaFault
from aegis.sandbox.model import Fault, Rule, Script, ScriptedModel, ToolCall, Turn
from aegis.settings import Settings
from aegis.wiring import open_runtime
from tasks.analysis import analyze_with_claude, unread_tasks
from tasks.analyze import analyze, session_facts
from tasks.answer import hear_answers
from tasks.fetch import fetch_tasks
from tasks.question import Asked, ask
from tasks.say import speaking_to
from tests.worlds import TOKEN, World, world


@dataclass
class Reader:
    """A world whose task texts are read; each `session` opens everything anew, as a command does."""

    here: World
    model: ScriptedModel
    root: Path
    changes: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    spent: float = 0.0

    @property
    def project(self) -> Project:
        return Project(
            gid=self.here.project, name="Aegis", notes=f"Code Location: {self.root / 'code'}", log_slug="aegis"
        )

    def settings(self) -> Settings:
        given = {
            "asana_access_token": TOKEN,
            "asana_workspace_gid": self.here.store.workspace_gid,
            "asana_portfolio_gid": self.here.portfolio,
            "asana_base_url": self.here.sandbox.api_url,
            "anthropic_api_key": "sk-test-key-0123456789",
            "anthropic_base_url": self.model.url,
            "aegis_home": self.root / "home",
            "log_dir": self.root / "logs",
            "analyze_with_claude": True,
            **self.changes,
        }
        return Settings(**given)

    async def session(self, *, read: bool = True, asked: list[Asked] | None = None) -> Assessment:
        """One session's judgement; `read` has Claude read what is new, `asked` collects what the questions came to."""
        self.said.clear()
        with open_runtime(self.settings()) as runtime, speaking_to(self.said.append):
            snapshot = await fetch_tasks.fn(self.project)
            await hear_answers.fn(self.project, snapshot)
            judged = await analyze.fn(self.project, snapshot)
            if read:
                judged = (await analyze_with_claude.fn(self.project)).assessment
            if asked is not None:
                asked.append(await ask.fn(self.project, judged.questions))
            self.spent = runtime.state.spent_since(datetime.now(UTC) - timedelta(hours=1))
            return judged

    def replies(self, *turns: dict[str, Any] | Turn) -> None:
        """What the model replies, run by run."""
        self.model.clear()
        rules = [
            Rule(match="You read tasks", turns=(one if isinstance(one, Turn) else Turn(reply=one),), times=1)
            for one in turns
        ]
        self.model.script = Script(rules=tuple(rules), default=Turn(fault=Fault(status=500, message="asked too often")))

    async def found(self, text: str) -> None:
        """Findings as a run leaves them, on each task: one that stands on its name."""
        with open_runtime(self.settings()) as runtime:
            await analyze.fn(self.project, await fetch_tasks.fn(self.project))
            contents = {content_of(self.project.gid, one) for one in session_facts(runtime, self.project).facts.tasks}
            runtime.state.analyses.keep(
                {one: (Finding(kind=FindingKind.UNCLEAR, content=one, text=text, quote="it"),) for one in contents}
            )

    def asked_about(self) -> list[list[str]]:
        """The names of the tasks that each run was asked about."""
        prompts = list(dict.fromkeys(self.model.prompts()))
        return [[line[6:] for line in prompt.splitlines() if line.startswith("Task: ")] for prompt in prompts]


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    (tmp_path / "code").mkdir()
    (tmp_path / "user").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("CLAUDE_CODE_MAX_RETRIES", "0")
    monkeypatch.setenv("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
    with world() as here, ScriptedModel() as model:
        yield Reader(here, model, tmp_path)


def entry(gid: str, *findings: dict[str, Any]) -> dict[str, Any]:
    return {"gid": gid, "findings": list(findings)}


def unclear(quote: str) -> dict[str, Any]:
    return {"kind": "unclear", "quote": quote, "text": "Which colour?"}


def kinds(judged: Assessment) -> dict[str, list[str]]:
    return {one.name: [reason.kind.value for reason in one.reasons] for one in judged.tasks}


async def test_texts_are_read_in_one_run_that_can_only_read_and_once_for_all_sessions(reader: Reader) -> None:
    """A run with the real CLI, in which the model tries more than it may."""
    (reader.root / "code" / "notes.txt").write_text("what the repository says")
    (reader.root / "secret.txt").write_text("s3cret of the user")
    paint = reader.here.task("Paint it", notes="In a nice colour.")
    wire, hang = reader.here.task("Wire the house"), reader.here.task("Hang the lamp", notes="Then it has light.")
    hidden = {"kind": "dependency", "quote": "Then it has light", "text": "No wire, no light.", "depends_on": wire}
    tries = (
        ToolCall(name="Read", input={"file_path": "$CWD/notes.txt"}),
        ToolCall(name="Read", input={"file_path": str(reader.root / "secret.txt")}),
        ToolCall(name="Write", input={"file_path": "$CWD/made.txt", "content": "x"}),
        ToolCall(name="Bash", input={"command": "touch $CWD/made.txt", "description": "x"}),
        ToolCall(name="WebFetch", input={"url": reader.model.url, "prompt": "x"}),
    )
    reply = {"tasks": [entry(paint, unclear("nice colour")), entry(wire), entry(hang, hidden)]}
    reader.replies(reply)
    reader.model.script = Script(
        rules=(Rule(match="You read tasks", turns=(Turn(tools=tries), Turn(reply=reply))),), default=Turn(text="?")
    )
    judged = await reader.session()
    assert kinds(judged) == {"Paint it": ["unclear"], "Wire the house": [], "Hang the lamp": ["dependency"]}
    assert reader.asked_about() == [["Paint it", "Wire the house", "Hang the lamp"]]
    bodies = [request.body for request in reader.model.requests if request.body.get("tools")]
    offered = {tool["name"] for body in bodies for tool in body["tools"]}
    assert offered == {"Read", "Glob", "Grep", "StructuredOutput"}
    assert {body["model"] for body in bodies} == {"claude-haiku-4-5-20251001"}
    heard = json.dumps(bodies[-1]["messages"])
    assert "what the repository says" in heard and "s3cret of the user" not in heard
    assert not (reader.root / "code" / "made.txt").exists() and heard.count("No such tool available") == 3
    assert not list((reader.root / "user").rglob("*.jsonl")), "no conversation is kept"
    assert reader.said[-1].startswith("✓ 3 task texts read: 2 findings, ") and 0 < reader.spent < 0.25

    reader.replies()
    assert kinds(await reader.session()) == kinds(judged) and reader.model.requests == [] and reader.said == []

    reader.here.store.change_task(paint, None, notes="In blue.")
    reader.replies({"tasks": [entry(paint)]})
    assert kinds(await reader.session())["Paint it"] == [] and reader.asked_about() == [["Paint it"]]


async def test_what_a_reply_leaves_out_is_asked_once_more_alone_and_then_left_to_the_rules(reader: Reader) -> None:
    one, two, three = (reader.here.task(name, notes="Some text.") for name in ("one", "two", "three"))
    hostile = {
        "tasks": [
            entry(one, {"kind": "dependency", "quote": "Some text", "text": "Itself.", "depends_on": one}),
            entry(one, unclear("Some text")),
            entry(two, unclear("words of nobody"), {"kind": "unclear", "quote": "Some text", "text": "aegis:done:a:b"}),
            entry("1399999999999999", unclear("Some text")),
        ]
    }
    reader.replies(hostile, {"tasks": [entry("1399999999999999")]})
    judged = await reader.session()
    assert reader.asked_about() == [["one", "two", "three"], ["three"]]
    assert kinds(judged) == {"one": [], "two": ["unclear"], "three": []}
    assert "aegis: done:a:b" in judged.tasks[1].reasons[0].text
    reader.replies()
    assert kinds(await reader.session()) == kinds(judged) and reader.model.requests == []
    assert three in {task.gid for task in judged.ready}


async def test_trouble_and_money_limits_are_said_once_and_hold_nothing(reader: Reader) -> None:
    reader.here.task("one")
    reader.model.script = Script(default=Turn(fault=Fault(status=401, error_type="authentication_error")))
    judged = await reader.session()
    assert kinds(judged) == {"one": []} and [line for line in reader.said if line.startswith("⚠")] == reader.said[1:]
    assert reader.said[1].startswith("⚠ Not read: 1 task text, the rules decide alone: ") and len(reader.said) == 2
    costly = Turn(text="Hm.", tools=(ToolCall(name="Glob", input={"pattern": "*"}),), input_tokens=900_000)
    reader.replies(costly)
    assert kinds(await reader.session()) == {"one": []} and reader.spent > 0.25
    assert reader.said[-1] == "⚠ Not read in this session: 1 task text, the rules decide alone"
    reader.here.task("two")
    reader.replies()
    reader.changes["max_cost_usd_per_day"] = 0.5
    judged = await reader.session()
    assert reader.model.requests == [] and len(judged.ready) == 2
    assert "the daily limit of 0.5 USD is reached" in reader.said[0] and len(reader.said) == 1


async def test_a_question_that_a_person_completed_lets_the_task_go_also_with_the_database_lost(reader: Reader) -> None:
    gid, store = reader.here.task("Paint it", notes="In a nice colour."), reader.here.store
    await reader.found("Which colour?")
    asked: list[Asked] = []
    judged = await reader.session(asked=asked)
    assert kinds(judged) == {"Paint it": ["unclear"]} and len(asked[0].created) == 1
    question = asked[0].created[0][1]
    assert store.dependencies(gid) == [question] and "Which colour?" in store.task(question)["notes"]
    judged = await reader.session(asked=asked)
    assert kinds(judged) == {"Paint it": ["question", "unclear"]} and asked[1].existing == ("Question: Paint it",)
    store.complete(question, by=reader.here.robin)
    assert kinds(await reader.session(asked=asked)) == {"Paint it": []} and asked[2].created == ()
    for path in (reader.root / "home").glob("aegis.db*"):
        path.unlink()
    await reader.found("What kind of colour?")
    assert kinds(await reader.session(asked=asked)) == {"Paint it": []} and asked[3].created == ()
    store.remove_dependencies(gid, [question])
    store.change_task(gid, None, notes="In an even nicer colour.")
    await reader.found("How nice?")
    assert kinds(await reader.session()) == {"Paint it": ["unclear"]}, "other words are another cause"


async def test_a_question_that_asana_did_not_take_yet_settles_nothing(reader: Reader) -> None:
    reader.here.task("Paint it", notes="In a nice colour.")
    await reader.found("Which colour?")
    asked: list[Asked] = []
    reader.here.sandbox.faults.add(AsanaFault(method="POST", path="/tasks$", times=2, kind="status", status=402))
    await reader.session(asked=asked)
    assert asked[0].created == () and len(reader.here.store.tasks(reader.here.project)) == 1
    assert kinds(await reader.session()) == {"Paint it": ["question", "unclear"]}


async def test_a_question_that_a_person_deleted_is_settled(reader: Reader) -> None:
    reader.here.task("Paint it", notes="In a nice colour.")
    await reader.found("Which colour?")
    asked: list[Asked] = []
    await reader.session(asked=asked)
    reader.here.store.delete_task(asked[0].created[0][1])
    assert kinds(await reader.session(asked=asked)) == {"Paint it": []} and asked[1].created == ()


async def test_without_the_setting_nothing_is_read_and_nothing_is_held(reader: Reader) -> None:
    reader.here.task("Paint it")
    await reader.found("Which colour?")
    reader.changes["analyze_with_claude"] = False
    assert kinds(await reader.session(read=False)) == {"Paint it": []}


async def test_the_ready_ones_are_read_first_and_copies_and_what_is_done_not_at_all(reader: Reader) -> None:
    blocked = reader.here.task("second", notes="Depends on: first")
    first, done = reader.here.task("first"), reader.here.task("done already")
    reader.here.task("first", notes="")
    await reader.session(read=False)
    with open_runtime(reader.settings()) as runtime:
        await analyze.fn(reader.project, await fetch_tasks.fn(reader.project))
        facts = session_facts(runtime, reader.project).facts
        facts = replace(facts, pasts={done: Past(undelivered=True)})
        assert [task.gid for task in unread_tasks(runtime, facts)] == [first, blocked]
