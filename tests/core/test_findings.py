"""What Claude found can hold a task back and nothing else, whatever it is; and how a person lets it go."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.core.analysis import MOST_FINDINGS, content_of, question_fingerprint, read_analysis
from aegis.core.facts import Facts, KnownQuestion
from aegis.core.findings import MOST_QUESTIONS
from aegis.core.hearing import Completed, answer_to, told
from aegis.core.models import AssessedTask, Effect, ReasonKind, TaskState
from aegis.core.readiness import after_completion, assess, passed_over
from aegis.core.scope import Scope
from tests.core.analyses import ASKS, HIDDEN, NO_REDIS, PAINT, PLAN, UNCLEAR, depends, found, known
from tests.core.builders import PROJECT, ROBIN, facts, here, reasons, task

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
_gids = st.sampled_from([f"130000000000010{n}" for n in range(5)])
_kinds = st.sampled_from(["dependency", "unclear", "question"])
_said = st.fixed_dictionaries({"kind": _kinds, "quote": st.just("t"), "text": st.text(min_size=1), "depends_on": _gids})
_odd = st.fixed_dictionaries(
    {"kind": _kinds | _json, "quote": st.sampled_from(["t", "…", "Do two", "no"]), "text": st.text()},
    optional={"depends_on": st.sampled_from(["t0", "t1"]) | _json, "options": _json, "recommendation": _json},
)
_entries = st.lists(st.fixed_dictionaries({"gid": _gids, "findings": st.lists(_said, min_size=1, max_size=4)}))
_odd_entries = st.lists(st.fixed_dictionaries({"gid": _gids, "findings": st.lists(_said | _odd, max_size=4) | _json}))
_replies = st.fixed_dictionaries({"tasks": _entries}) | st.fixed_dictionaries({"tasks": _odd_entries}) | _json
_notes = st.sampled_from(
    ["", "Do one", "Depends on: t1", "After: t0 and t2", "Requires Redis.", "Blocked by: the moon", "Do two"]
)


@settings(deadline=None)
@given(_replies, st.lists(_notes, min_size=5, max_size=5), st.sets(_gids), st.booleans())
def test_no_analysis_releases_a_task_or_adds_one(said: object, notes: list[str], done: set[str], settled: bool) -> None:
    tasks = [
        task(f"t{n}", gid=f"130000000000010{n}", notes=text, assignee=ROBIN if n == 4 else None)
        for n, text in enumerate(notes)
    ]
    findings = read_analysis(said, tasks, project_gid=PROJECT.gid, open_tasks=tasks)
    prints = {one.fingerprint for some in findings.values() for one in some}
    rules = facts(*tasks, probes=NO_REDIS)
    more = replace(rules, findings=findings, findings_over=frozenset(prints if settled else ()))
    for before, after in ((rules, more), (after_completion(rules, [*done]), after_completion(more, [*done]))):
        by_rules, judged = assess(before), assess(after)
        assert [one.gid for one in judged.tasks] == [one.gid for one in by_rules.tasks]
        for one, plain in zip(judged.tasks, by_rules.tasks, strict=True):
            assert one.reasons[: len(plain.reasons)] == plain.reasons, "reasons are only added, at the end"
            added = one.reasons[len(plain.reasons) :]
            assert len(added) <= MOST_FINDINGS and (not settled or not added)
            assert all(reason.text.startswith("Claude's analysis: ") for reason in added)
            assert all(reason.kind is not ReasonKind.CYCLE and reason.task_gid != one.gid for reason in added)
            assert (one.state is TaskState.READY) == (not one.reasons)
        assert {one.gid for one in judged.ready} <= {one.gid for one in by_rules.ready}
        assert judged.questions[: len(by_rules.questions)] == by_rules.questions
        assert [passed_over(one, after) for one in tasks] == [passed_over(one, before) for one in tasks]


@settings(deadline=None)
@given(_replies, st.lists(_notes, min_size=5, max_size=5))
def test_whatever_is_found_a_session_that_does_each_ready_task_comes_to_the_same_end(
    said: object, notes: list[str]
) -> None:
    """Hidden dependencies are never a dead end of their own: they close no cycle and fall when they are done."""
    tasks = [task(f"t{n}", gid=f"130000000000010{n}", notes=text) for n, text in enumerate(notes)]
    some = read_analysis(said, tasks, project_gid=PROJECT.gid, open_tasks=tasks)
    hidden = {gid: tuple(one for one in all_ if one.depends_on) for gid, all_ in some.items()}
    stuck_by_rules = _left_over(facts(*tasks, probes=NO_REDIS))
    left = _left_over(facts(*tasks, probes=NO_REDIS, findings=hidden))
    stuck = {one.gid for one in stuck_by_rules}
    assert stuck <= {one.gid for one in left}
    waits_for_stuck = True
    while waits_for_stuck:
        waits_for_stuck = {one.gid for one in left if one.gid not in stuck and stuck & {*one.waits_for}}
        stuck |= waits_for_stuck
    assert stuck == {one.gid for one in left}, "what is left more waits for what the rules left"


def _left_over(going: Facts) -> tuple[AssessedTask, ...]:
    while ready := assess(going).ready:
        going = after_completion(going, [ready[0].gid])
    return assess(going).tasks


def test_reasons_name_their_source_and_the_words_they_stand_on() -> None:
    judged = assess(known(PAINT, PLAN, findings={PAINT.gid: found(UNCLEAR, HIDDEN, ASKS)}))
    assert [(one.kind.value, one.text, one.task_gid) for one in judged.tasks[0].reasons] == [
        ("unclear", 'Claude\'s analysis: unclear: Which colour is meant. ("a nice colour")', None),
        (
            "dependency",
            "Claude's analysis: depends on 'Write the plan', which is not complete: It needs the plan. "
            '("Robin\'s plan has the rest")',
            PLAN.gid,
        ),
        ("question", 'Claude\'s analysis: to be decided: Red or blue? ("nice colour")', None),
    ]
    assert judged.tasks[0].state is TaskState.BLOCKED and [one.name for one in judged.ready] == [PLAN.name]


def test_a_task_that_is_only_unclear_is_unclear_before_and_after_it_is_asked_about() -> None:
    findings = {PAINT.gid: found(UNCLEAR)}
    (judged,) = assess(known(PAINT, findings=findings)).tasks
    assert judged.state is TaskState.UNCLEAR
    asked = task("Question: Paint the shed", gid="1300000000000900")
    waits = PAINT.model_copy(update={"dependencies": (asked.gid,)})
    questions = {findings[PAINT.gid][0].fingerprint: KnownQuestion(asked.gid, asked.name, (PAINT.gid,))}
    (judged,) = assess(known(waits, asked, findings=findings, questions=questions)).tasks
    assert judged.state is TaskState.UNCLEAR
    assert [reason.kind.value for reason in judged.reasons] == ["question", "unclear"]


def test_a_dependency_holds_until_it_is_complete_and_then_falls_by_itself() -> None:
    start = known(PAINT, PLAN, findings={PAINT.gid: found(HIDDEN)})
    assert [one.name for one in assess(start).ready] == [PLAN.name]
    assert [one.name for one in assess(after_completion(start, [PLAN.gid])).ready] == [PAINT.name]
    gone = known(PAINT, findings={PAINT.gid: found(HIDDEN)})
    assert reasons(assess(gone)) == {PAINT.name: []}


def test_a_dependency_that_the_rules_know_is_told_once() -> None:
    for fields in ({"dependencies": (PLAN.gid,)}, {"notes": f"{PAINT.notes}\nDepends on: Write the plan"}):
        one = PAINT.model_copy(update=fields)
        judged = assess(known(one, PLAN, findings={one.gid: found(HIDDEN, task=one)}))
        assert reasons(judged)[PAINT.name] == ["dependency"]


def test_a_dependency_that_would_close_a_cycle_is_dropped() -> None:
    a, b, c = task("a", notes="Depends on: b"), task("b"), task("c")
    judged = assess(known(a, b, c, findings={b.gid: (depends(b, a),), c.gid: (depends(c, a),)}))
    assert reasons(judged) == {"a": ["dependency"], "b": [], "c": ["dependency"]}
    round_about = {b.gid: (depends(b, c),), c.gid: (depends(c, b),)}
    assert reasons(assess(known(a, b, c, findings=round_about))) == {"a": ["dependency"], "b": [], "c": []}


def test_a_part_of_the_task_and_a_question_of_ours_are_no_dependencies() -> None:
    parent, asked = task("parent"), task("Question: parent")
    part = task("part", parent_gid=parent.gid)
    findings = {parent.gid: (depends(parent, part), depends(parent, asked))}
    judged = assess(known(parent, part, asked, findings=findings, questions={"f": KnownQuestion(asked.gid, "q")}))
    assert reasons(judged) == {"parent": []}


def test_a_finding_is_about_the_text_as_it_was() -> None:
    changed = PAINT.model_copy(update={"notes": "Use blue."})
    assert reasons(assess(known(changed, findings={PAINT.gid: found(UNCLEAR)}))) == {PAINT.name: []}


def test_what_a_person_settled_holds_no_longer() -> None:
    findings = {PAINT.gid: found(UNCLEAR, HIDDEN, ASKS)}
    settled = frozenset({findings[PAINT.gid][0].fingerprint})
    judged = assess(known(PAINT, PLAN, findings=findings, findings_over=settled))
    assert reasons(judged)[PAINT.name] == ["dependency"] and judged.questions == ()
    settled |= {findings[PAINT.gid][1].fingerprint}
    assert reasons(assess(known(PAINT, PLAN, findings=findings, findings_over=settled)))[PAINT.name] == []


def test_one_question_for_a_text_holds_all_that_was_found_and_how_to_answer() -> None:
    one = PAINT.model_copy(update={"permalink_url": "https://app.asana.com/0/1/2"})
    (question,) = assess(known(one, findings={one.gid: found(UNCLEAR, ASKS)})).questions
    assert (question.name, question.kind.value, question.task_gids) == (
        "Question: Paint the shed",
        "unclear",
        (PAINT.gid,),
    )
    assert question.fingerprint == question_fingerprint(content_of(PROJECT.gid, one)) and not question.exists
    parts = [
        '"Paint the shed" waits for an answer.\nhttps://app.asana.com/0/1/2',
        '- Unclear: Which colour is meant.\n  (the text says: "a nice colour")',
        '- Red or blue?\n  (the text says: "nice colour")',
        "Options:\n1. red\n   + warm\n   - loud\n2. blue",
        "Recommended: blue, it is calm",
        "How to answer: ",
    ]
    places = [question.notes.index(part) for part in parts]
    assert places == sorted(places)


def test_who_completes_a_question_without_a_word_takes_what_claude_recommends() -> None:
    """The agent is told what that is, not only that it was accepted."""
    (asked,) = assess(known(PAINT, findings={PAINT.gid: found(UNCLEAR, ASKS)})).questions
    given = answer_to(asked.kind, asked.options, asked.recommended, (), Completed("Robin"))
    assert given is not None and (given.number, given.option, given.effect) == (2, "blue", Effect.RELEASE)
    words = told(asked.asks, given)
    assert "Red or blue? (recommended: blue, it is calm)" in words.question and words.option == "blue"
    assert "which accepts the recommendation" in words.text
    (free,) = assess(known(PAINT, findings={PAINT.gid: found({**ASKS, "recommendation": ""})})).questions
    given = answer_to(free.kind, free.options, free.recommended, (), Completed("Robin"))
    assert given is not None and given.number == 0 and "recommended:" not in free.asks
    assert "so decide yourself where nothing is recommended" in told(free.asks, given).text


def test_tasks_with_the_same_text_share_a_question_and_it_is_found_again() -> None:
    copy = PAINT.model_copy(update={"gid": "1300000000000777"})
    findings = dict.fromkeys((PAINT.gid, copy.gid), found(UNCLEAR))
    asked = {question_fingerprint(content_of(PROJECT.gid, PAINT)): KnownQuestion("1300000000000900", "Question: x")}
    for questions in ({}, asked):
        (question,) = assess(known(PAINT, copy, findings=findings, questions=questions)).questions
        assert question.task_gids == (PAINT.gid, copy.gid)
        assert (question.exists, question.gid) == ((True, "1300000000000900") if questions else (False, None))


def test_a_question_is_asked_where_nothing_else_holds_the_task_and_stays_while_it_is_open() -> None:
    waits = PAINT.model_copy(update={"dependencies": (PLAN.gid,)})
    findings = {PAINT.gid: found(UNCLEAR)}
    assert assess(known(waits, PLAN, findings=findings)).questions == ()
    hidden = {PAINT.gid: found(UNCLEAR, HIDDEN)}
    assert assess(known(PAINT, PLAN, findings=hidden)).questions == ()
    questions = {findings[PAINT.gid][0].fingerprint: KnownQuestion("1300000000000900", "Question: x")}
    assert [q.gid for q in assess(known(waits, PLAN, findings=findings, questions=questions)).questions] == [
        "1300000000000900"
    ]


def test_a_hidden_dependency_on_what_aegis_does_not_do_is_asked_about_and_one_of_its_own_is_not() -> None:
    robins = PLAN.model_copy(update={"assignee": ROBIN, "permalink_url": "https://app.asana.com/0/1/3"})
    hidden = found(HIDDEN)
    assert assess(known(PAINT, PLAN, findings={PAINT.gid: hidden})).questions == ()
    (question,) = assess(known(PAINT, robins, findings={PAINT.gid: hidden})).questions
    assert (question.fingerprint, question.kind) == (hidden[0].fingerprint, ReasonKind.DEPENDENCY)
    for part in (
        "'Write the plan', which Aegis does not do itself",
        "https://app.asana.com/0/1/3",
        "1. It need not wait",
    ):
        assert part in question.notes
    both = assess(known(PAINT, robins, findings={PAINT.gid: found(UNCLEAR, HIDDEN)})).questions
    assert len({question.fingerprint for question in both}) == 2
    asked = {question.fingerprint: KnownQuestion("1300000000000900", question.name)}
    (again,) = assess(known(PAINT, PLAN, findings={PAINT.gid: hidden}, questions=asked)).questions
    assert again.exists, "one that is open stays, also where the task is nobody's now"
    now = PAINT.model_copy(update={"memberships": (here("Now"),)})
    session = assess(known(now, PLAN, findings={PAINT.gid: hidden}, scope=Scope(section="Now")))
    assert reasons(session) == {PAINT.name: ["dependency"]} and session.questions == ()


def test_few_questions_are_open_at_the_same_time() -> None:
    tasks = [task(f"Paint {n}", notes="a nice colour") for n in range(MOST_QUESTIONS + 5)]
    findings = {one.gid: found(UNCLEAR, task=one) for one in tasks}
    judged = assess(known(*tasks, findings=findings))
    assert len(judged.questions) == MOST_QUESTIONS and judged.ready == ()
    asked = {q.fingerprint: KnownQuestion(f"13000000000009{n:02}", q.name) for n, q in enumerate(judged.questions)}
    again = assess(known(*tasks, findings=findings, questions=asked)).questions
    assert all(question.exists for question in again) and len(again) == MOST_QUESTIONS
