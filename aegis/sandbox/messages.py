"""What is asked and what is answered, as the routes see it: JSON, or a form with a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from typing import Any
from urllib.parse import unquote

from aegis.sandbox.render import Tree, parse_fields
from aegis.sandbox.rows import Refused, Row

_HELP = "For more information on API status codes and how to handle them, read the docs on errors"


@dataclass(frozen=True)
class Request:
    """One request to the API."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    user: Row

    @property
    def fields(self) -> Tree | None:
        """What `opt_fields` asks for."""
        return parse_fields(self.query.get("opt_fields"))

    @property
    def data(self) -> dict[str, Any]:
        """The body's `data`; 400 where there is none."""
        data = self.body.get("data") if isinstance(self.body, dict) else None
        if not isinstance(data, dict):
            raise Refused(400, "Could not parse request data: no 'data' object in the body")
        return data

    @property
    def form(self) -> Form:
        """The body as a form; 400 where it is none."""
        if not isinstance(self.body, Form):
            raise Refused(400, "Could not parse request data: a multipart/form-data body is needed")
        return self.body

    @property
    def me(self) -> str:
        """The GID of the token's user."""
        return str(self.user["gid"])


@dataclass(frozen=True)
class Answer:
    """What the API answers."""

    status: int
    body: dict[str, Any]

    @classmethod
    def error(cls, status: int, message: str, **more: str) -> Answer:
        """An error in Asana's form."""
        return cls(status, {"errors": [{"message": message, "help": _HELP, **more}]})


@dataclass(frozen=True)
class Form:
    """A form as `multipart/form-data`: its fields, and the name and bytes of its `file`, None where it has none."""

    fields: dict[str, str]
    file: tuple[str, bytes] | None = None


def form_of(content_type: str, raw: bytes) -> Form | None:
    """A body as a form; None where its content type is another or it is not well-formed."""
    kind = Message()
    kind["Content-Type"] = content_type
    boundary = kind.get_boundary()
    if kind.get_content_type() != "multipart/form-data" or not boundary:
        return None
    fields: dict[str, str] = {}
    file: tuple[str, bytes] | None = None
    for part in (b"\r\n" + raw).split(b"\r\n--" + boundary.encode("utf-8", "replace"))[1:]:
        if part.startswith(b"--"):
            return Form(fields, file)
        head, found, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not found:
            return None
        headers = message_from_string(head.decode("utf-8", "replace"))
        name = str(headers.get_param("name", "", header="content-disposition"))
        filename = headers.get_filename()
        if filename is not None and name == "file":
            file = (unquote(re.split(r"[/\\]", filename)[-1]), content)  # Asana wants it URL-encoded, without a path
        else:
            fields[name] = content.decode("utf-8", "replace")
    return None
