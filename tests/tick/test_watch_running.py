"""The tick's look at what runs: each thing that a person does to a running task, in Asana, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aegis.adapters.claims import Claim
from aegis.core.people_first import begun
from aegis.sandbox.faults import Fault
from aegis.wiring import Runtime, open_runtime
from tasks.agent import scope_of
from tasks.watch_running import Stopped, watch_running
from tests.tick.conftest import settings_for
from tests.worlds import World


class Running:
    """A task as an agent works on it: claimed, and noted as it was begun."""

    def __init__(self, here: World, runtime: Runtime) -> None:
        self.store, self.robin, self.project = here.store, here.robin, here.project
        self.here, self.runtime = here, runtime
        self.needed = here.task("the schema")
        self.gid = here.task("one", notes="text", tags=["agent"], section="To do")
        claim = runtime.state.claims.acquire(self.gid, runtime.owner, project_gid=here.project, limit=4)
        assert isinstance(claim, Claim)
        self.claim = claim
        self.begin()

    def begin(self) -> None:
        """As the agent's owner notes it when it begins, and when it goes on with news."""
        asana = self.runtime.asana
        about = begun(
            asana.task(self.gid), scope_of(self.runtime, [self.project]), self.project, asana.stories(self.gid)
        )
        self.runtime.state.claims.note_about(self.claim, about.model_dump_json())

    def to_section(self, name: str) -> None:
        self.store.add_membership(self.gid, self.project, self.store.section(self.project, name))


@pytest.fixture
def running(here: World, home: Path) -> Iterator[Running]:
    here.store.add_section(here.project, "To do")
    here.store.add_section(here.project, "Later")
    with open_runtime(settings_for(here, home, aegis_sections=("To do",), aegis_tags=("agent",))) as runtime:
        yield Running(here, runtime)


async def stopped(running: Running) -> Stopped | None:
    """What the tick asked for, None where the agent may go on."""
    found = await watch_running.fn()
    assert len(found) <= 1
    return found[0] if found else None


AWAY: dict[str, tuple[str, Callable[[Running], object]]] = {
    "completed": ("it was completed", lambda at: at.store.complete(at.gid, at.robin)),
    "deleted": ("it was deleted", lambda at: at.store.delete_task(at.gid)),
    "assigned": ("it was assigned to Robin Owner", lambda at: at.store.assign(at.gid, at.robin, at.robin)),
    "out of the project": (
        "taken out of the project",
        lambda at: (
            at.store.add_membership(at.gid, other := at.store.add_project("Elsewhere"), at.store.section(other)),
            at.store.remove_membership(at.gid, at.project),
        ),
    ),
    "out of all projects": ("taken out of the project", lambda at: at.store.remove_membership(at.gid, at.project)),
    "out of the section": ("taken out of the sections", lambda at: at.to_section("Later")),
    "without the tag": (
        "taken out of the sections, tags",
        lambda at: at.store.remove_tag(at.gid, at.store._one("SELECT gid FROM tags WHERE name = 'agent'")["gid"]),
    ),
    "made a subtask": (
        "taken out",
        lambda at: at.store.change_task(at.gid, at.robin, parent=at.here.task("parent")),
    ),
    "waits for open work": ("it waits for 'the schema' now", lambda at: at.store.add_dependencies(at.gid, [at.needed])),
}


@pytest.mark.parametrize("deed", AWAY)
async def test_what_takes_the_task_away_stops_its_agent(running: Running, deed: str) -> None:
    assert await stopped(running) is None
    words, do = AWAY[deed]
    do(running)
    found = await stopped(running)
    assert found is not None and words in found.why and not found.news
    assert running.runtime.state.claims.stops([running.claim])[running.claim].why == found.why
    assert await stopped(running) is None, "asked once"


NEWS: dict[str, tuple[str, Callable[[Running], object]]] = {
    "an edited text": ("its text", lambda at: at.store.change_task(at.gid, at.robin, notes="With a border.")),
    "an edited name": ("its text", lambda at: at.store.change_task(at.gid, at.robin, name="two")),
    "a comment": ("1 new comment", lambda at: at.store.comment(at.gid, "In blue.", by=at.robin)),
    "a comment with the bot's own token": ("1 new comment", lambda at: at.store.comment(at.gid, "Hm.", by=at.here.bot)),
}


@pytest.mark.parametrize("deed", NEWS)
async def test_new_words_of_a_person_reach_its_agent_each_once(running: Running, deed: str) -> None:
    words, do = NEWS[deed]
    do(running)
    found = await stopped(running)
    assert found is not None and words in found.why and found.news
    running.begin()  # the owner goes on with them
    running.runtime.state.claims.forget_stop(running.claim)
    assert await stopped(running) is None


def our_comment(at: Running) -> None:
    marker = at.runtime.state.markers.make("failed", "r1", at.gid)
    at.store.comment(at.gid, f"An earlier run failed.\n{marker}", by=at.here.bot)


UNTOUCHED: dict[str, Callable[[Running], object]] = {
    "a due date": lambda at: at.store.change_task(at.gid, at.robin, due_on="2030-01-01"),
    "a comment of ours": our_comment,
    "a need that is met": lambda at: (at.store.complete(at.needed), at.store.add_dependencies(at.gid, [at.needed])),
    "one more tag": lambda at: at.store.tag(at.gid, "urgent"),
    "another place in its section": lambda at: at.to_section("To do"),
}


@pytest.mark.parametrize("deed", UNTOUCHED)
async def test_what_changes_nothing_for_the_agent_lets_it_work(running: Running, deed: str) -> None:
    UNTOUCHED[deed](running)
    assert await stopped(running) is None


async def test_asanas_own_trouble_is_no_word_of_a_person(running: Running) -> None:
    running.here.sandbox.faults.add(Fault(kind="status", path="/batch", status=503, times=1))
    assert await stopped(running) is None


async def test_all_that_run_are_read_together(running: Running) -> None:
    others = [Running(running.here, running.runtime) for _ in range(3)]
    running.here.sandbox.clear_requests()
    assert await stopped(running) is None
    assert running.here.count("POST", "/batch") == 1
    for one in others:
        one.store.complete(one.gid)
    assert {one.task_gid for one in await watch_running.fn()} == {one.gid for one in others}
