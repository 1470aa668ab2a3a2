"""What is required and not there becomes a reason and a question, one for each cause."""

from __future__ import annotations

from aegis.core.facts import survey
from aegis.core.models import ServiceProbe
from aegis.core.readiness import assess
from aegis.core.services import Requirement, missing
from tests.core.builders import facts, task

ONE, OTHER = Requirement("Redis", "localhost:6380"), Requirement("Redis", "cache.local:6379")
FROB, TOKEN = Requirement.command("frob"), Requirement.variable("FROB_TOKEN")
PORT = Requirement.at("localhost:9200")


def down(requirement: Requirement, detail: str = "not running") -> ServiceProbe:
    return ServiceProbe(service=requirement.service, address=requirement.address, up=False, detail=detail)


def test_the_same_service_at_two_addresses_is_two_probes_and_two_questions() -> None:
    here, there = (
        task("here", notes="Needs Redis on localhost:6380."),
        task("there", notes="Needs Redis at cache.local:6379"),
    )
    assert set(survey(facts(here, there)).services) == {ONE, OTHER}
    judged = assess(facts(here, there, probes={ONE: down(ONE), OTHER: down(OTHER)}))
    assert {question.task_gids for question in judged.questions} == {(here.gid,), (there.gid,)}
    assert len({question.fingerprint for question in judged.questions}) == 2
    assert [probe.address for probe in judged.services] == ["cache.local:6379", "localhost:6380"]
    up = ServiceProbe(service="Redis", address=OTHER.address, up=True, detail="answers")
    assert [one.state.value for one in assess(facts(here, there, probes={ONE: down(ONE), OTHER: up})).tasks] == [
        "blocked",
        "ready",
    ]


def test_each_kind_of_thing_is_named_in_its_reason() -> None:
    notes = "Needs Redis on localhost:6380, `frob` on the PATH, FROB_TOKEN set and port 9200."
    probes = {
        ONE: down(ONE),
        FROB: down(FROB, "command not on PATH"),
        TOKEN: down(TOKEN, "not set where Aegis runs"),
        PORT: down(PORT, "nothing listens there"),
    }
    judged = assess(facts(task(notes=notes), probes=probes))
    assert [(one.service, one.text) for one in judged.tasks[0].reasons] == [
        ("Redis", "Requires Redis at localhost:6380 (not running)"),
        ("frob", "Requires frob (command not on PATH)"),
        ("FROB_TOKEN", "Requires FROB_TOKEN (not set where Aegis runs)"),
        ("localhost:9200", "Requires localhost:9200 (nothing listens there)"),
    ]
    assert all(one.kind.value == "service" for one in judged.tasks[0].reasons)
    names = {question.name for question in judged.questions}
    assert names == {
        "Question: Redis at localhost:6380 Setup",
        "Question: frob Setup",
        "Question: FROB_TOKEN Setup",
        "Question: localhost:9200 Setup",
    }


def test_a_question_says_in_its_first_line_what_is_missing() -> None:
    first = {
        Requirement("Redis"): "Redis does not answer at localhost:6379: x.",
        ONE: "Redis does not answer at localhost:6380: x.",
        FROB: "frob is not there: x.",
        PORT: "localhost:9200 does not answer: x.",
    }
    for requirement, sentence in first.items():
        probe = down(requirement, "x").model_copy(update={"address": requirement.address or "localhost:6379"})
        assert missing(requirement, probe.detail, probe.address).startswith(sentence)


def test_tasks_that_wait_for_the_same_thing_share_its_question() -> None:
    tasks = [task(f"t{n}", notes="Requires `frob`.") for n in range(3)]
    (question,) = assess(facts(*tasks, probes={FROB: down(FROB)})).questions
    assert question.task_gids == tuple(one.gid for one in tasks)
