"""Notices: people are told outside of Asana, whose Inbox shows nobody their own actions. Each goes out once."""

from __future__ import annotations

from aegis.adapters.outbox import OutboxWrite
from aegis.core.text import one_line, printable
from aegis.wiring import Runtime

_LONGEST_TITLE = 200
_LONGEST_BODY = 3000


def notify(runtime: Runtime, kind: str, key: str, title: str, body: str) -> None:
    """Tell the addresses of AEGIS_NOTIFY_URLS, with the next delivery; nothing where none is set.

    Args:
        runtime: the open runtime.
        kind: what it is about, such as `hold`, in small letters.
        key: the same kind and key are told once, whatever the run and the machine (with one database); at most 60
            characters.
        title: one line.
        body: the rest; secrets are masked here.

    Raises DatabaseError.
    """
    runtime.state.outbox.enqueue_now(notice_writes(runtime, kind, key, title, body))


def notice_writes(
    runtime: Runtime,
    kind: str,
    key: str,
    title: str,
    body: str,
    *,
    task_gid: str | None = None,
    after: int | None = None,
) -> list[OutboxWrite]:
    """The outbox's rows of a notice, one for each address: what one address took is not sent to it again.

    With `after`, it goes out once that write made its task, whose GID stands in the body for `LINK_GID`.
    """
    return [
        OutboxWrite(
            kind="notify",
            target_gid=address,
            payload={"title": one_line(runtime.redactor.mask(title), _LONGEST_TITLE), "body": _clean(runtime, body)}
            | {"address": address},
            marker=f"notice:{kind[:20]}:{key[:60]}:{address}",
            task_gid=task_gid,
            after=after,
        )
        for address in runtime.notifier.addresses
    ]


def _clean(runtime: Runtime, text: str) -> str:
    text = printable(runtime.redactor.mask(text)).strip()
    return text if len(text) <= _LONGEST_BODY else f"{text[: _LONGEST_BODY - 1]}…"
