"""`aegis work-on`: the judgement, the questions, the session, and what must never happen twice."""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from aegis.sandbox.faults import Fault
from aegis.sandbox.model import Rule, Turn
from tests.running import DONE, KEY, Product, dump, product_at, runs, wait_until, writes

ROOT = Path(__file__).parents[2]
NO_REDIS = {"REDIS_URL": "redis://127.0.0.1:9"}


def test_the_output_is_the_guides(product: Product) -> None:
    product.every_task(writes("a.txt"), DONE)
    first = product.world.task("Design base Agent class")
    product.world.task("Implement API client wrapper", notes="Dependencies:\n- Design base Agent class")
    cached = product.world.task("Cache answers", notes="Requires Redis to be running.")
    said = product.run("work-on", "aegis", **NO_REDIS).stdout.splitlines()
    question = product.world.store.task_named("Question: Redis Setup")
    assert said == [
        "Analyzing aegis project...",
        "✓ Found 3 incomplete unassigned tasks",
        "",
        "Assessing project state...",
        "⚠ Blocked tasks: 2",
        "  • Implement API client wrapper",
        "    Reason: Depends on 'Design base Agent class', which is not complete",
        "  • Cache answers",
        "    Reason: Requires Redis (not running)",
        "",
        "? Questions to create: 1",
        "  • Redis Setup",
        "",
        "✓ Ready tasks: 1",
        "  • Design base Agent class",
        "",
        "Creating question tasks...",
        f"  ✓ Created: Question: Redis Setup (GID: {question['gid']})",
        "",
        "Executing 1 ready task(s)...",
        "",
        "[1/1] Design base Agent class",
        f"  Working directory: {product.code}",
        "  ✓ Completed",
        "",
        "[2/2] Implement API client wrapper",
        f"  Working directory: {product.code}",
        "  ✓ Completed",
        "",
        "=" * 60,
        "Session Summary",
        "  ✓ Completed: 2 tasks",
        "  ⚠ Blocked: 1 task",
        "  ? Questions: 1 created",
        f"  $ Cost: {sum(row.cost_usd for row in product.executions()):.2f} USD",
        "",
        f"Log: {product.root}/logs/aegis.log",
        "=" * 60,
    ]
    assert question["assignee"] == product.world.robin
    assert "redis-server" in question["notes"] and "Cache answers" in question["notes"]
    assert product.world.store.dependencies(cached) == [question["gid"]]
    assert product.world.store.task(first)["completed"]


def test_the_same_cause_is_asked_once_and_newcomers_wait_on_it_too(product: Product) -> None:
    one = product.world.task("one", notes="Requires Redis.")
    product.run("work-on", "Aegis", **NO_REDIS)
    two = product.world.task("two", notes="Needs Redis.")
    said = product.run("work-on", "Aegis", **NO_REDIS).stdout
    assert "Question already exists for this blocker" in said and "0 created, 1 already there" in said
    names = [task["name"] for task in product.world.store.tasks(product.world.project)]
    assert names.count("Question: Redis Setup") == 1
    question = product.world.store.task_named("Question: Redis Setup")["gid"]
    assert product.world.store.dependencies(one) == product.world.store.dependencies(two) == [question]


def test_a_service_that_answers_blocks_nothing(product: Product, redis_url: str) -> None:
    gid = product.world.task("cached", notes="Requires Redis.")
    product.run("work-on", "Aegis", REDIS_URL=redis_url)
    assert product.world.store.task(gid)["completed"]


def test_no_questions_asks_none(product: Product) -> None:
    product.world.task("one", notes="Requires Redis.")
    said = product.run("work-on", "Aegis", "--no-questions", **NO_REDIS).stdout
    assert "No ready tasks to execute." in said
    assert len(product.world.store.tasks(product.world.project)) == 1


def test_a_task_that_was_deleted_meanwhile_does_not_stop_the_others(product: Product) -> None:
    product.every_task(DONE)
    gone, other = product.world.task("gone"), product.world.task("other")
    product.world.sandbox.faults.add(Fault(kind="status", method="GET", path=f"/tasks/{gone}$", status=404))
    said = product.run("work-on", "Aegis").stdout
    assert "Not started: it cannot be seen: 404 Not Found" in said and product.world.store.task(other)["completed"]


def test_a_log_that_cannot_be_written_is_one_line_and_costs_no_attempt(product: Product) -> None:
    gid = product.world.task()
    (product.root / "file").write_text("")
    for _ in range(2):
        done = product.run("do", "Aegis", code=1, LOG_DIR="file/logs")
        assert "Error: cannot make the directory" in done.stderr and "Traceback" not in done.stderr
    product.run("do", "Aegis")
    assert [row.attempt for row in product.executions()] == [1, 1, 1] and product.world.store.task(gid)["completed"]


