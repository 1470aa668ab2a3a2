"""AEGIS_NOTIFY_URLS: several addresses, and no part of one that could be a secret is ever written."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegis.core.redaction import Redactor
from aegis.settings import Settings, shown

BASE = {"asana_access_token": "t", "asana_workspace_gid": "1", "asana_portfolio_gid": "2", "aegis_home": Path("h")}


def settings(urls: str) -> Settings:
    return Settings(**BASE, aegis_notify_urls=urls)  # type: ignore[arg-type]  # as load_settings hands them over


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("json://localhost/x", 1),
        ("json://a/x,json://b/y", 2),
        ("json://a/x  mailto://u:p@example.com?to=a@x.org,b@x.org , slack://A/B/C", 3),
    ],
)
def test_addresses_are_parted_where_the_next_begins(text: str, count: int) -> None:
    found = settings(text).aegis_notify_urls
    assert len(found) == count and all("://" in url for url in found)


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("tgram://123456789:AbCdEf_GhIj/12345678", "AbCdEf_GhIj"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", "TIiajkdnlazkcOXrIdevi7FQ"),
        ("mailto://robin:pass-word@example.com", "pass-word"),
        ("https://hooks.example.com/services?token=0a1b2c3d4e5f", "0a1b2c3d4e5f"),
    ],
)
def test_no_token_of_an_address_is_shown_or_logged(url: str, secret: str) -> None:
    found = settings(url)
    assert secret not in shown("aegis_notify_urls", found.aegis_notify_urls)
    masked = Redactor(found.secrets()).mask(f"POST /bot{secret}/sendMessage to example.com on localhost with 127.0.0.1")
    assert secret not in masked and "example.com on localhost with 127.0.0.1" in masked
