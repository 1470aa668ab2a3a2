"""Asking a sandbox by plain HTTP, with no SDK in between."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from aegis.sandbox.server import AsanaSandbox
from tests.worlds import TOKEN


def ask(base: str, method: str, path: str, data: Any = None, token: str = TOKEN) -> tuple[int, Any]:
    """A request to the API: its status and its JSON."""
    body = None if data is None else json.dumps({"data": data}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(base + path, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def ask_control(sandbox: AsanaSandbox, method: str, what: str, data: Any = None) -> Any:
    """A request to the sandbox's controls."""
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(f"{sandbox.page_url}_sandbox/{what}", data=body, method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)
