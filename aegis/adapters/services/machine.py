"""What this machine has by itself: programs, variables, Docker's engine and containers, as the agent would see them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aegis.adapters.services.greetings import NO_ANSWER, NOT_RUNNING, greet
from aegis.adapters.services.places import Place, left
from aegis.core.environment import child_environment, is_ours
from aegis.core.models import ServiceProbe
from aegis.core.services import Greeting
from aegis.core.services.requirement import IN_ENVIRONMENT, ON_PATH
from aegis.core.text import one_line

_LOOKED_AT = ("PATH", "HOME", "USER", "LANG", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK")
_DOCKERS = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
_DOCKER_SOCKET = "/var/run/docker.sock"
_LONGEST_NAME = 80
_SECONDS_TO_END = 0.2  # a program is ended before the look's time is over: nobody would be left to do it after
NO_DOCKER_COMMAND = "'docker' command not found"


@dataclass(frozen=True)
class Machine:
    """What looks know of the machine: the configured addresses by setting, and what the agent would be handed.

    `environ` holds the values of PATH and of Docker's own variables, as the agent gets them; of all other variables
    only the names are kept: `present` those that are set where Aegis runs, `handed` those that the agent gets.
    """

    urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    present: frozenset[str] = frozenset()
    handed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, base: Mapping[str, str], pass_names: Iterable[str], urls: Mapping[str, str]) -> Machine:
        """The machine as an agent sees it that is handed `base` by the rules of `child_environment`."""
        handed = child_environment(base, {}, pass_names)
        return cls(
            urls=urls,
            environ={name: handed[name] for name in (*_LOOKED_AT, *_DOCKERS) if name in handed},
            present=frozenset(name for name, value in base.items() if value.strip()),
            handed=frozenset(name for name, value in handed.items() if value.strip()),
        )


# --- variables and programs ----------------------------------------------------------------------------------


def variable(name: str, machine: Machine) -> ServiceProbe:
    """Whether the agent would have a variable; its value is not looked at."""
    if name in machine.handed:
        detail = "set, and handed to the agent"
    elif is_ours(name):
        detail = "one of Aegis's own, which no agent is ever handed"
    elif name in machine.present:
        detail = "set where Aegis runs, but not handed to the agent: CLAUDE_ENV_PASS does not name it"
    else:
        detail = "not set where Aegis runs"
    return ServiceProbe(service=name, address=IN_ENVIRONMENT, up=name in machine.handed, detail=detail)


def command(name: str, programs: Sequence[str], machine: Machine) -> ServiceProbe:
    """Whether one of these programs is on the agent's PATH; it is not run."""
    found = next((path for program in programs if (path := which(program, machine))), None)
    return ServiceProbe(
        service=name, address=found or ON_PATH, up=found is not None, detail="there" if found else "command not on PATH"
    )


def node(deadline: float, machine: Machine) -> ServiceProbe:
    """Node, which must also tell its version: a version manager's stand-in may have none behind it."""
    path = which("node", machine) or which("nodejs", machine)
    if path is None:
        return ServiceProbe(service="Node", address=ON_PATH, up=False, detail="command not on PATH")
    done = run([path, "--version"], machine, deadline)
    if done is None or done.code != 0:
        return ServiceProbe(service="Node", address=path, up=False, detail="does not run")
    return ServiceProbe(service="Node", address=path, up=True, detail=one_line(done.out, 20) or "runs")


def which(program: str, machine: Machine) -> str | None:
    """The program's path, None where the agent's PATH has none; no PATH has nothing."""
    return shutil.which(program, path=machine.environ.get("PATH", ""))


@dataclass(frozen=True)
class Done:
    """A program that ended."""

    code: int
    out: str
    err: str


