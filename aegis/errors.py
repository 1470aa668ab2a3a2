"""Every error that Aegis raises on purpose, in one tree.

    AegisError
    ├── UsageError                      what was asked makes no sense (exit code 2)
    ├── ConfigurationError              settings missing or invalid
    ├── ProjectNotFoundError            no such project in the portfolio
    ├── CodeLocationError               the project names no usable directory
    ├── AsanaError
    │   ├── AsanaUnauthorizedError      401
    │   ├── AsanaForbiddenError         403, 451
    │   ├── AsanaNotFoundError          404
    │   ├── AsanaPlanError              402: the workspace's plan lacks it
    │   ├── AsanaRefusedError           400, 409, 413: Asana will never take this request
    │   ├── AsanaSyncError              412: the place in a stream of events is none, or too old
    │   ├── AsanaRateLimitedError       429
    │   ├── AsanaUnavailableError       5xx, timeouts, broken connections
    │   ├── AsanaNotSentError           its turn came too late, so it was not sent
    │   └── AsanaMalformedAnswerError   an answer that is not what the API promises
    ├── ClaudeError
    │   ├── ClaudeNotFoundError         no CLI on this machine
    │   └── ClaudeUnusableError         a CLI that cannot work: login, credit, plan window, model away
    ├── DatabaseError                   away, behind or ahead of this code's schema
    ├── ClaimLostError                  another process owns the task now
    ├── PrefectUnavailableError         no Prefect server answers
    ├── AlreadyRunningError             another `aegis start` has this AEGIS_HOME
    ├── LocalResourceError              disk full, a file or directory that cannot be used
    └── NoticeError                     a notice could not be sent now
        └── NoticeAddressError          nor ever, to this address

Each error is one sentence for a person (`str(error)`), may carry a `hint` that says what to do, and says with
`retryable` whether the same call may succeed later without anybody changing anything.
"""

from __future__ import annotations

from typing import ClassVar


class AegisError(Exception):
    """The root: a sentence that says what is wrong and where, and a hint that says what to do."""

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by state, because Prefect stores exceptions and keyword-only arguments do not survive."""
        return (_rebuild, (type(self), self.message, self.__dict__.copy()))


def _rebuild(cls: type[AegisError], message: str, state: dict[str, object]) -> AegisError:
    error = cls.__new__(cls)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class UsageError(AegisError):
    """The command or its arguments make no sense."""

    exit_code = 2


class ConfigurationError(AegisError):
    """Settings are missing or invalid."""


class ProjectNotFoundError(AegisError):
    """The portfolio holds no project of that name, GID or address; `available` lists those it holds."""

    def __init__(self, message: str, *, available: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.available = available


class CodeLocationError(AegisError):
    """The project's notes name no usable code directory; `found` is what was read there."""

    def __init__(self, message: str, *, found: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.found = found


class AsanaError(AegisError):
    """Asana answered with an error or not at all; `status` is the HTTP status or None."""

    def __init__(self, message: str, *, status: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class AsanaUnauthorizedError(AsanaError):
    """401: the token is missing, wrong or expired."""


class AsanaForbiddenError(AsanaError):
    """403 or 451: the token's user may not do this."""


class AsanaNotFoundError(AsanaError):
    """404: gone, hidden or never there."""


class AsanaPlanError(AsanaError):
    """402: the workspace's plan lacks the feature."""


class AsanaRefusedError(AsanaError):
    """400 and its like: the request itself is refused, and will be each time."""


class AsanaSyncError(AsanaError):
    """412: no place in the stream of events, or one that is too old; `token` is a fresh one."""

    def __init__(self, message: str, *, token: str, status: int | None = 412, hint: str = "") -> None:
        super().__init__(message, status=status, hint=hint)
        self.token = token


class AsanaRateLimitedError(AsanaError):
    """429: too many requests; `retry_after` is in seconds, None where Asana named no time."""

    retryable = True

    def __init__(
        self, message: str, *, retry_after: float | None = None, status: int | None = 429, hint: str = ""
    ) -> None:
        super().__init__(message, status=status, hint=hint)
        self.retry_after = retry_after


class AsanaNotSentError(AsanaError):
    """A request waited for its turn until it might be somebody else's to send: nothing was sent."""


class AsanaUnavailableError(AsanaError):
    """5xx, a timeout or a broken connection; `sent` says whether a write may have been applied.

    `retry_after` is in seconds, None where Asana named no time.
    """

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        sent: bool = True,
        retry_after: float | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, status=status, hint=hint)
        self.sent = sent
        self.retry_after = retry_after


class AsanaMalformedAnswerError(AsanaError):
    """The answer is no JSON or lacks what the API promises; a write may have been applied."""

    retryable = True


class ClaudeError(AegisError):
    """The Claude CLI cannot be used."""


class ClaudeNotFoundError(ClaudeError):
    """No Claude CLI on this machine."""


class ClaudeUnusableError(ClaudeError):
    """The CLI is there but no task can run: login, credit, plan window, model away.

    `kind` is one of login, credit, plan_window, overloaded, unreachable, cli; `resets_at` is epoch seconds
    where the CLI named the time at which the plan window opens again.
    """

    retryable = True

    def __init__(self, message: str, *, kind: str, resets_at: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.resets_at = resets_at


class DatabaseError(AegisError):
    """The database is away, behind or ahead of this code's schema, or holds a corrupt row."""


class ClaimLostError(AegisError):
    """Another process owns the task now: nothing more may be written for it from here."""


class PrefectUnavailableError(AegisError):
    """No Prefect server answers and none could be started."""

    retryable = True


class AlreadyRunningError(AegisError):
    """Another `aegis start` has this AEGIS_HOME."""


class LocalResourceError(AegisError):
    """A full disk, or a file or directory of this machine that cannot be used."""


class NoticeError(AegisError):
    """A notice could not be sent now."""

    retryable = True


class NoticeAddressError(NoticeError):
    """No notice can ever be sent there: no address that is known, or one that is not set any more."""

    retryable = False
