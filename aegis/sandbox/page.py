"""The page at `/`: the boards as a person would see them in Asana, with what a person can do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from aegis.sandbox.rows import Refused, Row
from aegis.sandbox.store import Store

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:0;background:#f6f5f4;color:#1e1f21}
header{background:#fff;padding:14px 24px;border-bottom:1px solid #ddd}h1{font-size:19px;margin:0}
main{padding:12px 24px}h2{font-size:17px;margin:20px 0 6px}pre{white-space:pre-wrap;overflow-wrap:anywhere;
margin:6px 0;font-size:13px}.board{display:flex;gap:14px;align-items:flex-start;overflow-x:auto}
.section{min-width:320px;flex:1;max-width:560px}.section h3{font-size:14px;color:#6d6e6f;margin:6px 2px}
.task{background:#fff;border:1px solid #ddd;border-radius:8px;padding:10px 12px;margin-bottom:10px}
.done{opacity:.75}.done>.name{text-decoration:line-through}.name{font-weight:600;overflow-wrap:anywhere}
.question{border-color:#d9a400;background:#fffaf0}.heading{font-weight:600;margin:14px 2px 8px}
.tag{background:#e8e6e4;border-radius:8px;padding:0 7px;margin-right:5px;font-size:12px}
.small{color:#6d6e6f;font-size:13px}.comment{border-left:3px solid #c9d6ff;padding:2px 10px;margin:8px 0}
.system{color:#6d6e6f;font-size:13px;margin:2px 0}form{display:inline-flex;flex-wrap:wrap;gap:6px;margin:6px 6px 0 0}
textarea{width:260px;height:34px;padding:4px 6px;font:inherit}button{padding:4px 10px}.task .task{margin:8px 0 0}
"""


@dataclass(frozen=True)
class _View:
    """What a rendering needs; `people` are GIDs and names, the one to act as first."""

    store: Store
    people: dict[str, str]
    download_url: Callable[[Row], str | None]

    def person(self, gid: str | None, otherwise: str) -> str:
        return escape(self.people.get(gid or "", otherwise))


def page(store: Store, download_url: Callable[[Row], str | None]) -> str:
    """The whole page; all that comes from tasks and people is escaped.

    Args:
        store: what there is to show.
        download_url: makes the address at which an attached file can be had.
    """
    with store.lock:
        portfolios = store.all("SELECT * FROM portfolios ORDER BY gid")
        view = _View(store, _people(store, portfolios), download_url)
        heads = "".join(_portfolio(view, portfolio) for portfolio in portfolios)
        body = "".join(_project(view, project) for project in store.all("SELECT * FROM projects ORDER BY gid"))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Aegis: Asana sandbox</title><style>{_STYLE}</style>"
        "<header><h1>Asana sandbox</h1><div class=small>A stand-in for Asana on this machine: comment, complete, "
        f"assign and reopen as a person would. Reload to see what changed.</div>{heads}</header>"
        f"<main>{body}</main></html>"
    )


def _people(store: Store, portfolios: list[Row]) -> dict[str, str]:
    """Everybody, a portfolio's owner first: what one says on this page is a person's word, not the bot's."""
    owners = {portfolio["owner"] for portfolio in portfolios}
    rows = store.all("SELECT gid, name FROM users ORDER BY gid")
    return {row["gid"]: row["name"] for row in sorted(rows, key=lambda row: row["gid"] not in owners)}


def _portfolio(view: _View, portfolio: Row) -> str:
    owner = view.person(portfolio["owner"], "nobody")
    return f"<div class=small>Portfolio: {escape(portfolio['name'])} (GID {portfolio['gid']}), owner {owner}</div>"


def _project(view: _View, project: Row) -> str:
    query = "SELECT t.* FROM tasks t JOIN memberships m ON m.task = t.gid WHERE m.section = ? ORDER BY m.position"
    columns = []
    for section in view.store.all("SELECT * FROM sections WHERE project = ? ORDER BY position", project["gid"]):
        if tasks := view.store.all(query, section["gid"]):
            cards = "".join(_task(view, task) for task in tasks)
            columns.append(f"<div class=section><h3>{escape(section['name'])}</h3>{cards}</div>")
    notes = f"<pre class=small>{escape(project['notes'])}</pre>"
    title = f"{escape(project['name'])} <span class=small>(GID {project['gid']})</span>"
    return f"<h2>{title}</h2>{notes}<div class=board>{''.join(columns)}</div>"


