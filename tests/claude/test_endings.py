"""Each row of the CLI's table of endings, with the real CLI against a scripted model."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegis.core.models import Ending, ReplyStatus
from aegis.sandbox.model import Fault, Rule, Script, ScriptedModel, ToolCall, Turn
from tests.agents import Bench, bench

DONE = Turn(text="All is done.", reply={"status": "done", "summary": "Wrote the file."})
WRITE = Turn(
    text="I write it.", tools=(ToolCall(name="Write", input={"file_path": "$CWD/hello.txt", "content": "hello\n"}),)
)


def bash(command: str) -> Turn:
    return Turn(tools=(ToolCall(name="Bash", input={"command": command, "description": "a command"}),))


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, model: ScriptedModel) -> Bench:
    return bench(tmp_path, model.url)


def say(model: ScriptedModel, *turns: Turn, **rule: object) -> None:
    model.script = Script(rules=(Rule(turns=turns, **rule),))  # type: ignore[arg-type]  # fields of the model


async def test_done_writes_the_file_and_says_so_in_the_structured_reply(model: ScriptedModel, place: Bench) -> None:
    say(model, WRITE, DONE)
    run = await place.run()
    assert (run.ending, run.exit_code) == (Ending.REPLIED, 0)
    assert run.reply is not None and run.reply.status is ReplyStatus.DONE and run.reply.summary == "Wrote the file."
    assert (place.code / "hello.txt").read_text() == "hello\n"
    assert run.usage.turns >= 2 and run.usage.cost_usd > 0 and run.usage.output_tokens > 0
    assert run.session_id and len(place.started) == 1


async def test_the_log_has_the_guides_format_and_is_for_its_owner_only(model: ScriptedModel, place: Bench) -> None:
    say(model, WRITE, DONE)
    await place.run()
    lines = place.log_file.read_text().splitlines()
    assert lines[0] == lines[2] == "=" * 80
    assert lines[1].startswith("[20") and lines[1].endswith("] Task: A task")
    assert "I write it." in lines and "All is done." in lines and lines[-2:] == ["Exit code: 0", ""]
    assert stat.S_IMODE(place.log_file.stat().st_mode) == 0o600
    assert place.texts[0].startswith("I write it.")


async def test_a_denied_tool_is_told(model: ScriptedModel, place: Bench) -> None:
    say(model, bash("touch /etc/never"), DONE)
    run = await place.run(permission_mode="default", allowed_tools=("Read",))
    assert run.ending is Ending.REPLIED
    assert [denial.tool for denial in run.denials] == ["Bash"] and "touch /etc/never" in run.denials[0].detail


async def test_no_structured_reply_is_not_done(model: ScriptedModel, place: Bench) -> None:
    model.script = Script(rules=(Rule(turns=(Turn(text="I think I am done."),) * 9),), default=Turn(text="Done!"))
    run = await place.run()
    assert run.exit_code == 0 and run.ending is Ending.NO_REPLY and run.reply is None


async def test_a_structured_reply_of_another_form_again_and_again_is_none(model: ScriptedModel, place: Bench) -> None:
    say(model, *(Turn(reply={"status": "poem"}) for _ in range(9)))
    run = await place.run()
    assert (run.exit_code, run.ending, run.reply) == (1, Ending.NO_REPLY, None)
    assert "of the form that it was asked for" in run.detail and run.usage.cost_usd > 0


async def test_a_slash_command_is_no_work(model: ScriptedModel, place: Bench) -> None:
    run = await place.run("/help me")
    assert run.exit_code == 0 and run.ending is Ending.NO_WORK
    assert model.prompts() == []


async def test_no_key_is_not_the_tasks_fault(model: ScriptedModel, place: Bench) -> None:
    del place.env["ANTHROPIC_API_KEY"]
    run = await place.run()
    assert (run.exit_code, run.ending, run.unusable_kind) == (1, Ending.UNUSABLE, "login")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=400, error_type="invalid_request_error", message="Your credit balance is too low"), "credit"),
        (Fault(status=401, error_type="authentication_error", message="invalid x-api-key"), "login"),
        (Fault(status=429, error_type="rate_limit_error", message="slow down"), "overloaded"),
        (Fault(status=529, error_type="overloaded_error", message="Overloaded"), "overloaded"),
        (Fault(status=500, message="broken"), "overloaded"),
        (Fault(status=429, error_type="rate_limit_error", headers={"retry-after": "300"}), "overloaded"),
    ],
    ids=["credit", "401", "429", "529", "500", "429-long-retry-after"],
)
async def test_a_model_that_cannot_work_is_not_the_tasks_fault(
    model: ScriptedModel, place: Bench, fault: Fault, kind: str
) -> None:
    model.script = Script(rules=(Rule(turns=(Turn(fault=fault),) * 20),))
    run = await place.run()
    assert (run.exit_code, run.ending, run.unusable_kind) == (1, Ending.UNUSABLE, kind)


async def test_a_refused_connection_is_not_the_tasks_fault(place: Bench) -> None:
    run = await place.run(env={"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"})
    assert (run.exit_code, run.ending, run.unusable_kind) == (1, Ending.UNUSABLE, "unreachable")


async def test_a_used_up_plan_window_names_when_it_opens_again(model: ScriptedModel, place: Bench) -> None:
    headers = {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-reset": "$NOW+1H",
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
    }
    fault = Fault(status=429, error_type="rate_limit_error", message="limit", headers=headers)
    model.script = Script(rules=(Rule(turns=(Turn(fault=fault),) * 20),))
    del place.env["ANTHROPIC_API_KEY"]
    run = await place.run(env={"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-" + "x" * 40})
    assert (run.exit_code, run.ending, run.unusable_kind) == (1, Ending.UNUSABLE, "plan_window")
    assert run.resets_at is not None


async def test_one_429_and_a_dropped_answer_are_overcome(model: ScriptedModel, place: Bench) -> None:
    model.script = Script(
        rules=(
            Rule(turns=(Turn(fault=Fault(status=429, error_type="rate_limit_error")),), times=1),
            Rule(turns=(Turn(text="half", fault=Fault(drop=True)),), times=1),
            Rule(turns=(DONE,)),
        )
    )
    run = await place.run(env={"CLAUDE_CODE_MAX_RETRIES": "3"})
    assert (run.exit_code, run.ending) == (0, Ending.REPLIED)


async def test_a_server_that_never_answers_is_not_the_tasks_fault(model: ScriptedModel, place: Bench) -> None:
    model.script = Script(rules=(Rule(turns=(Turn(fault=Fault(hang_seconds=60)),) * 9),))
    run = await place.run(env={"API_TIMEOUT_MS": "1500"})
    assert (run.exit_code, run.ending, run.unusable_kind) == (1, Ending.UNUSABLE, "unreachable")


async def test_the_turn_limit_is_named_and_paid_for(model: ScriptedModel, place: Bench) -> None:
    say(model, *(bash("true"),) * 9)
    run = await place.run(max_turns=2)
    assert (run.exit_code, run.ending) == (1, Ending.TURN_LIMIT)
    assert "turns (2)" in run.detail and run.usage.cost_usd > 0


async def test_the_money_limit_is_named_and_paid_for(model: ScriptedModel, place: Bench) -> None:
    dear = bash("true").model_copy(update={"input_tokens": 2_000_000})
    say(model, *(dear,) * 9)
    run = await place.run(max_budget_usd=0.5)
    assert (run.exit_code, run.ending) == (1, Ending.MONEY_LIMIT)
    assert run.usage.cost_usd > 0.5


async def test_the_time_limit_ends_the_agent_and_all_that_it_started(model: ScriptedModel, place: Bench) -> None:
    say(model, bash("perl -e 'sleep 300'"), DONE)
    run = await place.run(wall_seconds=3)
    assert run.ending is Ending.TIME_LIMIT and run.exit_code in (143, -15)


async def test_silence_ends_the_agent(model: ScriptedModel, place: Bench) -> None:
    say(model, bash("perl -e 'sleep 300'"), DONE)
    run = await place.run(stall_seconds=3)
    assert run.ending is Ending.TIME_LIMIT and "sign of life" in run.detail


async def test_a_lost_claim_stops_the_agent(model: ScriptedModel, place: Bench) -> None:
    say(model, bash("perl -e 'sleep 300'"), DONE)
    place.should_stop = lambda: bool(place.started) and (place.code / "x").write_text("") == 0
    run = await place.run()
    assert run.ending is Ending.STOPPED


async def test_a_killed_cli_is_not_done(model: ScriptedModel, place: Bench) -> None:
    say(model, bash("kill -9 $PPID; perl -e 'sleep 300'"), DONE)
    run = await place.run()
    assert run.ending is Ending.CUT and run.exit_code in (137, -9)


@pytest.mark.parametrize(("name", "codes"), [("TERM", (143, -15)), ("INT", (0,))])
async def test_a_cli_that_somebody_else_signals_is_not_done(
    model: ScriptedModel, place: Bench, name: str, codes: tuple[int, ...]
) -> None:
    say(model, bash(f"kill -{name} $PPID; perl -e 'sleep 300'"), DONE)
    run = await place.run()
    assert run.ending in (Ending.CUT, Ending.ERROR) and run.exit_code in codes and run.reply is None


async def test_work_in_the_background_is_switched_off(model: ScriptedModel, place: Bench) -> None:
    command = {"command": "sleep 300 & perl -e 'sleep 200'", "description": "a server", "run_in_background": True}
    say(model, Turn(tools=(ToolCall(name="Bash", input=command),)), DONE)
    run = await place.run()
    assert run.ending is Ending.REPLIED
    (answer,) = [text for text in map(str, model.requests[-1].body["messages"]) if "tool_result" in text][-1:]
    assert "is_error" in answer and "run_in_background" in answer


async def test_an_mcp_server_that_does_not_end_leaves_nothing_behind(model: ScriptedModel, place: Bench) -> None:
    server = place.root / "mcp.py"
    server.write_text(
        "import json, signal, sys, time\n"
        "for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGHUP):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "open(sys.argv[1], 'w').close()\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        "    if 'id' in asked:\n"
        "        version = asked.get('params', {}).get('protocolVersion', '2025-06-18')\n"
        "        about = {'capabilities': {}, 'serverInfo': {'name': 's', 'version': '1'}}\n"
        "        about['protocolVersion'] = version\n"
        "        print(json.dumps({'jsonrpc': '2.0', 'id': asked['id'], 'result': about}), flush=True)\n"
        "time.sleep(300)\n"
    )
    started = place.root / "started"
    command = {"command": sys.executable, "args": [str(server), str(started)]}
    (place.code / ".mcp.json").write_text(json.dumps({"mcpServers": {"sticky": command}}))
    (place.root / "home" / ".claude").mkdir()
    (place.root / "home" / ".claude" / "settings.json").write_text('{"enableAllProjectMcpServers": true}')
    say(model, DONE)
    run = await place.run()  # the bench sees whether anything stayed
    assert run.ending is Ending.REPLIED and started.exists()


async def test_a_session_id_cannot_be_used_twice_and_an_unknown_one_not_resumed(
    model: ScriptedModel, place: Bench
) -> None:
    say(model, DONE)
    first = await place.run()
    again = await place.run(session_id=first.session_id)
    assert (again.exit_code, again.ending) == (1, Ending.SESSION_IN_USE)
    gone = await place.run(resume=True)
    assert (gone.exit_code, gone.ending) == (1, Ending.SESSION_GONE)
    resumed = await place.run("Go on.", session_id=first.session_id, resume=True)
    assert resumed.ending is Ending.REPLIED and resumed.session_id == first.session_id


async def test_the_agents_environment_holds_nothing_of_ours(model: ScriptedModel, place: Bench) -> None:
    os.environ["ASANA_ACCESS_TOKEN"] = "asana-secret-token"
    try:
        say(model, bash("env > env.txt; cat /proc/$PPID/environ >> env.txt"), DONE)
        await place.run()
    finally:
        del os.environ["ASANA_ACCESS_TOKEN"]
    seen = (place.code / "env.txt").read_text()
    assert "asana-secret-token" not in seen and "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS=1" in seen


async def test_secrets_are_masked_in_log_events_and_reply(model: ScriptedModel, place: Bench) -> None:
    secret = 'tok"en/with +odd\\chars'
    place.secrets = (secret, "sk-test-0123456789")
    say(
        model,
        Turn(text=f"The key is {secret}.", tools=bash("echo $ANTHROPIC_API_KEY").tools),
        Turn(reply={"status": "done", "summary": f"Used {secret} and sk-test-0123456789."}),
    )
    run = await place.run(f"Use {secret}", name="masked")
    assert run.reply is not None and run.reply.summary == "Used *** and ***."
    written = [path.read_bytes() for path in place.run_dir("masked").iterdir() if path.is_file()]
    written.append(place.log_file.read_bytes())
    everything = b"".join(written)
    for form in (secret, json.dumps(secret)[1:-1], "sk-test-0123456789"):
        assert form.encode() not in everything
    for path in place.run_dir("masked").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
