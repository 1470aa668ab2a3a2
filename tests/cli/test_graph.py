"""`aegis graph`: one judgement for dry run, graph, run and status; it changes nothing and needs no server."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import DONE, Product, dump, product_at

NO_REDIS = {"REDIS_URL": "redis://127.0.0.1:9"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Product]:
    """The product without a Prefect server."""
    with product_at(tmp_path, None) as made:
        yield made


def planted(product: Product) -> dict[str, str]:
    """A chain, a cycle, a missing service, an unknown name and somebody's task; name -> GID."""
    task, store = product.world.task, product.world.store
    gids = {
        "schema": task("schema"),
        "migrate": task("migrate", notes="Depends on: schema"),
        "logo": task("logo", assignee=product.world.robin),
        "paint": task("paint"),
        "cache": task("cache", notes="Requires Redis."),
        "egg": task("egg", notes="Depends on: hen"),
        "hen": task("hen", notes="Depends on: egg"),
        "lost": task("lost", notes="Depends on: the moon landing"),
        "free": task("free"),
    }
    store.add_dependencies(gids["paint"], [gids["logo"], gids["migrate"]])
    return gids


def test_dry_run_graph_run_and_status_agree(product: Product) -> None:
    product.every_task(DONE)
    gids = planted(product)
    plan = json.loads(product.run("work-on", "Aegis", "--dry-run", "--json", **NO_REDIS).stdout)
    graph = json.loads(product.run("graph", "Aegis", "--format", "json", **NO_REDIS).stdout)
    judged = {one["id"]: one for one in graph["nodes"] if one["state"]}
    assert [
        {"gid": gid, **{key: one[key] for key in ("name", "state", "order", "reasons")}} for gid, one in judged.items()
    ] == plan["tasks"]
    others = {one["name"]: one["standing"] for one in graph["nodes"] if not one["state"]}
    asked = ("Redis Setup", "Circular Dependency of 'egg'", "Unknown Dependency 'the moon landing'")
    assert others == {"logo": "somebody", **{f"Question: {name}": "question" for name in asked}}
    assert {"from": gids["logo"], "to": gids["paint"], "kind": "dependency"} in graph["edges"]
    assert [sorted(one) for one in graph["cycles"]] == [sorted((gids["egg"], gids["hen"]))]

    session = json.loads(product.run("work-on", "Aegis", "--json", **NO_REDIS).stdout)
    assert [one["task_name"] for one in session["session"]["outcomes"]] == ["schema", "migrate", "free"]
    still = {one["gid"]: [reason["text"] for reason in one["reasons"]] for one in plan["tasks"] if one["reasons"]}
    assert {one["gid"] for one in session["tasks"]} == set(still) - {gids["migrate"]}

    (status,) = json.loads(product.run("status", "Aegis", "--json").stdout)["judged"]
    assert (status["ready"], status["blocked"], status["unclear"]) == (0, 5, 0)
    told = {one["gid"]: one["reasons"] for one in status["waiting"]}
    assert told == {one["gid"]: [reason["text"] for reason in one["reasons"]] for one in session["tasks"]}
    said = product.run("status", "Aegis").stdout
    assert "Aegis: 5 blocked" in said and "    ⚠ cache: Requires Redis (not running)" in said


def test_every_format_is_plain_in_a_pipe_changes_nothing_and_needs_no_server(here: Product) -> None:
    planted(here)
    long = "a very long name that a terminal could not hold in one line " * 3
    here.world.task(f"\x1b]0;title\x07 {long}<b>\r\nend")
    before = here.world.store.all("SELECT * FROM tasks"), here.world.store.all("SELECT * FROM stories")
    here.world.sandbox.clear_requests()
    drawn = {form: here.run("graph", "aegis", "--format", form, **NO_REDIS).stdout for form in ("mermaid", "svg")}
    drawn["tree"] = here.run("graph", "aegis", **NO_REDIS).stdout
    assert here.world.count() <= 5 * len(drawn)
    assert not here.world.sandbox.asked("POST") and not here.world.sandbox.asked("PUT")
    assert before == (here.world.store.all("SELECT * FROM tasks"), here.world.store.all("SELECT * FROM stories"))
    assert not any("\x1b" in text or "\x07" in text for text in drawn.values())
    assert drawn["mermaid"].startswith("flowchart LR\n") and drawn["mermaid"].endswith("\n")
    assert ET.fromstring(drawn["svg"]).tag.endswith("svg")
    assert "✓ 1. schema\n└─ ⚠ migrate\n   └─ ⚠ paint (waits for 2)\n" in drawn["tree"] and long.strip() in drawn["tree"]
    assert not (here.home / "server.json").exists() and not (here.home / "aegis.db").exists()
    assert not (here.root / "logs").exists() and not (here.root / "user" / ".prefect").exists()


def test_a_graph_writes_nothing_into_a_database_that_is_there(product: Product) -> None:
    product.run("work-on", "Aegis")
    planted(product)
    before = dump(product)
    product.run("graph", "Aegis", **NO_REDIS)
    product.run("work-on", "Aegis", "--dry-run", **NO_REDIS)
    assert dump(product) == before


def test_a_section_is_drawn_by_itself_and_an_unknown_project_is_named(here: Product) -> None:
    assert here.run("graph", "Aegis").stdout.endswith("There is no open task that Aegis may take.\n")
    here.world.task("now", section="Now")
    here.world.task("later", section="Later")
    said = here.run("graph", "Aegis", "--section", "now").stdout
    assert "✓ 1. now" in said and "later" not in said
    assert "Project 'Nowhere' not found in portfolio" in here.run("graph", "Nowhere", code=1).stderr
    assert "Invalid value for '--format'" in here.run("graph", "Aegis", "--format", "png", code=2).stderr


def test_in_a_terminal_there_is_colour_and_names_fit(here: Product) -> None:
    here.world.task("a very long name that a terminal could not hold in one line " * 3)
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    env = {**here.env, "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "aegis", "graph", "Aegis"]
    done = subprocess.run(command, cwd=here.root, env=env, stdin=its, stdout=its, stderr=subprocess.PIPE, check=True)
    os.close(its)
    said = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.stderr == b"" and "\x1b[32m" in said
    (line,) = (line for line in said.splitlines() if "very long" in line)
    assert "…" in line and len("".join(part.partition("m")[2] for part in f"m{line}".split("\x1b["))) <= 60
