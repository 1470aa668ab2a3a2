"""Looks at what tasks require: all at the same time, two seconds at most together, remembered for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aegis.adapters.services.greetings import NO_ANSWER, NOT_RUNNING, ask_url, greet
from aegis.adapters.services.machine import (
    NO_DOCKER_COMMAND,
    Machine,
    command,
    containers_detail,
    docker,
    engine,
    node,
    variable,
)
from aegis.adapters.services.places import Place, named_place, places_of, url_place
from aegis.core.models import ServiceProbe
from aegis.core.services import BY_NAME, Greeting, Kind, Requirement
from aegis.core.services.commands import COMMANDS

SECONDS = 2.0
UP_SECONDS, DOWN_SECONDS = 300.0, 1.0
"""How long a look counts. What answers is only asked again after a while; what is away may be started by the very task
that has just ended: `doubt_what_is_away` has it looked at again at once."""
MOST_LOOKS = 64
"""Looks at one time: a project whose texts name more is told so, and scans no network."""

WITHOUT_DOCKER = (
    f"{NO_DOCKER_COMMAND}: container states were not looked at. Install Docker, or ignore this: tasks still run, "
    "but a blocker may be missed."
)
DOCKER_AWAY = "Docker does not answer: container states were not looked at."
_TOO_MANY = f"not looked at: tasks require more than {MOST_LOOKS} things at once"


def look(requirement: Requirement, machine: Machine, seconds: float = SECONDS) -> ServiceProbe:
    """One look, without a word about containers. Never raises, and takes no longer than `seconds`."""
    return _looks([requirement], machine, time.monotonic() + seconds)[requirement]


@dataclass
class Lookout:
    """Looks for a session, and remembers what was seen: a session judges often.

    `look` gives a probe for each requirement; `notes` is what people should be told once of the looks themselves.
    """

    clock: Callable[[], float] = time.monotonic
    seconds: float = SECONDS
    _seen: dict[Requirement, tuple[float, ServiceProbe]] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)

    def look(self, requirements: Iterable[Requirement], machine: Machine) -> dict[Requirement, ServiceProbe]:
        """What a look at each finds, or found a short while ago."""
        wanted = tuple(dict.fromkeys(requirements))
        stale = [one for one in wanted if not self._is_fresh(one)]
        if stale:
            deadline = time.monotonic() + self.seconds
            found = _looks(stale, machine, deadline)
            found = self._with_containers(found, machine, deadline)
            at = self.clock()
            self._seen.update({requirement: (at, probe) for requirement, probe in found.items()})
        return {one: self._seen[one][1] for one in wanted}

    def doubt_what_is_away(self) -> None:
        """Look again at what was not there, however short ago: something ran meanwhile that may have brought it."""
        self._seen = {one: seen for one, seen in self._seen.items() if seen[1].up}

    def notes(self) -> list[str]:
        """What was not said yet."""
        notes, self._notes = self._notes, []
        return notes

    def _is_fresh(self, requirement: Requirement) -> bool:
        if requirement not in self._seen:
            return False
        at, probe = self._seen[requirement]
        return self.clock() - at < (UP_SECONDS if probe.up else DOWN_SECONDS)

    def _with_containers(
        self, found: Mapping[Requirement, ServiceProbe], machine: Machine, deadline: float
    ) -> dict[Requirement, ServiceProbe]:
        """Services that do not run here, with what Docker says of their containers."""
        if any(one.service == "Docker" and NO_DOCKER_COMMAND in probe.detail for one, probe in found.items()):
            self._note(WITHOUT_DOCKER)
        away = [one for one, probe in found.items() if probe.detail == NOT_RUNNING and _may_be_contained(one, machine)]
        if not away:
            return dict(found)
        asked = engine(machine, deadline)
        if asked.containers is None:
            self._note(DOCKER_AWAY if asked.has_command else WITHOUT_DOCKER)
            return dict(found)
        details = {one: containers_detail(asked.containers, BY_NAME[one.service].images) for one in away}
        told = {one: found[one].model_copy(update={"detail": detail}) for one, detail in details.items() if detail}
        return {**found, **told}

    def _note(self, note: str) -> None:
        if note not in self._said:
            self._said.add(note)
            self._notes.append(note)


def _may_be_contained(requirement: Requirement, machine: Machine) -> bool:
    if requirement.kind is not Kind.SERVICE or not BY_NAME[requirement.service].images:
        return False
    return places_of(BY_NAME[requirement.service], requirement.address, machine.urls)[0].is_here


def _looks(requirements: Sequence[Requirement], machine: Machine, deadline: float) -> dict[Requirement, ServiceProbe]:
    """In threads that may be left behind: neither a name server nor a stuck peer can be interrupted otherwise.

    What no text named goes first: texts that name very many addresses keep nobody from looking at the configured ones.
    """
    found: dict[Requirement, ServiceProbe] = {}

    def see(*some: Requirement) -> None:
        for one in some:
            found[one] = _look(one, machine, deadline)

    local = (Kind.COMMAND, Kind.VARIABLE)
    remote = sorted((one for one in requirements if one.kind not in local), key=lambda one: bool(one.address))
    rounds = [tuple(one for one in requirements if one.kind in local), *((one,) for one in remote[:MOST_LOOKS])]
    threads = [threading.Thread(target=see, args=some, daemon=True) for some in rounds if some]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    too_many = set(remote[MOST_LOOKS:])
    return {
        one: found.get(one) or _unseen(one, machine, _TOO_MANY if one in too_many else NO_ANSWER)
        for one in requirements
    }


def _unseen(requirement: Requirement, machine: Machine, detail: str) -> ServiceProbe:
    place = requirement.address
    if requirement.kind is Kind.SERVICE and BY_NAME[requirement.service].port:
        place = str(places_of(BY_NAME[requirement.service], place, machine.urls)[0])
    return ServiceProbe(service=requirement.service, address=place, up=False, detail=detail)


def _look(requirement: Requirement, machine: Machine, deadline: float) -> ServiceProbe:
    name, where = requirement.service, requirement.address
    match requirement.kind:
        case Kind.VARIABLE:
            return variable(name, machine)
        case Kind.COMMAND:
            return command(name, COMMANDS.get(name, (name,)), machine)
        case Kind.PORT:
            trouble = greet(Greeting.CONNECTION, named_place(where), deadline)
            return _probe(name, where, "nothing listens there" if trouble == NOT_RUNNING else trouble)
        case Kind.URL:
            return _probe(name, where, ask_url(url_place(where), deadline))
    service = BY_NAME[name]
    if service.greeting is Greeting.DOCKER:
        return docker(machine, deadline)
    if service.greeting is Greeting.PROGRAM:
        return node(deadline, machine)
    return _first_that_answers(name, service.greeting, places_of(service, where, machine.urls), deadline)


def _first_that_answers(name: str, greeting: Greeting, places: Sequence[Place], deadline: float) -> ServiceProbe:
    """The place that answers; where none does, the first with what is wrong there."""
    troubles = []
    for place in places:
        trouble = greet(greeting, place, deadline)
        if not trouble:
            return _probe(name, str(place), "")
        troubles.append(trouble)
    return _probe(name, str(places[0]), troubles[0])


def _probe(service: str, address: str, trouble: str) -> ServiceProbe:
    return ServiceProbe(service=service, address=address, up=not trouble, detail=trouble or "answers")
