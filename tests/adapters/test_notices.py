"""Notices reach people outside of Asana, and what their addresses hide stays hidden."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback

import pytest

from aegis.adapters.notices import Notifier, is_known
from aegis.errors import NoticeAddressError, NoticeError
from tests.receivers import receiver

TOKEN = "Tk-0123456789abcdef"


def test_a_notice_arrives_with_title_and_body() -> None:
    with receiver() as there:
        notifier = Notifier([there.url()])
        (address,) = notifier.addresses
        notifier.send(address, "Question: Redis Setup", "How?\n<b>https://app.asana.com/0/1/2</b>")
    assert [(one["title"], one["message"]) for one in there.got] == [
        ("Question: Redis Setup", "How?\n<b>https://app.asana.com/0/1/2</b>")
    ]


def test_addresses_are_told_apart_without_being_told(caplog: pytest.LogCaptureFixture) -> None:
    with receiver() as there, caplog.at_level(logging.DEBUG):
        notifier = Notifier([there.url(), there.url("another-Token-1")])
        assert len(set(notifier.addresses)) == 2 and not any(TOKEN in address for address in notifier.addresses)
        there.status = 500
        with pytest.raises(NoticeError, match="json://…") as caught:
            notifier.send(notifier.addresses[0], "t", "b")
    assert caught.value.retryable and TOKEN not in "".join(traceback.format_exception(caught.value))
    assert not any(TOKEN in record.getMessage() for record in caplog.records if record.name.startswith("apprise"))


def test_an_address_that_is_none_or_is_gone_is_given_up() -> None:
    for urls, address in ((["nonsense://x"], None), ([], "0123456789ab")):
        notifier = Notifier(urls)
        with pytest.raises(NoticeAddressError) as caught:
            notifier.send(address or notifier.addresses[0], "t", "b")
        assert not caught.value.retryable
    assert is_known("json://localhost/x") and not is_known("nonsense://x")


def test_nobody_listening_is_one_sentence() -> None:
    notifier = Notifier([f"json://127.0.0.1:9/{TOKEN}"])
    with pytest.raises(NoticeError, match="was not taken"):
        notifier.send(notifier.addresses[0], "t", "b")


def test_apprise_is_loaded_with_the_first_notice_only() -> None:
    code = "import sys; from aegis.adapters.notices import Notifier; Notifier(['json://x/y']).addresses\n"
    subprocess.run([sys.executable, "-c", f"{code}assert 'apprise' not in sys.modules"], check=True)
