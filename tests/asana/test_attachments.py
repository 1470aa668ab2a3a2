"""Attachments become files of the agent's: bounded, safely named, fetched without our token, whatever happens."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aegis.adapters.asana import AsanaClient
from aegis.adapters.attachments import Downloads, give_files
from aegis.core.attachments import Attachment, GivenFile, Limits
from aegis.errors import LocalResourceError
from aegis.sandbox.faults import Fault
from tests.asana.canned import Answer, canned
from tests.worlds import TOKEN, World, world

LIMITS = Limits(file_bytes=1000, total_bytes=2000)


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def asana(here: World) -> Iterator[AsanaClient]:
    with here.client(back_off_seconds=0.01) as made:
        yield made


def downloads(api_url: str, **changes: object) -> Downloads:
    quick = {"read_seconds": 0.5, "file_seconds": 5.0, "back_off_seconds": 0.01}
    return Downloads(api_url=api_url, **{**quick, **changes})  # type: ignore[arg-type]  # names of parameters


def give(here: World, asana: AsanaClient, folder: Path, task: str, limits: Limits = LIMITS) -> list[GivenFile]:
    return give_files(asana, asana.attachments(task), folder, downloads(here.sandbox.api_url), limits=limits)


def at(url: str | None, size: int | None = None) -> Attachment:
    return Attachment(gid="1", name="x.txt", size=size, download_url=url)


def test_each_lies_in_the_folder_under_a_safe_name_readable_by_its_owner_only(
    here: World, asana: AsanaClient, tmp_path: Path
) -> None:
    task = here.task()
    names = ["../../plan.txt", "plan.txt", "plan.txt", ".env\x00", "x" * 300, "", "CLAUDE.md"]
    for number, name in enumerate(names):
        here.store.attach(task, name, b"%d" % number)
    folder = tmp_path / "run" / "attachments"
    given = give(here, asana, folder, task)
    assert [one.name for one in given] == names and all(not one.left_out for one in given)
    assert [Path(one.path).read_bytes() for one in given] == [b"%d" % n for n in range(len(names))]
    assert {Path(one.path).parent for one in given} == {folder} and len(list(folder.iterdir())) == len(names)
    assert not (tmp_path / "plan.txt").exists() and all(path.name[0].isdigit() for path in folder.iterdir())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_limits_hold_for_a_file_and_for_all_and_what_fits_still_comes(
    here: World, asana: AsanaClient, tmp_path: Path
) -> None:
    task = here.task()
    for name, size in (("large", 1001), ("a", 1000), ("b", 900), ("c", 200), ("d", 100)):
        here.store.attach(task, name, b"x" * size)
    given = give(here, asana, tmp_path / "f", task)
    assert [bool(one.path) for one in given] == [False, True, True, False, True]
    assert "MAX_ATTACHMENT_MB" in given[0].left_out and "MAX_ATTACHMENTS_MB_PER_TASK" in given[3].left_out
    assert here.count(path="/download/") == 3, "what is known to be too large is not asked for"


def test_what_turns_out_larger_than_it_was_said_to_be_is_stopped_on_its_way(
    here: World, asana: AsanaClient, tmp_path: Path
) -> None:
    with canned(Answer(b"x" * 5_000_000)) as server:
        url = f"http://127.0.0.1:{server.port}/api/1.0"
        (given,) = give_files(asana, [at(f"{url}/f", size=10)], tmp_path, downloads(url), limits=LIMITS)
        (unsaid,) = give_files(asana, [at(f"{url}/f")], tmp_path, downloads(url), limits=LIMITS)
    assert "MAX_ATTACHMENT_MB" in given.left_out and "MAX_ATTACHMENT_MB" in unsaid.left_out
    assert list(tmp_path.iterdir()) == []


def test_links_to_other_services_are_named_and_never_asked_for(here: World, asana: AsanaClient, tmp_path: Path) -> None:
    task = here.task()
    with canned(Answer(b"secret of the inside")) as inside:
        here.store.attach(task, "the doc", url=f"http://127.0.0.1:{inside.port}/", host="gdrive")
        (given,) = give(here, asana, tmp_path / "f", task)
        assert inside.seen == []
    assert given.is_link and given.left_out == f"a link, not fetched: http://127.0.0.1:{inside.port}/"
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"kind": "status", "status": 503}, "its host answered 503"),
        ({"kind": "status", "status": 429}, "its host answered 429"),
        ({"kind": "status", "status": 403}, "its host answered 403"),
        ({"kind": "status", "status": 404}, "its host answered 404"),
        ({"kind": "hang", "seconds": 9}, "its host did not answer in time"),
        ({"kind": "reset"}, "the connection broke off"),
        ({"kind": "reset_after"}, "the connection broke off"),
        ({"kind": "malformed"}, "the connection broke off"),
        ({"kind": "html"}, "came instead of 8 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.get("status") or value["kind"]),
)
def test_a_download_that_fails_once_is_tried_again_and_one_that_fails_for_good_says_why(
    here: World, asana: AsanaClient, tmp_path: Path, fault: dict[str, object], why: str
) -> None:
    task = here.task()
    here.store.attach(task, "one", b"12345678")
    here.store.attach(task, "two", b"87654321")
    here.sandbox.faults.add(Fault(path="/download/.*/one", **fault))  # type: ignore[arg-type]  # fields of a fault
    given = give(here, asana, tmp_path / "once", task)
    assert [Path(one.path).read_bytes() for one in given] == [b"12345678", b"87654321"]
    here.sandbox.faults.add(Fault(path="/download/.*/one", times=99, **fault))  # type: ignore[arg-type]
    first, second = give(here, asana, tmp_path / "always", task)
    assert why in first.left_out and first.failed and not first.path
    assert "download/" not in first.left_out, "the address is told to nobody"
    assert second.path and len(list((tmp_path / "always").iterdir())) == 1


def test_an_address_that_has_expired_is_asked_for_anew(here: World, asana: AsanaClient, tmp_path: Path) -> None:
    task = here.task()
    here.store.attach(task, "one", b"1")
    (listed,) = asana.attachments(task)
    assert listed.download_url is not None
    old = listed.model_copy(update={"download_url": listed.download_url.replace("until=", "until=1")})
    (given,) = give_files(asana, [old], tmp_path, downloads(here.sandbox.api_url), limits=LIMITS)
    assert Path(given.path).read_bytes() == b"1"
    assert here.count("GET", f"/attachments/{listed.gid}") == 1
    here.store.delete_attachment(listed.gid)
    (gone,) = give_files(asana, [old], tmp_path / "2", downloads(here.sandbox.api_url), limits=LIMITS)
    assert "404" in gone.left_out and gone.failed


def test_no_token_goes_to_where_the_bytes_lie_nor_to_where_that_leads(
    here: World, asana: AsanaClient, tmp_path: Path
) -> None:
    with canned(Answer(b"", 302, {"Location": "/second?x=1"}), Answer(b"12")) as server:
        url = f"http://127.0.0.1:{server.port}/api/1.0"
        (given,) = give_files(asana, [at(f"{url}/first")], tmp_path, downloads(url), limits=LIMITS)
    assert Path(given.path).read_bytes() == b"12"
    assert [path for _, path, _ in server.seen] == ["/api/1.0/first", "/second?x=1"]
    assert TOKEN not in repr(server.seen) and all("Authorization" not in headers for _, _, headers in server.seen)


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:9/inside", "file:///etc/passwd", "ftp://x/y", "http://169.254.169.254/latest"]
)
def test_an_address_leads_to_no_other_place_that_is_not_https(
    here: World, asana: AsanaClient, tmp_path: Path, location: str
) -> None:
    with canned(Answer(b"", 302, {"Location": location})) as server:
        url = f"http://127.0.0.1:{server.port}/api/1.0"
        for start in (f"{url}/f", location):
            (given,) = give_files(asana, [at(start)], tmp_path, downloads(url), limits=LIMITS)
            assert given.left_out == "could not be fetched: its address is not https"
        (given,) = give_files(asana, [at(f"{url}/f")], tmp_path, downloads("https://asana.invalid"), limits=LIMITS)
        assert "not https" in given.left_out and len(server.seen) == 1, "plain http is for a sandbox's own files only"


@pytest.mark.parametrize(
    "url", ["", None, "nonsense", "https://", "https://[::1", "https://x:99999999/", f"https://{'x' * 300}.y/", "//[x"]
)
def test_an_address_that_is_none_is_a_download_that_failed(
    here: World, asana: AsanaClient, tmp_path: Path, url: str | None
) -> None:
    fetch = downloads(here.sandbox.api_url, attempts=1)
    (given,) = give_files(asana, [at(url)], tmp_path, fetch, limits=LIMITS)
    assert given.failed and given.left_out.startswith("could not be fetched: ")
    with canned(Answer(b"", 302, {"Location": url or "https://[::1"})) as server:
        base = f"http://127.0.0.1:{server.port}/api/1.0"
        (led,) = give_files(asana, [at(f"{base}/f")], tmp_path, downloads(base, attempts=1), limits=LIMITS)
    assert led.failed and led.left_out.startswith("could not be fetched: ")


def test_a_proxy_that_cannot_be_used_costs_the_file_and_not_the_run(
    here: World, asana: AsanaClient, tmp_path: Path
) -> None:
    fetch = downloads("http://files.invalid/api", proxy_for=lambda _: "socks5://127.0.0.1:1080")
    (given,) = give_files(asana, [at("http://files.invalid/f")], tmp_path, fetch, limits=LIMITS)
    assert given.failed and "proxy" in given.left_out


def test_a_chain_of_redirects_comes_to_an_end(here: World, asana: AsanaClient, tmp_path: Path) -> None:
    with canned(Answer(b"", 302, {"Location": "/again"})) as server:
        url = f"http://127.0.0.1:{server.port}/api/1.0"
        (given,) = give_files(asana, [at(f"{url}/f")], tmp_path, downloads(url), limits=LIMITS)
    assert "without end" in given.left_out and len(server.seen) == 4


@contextmanager
def dripping() -> Iterator[int]:
    """A server that sends a byte now and then, for ever; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
            while not ended.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_a_drip_of_bytes_is_ended_by_the_files_time_limit_and_by_that_of_all(
    here: World, asana: AsanaClient, tmp_path: Path
) -> None:
    with dripping() as port:
        url = f"http://127.0.0.1:{port}/api/1.0"
        slow = downloads(url, file_seconds=0.2)
        (given,) = give_files(asana, [at(f"{url}/f")], tmp_path, slow, limits=LIMITS)
        assert given.left_out == "could not be fetched: it took too long"
        hurried = Limits(file_bytes=1000, total_bytes=2000, seconds=0.2)
        first, second = give_files(asana, [at(f"{url}/f")] * 2, tmp_path, downloads(url), limits=hurried)
    assert "took too long" in first.left_out and second.left_out == "left out, the others took too long"
    assert second.failed and list(tmp_path.iterdir()) == []


