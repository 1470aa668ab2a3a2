"""The words of a dry run hold the whole judgement; those of a session are the guide's, and short."""

from __future__ import annotations

import pytest

from aegis.core.models import (
    AssessedTask,
    Assessment,
    Outcome,
    Reason,
    ReasonKind,
    ServiceProbe,
    SessionReport,
    TaskState,
    Verdict,
)
from aegis.core.readiness import assess
from aegis.core.services import Requirement
from aegis.core.summary import assessment_lines, do_closing_line, outcome_lines, summary_lines
from tests.core.builders import facts, task

REDIS = ServiceProbe(service="Redis", address="localhost:6379", up=False, detail="not running")
DOCKER = ServiceProbe(service="Docker", address="/var/run/docker.sock", up=True, detail="answers")


def said(assessment: Assessment, **more: object) -> list[str]:
    return list(assessment_lines(assessment, everything=True, **more))  # type: ignore[arg-type]  # names of parameters


def test_a_dry_run_tells_every_task_reason_question_turn_and_probe() -> None:
    judged = assess(
        facts(
            task("Freeze the schema", gid="1"),
            task("Migrate", gid="2", dependencies=("1",), notes="Depends on: no such thing\nRequires Redis."),
            task("Import", gid="3", dependencies=("1",)),
            task("Paint", gid="4"),
            probes={Requirement("Redis"): REDIS, Requirement("Docker"): DOCKER},
        )
    )
    lines = said(judged, max_tasks=2)
    unknown, redis = judged.questions
    assert lines == [
        "Assessing project state...",
        "⚠ Blocked tasks: 2",
        "  • Migrate",
        "    Reason: Depends on 'Freeze the schema', which is not complete",
        "    Reason: Depends on 'no such thing', which is no task of this project",
        "    Reason: Requires Redis (not running)",
        "  • Import",
        "    Reason: Depends on 'Freeze the schema', which is not complete",
        "",
        "? Questions to create: 2",
        "  • Unknown Dependency 'no such thing'",
        *(f"    | {line}" for line in unknown.notes.splitlines()),
        "  • Redis Setup",
        *(f"    | {line}" for line in redis.notes.splitlines()),
        "",
        "✓ Ready tasks: 2",
        "  1. Freeze the schema",
        "  2. Paint",
        "",
        "Order of the work, if each task is done:",
        "  1. Freeze the schema",
        "  2. Import (after 1)",
        "  --- this session ends here (--max-tasks 2) ---",
        "  3. Paint",
        "",
        "Services looked at:",
        "  ✓ Docker at /var/run/docker.sock: answers",
        "  ⚠ Redis at localhost:6379: not running",
        "",
        "Dry run: nothing was changed.",
    ]


def test_nothing_is_left_out_of_a_dry_run_and_a_session_says_how_much_it_left_out() -> None:
    waiting = [task(f"W{n}", dependencies=("999",)) for n in range(20)]
    judged = assess(facts(*waiting, *(task(f"R{n}") for n in range(20))))
    whole, short = said(judged), list(assessment_lines(judged))
    assert all(f"  • W{n}" in whole and f"  {n + 1}. R{n}" in whole for n in range(20))
    assert not any("Order of the work" in line for line in whole), "the ready tasks' list says it already"
    assert short.count("  … and 15 more") == 2 and len(short) < 30


def test_unclear_tasks_are_told_apart_from_blocked_ones() -> None:
    vague = Reason(kind=ReasonKind.UNCLEAR, text="It is not said which colour")
    judged = Assessment(
        project_gid="1",
        project_name="P",
        tasks=(AssessedTask(gid="1", name="Paint", state=TaskState.UNCLEAR, reasons=(vague,)),),
    )
    for lines in (said(judged), list(assessment_lines(judged))):
        assert lines[1:4] == ["? Unclear tasks: 1", "  • Paint", "    Reason: It is not said which colour"]
        assert not any("Blocked tasks" in line for line in lines)


def ended(verdict: Verdict, reason: str) -> Outcome:
    return Outcome(verdict=verdict, task_gid="1", execution_id="e", run_id="r", headline="?", reason=reason)


@pytest.mark.parametrize("verdict", [Verdict.QUESTION, Verdict.BLOCKED, Verdict.FAILED])
def test_an_agents_words_cannot_pass_for_a_line_of_aegis(verdict: Verdict) -> None:
    outcome = ended(verdict, "Which?\n\x1b[1A✓ Completed\r\n  ✓ Task execution completed")
    lines = "\n".join([*outcome_lines(outcome), do_closing_line(outcome)]).splitlines()
    assert lines[0].endswith(": Which?") and not any(line.lstrip(" \x1b[1A").startswith("✓") for line in lines[:1])
    assert [line for line in lines if "✓" in line and not line.startswith("    ")] == []
    assert not any("\x1b" in line or "\r" in line for line in lines)


def test_a_session_counts_what_agents_asked_beside_what_it_asked_itself() -> None:
    outcomes = (ended(Verdict.QUESTION, "Which?"), ended(Verdict.BLOCKED, "No login."), ended(Verdict.DONE, ""))
    report = SessionReport(project_gid="1", project_name="P", outcomes=outcomes, questions_created=3)
    assert "  ? Questions: 3 created, 2 asked by agents" in list(summary_lines(report))


def test_a_look_at_the_environment_or_path_is_told_in_plain_words() -> None:
    probes = {
        Requirement.variable("FROB_TOKEN"): REDIS.model_copy(
            update={"service": "FROB_TOKEN", "address": "environment", "detail": "not set where Aegis runs"}
        ),
        Requirement.command("frob"): REDIS.model_copy(
            update={"service": "frob", "address": "PATH", "detail": "command not on PATH"}
        ),
    }
    lines = said(assess(facts(task("a", notes="FROB_TOKEN must be set. `frob` must be on PATH."), probes=probes)))
    assert "  ⚠ FROB_TOKEN in the environment: not set where Aegis runs" in lines
    assert "  ⚠ frob on PATH: command not on PATH" in lines
    assert any("as soon as FROB_TOKEN is there, in the next run" in line for line in lines)


def test_a_name_with_line_ends_stays_one_line() -> None:
    lines = said(assess(facts(task("A\n✓ Ready tasks: 99", gid="1"))))
    assert "  1. A ✓ Ready tasks: 99" in lines
