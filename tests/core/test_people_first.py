"""People come first: what they do to a running task stops its agent, or reaches it at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aegis.core.models import AsanaTask, Membership, Story, User
from aegis.core.people_first import begun, change_of, new_dependencies
from aegis.core.scope import Scope
from tests.core.builders import BOT, NOW, PROJECT, ROBIN, here, task

ONE = task("one", notes="text", memberships=[here("To do").model_dump()], tags=("agent",))
ELSEWHERE = Membership(project_gid="77", project_name="Elsewhere", section_gid="78", section_name="To do")
STORIES = [Story(gid="1", created_at=NOW), Story(gid="2", created_at=NOW + timedelta(minutes=1))]


ALL = Scope()


def change(now: AsanaTask | None, *, scope: Scope = ALL, before: AsanaTask = ONE, **more: object) -> object:
    began = begun(before, scope, PROJECT.gid, STORIES)
    assert began.seen_until == NOW + timedelta(minutes=1)
    return change_of(began, now, scope=scope, project_gid=PROJECT.gid, **more)  # type: ignore[arg-type]


def changed(**fields: object) -> AsanaTask:
    return ONE.model_copy(update=fields)


def test_an_untouched_task_goes_on_and_so_does_one_that_we_commented() -> None:
    assert change(ONE) is None
    assert change(changed(modified_at=NOW, due_on=NOW.date())) is None


@pytest.mark.parametrize(
    ("now", "scope", "words"),
    [
        (None, Scope(), "deleted"),
        (changed(completed=True), Scope(), "completed"),
        (changed(assignee=ROBIN), Scope(), "assigned to Robin"),
        (changed(parent_gid="7"), Scope(), "taken out"),
        (changed(memberships=()), Scope(), "taken out of the project"),
        (changed(memberships=(ELSEWHERE,)), Scope(), "taken out of the project"),
        (changed(memberships=(here("Later"),)), Scope(sections=("To do",)), "taken out"),
        (changed(tags=()), Scope(tags=("agent",)), "taken out"),
    ],
)
def test_what_takes_the_task_away_stops_the_agent_for_good(now: AsanaTask | None, scope: Scope, words: str) -> None:
    found = change(now, scope=scope)
    assert found is not None and words in found.why and not found.news  # type: ignore[attr-defined]


def test_our_own_move_is_no_word_of_a_person_but_theirs_after_it_is() -> None:
    only, ours = Scope(sections=("To do",)), {(ONE.gid, "5"): "To do"}
    place = Membership(project_gid=PROJECT.gid, section_gid="5", section_name="In Progress")
    scope = Scope(sections=only.sections, homes=ours)
    assert change(changed(memberships=(place,)), scope=scope) is None
    later = place.model_copy(update={"section_gid": "6", "section_name": "Later"})
    found = change(changed(memberships=(later,)), scope=scope)
    assert found is not None and "taken out" in found.why  # type: ignore[attr-defined]


def test_new_words_reach_the_agent_at_once() -> None:
    for found in (change(changed(notes="other")), change(changed(name="other")), change(ONE, new_comments=2)):
        assert found is not None and found.news  # type: ignore[attr-defined]


def test_new_open_work_that_it_waits_for_stops_it() -> None:
    began = begun(changed(dependencies=("5",)), Scope(), PROJECT.gid, [])
    now = changed(dependencies=("5", "6"))
    assert new_dependencies(began, now) == ("6",)
    found = change(now, open_dependencies=[task("the schema")])
    assert found is not None and "'the schema'" in found.why  # type: ignore[attr-defined]


def test_a_named_task_of_somebody_goes_on_until_it_is_given_to_another() -> None:
    theirs = changed(assignee=ROBIN)
    assert change(theirs, before=theirs) is None
    assert change(changed(assignee=User(gid="5", name="Sam")), before=theirs) is not None
    assert change(changed(assignee=BOT), scope=Scope(assignee=BOT.gid)) is None


def test_a_named_task_of_no_project_goes_on_wherever_it_is_put() -> None:
    nowhere = changed(memberships=())
    assert change(nowhere, before=nowhere) is None and change(ONE, before=nowhere) is None