def test_max_tasks_counts_all_starts(product: Product) -> None:
    product.script(Rule(match="Task: t0", turns=(Turn(reply={"status": "failed", "summary": "no"}),)))
    gids = [product.world.task(f"t{n}") for n in range(4)]
    said = product.run("work-on", "Aegis", "--max-tasks", "2", code=1).stdout
    assert "Executing 2 ready task(s)..." in said and "⚠️ Failed: 1 task" in said
    done = [bool(product.world.store.task(gid)["completed"]) for gid in gids]
    assert done == [False, True, False, False]


def test_a_dry_run_changes_nothing_and_takes_few_requests(product: Product) -> None:
    product.run("work-on", "Aegis")  # the database is there
    first = product.world.task("t0")
    for n in range(1, 299):
        product.world.task(f"t{n}", notes="Depends on: t0" if n % 3 == 0 else "")
    product.world.task("needs Redis", notes="Requires Redis.")
    before = (
        dump(product),
        product.world.store.all("SELECT * FROM tasks"),
        product.world.store.all("SELECT * FROM stories"),
    )
    product.world.sandbox.clear_requests()
    said = product.run("work-on", "Aegis", "--dry-run", **NO_REDIS).stdout
    assert product.world.count() <= 6 and product.model.requests == []
    assert not product.world.sandbox.asked("POST") and not product.world.sandbox.asked("PUT")
    after = (
        dump(product),
        product.world.store.all("SELECT * FROM tasks"),
        product.world.store.all("SELECT * FROM stories"),
    )
    assert before == after and list(product.code.iterdir()) == []
    assert not (product.root / "logs").exists()
    assert "✓ Found 300 incomplete unassigned tasks" in said and "Requires Redis" in said
    assert first in product.run("work-on", "Aegis", "--dry-run", "--json", **NO_REDIS).stdout


def test_a_first_dry_run_makes_no_database(product: Product) -> None:
    product.world.task()
    product.run("work-on", "Aegis", "--dry-run")
    assert not (product.home / "aegis.db").exists()


def test_json_is_one_object_and_nothing_else(product: Product) -> None:
    blocked = product.world.task("blocked", notes="Requires Redis.")
    ready = product.world.task("ready")
    plan = json.loads(product.run("work-on", "Aegis", "--dry-run", "--json", **NO_REDIS).stdout)
    assert set(plan) == {"project", "tasks", "questions", "services"}
    assert plan["project"] == {"gid": product.world.project, "name": "Aegis"}
    assert [(t["gid"], t["state"], t["order"]) for t in plan["tasks"]] == [
        (blocked, "blocked", None),
        (ready, "ready", 1),
    ]
    (reason,) = plan["tasks"][0]["reasons"]
    assert reason == {"kind": "service", "text": "Requires Redis (not running)", "service": "Redis"}
    (question,) = plan["questions"]
    assert question["task_gids"] == [blocked] and question["exists"] is False
    assert plan["services"][0]["up"] is False
    session = json.loads(product.run("work-on", "Aegis", "--json", **NO_REDIS).stdout)
    assert session["session"]["outcomes"][0]["verdict"] == "done"


def test_sections_tags_and_assignee_filter(product: Product) -> None:
    task = product.world.task
    gids = {
        "now": task("now", section="Now", tags=("bot",)),
        "later": task("later", section="Later", tags=("bot",)),
        "untagged": task("untagged", section="Now"),
        "robin's": task("robin's", section="Now", tags=("bot",), assignee=product.world.robin),
        "bot's": task("bot's", section="Now", tags=("bot",), assignee=product.world.bot),
        "milestone": task("milestone", section="Now", tags=("bot",), resource_subtype="milestone"),
    }
    env = {"AEGIS_TAGS": "Bot", "AEGIS_ASSIGNEE": "aegis@example.com"}
    product.run("work-on", "Aegis", "--section", "now", **env)
    done = {name for name, gid in gids.items() if product.world.store.task(gid)["completed"]}
    assert done == {"now", "bot's"}
    plan = json.loads(product.run("work-on", "Aegis", "--dry-run", "--json", AEGIS_SECTIONS="Later, Someday").stdout)
    assert [t["name"] for t in plan["tasks"]] == ["later"]


def test_a_section_that_no_open_task_is_in_is_told(product: Product) -> None:
    product.world.task("now", section="Now")
    said = product.run("work-on", "Aegis", "--dry-run", "--section", "Nwo").stdout
    assert "⚠ No open task is in the section 'Nwo'." in said


