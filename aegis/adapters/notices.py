"""Notices to people outside of Asana, through apprise: mail, chat, phone and many more, each named by one URL.

An address holds secrets. It stands in the settings alone: the outbox knows it by a fingerprint, and nothing that
apprise says of it is passed on.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence

from aegis.errors import NoticeAddressError, NoticeError


class Notifier:
    """Sends notices to the addresses of AEGIS_NOTIFY_URLS; apprise is loaded with the first."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = {_fingerprint(url): url for url in urls}

    @property
    def addresses(self) -> tuple[str, ...]:
        """The fingerprints of the addresses."""
        return tuple(self._urls)

    def send(self, address: str, title: str, body: str) -> None:
        """Send one notice to the address of this fingerprint.

        Raises NoticeAddressError for an address that is unknown to apprise or no longer set, NoticeError where it did
        not take the notice.
        """
        url = self._urls.get(address)
        if url is None:
            raise NoticeAddressError("the address of this notice is not in AEGIS_NOTIFY_URLS any more")
        kind = _kind(url)
        _quiet()
        import apprise

        door = apprise.Apprise()
        if not door.add(url):
            raise NoticeAddressError(f"an address of AEGIS_NOTIFY_URLS ({kind}) is none that apprise knows")
        try:
            taken = door.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
        except Exception as error:  # apprise's plug-ins are many, and may raise anything
            raise NoticeError(f"a notice to {kind} failed: {type(error).__name__}") from None
        if not taken:
            raise NoticeError(f"a notice to {kind} was not taken; is the address in AEGIS_NOTIFY_URLS right?")


def is_known(url: str) -> bool:
    """Whether apprise knows what kind of address it is; nothing is sent."""
    _quiet()
    import apprise

    return bool(apprise.Apprise().add(url))


def _quiet() -> None:
    """Apprise's log lines hold addresses, and with them tokens."""
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.CRITICAL + 1)


def _kind(url: str) -> str:
    """The address as people may see it: its scheme."""
    return f"{url.partition('://')[0][:20]}://…"


def _fingerprint(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:12]
