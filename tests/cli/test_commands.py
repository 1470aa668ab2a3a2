"""The commands as a user finds, runs and misuses them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegis.core.models import SessionReport
from aegis.errors import PrefectUnavailableError
from aegis.sandbox.model import Fault, Rule, Turn
from tests.running import KEY, Product, product_at
from tests.worlds import TOKEN


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Product]:
    """The product for commands that need no Prefect."""
    with product_at(tmp_path, None) as made:
        yield made


def test_the_version_line_is_exact(here: Product) -> None:
    assert here.run("--version").stdout == "aegis, version 0.1.0\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom aegis.cli import main\n"
        f"main({arguments!r})\n"
        "names = {'prefect', 'asana', 'qdrant_client', 'sqlalchemy', 'pydantic', 'rich', 'alembic'}\n"
        "heavy = names & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_help_lists_every_command_and_each_has_help(here: Product) -> None:
    from aegis.cli.app import COMMANDS

    listed = here.run("--help").stdout
    for name in COMMANDS:
        assert f"  {name} " in listed
        assert "Usage: aegis" in here.run(name, "--help").stdout


def test_misuse_is_told_with_exit_code_2(here: Product) -> None:
    assert "Did you mean 'work-on'" in here.run("workon", "X", code=2).stderr
    assert "Missing argument" in here.run("do", code=2).stderr
    assert "max-tasks" in here.run("work-on", "X", "--max-tasks", "0", code=2).stderr
    assert "No such option" in here.run("status", "--wat", code=2).stderr


def test_config_shows_all_masked_with_origin(here: Product) -> None:
    (here.root / ".env").write_text("LOG_LEVL=DEBUG\nMAX_TURNS=7\nENABLE_VECTOR_DB=true\n")
    said = here.run("config", DATABASE_URL="postgresql://aegis:pass-word@db/aegis").stdout
    assert TOKEN not in said and KEY not in said and "pass-word" not in said
    assert "postgresql://aegis:***@db/aegis" in said
    lines = {line.split()[0]: line for line in said.splitlines() if line.startswith("  ")}
    assert "7" in lines["MAX_TURNS"] and "(.env)" in lines["MAX_TURNS"]
    assert "********" in lines["ASANA_ACCESS_TOKEN"] and "(environment)" in lines["ASANA_ACCESS_TOKEN"]
    assert "(default)" in lines["POLL_INTERVAL_SECONDS"] and "30" in lines["POLL_INTERVAL_SECONDS"]
    assert "LOG_LEVL in .env is no setting of Aegis and has no effect. Did you mean LOG_LEVEL?" in said
    assert "ENABLE_VECTOR_DB is set, but recall of similar past work is not built yet." in said


def test_addresses_for_notices_are_secrets(here: Product) -> None:
    urls = "tgram://123456789:AbCdEfGhIjKl/12345678, mailto://user:pass-word@example.com?to=a@x.org,b@x.org"
    for more in ({}, {"MAX_TURNS": "many"}):
        said = here.run("config", code=None, AEGIS_NOTIFY_URLS=urls, **more)
        assert "tgram://***, mailto://***" in said.stdout
        assert "AbCdEfGh" not in said.stdout + said.stderr and "pass-word" not in said.stdout + said.stderr
    doctor = here.run("doctor", code=1, AEGIS_NOTIFY_URLS=f"{urls} nonsense://AbCdEfGh")
    assert "✓ notices        tgram://***: known" in doctor.stdout and "nonsense://***: unknown" in doctor.stdout
    assert "AbCdEfGh" not in doctor.stdout + doctor.stderr


def test_that_questions_would_reach_nobody_is_said(here: Product) -> None:
    here.world.store._set("portfolios", here.world.portfolio, owner=here.world.bot)
    words = "Asana's Inbox shows nobody their own actions"
    assert words in here.run("test-asana").stdout and words in here.run("doctor").stdout
    told = {"AEGIS_NOTIFY_URLS": "json://localhost/x"}
    assert words not in here.run("test-asana", **told).stdout + here.run("doctor", **told).stdout


def test_missing_and_wrong_settings_are_named_with_where_to_get_them(here: Product) -> None:
    env = {"ASANA_ACCESS_TOKEN": "", "ASANA_PORTFOLIO_GID": "abc", "MAX_TURNS": "many", "REDIS_URL": "localhost"}
    for arguments in (["config"], ["do", "X"], ["test-asana"], ["work-on", "X", "--json"]):
        done = here.run(*arguments, code=1, **env)
        assert "Error loading configuration" in done.stderr
        assert "ASANA_ACCESS_TOKEN: is missing. In Asana: Settings" in done.stderr
        assert "ASANA_PORTFOLIO_GID: must be a number" in done.stderr
        assert "MAX_TURNS: " in done.stderr and "REDIS_URL: must begin with redis://" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_copied_example_that_was_not_filled_in_is_missing(here: Product) -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    (here.root / ".env").write_text(example)
    env = dict.fromkeys(("ASANA_ACCESS_TOKEN", "ASANA_WORKSPACE_GID", "ASANA_PORTFOLIO_GID", "ANTHROPIC_API_KEY"), "")
    done = here.run("config", code=1, **env)
    assert "ASANA_ACCESS_TOKEN: is missing" in done.stderr and "your_asana" not in done.stdout


def test_an_unreadable_env_file_is_one_line(here: Product) -> None:
    (here.root / ".env").write_bytes(b"\xff\xfe\x00bad")
    assert "cannot read .env: it is not UTF-8 text" in here.run("config", code=1).stderr


def test_test_asana_is_the_guides(here: Product) -> None:
    here.world.store.add_project("Example Project", portfolio=here.world.portfolio)
    assert here.run("test-asana").stdout.splitlines() == [
        f"Testing Asana connection to portfolio: {here.world.portfolio}...",
        "",
        "Fetching portfolio details...",
        "✓ Portfolio: Aegis Projects",
        "",
        "Fetching projects in portfolio...",
        "✓ Found 2 projects",
        "",
        "First 5 projects:",
        f"  - Aegis (GID: {here.world.project})",
        f"  - Example Project (GID: {int(here.world.project) + 2})",
        "",
        "Asana API connection successful!",
    ]
    for number in range(4):
        here.world.store.add_project(f"P{number}", portfolio=here.world.portfolio)
    told = here.run("test-asana", ASANA_WORKSPACE_GID="77").stdout
    assert "First 5 projects:" in told and told.index("The others:") < told.index("P3")
    assert "ASANA_WORKSPACE_GID is 77" in told
    wrong = here.run("test-asana", code=1, ASANA_ACCESS_TOKEN="expired-token")
    assert "Error testing Asana connection: 401 Unauthorized" in wrong.stderr
    assert "expired-token" not in wrong.stderr + wrong.stdout


def test_test_claude_tells_each_step_apart(here: Product, tmp_path: Path) -> None:
    said = here.run("test-claude").stdout
    assert "✓ Claude CLI: " in said and "(Claude Code)" in said and "✓ Logged in" in said
    assert "Claude API connection successful!" in said
    missing = here.run("test-claude", code=1, CLAUDE_PATH="/nowhere/claude")
    assert "CLAUDE_PATH names '/nowhere/claude'" in missing.stderr and "@anthropic-ai/claude-code" in missing.stderr
    (tmp_path / "empty" / "claude_agent_sdk").mkdir(parents=True)  # a package of that name without a CLI in it
    nowhere = {"PATH": "/nowhere", "PYTHONPATH": f"{tmp_path / 'empty'}:{here.env['PYTHONPATH']}"}
    (tmp_path / "empty" / "claude_agent_sdk" / "__init__.py").touch()
    said = here.run("test-claude", code=1, **nowhere).stderr
    assert said.startswith(
        "Error: 'claude' CLI not found. Please install it first.\nInstall: npm install -g @anthropic"
    )
    assert "not logged in" in here.run("test-claude", code=1, ANTHROPIC_API_KEY="").stderr
    here.model.script = here.model.script.model_copy(
        update={"rules": (Rule(turns=(Turn(fault=Fault(status=401, error_type="authentication_error")),)),)}
    )
    assert "did not answer" in here.run("test-claude", code=1).stderr


def test_doctor_names_each_part_and_what_is_wrong(here: Product) -> None:
    said = here.run("doctor").stdout
    for part in ("settings", "asana", "claude", "database", "redis", "qdrant", "notices", "prefect", "git", "disk"):
        assert any(line.split()[1] == part for line in said.splitlines()), part
    assert not (here.home / "aegis.db").exists(), "looking changes nothing"
    bad = here.run("doctor", code=1, DATABASE_URL="postgresql://a:b-secret@127.0.0.1:9/x", ASANA_ACCESS_TOKEN="no-such")
    assert "✗ database" in bad.stdout and "✗ asana" in bad.stdout and "b-secret" not in bad.stdout
    (here.root / "file").write_text("")
    wrong = here.run("doctor", code=1, AEGIS_HOME=str(here.root / "file/home"), ASANA_WORKSPACE_GID="77").stdout
    assert f"✗ files          AEGIS_HOME ({here.root}/file/home): {here.root}/file is no directory" in wrong
    assert "ASANA_WORKSPACE_GID is 77" in wrong
    unset = here.run("doctor", code=1, ASANA_ACCESS_TOKEN="").stdout
    assert "✗ settings       ASANA_ACCESS_TOKEN: is missing" in unset and "git" in unset


def test_status_of_nothing_is_quiet(here: Product) -> None:
    said = here.run("status").stdout
    assert "Running: 0" in said and "Spent today (UTC): 0.0 of 50 USD" in said
    assert json.loads(here.run("status", "--json").stdout)["recent"] == []
    assert "was not worked on yet" in here.run("status", "Nowhere", code=1).stderr


def test_stop_without_a_server_says_so(here: Product) -> None:
    assert here.run("stop").stdout == "No local Prefect server is running.\n"


def test_the_sandbox_runs_by_itself_until_it_is_told_to_end(here: Product) -> None:
    process = here.start("sandbox", "--port", "0")
    assert process.stdout is not None
    lines: dict[str, str] = {}
    while "ASANA_PORTFOLIO_GID" not in lines:
        name, _, value = process.stdout.readline().strip().partition("=")
        lines[name] = value
    said = here.run("test-asana", **{name: value for name, value in lines.items() if name.startswith("ASANA_")}).stdout
    assert "✓ Portfolio: Demo Portfolio" in said and "Greeter" in said
    page = urllib.request.urlopen(lines["ASANA_BASE_URL"].removesuffix("/api/1.0")).read().decode()
    assert "Add a greet function" in page
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert "cannot read the seed" in here.run("sandbox", "--seed", "/nowhere.json", code=1).stderr
    (here.root / "no.db").write_text("this is no database, only a text" * 9)
    told = here.run("sandbox", "--port", "0", "--database", "no.db", code=1).stderr
    assert told.startswith("Error: no.db cannot be used as the sandbox's database")


def test_the_demo_works_through_the_real_cli_and_leaves_nothing_behind(here: Product) -> None:
    scratch = here.root / "scratch"
    scratch.mkdir()
    said = here.run(
        "demo", "--offline", TMPDIR=str(scratch), DATABASE_URL="postgresql://nowhere/x", LOG_LEVEL="WARNING"
    )
    for words in (
        "This demo asks a scripted model on this machine; the Claude CLI is the real one.",
        "$ aegis work-on Greeter",
        "✓ Created: Question: Redis Setup",
        "  ✓ Completed: 3 tasks",
        "| ✓ Task completed via Aegis",
        "+def greet(name: str) -> str:",
    ):
        assert words in said.stdout, said.stderr
    assert list(scratch.iterdir()) == [] and here.processes() == []
    assert here.model.requests == [] and here.world.count() == 0, "the user's own settings are not the demo's"


def test_a_demo_that_cannot_begin_is_one_line(here: Product) -> None:
    (here.root / "file").write_text("")
    assert "is not empty" in here.run("demo", "--keep", str(here.root), code=2).stderr
    assert "Error: cannot make the directory file: File exists" in here.run("demo", "--keep", "file", code=1).stderr
    assert here.run("demo", PATH="/nowhere", code=1).stderr.startswith("Error: git not found")


def test_a_closed_pipe_is_no_error(here: Product) -> None:
    done = subprocess.run(
        f"{sys.executable} -m aegis config | head -1",
        shell=True,
        cwd=here.root,
        env=here.env,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "Aegis configuration\n" and done.stderr == ""


def test_debug_shows_the_traceback_and_nothing_else_does(here: Product) -> None:
    quiet = here.run("test-claude", code=1, CLAUDE_PATH="/nowhere")
    loud = here.run("test-claude", code=1, CLAUDE_PATH="/nowhere", LOG_LEVEL="DEBUG")
    assert "Traceback" not in quiet.stderr and "Traceback" in loud.stderr


def test_the_local_server_is_shared_survives_a_kill_and_ends_by_stop(here: Product) -> None:
    """Three runs of one AEGIS_HOME: the first two start one server together, the third replaces a killed one."""
    gid = here.world.task("t")
    both = [here.start("work-on", "Aegis", "--dry-run") for _ in range(2)]
    for one in both:
        out, err = one.communicate(timeout=120)
        assert one.returncode == 0, out + err
    first = json.loads((here.home / "server.json").read_text())
    os.kill(first["pid"], signal.SIGKILL)
    os.kill(first["server_pid"], signal.SIGKILL)
    here.run("do", "Aegis")
    second = json.loads((here.home / "server.json").read_text())
    assert second["pid"] != first["pid"] and here.world.store.task(gid)["completed"]
    assert not (here.root / "user" / ".prefect").exists(), "nothing of the user's Prefect home is touched"
    environ = Path(f"/proc/{second['server_pid']}/environ").read_bytes()
    assert TOKEN.encode() not in environ and KEY.encode() not in environ
    assert "✓ Local Prefect server stopped." in here.run("stop").stdout
    time.sleep(0.2)
    assert here.processes() == []


def test_a_configured_server_that_is_away_is_one_line(here: Product) -> None:
    done = here.run("do", "Aegis", code=1, PREFECT_API_URL="http://127.0.0.1:9/api")
    assert "the configured Prefect server at http://127.0.0.1:9/api does not answer" in done.stderr


async def test_a_prefect_server_that_goes_away_under_the_work_is_one_line() -> None:
    import httpx

    from aegis.cli.engine import Engine
    from aegis.cli.work import _awaited

    async def work() -> SessionReport:
        raise httpx.ConnectError("All connection attempts failed")

    with pytest.raises(PrefectUnavailableError, match="the Prefect server http://here:1 went away") as caught:
        await _awaited(work, Engine("local", "http://here:1/api", "http://here:1"))
    assert "the next run goes on" in caught.value.hint


def test_ephemeral_prefect_leaves_no_process(here: Product) -> None:
    gid = here.world.task("t")
    here.run("do", "Aegis", AEGIS_PREFECT="ephemeral")
    assert here.world.store.task(gid)["completed"] and here.processes() == []


def test_an_unknown_project_lists_those_that_there_are(product: Product) -> None:
    product.world.store.add_project("Example", portfolio=product.world.portfolio)
    for command in ("do", "work-on"):
        done = product.run(command, "MyProject", code=1)
        assert done.stderr.splitlines()[-4:] == [
            "Error: Project 'MyProject' not found in portfolio",
            "",
            "Available projects:",
            "  - Aegis",
        ] or done.stderr.splitlines()[-5:-1] == [
            "Error: Project 'MyProject' not found in portfolio",
            "",
            "Available projects:",
            "  - Aegis",
        ]
        assert "  - Example" in done.stderr


def test_a_project_is_found_by_name_gid_and_url(product: Product) -> None:
    gid = product.world.project
    for wanted in (
        "AEGIS",
        gid,
        f"https://app.asana.com/0/{gid}/list",
        f"https://app.asana.com/1/9/project/{gid}/board",
    ):
        assert "✓ Found 0 incomplete" in product.run("work-on", wanted, "--dry-run").stdout


def test_no_cli_is_told_before_anything_is_begun(product: Product) -> None:
    product.world.task()
    done = product.run("work-on", "Aegis", code=1, CLAUDE_PATH="/nowhere")
    assert "CLAUDE_PATH" in done.stderr and product.world.count() == 0


def test_a_database_behind_names_the_command(product: Product, empty_postgres: str) -> None:
    product.world.task()
    done = product.run("work-on", "Aegis", code=1, DATABASE_URL=empty_postgres)
    assert "alembic upgrade head" in done.stderr
    away = product.run("work-on", "Aegis", code=1, DATABASE_URL="postgresql://x:hidden-pw@127.0.0.1:9/x")
    assert "Database connection error" in away.stderr and "hidden-pw" not in away.stderr


def test_status_shows_what_waits_failed_and_was_spent(product: Product) -> None:
    from aegis.sandbox.faults import Fault as AsanaFault

    product.every_task(Turn(reply={"status": "done", "summary": "ok"}))
    product.world.task("one")
    product.world.sandbox.faults.add(AsanaFault(kind="status", method="POST", status=503, times=9))
    product.run("do", "Aegis")
    said = product.run("status", "Aegis").stdout
    assert "Waits to be delivered: 2" in said and "one" in said and "done" in said
    document = json.loads(product.run("status", "--json").stdout)
    assert document["spent_today_usd"] > 0 and document["undelivered"][0]["kind"] == "comment"
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:", document["undelivered"][0]["since"])
    other = product.world.store.add_project(
        "Other", portfolio=product.world.portfolio, notes=f"Code Location: {product.code}"
    )
    product.run("do", "Other")
    url = f"https://app.asana.com/0/{other}/list"
    assert "Waits to be delivered: 0" in product.run("status", url).stdout
