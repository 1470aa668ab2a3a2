"""What all tests share; the servers and the product that they need are brought by these modules."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

pytest_plugins = ["tests.servers", "tests.running"]

# A slow machine is no failure; on CI the same examples come each time, elsewhere new ones are looked for.
settings.register_profile("aegis", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("aegis")

# A shell hands its background commands an ignored SIGINT, which all that the tests start would inherit:
# no Ctrl-C of theirs would be heard.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: one that begins last would be waited for alone. The soak above all, which mostly waits."""
    items.sort(key=lambda item: (item.path.name != "test_soak.py", item.get_closest_marker("long") is None))