def test_two_at_once_do_no_task_twice(product_on_both: Product) -> None:
    product = product_on_both
    product.every_task(writes("a.txt"), runs("perl -e 'select undef,undef,undef,0.3'"), DONE)
    gids = [product.world.task(f"t{n}") for n in range(4)]
    both = [product.start("work-on", "Aegis") for _ in range(2)]
    for one in both:
        out, err = one.communicate(timeout=120)
        assert one.returncode == 0, out + err
    for gid in gids:
        assert product.world.store.task(gid)["completed"] and len(product.done_comments(gid)) == 1
    assert len(product.executions()) == 4 and product.prompts() == 4


def test_with_one_engineers_own_token_tasks_of_theirs_are_left_alone(product: Product) -> None:
    """Bot, portfolio owner and answering person are one Asana user."""
    me = product.world.bot
    product.world.store._set("portfolios", product.world.portfolio, owner=me)
    mine, free = product.world.task("mine", assignee=me), product.world.task("free", created_by=me)
    asking = product.world.task("asks")
    question = {"status": "question", "summary": "Two ways.", "question": "Red or blue?"}
    product.script(Rule(match="Task: asks", turns=(Turn(reply=question),)))
    product.run("work-on", "Aegis")
    assert not product.world.store.task(mine)["completed"] and product.world.store.task(free)["completed"]
    asked = product.world.store.task_named("Question: asks")
    assert asked["assignee"] == me and product.world.store.dependencies(asking) == [asked["gid"]]
    plan = json.loads(product.run("work-on", "Aegis", "--dry-run", "--json").stdout)
    assert [(t["name"], t["reasons"][0]["kind"]) for t in plan["tasks"]] == [("asks", "question")]
    product.world.store.comment(asking, "Blue, please.", by=me)
    product.world.store.complete(asked["gid"], by=me)
    product.run("work-on", "Aegis")
    assert product.world.store.task(asking)["completed"]
    prompt = product.model.prompts()[-1]
    assert "Blue, please." in prompt and "aegis:" not in prompt, "our own comment is no person's"


def test_a_reopened_task_is_done_again_with_what_was_said(product: Product) -> None:
    product.every_task(DONE)
    gid = product.world.task("paint it")
    product.run("work-on", "Aegis")
    product.world.store.comment(gid, "Not red enough.", by=product.world.robin)
    product.world.store.reopen(gid, product.world.robin)
    product.run("work-on", "Aegis")
    assert product.world.store.task(gid)["completed"] and len(product.done_comments(gid)) == 2
    assert "A person reopened this task" in product.model.prompts()[-1]
    assert "Not red enough." in product.model.prompts()[-1]
    product.world.store.reopen(gid, product.world.robin)
    product.run("do", "Aegis")
    assert product.world.store.task(gid)["completed"] and len(product.done_comments(gid)) == 3
    assert len({row.session_id for row in product.executions()}) == 1


def test_a_deleted_database_repeats_nothing(product: Product) -> None:
    product.every_task(DONE)
    gids = [product.world.task(f"t{n}") for n in range(3)]
    waiting = product.world.task("cached", notes="Requires Redis.")
    product.run("work-on", "Aegis", **NO_REDIS)
    asked = len(product.model.requests)
    for path in product.home.glob("aegis.db*"):
        path.unlink()
    product.world.store.change_task(gids[0], None, completed=0)  # its completion was lost with the database
    product.world.store._db.execute("DELETE FROM stories WHERE resource_subtype = 'marked_incomplete'")
    said = product.run("work-on", "Aegis", **NO_REDIS).stdout
    assert len(product.model.requests) == asked, said
    assert all(product.world.store.task(gid)["completed"] and len(product.done_comments(gid)) == 1 for gid in gids)
    names = [task["name"] for task in product.world.store.tasks(product.world.project)]
    assert names.count("Question: Redis Setup") == 1
    question = product.world.store.task_named("Question: Redis Setup")["gid"]
    assert product.world.store.dependencies(waiting) == [question]


def test_database_and_key_both_lost_repeat_nothing(product: Product) -> None:
    product.every_task(DONE)
    gid = product.world.task("t")
    product.world.task("cached", notes="Requires Redis.")
    product.run("work-on", "Aegis", **NO_REDIS)
    asked = len(product.model.requests)
    shutil.rmtree(product.home)
    product.world.store.change_task(gid, None, completed=0)
    product.world.store._db.execute("DELETE FROM stories WHERE resource_subtype = 'marked_incomplete'")
    product.run("work-on", "Aegis", **NO_REDIS)
    assert len(product.model.requests) == asked and len(product.done_comments(gid)) == 1
    names = [task["name"] for task in product.world.store.tasks(product.world.project)]
    assert names.count("Question: Redis Setup") == 1


