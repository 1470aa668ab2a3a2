"""`aegis start`: the continuous orchestrator in one command: server, deployments, runner, and a live picture."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from aegis.adapters.claims import Claims, Owner
from aegis.adapters.database import Database, open_database
from aegis.adapters.overview import Overview
from aegis.adapters.prefect_server import LocalServer, answers
from aegis.adapters.start_lock import StartLock
from aegis.cli.engine import Engine, local_server, prefect_engine
from aegis.cli.serving import Serving, end_left_runner
from aegis.cli.session import begin, terminal
from aegis.cli.showing import Shown, picture_of_now, watch
from aegis.cli.signals import Interrupted, Signals
from aegis.cli.stopping import Stopping
from aegis.errors import AegisError, ConfigurationError, PrefectUnavailableError
from aegis.settings import Settings

_LOOK_SECONDS = 1.0
_SERVER_SECONDS = 5.0
_SILENT_SECONDS = 60.0


@click.command("start")
@click.option("--once", is_flag=True, help="One look at the portfolio, and what it starts; then end (for cron).")
def start(once: bool) -> int:
    """Watch the whole portfolio and keep it moving, until Ctrl-C or SIGTERM.

    Running agents then get STOP_GRACE_SECONDS to finish and are stopped after that, resumable; a second Ctrl-C stops
    at once. The next `aegis start` goes on where this one was.
    """
    settings = begin()
    if settings.aegis_prefect == "ephemeral":
        raise ConfigurationError(
            "`aegis start` needs a Prefect server, and AEGIS_PREFECT=ephemeral allows none",
            hint="Unset AEGIS_PREFECT, or set PREFECT_API_URL.",
        )
    lock = StartLock(settings.aegis_home)
    with Signals() as signals:
        try:
            with lock.held():
                return _Start(settings, lock, signals, once=once).run()
        except Interrupted:
            click.echo("Interrupted: nothing was begun.", err=True)
            return signals.exit_code


class _Start:
    """One `aegis start`."""

    def __init__(self, settings: Settings, lock: StartLock, signals: Signals, *, once: bool) -> None:
        self._settings = settings
        self._lock = lock
        self._signals = signals
        self._once = once
        self._say = terminal(settings)
        self._server: LocalServer | None = None
        self._asked_server = self._answered = time.monotonic()

    def run(self) -> int:
        """Start all, watch, stop all; returns the exit code."""
        left = self._lock.read()
        self._lock.write(None)
        if left is not None and end_left_runner(left.runner):
            self._say("Ended the runner that a killed `aegis start` had left.")
        with ExitStack() as stack:
            self._server = local_server(self._settings)
            stack.callback(self._end_server)
            engine = stack.enter_context(prefect_engine(self._settings, import_prefect=False))
            local = engine.kind == "local"
            if not local:
                self._server = None
            database = stack.enter_context(open_database(self._settings.database_url_text(), self._settings.aegis_home))
            self._introduce(engine)
            serving = Serving(self._settings, Path.cwd(), once=self._once, local=local)
            stack.callback(serving.close)
            serving.start()
            self._lock.write(serving.ref)
            return self._watch(serving, database)

    def _introduce(self, engine: Engine) -> None:
        settings = self._settings
        self._say(f"Prefect UI: {engine.ui_url}")
        agents = f"at most {settings.max_concurrent_tasks} agent{'s' if settings.max_concurrent_tasks > 1 else ''}"
        if self._once:
            self._say(f"One look at the portfolio, {agents}.")
        else:
            self._say(f"Watching every {settings.poll_interval_seconds} s, {agents}. Ctrl-C stops.")

    def _watch(self, serving: Serving, database: Database) -> int:
        """Show what goes on and keep the parts running, until told to stop (or, of --once, until it is done)."""
        self._signals.count_only()
        overview = Overview(database)
        began = overview.now()
        look = partial(picture_of_now, overview, self._settings, Owner.current(), ticks=not self._once)
        with watch(self._settings, look) as shown:
            code = self._until_told(serving, shown)
            if code is None:
                steps = Stopping(serving, Claims(database), self._signals, shown.tell)
                steps.run(self._settings.stop_grace_seconds)
                code = self._signals.exit_code
            shown.look(())
        return 1 if code == 0 and self._once and overview.failed_since(began) else code

    def _until_told(self, serving: Serving, shown: Shown) -> int | None:
        """None where a signal came; else the exit code."""
        was_ready = False
        while not self._signals.count:
            code = serving.ended()
            was_ready = was_ready or serving.ready
            if code is not None and (self._once or not was_ready):
                return self._ended(serving, code)
            trouble = (*self._keep_server(), *serving.keep())
            if code is not None:
                self._lock.write(serving.ref)
            shown.look(trouble)
            self._signals.wait(_LOOK_SECONDS)
        return None

    def _ended(self, serving: Serving, code: int) -> int:
        """The runner ended by itself: of --once that is its way; else it could not begin."""
        if code == 0:
            return 0
        raise AegisError(
            serving.error or f"the runner ended with exit code {code}",
            hint=serving.hint or f"See {self._settings.aegis_home / 'logs' / 'runner.log'}.",
        )

    def _keep_server(self) -> tuple[str, ...]:
        """See to it that our own Prefect server runs; what is wrong with it."""
        if self._server is None or time.monotonic() - self._asked_server < _SERVER_SECONDS:
            return ()
        now = self._asked_server = time.monotonic()
        info = self._server.status()
        if info is not None and answers(info.api_url):
            self._answered = now
            return ()
        if info is not None and now - self._answered < _SILENT_SECONDS:
            return ()  # busy, perhaps: what lives is not ended in haste
        try:
            self._server.begin()
        except PrefectUnavailableError as error:
            return (str(error),)
        self._answered = now
        return ("the local Prefect server was gone and is started again",)

    def _end_server(self) -> None:
        """Take our own server down, unless others use it."""
        if self._server is not None and not self._server.users():
            self._server.stop()
