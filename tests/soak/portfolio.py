"""The work of the soak: 20 projects with 50 tasks each, and the scripted model that does each with one commit."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aegis.sandbox.model import ModelRequest, ScriptedModel, ToolCall, Turn, latest_prompt
from aegis.sandbox.server import AsanaSandbox
from tests.worlds import TOKEN

PROJECTS, TASKS = 20, 50
_NAMED = re.compile(r"^Task: (?P<new>part-\d+-\d+)$|Go on with the task '(?P<old>part-\d+-\d+)'", re.MULTILINE)

WORK = """
import fcntl, os, pathlib, subprocess, sys, time
task, tree = sys.argv[1], pathlib.Path.cwd()
notes = pathlib.Path(__file__).parent
def note(file, words):
    with open(notes / file, "a") as out:
        out.write(words + "\\n")
lock = open(tree / ".git" / "at-work", "w")
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    note("clashes", task)
    sys.exit("another agent works here")
note("calls", task)
def git(*arguments):
    return subprocess.run(["git", *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout
for left in (tree / ".git").rglob("*.lock"):
    left.unlink(missing_ok=True)  # of an agent that was killed: the tree is ours alone
time.sleep({seconds})
if task not in git("log", "--format=%s", "--all").split():
    (tree / task).write_text("done\\n")
    git("add", task)
    git("commit", "-q", "-m", task)
time.sleep({seconds})
"""
"""What an agent does: one commit, made unless it is there. It notes each call, and whoever else is in the tree."""


class Worker(ScriptedModel):
    """Does the task that its prompt names; it keeps no requests, of which a long soak has many.

    `failures` is what its tool calls ended with where they failed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[str] = []

    def note(self, request: ModelRequest) -> None:
        """Forget it."""

    def choose(self, body: dict[str, Any]) -> Turn:
        """The work first, then the word that it is done; or what went wrong, as an honest agent says it."""
        prompt, answers = latest_prompt(body)
        found = _NAMED.search(prompt)
        wrong = _failure(body) if answers else "" if found else f"a prompt that names no task: {prompt[:500]!r}"
        if wrong and body.get("tools"):
            self.failures.append(wrong)
            return Turn(text="It failed.", reply={"status": "failed", "summary": wrong[:200]})
        if found is None or answers > 0:
            return Turn(text="All is done.", reply={"status": "done", "summary": "Made the commit."})
        command = f"{sys.executable} -IS $CWD/../work.py {found['new'] or found['old']}"
        return Turn(tools=(ToolCall(name="Bash", input={"command": command, "description": "do it"}),))


def _failure(body: dict[str, Any]) -> str:
    """What the latest tool call failed with; nothing where it did not."""
    content = body["messages"][-1].get("content")
    results = [one for one in content if one.get("type") == "tool_result"] if isinstance(content, list) else []
    return "; ".join(str(one.get("content")) for one in results if one.get("is_error"))


@dataclass
class Portfolio:
    """The sandbox and the model with the soak's work; `tasks` is name -> GID."""

    root: Path
    sandbox: AsanaSandbox
    model: Worker
    portfolio: str = ""
    robin: str = ""
    tasks: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> Path:
        """The folder of all code locations."""
        return self.root / "code"

    def commits(self) -> list[str]:
        """The subjects of all commits of agents."""
        found: list[str] = []
        for tree in self.code.iterdir():
            if tree.is_dir():
                log = subprocess.run(["git", "log", "--format=%s"], cwd=tree, capture_output=True, text=True)
                found += [line for line in log.stdout.split() if line != "begin"]
        return found

    def notes(self, file: str) -> list[str]:
        """What the agents noted: calls, clashes."""
        path = self.code / file
        return path.read_text().split() if path.exists() else []

    def open_tasks(self) -> list[str]:
        """The GIDs of those that nobody has done and nobody has."""
        rows = self.sandbox.store.all("SELECT gid FROM tasks WHERE completed = 0 AND assignee IS NULL")
        return [str(row["gid"]) for row in rows]


@contextmanager
def portfolio(root: Path, *, open_projects: int = PROJECTS, seconds: float = 0.5) -> Iterator[Portfolio]:
    """All that Aegis may work on.

    Args:
        root: a folder for the code locations.
        open_projects: of so many projects the tasks are nobody's; those of the others are Robin's.
        seconds: how long an agent works before its commit, and after it.
    """
    (root / "code").mkdir(parents=True)
    (root / "code" / "work.py").write_text(WORK.replace("{seconds}", str(seconds)))
    with ExitStack() as stack:
        sandbox = stack.enter_context(AsanaSandbox())
        model = stack.enter_context(Worker())
        made = Portfolio(root, sandbox, model)
        _plant(made, open_projects)
        yield made


def _plant(made: Portfolio, open_projects: int) -> None:
    """Every fifth task waits for the one before it; the others wait for nothing."""
    store = made.sandbox.store
    with store.transaction():
        store.add_user("Aegis Bot", token=TOKEN)
        made.robin = store.add_user("Robin Owner")
        made.portfolio = store.add_portfolio("All of it", owner=made.robin)
        for number in range(PROJECTS):
            tree = made.code / f"project-{number:02}"
            _repository(tree)
            gid = store.add_project(
                f"Project {number:02}", notes=f"Code Location: {tree}", portfolio=made.portfolio, owner=made.robin
            )
            assignee = None if number < open_projects else made.robin
            for at in range(TASKS):
                name = f"part-{number:02}-{at:02}"
                made.tasks[name] = task = store.add_task(gid, name, assignee=assignee)
                if at % 5 == 4:
                    store.add_dependencies(task, [made.tasks[f"part-{number:02}-{at - 1:02}"]])


def _repository(tree: Path) -> None:
    tree.mkdir()
    identity = ("-c", "user.name=Soak", "-c", "user.email=soak@example.com")
    for command in (["init", "-q"], [*identity, "commit", "-q", "--allow-empty", "-m", "begin"]):
        subprocess.run(["git", *command], cwd=tree, check=True, capture_output=True)
    for name, value in (("user.name", "Soak"), ("user.email", "soak@example.com"), ("gc.auto", "0")):
        subprocess.run(["git", "config", name, value], cwd=tree, check=True)
