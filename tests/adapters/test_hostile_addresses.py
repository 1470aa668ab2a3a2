"""A text cannot make a look connect to link-local or metadata addresses, or say anything of ours."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.adapters.services import Machine, look
from aegis.adapters.services.places import REFUSED, is_forbidden
from aegis.core.services import Requirement, required_services
from tests.adapters.peers import listening, says
from tests.core.builders import task


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.0.1",
        "169.254.43518",  # the same in three parts
        "0xa9fea9fe",  # and in one
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
        "224.0.0.1",
    ],
)
def test_link_local_and_metadata_addresses_are_refused_however_they_are_written(host: str) -> None:
    for requirement in (
        Requirement.at(f"{host}:80"),
        Requirement.at(f"http://{host}/latest/meta-data/"),
        Requirement("Redis", f"{host}:6379"),
        Requirement("Elasticsearch", f"https://{host}:9200"),
    ):
        found = look(requirement, Machine(), 1.0)
        assert (found.up, found.detail) == (False, REFUSED), requirement


@given(st.ip_addresses(v=4, network="169.254.0.0/16"), st.sampled_from(["::ffff:0:0", "64:ff9b::", "2002::"]))
def test_no_way_to_write_a_link_local_address_is_allowed(one: ipaddress.IPv4Address, prefix: str) -> None:
    assert is_forbidden(str(one))
    shift = 80 if prefix == "2002::" else 0
    assert is_forbidden(str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(one) << shift)))


@pytest.mark.parametrize("number", ["127.0.0.1", "10.0.0.7", "192.168.1.1", "8.8.8.8", "::1", "2606:4700::1111"])
def test_other_addresses_are_allowed(number: str) -> None:
    assert not is_forbidden(number)


def test_a_text_with_user_password_and_query_shows_and_sends_neither() -> None:
    with listening(says(b"HTTP/1.1 200 OK\r\n\r\n")) as here:
        notes = f"Requires http://bob:hunter2@localhost:{here.port}/health?token=t0psecret#x to answer."
        (requirement,) = required_services(task(notes=notes))
        found = look(requirement, Machine())
    assert found.up and found.address == f"http://localhost:{here.port}/health"
    said = b"".join(here.heard)
    for secret in (b"bob", b"hunter2", b"t0psecret", b"Authorization", b"Cookie"):
        assert secret not in said
    assert said.startswith(b"GET /health HTTP/1.0\r\n")


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_puts_a_line_into_a_request(host: str, path: str) -> None:
    for requirement in required_services(task(notes=f"Requires http://localhost:1{host}/{path} to answer.")):
        assert requirement.address.isprintable() and requirement.address.isascii()
        assert not any(character.isspace() for character in requirement.address)
