"""No process stays behind, whoever dies; and memory does not grow with the output."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aegis.adapters.claims import TTL_SECONDS
from aegis.adapters.claude import end_leftovers
from aegis.adapters.process import ProcessRef, alive, with_environment
from aegis.adapters.run_files import adopt_run, read_exit, read_pids
from aegis.core.claude_options import ClaudeOptions, within_claim
from aegis.core.models import Ending
from aegis.sandbox.model import Rule, Script, ScriptedModel, Turn
from aegis.settings import Settings
from tests.agents import bench, options

RESULT = json.dumps(
    {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "num_turns": 1,
        "session_id": "s",
        "structured_output": {"status": "done", "summary": "ok"},
    }
)


def stand_in(root: Path, body: str) -> Path:
    """An executable in the place of the CLI, for what the real one cannot be made to do."""
    path = root / "stand-in"
    path.write_text(f"#!{sys.executable} -IS\n" + textwrap.dedent(body))
    path.chmod(0o755)
    return path


def owner_script(root: Path, cli: Path | None, name: str, *, model_url: str = "http://127.0.0.1:9") -> list[str]:
    """A process of its own that runs one agent and then prints its memory and the ending."""
    code = f"""
import asyncio, json, resource, sys
from pathlib import Path
from tests.agents import bench, options
place = bench(Path({str(root / name)!r}), {model_url!r})
cli = {str(cli)!r}
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("ready", flush=True)
run = asyncio.run(place.run(cli=None if cli == "None" else Path(cli), name={name!r}))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({{"grown": (peak - idle) / 1024, "children": children / 1024, "ending": run.ending}}))
"""
    return [sys.executable, "-c", code]


def wait_for(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


async def test_200_mb_of_output_stay_out_of_memory(tmp_path: Path) -> None:
    cli = stand_in(
        tmp_path,
        f"""
        import sys
        line = b'{{"type":"assistant","message":{{"content":[{{"type":"text","text":"' + b"x" * 1000000 + b'"}}]}}}}\\n'
        for _ in range(200):
            sys.stdout.buffer.write(line)
        print({RESULT!r})
        """,
    )
    done = subprocess.run(owner_script(tmp_path, cli, "big"), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["ending"] == Ending.REPLIED
    assert told["grown"] <= 50 and told["children"] <= 50


async def test_one_20_mb_answer_of_the_real_cli_needs_at_most_five_times_as_much(tmp_path: Path) -> None:
    script = Script(rules=(Rule(turns=(Turn(text_megabytes=20, reply={"status": "done", "summary": "ok"}),)),))
    with ScriptedModel(script) as model:
        argv = owner_script(tmp_path, None, "answer", model_url=model.url)
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["ending"] == Ending.REPLIED
    assert told["grown"] <= 100


async def test_an_endless_line_is_passed_over(tmp_path: Path) -> None:
    cli = stand_in(
        tmp_path,
        f"""
        import sys
        for _ in range(150):
            sys.stdout.buffer.write(b"x" * 1000000)
        print()
        print({RESULT!r})
        """,
    )
    done = subprocess.run(owner_script(tmp_path, cli, "line"), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["ending"] == Ending.REPLIED and told["grown"] <= 170


async def test_a_process_that_does_not_end_after_its_result_is_not_done(tmp_path: Path) -> None:
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    cli = stand_in(tmp_path, f"import time\nprint({RESULT!r}, flush=True)\ntime.sleep(300)\n")
    run = await place.run(cli=cli)
    assert run.ending is Ending.STUCK and run.reply is None


async def test_a_cut_result_line_is_not_done(tmp_path: Path) -> None:
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    cli = stand_in(tmp_path, f"import sys\nsys.stdout.write({RESULT[:-9]!r})\n")
    run = await place.run(cli=cli)
    assert (run.ending, run.exit_code) == (Ending.CUT, 0)


async def test_a_line_that_breaks_off_after_the_result_is_not_done(tmp_path: Path) -> None:
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    cut = RESULT[:40]
    run = await place.run(cli=stand_in(tmp_path, f"import sys\nprint({RESULT!r})\nsys.stdout.write({cut!r})\n"))
    assert (run.ending, run.exit_code, run.reply) == (Ending.CUT, 0, None)


async def test_a_whole_last_line_needs_no_line_end(tmp_path: Path) -> None:
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    run = await place.run(cli=stand_in(tmp_path, f"import sys\nsys.stdout.write({RESULT!r})\n"))
    assert run.ending is Ending.REPLIED


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        ({"structured_output": None}, Ending.NO_REPLY),
        ({"structured_output": None, "stop_reason": "tool_use"}, Ending.CUT),
        ({"structured_output": {"status": "finished"}}, Ending.NO_REPLY),
        ({"num_turns": 0}, Ending.NO_WORK),
        ({"is_error": True}, Ending.ERROR),
        ({"result": ""}, Ending.REPLIED),
        ({"structured_output": {"status": "done", "summary": ""}}, Ending.REPLIED),
    ],
    ids=["no-reply", "open-tool-call", "odd-reply", "no-turn", "error", "empty-text", "empty-summary"],
)
async def test_what_the_result_line_says_decides(tmp_path: Path, changes: dict[str, object], ending: Ending) -> None:
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    line = json.dumps({**json.loads(RESULT), **changes})
    assert (await place.run(cli=stand_in(tmp_path, f"print({line!r})\n"))).ending is ending


async def test_the_last_of_two_result_lines_counts(tmp_path: Path) -> None:
    failed = json.dumps({"type": "result", "subtype": "error_max_turns", "is_error": True, "num_turns": 1})
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    run = await place.run(cli=stand_in(tmp_path, f"print({RESULT!r})\nprint({failed!r})\nraise SystemExit(1)\n"))
    assert run.ending is Ending.TURN_LIMIT


async def test_a_stubborn_agent_and_its_hidden_children_end_with_the_time_limit(tmp_path: Path) -> None:
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    cli = stand_in(
        tmp_path,
        """
        import os, signal, subprocess, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.environ.clear()
                os.execve("/bin/sh", ["sh", "-c", "trap '' TERM; while :; do echo noise; sleep 0.01; done"], {})
            os._exit(0)
        time.sleep(300)
        """,
    )
    before = _shells()
    run = await place.run(cli=cli, wall_seconds=1, stop_grace_seconds=1)
    assert run.ending is Ending.TIME_LIMIT
    assert _shells() <= before


def _shells() -> set[str]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if b"echo noise" in (entry / "cmdline").read_bytes():
                    found.add(entry.name)
            except OSError:
                continue
    return found


async def test_a_cancelled_run_leaves_no_process(tmp_path: Path) -> None:
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    cli = stand_in(tmp_path, "import time\ntime.sleep(300)\n")
    running = asyncio.create_task(place.run(cli=cli, name="cancelled"))
    while not place.started:
        await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(alive(ref) for ref in place.started[0])


@pytest.mark.parametrize("killed", ["owner", "owner-and-supervisor"])
def test_kill_9_leaves_no_agent_once_the_next_run_has_looked(tmp_path: Path, killed: str) -> None:
    cli = stand_in(tmp_path, "import subprocess, time\nsubprocess.Popen(['sleep', '300'])\ntime.sleep(300)\n")
    owner = subprocess.Popen(owner_script(tmp_path, cli, killed), stdout=subprocess.PIPE)
    run_dir = tmp_path / killed / "runs" / killed
    wait_for(lambda: read_pids(run_dir) is not None)
    pids = read_pids(run_dir)
    assert pids is not None
    wait_for(lambda: len(with_environment(f"AEGIS_EXECUTION_ID={killed}")) >= 3)
    victims = [ProcessRef.of(owner.pid)] + ([pids[0]] if killed == "owner-and-supervisor" else [])
    for ref in victims:
        os.kill(ref.pid, signal.SIGKILL)
    owner.wait()
    end_leftovers(run_dir)
    assert with_environment(f"AEGIS_EXECUTION_ID={killed}") == ()
    assert adopt_run(run_dir, "s") is None, "an agent that did not end by itself has nothing to adopt"
    if killed == "owner":
        ended = read_exit(run_dir)
        assert ended is not None and ended.reason in ("orphaned", "stopped")


def test_an_agent_that_ended_before_its_owner_died_is_adopted(tmp_path: Path) -> None:
    cli = stand_in(tmp_path, f"import time\ntime.sleep(1)\nprint({RESULT!r}, flush=True)\n")
    owner = subprocess.Popen(owner_script(tmp_path, cli, "adopted"), stdout=subprocess.PIPE)
    run_dir = tmp_path / "adopted" / "runs" / "adopted"
    wait_for(lambda: read_pids(run_dir) is not None)
    owner.send_signal(signal.SIGSTOP)  # so that it cannot see the agent's end
    wait_for(lambda: read_exit(run_dir) is not None)
    owner.kill()
    owner.wait()
    run = adopt_run(run_dir, "chosen")
    assert run is not None and run.ending is Ending.REPLIED and run.reply is not None


async def test_an_owner_that_gives_no_sign_for_its_lease_has_its_agent_stopped(tmp_path: Path) -> None:
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    cli = stand_in(tmp_path, "import time\ntime.sleep(300)\n")
    run = await place.run(cli=cli, lease_seconds=0.5)  # its signs come more rarely than that
    assert run.ending is Ending.STOPPED and "claim" in run.detail


async def test_a_clock_that_is_set_anew_costs_no_lease(tmp_path: Path) -> None:
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    cli = stand_in(tmp_path, f"import time\ntime.sleep(1)\nprint({RESULT!r})\n")
    running = asyncio.create_task(place.run(cli=cli, name="leased"))
    while not place.started:
        await asyncio.sleep(0.02)
    os.utime(place.run_dir("leased") / "lease", (time.time() - 5000,) * 2)
    assert (await running).ending is Ending.REPLIED


@pytest.mark.parametrize("claim_seconds", [10, 30, TTL_SECONDS])
def test_a_stopped_owners_agent_is_gone_before_its_claim_can_be_anothers(claim_seconds: float) -> None:
    run = within_claim(options(), claim_seconds)
    longest = run.sign_every_seconds + run.lease_seconds + run.stop_grace_seconds + claim_seconds / 24
    assert longest < claim_seconds * 5 / 6, "a claim is renewed every sixth part of its time"


def test_without_a_setting_the_times_are_those_of_a_claim_of_two_minutes() -> None:
    plain = replace(options(), stop_grace_seconds=ClaudeOptions.stop_grace_seconds)
    assert within_claim(plain, TTL_SECONDS) == plain
    assert Settings.model_fields["claim_seconds"].default == TTL_SECONDS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_to_all_of_a_service_interrupts_the_run_and_fails_no_task(tmp_path: Path, number: int) -> None:
    """As when a service or the machine is stopped: supervisor and CLI get it at the same time."""
    place = bench(tmp_path / "b", "http://127.0.0.1:9")
    cli = stand_in(
        tmp_path, f"import os, signal\nos.kill(os.getppid(), signal.SIGTERM)\nos.kill(os.getpid(), {int(number)})\n"
    )
    assert (await place.run(cli=cli)).ending is Ending.STOPPED


def test_a_secret_across_two_pieces_of_a_stream_is_masked() -> None:
    from hypothesis import given
    from hypothesis import strategies as st

    from aegis.adapters.supervisor import StreamMasker

    @given(st.text("ab\n", max_size=60), st.lists(st.integers(0, 60), max_size=6))
    def holds(text: str, cuts: list[int]) -> None:
        secrets = [b"abba", b"ab", b"aabb"]
        masker = StreamMasker(secrets)
        data, at, out = text.encode(), 0, b""
        for cut in sorted(cuts):
            out += masker.feed(data[at:cut]) if cut > at else b""
            at = max(at, cut)
        out += masker.feed(data[at:]) + masker.flush()
        whole = StreamMasker(secrets)
        assert out == whole.feed(data) + whole.flush()
        assert b"ab" not in out.replace(b"***", b"") or b"***" in out

    holds()