def run(argv: Sequence[str], machine: Machine, deadline: float) -> Done | None:
    """Run a program of ours (never one of a text's words) to its end; None where it took too long or did not start."""
    try:
        process = subprocess.Popen(
            argv,
            cwd="/",
            env=dict(machine.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        seconds = left(deadline)
        out, err = process.communicate(timeout=seconds - min(_SECONDS_TO_END, seconds / 4))
    except (subprocess.TimeoutExpired, TimeoutError):
        return None
    finally:
        _end(process)
    return Done(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a program and its children, such as an ssh that hangs."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


# --- Docker --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Container:
    """A container: `running` only where it is that, `state` in Docker's word."""

    name: str
    image: str
    state: str

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.state == "running"


@dataclass(frozen=True)
class Engine:
    """What the docker command said: `containers` is None where it could not tell."""

    has_command: bool
    trouble: str = ""
    address: str = ""
    containers: tuple[Container, ...] | None = None


def engine(machine: Machine, deadline: float) -> Engine:
    """Ask the docker command for the containers, running or not."""
    path = which("docker", machine)
    if path is None:
        return Engine(has_command=False, trouble=NO_DOCKER_COMMAND)
    done = run([path, "container", "ls", "--all", "--no-trunc", "--format", "{{json .}}"], machine, deadline)
    if done is None:
        return Engine(has_command=True, trouble=NO_ANSWER, address=path)
    if done.code != 0:
        refused = "permission denied" in done.err.casefold()
        return Engine(has_command=True, trouble="this user may not reach it" if refused else NOT_RUNNING, address=path)
    return Engine(has_command=True, address=path, containers=tuple(_containers(done.out)))


def docker(machine: Machine, deadline: float) -> ServiceProbe:
    """Docker by its command, which knows the user's contexts; without one, by its engine's socket."""
    asked = engine(machine, deadline)
    if asked.has_command:
        hint = _unhanded(machine) if asked.trouble else ""
        return ServiceProbe(
            service="Docker", address=asked.address, up=not asked.trouble, detail=(asked.trouble or "answers") + hint
        )
    by_socket = _by_socket(machine, deadline)
    return by_socket.model_copy(update={"detail": f"{by_socket.detail}; {NO_DOCKER_COMMAND}"})


def _unhanded(machine: Machine) -> str:
    names = [name for name in _DOCKERS[:2] if name in machine.present - machine.handed]
    return f"; {names[0]} is set, but CLAUDE_ENV_PASS does not name it" if names else ""


def _by_socket(machine: Machine, deadline: float) -> ServiceProbe:
    try:
        named = urlsplit(machine.environ.get("DOCKER_HOST", ""))
        port = named.port
    except ValueError:
        return ServiceProbe(service="Docker", address="DOCKER_HOST", up=False, detail="its address cannot be used")
    if named.scheme in ("tcp", "http", "https"):
        place = Place(named.hostname or "localhost", port or 2375)
        trouble = greet(Greeting.DOCKER, place, deadline)
        return ServiceProbe(service="Docker", address=str(place), up=not trouble, detail=trouble or "answers")
    if named.scheme and named.scheme != "unix":
        address = f"{named.scheme}://{named.hostname or ''}"
        return ServiceProbe(
            service="Docker", address=address, up=True, detail="not looked at: only sockets and TCP are"
        )
    paths = [named.path] if named.scheme else [_DOCKER_SOCKET, *_own_sockets(machine.environ)]
    found = [(path, greet(Greeting.DOCKER, Place(path=path), deadline)) for path in paths]
    path, trouble = next((one for one in found if not one[1]), found[0])
    return ServiceProbe(service="Docker", address=path, up=not trouble, detail=trouble or "answers")


def _own_sockets(environ: Mapping[str, str]) -> list[str]:
    """Where Docker Desktop and a rootless engine put their sockets."""
    home, runtime = environ.get("HOME"), environ.get("XDG_RUNTIME_DIR")
    return [
        *([f"{home}/.docker/run/docker.sock"] if home else []),
        *([f"{runtime}/docker.sock"] if runtime else []),
    ]


def _containers(lines: str) -> Iterable[Container]:
    for line in lines.splitlines():
        with suppress(ValueError, AttributeError):
            one = json.loads(line)
            names = one.get("Names", "")
            name = names[0] if isinstance(names, list) and names else names
            status = str(one.get("Status", ""))
            state = str(one.get("State", "") or ("running" if status.startswith("Up") else "exited")).casefold()
            yield Container(one_line(str(name), _LONGEST_NAME), str(one.get("Image", "")), state)


def containers_detail(containers: Sequence[Container], images: Sequence[str]) -> str:
    """What the containers of these images say of a service that does not answer; "" where there is none.

    "container not running" is the guide's word.
    """
    ours = [one for one in containers if _image(one.image) in images]
    if not ours:
        return ""
    runs = next((one for one in ours if one.running), None)
    if runs is not None:
        return f"container {runs.name} runs, but nothing answers at its usual port here"
    more = f" and {len(ours) - 1} more" if len(ours) > 1 else ""
    return f"container not running: {ours[0].name}, {one_line(ours[0].state, 20)}{more}"


def _image(reference: str) -> str:
    """The last part of an image's name: "postgres" of "docker.io/library/postgres:16-alpine"."""
    return re.sub(r"[:@].*$", "", reference.rpartition("/")[2]).casefold()
