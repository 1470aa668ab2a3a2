"""Settings become open adapters, as context managers: the one place that knows both.

A `Runtime` holds what one process needs for its work. Flows open it once; tasks take the open one from the
context (`current()`), so that no client and no secret crosses a Prefect task's boundary.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aegis.adapters.analyses import Analyses
from aegis.adapters.asana import AsanaClient
from aegis.adapters.cache import Cache, DatabaseCache, FileCache, RedisCache, RedisLink
from aegis.adapters.claims import Claim, ClaimKeeper, Claims, Owner, Stop
from aegis.adapters.database import Database, open_database
from aegis.adapters.executions import Executions
from aegis.adapters.failures import Failures
from aegis.adapters.holds import Holds
from aegis.adapters.judgements import Judgements
from aegis.adapters.logs import ensure_logging
from aegis.adapters.markers_key import load_or_create_marker_key
from aegis.adapters.notices import Notifier
from aegis.adapters.outbox import Outbox
from aegis.adapters.pace import OwnPace, SharedPace
from aegis.adapters.placements import Placements
from aegis.adapters.questions import QuestionsTable
from aegis.adapters.services import Lookout
from aegis.adapters.sessions import Sessions
from aegis.adapters.watches import Watches
from aegis.core.markers import MarkerKey
from aegis.core.models import Project, Section, User
from aegis.core.redaction import Redactor
from aegis.core.sections import Stage
from aegis.core.slugs import log_slug
from aegis.settings import Settings, ca_file, load_settings, proxy_for, stopping_file


@dataclass
class State:
    """The open database and the tables' doors; `cache` and `results` may forget at any time."""

    database: Database
    claims: Claims
    executions: Executions
    failures: Failures
    outbox: Outbox
    placements: Placements
    questions: QuestionsTable
    sessions: Sessions
    holds: Holds
    watches: Watches
    cache: Cache
    results: Cache
    judgements: Judgements
    analyses: Analyses
    markers: MarkerKey

    def spent_since(self, at: datetime) -> float:
        """US dollars that runs ended since `at` have cost: those on tasks, and those that only read their texts."""
        return self.executions.spent_since(at) + self.analyses.spent_since(at)


@dataclass
class Runtime:
    """What a process works with: settings, Asana, the database and who it is.

    `directory` is the folder where the command ran: relative paths are of it. `sections` are those of each project that
    tasks move to, as read once.
    """

    settings: Settings
    redactor: Redactor
    asana: AsanaClient
    state: State
    owner: Owner
    directory: Path
    notifier: Notifier = field(default_factory=lambda: Notifier(()))
    read_only: bool = False
    keeper: ClaimKeeper | None = None
    flow_run_id: str = ""
    stopping_file: Path | None = None
    held: dict[str, tuple[Claim, Claim]] = field(default_factory=dict)
    sections: dict[str, dict[Stage, Section]] = field(default_factory=dict)
    lookout: Lookout = field(default_factory=Lookout)
    _me: User | None = None

    @property
    def home(self) -> Path:
        """AEGIS_HOME."""
        return self.settings.aegis_home

    @property
    def log_dir(self) -> Path:
        """LOG_DIR, absolute."""
        return self.directory / self.settings.log_dir

    @property
    def stopping(self) -> bool:
        """Whether the `aegis start` that this run belongs to is being stopped: nothing new is begun then."""
        return self.stopping_file is not None and self.stopping_file.exists()

    def log_file(self, project: Project) -> Path:
        """The project's log file."""
        return self.log_dir / f"{project.log_slug or log_slug(project.name, project.gid)}.log"

    def me(self) -> User:
        """The token's user; asked for once, and only where somebody needs to know. Raises AsanaError."""
        if self._me is None:
            self._me = self.asana.me()
        return self._me

    def hold(self, claim: Claim, tree: Claim) -> None:
        """Keep the claims on a task and on its working tree alive from now on, until `let_go`."""
        self.held[claim.task_gid] = (claim, tree)
        if self.keeper is not None:
            self.keeper.keep(claim)
            self.keeper.keep(tree)

    def lost(self, claim: Claim) -> bool:
        """Whether the claim could not be kept: then nothing more may be done in its name."""
        keeper = self.keeper
        return keeper is not None and any(keeper.lost(one) for one in self.held.get(claim.task_gid, (claim,)))

    def asked_to_stop(self, claim: Claim) -> Stop | None:
        """The request of a person or of the orchestrator to stop this task's agent, where there is one."""
        return self.keeper.asked_to_stop(claim) if self.keeper is not None else None

    def must_stop(self, claim: Claim) -> bool:
        """Whether the task's agent must not go on."""
        return self.lost(claim) or self.asked_to_stop(claim) is not None

    def let_go(self, task_gid: str) -> None:
        """Release the claims on a task and on its working tree, where they are held."""
        for claim in self.held.pop(task_gid, ()):
            if self.keeper is not None:
                self.keeper.forget(claim)
            self.state.claims.release(claim)


