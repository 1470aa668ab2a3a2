"""The way to Asana: proxies, certificates, silence. What may have been applied is never sent again blindly."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest

from aegis.adapters.asana import AsanaClient
from aegis.errors import AsanaUnavailableError, ConfigurationError
from aegis.sandbox.faults import Fault
from tests.asana.canned import Answer, broken_tls, canned
from tests.worlds import world

HALF = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"


@pytest.mark.parametrize("first", [b"", HALF], ids=["before the answer", "within the answer"])
def test_a_comment_is_not_sent_again_when_tls_breaks_after_it_was_sent(tmp_path: Path, first: bytes) -> None:
    with broken_tls(tmp_path, first=first) as server:
        url = f"https://127.0.0.1:{server.port}/api/1.0"
        with (
            AsanaClient(token="t", base_url=url, ca_file=str(server.certificate), read_seconds=2) as asana,
            pytest.raises(AsanaUnavailableError, match="broke off") as caught,
        ):
            asana.add_comment("1", html="<body>x</body>", text="x")
        assert caught.value.sent and len(server.applied) == 1


@pytest.mark.parametrize("ca_file", [None, "/nonexistent/ca.pem"])
def test_a_certificate_that_is_not_accepted_says_so_and_nothing_was_sent(tmp_path: Path, ca_file: str | None) -> None:
    with broken_tls(tmp_path) as server:
        url = f"https://127.0.0.1:{server.port}/api/1.0"
        with (
            AsanaClient(token="t", base_url=url, ca_file=ca_file, back_off_seconds=0.01) as asana,
            pytest.raises(AsanaUnavailableError, match="certificate was not accepted") as caught,
        ):
            asana.add_comment("1", html="<body>x</body>", text="x")
        assert not caught.value.sent and server.applied == [] and "SSL_CERT_FILE" in caught.value.hint


def test_a_proxy_is_used_and_gets_its_credentials() -> None:
    with canned(Answer({"data": {"gid": "1", "completed": False}})) as proxy:
        address = f"http://robin:p%40ss%C3%A9@127.0.0.1:{proxy.port}"
        with proxy.client(base_url="http://asana.invalid/api/1.0", proxy=address) as asana:
            assert asana.task("1").gid == "1"
    [(_method, path, headers)] = proxy.seen
    assert path.startswith("http://asana.invalid/api/1.0/tasks/1")
    assert headers["Proxy-Authorization"] == "Basic " + base64.b64encode("robin:p@ssé".encode()).decode()


def test_a_proxy_may_be_named_without_a_scheme() -> None:
    with (
        canned(Answer({"data": {"gid": "1", "completed": False}})) as proxy,
        proxy.client(base_url="http://asana.invalid/api/1.0", proxy=f"127.0.0.1:{proxy.port}") as asana,
    ):
        assert asana.task("1").gid == "1"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_credentials_is_unavailable_and_nothing_was_sent(scheme: str) -> None:
    with canned(Answer({}, 407)) as proxy:
        address = f"http://robin:secret-of-robin@127.0.0.1:{proxy.port}"
        with (
            proxy.client(base_url=f"{scheme}://asana.invalid/api/1.0", proxy=address) as asana,
            pytest.raises(AsanaUnavailableError, match="the proxy") as caught,
        ):
            asana.add_comment("1", html="<body>x</body>", text="x")
    assert not caught.value.sent and "secret-of-robin" not in repr(caught.value) + repr(caught.value.__context__)
    assert all("Proxy-Authorization" in headers for _method, _path, headers in proxy.seen)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "http://"])
def test_a_proxy_that_cannot_be_used_is_a_matter_of_configuration(proxy: str) -> None:
    with pytest.raises(ConfigurationError, match="proxy"):
        AsanaClient(token="t", proxy=proxy)


@pytest.mark.parametrize("token", ["", " ", "half\nhalf", "tök€n", "two words"])
def test_what_cannot_be_a_token_is_a_matter_of_configuration_and_not_repeated(token: str) -> None:
    with pytest.raises(ConfigurationError, match="token") as caught:
        AsanaClient(token=token)
    assert token.strip() == "" or token not in str(caught.value)


def test_a_hanging_asana_costs_one_patience() -> None:
    with world() as here:
        here.sandbox.faults.add(Fault(kind="hang", times=99, seconds=60))
        began = time.monotonic()
        with here.client(patience_seconds=1, read_seconds=30) as asana, pytest.raises(AsanaUnavailableError):
            asana.open_tasks(here.project)
        assert time.monotonic() - began < 10, "not the 30 seconds of one read"


def test_the_number_of_attempts_is_what_was_asked_for() -> None:
    with canned(Answer({}, 503)) as server, server.client(attempts=1) as asana:
        with pytest.raises(AsanaUnavailableError):
            asana.task("1")
        assert len(server.seen) == 1
