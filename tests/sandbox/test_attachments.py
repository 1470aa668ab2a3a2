"""Attachments in the sandbox: a person's part can be played, and their bytes are handed out as Asana does it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.sandbox.attachments import Downloads
from aegis.sandbox.faults import Fault
from aegis.sandbox.messages import form_of
from aegis.sandbox.rows import Refused
from aegis.sandbox.seed import Seed
from aegis.sandbox.server import AsanaSandbox
from tests.sandbox.asking import ask, ask_control
from tests.worlds import World, world

BYTES = bytes(range(256)) * 3 + b"\r\n--\r\n--boundary\n"


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


def upload(here: World, parts: list[tuple[str, bytes]], boundary: str = "b0und'ary", end: bytes = b"--") -> Any:
    """A form to POST /attachments, its parts as (Content-Disposition, content)."""
    body = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), content)
        for head, content in parts
    )
    body += b"--" + boundary.encode() + end + b"\r\n"
    headers = {
        "Authorization": "Bearer token-of-robin",
        "Content-Type": f'multipart/form-data; boundary="{boundary}"',
    }
    request = urllib.request.Request(f"{here.sandbox.api_url}/attachments", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def get(url: str) -> tuple[int, bytes]:
    """What an address gives to whoever has it, without a token."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert answer.headers["Content-Disposition"] == "attachment", "shown in no browser's page"
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_a_file_is_uploaded_listed_and_downloaded_byte_for_byte(here: World) -> None:
    task = here.task()
    status, made = upload(here, [("name=parent", task.encode()), ('name=file; filename="r%C3%A9sum%C3%A9.bin"', BYTES)])
    assert status == 200 and made["name"] == "résumé.bin" and made["size"] == len(BYTES)
    fields = "name,resource_subtype,host,size,download_url,view_url,permanent_url,created_at,parent.name"
    _, body = ask(here.sandbox.api_url, "GET", f"/attachments?parent={task}&limit=10&opt_fields={fields}")
    (listed,) = body["data"]
    assert listed["host"] == listed["resource_subtype"] == "asana" and listed["parent"]["name"] == "Do it"
    _, single = ask(here.sandbox.api_url, "GET", f"/attachments/{listed['gid']}")
    assert get(single["data"]["download_url"]) == (200, BYTES)
    assert "token" not in single["data"]["download_url"]
    (story,) = here.store.stories(task)
    assert story["resource_subtype"] == "attachment_added" and story["created_by"] == here.robin
    assert ask(here.sandbox.api_url, "DELETE", f"/attachments/{listed['gid']}")[0] == 200
    assert get(single["data"]["download_url"])[0] == 404 and here.store.attachments(task) == []


def test_the_sdk_uploads_too(here: World, tmp_path: Path) -> None:
    import asana

    (tmp_path / "Größe 1.txt").write_bytes(BYTES)
    task = here.task()
    configuration = asana.Configuration()
    configuration.access_token, configuration.host = "token-of-robin", here.sandbox.api_url
    api = asana.AttachmentsApi(asana.ApiClient(configuration))
    made = api.create_attachment_for_object({"parent": task, "file": str(tmp_path / "Größe 1.txt")})
    assert made["name"] == "Größe 1.txt" and here.store.file(made["gid"]) == BYTES
    link = api.create_attachment_for_object(
        {"parent": task, "resource_subtype": "external", "name": "the doc", "url": "https://docs.example/1"}
    )
    assert link["host"] == "external" and link["view_url"] == "https://docs.example/1" and "size" not in link
    assert [one["name"] for one in here.store.attachments(task)] == ["Größe 1.txt", "the doc"]


