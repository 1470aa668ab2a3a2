"""The agent works in the directory that the notes name, or nowhere."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from aegis.adapters.code_dir import usable_code_dir
from aegis.errors import CodeLocationError

NOBODY = 65534


def why_not(path: str, *roots: str) -> str:
    with pytest.raises(CodeLocationError) as caught:
        usable_code_dir(path, project_name="My project", code_roots=roots)
    assert (
        f"'{path}'" in str(caught.value)
        and "'My project'" in str(caught.value)
        and "Code Location:" in caught.value.hint
    )
    return str(caught.value)


def test_a_directory_is_returned_with_its_links_resolved(tmp_path: Path) -> None:
    (tmp_path / "real dir").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real dir")
    assert usable_code_dir(str(tmp_path / "link"), project_name="p") == tmp_path / "real dir"


def test_the_tilde_is_the_users_home() -> None:
    assert usable_code_dir("~", project_name="p") == Path.home().resolve()


def test_what_is_missing_or_a_file_or_no_path_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "does not exist" in why_not(str(tmp_path / "none"))
    assert "not a directory" in why_not(str(tmp_path / "file"))
    assert "no path" in why_not("~no-such-user-here/code")
    for odd in (str(tmp_path / "loop"), "/" + "x" * 5000, str(tmp_path / "file" / "below"), "/a\0b"):
        why_not(odd)


def test_links_do_not_lead_out_of_the_roots(tmp_path: Path) -> None:
    inside, outside = tmp_path / "roots" / "code", tmp_path / "roots-not"
    inside.mkdir(parents=True)
    outside.mkdir()
    (tmp_path / "roots" / "sneaky").symlink_to(outside)
    root = str(tmp_path / "roots")
    assert usable_code_dir(str(inside), project_name="p", code_roots=[root]) == inside
    assert usable_code_dir(root, project_name="p", code_roots=["/nowhere", root]) == tmp_path / "roots"
    for path in (outside, tmp_path / "roots" / "sneaky", tmp_path / "roots" / ".." / "roots-not"):
        assert "outside of CODE_ROOTS" in why_not(str(path), root)


def test_a_directory_that_the_user_may_not_write_is_said(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    context = multiprocessing.get_context("fork")  # root may write anywhere: another user looks
    answers = context.SimpleQueue()
    process = context.Process(target=_look_as_nobody, args=(str(tmp_path / "closed"), answers))
    process.start()
    said = answers.get()
    process.join(10)
    assert "in the notes of project 'p'" in said and (
        "cannot be read and written" in said or "permission denied" in said
    )


def _look_as_nobody(path: str, answers: multiprocessing.SimpleQueue[str]) -> None:
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    try:
        answers.put(str(usable_code_dir(path, project_name="p")))
    except CodeLocationError as error:
        answers.put(str(error))
