"""`aegis demo`: the whole thing with no account and no key, in a folder that is gone afterwards.

The Asana sandbox and a scripted model run inside this process; the work itself is `aegis work-on`, as a user would
run it, with the real Claude CLI.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from aegis.adapters.claude_cli import find_cli
from aegis.adapters.files import local, private_directory
from aegis.adapters.prefect_server import LocalServer
from aegis.core.text import printable
from aegis.errors import LocalResourceError
from aegis.sandbox.model import Script, ScriptedModel
from aegis.sandbox.seed import DEMO, Seeded, load_seed, plant
from aegis.sandbox.server import AsanaSandbox
from aegis.settings import process_environment

PROJECT = "Greeter"
SCRIPT = Path(__file__).parent.parent / "sandbox" / "scripts" / "demo.json"


@click.command("demo")
@click.option("--offline", is_flag=True, help="Use the scripted model even where ANTHROPIC_API_KEY is set.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep everything in this new folder, to look around.")
def demo(offline: bool, keep: Path | None) -> int:
    """Run `aegis work-on` over a small portfolio in an Asana stand-in, and show what it did."""
    environment = process_environment()
    if shutil.which("git") is None:
        raise LocalResourceError("git not found: the demo works in a small git repository", hint="Install git.")
    find_cli(environment.get("CLAUDE_PATH"), environment.get("PATH", os.defpath))
    real = bool(environment.get("ANTHROPIC_API_KEY")) and not offline
    root = _folder(keep)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # also then nothing stays behind
    try:
        return _run(root, environment, real_model=real)
    finally:
        LocalServer(root / "home", 0, environment).stop()
        if keep is None:
            shutil.rmtree(root, ignore_errors=True)
        else:
            click.echo(f"\nKept in {root}")


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="aegis-demo-"))
    private_directory(keep)
    with local(f"look into {keep}"):
        if any(keep.iterdir()):
            raise click.BadParameter(f"{keep} is not empty", param_hint="--keep")
    return keep.resolve()


def _run(root: Path, environment: dict[str, str], *, real_model: bool) -> int:
    repository = demo_repository(root / "greeter")
    with ExitStack() as stack:
        asana = stack.enter_context(AsanaSandbox())
        seeded = plant(asana.store, load_seed(DEMO), {"$CODE_DIR": str(repository)})
        model_url = None
        if real_model:
            click.echo("ANTHROPIC_API_KEY is set: this demo asks the real model (--offline uses a script instead).")
        else:
            click.echo("This demo asks a scripted model on this machine; the Claude CLI is the real one.")
            model_url = stack.enter_context(ScriptedModel(Script.load(SCRIPT))).url
        env = demo_environment(root, environment, asana.api_url, seeded, model_url)
        click.echo(f"The Asana sandbox holds the project '{PROJECT}'; its code location is {repository}")
        click.echo(f"\n$ aegis work-on {PROJECT}\n")
        sys.stdout.flush()
        code = subprocess.run(
            [sys.executable, "-m", "aegis", "work-on", PROJECT], cwd=root, env=env, check=False
        ).returncode
        _show_comments(asana, seeded)
        _show_changes(repository)
    if code == 0:
        click.echo("\nThat was it. Next: put your own settings into .env (aegis config names what is missing).")
    return code


def demo_environment(
    root: Path, environment: dict[str, str], asana_url: str, seeded: Seeded, model_url: str | None
) -> dict[str, str]:
    """The command's environment: nothing of the user's own Aegis or Prefect is touched."""
    ours = ("ASANA_", "AEGIS_", "PREFECT_", "DATABASE_URL", "REDIS_URL", "QDRANT_", "LOG_", "ENABLE_")
    env = {name: value for name, value in environment.items() if not name.startswith(ours)}
    env |= {
        "ASANA_BASE_URL": asana_url,
        "ASANA_ACCESS_TOKEN": seeded.tokens["Aegis Bot"],
        "ASANA_WORKSPACE_GID": seeded.workspace_gid,
        "ASANA_PORTFOLIO_GID": seeded.portfolio_gid,
        "AEGIS_HOME": str(root / "home"),
        "LOG_DIR": str(root / "logs"),
        "LOG_LEVEL": "WARNING",
        "AEGIS_SERVER_IDLE_MINUTES": "1",  # should this process be killed before it stops the server
        "REDIS_URL": "redis://127.0.0.1:9",  # nothing listens there: the demo shows how a question comes about
    }
    env["TMPDIR"] = str(private_directory(root / "tmp"))  # the Claude CLI leaves things there
    env["PREFECT_PROFILES_PATH"] = str(root / "no-profiles.toml")
    if model_url is not None:
        for name in ("ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_MODEL"):
            env.pop(name, None)
        env |= {
            "ANTHROPIC_BASE_URL": model_url,
            "ANTHROPIC_API_KEY": "scripted-model-needs-no-key",
            "CLAUDE_CONFIG_DIR": str(root / "claude"),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "NO_PROXY": "127.0.0.1,localhost",
        }
    return env


def demo_repository(path: Path) -> Path:
    """A small git repository, in nobody's name."""
    path.mkdir()
    (path / ".gitignore").write_text("__pycache__/\n")
    author = ("-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false")
    for command in (("init", "-q"), ("add", "."), (*author, "commit", "-q", "-m", "An empty repository")):
        subprocess.run(["git", *command], cwd=path, check=True, capture_output=True)
    return path


def _show_comments(asana: AsanaSandbox, seeded: Seeded) -> None:
    click.echo("\nWhat Asana holds now:")
    for row in asana.store.tasks(seeded.projects[PROJECT]):
        click.echo(f"\n{'✓' if row['completed'] else '○'} {printable(row['name'])}")
        for needed in asana.store.dependencies(row["gid"]):
            click.echo(f"    waits for: {printable(asana.store.task(needed)['name'])}")
        for comment in asana.store.comments(row["gid"]):
            for line in printable(comment).splitlines():
                click.echo(f"    | {line}".rstrip())


def _show_changes(repository: Path) -> None:
    click.echo("\nWhat changed in the code location (git diff):\n")
    for command in (
        ("add", "-A", "-N"),
        ("--no-pager", "diff", "--no-color", "--stat"),
        ("--no-pager", "diff", "--no-color"),
    ):
        done = subprocess.run(["git", *command], cwd=repository, check=False, capture_output=True, text=True)
        if done.stdout:
            click.echo(printable(done.stdout))
