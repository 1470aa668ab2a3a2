"""The sandbox as a server: it starts and stops at once, misbehaves as told, and can be a process of its own."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from aegis.errors import ConfigurationError, LocalResourceError
from aegis.sandbox.faults import Fault
from aegis.sandbox.seed import DEMO, Seed, load_seed
from aegis.sandbox.serve import serve
from aegis.sandbox.server import AsanaSandbox
from tests.sandbox.asking import ask, ask_control
from tests.worlds import TOKEN, world


def get(sandbox: AsanaSandbox, path: str = "/users/me") -> tuple[int, dict[str, str], bytes]:
    """A request to the API: status, headers and the bytes."""
    connection = http.client.HTTPConnection(sandbox.page_url.split("/")[2], timeout=5)
    connection.request("GET", "/api/1.0" + path, headers={"Authorization": f"Bearer {TOKEN}"})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def test_no_thread_is_left_where_clients_keep_their_connections_open() -> None:
    before = set(threading.enumerate())
    with world() as here:
        kept = http.client.HTTPConnection(here.sandbox.page_url.split("/")[2], timeout=5)
        kept.request("GET", "/api/1.0/users/me", headers={"Authorization": f"Bearer {TOKEN}"})
        kept.getresponse().read()
        silent = socket.create_connection(("127.0.0.1", int(here.sandbox.page_url.split(":")[2].strip("/"))))
    assert set(threading.enumerate()) == before
    assert silent.recv(1) == b""
    with pytest.raises((http.client.HTTPException, OSError)):
        kept.request("GET", "/api/1.0/users/me", headers={"Authorization": f"Bearer {TOKEN}"})
        kept.getresponse()
    silent.close()
    kept.close()


def test_one_that_was_never_started_can_be_stopped() -> None:
    AsanaSandbox().stop()


def test_stopping_ends_a_request_that_hangs() -> None:
    with world() as here:
        here.sandbox.faults.add(Fault(kind="hang"))
        broken: list[BaseException] = []

        def asks() -> None:
            try:
                get(here.sandbox)
            except (OSError, http.client.HTTPException) as error:
                broken.append(error)

        thread = threading.Thread(target=asks)
        thread.start()
        while not here.sandbox.asked():
            time.sleep(0.005)
    thread.join(5)
    assert broken


def test_faults_are_used_up_in_order_and_fit_by_method_and_path() -> None:
    with world() as here:
        gid = here.task()
        here.sandbox.faults.add(Fault(kind="status", status=429, retry_after=7, path="^/users/", times=2))
        assert ask(here.sandbox.api_url, "GET", f"/tasks/{gid}")[0] == 200
        status, headers, body = get(here.sandbox)
        assert (status, headers["Retry-After"]) == (429, "7") and json.loads(body)["errors"]
        assert [get(here.sandbox)[0] for _ in range(2)] == [429, 200]
        for code in (402, 403):
            here.sandbox.faults.add(Fault(kind="status", status=code, method="POST"))
            assert ask(here.sandbox.api_url, "POST", f"/tasks/{gid}/stories", {"text": "x"})[0] == code
        assert here.store.comments(gid) == []


def test_a_status_can_come_after_the_write_was_applied() -> None:
    with world() as here:
        gid = here.task()
        here.sandbox.faults.add(Fault(kind="status_after", status=504))
        assert ask(here.sandbox.api_url, "POST", f"/tasks/{gid}/stories", {"text": "x"})[0] == 504
        assert here.store.comments(gid) == ["x"]


def test_answers_can_be_half_a_json_or_a_page_or_late() -> None:
    with world() as here:
        here.sandbox.faults.add(Fault(kind="malformed"))
        status, _, body = get(here.sandbox)
        assert status == 200
        with pytest.raises(ValueError):
            json.loads(body)
        here.sandbox.faults.add(Fault(kind="html"))
        status, headers, body = get(here.sandbox)
        assert status == 200 and headers["Content-Type"] == "text/html" and body.startswith(b"<html>")
        here.sandbox.faults.add(Fault(kind="latency", seconds=0.05))
        began = time.monotonic()
        assert get(here.sandbox)[0] == 200 and time.monotonic() - began >= 0.05


@pytest.mark.parametrize(
    "fault", [{"kind": "nope"}, {"kind": "status", "path": "("}, {"kind": "reset", "times": 0}, []]
)
def test_a_fault_that_makes_no_sense_is_refused_and_breaks_nothing(fault: Any) -> None:
    with world() as here:
        with pytest.raises(urllib.error.HTTPError, match="400"):
            ask_control(here.sandbox, "POST", "faults", fault)
        assert get(here.sandbox)[0] == 200 and ask_control(here.sandbox, "GET", "faults") == []


def test_faults_are_seen_and_switched_off_from_another_process() -> None:
    with world() as here:
        ask_control(here.sandbox, "POST", "faults", {"kind": "status", "status": 500, "times": 9})
        assert [fault["status"] for fault in ask_control(here.sandbox, "GET", "faults")] == [500]
        ask_control(here.sandbox, "DELETE", "faults")
        assert get(here.sandbox)[0] == 200


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_sites_page_can_neither_act_nor_control(headers: dict[str, str]) -> None:
    with world() as here:
        gid = here.task()
        for path in ("comment", "_sandbox/faults"):
            body = f"task={gid}&text=x".encode()
            request = urllib.request.Request(here.sandbox.page_url + path, data=body, headers=headers)
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(request, timeout=5)
        assert here.store.comments(gid) == []


def test_serve_answers_until_it_is_told_to_end(tmp_path: Path) -> None:
    ended, seen = threading.Event(), []

    def ready(sandbox: AsanaSandbox) -> None:
        assert sandbox.seeded is not None
        token = next(iter(sandbox.seeded.tokens.values()))
        path = f"/portfolios/{sandbox.seeded.portfolio_gid}/items?opt_fields=notes"
        seen.append(ask(sandbox.api_url, "GET", path, token=token))
        ended.set()

    for _ in range(2):  # what the file holds is not planted again
        ended.clear()
        serve(load_seed(DEMO, {"$CODE_DIR": "/code"}), database=tmp_path / "s.db", ready=ready, ended=ended)
    assert seen[0] == seen[1] and seen[0][0] == 200
    assert "Code Location: /code" in seen[0][1]["data"][0]["notes"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: int) -> None:
    code = (
        "from aegis.sandbox.seed import DEMO, load_seed\nfrom aegis.sandbox.serve import serve\n"
        "serve(load_seed(DEMO), ready=lambda sandbox: print(sandbox.api_url, flush=True))\nprint('ended')"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert ask(url, "GET", "/users/me", token="sandbox-token-aegis")[0] == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "ended\n", "")
    finally:
        process.kill()
        process.wait()


def test_a_port_or_a_file_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    seed = Seed(users=[], portfolio="P")
    with world() as here:
        port = int(here.sandbox.page_url.split(":")[2].strip("/"))
        with pytest.raises(LocalResourceError, match=f"port {port} cannot be used"):
            serve(seed, port)
    with pytest.raises(LocalResourceError, match="cannot be used as the sandbox's database"):
        serve(seed, database=tmp_path / "none" / "s.db")


@pytest.mark.parametrize(
    ("seed", "said"),
    [
        ("{", "Invalid JSON"),
        ('{"portfolio": "P"}', "users: Field required"),
        ('{"users": [], "portfolio": "P", "portfolio_owner": "X"}', "there is no user 'X'"),
        (
            '{"users": [], "portfolio": "", "projects": [{"name": "", "tasks": [{"name": "", "depends_on": ["u"]}]}]}',
            "there is no task 'u'",
        ),
    ],
)
def test_a_seed_that_makes_no_sense_is_said_in_one_sentence(tmp_path: Path, seed: str, said: str) -> None:
    (tmp_path / "seed.json").write_text(seed)
    with pytest.raises(ConfigurationError, match=said):
        load_seed(tmp_path / "seed.json")
    with pytest.raises(ConfigurationError, match="cannot read the seed"):
        load_seed(tmp_path / "none.json")


def test_a_seed_may_name_tasks_before_they_come_and_people_who_said_something() -> None:
    seed = Seed.model_validate(
        {
            "users": [{"name": "Bot", "token": "b"}, {"name": "Ann"}, {"name": "Ben"}],
            "portfolio": "P",
            "portfolio_owner": "Ann",
            "projects": [
                {
                    "name": "p",
                    "tasks": [
                        {"name": "one", "depends_on": ["two"], "comments": ["hi", {"by": "Ben", "text": "ho"}]},
                        {"name": "two", "completed": True, "subtasks": ["half"]},
                        {"name": "Later:", "separator": True},
                    ],
                }
            ],
        }
    )
    with AsanaSandbox(seed=seed) as sandbox:
        made = sandbox.seeded
        assert made is not None
        one, two = made.tasks["one"], made.tasks["two"]
        assert sandbox.store.dependencies(one) == [two]
        said = [(story["text"], story["created_by"]) for story in sandbox.store.stories(one)]
        assert said == [("hi", made.users["Ann"]), ("ho", made.users["Ben"])]
        assert sandbox.store.task(two)["completed_at"] and sandbox.store.task(made.tasks["Later:"])["separator"]


def test_the_demo_holds_one_of_each_that_there_is_to_see() -> None:
    (project, *_) = load_seed(DEMO).projects
    tasks = {task.name: task for task in project.tasks}
    assert "Code Location: $CODE_DIR" in project.notes
    assert tasks["Write tests for greet"].depends_on == ["Add a greet function"]
    assert "Dependencies:\n- Write tests for greet" in tasks["Write the README"].notes
    assert any("Requires Redis" in task.notes for task in tasks.values())
    assert any(task.assignee for task in tasks.values()) and any(task.separator for task in tasks.values())
    assert any(task.tags for task in tasks.values()) and any(task.completed for task in tasks.values())
