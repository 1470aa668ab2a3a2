"""The sandbox answers as Asana does, and misbehaves when told to."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from aegis.sandbox.richtext import RichTextError, plain_text
from aegis.sandbox.seed import DEMO, existing, load_seed, plant
from aegis.sandbox.server import AsanaSandbox
from tests.sandbox.asking import ask, ask_control
from tests.worlds import world


def test_errors_are_those_of_the_api() -> None:
    with world() as here:
        api, gid = here.sandbox.api_url, here.task()
        assert ask(api, "GET", "/users/me", token="wrong")[0] == 401
        assert ask(api, "GET", "/tasks/1")[0] == 404
        assert ask(api, "GET", "/nothing")[0] == 404
        assert ask(api, "GET", f"/projects/{here.project}/tasks?limit=101")[0] == 400
        assert ask(api, "GET", f"/projects/{here.project}/tasks?limit=1&offset=xx")[0] == 400
        assert ask(api, "POST", "/tasks", {"name": "nowhere"})[0] == 400
        assert ask(api, "POST", "/tasks", {"projects": [here.project], "assignee": "99"})[0] == 400
        assert ask(api, "PUT", f"/tasks/{gid}", {"completed": "yes"})[0] == 400
        assert ask(api, "PUT", f"/tasks/{gid}", {"dependencies": []})[0] == 400
        assert ask(api, "POST", f"/tasks/{gid}/stories", {"html_text": "<body><p>x</p></body>"})[0] == 400
        assert ask(api, "POST", f"/tasks/{gid}/stories", {"text": "a", "html_text": "<body>a</body>"})[0] == 400
        assert here.store.comments(gid) == []


def test_at_most_thirty_links_a_task() -> None:
    with world() as here:
        hub, others = here.task("hub"), [here.task(f"t{n}") for n in range(31)]
        for other in others[:30]:
            assert (
                ask(here.sandbox.api_url, "POST", f"/tasks/{other}/addDependencies", {"dependencies": [hub]})[0] == 200
            )
        assert (
            ask(here.sandbox.api_url, "POST", f"/tasks/{others[30]}/addDependencies", {"dependencies": [hub]})[0] == 400
        )


@pytest.mark.parametrize(
    "html",
    [
        "<p>x</p>",
        "<body>&</body>",
        "<body><script>x</script></body>",
        "<body><b a='1'>x</b></body>",
        "<body>\x0b</body>",
        "x",
        "<!DOCTYPE x><body/>",
        "<body><a><a>x</a></a></body>",
        "<body><ul>x<b/></ul></body>",
    ],
)
def test_rich_text_that_asana_refuses_is_refused(html: str) -> None:
    with pytest.raises(RichTextError):
        plain_text(html)


def test_rich_text_becomes_plain_text() -> None:
    html = (
        '<body><strong>✓ Done</strong>\n<pre>a &lt; b</pre><a href="https://x.y">link</a><ul><li>one</li></ul></body>'
    )
    assert plain_text(html) == "✓ Done\n\na < b\nlink (https://x.y)\n• one"


def test_a_write_is_applied_before_hang_after_and_not_before_hang() -> None:
    with world() as here:
        gid = here.task()
        for kind, expected in (("reset", 0), ("reset_after", 1), ("hang", 1), ("hang_after", 2)):
            ask_control(here.sandbox, "POST", "faults", {"kind": kind, "method": "POST", "seconds": 0.1})
            with pytest.raises((urllib.error.URLError, ConnectionError)):
                ask(here.sandbox.api_url, "POST", f"/tasks/{gid}/stories", {"text": "x"})
            assert len(here.store.comments(gid)) == expected
        assert here.sandbox.faults.listed() == []


def test_requests_and_state_are_seen_from_other_processes() -> None:
    with world() as here:
        gid = here.task("seen")
        ask(here.sandbox.api_url, "GET", f"/tasks/{gid}")
        assert [r["path"] for r in ask_control(here.sandbox, "GET", "requests")] == [f"/tasks/{gid}"]
        ask_control(here.sandbox, "DELETE", "requests")
        assert ask_control(here.sandbox, "GET", "requests") == []
        assert [task["name"] for task in ask_control(here.sandbox, "GET", "state")["tasks"]] == ["seen"]


def test_the_page_shows_boards_escaped_and_lets_a_person_act() -> None:
    with world() as here:
        gid = here.task("<script>alert(1)</script>", notes="</pre><img src=x>")
        html = urllib.request.urlopen(here.sandbox.page_url).read().decode()
        assert "<script>" not in html and "<img" not in html and "&lt;script&gt;" in html
        for path, form in (
            ("comment", f"task={gid}&text=Use+blue&by={here.robin}"),
            ("complete", f"task={gid}&by={here.robin}"),
            ("reopen", f"task={gid}&by={here.robin}"),
            ("assign", f"task={gid}&user={here.robin}"),
        ):
            urllib.request.urlopen(here.sandbox.page_url + path, data=form.encode())
        assert here.store.comments(gid) == ["Use blue"]
        assert here.store.task(gid)["assignee"] == here.robin and not here.store.task(gid)["completed"]


def test_another_sites_page_cannot_act_here() -> None:
    with world() as here:
        request = urllib.request.Request(here.sandbox.page_url, headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(request)


def test_a_file_keeps_the_sandbox_over_a_restart(tmp_path: Any) -> None:
    seed = load_seed(DEMO)
    with AsanaSandbox(tmp_path / "s.db") as first:
        made = plant(first.store, seed, {"$CODE_DIR": "/code"})
        assert "/code" in first.store.get("projects", made.projects["Greeter"])["notes"]  # type: ignore[index]
    with AsanaSandbox(tmp_path / "s.db") as second:
        again = existing(second.store)
        assert again is not None and again.portfolio_gid == made.portfolio_gid
        assert second.store.task_named("Write the README")["completed"] == 0


def test_it_starts_and_stops_at_once() -> None:
    began = time.monotonic()
    for _ in range(10):
        with world():
            pass
    assert time.monotonic() - began < 10  # generous: what is kept is that nothing waits for a thread
