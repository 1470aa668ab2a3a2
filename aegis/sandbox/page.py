"""The page at `/`: the boards as a person would see them in Asana, with what a person can do there."""

from __future__ import annotations

from html import escape
from typing import Any

from aegis.sandbox.store import Refused, Row, Store

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:0;background:#f6f5f4;color:#1e1f21}
header{background:#fff;padding:14px 24px;border-bottom:1px solid #ddd}h1{font-size:19px;margin:0}
main{padding:12px 24px}h2{font-size:17px;margin:20px 0 6px}pre{white-space:pre-wrap;margin:6px 0;font-size:13px}
.board{display:flex;gap:14px;align-items:flex-start;overflow-x:auto}.section{min-width:320px;flex:1;max-width:560px}
.section h3{font-size:14px;color:#6d6e6f;margin:6px 2px}.task{background:#fff;border:1px solid #ddd;border-radius:8px;
padding:10px 12px;margin-bottom:10px}.done{opacity:.75}.done .name{text-decoration:line-through}.name{font-weight:600}
.small{color:#6d6e6f;font-size:13px}.comment{border-left:3px solid #c9d6ff;padding:2px 10px;margin:8px 0}
.system{color:#6d6e6f;font-size:13px;margin:2px 0}form{display:inline-flex;gap:6px;margin:6px 6px 0 0}
input[type=text]{width:220px;padding:4px 6px}button{padding:4px 10px}
"""


def page(store: Store) -> str:
    """The whole page; all that comes from tasks and people is escaped."""
    with store.lock:
        names = {row["gid"]: row["name"] for row in store.all("SELECT gid, name FROM users")}
        body = "".join(_project(store, project, names) for project in store.all("SELECT * FROM projects"))
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Aegis: Asana sandbox</title><style>{_STYLE}</style>"
        "<header><h1>Asana sandbox</h1><div class=small>A stand-in for Asana on this machine: comment, complete, "
        f"assign and reopen as a person would. Reload to see what changed.</div></header><main>{body}</main></html>"
    )


def _project(store: Store, project: Row, names: dict[str, str]) -> str:
    sections = store.all("SELECT * FROM sections WHERE project = ? ORDER BY position", project["gid"])
    tasks = store.all(
        "SELECT t.*, m.section FROM tasks t JOIN memberships m ON m.task = t.gid WHERE m.project = ? "
        "ORDER BY t.completed, m.position",
        project["gid"],
    )
    columns = []
    for section in sections:
        cards = "".join(_task(store, task, names) for task in tasks if task["section"] == section["gid"])
        if cards:
            columns.append(f"<div class=section><h3>{escape(section['name'])}</h3>{cards}</div>")
    notes = f"<pre class=small>{escape(project['notes'])}</pre>"
    title = f"{escape(project['name'])} <span class=small>(GID {project['gid']})</span>"
    return f"<h2>{title}</h2>{notes}<div class=board>{''.join(columns)}</div>"


def _task(store: Store, task: Row, names: dict[str, str]) -> str:
    done = bool(task["completed"])
    assignee = names.get(task["assignee"] or "", "nobody")
    waits = [store.task(gid) for gid in store.dependencies(task["gid"])]
    links = "".join(
        f"<div class=small>waits for: {escape(w['name'])}{' (done)' if w['completed'] else ''}</div>" for w in waits
    )
    stories = "".join(_story(story, names) for story in store.stories(task["gid"]))
    notes = f"<pre>{escape(task['notes'])}</pre>" if task["notes"] else ""
    return (
        f"<div class='task{' done' if done else ''}' id=t{task['gid']}>"
        f"<div class=name>{'✓ ' if done else ''}{escape(task['name'])}</div>"
        f"<div class=small>GID {task['gid']} · assigned to {escape(assignee)}</div>{links}{notes}{stories}"
        f"{_forms(task, names)}</div>"
    )


def _story(story: Row, names: dict[str, str]) -> str:
    author = escape(names.get(story["created_by"] or "", "Asana"))
    if story["resource_subtype"] != "comment_added":
        return f"<div class=system>{author} {escape(story['text'])} · {story['created_at']}</div>"
    inner = f"<pre>{escape(story['text'])}</pre>"
    return f"<div class=comment><div class=small>{author} · {story['created_at']}</div>{inner}</div>"


def _forms(task: Row, names: dict[str, str]) -> str:
    hidden = f"<input type=hidden name=task value={task['gid']}>"
    people = "".join(f"<option value={gid}>{escape(name)}</option>" for gid, name in names.items())
    who = f"<select name=by aria-label='as whom'>{people}</select>"
    done = "reopen" if task["completed"] else "complete"
    nobody = "<option value=''>nobody</option>"
    return (
        f"<form method=post action=/comment>{hidden}<input type=text name=text placeholder='Comment' required>{who}"
        f"<button>Comment</button></form><form method=post action=/{done}>{hidden}{who}"
        f"<button>{done.capitalize()}</button></form>"
        f"<form method=post action=/assign>{hidden}<select name=user aria-label='to whom'>{nobody}{people}</select>"
        "<button>Assign</button></form>"
    )


def act(store: Store, path: str, form: dict[str, Any]) -> None:
    """Do what a form asks for. Raises Refused."""
    gid, by = form.get("task", ""), form.get("by")
    store.task(gid)
    for user in (by, form.get("user")):
        if user:
            store.need("users", user)
    match path:
        case "/comment":
            if not form.get("text", "").strip():
                raise Refused(400, "a comment needs words")
            store.comment(gid, form["text"], by=by)
        case "/complete":
            store.complete(gid, by)
        case "/reopen":
            store.reopen(gid, by)
        case "/assign":
            store.assign(gid, form.get("user") or None, by)
        case _:
            raise Refused(404, "no such action")
