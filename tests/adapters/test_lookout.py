"""Looks at this machine: programs, variables, Docker and its containers; and what a session remembers of its looks."""

from __future__ import annotations

import json
import os
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from aegis.adapters.services import Lookout, Machine, look
from aegis.adapters.services.look import DOCKER_AWAY, DOWN_SECONDS, MOST_LOOKS, UP_SECONDS, WITHOUT_DOCKER
from aegis.core.models import ServiceProbe
from aegis.core.services import Requirement
from tests.adapters.peers import hangs, listening, says

REDIS, POSTGRES, DOCKER = Requirement("Redis"), Requirement("PostgreSQL"), Requirement("Docker")
AWAY = {"REDIS_URL": "redis://127.0.0.1:1", "DATABASE_URL": "postgresql://127.0.0.1:1/x"}
PONG = says(b"HTTP/1.0 200 OK\r\nApi-Version: 1.47\r\n\r\nOK")


def program(folder: Path, name: str, script: str = "exit 0") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def with_path(folder: Path, **more: str) -> Machine:
    return Machine(urls=AWAY, environ={"PATH": f"{folder}:/bin:/usr/bin", **more})


def docker_with(folder: Path, *containers: dict[str, object]) -> Path:
    """A docker command that lists these containers."""
    lines = folder.parent / "containers.jsonl"
    lines.write_text("".join(json.dumps(one) + "\n" for one in containers))
    return program(folder, "docker", f'test "$1 $2" = "container ls" && /bin/cat {lines}')


# --- commands and variables ----------------------------------------------------------------------------------


def test_a_command_is_there_where_the_agents_path_has_it(tmp_path: Path) -> None:
    frob = program(tmp_path / "bin", "frob", f"touch {tmp_path}/was-run")
    found = look(Requirement.command("frob"), Machine(environ={"PATH": str(frob.parent)}))
    assert (found.service, found.address, found.up) == ("frob", str(frob), True)
    assert not (tmp_path / "was-run").exists()
    for path in ("", str(tmp_path)):
        gone = look(Requirement.command("frob"), Machine(environ={"PATH": path}))
        assert (gone.address, gone.up, gone.detail) == ("PATH", False, "command not on PATH")
    frob.chmod(0o644)
    assert not look(Requirement.command("frob"), Machine(environ={"PATH": str(frob.parent)})).up


def test_one_of_several_programs_will_do(tmp_path: Path) -> None:
    convert = program(tmp_path / "bin", "convert")
    found = look(Requirement.command("imagemagick"), Machine(environ={"PATH": str(convert.parent)}))
    assert found.up and found.address == str(convert)


def test_node_must_run_and_not_just_be_there(tmp_path: Path) -> None:
    program(tmp_path / "good", "node", "echo v22.1.0")
    program(tmp_path / "shim", "node", "echo 'no version is set' >&2; exit 126")
    program(tmp_path / "stuck", "node", "exec sleep 60")
    found = look(Requirement("Node"), Machine(environ={"PATH": str(tmp_path / "good")}))
    assert (found.up, found.detail) == (True, "v22.1.0")
    assert look(Requirement("Node"), Machine(environ={"PATH": str(tmp_path / "shim")})).detail == "does not run"
    stuck = look(Requirement("Node"), with_path(tmp_path / "stuck"), 0.3)
    assert not stuck.up
    assert look(Requirement("Node"), Machine()).detail == "command not on PATH"


def test_a_variable_must_be_set_here_and_handed_to_the_agent() -> None:
    base = {"SET_AND_PASSED": "x", "ONLY_SET": "s3cret-value", "BLANK": " ", "ASANA_ACCESS_TOKEN": "t", "LC_ALL": "C"}
    machine = Machine.of(base, ("SET_AND_PASSED", "ONLY_PASSED", "BLANK", "ASANA_ACCESS_TOKEN"), {})

    def detail(name: str) -> tuple[bool, str]:
        found = look(Requirement.variable(name), machine)
        assert (found.service, found.address) == (name, "environment")
        return found.up, found.detail

    assert detail("SET_AND_PASSED") == (True, "set, and handed to the agent")
    assert detail("LC_ALL")[0] is True
    unhanded = "set where Aegis runs, but not handed to the agent: CLAUDE_ENV_PASS does not name it"
    assert detail("ONLY_SET") == (False, unhanded)
    assert detail("ONLY_PASSED") == detail("BLANK") == (False, "not set where Aegis runs")
    assert detail("ASANA_ACCESS_TOKEN") == (False, "one of Aegis's own, which no agent is ever handed")
    assert "s3cret" not in repr(machine) and "s3cret-value" not in str(vars(machine))


# --- Docker --------------------------------------------------------------------------------------------------


