"""GIDs and Asana's addresses, in the forms of old and new (Asana's developer documentation, "Asana URLs")."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_GID = re.compile(r"\d{1,32}")
_HOSTS = ("app.asana.com",)


@dataclass(frozen=True)
class AsanaRef:
    """What an address names; a bare GID does not tell its kind and stands in `gid` only."""

    task_gid: str | None = None
    project_gid: str | None = None
    portfolio_gid: str | None = None
    gid: str | None = None


def parse_asana_ref(text: str) -> AsanaRef | None:
    """A GID or an Asana address as a reference, None for anything else."""
    text = text.strip().strip("<>")
    if _GID.fullmatch(text) and text.isascii():
        return AsanaRef(gid=text)
    return parse_asana_url(text)


def parse_asana_url(text: str) -> AsanaRef | None:
    """An address of app.asana.com as a reference, None for anything else; its `https://` may be left out.

    Any host is taken whose path has Asana's form under `http(s)` on this machine too, so that the sandbox's
    addresses work like Asana's own.
    """
    text = text.strip()
    if text.startswith(tuple(f"{host}/" for host in _HOSTS)):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not (host in _HOSTS or host in ("127.0.0.1", "localhost", "::1")):
        return None
    segments = [segment for segment in parts.path.split("/") if segment]
    if not segments or not segments[0].isascii():
        return None
    if segments[0] == "1":
        return _new_form(segments[2:])
    return _old_form(segments[1:]) if segments[0] == "0" else None


def task_address(project_url: str, project_gid: str, task: str) -> str:
    """The address of a project's task, in the form, old or new, of the project's own (`.../0/P/list` shows its list).

    Args:
        project_url: the project's permalink; any text.
        project_gid: the project's GID.
        task: what stands for the task's GID.
    """
    for form, between in ((f"/project/{project_gid}", "/task/"), (f"/0/{project_gid}", "/")):
        base, found, _ = project_url.partition(form)
        if found:
            return f"{base}{found}{between}{task}"
    return f"https://app.asana.com/0/{project_gid}/{task}"


def _new_form(segments: list[str]) -> AsanaRef | None:
    """`/1/WORKSPACE/project/P/task/T`: names followed by ids, lone words ignored.

    A task is an `item` in the inbox, and a `subtask` where it is shown beside the task that it belongs to.
    """
    found: dict[str, str] = {}
    for name, value in itertools.pairwise(segments):
        if name in ("project", "task", "subtask", "item", "portfolio") and _is_gid(value):
            found.setdefault(name, value)
    task = found.get("subtask") or found.get("task") or found.get("item")
    return _ref(task, found.get("project"), found.get("portfolio"))


def _old_form(segments: list[str]) -> AsanaRef | None:
    """`/0/P/T`, `/0/0/T/f`, `/0/portfolio/G`, `/0/inbox/U/T`, `/0/search/X/T`."""
    numbers = [segment for segment in segments if _is_gid(segment)]
    if not segments or not numbers:
        return None
    if segments[0] == "portfolio":
        return _ref(None, None, numbers[0])
    if segments[0] in ("inbox", "search"):
        return _ref(numbers[-1], None, None)
    project = numbers[0] if numbers[0] != "0" else None
    task = numbers[1] if len(numbers) > 1 else None
    return _ref(task, project, None)


def _ref(task: str | None, project: str | None, portfolio: str | None) -> AsanaRef | None:
    return AsanaRef(task, project, portfolio) if task or project or portfolio else None


def _is_gid(segment: str) -> bool:
    return segment.isascii() and _GID.fullmatch(segment) is not None
