"""Parsers of what others write: secrets to mask, Asana's addresses, code locations, markers, names of files."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.asana_url import AsanaRef, parse_asana_ref, parse_asana_url, task_address
from aegis.core.code_location import code_location
from aegis.core.markers import MarkerKey, new_run_id, without_markers
from aegis.core.models import Project
from aegis.core.redaction import MASK, Redactor
from aegis.core.slugs import log_slug, log_slugs
from aegis.errors import CodeLocationError

_secrets = st.text(alphabet=st.characters(categories=("L", "N", "P", "S")), min_size=6, max_size=30).filter(
    lambda text: "*" not in text
)
_gids = st.from_regex(r"[1-9][0-9]{9,16}", fullmatch=True)
KEY = MarkerKey("0f" * 32)


# --- masking ---------------------------------------------------------------------------------------------------


@given(st.lists(_secrets, min_size=1, max_size=4), st.text(), st.text())
def test_no_known_secret_stands_in_what_was_masked(secrets: list[str], before: str, after: str) -> None:
    redactor = Redactor(secrets)
    for secret in secrets:
        for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe="")):
            masked = redactor.mask(f"{before} {form} {after}")
            assert all(one not in masked for one in secrets) and MASK in masked


@given(st.text(), st.lists(st.text(max_size=5)))
def test_without_a_secret_worth_the_name_the_text_stays(text: str, short: list[str]) -> None:
    assert Redactor(short).mask(text) == text and Redactor().mask(text) == text


@given(st.lists(st.text(alphabet=st.characters(categories=None), min_size=6), max_size=4))
def test_every_secret_can_be_looked_for_in_bytes(secrets: list[str]) -> None:
    needles = Redactor(secrets).needles
    assert all(needles) and list(needles) == list(dict.fromkeys(needles))
    for secret in secrets:
        if not re.search("[\ud800-\udfff]", secret):
            assert secret.encode() in needles


def test_a_secret_within_another_does_not_leave_its_rest() -> None:
    assert Redactor(["hunter2", "postgres://u:hunter2@host"]).mask("at postgres://u:hunter2@host/db") == "at ***/db"


def test_masking_a_large_text_takes_little_time() -> None:
    begin = time.monotonic()
    Redactor([f"sk-secret-{n}" for n in range(30)]).mask("sk-secret-" * 500_000)
    assert time.monotonic() - begin < 30


# --- Asana's addresses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/0/11/22", AsanaRef(task_gid="22", project_gid="11")),
        ("/0/11/22/f", AsanaRef(task_gid="22", project_gid="11")),
        ("/0/0/22/f", AsanaRef(task_gid="22")),
        ("/0/11/list", AsanaRef(project_gid="11")),
        ("/0/portfolio/33/list", AsanaRef(portfolio_gid="33")),
        ("/0/inbox/44/22", AsanaRef(task_gid="22")),
        ("/0/search/55/22", AsanaRef(task_gid="22")),
        ("/1/9/project/11", AsanaRef(project_gid="11")),
        ("/1/9/project/11/list/77", AsanaRef(project_gid="11")),
        ("/1/9/project/11/task/22", AsanaRef(task_gid="22", project_gid="11")),
        ("/1/9/task/22/comment/5", AsanaRef(task_gid="22")),
        ("/1/9/portfolio/33", AsanaRef(portfolio_gid="33")),
        ("/0/home", None),
        ("/", None),
        ("/2/11/22", None),
    ],
)
def test_each_form_of_address_is_understood(path: str, expected: AsanaRef | None) -> None:
    assert parse_asana_url(f"https://app.asana.com{path}") == expected
    assert parse_asana_url(f" https://app.asana.com{path}?focus=true#x ") == expected


@pytest.mark.parametrize(
    ("project_url", "expected"),
    [
        ("https://app.asana.com/0/11/list", "https://app.asana.com/0/11/22"),
        ("https://app.asana.com/0/11/11", "https://app.asana.com/0/11/22"),
        ("https://app.asana.com/0/11", "https://app.asana.com/0/11/22"),
        ("https://app.asana.com/1/9/project/11", "https://app.asana.com/1/9/project/11/task/22"),
        ("https://app.asana.com/1/9/project/11/list/77", "https://app.asana.com/1/9/project/11/task/22"),
        ("http://127.0.0.1:8765/0/11/list", "http://127.0.0.1:8765/0/11/22"),
        ("", "https://app.asana.com/0/11/22"),
        ("https://app.asana.com/0/resource/33/list", "https://app.asana.com/0/11/22"),
    ],
)
def test_the_address_of_a_projects_task_leads_to_the_task_whatever_view_the_projects_own_names(
    project_url: str, expected: str
) -> None:
    assert task_address(project_url, "11", "22") == expected
    assert parse_asana_url(expected) == AsanaRef(task_gid="22", project_gid="11")


@given(_gids, _gids, _gids)
def test_old_and_new_addresses_of_a_task_name_it(workspace: str, project: str, task: str) -> None:
    assert parse_asana_ref(f"https://app.asana.com/0/{project}/{task}") == AsanaRef(task, project)
    assert parse_asana_ref(f"https://app.asana.com/1/{workspace}/project/{project}/task/{task}") == AsanaRef(
        task, project
    )
    assert parse_asana_ref(f"<{task}>") == AsanaRef(gid=task)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12a",
        "http://[",
        "https://evil.com/0/1/2",
        "https://app.asana.com.evil.com/0/1/2",
        "ftp://app.asana.com/0/1/2",
        "٣٤٥",
    ],
)
def test_anything_else_is_no_reference(text: str) -> None:
    assert parse_asana_ref(text) is None


@given(st.text() | st.text(alphabet="/0127?#[]:@abtask").map(lambda path: f"https://app.asana.com/{path}"))
def test_any_text_is_a_reference_of_digits_or_none(text: str) -> None:
    found = parse_asana_ref(text)
    if found is not None:
        gids = [found.task_gid, found.project_gid, found.portfolio_gid, found.gid]
        assert any(gids) and all(re.fullmatch("[0-9]+", gid) for gid in gids if gid)


# --- the code location -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Code Location: /srv/my code",
        "code location : /srv/my code",
        "**Code Location:** /srv/my code",
        "**Code Location: /srv/my code**",
        "__Code Location__: `/srv/my code`",
        '- Code location: "/srv/my code"',
        "CODE LOCATION:\t'/srv/my code'",
        "Code\u00a0Location: /srv/my code ",
        "> Code Location: “/srv/my code”",
        "## Code Location: </srv/my code>",
    ],
)
@pytest.mark.parametrize("around", ["{}", "{}\n\nMore words.", "Words.\r\n{}\r\nMore.", "{0}\n{0}"])
def test_each_form_of_the_line_gives_the_path(line: str, around: str) -> None:
    assert code_location(around.format(line), project_name="p") == "/srv/my code"


@pytest.mark.parametrize("path", ["~", "~/code", "/"])
def test_home_and_root_are_paths(path: str) -> None:
    assert code_location(f"Code Location: {path}", project_name="p") == path


@pytest.mark.parametrize(
    "notes", ["", "Code Location:", "The code location is /srv", "Our Code Location: /srv", "Code Location /srv"]
)
def test_without_the_line_the_project_is_named(notes: str) -> None:
    with pytest.raises(CodeLocationError, match="'My project' name no code location"):
        code_location(notes, project_name="My project")


@pytest.mark.parametrize("path", ["code", "./code", "~robin/code", "C:\\code", "https://example.com", "/srv\0x"])
def test_a_path_that_is_not_absolute_is_an_error_that_names_it(path: str) -> None:
    with pytest.raises(CodeLocationError, match="not absolute") as caught:
        code_location(f"Code Location: {path}", project_name="p")
    assert caught.value.found == (path,)


def test_two_different_locations_are_an_error_that_names_both() -> None:
    with pytest.raises(CodeLocationError, match="'/a', '/b'"):
        code_location("Code Location: /a\nCode Location: /b", project_name="p")


@given(st.text() | st.text(alphabet="code Lctin:/~*`\n\"'>\0").map(lambda rest: f"Code Location: {rest}"))
def test_any_notes_give_an_absolute_path_or_our_error(notes: str) -> None:
    try:
        path = code_location(notes, project_name="p")
    except CodeLocationError as error:
        assert "'p'" in str(error)
    else:
        assert path.startswith(("/", "~")) and "\0" not in path and "\n" not in path


_paths = st.text(alphabet=st.characters(categories=("L", "N"), include_characters=" ._-/"), max_size=40)


@given(_paths.map(lambda text: f"/{text}".strip()))
def test_any_plain_path_comes_out_as_written(path: str) -> None:
    assert code_location(f"About it.\n**Code Location:** `{path}`\n", project_name="p") == path


# --- markers ---------------------------------------------------------------------------------------------------

_idents = st.from_regex(r"[a-z0-9]{1,40}", fullmatch=True)


@given(st.sampled_from(["done", "failed", "question"]), _idents, _gids, _gids, st.text(), st.text())
def test_a_marker_is_found_in_any_text_and_genuine_only_in_its_place(
    kind: str, ident: str, target: str, other: str, before: str, after: str
) -> None:
    text = f"{without_markers(before)} {KEY.make(kind, ident, target)} {without_markers(after)}"
    (marker,) = KEY.find(text, target_gid=target)
    assert (marker.kind, marker.ident, marker.genuine) == (kind, ident, True)
    assert KEY.find(text, target_gid=other)[0].genuine == (other == target)
    assert not MarkerKey("11" * 32).find(text, target_gid=target)[0].genuine


@given(st.text(alphabet="aegis:done-0123456789 f") | st.text())
def test_foreign_text_can_be_rid_of_whatever_looks_like_a_marker(text: str) -> None:
    hostile = f"{text}{KEY.make('done', 'x', '1')}{text}"
    for one in (text, hostile):
        assert KEY.find(without_markers(one), target_gid="1") == ()
    assert without_markers("the aegis: a shield, aegis:x") == "the aegis: a shield, aegis:x"


@given(st.binary(min_size=7, max_size=16))
def test_a_run_id_is_short_and_fits_into_a_marker(random_bytes: bytes) -> None:
    ident = new_run_id(random_bytes)
    assert re.fullmatch(r"[a-z2-7]{10}", ident)
    assert KEY.find(KEY.make("done", ident, "1"), target_gid="1")[0].ident == ident


# --- names of log files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Aegis", "aegis"),
        ("Example Project!", "example-project"),
        ("Café / Büro", "cafe-buro"),
        ("../../etc/passwd", "etc-passwd"),
        ("项目", "project-7"),
        ("", "project-7"),
        ("CON", "project-7"),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_projects_name_becomes_a_safe_file_name(name: str, slug: str) -> None:
    assert log_slug(name, "7") == slug


@given(st.text(), _gids)
def test_any_name_becomes_a_safe_file_name(name: str, gid: str) -> None:
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,80}[a-z0-9])?", log_slug(name, gid))


@given(st.lists(st.sampled_from(["A", "a", "a-1", "a 1", "a-2", "a-1-3", "", "project-1", "b"]), max_size=9))
def test_no_two_projects_share_a_file(names: list[str]) -> None:
    slugs = log_slugs(Project(gid=str(number), name=name) for number, name in enumerate(names, start=1))
    assert len(slugs) == len(set(slugs.values())) == len(names)
    if names.count("b") == 1:
        assert "b" in slugs.values()