def test_a_marker_that_a_stranger_made_up_is_believed_by_nobody(product: Product) -> None:
    product.every_task(DONE)
    gid = product.world.task("t")
    product.world.store.comment(gid, "✓ done aegis:done:abcdefghij:0123456789ab", by=product.world.robin)
    product.run("work-on", "Aegis")
    assert product.prompts() == 1 and product.world.store.task(gid)["completed"]


def test_asana_misbehaving_twice_on_each_read_changes_nothing(product: Product) -> None:
    """Each read meets two faults, all kinds of them in turn; tests/asana/test_client.py has each kind by itself."""
    gid = product.world.task()
    faults: tuple[dict[str, Any], ...] = (
        {"kind": "status", "status": 429, "retry_after": 1},
        {"kind": "status", "status": 503},
        {"kind": "malformed"},
        {"kind": "html"},
        {"kind": "reset"},
    )
    turns = itertools.cycle(faults)
    for path in ("/items$", "/projects/.*/tasks", r"/tasks/\d+$", "/stories$"):
        for _ in range(2):
            product.world.sandbox.faults.add(Fault(method="GET", path=path, **next(turns)))
    product.run("work-on", "Aegis")
    assert product.world.sandbox.faults.listed() == []
    assert product.world.store.task(gid)["completed"] and len(product.done_comments(gid)) == 1
    assert len(product.world.sandbox.asked("POST")) == 1


def test_asana_misbehaving_for_good_is_one_clear_line(tmp_path: Path, prefect_api: str) -> None:
    """Each fault in a world of its own, side by side: most of it is the patience that Asana is given."""
    faults = [
        Fault(kind="status", status=503, times=99),
        Fault(kind="html", times=99),
        Fault(kind="malformed", times=99),
    ]
    with ExitStack() as stack:
        worlds = [stack.enter_context(product_at(tmp_path / fault.kind, prefect_api)) for fault in faults]
        for there, fault in zip(worlds, faults, strict=True):
            there.world.task()
            there.world.sandbox.faults.add(fault)
        for there, command in [(there, there.start("work-on", "Aegis")) for there in worlds]:
            _, said = command.communicate(timeout=120)
            assert command.returncode == 1, said
            assert len([line for line in said.splitlines() if line.startswith("Error: ")]) == 1, said
            assert "Traceback" not in said
            assert there.world.store.all("SELECT * FROM stories") == []


def test_the_flow_and_its_tasks_are_seen_in_prefect(product: Product) -> None:
    import httpx

    product.every_task(writes("a.txt"), DONE)
    gid = product.world.task("Seen in the UI")
    product.run("work-on", "Aegis")
    api = product.env["PREFECT_API_URL"]

    def found(what: str, where: dict[str, Any]) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = httpx.post(f"{api}/{what}/filter", json=where).json()
        return answer

    of_task = {"flow_runs": {}, "task_runs": {"name": {"any_": ["Seen in the UI"]}}}
    wait_until(lambda: found("task_runs", of_task), what="the task's run")  # the server is shared with other tests
    (flow,) = found("flow_runs", of_task)
    assert flow["name"] == "work-on Aegis" and flow["state_type"] == "COMPLETED"
    where = {"flow_runs": {"id": {"any_": [flow["id"]]}}}

    def names() -> set[str]:
        return {run["name"] for run in found("task_runs", where)}

    wanted = {"Seen in the UI", "analyze Aegis", "fetch tasks of Aegis", "fetch project Aegis"}
    wait_until(lambda: wanted <= names(), what=f"{wanted}; there are {names()}")
    assert any({"aegis", "project:Aegis"} <= set(run["tags"]) for run in found("task_runs", where))
    logs = {"logs": {"flow_run_id": {"any_": [flow["id"]]}}}
    wait_until(
        lambda: any("I write a.txt." in line["message"] for line in found("logs", logs)),
        what="the agent's words in the run's log",
    )
    artifacts = sorted(found("artifacts", where), key=lambda one: one["created"])
    picture = f"aegis-graph-{product.world.project}"
    assert [one["key"] for one in artifacts] == [picture, picture, "aegis-session"]
    assert "data:image/svg+xml;base64," in artifacts[0]["data"] and "\n✓ 1. Seen in the UI\n" in artifacts[0]["data"]
    assert artifacts[1]["data"].startswith("# Aegis: 0 ready, 0 blocked"), "after the work"
    assert "Seen in the UI" in artifacts[2]["data"]
    assert product.world.store.task(gid)["completed"]


