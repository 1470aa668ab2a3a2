"""kill -9 at any moment, then at once a second run: every task done once, reported once, nothing left behind."""

from __future__ import annotations

import signal
import subprocess

import pytest

from aegis.sandbox.faults import Fault
from aegis.sandbox.model import Rule
from tests.running import DONE, Product, kill, runs, wait_until, writes

SLEEP = "perl -e 'sleep 300'"


def begin(product: Product) -> list[str]:
    product.script(
        Rule(match="Task: one", turns=(writes("one.txt"), DONE)),
        Rule(match="Task: two", turns=(writes("two.txt"), DONE)),
        Rule(match="Go on with the task", turns=(DONE,)),
    )
    return [product.world.task("one"), product.world.task("two")]


def finish(product: Product, gids: list[str]) -> subprocess.CompletedProcess[str]:
    """The second run, and what must hold after it."""
    product.world.sandbox.faults.clear()
    done = product.run("work-on", "Aegis")
    for gid in gids:
        assert product.world.store.task(gid)["completed"], done.stdout
        assert len(product.done_comments(gid)) == 1
        kinds = [story["resource_subtype"] for story in product.world.store.stories(gid)]
        assert kinds.count("marked_complete") == 1
    assert product.processes() == []
    return done


def hang(product: Product, kind: str, method: str, path: str) -> None:
    product.world.sandbox.faults.add(Fault(kind=kind, method=method, path=path))  # type: ignore[arg-type]


def test_before_the_claim(product_on_both: Product) -> None:
    product = product_on_both
    gids = begin(product)
    hang(product, "hang", "GET", "/projects/.*/tasks")
    first = product.start("work-on", "Aegis")
    wait_until(lambda: product.world.sandbox.asked("GET", "/tasks"))
    kill(first)
    finish(product, gids)
    assert product.prompts() == 2


def test_between_the_claim_and_the_agent(product_on_both: Product) -> None:
    product = product_on_both
    gids = begin(product)
    hang(product, "hang", "GET", "/stories$")
    first = product.start("work-on", "Aegis")
    wait_until(lambda: product.world.sandbox.asked("GET", "/stories"))
    kill(first)
    finish(product, gids)
    assert product.prompts() == 2


def test_while_claude_runs(product_on_both: Product) -> None:
    product = product_on_both
    gids = begin(product)
    product.script(
        Rule(match="Task: one", turns=(writes("one.txt"), runs(f"touch running; {SLEEP}"), DONE)),
        Rule(match="Task: two", turns=(writes("two.txt"), DONE)),
        Rule(match="Go on with the task", turns=(DONE,)),
    )
    first = product.start("work-on", "Aegis")
    wait_until((product.code / "running").exists)
    kill(first)
    finish(product, gids)
    sessions = {row.session_id for row in product.executions() if row.task_gid == gids[0]}
    assert len(sessions) == 1, "the conversation is resumed, not paid for twice"
    assert any(prompt.startswith("Go on with the task 'one'") for prompt in product.model.prompts())


@pytest.mark.parametrize(
    ("kind", "method", "path"),
    [
        ("hang", "POST", "/stories$"),
        ("hang_after", "POST", "/stories$"),
        ("hang", "PUT", r"/tasks/\d+$"),
        ("hang_after", "PUT", r"/tasks/\d+$"),
    ],
    ids=["before-the-comment", "after-the-comment", "before-the-completion", "after-the-completion"],
)
def test_around_the_report(product_on_both: Product, kind: str, method: str, path: str) -> None:
    product = product_on_both
    gids = begin(product)
    hang(product, kind, method, path)
    first = product.start("work-on", "Aegis")
    if kind == "hang":
        wait_until(lambda: any(r.status == 0 for r in product.world.sandbox.asked(method)))
    else:
        wait_until(lambda: product.world.sandbox.asked(method, "/stories" if method == "POST" else ""))
    kill(first)
    finish(product, gids)
    assert product.prompts() == 2, "a finished agent run is never repeated"


