"""How Asana is asked: time limits on every call, retries within a patience, and one typed error for each kind.

The SDK's own retries are off: they do not cover POST, cannot be interrupted, and end in urllib3's errors. Nothing of
the SDK or of urllib3 leaves this file.
"""

from __future__ import annotations

import collections
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from aegis.core.text import one_line, sound
from aegis.errors import (
    AsanaError,
    AsanaForbiddenError,
    AsanaMalformedAnswerError,
    AsanaNotFoundError,
    AsanaPlanError,
    AsanaRateLimitedError,
    AsanaRefusedError,
    AsanaUnauthorizedError,
    AsanaUnavailableError,
)

ATTEMPTS = 3
PAGE = 100
_BACK_OFF = wait_exponential_jitter(multiplier=0.5, max=8, jitter=0.5)


class Http:
    """The SDK's client with our manners; safe to share between threads."""

    def __init__(
        self,
        *,
        token: str,
        base_url: str,
        proxy: str | None = None,
        ca_file: str | None = None,
        patience_seconds: float = 60.0,
        connect_seconds: int = 5,
        read_seconds: int = 30,
        requests_per_minute: int = 1500,
    ) -> None:
        self._settings = (token, base_url, proxy, ca_file)
        self._patience = patience_seconds
        self._timeout = (connect_seconds, read_seconds)  # a tuple: the SDK ignores floats
        self._budget = _Budget(requests_per_minute)
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
        """Give the SDK's threads back."""
        with self._lock:
            if self._client is not None:
                self._client.pool.close()
                self._client = None

    def call(self, what: str, function: Callable[..., Any], *arguments: Any, repeatable: bool) -> Any:
        """One request, tried three times where that is safe.

        Args:
            what: the words for people, such as "the portfolio 12".
            function: the SDK's method.
            arguments: its positional arguments; dictionaries are copied, because the SDK changes them.
            repeatable: whether a request that may have been applied can be sent again (reads, and writes that say
                the same twice).

        Raises AsanaError.
        """
        retrying = Retrying(
            retry=retry_if_exception(lambda error: _worth_trying(error, repeatable)),
            stop=self._stop,
            wait=_wait,
            reraise=True,
        )
        return retrying(self._once, what, function, arguments)

    def pages(self, what: str, function: Callable[..., Any], *arguments: Any, query: dict[str, Any]) -> Iterator[Any]:
        """The items of all pages, 100 a request."""
        offset: dict[str, Any] = {}
        while True:
            opts = {**query, "limit": PAGE, **offset}
            payload = self.call(what, function, *arguments, opts, repeatable=True)
            if not isinstance(payload["data"], list):
                raise AsanaMalformedAnswerError(f"Asana's answer about {what} is no list")
            yield from payload["data"]
            following = payload.get("next_page")
            if not following:
                return
            offset = {"offset": following["offset"]}

    def _once(self, what: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        self._budget.wait()
        self.requests += 1
        fresh = [json.loads(json.dumps(one)) if isinstance(one, dict) else one for one in arguments]
        try:
            payload = function(*fresh, _request_timeout=self._timeout, full_payload=True)
        except Exception as error:
            translated = _translated(error, what)
            if translated is None:
                raise
            # the SDK's error holds whole answers: it is not chained, so that no traceback shows them
            raise translated from None
        if not isinstance(payload, dict) or "data" not in payload:
            raise AsanaMalformedAnswerError(f"Asana's answer about {what} cannot be read (is a proxy in between?)")
        return sound(payload)

    def _stop(self, state: RetryCallState) -> bool:
        if state.attempt_number >= ATTEMPTS:
            return True
        return (state.seconds_since_start or 0.0) + _wait(state) > self._patience


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    named = error.retry_after if isinstance(error, AsanaRateLimitedError) else None
    return named if named is not None else _BACK_OFF(state)


def _worth_trying(error: BaseException, repeatable: bool) -> bool:
    if isinstance(error, AsanaRateLimitedError):
        return True  # a refused request was not applied
    if isinstance(error, AsanaUnavailableError):
        return repeatable or not error.sent
    return repeatable and isinstance(error, AsanaMalformedAnswerError)


def _client(token: str, base_url: str, proxy: str | None, ca_file: str | None) -> Any:
    import asana
    import urllib3

    configuration = asana.Configuration()
    for name in ("asana", "urllib3"):  # the SDK sends its lines to stderr, whole answers among them
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.WARNING)
    configuration.access_token = token
    configuration.host = base_url.rstrip("/")
    configuration.proxy = proxy
    configuration.ssl_ca_cert = ca_file
    configuration.retry_strategy = urllib3.Retry(total=0, raise_on_status=False, raise_on_redirect=False)
    return asana.ApiClient(configuration)