def test_a_run_that_a_worker_started_has_the_same_words_in_its_log(product: Product) -> None:
    """A worker calls the flow itself, with the deployment's variables and no command around it."""
    import httpx

    product.every_task(writes("by-a-worker.txt"), DONE)
    gid = product.world.task()
    code = "import asyncio; from flows.do import do; asyncio.run(do(project='Aegis'))"
    variables = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"][0]["work_pool"]["job_variables"][
        "env"
    ]
    env = {**product.env, **variables}
    subprocess.run([sys.executable, "-c", code], cwd=product.root, env=env, check=True, capture_output=True)
    assert product.world.store.task(gid)["completed"]
    query = {"limit": 200, "sort": "TIMESTAMP_DESC"}
    url = f"{product.env['PREFECT_API_URL']}/logs/filter"
    wait_until(lambda: "I write by-a-worker.txt." in httpx.post(url, json=query).text, what="the agent's words")
    assert "I write by-a-worker.txt." in (product.home / "logs" / "aegis.log").read_text()


def test_a_wrong_code_location_leaves_the_task_alone(product: Product, tmp_path: Path) -> None:
    """What else can be wrong with it, and how that is said, is in tests/core and tests/adapters."""
    product.world.task()
    for notes, words in (
        ("no location", "name no code location"),
        (f"Code Location: {tmp_path}/nowhere", "does not exist"),
    ):
        product.world.store.set_notes(product.world.project, notes)
        for command in ("do", "work-on"):
            assert words in product.run(command, "Aegis", code=1).stderr
        assert words in product.run("work-on", "Aegis", "--dry-run").stdout
    assert product.model.requests == [] and product.world.store.all("SELECT * FROM stories") == []


def test_completed_tasks_are_asked_for_only_where_a_name_is_not_among_the_open(product: Product) -> None:
    product.world.store.complete(product.world.task("the schema"))
    product.world.task("one", notes="Depends on: the schema")
    product.world.task("two", notes="Depends on: the unknown thing")
    said = product.run("work-on", "Aegis", "--dry-run").stdout
    assert "✓ Ready tasks: 1" in said and "'the unknown thing', which is no task of this project" in said
    assert product.world.count("GET", f"/projects/{product.world.project}/tasks") == 2


def test_piped_output_is_plain_and_whole(product: Product) -> None:
    long = "A very long name of a task, " * 12
    product.world.task(long.strip())
    said = product.run("work-on", "Aegis", "--dry-run").stdout
    assert long.strip() in said and "\x1b" not in said


def test_a_port_where_something_else_answers_is_not_the_service(product: Product) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        product.world.task("c", notes="Requires Redis.")
        url = f"redis://127.0.0.1:{other.getsockname()[1]}"
        said = product.run("work-on", "Aegis", "--dry-run", REDIS_URL=url).stdout
    assert "Requires Redis (no answer in time)" in said


def test_uncommitted_changes_are_named(product: Product) -> None:
    subprocess.run(["git", "init", "-q"], cwd=product.code, check=True)
    (product.code / "left.txt").write_text("x")
    gid = product.world.task()
    product.run("do", "Aegis")
    assert "1 uncommitted change before" in product.world.store.comments(gid)[0]


def test_each_event_of_a_session_is_one_line_with_its_ids_and_no_secret(product: Product) -> None:
    product.script(
        Rule(match="Task: one", turns=(DONE,)),
        Rule(
            match="Task: two", turns=(Turn(reply={"status": "question", "summary": "?", "question": f"Is {KEY} ok?"}),)
        ),
    )
    one, two = product.world.task("one"), product.world.task("two")
    product.run("work-on", "Aegis")
    kept = (product.home / "logs" / "aegis.log").read_text()
    lines = [line for text in kept.splitlines() if "event" in (line := json.loads(text))]
    first, second = product.executions()
    told = [(line["event"], line.get("task"), line.get("execution")) for line in lines]
    assert told == [
        ("session-began", None, None),
        ("started", one, first.id),
        ("ended", one, first.id),
        ("started", two, second.id),
        ("ended", two, second.id),
        ("asked", two, second.id),
        ("session-ended", None, None),
    ]
    assert {line["project"] for line in lines[1:]} == {product.world.project}
    assert len({line["flow_run"] for line in lines}) == 1 and lines[0]["flow_run"]
    assert KEY not in kept