def _task(view: _View, task: Row) -> str:
    if task["separator"]:
        return f"<div class=heading id=t{task['gid']}>{escape(task['name'])}</div>"
    store, done = view.store, bool(task["completed"])
    kinds = ["task", *(["done"] if done else []), *(["question"] if task["name"].startswith("Question") else [])]
    stories = "".join(_story(view, story) for story in store.stories(task["gid"]))
    subtasks = store.all("SELECT * FROM tasks WHERE parent = ? ORDER BY rowid", task["gid"])
    notes = f"<pre>{escape(task['notes'])}</pre>" if task["notes"] else ""
    return (
        f"<div class='{' '.join(kinds)}' id=t{task['gid']}>"
        f"<div class=name>{'✓ ' if done else ''}{escape(task['name'])}</div>{_facts(view, task)}{notes}"
        f"{_attachments(view, task)}{stories}"
        f"{_forms(view, task)}{''.join(_task(view, subtask) for subtask in subtasks)}</div>"
    )


def _facts(view: _View, task: Row) -> str:
    """The small lines under a task's name: who, when, tags and what it waits for."""
    due = f" · due {escape(task['due_on'])}" if task["due_on"] else ""
    who = f"GID {task['gid']} · assigned to {view.person(task['assignee'], 'nobody')}{due}"
    of_task = "SELECT g.name FROM tags g JOIN task_tags x ON x.tag = g.gid WHERE x.task = ? ORDER BY g.gid"
    tags = "".join(f"<span class=tag>{escape(tag['name'])}</span>" for tag in view.store.all(of_task, task["gid"]))
    needed = [view.store.task(gid) for gid in view.store.dependencies(task["gid"])]
    waits = "".join(
        f"<div class=small>waits for: <a href='#t{one['gid']}'>{escape(one['name'])}</a>"
        f"{' (done)' if one['completed'] else ''}</div>"
        for one in needed
    )
    return f"<div class=small>{who}</div>{f'<div>{tags}</div>' if tags else ''}{waits}"


def _attachments(view: _View, task: Row) -> str:
    """Its files with their sizes, and its links to other services where those can be followed."""
    lines = []
    for one in view.store.attachments(task["gid"]):
        size = one["host"] if one["size"] is None else f"{one['size']:,} bytes"
        url = view.download_url(one) or ""
        name = escape(one["name"])
        named = (
            f"<a href='{escape(url)}' rel=noreferrer>{name}</a>" if url.startswith(("http://", "https://")) else name
        )
        lines.append(f"<div class=small>attached: {named} ({escape(size)})</div>")
    return "".join(lines)


def _story(view: _View, story: Row) -> str:
    author, at = view.person(story["created_by"], "Asana"), escape(story["created_at"])
    if story["resource_subtype"] != "comment_added":
        return f"<div class=system>{author} {escape(story['text'])} · {at}</div>"
    return f"<div class=comment><div class=small>{author} · {at}</div><pre>{escape(story['text'])}</pre></div>"


def _forms(view: _View, task: Row) -> str:
    hidden = f"<input type=hidden name=task value={task['gid']}>"
    people = "".join(f"<option value={gid}>{escape(name)}</option>" for gid, name in view.people.items())
    who = f"<select name=by aria-label='as whom'>{people}</select>"
    done = "reopen" if task["completed"] else "complete"
    return (
        f"<form method=post action=/comment>{hidden}<textarea name=text placeholder='Comment' required></textarea>"
        f"{who}<button>Comment</button></form><form method=post action=/{done}>{hidden}{who}"
        f"<button>{done.capitalize()}</button></form><form method=post action=/assign>{hidden}"
        f"<select name=user aria-label='to whom'><option value=''>nobody</option>{people}</select>{who}"
        "<button>Assign</button></form>"
    )


def act(store: Store, path: str, form: dict[str, Any]) -> None:
    """Do what a form asks for: `task`, `by` whom, and `text` or `user`. Raises Refused."""
    with store.transaction():
        gid, by, user = store.task(form.get("task", ""))["gid"], form.get("by") or None, form.get("user") or None
        for person in (by, user):
            if person is not None:
                store.need("users", person)
        text = form.get("text", "").replace("\r\n", "\n").strip()
        match path:
            case "/comment" if text:
                store.comment(gid, text, by=by)
            case "/comment":
                raise Refused(400, "a comment needs words")
            case "/complete":
                store.complete(gid, by)
            case "/reopen":
                store.reopen(gid, by)
            case "/assign":
                store.assign(gid, user, by)
            case _:
                raise Refused(404, "no such action")
