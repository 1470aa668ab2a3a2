"""A wheel built from the checkout works outside of it: migrations, sandbox and supervisor included."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, unpacked in a folder of its own; the dependencies are this environment's."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    if subprocess.run([sys.executable, "-c", "import hatchling"], capture_output=True).returncode != 0:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_it_carries_all_that_it_needs(installed: Path) -> None:
    for name in (
        "aegis/_migrations/alembic.ini",
        "aegis/_migrations/alembic/env.py",
        "aegis/_migrations/alembic/versions/0001_first_tables.py",
        "aegis/sandbox/seeds/demo.json",
        "aegis/sandbox/scripts/demo.json",
        "aegis/sandbox/contract.json",
        "aegis/adapters/supervise.py",
        "aegis/adapters/supervisor.py",
        "flows/do.py",
        "flows/deployments.py",
        "aegis/cli/entry.py",
        "tasks/execute.py",
    ):
        assert (installed / name).is_file(), name


def test_it_migrates_and_answers_outside_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AEGIS_HOME": str(tmp_path / "home")}
    code = f"""
import sys
sys.path.insert(0, {str(installed)!r})
import aegis
assert aegis.__file__.startswith({str(installed)!r}), aegis.__file__
from pathlib import Path
from aegis.adapters.database import open_database
with open_database(None, Path({str(tmp_path / "home")!r})):
    pass
from aegis.cli import main
raise SystemExit(main(["--version"]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "aegis, version 0.1.0\n" and (tmp_path / "home" / "aegis.db").is_file()


def test_its_users_can_migrate_postgresql_too(installed: Path, tmp_path: Path, empty_postgres: str) -> None:
    """With the command that the error names."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(installed)}
    code = (
        "import sys; from pathlib import Path; from aegis.adapters.database import open_database\n"
        "from aegis.errors import DatabaseError\n"
        "try:\n"
        f"    with open_database({empty_postgres!r}, Path('home')): print('open')\n"
        "except DatabaseError as error: print(error.hint)"
    )

    def said() -> str:
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
        return done.stdout.strip()

    (command,) = re.findall(r"alembic (-c \S+ upgrade head)", said())
    (tmp_path / ".env").write_text(f"DATABASE_URL={empty_postgres}\n")
    argv = [sys.executable, "-m", "alembic.config", *command.split()]
    subprocess.run(argv, cwd=tmp_path, env=env, check=True, capture_output=True)
    assert said() == "open"
