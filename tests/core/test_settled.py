"""What an answer does: it releases, holds, points elsewhere, or lets a look decide; and when a question is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.closing import closings, looks, to_look_at
from aegis.core.facts import Facts, KnownQuestion, Past, Settled
from aegis.core.hearing import Completed, acknowledgement, answer_to, is_worth_telling, told
from aegis.core.links import MOST_LINKS, Links
from aegis.core.models import Answer, AsanaTask, Effect, Question, ReasonKind, ServiceProbe, Verdict
from aegis.core.prompts import PersonComment
from aegis.core.readiness import assess, judge
from aegis.core.scope import Scope
from aegis.core.services import Requirement
from aegis.core.settled import contents_of
from tests.core.builders import BOT, NOW, facts, task

DOWN = {Requirement("Redis"): ServiceProbe(service="Redis", address="localhost:6379", up=False, detail="not running")}
UP = {Requirement("Redis"): ServiceProbe(service="Redis", address="localhost:6379", up=True, detail="answers")}
ROBIN = "Robin"


MOVED = {Requirement("Redis"): ServiceProbe(service="Redis", address="db.example.com:6379", up=True, detail="answers")}


def said(*texts: str) -> list[PersonComment]:
    return [PersonComment(ROBIN, NOW + timedelta(minutes=n), text) for n, text in enumerate(texts)]


def answer(question: Question, *texts: str, completed: bool = False) -> Answer:
    done = Completed(ROBIN, NOW) if completed else None
    found = answer_to(question.kind, question.options, question.recommended, said(*texts), done)
    assert found is not None
    return found


def settled(before: Facts, *texts: str, completed: bool = False) -> Facts:
    """The facts once their one question is answered so."""
    (question,) = assess(before).questions
    contents = contents_of(before.project, before.index.open, question.task_gids, ())
    whole = answer(question, *texts, completed=completed).model_copy(update={"contents": contents})
    return replace(
        before, settled={question.fingerprint: Settled("1900000000000001", question.name, whole, question.task_gids)}
    )


def reasons(known: Facts) -> dict[str, list[str]]:
    return {one.name: [reason.text for reason in one.reasons] for one in assess(known).tasks if one.reasons}


def asks(known: Facts) -> list[str]:
    return [one.name for one in assess(known).questions]


def changed(known: Facts, gid: str, **fields: object) -> Facts:
    tasks = tuple(one.model_copy(update=fields) if one.gid == gid else one for one in known.tasks)
    return replace(known, tasks=tasks)


# --- each cause ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("texts", "completed"), [(["2"], True), ([], True), (["It is running now"], False)])
def test_a_service_that_is_said_to_be_there_is_looked_at_and_not_asked_about_again(
    texts: list[str], completed: bool
) -> None:
    known = settled(facts(task("a", notes="Requires Redis."), probes=DOWN), *texts, completed=completed)
    (reason,) = reasons(known)["a"]
    assert reason.startswith("Requires Redis (not running) (Robin answered") and "it is still so" in reason
    assert asks(known) == []
    assert reasons(replace(known, probes=UP)) == {}
    (look,) = looks(known, judge(known).raised, {})
    assert look.missing == "Redis at localhost:6379: not running." and not look.there_now
    up = replace(known, probes=UP)
    (look,) = looks(up, judge(up).raised, {})
    assert look.there_now == "Redis answers at localhost:6379 now."
    moved = replace(known, probes=MOVED)  # another address was named
    assert [one.there_now for one in looks(moved, judge(moved).raised, {})] == [
        "No open task requires it there any more."
    ]


@pytest.mark.parametrize("text", ["4", "do it without", "Use a file instead, please."])
def test_words_of_ones_own_let_the_tasks_go_on_without_the_service(text: str) -> None:
    known = settled(facts(task("a", notes="Requires Redis."), probes=DOWN), text)
    assert reasons(known) == {} and asks(known) == []


UNKNOWN = task("a", notes="Depends on: the frozen schema")


@pytest.mark.parametrize(("texts", "completed"), [(["1"], False), ([], True), (["It is in the wiki."], False)])
def test_an_unknown_name_is_released(texts: list[str], completed: bool) -> None:
    known = settled(facts(UNKNOWN), *texts, completed=completed)
    assert reasons(known) == {} and asks(known) == []
    later = task("later", notes="Depends on: the frozen schema")
    assert reasons(replace(known, tasks=(*known.tasks, later))) == {}, "the answer is about the cause, not about a task"


def test_who_will_name_the_right_task_is_waited_for_until_the_text_changes() -> None:
    known = settled(facts(UNKNOWN), "2")
    assert "it waits until texts or links change" in reasons(known)["a"][0] and asks(known) == []
    still = changed(known, UNKNOWN.gid, notes="Depends on: the frozen schema\nAnd more.")
    assert asks(still) == ["Question: Unknown Dependency 'the frozen schema'"]
    assert reasons(changed(known, UNKNOWN.gid, notes="No dependency.")) == {}
    renamed = changed(known, UNKNOWN.gid, name="b")
    assert asks(renamed) == []
    linked = replace(changed(known, UNKNOWN.gid, dependencies=("55",)), question_gids=frozenset({"55"}))
    assert asks(replace(linked, outside={"55": task(gid="55", completed=True)})) == [], "our links change nothing"


PAINTS = (task("Paint", gid="1500000000000001"), task("Paint", gid="1500000000000002"))
AFTER = task("a", notes="Depends on: Paint")


def test_an_ambiguous_name_waits_for_the_chosen_task_alone() -> None:
    known = settled(facts(*PAINTS, AFTER), "the second one")
    assert reasons(known)["a"] == ["Depends on 'Paint', which is not complete"]
    (waits,) = next(one for one in assess(known).tasks if one.name == "a").reasons
    assert waits.task_gid == PAINTS[1].gid and waits.kind is ReasonKind.DEPENDENCY
    done = PAINTS[1].model_copy(update={"completed": True})
    third = task("Paint", gid="1500000000000003")
    after = replace(known, tasks=(PAINTS[0], third, AFTER), outside={done.gid: done})
    assert reasons(after) == {}


@pytest.mark.parametrize(("texts", "completed"), [(["all of them"], False), ([], True), (["the red ones"], False)])
def test_an_ambiguous_name_waits_for_all_where_none_is_chosen_for_sure(texts: list[str], completed: bool) -> None:
    known = settled(facts(*PAINTS, AFTER), *texts, completed=completed)
    assert len(reasons(known)["a"]) == 2 and asks(known) == []


def test_an_ambiguous_name_may_mean_none() -> None:
    assert reasons(settled(facts(*PAINTS, AFTER), "None of them")) == {}


A, B, C = (
    task("A", gid="1600000000000001", notes="Depends on: B"),
    task("B", gid="1600000000000002", notes="Depends on: C"),
    task("C", gid="1600000000000003", dependencies=("1600000000000001",)),
)


@pytest.mark.parametrize(
    ("texts", "first"),
    [(["2"], "B"), (["start with C"], "C"), (["C first"], "C"), (["B"], "B"), (["You decide."], "A")],
)
def test_a_cycle_is_cut_where_it_is_to_begin(texts: list[str], first: str) -> None:
    known = settled(facts(A, B, C), *texts)
    assert [one.name for one in assess(known).ready] == [first] and asks(known) == []
    others = [text for name, some in reasons(known).items() for text in some]
    assert len(others) == 2 and all(text.startswith("Depends on") for text in others)


def test_a_cycle_whose_people_change_it_waits() -> None:
    known = settled(facts(A, B, C), "I change the dependencies")
    assert assess(known).ready == () and asks(known) == []
    assert [one.name for one in assess(changed(known, A.gid, notes="")).ready] == ["A"]


def test_an_answer_to_another_cycle_cuts_nothing() -> None:
    known = settled(facts(A, B, C), "2")
    d = task("D", gid="1600000000000004", notes="Depends on: E")
    e = task("E", gid="1600000000000005", notes="Depends on: D")
    both = replace(known, tasks=(*known.tasks, d, e))
    assert asks(both) == ["Question: Circular Dependency of 'D'"]


REJECTED = task("Sign-off", gid="17", completed=True, resource_subtype="approval", approval_status="rejected")


def test_a_rejected_dependency_holds_unless_a_person_says_go() -> None:
    before = facts(task("a", dependencies=("17",)), outside={"17": REJECTED})
    assert reasons(settled(before, "go on without it")) == {}
    assert reasons(settled(before, "We have the sign-off by mail.")) == {}
    held = settled(before, completed=True)
    assert "which was rejected (Robin answered" in reasons(held)["a"][0] and asks(held) == []
    reopened = REJECTED.model_copy(update={"completed": False, "approval_status": "pending"})
    assert reasons(replace(held, outside={"17": reopened}))["a"] == ["Depends on 'Sign-off', which is not complete"]


def test_a_code_location_counts_in_the_notes_alone_and_is_asked_about_again_where_they_changed_in_vain() -> None:
    known = settled(facts(task("a"), code_location_error="no code location"), "/srv/code")
    assert "it is still so" in reasons(known)["a"][0] and asks(known) == []
    changed_notes = known.project.model_copy(update={"notes": "Code Location: /nowhere"})
    wrong = replace(known, project=changed_notes, code_location_error="it does not exist")
    assert asks(wrong) == ["Question: Code Location of Aegis"]
    assert reasons(replace(wrong, code_location_error="")) == {}


def test_an_answer_gives_new_attempts_and_new_failures_ask_anew() -> None:
    one = task("a")
    used_up = {"pasts": {one.gid: Past(failures=3, last_end=NOW, last_verdict=Verdict.FAILED)}}
    known = settled(facts(one, **used_up), "Use the other library.")
    assert next(iter(known.settled.values())).answer.effect is Effect.RETRY
    assert reasons(replace(known, pasts={one.gid: Past()})) == {}
    assert asks(known) == ["Question: Repeated Failure of 'a'"], "the attempts since then are used up as well"
    assert asks(settled(facts(one, **used_up), "2")) == []


@given(st.text(), st.sampled_from([UNKNOWN, AFTER, A, task("r", notes="Requires Redis.")]))
def test_any_words_settle_a_question_without_an_exception(text: str, one: AsanaTask) -> None:
    before = facts(one, *PAINTS, B, C, probes=DOWN)
    for question in assess(before).questions:
        whole = answer(question, text).model_copy(update={"contents": contents_of(before.project, {}, (), ())})
        after = replace(before, settled={question.fingerprint: Settled(None, question.name, whole)})
        assert question.fingerprint not in {other.fingerprint for other in assess(after).questions}
        assert acknowledgement(whole).startswith("Understood") and told(question.asks, whole).text


# --- how an answer is read -------------------------------------------------------------------------------------


def test_words_count_more_than_the_completion_and_the_last_choice_most() -> None:
    (question,) = assess(facts(UNKNOWN)).questions
    assert answer(question, "2", completed=True).number == 2
    assert answer(question, "1", "no wait", "2", "thanks").number == 2
    free = answer(question, "It is", "in the wiki.")
    assert free.number == 0 and free.text == "It is\n\nin the wiki." and free.author == ROBIN
    assert answer_to(question.kind, question.options, 1, (), None) is None


def test_a_completed_question_without_options_means_what_is_safe() -> None:
    done = Completed("", None)
    for kind, effect in (
        (ReasonKind.SERVICE, Effect.LOOK),
        (ReasonKind.CODE_LOCATION, Effect.LOOK),
        (ReasonKind.FAILURES, Effect.RETRY),
        (ReasonKind.QUESTION, Effect.RELEASE),
        (None, Effect.RELEASE),
    ):
        found = answer_to(kind, (), 0, (), done)
        assert found is not None and found.effect is effect


def test_the_acknowledgement_is_short_and_says_what_happens() -> None:
    (question,) = assess(facts(UNKNOWN)).questions
    assert acknowledgement(answer(question, "1")) == (
        "Understood: option 1 (Go on without it: it is done, or does not matter). The waiting tasks go on."
    )
    assert "as recommended" in acknowledgement(answer(question, completed=True))
    assert acknowledgement(answer(question, "See the wiki")) == (
        "Understood, in your words: See the wiki. The waiting tasks go on."
    )
    (service,) = assess(facts(task(notes="Requires Redis."), probes=DOWN)).questions
    missing = acknowledgement(answer(service, completed=True), missing="Redis at localhost:6379: not running.")
    assert "still missing: Redis at localhost:6379: not running." in missing
    assert not is_worth_telling(answer(service, completed=True))


# --- when a question is over by itself -------------------------------------------------------------------------


def over(known: Facts, **looked_at: AsanaTask | str) -> list[str]:
    by_gid = {gid.removeprefix("_"): one for gid, one in looked_at.items()}
    return [one.why for one in closings(known, judge(known).raised, by_gid)]


def with_question(before: Facts, gid: str = "1900000000000001") -> Facts:
    """The facts with their one question open in the project."""
    (question,) = assess(before).questions
    known = {question.fingerprint: KnownQuestion(gid, question.name, question.task_gids)}
    return replace(before, tasks=(*before.tasks, task(question.name, gid=gid)), questions=known)


def test_a_question_is_over_when_its_cause_is_gone_and_not_before() -> None:
    known = with_question(facts(UNKNOWN))
    assert over(known) == []
    assert over(changed(known, UNKNOWN.gid, notes="")) == ["The texts no longer say so, or the task is there now."]
    found = replace(known, tasks=(*known.tasks, task("The frozen schema")))
    assert len(over(found)) == 1


def test_a_services_question_is_over_when_it_answers_whoever_waits() -> None:
    known = with_question(facts(task("a", notes="Requires Redis."), probes=DOWN))
    assert over(replace(known, probes=UP)) == ["Redis answers at localhost:6379 now."]


def test_a_commands_question_is_over_when_it_is_found_and_a_variables_when_it_is_handed_over() -> None:
    """What is not found has no place but PATH; what is found has its own."""
    frob = Requirement.command("frob")
    missing = ServiceProbe(service="frob", address="PATH", up=False, detail="command not on PATH")
    found = missing.model_copy(update={"up": True, "address": "/usr/bin/frob", "detail": "there"})
    known = with_question(facts(task("a", notes="`frob` must be on PATH."), probes={frob: missing}))
    assert over(known) == []
    assert over(replace(known, probes={frob: found})) == ["frob is there now (at /usr/bin/frob)."]
    token = Requirement.variable("FROB_TOKEN")
    unset = ServiceProbe(service="FROB_TOKEN", address="environment", up=False, detail="not set where Aegis runs")
    waits = settled(facts(task("a", notes="FROB_TOKEN must be set."), probes={token: unset}), "done")
    (look,) = looks(waits, judge(waits).raised, {})
    assert look.missing == "FROB_TOKEN in the environment: not set where Aegis runs."
    handed = replace(waits, probes={token: unset.model_copy(update={"up": True, "detail": "set"})})
    (look,) = looks(handed, judge(handed).raised, {})
    assert look.there_now == "FROB_TOKEN is there now (in the environment)."


def test_a_task_that_is_left_out_by_a_filter_keeps_its_question() -> None:
    known = with_question(facts(UNKNOWN))
    assert over(replace(known, scope=Scope(section="Now"))) == []
    assert over(changed(known, UNKNOWN.gid, assignee=BOT, notes="")) == []


def test_a_task_elsewhere_is_looked_at_before_its_question_is_closed() -> None:
    known = with_question(facts(UNKNOWN))
    cause = next(iter(known.questions))
    elsewhere = KnownQuestion("1900000000000001", "Question: x", ("77",))
    moved = replace(known, tasks=known.tasks[1:], questions={cause: elsewhere})
    assert to_look_at(moved, judge(moved).raised) == ("77",)
    assert over(moved, _77=task(gid="77")) == [] and over(moved) == []
    assert len(over(moved, _77=task(gid="77", completed=True))) == 1
    assert len(over(moved, _77="404 Not Found")) == 1 and over(moved, _77="403 Forbidden") == []


def test_what_the_agent_asked_is_over_only_with_its_task() -> None:
    one = task("a", gid="21")
    asked = {"q0123": KnownQuestion("1900000000000001", "Question: a", ("21",))}
    known = facts(one, task("Question: a", gid="1900000000000001"), questions=asked)
    assert over(known) == []
    assert over(replace(known, tasks=known.tasks[1:]), _21=one.model_copy(update={"completed": True})) == [
        "The tasks that waited for it are completed or gone."
    ]


def test_another_projects_question_that_nobody_here_waits_for_is_left_alone() -> None:
    known = replace(facts(task("a")), questions={"s0": KnownQuestion("1900000000000009", "Question: x", ("88",))})
    assert to_look_at(known, judge(known).raised) == () and over(known) == []


# --- links -----------------------------------------------------------------------------------------------------


def test_no_task_gets_more_links_than_asana_takes() -> None:
    full = task("full", dependencies=tuple(str(n) for n in range(MOST_LINKS)))
    nearly = task("nearly", dependencies=tuple(str(n) for n in range(MOST_LINKS - 1)))
    links = Links([full, nearly])
    assert links.plan("q1", [full.gid, nearly.gid]) == (nearly.gid,)
    assert links.plan("q2", [nearly.gid]) == ()


def test_a_question_takes_thirty_and_a_tasks_dependents_count_too() -> None:
    many = [task(f"t{n}") for n in range(40)]
    assert len(Links(many).plan("q", [one.gid for one in many])) == MOST_LINKS
    hub = task("hub")
    leaves = [task(f"l{n}", dependencies=(hub.gid,)) for n in range(MOST_LINKS)]
    assert Links([hub, *leaves]).plan("q", [hub.gid, leaves[0].gid]) == (leaves[0].gid,)


def test_what_is_linked_or_was_tried_is_not_linked_again() -> None:
    linked, fresh, tried = task("linked", dependencies=("55",)), task("fresh"), task("tried")
    plan = Links([linked, fresh, tried]).plan("55", [linked.gid, fresh.gid, tried.gid, fresh.gid], leave={tried.gid})
    assert plan == (fresh.gid,)
