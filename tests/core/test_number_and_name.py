"""What whole tickets were misread for: a number and a name in a list, others' needs, what rests until somebody says."""

from __future__ import annotations

import pytest

from aegis.core.models import ReasonKind
from aegis.core.readiness import assess
from tests.core.builders import facts, task


def reasons(notes: str, *names: str) -> list[tuple[ReasonKind, str | None]]:
    others = [task(name) for name in names]
    judged = task("judged", notes=notes)
    by_gid = {other.gid: other.name for other in others}
    found = next(one for one in assess(facts(judged, *others)).tasks if one.gid == judged.gid)
    return [(one.kind, by_gid.get(one.task_gid or "", one.words)) for one in found.reasons]


def test_a_number_before_a_comma_is_a_task_of_its_own_and_no_number_of_the_next() -> None:
    names = ("#60 Base rate import", "Fee table", "#61 Interest on deposits")
    both = [(ReasonKind.DEPENDENCY, "#60 Base rate import"), (ReasonKind.DEPENDENCY, "Fee table")]
    assert reasons("Blocked by: #60, Fee table", *names) == both
    assert reasons("Blocked by: #60 and Fee table", *names) == both
    kinds = [kind for kind, _ in reasons("Blocked by: #60, Fee table", *names, "Fee table")]
    assert kinds == [ReasonKind.DEPENDENCY, ReasonKind.AMBIGUOUS_REFERENCE]


def test_user_stories_are_known_by_their_numbers() -> None:
    names = ("US 12: trip plan page", "User Story 13: anonymous access")
    found = reasons("Blocked by US 12, US 13, US 9.", *names)
    assert [name for kind, name in found if kind is ReasonKind.DEPENDENCY] == list(names)
    assert [kind for kind, _ in found] == [ReasonKind.DEPENDENCY] * 2 + [ReasonKind.UNKNOWN_REFERENCE]
    assert reasons("The map tells us 12 things.", *names) == []


@pytest.mark.parametrize(
    "notes",
    [
        "P2-05 needs the endpoint for the consumer library, P2-06 after that.",
        "Hängt nicht von „Consumer library“ ab, das kommt später.",
        "* waiting for approval by the trainer is a separate state and does not count",
    ],
)
def test_what_others_need_what_is_denied_and_what_is_a_state_holds_nothing(notes: str) -> None:
    assert reasons(notes, "P2-05 Consumer library", "P2-06 Dead letter viewer") == []


@pytest.mark.parametrize(
    "notes",
    [
        "On hold. Frau Lindner (tax advisor) has to tell us first which of the two formats she wants, she's back "
        "on the 18th. Don't start building both.",
        "Kann erst losgehen, wenn der Betriebsrat zugestimmt hat (Sitzung am 14.11.).",
        "On hold until we get a TC58 from the hardware team, without the device nobody can say what it sends.",
    ],
)
def test_what_rests_until_somebody_gives_something_is_unclear_once(notes: str) -> None:
    assert [kind for kind, _ in reasons(notes)] == [ReasonKind.UNCLEAR]
