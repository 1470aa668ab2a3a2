"""Sessions ask once, hear once, and close what is over, whoever answers and whatever was lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from aegis.sandbox.faults import Fault
from tasks.analyze import session_facts
from tasks.answer import answers_for, hear_answers, hear_answers_for
from tasks.choose import Choice, choose
from tasks.fetch import save_snapshot
from tasks.notices import notify
from tasks.send import deliver_due
from tests.receivers import receiver
from tests.services import free_port, redis_at
from tests.sessions.sittings import Bench
from tests.worlds import TOKEN, world


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """On SQLite."""
    (tmp_path / "code").mkdir()
    with world(notes=f"Code Location: {tmp_path / 'code'}") as here:
        yield Bench(here, tmp_path)


@pytest.fixture
def both(tmp_path: Path, database_url: str | None) -> Iterator[Bench]:
    """On SQLite, and again on PostgreSQL."""
    (tmp_path / "code").mkdir()
    with world(notes=f"Code Location: {tmp_path / 'code'}") as here:
        yield Bench(here, tmp_path, database_url)


async def test_a_service_is_asked_about_once_answered_once_and_looked_at(both: Bench) -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}"
    one = both.world.task("cache", notes="Requires Redis.")
    assert (await both.session(redis_url=url)).created == ["Question: Redis Setup"]
    question = both.question("Redis Setup")
    assert both.world.store.dependencies(one) == [question]
    assert both.world.store.task(question)["assignee"] == both.world.robin
    again = await both.session(redis_url=url)
    assert again.created == [] and again.asked.existing == ("Question: Redis Setup",)
    both.world.store.complete(question, by=both.world.robin)
    for _ in range(2):
        after = await both.session(redis_url=url)
        (reason,) = after.assessment.tasks[0].reasons
        assert "Requires Redis (not running) (Robin Owner answered" in reason.text and after.asked.existing == ()
    (comment,) = both.ours(question)
    assert comment.startswith("Understood: option 1, as recommended") and "still missing: Redis at" in comment
    with redis_at(port):
        there = await both.session(redis_url=url)
    assert there.ready == ["cache"] and both.questions() == ["Redis Setup"]
    later = await both.session(redis_url=url)
    assert later.created == ["Question: Redis Setup"], "it was there and is gone again"
    with redis_at(port):
        there = await both.session(redis_url=url)
    assert there.ready == ["cache"] and there.closed == (
        f"✓ Closed: Question: Redis Setup (Redis answers at 127.0.0.1:{port} now)",
    )
    newest = both.world.store.dependencies(one)[-1]
    assert both.world.store.task(newest)["completed"] and len(both.ours(newest)) == 1


async def test_a_service_that_is_named_elsewhere_settles_the_question(both: Bench, redis_url: str) -> None:
    both.world.task("cache", notes="Requires Redis.")
    await both.session()
    question = both.question("Redis Setup")
    both.world.store.comment(question, "3", by=both.world.robin)
    assert (await both.session(redis_url=redis_url)).ready == ["cache"]
    assert both.world.store.task(question)["completed"] and "No open task requires it there" in both.ours(question)[0]


async def test_a_comment_answers_and_aegis_completes_the_question_once(both: Bench) -> None:
    one = both.world.task("cache", notes="Requires Redis.")
    await both.session()
    question = both.question("Redis Setup")
    both.world.store.comment(question, "4, please use a file", by=both.world.robin)
    heard = await both.session()
    assert heard.ready == ["cache"]
    assert [one.line for one in heard.answered] == [
        "✓ Answered: Question: Redis Setup (Robin Owner: Do the tasks without Redis)"
    ]
    for _ in range(2):
        assert (await both.session()).answered == ()
    assert both.world.store.task(question)["completed"] and len(both.ours(question)) == 1
    kinds = [story["resource_subtype"] for story in both.world.store.stories(question)]
    assert kinds.count("marked_complete") == 1
    with both.runtime() as runtime:
        (told,) = answers_for(runtime, one)
    assert (told.author, told.text, told.option) == (
        "Robin Owner",
        "4, please use a file",
        "Do the tasks without Redis",
    )


async def test_the_same_service_is_one_question_for_all_projects(both: Bench) -> None:
    here = both.world
    other = here.store.add_project("Other", notes=f"Code Location: {both.root / 'code'}", portfolio=here.portfolio)
    first, second = here.task("one", notes="Requires Redis."), here.store.add_task(other, "two", notes="Needs Redis.")
    await both.session()
    sat = await both.session(other)
    question = both.question("Redis Setup")
    assert sat.created == [] and both.questions() == ["Redis Setup"]
    assert here.store.dependencies(first) == here.store.dependencies(second) == [question]
    here.store.comment(question, "do it without", by=here.robin)
    assert (await both.session(other)).ready == ["two"], "heard in the other project too"
    assert (await both.session()).ready == ["one"] and len(both.ours(question)) == 1


async def test_another_projects_question_is_found_though_the_database_was_lost(bench: Bench) -> None:
    here = bench.world
    other = here.store.add_project("Other", notes=f"Code Location: {bench.root / 'code'}", portfolio=here.portfolio)
    here.task("one", notes="Requires Redis.")
    two = here.store.add_task(other, "two", notes="Needs Redis.")
    await bench.session()
    for file in (bench.root / "home").glob("aegis.db*"):
        file.unlink()
    assert (await bench.session(other)).created == [] and bench.questions() == ["Redis Setup"]
    assert here.store.dependencies(two) == [bench.question("Redis Setup")]


async def test_with_the_database_lost_open_questions_are_known_and_their_answers_heard(bench: Bench) -> None:
    here = bench.world
    unknown, asking = here.task("one", notes="Depends on: the schema"), here.task("paint")
    with bench.runtime() as runtime:
        await bench.sit(runtime)
        bench.agent_asks(runtime, asking)
    shutil.rmtree(bench.root / "home")
    sat = await bench.session()
    assert sat.created == [] and sat.ready == [] and len(bench.questions()) == 2
    here.store.comment(bench.question("paint"), "blue", by=here.robin)
    here.store.comment(bench.question("Unknown Dependency 'the schema'"), "2", by=here.robin)
    sat = await bench.session()
    assert sat.ready == ["paint"] and len(sat.answered) == 2
    assert "it waits until texts or links change" in sat.assessment.tasks[0].reasons[0].text
    with bench.runtime() as runtime:
        (told,) = answers_for(runtime, asking)
        assert told.option == "blue" and len(answers_for(runtime, unknown)) == 1


async def test_one_asana_user_may_be_bot_owner_and_person(both: Bench) -> None:
    here = both.world
    me = here.bot
    here.store._set("portfolios", here.portfolio, owner=me)
    here.task("one", notes="Depends on: the schema", created_by=me)
    await both.session()
    question = both.question("Unknown Dependency 'the schema'")
    assert here.store.task(question)["assignee"] == me
    for _ in range(2):
        assert (await both.session()).answered == (), "our own words answer nothing"
    here.store.comment(question, "It is in the wiki.", by=me)
    assert (await both.session()).ready == ["one"]
    assert here.store.task(question)["completed"] and len(both.ours(question)) == 1


async def test_hearing_takes_the_fewest_requests(bench: Bench) -> None:
    here = bench.world
    for n in range(4):
        here.task(f"t{n}", notes=f"Depends on: thing {n}")
    with bench.runtime() as runtime:
        await bench.sit(runtime)
        await bench.sit(runtime)  # the first look at each question
        here.sandbox.clear_requests()
        await bench.sit(runtime)
        assert here.count("GET", "/stories") == 0 and here.count("POST", "") == 0
        here.store.comment(bench.question("Unknown Dependency 'thing 1'"), "1", by=here.robin)
        here.store.complete(bench.question("Unknown Dependency 'thing 2'"), by=here.robin)
        here.store.complete(bench.question("Unknown Dependency 'thing 3'"), by=here.robin)
        here.sandbox.clear_requests()
        sat = await bench.sit(runtime)
    assert sat.ready == ["t1", "t2", "t3"]
    assert here.count("GET", "/stories") == 3 and here.count("POST", "/batch") == 1


async def test_links_that_the_plan_does_not_have_hold_by_our_table_and_are_not_tried_again(both: Bench) -> None:
    here = both.world
    asking = here.task("paint")
    here.task("one", notes="Depends on: the schema")
    here.sandbox.faults.add(Fault(kind="status", status=402, path="addDependencies", times=99))
    with both.runtime() as runtime:
        both.agent_asks(runtime, asking)
        await both.sit(runtime)
        here.sandbox.clear_requests()
        sat = await both.sit(runtime)
        assert sat.ready == [] and runtime.state.outbox.counts() == (0, 0)
    assert here.count("POST", "addDependencies") == 0
    waits = next(one for one in sat.assessment.tasks if one.name == "paint").reasons
    assert [one.text for one in waits] == ["Waits for an answer to 'Question: paint'"]
    here.store.comment(both.question("paint"), "red", by=here.robin)
    assert (await both.session()).ready == ["paint"]


async def test_a_question_links_thirty_tasks_and_holds_the_others(bench: Bench) -> None:
    gids = [bench.world.task(f"t{n}", notes="Depends on: the schema") for n in range(35)]
    sat = await bench.session()
    assert sat.created and sat.ready == []
    question = bench.question("Unknown Dependency 'the schema'")
    assert len(bench.world.store.dependents(question)) == 30
    bench.world.store.comment(question, "1", by=bench.world.robin)
    assert len((await bench.session()).ready) == len(gids)


async def test_an_agents_question_that_asana_did_not_take_yet_holds_its_task(both: Bench) -> None:
    here = both.world
    asking = here.task("paint")
    here.sandbox.faults.add(Fault(kind="status", status=503, method="POST", path="/tasks$", times=3))
    with both.runtime() as runtime:
        both.agent_asks(runtime, asking)
        sat = await both.sit(runtime)
        assert sat.ready == [] and "which Asana has not taken yet" in sat.assessment.tasks[0].reasons[0].text


async def test_the_agent_that_asks_the_same_again_finds_its_question(both: Bench) -> None:
    asking = both.world.task("paint")
    with both.runtime() as runtime:
        both.agent_asks(runtime, asking)
        both.agent_asks(runtime, asking)
    assert both.questions() == ["paint"]
    both.world.store.comment(both.question("paint"), "red", by=both.world.robin)
    with both.runtime() as runtime:
        await both.sit(runtime)
        both.agent_asks(runtime, asking)
        assert both.questions() == ["paint", "paint"], "answered, it may be asked again"
        assert (await both.sit(runtime)).ready == []


async def test_a_deleted_question_is_asked_anew_and_a_reopened_one_waits_again(both: Bench) -> None:
    here = both.world
    here.task("one", notes="Depends on: the schema")
    await both.session()
    here.store.delete_task(both.question("Unknown Dependency 'the schema'"))
    assert (await both.session()).created == ["Question: Unknown Dependency 'the schema'"]
    question = both.question("Unknown Dependency 'the schema'")
    here.store.comment(question, "1", by=here.robin)
    assert (await both.session()).ready == ["one"]
    here.store.reopen(question, by=here.robin)
    assert (await both.session()).ready == []
    here.store.comment(question, "1, after all", by=here.robin)
    assert (await both.session()).ready == ["one"]
    here.store.reopen(question, by=here.robin)
    here.store.comment(question, "2: I name it", by=here.robin)
    sat = await both.session()
    assert sat.ready == [] and "I name the right task" in sat.assessment.tasks[0].reasons[0].text
    assert here.store.task(question)["completed"] and len(both.ours(question)) == 3


async def test_a_cause_that_is_gone_closes_its_question_but_not_behind_a_filter(both: Bench) -> None:
    here = both.world
    one = here.task("one", notes="Depends on: the schema", section="Later")
    await both.session()
    question = both.question("Unknown Dependency 'the schema'")
    here.store.change_task(one, None, notes="Nothing.")
    assert (await both.session(section="Now")).closed == ()
    assert len((await both.session()).closed) == 1
    assert both.ours(question)[0].startswith("This question is settled by itself. The texts no longer say so")


async def test_the_agents_question_is_over_with_its_task(both: Bench) -> None:
    asking = both.world.task("paint")
    with both.runtime() as runtime:
        both.agent_asks(runtime, asking)
    both.world.store.complete(asking, by=both.world.robin)
    assert len((await both.session()).closed) == 1


async def test_a_dry_run_judges_as_if_it_had_heard_and_stores_nothing(bench: Bench) -> None:
    here = bench.world
    here.task("one", notes="Depends on: the schema")
    here.task("two", notes="Depends on: the plan")
    await bench.session()
    here.store.comment(bench.question("Unknown Dependency 'the schema'"), "1", by=here.robin)
    here.store.change_task(here.store.task_named("two")["gid"], None, notes="")
    before = here.store.state()
    for _ in range(2):
        with bench.runtime(read_only=True) as runtime:
            sat = await bench.sit(runtime, asks=False)
        assert sat.ready == ["one", "two"] and sat.assessment.questions == ()
    assert here.store.state() == before
    assert len((await bench.session()).answered) == 1


async def test_a_dry_run_hears_that_a_failed_task_is_to_be_tried_again(bench: Bench) -> None:
    """What it shows is what the run then does, also where the answer is not stored yet."""
    gid = bench.world.task("hard")
    with bench.runtime() as runtime:
        for _ in range(3):
            bench.fails(runtime, gid)
        await bench.sit(runtime)
    bench.world.store.comment(bench.question("Repeated Failure of 'hard'"), "try again", by=bench.world.robin)
    for read_only in (True, True, False):
        with bench.runtime(read_only=read_only) as runtime:
            sat = await bench.sit(runtime, asks=False)
            heard = sat.answered or session_facts(runtime, bench.project(runtime)).heard
        assert sat.ready == ["hard"] and sat.assessment.questions == ()
        assert [one.answer.number for one in heard] == [1]


async def test_a_dry_run_hears_that_a_project_is_to_be_left_alone(bench: Bench) -> None:
    bench.world.task("one")
    bench.world.store.set_notes(bench.world.project, "nothing")
    await bench.session()
    bench.world.store.comment(bench.question("Code Location of Aegis"), "2", by=bench.world.robin)
    for read_only in (True, False):
        with bench.runtime(read_only=read_only) as runtime:
            sat = await bench.sit(runtime, asks=False)
        assert sat.ready == [] and sat.assessment.questions == ()


async def test_a_question_is_named_as_it_stands_in_asana(both: Bench) -> None:
    """Asked for a task that named no address, found again by one that does; or renamed by a person."""
    here = both.world
    here.task("one", notes="Requires MongoDB.")
    await both.session()
    other = here.store.add_project("Other", notes=f"Code Location: {both.root / 'code'}", portfolio=here.portfolio)
    here.store.add_task(other, "two", notes="Needs MongoDB running on localhost.")
    sat = await both.session(other)
    assert sat.created == [] and sat.asked.existing == ("Question: MongoDB Setup",)
    here.store.change_task(both.question("MongoDB Setup"), here.robin, name="Who starts MongoDB?")
    assert (await both.session()).asked.existing == ("Who starts MongoDB?",)


async def test_an_article_makes_no_second_question(both: Bench) -> None:
    both.world.task("one", notes="Waiting on: the vendor contract")
    both.world.task("two", notes="Waiting on: Vendor contract")
    assert len((await both.session()).created) == 1


async def test_another_aegis_s_questions_are_no_work(bench: Bench) -> None:
    notes = "Which?\n\n—\nAsked by Aegis (aegis:question:q0123456789abcdef0123:0123456789ab)"
    bench.world.task("Question: theirs", notes=notes, created_by=bench.world.robin)
    bench.world.task("about it", notes="We saw 'Asked by Aegis (aegis:question:x' in a comment.")
    assert (await bench.session()).ready == ["about it"]


async def test_a_code_location_is_asked_for_and_the_question_closes_with_it(both: Bench) -> None:
    here = both.world
    here.task("one")
    here.store.set_notes(here.project, "nothing")
    assert (await both.session()).created == ["Question: Code Location of Aegis"]
    here.store.set_notes(here.project, f"Code Location: {both.root / 'code'}")
    sat = await both.session()
    assert sat.ready == ["one"] and len(sat.closed) == 1


async def test_each_new_question_is_told_once_to_each_address(both: Bench) -> None:
    both.world.task("one", notes="Depends on: the schema")
    with receiver() as there:
        urls = (there.url(), there.url("another-Token-1"))
        for _ in range(2):
            await both.session(aegis_notify_urls=urls)
        assert there.titles == ["Question: Unknown Dependency 'the schema'"] * 2
        message = there.got[0]["message"]
    question = both.question("Unknown Dependency 'the schema'")
    assert "What is 'the schema'?" in message and "1 task waits" in message and "accept the recommendation" in message
    assert message.endswith(f"https://app.asana.com/0/{both.world.project}/{question}"), "it leads to the question"


async def test_a_notice_recommends_nothing_where_the_agent_did_not(both: Bench) -> None:
    asking = both.world.task("paint")
    with receiver() as there, both.runtime(aegis_notify_urls=(there.url(),)) as runtime:
        both.agent_asks(runtime, asking, recommendation="")
        deliver_due(runtime)
        assert "complete it to let the agent decide." in there.got[0]["message"]
    with both.runtime() as runtime:
        both.world.store.comment(both.question("paint"), "blue", by=both.world.robin)
        await both.sit(runtime)
        (told,) = answers_for(runtime, asking)
    assert told.question == "paint: Red or blue?"


async def test_nobody_to_ask_is_said(both: Bench) -> None:
    here = both.world
    here.store._set("portfolios", here.portfolio, owner=None)
    here.store._set("projects", here.project, owner=None)
    here.task("one", notes="Depends on: the schema")
    sat = await both.session()
    assert here.store.task(both.question("Unknown Dependency 'the schema'"))["assignee"] is None
    assert "  ⚠ Assigned to nobody: neither the portfolio nor the project has an owner" in list(sat.asked.lines())


async def test_used_up_attempts_ask_and_an_answer_has_it_tried_anew(both: Bench) -> None:
    gid = both.world.task("hard")
    with both.runtime() as runtime:
        for _ in range(2):
            both.fails(runtime, gid)
        assert (await both.sit(runtime)).created == [], "it is tried again by itself"
        both.fails(runtime, gid)
        assert (await both.sit(runtime)).created == ["Question: Repeated Failure of 'hard'"]
    question = both.question("Repeated Failure of 'hard'")
    assert "The latest attempt: no tests" in both.world.store.task(question)["notes"]
    both.world.store.comment(question, "Mind the tests in docs/.", by=both.world.robin)
    with both.runtime() as runtime:
        assert (await both.sit(runtime)).ready == ["hard"]
        (told,) = answers_for(runtime, gid)
        assert told.text == "Mind the tests in docs/."
        for _ in range(3):
            both.fails(runtime, gid)
        assert (await both.sit(runtime)).created == ["Question: Repeated Failure of 'hard'"]
        assert (await both.sit(runtime)).ready == []


async def test_a_question_whose_maker_died_before_noting_it_is_heard_all_the_same(both: Bench) -> None:
    both.world.task("one", notes="Depends on: the schema")
    await both.session()
    with both.runtime() as runtime, runtime.state.database.transaction() as connection:
        connection.execute(text("UPDATE questions SET state = 'asking', gid = NULL"))
    both.world.store.complete(both.question("Unknown Dependency 'the schema'"), by=both.world.robin)
    sat = await both.session()
    assert sat.ready == ["one"] and len(sat.answered) == 1


async def test_answers_are_told_to_a_resumed_conversation_once(bench: Bench) -> None:
    gid = bench.world.task("one", notes="Depends on: the schema")
    await bench.session()
    bench.world.store.comment(bench.question("Unknown Dependency 'the schema'"), "In the wiki.", by=bench.world.robin)
    await bench.session()
    with bench.runtime() as runtime:
        assert runtime.state.executions.told_until(gid, "s") is None
        bench.fails(runtime, gid)
        since = runtime.state.executions.told_until(gid, "s")
        assert len(answers_for(runtime, gid)) == 1 and answers_for(runtime, gid, since=since) == ()
        bench.agent_asks(runtime, gid)
    bench.world.store.comment(bench.question("one"), "blue", by=bench.world.robin)
    await bench.session()
    with bench.runtime() as runtime:
        assert [one.option for one in answers_for(runtime, gid, since=since)] == ["blue"]
        assert [one.text for one in answers_for(runtime, gid)] == ["In the wiki.", "blue"]


async def test_a_notice_of_later_work_goes_out_once_for_its_key(both: Bench) -> None:
    with receiver() as there, both.runtime(aegis_notify_urls=(there.url(),)) as runtime:
        for key in ("login", "login", "credit"):
            notify(runtime, "hold", key, f"Held: {key}\nnow", f"token {TOKEN} is not accepted")
            deliver_due(runtime)
        assert there.titles == ["Held: login now", "Held: credit now"]
        assert TOKEN not in there.got[0]["message"]
    with both.runtime() as runtime:
        notify(runtime, "hold", "x", "t", "b")  # nobody is to be told
        assert runtime.state.outbox.pending() == []


async def test_do_hears_answers_too_and_passes_over_what_waits_by_our_table(both: Bench) -> None:
    here = both.world
    asking = here.task("paint")
    here.sandbox.faults.add(Fault(kind="status", status=402, path="addDependencies"))
    with both.runtime() as runtime:
        both.agent_asks(runtime, asking)
        project = both.project(runtime)

        async def chosen() -> Choice:
            snapshot = save_snapshot(runtime.home, runtime.asana.open_tasks(project.gid))
            await hear_answers.fn(project, snapshot)
            return await choose.fn(project, snapshot)

        waits = await chosen()
        assert waits.task is None and "Waits for an answer to 'Question: paint'" in waits.passed_over[0].why
        here.store.comment(both.question("paint"), "red", by=here.robin)
        taken = await chosen()
        assert taken.task is not None and taken.task.gid == asking
        assert here.store.task(both.question("paint"))["completed"]


async def test_a_named_task_hears_its_answers_without_the_projects_list(bench: Bench) -> None:
    here = bench.world
    asking = here.task("paint")
    with bench.runtime() as runtime:
        bench.agent_asks(runtime, asking)
        here.store.comment(bench.question("paint"), "blue", by=here.robin)
        project, asana_task = bench.project(runtime), runtime.asana.task(asking)
        here.sandbox.clear_requests()
        (heard,) = await hear_answers_for.fn(project, asana_task)
        assert heard.answer.option == "blue" and here.count("GET", f"/projects/{project.gid}/tasks") == 0


async def test_one_question_that_cannot_be_read_stops_nothing(bench: Bench) -> None:
    bench.world.task("one", notes="Depends on: the schema")
    bench.world.task("two")
    await bench.session()
    bench.world.sandbox.faults.add(Fault(kind="status", status=403, path="/stories$"))
    assert (await bench.session()).ready == ["two"]