def _translated(error: Exception, what: str) -> AsanaError | None:
    """Our error for one of the SDK's, None where it is not one."""
    from asana.rest import ApiException
    from urllib3 import exceptions

    if isinstance(error, ApiException) and error.status:
        return _of_status(int(error.status), error, what)
    if isinstance(error, exceptions.MaxRetryError) and error.reason is not None:
        error = error.reason
    if isinstance(error, exceptions.NewConnectionError | exceptions.ConnectTimeoutError | exceptions.ProxyError):
        return AsanaUnavailableError(f"Asana cannot be reached for {what}: connection refused or timed out", sent=False)
    if isinstance(error, exceptions.TimeoutError):
        return AsanaUnavailableError(f"Asana did not answer in time about {what}: Connection timeout")
    if isinstance(error, exceptions.SSLError):
        return AsanaUnavailableError(
            f"Asana's certificate was not accepted for {what}",
            sent=False,
            hint="Behind a company proxy, name its CA file in SSL_CERT_FILE.",
        )
    if isinstance(error, exceptions.HTTPError | ApiException):
        return AsanaUnavailableError(f"the connection to Asana broke off over {what}")
    if isinstance(error, TypeError | ValueError | KeyError):
        return AsanaMalformedAnswerError(f"Asana's answer about {what} cannot be read (is a proxy in between?)")
    return None


def _of_status(status: int, error: Any, what: str) -> AsanaError:
    said = _said(error)
    told = f": {said}" if said else ""
    match status:
        case 401:
            return AsanaUnauthorizedError(
                f"401 Unauthorized: Asana does not accept the token{told}",
                status=401,
                hint="Make a new one (Asana: Settings > Apps > Developer apps) and set ASANA_ACCESS_TOKEN.",
            )
        case 402:
            return AsanaPlanError(f"402 Payment Required: the Asana plan lacks {what}{told}", status=402)
        case 403 | 451:
            return AsanaForbiddenError(f"{status} Forbidden: the token's user may not use {what}{told}", status=status)
        case 404:
            return AsanaNotFoundError(f"404 Not Found: {what}{told}", status=404)
        case 429:
            return AsanaRateLimitedError(
                f"429 Too Many Requests: Asana's rate limit is used up ({what})", retry_after=_retry_after(error)
            )
        case _ if 400 <= status < 500:
            return AsanaRefusedError(f"Asana refused {what} ({status}){told}", status=status)
        case _:
            return AsanaUnavailableError(f"Asana failed over {what} ({status})", status=status)


def _said(error: Any) -> str:
    try:
        message = json.loads(error.body)["errors"][0]["message"]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return one_line(str(message), 200)


def _retry_after(error: Any) -> float | None:
    try:
        return max(0.0, float(error.headers.get("Retry-After")))
    except (TypeError, ValueError, AttributeError):
        return None


class _Budget:
    """At most so many requests in any minute: refused ones count too at Asana, so none is sent in vain."""

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._sent: collections.deque[float] = collections.deque()
        self._lock = threading.Lock()

    def wait(self) -> None:
        while True:
            with self._lock:
                now = time.monotonic()
                while self._sent and now - self._sent[0] > 60:
                    self._sent.popleft()
                if len(self._sent) < self._most:
                    self._sent.append(now)
                    return
                pause = 60 - (now - self._sent[0])
            time.sleep(min(pause, 5))
