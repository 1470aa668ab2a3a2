"""Git is asked what it knows, and nothing that a repository holds is executed by the asking."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from aegis.adapters.git import GitState, git_state, read_repo_config
from aegis.core.repo_config import RepoConfig
from aegis.errors import ConfigurationError

ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}


def git(directory: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    command = ["git", *identity, "-C", str(directory), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENV).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "a file").write_text("a\n")
    (tmp_path / ".aegis.toml").write_text('verify = ["true"]\n')
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_a_clean_tree_has_a_head_and_no_dirty_files(repository: Path) -> None:
    assert git_state(repository, ENV) == GitState(True, git(repository, "rev-parse", "HEAD"), ())


def test_changed_new_staged_and_renamed_files_are_dirty(repository: Path) -> None:
    git(repository, "mv", "a file", "a new name")
    (repository / "naïve\n.txt").write_text("x")
    (repository / ".aegis.toml").write_text("")
    assert set(git_state(repository, ENV).dirty_files) == {"a file", "a new name", "naïve\n.txt", ".aegis.toml"}


def test_no_repository_no_commit_and_no_git_are_no_errors(tmp_path: Path, repository: Path) -> None:
    plain = tmp_path / "elsewhere"
    plain.mkdir()
    assert git_state(repository, {"PATH": "/nonexistent"}) == GitState()
    (plain / "new").mkdir()
    git(plain / "new", "init", "-q")
    assert git_state(plain / "new", ENV) == GitState(True, "", ())
    assert git_state(tmp_path / "missing", ENV) == GitState()


def test_nothing_that_the_repository_names_is_executed(repository: Path) -> None:
    proof = repository.parent / f"{repository.name}-executed"
    trap = repository.parent / f"{repository.name}-trap"
    trap.write_text(f"#!/bin/sh\ntouch {proof}\n")
    trap.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(trap))
    git(repository, "config", "core.hooksPath", str(trap.parent))
    git(repository, "config", "core.pager", str(trap))
    (repository / "a file").write_text("changed\n")
    assert git_state(repository, ENV).dirty_files == ("a file",)
    read_repo_config(repository, ENV)
    assert not proof.exists()


def test_the_index_is_not_written_by_looking(repository: Path) -> None:
    index = repository / ".git" / "index"
    before = (index.stat().st_mtime_ns, index.read_bytes())
    os.utime(repository / "a file", (1, 1))
    git_state(repository, ENV)
    assert (index.stat().st_mtime_ns, index.read_bytes()) == before


def test_the_config_is_the_committed_one_whatever_the_working_tree_holds(repository: Path) -> None:
    (repository / ".aegis.toml").write_text("verify = []\n")
    assert read_repo_config(repository, ENV) == RepoConfig(verify=("true",))
    (repository / ".aegis.toml").unlink()
    assert read_repo_config(repository, ENV).verify == ("true",)


def test_the_config_of_a_folder_within_the_repository_is_its_own(repository: Path) -> None:
    part = repository / "part"
    part.mkdir()
    assert read_repo_config(part, ENV) == RepoConfig()
    (part / ".aegis.toml").write_text("max_turns = 3\n")
    assert read_repo_config(part, ENV) == RepoConfig()
    git(repository, "add", "part")
    git(repository, "commit", "-qm", "second")
    assert read_repo_config(part, ENV).max_turns == 3


def test_without_a_repository_the_file_is_read(tmp_path: Path) -> None:
    assert read_repo_config(tmp_path, ENV) == RepoConfig()
    (tmp_path / ".aegis.toml").write_text("max_turns = 3\n")
    assert read_repo_config(tmp_path, ENV).max_turns == 3
    (tmp_path / ".aegis.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        read_repo_config(tmp_path, ENV)


def test_a_repository_that_git_cannot_read_does_not_lose_its_checks_in_silence(repository: Path) -> None:
    with pytest.raises(ConfigurationError, match="git cannot read") as caught:
        read_repo_config(repository, {"PATH": "/nonexistent"})
    assert "git must be installed" in caught.value.hint
