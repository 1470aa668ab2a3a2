"""The page for people: all that they need to see, nothing that acts by itself, and a person's hand to lend."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.worlds import World, world


def page(here: World) -> str:
    with urllib.request.urlopen(here.sandbox.page_url, timeout=5) as answer:
        return str(answer.read().decode())


def post(here: World, path: str, **form: str) -> int:
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(here.sandbox.page_url + path, data=data, timeout=5) as answer:
        return int(answer.status)


class _Seen(HTMLParser):
    """The tags, and the options of the first choice of a person."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.options: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "option":
            self.options.append(dict(attrs).get("value") or "")


def test_it_shows_what_a_person_needs() -> None:
    with world(notes="Code Location: /code") as here:
        needed = here.task("Question: Redis Setup", assignee=here.robin, section="Inbox")
        gid = here.task("Cache it", tags=("fast",), due_on="2026-12-01", dependencies=(needed,), section="Doing")
        here.task("half of it", parent=gid)
        here.store.add_task(here.project, "Later:", separator=1)
        here.store.attach(gid, "plan & <b>.txt", b"12345", by=here.robin)
        here.store.attach(gid, "the doc", url="https://docs.example/1", host="gdrive", by=here.robin)
        here.store.attach(gid, "no script", url="javascript:alert(1)", by=here.robin)
        here.store.comment(gid, html='<body><strong>✓ Done</strong> <a href="https://x.y">log</a></body>', by=here.bot)
        here.store.complete(gid, here.bot)
        shown = page(here)
    for words in (
        "Portfolio: Aegis Projects",
        "Code Location: /code",
        "Inbox",
        "task question",
        "assigned to Robin Owner",
        "due 2026-12-01",
        ">fast<",
        "half of it",
        "class=heading",
        "✓ Done log (https://x.y)",
        "Aegis Bot marked this task complete",
        "plan &amp; &lt;b&gt;.txt</a> (5 bytes)",
        "<a href='https://docs.example/1' rel=noreferrer>the doc</a> (gdrive)",
        "attached: no script (external)",
        "Reopen",
    ):
        assert words in shown, words


def test_text_of_tasks_and_people_is_text_and_nothing_comes_from_elsewhere() -> None:
    evil = "</pre></div><script src=//evil></script><img src=x onerror=alert(1)>'\" onmouseover=x"
    with world(notes=evil, project=evil) as here:
        user = here.store.add_user(evil)
        gid = here.task(evil, notes=evil, section=evil, tags=(evil,), assignee=user)
        here.task(evil, dependencies=(gid,), separator=0)
        here.store.comment(gid, evil, by=user)
        with urllib.request.urlopen(here.sandbox.page_url, timeout=5) as answer:
            policy, shown = answer.headers["Content-Security-Policy"], answer.read().decode()
    seen = _Seen(shown)
    assert not seen.tags & {"script", "img", "iframe", "link", "object"}
    assert not seen.attributes & {"src", "onerror", "onmouseover"}
    assert "default-src 'none'" in policy and "script-src" not in policy and "frame-ancestors 'none'" in policy


def test_what_is_said_there_is_a_persons_word_unless_told_otherwise() -> None:
    with world() as here:
        here.task()
        assert _Seen(page(here)).options[0] == here.robin  # the portfolio's owner, not the bot that came first


def test_a_person_comments_completes_reopens_and_assigns() -> None:
    with world() as here:
        gid = here.task()
        assert post(here, "comment", task=gid, text="Use blue,\r\nplease", by=here.robin) == 200
        assert post(here, "complete", task=gid, by=here.robin) == 200
        assert here.store.task(gid)["completed"]
        post(here, "reopen", task=gid, by=here.robin)
        post(here, "assign", task=gid, user=here.robin, by=here.bot)
        assert here.store.comments(gid) == ["Use blue,\nplease"] and not here.store.task(gid)["completed"]
        assert here.store.task(gid)["assignee"] == here.robin
        post(here, "assign", task=gid, user="")
        assert here.store.task(gid)["assignee"] is None
        told = [(story["resource_subtype"], story["created_by"]) for story in here.store.stories(gid)]
    assert told == [
        ("comment_added", here.robin),
        ("marked_complete", here.robin),
        ("marked_incomplete", here.robin),
        ("assigned", here.bot),
        ("unassigned", None),
    ]


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("comment", {"text": " "}, 400),
        ("comment", {"text": "x", "by": "999"}, 404),
        ("assign", {"user": "999"}, 404),
        ("delete", {}, 404),
        ("comment", {"task": "1", "text": "x"}, 404),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(path: str, form: dict[str, Any], status: int) -> None:
    with world() as here:
        gid = here.task()
        with pytest.raises(urllib.error.HTTPError, match=str(status)):
            post(here, path, **{"task": gid, **form})
        assert here.store.stories(gid) == []
