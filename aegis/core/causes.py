"""Causes: what a person is asked about, each with a fingerprint that is the same in each run and on each machine.

What an answer releases, for each cause (`Effect`). "Completed" is a question completed without a word: that accepts the
recommendation, which is marked with *.

| cause (fingerprint of)             | options                                | words of one's own, completed        |
|------------------------------------|----------------------------------------|--------------------------------------|
| service that does not answer       | the ways to have it*: LOOK             | "it runs now": LOOK; other words:    |
| (name, address; the host too where | do the tasks without it: RELEASE       | RELEASE. Completed: LOOK             |
| the address is this machine)       |                                        |                                      |
| unknown name (project, words)      | go on without it*: RELEASE             | RELEASE                              |
|                                    | I name the right task: HOLD            |                                      |
| ambiguous name (project, words)    | this one: WAIT for it                  | WAIT for all of them                 |
|                                    | all of them*: WAIT; none: RELEASE      |                                      |
| cycle (GIDs, sorted)               | start with X (the first*): START       | START with the first, with the words |
|                                    | I change the dependencies: HOLD        |                                      |
| unclear requirement (as an unknown | it is met or not needed*: RELEASE      | RELEASE                              |
| name of these words)               | I add to the text: HOLD                |                                      |
| dependency rejected, cancelled,    | go on without it (* if gone): RELEASE  | RELEASE                              |
| deleted or hidden (its GID)        | keep waiting (* if rejected): HOLD     |                                      |
| code location (project)            | I write it into the notes*: LOOK       | LOOK                                 |
|                                    | leave the project alone: HOLD          |                                      |
| attempts used up (task)            | try again*: RETRY                      | RETRY                                |
|                                    | leave it to a person: HOLD             |                                      |
| what the agent asks (task, words)  | the agent's own: RELEASE               | RELEASE                              |
| the account cannot be used         | it is mended*: LOOK                    | LOOK (the probe decides)             |

RELEASE: the reason does not count any more, for all tasks of the cause, and the words stand in their prompts. HOLD:
the tasks wait, with a reason that names the answer, until their texts or links change; then, if the cause is still
there, it is asked anew. LOOK: only the next look at the service or the notes decides; what is still missing is said
once, by a comment, and not asked again before it has been there and gone. WAIT: the named tasks become dependencies.
START: the task waits for no other of its cycle. RETRY: the attempts are counted anew; used up once more, it is asked
anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from aegis.core.models import AsanaTask, Effect, Reason, ReasonKind, ServiceProbe
from aegis.core.references import same_name

_ONE_CAUSE = {ReasonKind.UNCLEAR: ReasonKind.UNKNOWN_REFERENCE}
"""Spelling alone decides whether words that no task bears are taken for a task ("Vendor contract") or for something
else ("the vendor contract"); it is the same thing that is asked, and the answers do the same."""

_ARTICLE = re.compile(r"^(?:the|a|an|our|your) ")

_LETTERS = {
    ReasonKind.SERVICE: "s",
    ReasonKind.UNKNOWN_REFERENCE: "u",
    ReasonKind.AMBIGUOUS_REFERENCE: "m",
    ReasonKind.CYCLE: "y",
    ReasonKind.UNCLEAR: "r",
    ReasonKind.DEPENDENCY: "p",
    ReasonKind.CODE_LOCATION: "l",
    ReasonKind.FAILURES: "t",
    ReasonKind.QUESTION: "q",
    ReasonKind.PAUSED: "h",
}
"""The first letter of a fingerprint names the kind of its cause, so that a marker alone tells it; no hex digit does."""

OF_WORDS = {
    ReasonKind.SERVICE: Effect.RELEASE,
    ReasonKind.UNKNOWN_REFERENCE: Effect.RELEASE,
    ReasonKind.AMBIGUOUS_REFERENCE: Effect.WAIT,
    ReasonKind.CYCLE: Effect.START,
    ReasonKind.UNCLEAR: Effect.RELEASE,
    ReasonKind.DEPENDENCY: Effect.RELEASE,
    ReasonKind.CODE_LOCATION: Effect.LOOK,
    ReasonKind.FAILURES: Effect.RETRY,
    ReasonKind.QUESTION: Effect.RELEASE,
    ReasonKind.PAUSED: Effect.LOOK,
}
"""What words of a person's own do, where they choose no option."""

OF_NO_PROJECT = (ReasonKind.SERVICE, ReasonKind.DEPENDENCY)
"""Kinds of causes that several projects may share: one question serves them all."""

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "")  # noqa: S104 - compared, not listened on


def fingerprint(kind: ReasonKind, *cause: str) -> str:
    """The same cause has the same fingerprint, in each run and on each machine."""
    digest = hashlib.sha256("\0".join((kind.value, *cause)).encode("utf-8", "replace")).hexdigest()
    return f"{_LETTERS[kind]}{digest[:20]}"


def kind_of(print_: str) -> ReasonKind | None:
    """The kind of the cause that a fingerprint is of; None for one that Aegis does not make any more."""
    return next((kind for kind, letter in _LETTERS.items() if print_.startswith(letter)), None)


def service_cause(probe: ServiceProbe, host: str) -> str:
    """The cause that a service does not answer: one for all projects, and for all machines where it is not local."""
    here = (host,) if _is_here(probe.address) else ()
    return fingerprint(ReasonKind.SERVICE, probe.service, probe.address, *here)


def _is_here(address: str) -> bool:
    """Whether an address means another thing on each machine: a socket, a loop-back name, no host at all."""
    if address.startswith("/") or (":" not in address and "." not in address):
        return True
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return False
    return host in _THIS_MACHINE or host.startswith("127.")


def cause_of(reason: Reason, task: AsanaTask, project_gid: str) -> str | None:
    """The fingerprint of a reason's cause, where a person is asked about causes of its kind.

    A service's is known to the look alone (`service_cause`); a dependency's and a failure's are causes only where they
    say so themselves.
    """
    match reason.kind:
        case ReasonKind.UNKNOWN_REFERENCE | ReasonKind.AMBIGUOUS_REFERENCE | ReasonKind.UNCLEAR:
            words = same_name(reason.words or reason.text)
            return fingerprint(_ONE_CAUSE.get(reason.kind, reason.kind), project_gid, _ARTICLE.sub("", words) or words)
        case ReasonKind.CYCLE:
            return reason.cause or cycle_cause(reason.gids)
        case ReasonKind.CODE_LOCATION:
            return fingerprint(reason.kind, project_gid)
    return reason.cause


def failures_cause(task_gid: str) -> str:
    """The cause that a task's attempts are used up."""
    return fingerprint(ReasonKind.FAILURES, task_gid)


def cycle_cause(gids: Iterable[str]) -> str:
    """The cause that these tasks wait for each other in a circle, whichever of them it begins with."""
    return fingerprint(ReasonKind.CYCLE, *sorted(gids))


def dependency_cause(gid: str) -> str:
    """The cause that a dependency was rejected, cancelled or deleted, or cannot be seen."""
    return fingerprint(ReasonKind.DEPENDENCY, gid)


def agent_cause(task_gid: str, words: str) -> str:
    """The cause that the agent asks these words about a task."""
    return fingerprint(ReasonKind.QUESTION, task_gid, same_name(words))


def content_of(task: AsanaTask, questions: Collection[str]) -> str:
    """What a task reads like and is linked to, questions apart: an answer that holds it counts until this changes."""
    parts = (task.notes, *sorted(gid for gid in task.dependencies if gid not in questions))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
