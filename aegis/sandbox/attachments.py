"""Attachments: files that the sandbox keeps and hands out for two minutes, and links to other services."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from aegis.sandbox import inputs
from aegis.sandbox.messages import Answer, Request
from aegis.sandbox.rows import Refused, Row

if TYPE_CHECKING:
    from aegis.sandbox.routes import Api

PATH = "/download/"
VALID_SECONDS = 120
"""How long a download's address is good for (Asana's published API description)."""


class Downloads:
    """The addresses of files, outside of the API: whoever has one may read the file, without a token, for a while."""

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/")
        self._key = secrets.token_bytes(32)

    def url(self, attachment: Row) -> str | None:
        """Where an attachment's bytes can be had; a link's own address, which need not lead to any."""
        if attachment["url"] is not None:
            return str(attachment["url"])
        until = str(int(time.time()) + VALID_SECONDS)
        signature = self._signature(attachment["gid"], until)
        name = quote(attachment["name"], safe="", errors="replace")
        return f"{self._root}{PATH}{attachment['gid']}/{name}?until={until}&signature={signature}"

    def gid(self, path: str, query: dict[str, str]) -> str:
        """Which attachment an address means; 403 for one that is made up or was good once."""
        gid, until = path.removeprefix(PATH).partition("/")[0], query.get("until", "")
        is_ours = hmac.compare_digest(query.get("signature", "").encode(), self._signature(gid, until).encode())
        if not is_ours or not until.isdigit() or int(until) < time.time():
            raise Refused(403, "Request has expired")
        return gid

    def _signature(self, gid: str, until: str) -> str:
        return hmac.new(self._key, f"{gid} {until}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def listed(api: Api, request: Request, gid: str) -> Answer:
    """The attachments of a task; those of projects are none."""
    parent = inputs.gid(request.query, "parent")
    if not api.store.exists(parent):
        raise Refused(404, f"parent: Unknown object: {parent}")
    return api.page(request, "attachments", api.store.attachments(parent))


def uploaded(api: Api, request: Request, gid: str) -> Answer:
    """A file or an external link that somebody attaches to a task."""
    form = request.form
    parent = inputs.gid(form.fields, "parent")
    api.store.task(parent)
    name, url = form.fields.get("name", ""), form.fields.get("url", "")
    kind = form.fields.get("resource_subtype") or "asana"
    if kind == "external":
        if not name or not url:
            raise Refused(400, "name, url: both are needed for an external attachment")
        made = api.store.attach(parent, name, url=url, by=request.me)
    elif kind != "asana":
        raise Refused(400, "resource_subtype: Must be one of asana, external")
    elif form.file is None:
        raise Refused(400, "file: Missing input")
    else:
        made = api.store.attach(parent, name or form.file[0] or "file", form.file[1], by=request.me)
    return api.one(request, "attachments", api.store.need("attachments", made))


def deleted(api: Api, request: Request, gid: str) -> Answer:
    """An attachment that somebody takes away."""
    api.store.delete_attachment(api.store.need("attachments", gid)["gid"])
    return Answer(200, {"data": {}})
