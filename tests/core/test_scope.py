"""Which tasks are Aegis's to take: the unassigned ones of the right kind and place."""

from __future__ import annotations

import pytest

from aegis.core.models import AsanaTask, Membership
from aegis.core.scope import Scope, is_considered, is_ours_to_do
from tests.core.builders import BOT, PROJECT, ROBIN, here, task


def considered(one: AsanaTask, scope: Scope | None = None, *, is_question: bool = False) -> bool:
    return is_considered(one, scope or Scope(), PROJECT.gid, is_question=is_question)


def test_an_open_task_that_nobody_has_is_considered() -> None:
    assert considered(task())


@pytest.mark.parametrize(
    "fields",
    [
        {"completed": True},
        {"assignee": ROBIN},
        {"resource_subtype": "milestone"},
        {"resource_subtype": "approval"},
        {"resource_subtype": "section"},
        {"is_separator": True},
        {"parent_gid": "5"},
    ],
)
def test_what_is_done_somebodys_or_no_work_is_not(fields: dict[str, object]) -> None:
    assert not considered(task(**fields))


def test_our_own_questions_are_not_work() -> None:
    assert not considered(task("Question: Redis Setup"), is_question=True)
    assert considered(task("Question: what shall the page be called"))


@pytest.mark.parametrize("assignee", ["77", "bot@example.com", "BOT@EXAMPLE.COM"])
def test_the_assignees_tasks_are_taken_too(assignee: str) -> None:
    scope = Scope(assignee=assignee)
    assert considered(task(assignee=BOT), scope) and considered(task(), scope)
    assert not considered(task(assignee=ROBIN), scope)
    assert is_ours_to_do(task(assignee=BOT), scope)


def test_an_assignee_without_an_email_is_not_everybody() -> None:
    assert not considered(task(assignee=BOT.model_copy(update={"email": ""})), Scope(assignee=""))


def test_sections_are_those_of_this_project_in_any_case() -> None:
    scope = Scope(sections=("To do", "Doing"))
    assert considered(task(memberships=(here("TO DO"),)), scope)
    assert considered(task(memberships=(here(" doing "),)), scope)
    assert not considered(task(memberships=(here("Later"), here("To do", project_gid="9"))), scope)
    assert not considered(task(memberships=(Membership(project_gid=PROJECT.gid),)), scope)


def test_the_section_of_the_command_narrows_the_settings_further() -> None:
    both = Scope(sections=("To do", "Doing"), section="doing")
    assert considered(task(memberships=(here("Doing"),)), both)
    assert not considered(task(memberships=(here("To do"),)), both)
    assert not considered(task(memberships=(here("Later"),)), Scope(sections=("To do",), section="Later"))


def test_one_of_the_tags_is_enough_in_any_case() -> None:
    scope = Scope(tags=("aegis", "robot"))
    assert considered(task(tags=("Urgent", "AEGIS")), scope)
    assert not considered(task(tags=("Urgent",)), scope) and not considered(task(), scope)


def test_a_task_that_aegis_moved_counts_as_standing_where_a_person_left_it() -> None:
    place = Membership(project_gid=PROJECT.gid, section_gid="5", section_name="In Progress")
    moved = task(memberships=(place,))
    homes = {(moved.gid, "5"): "To do"}
    assert considered(moved, Scope(sections=("to do",), homes=homes))
    assert considered(moved, Scope(section="To do", homes=homes))
    assert not considered(moved, Scope(sections=("To do",))), "a person put it there"
    assert not considered(moved, Scope(sections=("Later",), homes=homes))
    elsewhere = moved.model_copy(update={"memberships": (place.model_copy(update={"section_gid": "6"}),)})
    assert not considered(elsewhere, Scope(sections=("To do",), homes=homes)), "a person moved it on"