def test_docker_is_asked_by_its_command_which_knows_the_users_contexts(tmp_path: Path) -> None:
    command = docker_with(tmp_path / "bin")
    found = look(DOCKER, with_path(tmp_path / "bin"))
    assert (found.up, found.address, found.detail) == (True, str(command), "answers")
    program(tmp_path / "bin", "docker", "echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1")
    assert look(DOCKER, with_path(tmp_path / "bin")).detail == "not running"
    program(tmp_path / "bin", "docker", "echo 'permission denied while trying to connect' >&2; exit 1")
    assert look(DOCKER, with_path(tmp_path / "bin")).detail == "this user may not reach it"


def test_a_docker_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    program(tmp_path / "bin", "docker", f"sleep 60 & echo $! > {tmp_path}/child; echo $$ > {tmp_path}/itself; wait")
    found = look(DOCKER, with_path(tmp_path / "bin"), 1.0)
    assert (found.up, found.detail) == (False, "no answer in time")
    itself = int((tmp_path / "itself").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(itself, 0)


def test_docker_that_the_agent_could_not_find_is_away_and_says_why(tmp_path: Path) -> None:
    program(tmp_path / "bin", "docker", 'test -n "$DOCKER_HOST"')
    base = {"PATH": f"{tmp_path}/bin:/bin", "DOCKER_HOST": "tcp://build.example:2375"}
    unhanded = look(DOCKER, Machine.of(base, (), {}))
    assert unhanded.detail == "not running; DOCKER_HOST is set, but CLAUDE_ENV_PASS does not name it"
    assert look(DOCKER, Machine.of(base, ("DOCKER_HOST",), {})).up


def test_the_docker_command_gets_none_of_our_secrets(tmp_path: Path) -> None:
    program(tmp_path / "bin", "docker", f"env > {tmp_path}/env")
    base = {"PATH": f"{tmp_path}/bin:/bin:/usr/bin", "ANTHROPIC_API_KEY": "sk-secret", "ASANA_ACCESS_TOKEN": "1/secret"}
    look(DOCKER, Machine.of(base, (), {"DATABASE_URL": "postgresql://u:secret@h/x"}))
    assert "secret" not in (tmp_path / "env").read_text()


def test_without_the_command_docker_is_asked_where_it_is_said_to_be(tmp_path: Path) -> None:
    with listening(PONG) as here:
        by_tcp = look(DOCKER, Machine(environ={"DOCKER_HOST": f"tcp://127.0.0.1:{here.port}"}))
    assert (by_tcp.up, by_tcp.detail) == (True, "answers; 'docker' command not found")
    (tmp_path / ".docker" / "run").mkdir(parents=True)
    with listening(PONG, tmp_path / ".docker" / "run" / "docker.sock"):
        assert look(DOCKER, Machine(environ={"HOME": str(tmp_path)})).up
    gone = look(DOCKER, Machine(environ={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}))
    assert (gone.up, gone.address) == (False, f"{tmp_path}/none.sock")
    assert gone.detail == "not running; 'docker' command not found"
    over_ssh = look(DOCKER, Machine(environ={"DOCKER_HOST": "ssh://robin@build.example"}))
    assert over_ssh.up and "not looked at" in over_ssh.detail and over_ssh.address == "ssh://build.example"


EXITED = {"Names": "aegis-postgres", "Image": "docker.io/library/postgres:16-alpine", "State": "exited"}
OTHER = {"Names": "web", "Image": "nginx", "State": "running"}


@pytest.mark.parametrize(
    ("containers", "detail"),
    [
        ((EXITED, OTHER), "container not running: aegis-postgres, exited"),
        ((EXITED, {**EXITED, "Names": "second"}), "container not running: aegis-postgres, exited and 1 more"),
        (
            ({**EXITED, "State": "running"},),
            "container aegis-postgres runs, but nothing answers at its usual port here",
        ),
        (({"Names": ["p"], "Image": "postgres@sha256:1", "Status": "Exited (0)"},), "container not running: p, exited"),
        ((OTHER,), "not running"),
        ((), "not running"),
        (
            ({"Names": "a\x1b[2Jb", "Image": "postgres", "State": "created"},),
            "container not running: a\\x1b[2Jb, created",
        ),
    ],
)
def test_a_service_that_is_away_is_told_with_its_container(
    tmp_path: Path, containers: tuple[dict[str, object], ...], detail: str
) -> None:
    docker_with(tmp_path / "bin", *containers)
    lookout = Lookout()
    found = lookout.look([POSTGRES, REDIS], with_path(tmp_path / "bin"))
    assert found[POSTGRES].detail.startswith(detail) and found[REDIS].detail == "not running"
    assert not found[POSTGRES].up and lookout.notes() == []


def test_no_docker_command_is_said_once_and_is_not_fatal() -> None:
    lookout = Lookout()
    found = lookout.look([POSTGRES, REDIS], Machine(urls=AWAY))
    assert [probe.detail for probe in found.values()] == ["not running", "not running"]
    assert lookout.notes() == [WITHOUT_DOCKER] and lookout.notes() == []
    lookout.look([DOCKER], Machine(urls=AWAY, environ={"DOCKER_HOST": "unix:///nowhere.sock"}))
    assert lookout.notes() == []


def test_no_docker_command_is_said_where_a_text_requires_docker() -> None:
    lookout = Lookout()
    lookout.look([DOCKER], Machine(environ={"DOCKER_HOST": "unix:///nowhere.sock"}))
    assert lookout.notes() == [WITHOUT_DOCKER] and "'docker' command not found" in WITHOUT_DOCKER


def test_an_engine_that_is_away_is_said(tmp_path: Path) -> None:
    program(tmp_path / "bin", "docker", "exit 1")
    lookout = Lookout()
    lookout.look([REDIS], with_path(tmp_path / "bin"))
    assert lookout.notes() == [DOCKER_AWAY]


def test_containers_here_say_nothing_of_other_machines_or_of_what_answers(tmp_path: Path) -> None:
    docker_with(tmp_path / "bin", {"Names": "r", "Image": "redis:7", "State": "exited"})
    elsewhere = Requirement("Redis", "no-such-host.invalid:6379")
    lookout = Lookout()
    assert "container" not in lookout.look([elsewhere], with_path(tmp_path / "bin"))[elsewhere].detail
    with listening(says(b"+PONG\r\n")) as here:
        one = Requirement("Redis", f"localhost:{here.port}")
        assert lookout.look([one], Machine())[one].detail == "answers"
    assert lookout.notes() == []


# --- the session's memory ------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_answers_is_remembered_and_what_is_away_is_looked_at_again() -> None:
    clock = Clock()
    lookout = Lookout(clock=clock)
    with listening(says(b"+PONG\r\n")) as here:
        up, down = Requirement("Redis", f"localhost:{here.port}"), Requirement.at("localhost:1")
        both = Machine(environ={"PATH": ""})
        assert [probe.up for probe in lookout.look([up, down], both).values()] == [True, False]
        clock.now = DOWN_SECONDS + 1
        lookout.look([up, down], both)
        assert here.connections == 1
        clock.now = UP_SECONDS + 1
        lookout.look([up, down], both)
        assert here.connections == 2


def test_a_service_that_a_task_has_started_is_seen_at_once() -> None:
    lookout = Lookout(clock=Clock())
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        wanted = Requirement.at(f"localhost:{server.getsockname()[1]}")
        assert not lookout.look([wanted], Machine())[wanted].up
        server.listen()
        assert not lookout.look([wanted], Machine())[wanted].up, "a look counts for a while"
        lookout.doubt_what_is_away()
        assert lookout.look([wanted], Machine())[wanted].up


def test_all_looks_share_one_deadline() -> None:
    with ExitStack() as stack:
        stuck = [stack.enter_context(listening(hangs)) for _ in range(20)]
        wanted = [Requirement("Redis", f"localhost:{one.port}") for one in stuck]
        found = Lookout(seconds=0.5).look(wanted, Machine())
        assert {probe.detail for probe in found.values()} == {"no answer in time"}
        assert all(one.connections == 1 for one in stuck)


def test_a_project_whose_texts_name_very_many_scans_no_network() -> None:
    wanted = [Requirement.at(f"localhost:{port}") for port in range(1, MOST_LOOKS + 10)]
    found = Lookout().look(wanted, Machine())
    unseen = [one for one, probe in found.items() if "not looked at" in probe.detail]
    assert unseen == wanted[MOST_LOOKS:] and not any(found[one].up for one in unseen)


def test_texts_that_name_very_many_addresses_hide_no_configured_service() -> None:
    with listening(says(b"+PONG\r\n")) as here:
        machine = Machine(urls={"REDIS_URL": f"redis://127.0.0.1:{here.port}"})
        wanted = [*(Requirement.at(f"localhost:{port}") for port in range(1, MOST_LOOKS + 10)), REDIS]
        assert Lookout().look(wanted, machine)[REDIS].up


def test_the_same_service_at_two_addresses_is_two_causes() -> None:
    with listening(says(b"+PONG\r\n")) as here:
        one, other = Requirement("Redis", f"localhost:{here.port}"), Requirement("Redis", "localhost:1")
        found = Lookout().look([one, other], Machine())
    assert [found[one].up, found[other].up] == [True, False]
    assert isinstance(found[one], ServiceProbe)
