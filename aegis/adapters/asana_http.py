"""How Asana is asked: time limits on every call, retries within a patience, and one typed error for each kind.

The SDK's own retries are off: they do not cover POST, cannot be interrupted, and end in urllib3's errors. Nothing of
the SDK or of urllib3 leaves this file.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from aegis.adapters.asana_errors import of_exception
from aegis.adapters.pace import Pace
from aegis.core.text import sound
from aegis.errors import (
    AsanaMalformedAnswerError,
    AsanaNotSentError,
    AsanaRateLimitedError,
    AsanaRefusedError,
    AsanaUnavailableError,
    ConfigurationError,
)

PAGE = 100
_LONGEST_PAUSE = 120.0
"""Seconds for which one refusal stops all processes: Asana's windows are a minute at most."""
_SHORTEST = 1.0
"""Seconds that even the last attempt gets: one that can only time out is not worth sending."""


_MAY_SEND: ContextVar[Callable[[], bool] | None] = ContextVar("may_send", default=None)


@contextmanager
def only_while(may_send: Callable[[], bool]) -> Iterator[None]:
    """Within it this thread sends no request after `may_send` has become false: asked when its turn has come."""
    before = _MAY_SEND.set(may_send)
    try:
        yield
    finally:
        _MAY_SEND.reset(before)


class Http:
    """The SDK's client with our manners; safe to share between threads.

    Raises ConfigurationError for a token or a proxy's address that cannot be one.
    """

    def __init__(
        self,
        *,
        token: str,
        base_url: str,
        proxy: str | None,
        ca_file: str | None,
        patience_seconds: float,
        attempts: int,
        back_off_seconds: float,
        connect_seconds: float,
        read_seconds: float,
        pace: Pace,
    ) -> None:
        self._settings = (_checked(token), base_url, Proxy(proxy) if proxy else None, ca_file)
        self._patience = patience_seconds
        self._attempts = attempts
        self._back_off = wait_exponential_jitter(multiplier=back_off_seconds, max=8, jitter=back_off_seconds)
        self._timeout = (connect_seconds, read_seconds)
        self._pace = pace
        self._client: Any = None
        self._lock = threading.Lock()
        self.requests = 0

    @property
    def client(self) -> Any:
        """The SDK's client, made at the first use: importing the SDK takes a tenth of a second."""
        with self._lock:
            if self._client is None:
                self._client = _client(*self._settings)
            return self._client

    def close(self) -> None:
        """Give the SDK's threads and connections back."""
        with self._lock:
            if self._client is not None:
                self._client.pool.close()
                self._client.rest_client.pool_manager.clear()
                self._client = None

    def call(
        self,
        what: str,
        function: Callable[..., Any],
        *arguments: Any,
        repeatable: bool,
        check: Callable[[Any], None] | None = None,
        count: int = 1,
    ) -> Any:
        """One request, tried `attempts` times where that is safe, within the patience (and a second at most).

        Args:
            what: the words for people, such as "the portfolio 12".
            function: the SDK's method.
            arguments: its positional arguments; dictionaries are copied, because the SDK changes them.
            repeatable: whether a request that may have been applied can be sent again (reads, and writes that say
                the same twice).
            check: looks at the answer's data and raises AsanaError where it is as good as none.
            count: how many requests Asana counts it for (a batch counts for its actions).

        Raises AsanaError.
        """
        patience = _Patience(self._patience)
        retrying = Retrying(
            retry=retry_if_exception(lambda error: _worth_trying(error, repeatable)),
            stop=lambda state: state.attempt_number >= self._attempts or state.upcoming_sleep >= patience.left(),
            wait=self._wait,
            reraise=True,
        )
        return retrying(self._once, what, function, arguments, patience, check, count)

    def listed(self, what: str, function: Callable[..., Any], *arguments: Any, query: dict[str, Any]) -> list[Any]:
        """The items of all pages, 100 a request; from the start once more where the place in the list expired."""
        items: list[Any] = []
        places: list[str] = []
        restarts = 0
        while True:
            place = {"offset": places[-1]} if places else {}
            try:
                payload = self.call(what, function, *arguments, {**query, "limit": PAGE, **place}, repeatable=True)
            except AsanaRefusedError:
                if not places or restarts:
                    raise
                items, places, restarts = [], [], 1
                continue
            if not isinstance(payload["data"], list):
                raise AsanaMalformedAnswerError(f"Asana's answer about {what} is no list")
            items.extend(payload["data"])
            following = _following(payload.get("next_page"), what)
            if following is None:
                return items
            if following in places:
                raise AsanaMalformedAnswerError(f"Asana's list of {what} does not come to an end")
            places.append(following)

    def _once(
        self,
        what: str,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        patience: _Patience,
        check: Callable[[Any], None] | None,
        count: int,
    ) -> Any:
        patience.extend(self._pace.wait(count))
        may_send = _MAY_SEND.get()
        if may_send is not None and not may_send():
            raise AsanaNotSentError(f"the turn of {what} came too late, so nothing was sent")
        with self._lock:
            self.requests += 1
        fresh = [json.loads(json.dumps(one)) if isinstance(one, dict) else one for one in arguments]
        longest = max(patience.left(), _SHORTEST)
        timeout = (min(self._timeout[0], longest), min(self._timeout[1], longest))  # a tuple: the SDK ignores floats
        try:
            payload = sound(function(*fresh, _request_timeout=timeout, full_payload=True))
        except Exception as error:
            translated = of_exception(error, what)
            if translated is None:
                raise
            if isinstance(translated, AsanaRateLimitedError) and translated.retry_after:
                self._pace.refused(min(translated.retry_after, _LONGEST_PAUSE))
            # the SDK's error holds whole answers: it is not chained, so that no traceback shows them
            raise translated from None
        if not isinstance(payload, dict) or "data" not in payload:
            raise AsanaMalformedAnswerError(f"Asana's answer about {what} cannot be read (is a proxy in between?)")
        if check is not None:
            check(payload["data"])
        return payload

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        named = error.retry_after if isinstance(error, AsanaRateLimitedError | AsanaUnavailableError) else None
        return named if named is not None else self._back_off(state)


