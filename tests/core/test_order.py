"""The order that a dry run shows is the one in which a session would go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aegis.core.facts import Facts
from aegis.core.order import expected_order
from aegis.core.readiness import after_completion, assess
from tests.core.builders import ROBIN, facts, task


def test_what_becomes_ready_goes_in_asanas_order_with_what_it_comes_after() -> None:
    judged = assess(
        facts(
            task("C", gid="3", dependencies=("1", "2")),
            task("A", gid="1"),
            task("B", gid="2", dependencies=("1",)),
            task("D", gid="4"),
        )
    )
    turns = expected_order(judged)
    assert [(turn.task.name, turn.after) for turn in turns] == [("A", ()), ("B", (1,)), ("C", (1, 2)), ("D", ())]


def test_what_waits_for_a_person_has_no_turn_nor_has_what_waits_for_that() -> None:
    judged = assess(
        facts(
            task("A", gid="1", dependencies=("9",)),
            task("B", gid="2", dependencies=("1",)),
            task("logo", gid="9", assignee=ROBIN),
        )
    )
    assert expected_order(judged) == ()


_gids = st.integers(1, 8)


@given(st.dictionaries(_gids, st.lists(_gids, max_size=3), max_size=8), st.sets(_gids, max_size=2))
def test_it_is_what_a_session_does_whose_tasks_are_all_done(needs: dict[int, list[int]], peoples: set[int]) -> None:
    given_facts = facts(
        *(
            task(
                f"T{gid}",
                gid=str(gid),
                dependencies=tuple(str(one) for one in dict.fromkeys(some) if one in needs),
                assignee=ROBIN if gid in peoples else None,
            )
            for gid, some in needs.items()
        )
    )
    assert [turn.task.gid for turn in expected_order(assess(given_facts))] == _played(given_facts)


def _played(session: Facts) -> list[str]:
    """A session's choices: the first ready one, then the judgement anew."""
    done: list[str] = []
    while ready := [one for one in assess(session).ready if one.gid not in done]:
        done.append(ready[0].gid)
        session = after_completion(session, (ready[0].gid,))
    return done