def test_nothing_is_fetched_for_a_task_that_another_has_taken_over(
    here: World, asana: AsanaClient, tmp_path: Path
) -> None:
    task = here.task()
    here.store.attach(task, "one", b"1")
    files = asana.attachments(task)
    fetch = downloads(here.sandbox.api_url)
    (given,) = give_files(asana, files, tmp_path, fetch, limits=LIMITS, should_stop=lambda: True)
    assert given.failed and here.count(path="/download/") == 0


def test_a_folder_that_cannot_be_written_stops_the_run(here: World, asana: AsanaClient, tmp_path: Path) -> None:
    task = here.task()
    here.store.attach(task, "one", b"1")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LocalResourceError, match="cannot make the directory"):
        give(here, asana, tmp_path / "file" / "f", task)
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "1-one").symlink_to("/etc/passwd")
    with pytest.raises(LocalResourceError, match="cannot write"):
        give(here, asana, tmp_path / "f", task)


def test_a_proxy_is_used_for_downloads_too(here: World, asana: AsanaClient, tmp_path: Path) -> None:
    with canned(Answer(b"12")) as proxy:
        address = f"http://robin:p%40ss@127.0.0.1:{proxy.port}"
        url = "http://files.invalid/api/1.0"
        through = downloads(url, proxy_for=lambda _: address)
        (given,) = give_files(asana, [at(f"{url}/f")], tmp_path, through, limits=LIMITS)
    assert Path(given.path).read_bytes() == b"12"
    ((_, path, headers),) = proxy.seen
    assert path == f"{url}/f" and headers["Proxy-Authorization"].startswith("Basic ")


def test_the_list_is_one_request_a_hundred_and_tells_all_that_is_needed(here: World, asana: AsanaClient) -> None:
    task = here.task()
    for number in range(101):
        here.store.attach(task, f"f{number}", b"x" * number)
    found = asana.attachments(task)
    assert [one.size for one in found] == list(range(101)) and here.count() == 2
    assert all(one.download_url and one.link.startswith("https://app.asana.com/") for one in found)