class _Patience:
    """The seconds that one call may take, pauses included; our own pacing is not Asana's fault and counts nothing."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return self._end - time.monotonic()

    def extend(self, seconds: float) -> None:
        self._end += seconds


class Proxy:
    """A proxy's address in parts, because urllib3 does not send the credentials that stand in an address."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(
                "the proxy that the environment names for Asana is no http:// or https:// address",
                hint="Look at HTTPS_PROXY and ALL_PROXY; hosts in NO_PROXY are reached directly.",
            )
        self.url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "", "", ""))
        self.headers: dict[str, str] = {}
        if parts.username is not None:
            credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            self.headers["Proxy-Authorization"] = f"Basic {base64.b64encode(credentials).decode()}"


def _checked(token: str) -> str:
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            "the Asana token is empty or holds what no token holds (a blank, a line end, a letter beyond ASCII)",
            hint="Copy it once more into ASANA_ACCESS_TOKEN.",
        )
    return token


def _following(next_page: Any, what: str) -> str | None:
    if next_page is None:
        return None
    offset = next_page.get("offset") if isinstance(next_page, dict) else None
    if not isinstance(offset, str):
        raise AsanaMalformedAnswerError(f"Asana's answer about {what} does not say where the next page begins")
    return offset


def _worth_trying(error: BaseException, repeatable: bool) -> bool:
    if isinstance(error, AsanaRateLimitedError):
        return True  # a refused request was not applied
    if isinstance(error, AsanaUnavailableError):
        return repeatable or not error.sent
    return repeatable and isinstance(error, AsanaMalformedAnswerError)


def _client(token: str, base_url: str, proxy: Proxy | None, ca_file: str | None) -> Any:
    import asana
    import urllib3

    configuration = asana.Configuration()
    for name in ("asana", "urllib3"):  # the SDK sends its lines to stderr, whole answers among them
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.WARNING)
    configuration.access_token = token
    configuration.host = base_url.rstrip("/")
    configuration.proxy = proxy.url if proxy else None
    configuration.ssl_ca_cert = ca_file
    configuration.retry_strategy = urllib3.Retry(total=0, raise_on_status=False, raise_on_redirect=False)
    client = asana.ApiClient(configuration)
    if proxy:
        client.rest_client.pool_manager.proxy_headers.update(proxy.headers)
    return client