def test_an_upload_that_makes_no_sense_is_refused_and_leaves_nothing(here: World) -> None:
    task = here.task()
    parent, file = ("name=parent", task.encode()), ('name=file; filename="x"', b"x")
    assert upload(here, [file])[0] == 400
    assert upload(here, [parent])[0] == 400
    assert upload(here, [("name=parent", b"404"), file])[0] == 404
    assert upload(here, [parent, file, ("name=resource_subtype", b"gdrive")])[0] == 400
    assert upload(here, [parent, ("name=resource_subtype", b"external"), ("name=name", b"x")])[0] == 400
    assert upload(here, [parent, file], end=b"")[0] == 400, "a form without an end"
    assert ask(here.sandbox.api_url, "POST", "/attachments", {"parent": task})[0] == 400
    assert ask(here.sandbox.api_url, "GET", "/attachments")[0] == 400
    assert ask(here.sandbox.api_url, "GET", "/attachments?parent=404")[0] == 404
    assert here.store.attachments(task) == [] and here.store.stories(task) == []


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_body_is_a_form_or_none(head: bytes, content: bytes) -> None:
    kind = "multipart/form-data; boundary=xyz"
    form_of(kind, head)
    body = b"--xyz\r\nContent-Disposition: form-data; name=file; filename=n\r\n\r\n" + content + b"\r\n--xyz--\r\n"
    form = form_of(kind, body)
    assert b"\r\n--xyz" in content or (form is not None and form.file == ("n", content))


def test_a_download_address_is_good_for_its_own_file_and_not_for_ever(here: World) -> None:
    first = here.store.attach(here.task(), "one", b"1")
    other = here.store.attach(here.task(), "two", b"2")
    url = here.sandbox.api.downloads.url(here.store.need("attachments", first))
    assert url is not None and get(url) == (200, b"1")
    assert get(url.replace(first, other))[0] == 403
    assert get(url.replace("until=", "until=9"))[0] == 403
    assert get(url.partition("?")[0])[0] == 403
    assert get(f"{here.sandbox.page_url}download/..%2f..%2fetc/passwd")[0] == 403
    downloads = Downloads("http://x")
    with pytest.raises(Refused, match="expired"):
        downloads.gid(f"/download/{first}/one", {"until": "1", "signature": downloads._signature(first, "1")})


def test_faults_hold_for_downloads_too(here: World) -> None:
    gid = here.store.attach(here.task(), "one", b"12345678")
    url = here.sandbox.api.downloads.url(here.store.need("attachments", gid))
    assert url is not None
    here.sandbox.faults.add(Fault(kind="status", status=503, path="^/download/"))
    assert ask(here.sandbox.api_url, "GET", "/users/me")[0] == 200, "not meant"
    assert get(url)[0] == 503
    here.sandbox.faults.add(Fault(kind="malformed", path=f"/download/{gid}"))
    with pytest.raises(http.client.IncompleteRead):
        urllib.request.urlopen(url, timeout=5).read()
    here.sandbox.faults.add(Fault(kind="html", path="/download/"))
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert answer.read().startswith(b"<html>")
    for kind in ("reset", "reset_after"):
        here.sandbox.faults.add(Fault(kind=kind, path="/download/"))  # type: ignore[arg-type]  # names of kinds
        with pytest.raises(OSError):
            urllib.request.urlopen(url, timeout=5).read()
    assert get(url) == (200, b"12345678")
    assert [one.status for one in here.sandbox.asked(path="/download/")] == [503, 200, 200, 0, 200, 200]


def test_deleting_a_task_takes_its_files_along_and_the_state_shows_no_bytes(here: World) -> None:
    task = here.task()
    gid = here.store.attach(task, "one", b"\xff")
    assert ask_control(here.sandbox, "GET", "state")["attachments"][0]["name"] == "one"
    here.store.delete_task(task)
    assert here.store.get("files", gid) is None and here.store.get("attachments", gid) is None


def test_a_seed_may_bring_attachments() -> None:
    attachments = [{"name": "plan.txt", "text": "first this"}, {"name": "doc", "url": "https://d.x", "host": "gdrive"}]
    task = {"name": "one", "attachments": attachments}
    seed = Seed.model_validate({"users": [], "portfolio": "P", "projects": [{"name": "p", "tasks": [task]}]})
    with AsanaSandbox(seed=seed) as sandbox:
        assert sandbox.seeded is not None
        file, link = sandbox.store.attachments(sandbox.seeded.tasks["one"])
        assert sandbox.store.file(file["gid"]) == b"first this"
        assert (link["host"], link["url"], link["size"]) == ("gdrive", "https://d.x", None)
