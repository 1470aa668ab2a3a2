"""A small world for tests: a sandbox with one portfolio, one project and people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aegis.adapters.asana import AsanaClient
from aegis.sandbox.server import AsanaSandbox

TOKEN = "token-of-the-bot"


@dataclass
class World:
    """The sandbox and the GIDs of what is in it."""

    sandbox: AsanaSandbox
    bot: str
    robin: str
    portfolio: str
    project: str

    @property
    def store(self):  # type: ignore[no-untyped-def]  # the sandbox's own type
        return self.sandbox.store

    def task(self, name: str = "Do it", **fields: object) -> str:
        gid: str = self.store.add_task(self.project, name, **fields)
        return gid

    def client(self, **changes: object) -> AsanaClient:
        settings = {"token": TOKEN, "base_url": self.sandbox.api_url, "patience_seconds": 5.0, "read_seconds": 1}
        return AsanaClient(**{**settings, **changes})  # type: ignore[arg-type]  # names of parameters

    def count(self, method: str | None = None, path: str = "") -> int:
        return len(self.sandbox.asked(method, path))


@contextmanager
def world(*, notes: str = "", project: str = "Aegis") -> Iterator[World]:
    with AsanaSandbox() as sandbox:
        store = sandbox.store
        bot = store.add_user("Aegis Bot", token=TOKEN)
        robin = store.add_user("Robin Owner", token="token-of-robin")
        portfolio = store.add_portfolio("Aegis Projects", owner=robin)
        gid = store.add_project(project, notes=notes, portfolio=portfolio, owner=robin)
        yield World(sandbox, bot, robin, portfolio, gid)
