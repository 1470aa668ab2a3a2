"""What the SDK's errors and Asana's statuses mean: one typed error for each kind, and whether a write may stand."""

from __future__ import annotations

import json
import ssl
from typing import Any

from aegis.core.text import one_line
from aegis.errors import (
    AsanaError,
    AsanaForbiddenError,
    AsanaMalformedAnswerError,
    AsanaNotFoundError,
    AsanaPlanError,
    AsanaRateLimitedError,
    AsanaRefusedError,
    AsanaSyncError,
    AsanaUnauthorizedError,
    AsanaUnavailableError,
)

_PASSING = (407, 408, 421, 423, 424, 425)
"""Statuses between 400 and 499 that say nothing about the request itself: a proxy's, or "not now"."""


def of_exception(error: Exception, what: str) -> AsanaError | None:
    """Our error for one of the SDK's or urllib3's, None where it is not one.

    Args:
        error: what the SDK's method raised.
        what: the words for people, such as "the portfolio 12".
    """
    from asana.rest import ApiException
    from urllib3 import exceptions

    if isinstance(error, ApiException) and error.status == 412:
        return _sync_error(error.body, what)
    if isinstance(error, ApiException) and error.status:
        return of_status(int(error.status), what, said=_said(error.body), retry_after=_retry_after(error.headers))
    if isinstance(error, exceptions.MaxRetryError) and error.reason is not None:
        error = error.reason
    if isinstance(error, exceptions.NewConnectionError | exceptions.ConnectTimeoutError):
        return AsanaUnavailableError(f"Asana cannot be reached for {what}: connection refused or timed out", sent=False)
    if isinstance(error, exceptions.ProxyError):
        return AsanaUnavailableError(
            f"Asana cannot be reached for {what}: the proxy is away or refuses",
            sent=False,
            hint="Look at HTTPS_PROXY; hosts in NO_PROXY are reached directly.",
        )
    if isinstance(error, exceptions.TimeoutError):
        return AsanaUnavailableError(f"Asana did not answer in time about {what}: Connection timeout")
    if isinstance(error, exceptions.SSLError) and not _after_the_handshake(error):
        return AsanaUnavailableError(
            f"Asana's certificate was not accepted for {what}",
            sent=False,
            hint="Behind a company proxy, name its CA file in SSL_CERT_FILE (a file that exists and holds one).",
        )
    if isinstance(error, exceptions.HTTPError | ApiException):
        return AsanaUnavailableError(f"the connection to Asana broke off over {what}")
    if isinstance(error, TypeError | ValueError | KeyError | RecursionError):
        return AsanaMalformedAnswerError(f"Asana's answer about {what} cannot be read (is a proxy in between?)")
    return None


def _sync_error(body: Any, what: str) -> AsanaError:
    """412 of the events route: its body names the token to go on with."""
    try:
        token = json.loads(body)["sync"]
    except (ValueError, TypeError, KeyError, RecursionError):
        token = None
    if not isinstance(token, str) or not token:
        return AsanaMalformedAnswerError(f"Asana's answer about {what} names no sync token")
    return AsanaSyncError(f"the place in {what} is too old", token=token)


def of_status(status: int, what: str, *, said: str = "", retry_after: float | None = None) -> AsanaError:
    """Our error for a status that is no success.

    Args:
        status: the HTTP status.
        what: the words for people.
        said: Asana's own words, if any.
        retry_after: seconds, where Asana named them.
    """
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
        case 407:
            return AsanaUnavailableError(
                f"Asana cannot be reached for {what}: the proxy wants credentials (407)",
                status=407,
                sent=False,
                hint="Give them in HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT.",
            )
        case 429:
            return AsanaRateLimitedError(
                f"429 Too Many Requests: Asana's rate limit is used up ({what})", retry_after=retry_after
            )
        case _ if 400 <= status < 500 and status not in _PASSING:
            return AsanaRefusedError(f"Asana refused {what} ({status}){told}", status=status)
        case _:
            return AsanaUnavailableError(f"Asana failed over {what} ({status})", status=status, retry_after=retry_after)


def said_in(body: Any) -> str:
    """Asana's own words in the decoded body of an error, in one short line; "" where there are none."""
    try:
        return one_line(str(body["errors"][0]["message"]), 200)
    except (KeyError, IndexError, TypeError):
        return ""


def _said(body: Any) -> str:
    try:
        return said_in(json.loads(body))
    except (ValueError, TypeError, RecursionError):
        return ""


def _retry_after(headers: Any) -> float | None:
    try:
        return max(0.0, float(headers.get("Retry-After")))
    except (TypeError, ValueError, AttributeError):
        return None


def _after_the_handshake(error: Exception) -> bool:
    """Whether TLS may have failed once the request was sent: all but a refused certificate and a missing CA file."""
    cause = error.args[0] if error.args else None
    return isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLCertVerificationError)
