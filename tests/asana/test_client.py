"""The Asana adapter: the fewest requests, every kind of trouble as one typed error, no write twice."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from aegis.adapters.asana import AsanaClient
from aegis.adapters.asana_parse import PORTFOLIO_FIELDS, PROJECT_FIELDS, STORY_FIELDS, TASK_FIELDS
from aegis.errors import (
    AsanaError,
    AsanaForbiddenError,
    AsanaMalformedAnswerError,
    AsanaNotFoundError,
    AsanaPlanError,
    AsanaRateLimitedError,
    AsanaUnauthorizedError,
    AsanaUnavailableError,
)
from aegis.sandbox.contract import load_contract
from aegis.sandbox.faults import Fault
from tests.worlds import TOKEN, World, world


@pytest.fixture
def here() -> Iterator[World]:
    with world(notes="Code Location: /x") as made:
        yield made


@pytest.fixture
def client(here: World) -> Iterator[AsanaClient]:
    with here.client(read_seconds=0.3, back_off_seconds=0.02) as made:
        yield made


def test_a_portfolio_and_its_projects_with_notes_are_two_requests(here: World, client: AsanaClient) -> None:
    for n in range(30):
        here.store.add_project(f"P{n}", notes=f"notes {n}", portfolio=here.portfolio)
    portfolio = client.portfolio(here.portfolio)
    assert portfolio.owner is not None and portfolio.owner.name == "Robin Owner" and portfolio.workspace_gid
    projects = client.portfolio_projects(here.portfolio)
    assert len(projects) == 31 and projects[0].notes == "Code Location: /x"
    assert here.count() == client.request_count == 2


def test_300_open_tasks_are_three_requests_in_asanas_order_with_all_that_a_list_carries(
    here: World, client: AsanaClient
) -> None:
    first = here.task("first")
    for n in range(298):
        here.task(f"t{n}")
    last = here.task("last", assignee=here.robin, dependencies=(first,), tags=("red",), notes="words", section="Later")
    here.store.complete(here.task("done"))
    tasks = client.open_tasks(here.project)
    assert [tasks[0].name, tasks[-1].name, len(tasks)] == ["first", "last", 300]
    assert tasks[-1].gid == last and tasks[-1].dependencies == (first,) and tasks[-1].tags == ("red",)
    assert tasks[-1].memberships[0].section_name == "Later" and tasks[-1].notes == "words"
    assert tasks[-1].assignee is not None and tasks[-1].assignee.email == "robin@example.com"
    assert here.count() == 3


def test_completed_tasks_are_only_those(here: World, client: AsanaClient) -> None:
    here.task("open")
    here.store.complete(here.task("done"))
    since = datetime.now(UTC) - timedelta(days=1)
    assert [task.name for task in client.completed_tasks(here.project, since)] == ["done"]
    assert client.completed_tasks(here.project, datetime.now(UTC) + timedelta(days=1)) == []


def test_stories_come_100_a_request_in_order(here: World, client: AsanaClient) -> None:
    gid = here.task()
    for n in range(120):
        here.store.comment(gid, f"c{n}", by=here.robin)
    comments = [story for story in client.stories(gid) if story.is_comment]
    assert [story.text for story in comments] == [f"c{n}" for n in range(120)]
    assert comments[0].created_by is not None and comments[0].created_by.gid == here.robin
    assert here.count() == 2


def test_a_task_its_subtasks_and_what_changed_are_a_request_each(here: World, client: AsanaClient) -> None:
    parent = here.task("parent", notes="words")
    child = here.task("child", parent=parent)
    assert client.task(parent).num_subtasks == 1
    assert [(task.gid, task.parent_gid) for task in client.subtasks(parent)] == [(child, parent)]
    recent = client.recent_tasks(here.project, datetime.now(UTC) - timedelta(minutes=1))
    assert "words" in [task.notes for task in recent]
    assert client.recent_tasks(here.project, datetime.now(UTC) + timedelta(minutes=1)) == []
    assert client.me().gid == here.bot
    assert here.count() == 5


def test_tasks_elsewhere_come_ten_a_request_and_hidden_ones_as_errors(here: World, client: AsanaClient) -> None:
    gids = [here.task(f"t{n}") for n in range(12)]
    found = client.tasks_by_gid([*gids, "999"])
    assert here.count() == 2 and isinstance(found["999"], AsanaNotFoundError)
    assert {found[gid].name for gid in gids} == {f"t{n}" for n in range(12)}  # type: ignore[union-attr]


def test_what_is_written_is_there(here: World, client: AsanaClient) -> None:
    gid, other = here.task(), here.task("other")
    client.add_comment(gid, html="<body><b>hi</b></body>", text="hi")
    client.add_comment(gid, html="<body><p>no</p></body>", text="plain instead")
    client.complete(gid)
    made = client.create_task(here.project, name="Question: x", notes="n", assignee_gid=here.robin)
    nobody = client.create_task(here.project, name="Question: y", notes="n", assignee_gid="404404")
    client.add_dependencies(other, [made])
    assert here.store.comments(gid) == ["hi", "plain instead"] and here.store.task(gid)["completed"]
    assert here.store.task(made)["assignee"] == here.robin and here.store.task(nobody)["assignee"] is None
    assert here.store.dependencies(other) == [made]
    assert [story.text for story in client.stories(gid) if story.is_comment] == ["hi", "plain instead"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (402, AsanaPlanError),
        (403, AsanaForbiddenError),
        (451, AsanaForbiddenError),
        (404, AsanaNotFoundError),
        (500, AsanaUnavailableError),
        (503, AsanaUnavailableError),
    ],
)
def test_each_status_is_its_own_error(here: World, client: AsanaClient, status: int, kind: type[AsanaError]) -> None:
    here.sandbox.faults.add(Fault(kind="status", status=status, times=9))
    with pytest.raises(kind) as caught:
        client.portfolio(here.portfolio)
    assert caught.value.status == status
    assert here.count() == (3 if status >= 500 else 1), "three attempts where trying again may help, one elsewhere"


def test_a_wrong_token_is_one_request_and_one_sentence(here: World) -> None:
    with here.client(token="0/wrong-token") as client, pytest.raises(AsanaUnauthorizedError, match="401 Unauthorized"):
        client.me()
    assert here.count() == 1


def test_retry_after_is_honoured_within_the_patience(here: World, client: AsanaClient) -> None:
    here.sandbox.faults.add(Fault(kind="status", status=429, retry_after=1))
    assert client.portfolio(here.portfolio).name == "Aegis Projects"
    first, second = here.sandbox.asked()
    assert second.at - first.at >= 1


def test_a_retry_after_beyond_the_patience_ends_at_once(here: World, client: AsanaClient) -> None:
    here.sandbox.faults.add(Fault(kind="status", status=429, retry_after=3600))
    with pytest.raises(AsanaRateLimitedError) as caught:
        client.portfolio(here.portfolio)
    assert caught.value.retry_after == 3600 and here.count() == 1


@pytest.mark.parametrize("kind", ["reset", "reset_after", "malformed", "html", "hang"])
def test_reads_come_through_one_trouble_of_any_kind(here: World, client: AsanaClient, kind: str) -> None:
    here.sandbox.faults.add(Fault(kind=kind, seconds=3))
    assert client.portfolio(here.portfolio).name == "Aegis Projects"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("malformed", AsanaMalformedAnswerError),
        ("html", AsanaMalformedAnswerError),
        ("reset", AsanaUnavailableError),
        ("hang", AsanaUnavailableError),
    ],
)
def test_lasting_trouble_is_one_typed_error(
    here: World, client: AsanaClient, kind: str, error: type[AsanaError]
) -> None:
    here.sandbox.faults.add(Fault(kind=kind, times=9, seconds=3))
    with pytest.raises(error):
        client.portfolio(here.portfolio)


@pytest.mark.parametrize("kind", ["reset_after", "hang_after", "malformed", "html"])
def test_a_comment_that_may_have_been_applied_is_not_sent_again(here: World, client: AsanaClient, kind: str) -> None:
    gid = here.task()
    here.sandbox.faults.add(Fault(kind=kind, method="POST", seconds=3))
    with pytest.raises((AsanaUnavailableError, AsanaMalformedAnswerError)):
        client.add_comment(gid, html="<body>x</body>", text="x")
    assert here.store.comments(gid) == ["x"] and here.count("POST") == 1


def test_a_rate_limited_comment_is_sent_again_because_it_was_not_applied(here: World, client: AsanaClient) -> None:
    gid = here.task()
    here.sandbox.faults.add(Fault(kind="status", status=429, retry_after=0, method="POST"))
    client.add_comment(gid, html="<body>x</body>", text="x")
    assert here.store.comments(gid) == ["x"]


def test_nobody_listens_is_unavailable_and_nothing_was_sent() -> None:
    with (
        AsanaClient(token="t", base_url="http://127.0.0.1:9/api/1.0", back_off_seconds=0.02) as client,
        pytest.raises(AsanaUnavailableError) as caught,
    ):
        client.me()
    assert caught.value.sent is False


def test_the_token_is_in_no_log_line(here: World, capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        with here.client(back_off_seconds=0.02) as client:
            here.sandbox.faults.add(Fault(kind="status", status=500, times=9))
            with pytest.raises(AsanaUnavailableError) as caught:
                client.me()
    finally:
        logging.getLogger().setLevel(logging.WARNING)
    out, err = capfd.readouterr()
    assert TOKEN not in out + err + repr(caught.value) + str(caught.value.__cause__)


def test_threads_share_a_client(here: World, client: AsanaClient) -> None:
    here.task()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(client.open_tasks(here.project)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8


def test_importing_the_adapter_loads_no_sdk() -> None:
    code = "import sys, aegis.adapters.asana; assert not {'asana', 'urllib3'} & set(sys.modules), 'heavy'"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_we_ask_for_is_in_the_contract() -> None:
    routes = {(route["method"], route["path"]): route for route in load_contract()["routes"]}
    for path, fields in (
        ("/portfolios/{gid}", PORTFOLIO_FIELDS),
        ("/portfolios/{gid}/items", PROJECT_FIELDS),
        ("/projects/{gid}/tasks", TASK_FIELDS),
        ("/tasks/{gid}", TASK_FIELDS),
        ("/tasks/{gid}/stories", STORY_FIELDS),
    ):
        assert set(fields.split(",")) <= set(routes["GET", path]["fields"]), path
