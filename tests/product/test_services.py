"""What tasks require besides other tasks, as users of the command see it."""

from __future__ import annotations

from pathlib import Path

from aegis.sandbox.model import Rule
from tests.running import DONE, Product, runs


def test_what_a_task_installs_lets_the_next_one_go_on_in_the_same_session(product: Product) -> None:
    frob = product.root / "bin" / "frob"
    product.script(Rule(match="Task: Write the tool", turns=(runs(f"echo > {frob} && chmod +x {frob}"), DONE)))
    first = product.world.task("Write the tool")
    second = product.world.task("Use the tool", notes="Requires `frob`.")
    said = product.run("work-on", "Aegis", "--no-questions").stdout
    assert "Reason: Requires frob (command not on PATH)" in said and "✓ Completed: 2 tasks" in said
    assert product.world.store.task(first)["completed"] and product.world.store.task(second)["completed"]


def test_a_dry_run_says_what_is_missing_and_what_could_not_be_looked_at(product: Product, tmp_path: Path) -> None:
    product.world.task("one", notes="Requires Docker.")
    product.world.task("two", notes="Needs PAY_TEST_KEY set, and Docker.")
    (tmp_path / "empty").mkdir()
    alone = {"PATH": str(tmp_path / "empty"), "DOCKER_HOST": "unix:///nowhere.sock", "PAY_TEST_KEY": "pk-value-1"}
    said = product.run("work-on", "Aegis", "--dry-run", CLAUDE_ENV_PASS="DOCKER_HOST", **alone).stdout
    assert said.count("⚠ 'docker' command not found: container states were not looked at.") == 1
    assert said.count("Requires Docker (not running; 'docker' command not found)") == 2
    assert "Requires PAY_TEST_KEY (set where Aegis runs, but not handed to the agent: CLAUDE_ENV_PASS" in said
    assert "pk-value-1" not in said
    passed = product.run("work-on", "Aegis", "--dry-run", CLAUDE_ENV_PASS="PAY_TEST_KEY", **alone).stdout
    assert "PAY_TEST_KEY in the environment: set, and handed to the agent" in passed and "pk-value-1" not in passed
