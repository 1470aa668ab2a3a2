"""kill -9 at any moment, then at once a second run: every task done once, reported once, nothing left behind."""

from __future__ import annotations

import re
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
    """The last run, and what must hold after it."""
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


def killed_at(product: Product, kind: str, method: str, path: str) -> None:
    """A run that is killed before (`hang`) or after (`hang_after`) such a request is applied."""
    sandbox = product.world.sandbox
    sandbox.clear_requests()
    hang(product, kind, method, path)
    run = product.start("work-on", "Aegis")

    def is_there() -> bool:
        met = [one for one in sandbox.asked(method) if re.search(path, one.path)]
        return any(one.status == 0 for one in met) if kind == "hang" else bool(met)

    wait_until(is_there, what=f"{method} {path}")
    assert sandbox.faults.listed() == []
    kill(run)


def test_killed_at_each_moment_in_turn_each_task_is_done_and_told_once(product_on_both: Product) -> None:
    """The same task is cut off at every step of its way, and each run takes it up where the one before was killed."""
    product = product_on_both
    gids = begin(product)
    product.script(
        Rule(match="Task: one", turns=(writes("one.txt"), runs(f"touch running; {SLEEP}"), DONE)),
        Rule(match="Task: two", turns=(writes("two.txt"), DONE)),
        Rule(match="Go on with the task", turns=(DONE,)),
    )
    killed_at(product, "hang", "GET", "/projects/.*/tasks")  # before the claim
    killed_at(product, "hang", "GET", "/stories$")  # between the claim and the agent
    assert product.prompts() == 0 and product.executions() == []
    run = product.start("work-on", "Aegis")
    wait_until((product.code / "running").exists)
    kill(run)  # while Claude runs
    killed_at(product, "hang", "POST", "/stories$")  # before the comment, after the agent
    assert product.done_comments(gids[0]) == []
    killed_at(product, "hang_after", "POST", "/stories$")
    assert len(product.done_comments(gids[0])) == 1
    killed_at(product, "hang", "PUT", r"/tasks/\d+$")  # before the completion
    assert not product.world.store.task(gids[0])["completed"]
    killed_at(product, "hang_after", "PUT", r"/tasks/\d+$")
    assert product.world.store.task(gids[0])["completed"]
    finish(product, gids)
    assert product.prompts() == 3, "begun, gone on with once, and the other: a finished agent run is never repeated"
    rows = [row for row in product.executions() if row.task_gid == gids[0]]
    assert len({row.session_id for row in rows}) == 1, "the conversation is resumed, not paid for twice"
    assert any(prompt.startswith("Go on with the task 'one'") for prompt in product.model.prompts())


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


def test_killed_around_a_question_at_each_moment_in_turn_it_is_asked_linked_and_acknowledged_once(
    product: Product,
) -> None:
    store = product.world.store
    gid = product.world.task("one", notes="Depends on: the schema")
    killed_at(product, "hang", "POST", "/tasks$")
    killed_at(product, "hang_after", "POST", "/tasks$")
    killed_at(product, "hang_after", "POST", "/addDependencies$")
    said = product.run("work-on", "Aegis").stdout
    (question,) = [row["gid"] for row in store.all("SELECT gid FROM tasks WHERE name LIKE 'Question: %'")]
    assert store.dependencies(gid) == [question] and store.comments(question) == []
    assert "No ready tasks to execute." in said
    store.comment(question, "2", by=product.world.robin)
    killed_at(product, "hang_after", "POST", "/stories$")  # the word on the answer
    killed_at(product, "hang_after", "PUT", r"/tasks/\d+$")  # its end
    said = product.run("work-on", "Aegis").stdout
    assert store.all("SELECT gid FROM tasks WHERE name LIKE 'Question: %'") == [{"gid": question}]
    assert store.dependencies(gid) == [question] and len(store.comments(question)) == 2
    kinds = [story["resource_subtype"] for story in store.stories(question)]
    assert kinds.count("marked_complete") == 1 and "it waits until texts or links change" in said


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