_current: ContextVar[Runtime | None] = ContextVar("aegis_runtime", default=None)


def current() -> Runtime:
    """The open runtime of this context; RuntimeError where a task is run outside of a flow of ours."""
    runtime = _current.get()
    if runtime is None:
        raise RuntimeError("no Aegis runtime is open here: run the task inside one of the flows")
    return runtime


def masked(text: str) -> str:
    """The text without the secrets that the open runtime knows; as it is where none is open."""
    runtime = _current.get()
    return text if runtime is None else runtime.redactor.mask(text)


def open_asana(settings: Settings, database: Database | None = None) -> AsanaClient:
    """A client for Asana from the settings; nothing is sent before its first call.

    With a database, its pace is that of all processes that share it.
    """
    token, most = settings.asana_access_token.get_secret_value(), settings.rate_limit_per_minute
    return AsanaClient(
        token=token,
        base_url=settings.asana_base_url,
        proxy=proxy_for(settings.asana_base_url),
        ca_file=ca_file(),
        pace=OwnPace(most) if database is None else SharedPace(database, token, most),
        mask=Redactor(settings.secrets()).mask,
    )


@contextmanager
def open_state(settings: Settings, *, read_only: bool = False) -> Iterator[State]:
    """The database of the settings. With `read_only` nothing is created or migrated.

    Raises DatabaseError where it is away, behind or ahead of this code's schema.
    """
    with ExitStack() as stack:
        database = stack.enter_context(
            open_database(settings.database_url_text(), settings.aegis_home, read_only=read_only)
        )
        key = load_or_create_marker_key(database, settings.aegis_home, read_only=read_only)
        kept, results = stack.enter_context(_caches(settings, database))
        yield State(
            database=database,
            claims=Claims(database, settings.claim_seconds),
            executions=Executions(database),
            failures=Failures(database),
            outbox=Outbox(database),
            placements=Placements(database),
            questions=QuestionsTable(database),
            sessions=Sessions(database),
            holds=Holds(database),
            watches=Watches(database),
            cache=kept,
            results=results,
            judgements=Judgements(database),
            analyses=Analyses(database),
            markers=MarkerKey(key),
        )


@contextmanager
def _caches(settings: Settings, database: Database) -> Iterator[tuple[Cache, Cache]]:
    """For reads of Asana and for results: Redis where one is set, with the database and files behind it; else those."""
    own, files = DatabaseCache(database), FileCache(settings.aegis_home / "results")
    if settings.redis_url is None:
        yield own, files
        return
    link = RedisLink(settings.redis_url.get_secret_value())
    try:
        yield RedisCache(link, own), RedisCache(link, files, prefix="aegis:result:")
    finally:
        link.close()


@contextmanager
def open_runtime(settings: Settings | None = None, *, read_only: bool = False) -> Iterator[Runtime]:
    """Open all that a flow needs, and make it `current()`. An open one of this context is used again."""
    already = _current.get()
    if already is not None:
        yield already
        return
    settings = settings or load_settings()
    redactor = Redactor(settings.secrets())
    ensure_logging(settings.log_level, settings.log_format, redactor, home=None if read_only else settings.aegis_home)
    with ExitStack() as stack:
        state = stack.enter_context(open_state(settings, read_only=read_only))
        asana = stack.enter_context(open_asana(settings, None if read_only else state.database))
        keeper = None if read_only else stack.enter_context(ClaimKeeper(state.claims))
        runtime = Runtime(
            settings=settings,
            redactor=redactor,
            asana=asana,
            state=state,
            owner=Owner.current(),
            directory=Path.cwd(),
            notifier=Notifier(settings.aegis_notify_urls),
            read_only=read_only,
            keeper=keeper,
            stopping_file=stopping_file(),
        )
        token = _current.set(runtime)
        try:
            yield runtime
        finally:
            _current.reset(token)