@pytest.mark.parametrize("kind", ["hang", "hang_after"], ids=["before-the-move", "after-the-move"])
def test_around_a_move_to_a_section(product: Product, kind: str) -> None:
    """Shown in progress once, done once, and never lost to the filter by section."""
    store, project = product.world.store, product.world.project
    for name in ("To do", "In Progress", "Done"):
        store.add_section(project, name)
    product.script(Rule(match="Task: one|Go on with the task", turns=(writes("one.txt"), DONE)))
    gid = product.world.task("one", section="To do")
    product.env["AEGIS_SECTIONS"] = "To do"
    hang(product, kind, "POST", "addTask$")
    first = product.start("work-on", "Aegis")
    moved = "" if kind == "hang" else "addTask"
    wait_until(lambda: any(kind != "hang" or one.status == 0 for one in product.world.sandbox.asked("POST", moved)))
    kill(first)
    assert store.section_of(gid, project) == ("To do" if kind == "hang" else "In Progress")
    finish(product, [gid])
    assert store.section_of(gid, project) == "Done"
    kinds = [story["resource_subtype"] for story in store.stories(gid)]
    assert kinds.count("section_changed") == 2, "to 'In Progress' and to 'Done', each once"


@pytest.mark.parametrize(
    ("kind", "method", "path", "answered"),
    [
        ("hang", "POST", "/tasks$", False),
        ("hang_after", "POST", "/tasks$", False),
        ("hang_after", "POST", "/addDependencies$", False),
        ("hang_after", "POST", "/stories$", True),
        ("hang_after", "PUT", r"/tasks/\d+$", True),
    ],
    ids=[
        "before-the-question",
        "after-the-question",
        "after-its-link",
        "after-the-word-on-the-answer",
        "after-its-end",
    ],
)
def test_around_a_question(product: Product, kind: str, method: str, path: str, answered: bool) -> None:
    """One question, linked once; its answer acknowledged and completed once."""
    store = product.world.store
    gid = product.world.task("one", notes="Depends on: the schema")
    if answered:
        product.run("work-on", "Aegis")
        store.comment(store.task_named("Question: Unknown Dependency 'the schema'")["gid"], "2", by=product.world.robin)
    product.world.sandbox.clear_requests()
    hang(product, kind, method, path)
    first = product.start("work-on", "Aegis")
    pattern = path.rstrip("$").replace(r"\d+", "")
    wait_until(lambda: any(kind != "hang" or r.status == 0 for r in product.world.sandbox.asked(method, pattern)))
    kill(first)
    product.world.sandbox.faults.clear()
    said = product.run("work-on", "Aegis").stdout
    (question,) = [row["gid"] for row in store.all("SELECT gid FROM tasks WHERE name LIKE 'Question: %'")]
    assert store.dependencies(gid) == [question] and len(store.comments(question)) == (2 if answered else 0)
    kinds = [story["resource_subtype"] for story in store.stories(question)]
    assert kinds.count("marked_complete") == answered
    assert "it waits until texts or links change" in said if answered else "No ready tasks to execute." in said


def test_after_the_agents_end_but_before_its_outcome_is_recorded(product: Product) -> None:
    """The verify command hangs: the agent has ended by itself, and its run is concluded, not repeated."""
    gids = begin(product)
    (product.code / ".aegis.toml").write_text(f'verify = ["test -f go || {{ touch verifying; {SLEEP}; }}"]\n')
    first = product.start("work-on", "Aegis")
    wait_until((product.code / "verifying").exists)
    kill(first)
    (product.code / "go").touch()
    finish(product, gids)
    assert product.prompts() == 2


def test_an_interruption_ends_the_checks_too_and_the_next_run_makes_them_anew(product: Product) -> None:
    gids = begin(product)
    (product.code / ".aegis.toml").write_text(f'verify = ["test -f go || {{ touch verifying; {SLEEP}; }}"]\n')
    first = product.start("work-on", "Aegis")
    wait_until((product.code / "verifying").exists)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=30)
    assert first.returncode == 130 and product.processes() == []
    (product.code / "go").touch()
    finish(product, gids)
    assert product.prompts() == 2, "a finished agent run is never repeated"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_an_interrupted_command_ends_its_agent_and_exits_with_130(product: Product, number: signal.Signals) -> None:
    """Ctrl-C; a closed terminal, which goes the way of a polite kill."""
    product.every_task(runs(f"touch running; {SLEEP}"), DONE)
    product.world.task("one")
    first = product.start("work-on", "Aegis")
    wait_until((product.code / "running").exists)
    first.send_signal(number)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 130 and "Traceback" not in said
    assert "Interrupted: what was begun goes on with the next run." in said
    assert [row.verdict for row in product.executions()] == ["interrupted"]
    wait_until(lambda: product.processes() == [], what="all processes to end")
