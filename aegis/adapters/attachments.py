"""Attachments of an Asana task become files that the agent may read.

A download's address is Asana's, short-lived, of another host, and opens the file to whoever has it: the token is never
sent there, and the address is never told. Every size is counted while it comes, whatever was announced.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from aegis.adapters.asana import AsanaClient
from aegis.adapters.asana_http import Proxy
from aegis.adapters.files import private_directory
from aegis.core.attachments import Attachment, GivenFile, Limits, safe_file_name, shown_size, too_large, why_not_fetched
from aegis.errors import AsanaError, ConfigurationError, LocalResourceError

MOST_REDIRECTS = 3
_PIECE = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429)
"""Statuses below 500 after which the same address may do; any other there means that it is not good any more."""


class _NotFetched(Exception):
    """Why a download failed, as the end of a sentence."""


class _AddressRefused(_NotFetched):
    """The address is not good, or not any more: another one may be."""


class _Passing(_NotFetched):
    """Trouble that may be over in a moment."""


@dataclass(frozen=True)
class _Bounds:
    """When downloads must be over: at a time on the monotonic clock, and as soon as nobody wants them any more."""

    until: float
    should_stop: Callable[[], bool]

    def are_over(self, in_seconds: float = 0.0) -> bool:
        return time.monotonic() + in_seconds >= self.until or self.should_stop()


class Downloads:
    """Downloads by addresses that Asana gave; no credentials of ours go along.

    Args:
        api_url: the API's address; where it is not https (a sandbox), downloads from that very place need not be.
        proxy_for: the proxy for an address, None where it is reached directly.
        ca_file: a file of certificate authorities; None for the usual ones.
        connect_seconds: the time limit for connecting.
        read_seconds: the time limit for each wait for more bytes.
        file_seconds: the time limit for a whole file, repeated attempts included.
        attempts: how often a download is tried.
        back_off_seconds: the pause between attempts; it doubles.
    """

    def __init__(
        self,
        *,
        api_url: str,
        proxy_for: Callable[[str], str | None] = lambda url: None,
        ca_file: str | None = None,
        connect_seconds: float = 5.0,
        read_seconds: float = 20.0,
        file_seconds: float = 120.0,
        attempts: int = 3,
        back_off_seconds: float = 0.5,
    ) -> None:
        api = urlsplit(api_url)
        self._plain_host = api.netloc if api.scheme == "http" else None
        self._proxy_for = proxy_for
        self._ca_file = ca_file
        self._times = (connect_seconds, read_seconds, file_seconds)
        self._attempts = attempts
        self._back_off = back_off_seconds

    def fetch(
        self, attachment: Attachment, anew: Callable[[], Attachment], path: Path, most: int, bounds: _Bounds
    ) -> int:
        """Download an attachment into a new file; nothing of it stays where that fails. Returns its bytes.

        Args:
            attachment: what to fetch.
            anew: asks Asana for the attachment with a fresh address, once, where the first one is refused.
            path: the file, which must not be there.
            most: bytes that it may have.
            bounds: when it must be over.

        Raises _NotFetched, AsanaError (of `anew`) and LocalResourceError.
        """
        bounds = replace(bounds, until=min(bounds.until, time.monotonic() + self._times[2]))
        refreshed = False
        pause = self._back_off
        for attempt in range(1, self._attempts + 1):
            try:
                return self._once(attachment, path, most, bounds)
            except _AddressRefused:
                if refreshed or attempt == self._attempts:
                    raise
                attachment = anew().model_copy(update={"size": attachment.size})
                refreshed = True
            except _Passing:
                if attempt == self._attempts or bounds.are_over(pause):
                    raise
                time.sleep(pause)
                pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def _once(self, attachment: Attachment, path: Path, most: int, bounds: _Bounds) -> int:
        from urllib3 import exceptions

        response: Any = None
        try:
            response = self._opened(attachment.download_url or "")
            size = _save(response, path, most, bounds)
        except exceptions.HTTPError as error:
            raise _Passing(_told(error)) from None  # the error names the address
        except ValueError:  # what urlsplit, urljoin or the encoding of a host's name cannot take
            raise _AddressRefused("its address cannot be used") from None
        finally:
            if response is not None:
                response.close()
        if attachment.size is not None and attachment.size != size:
            path.unlink(missing_ok=True)
            raise _Passing(f"{shown_size(size)} came instead of {shown_size(attachment.size)}")
        return size

    def _opened(self, url: str) -> Any:
        """The answer of the address, or of where it leads. Raises _NotFetched, and ValueError where one is none."""
        for _ in range(MOST_REDIRECTS + 1):
            self._check(url)
            response = self._ask(url)
            if response.status == 200:
                return response
            location = response.headers.get("Location") if response.status in _REDIRECTS else None
            response.close()
            if location:
                url = urljoin(url, location)
            elif response.status >= 500 or response.status in _PASSING:
                raise _Passing(f"its host answered {response.status}")
            else:
                raise _AddressRefused(f"its host answered {response.status}")
        raise _NotFetched("its address leads from one place to the next without end")

    def _check(self, url: str) -> None:
        """Only https, and a sandbox's own plain http. Raises _NotFetched, and ValueError for what is no address."""
        parts = urlsplit(url)
        if not parts.scheme or (parts.scheme == "https" and not parts.hostname):
            raise _AddressRefused("Asana gave no usable address for it")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.netloc == self._plain_host):
            raise _NotFetched("its address is not https")

    def _ask(self, url: str) -> Any:
        import urllib3

        proxy = self._proxy_for(url)
        options: dict[str, Any] = {"ca_certs": self._ca_file} if self._ca_file else {}
        if proxy:
            parts = Proxy(proxy)
            options["proxy_headers"] = parts.headers
            manager: Any = urllib3.ProxyManager(parts.url, **options)
        else:
            manager = urllib3.PoolManager(**options)
        timeout = urllib3.Timeout(connect=self._times[0], read=self._times[1])
        headers = {"Accept-Encoding": "identity"}
        return manager.request(
            "GET", url, headers=headers, timeout=timeout, retries=False, redirect=False, preload_content=False
        )


def give_files(
    asana: AsanaClient,
    attachments: Sequence[Attachment],
    folder: Path,
    downloads: Downloads,
    *,
    limits: Limits,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[GivenFile]:
    """Lay attachments into a folder of the agent's, in order; each comes back with its path or with why it has none.

    Args:
        asana: asked for a fresh address where one has expired.
        attachments: a task's.
        folder: a new folder outside of the repository, made where something is fetched.
        downloads: how they are fetched.
        limits: what is fetched at most.
        should_stop: asked all the time; True leaves out the rest.

    Raises LocalResourceError where the folder cannot be written.
    """
    bounds = _Bounds(time.monotonic() + limits.seconds, should_stop)
    given: list[GivenFile] = []
    used = 0
    for number, one in enumerate(attachments, start=1):
        size, path, failed = one.size, folder / safe_file_name(one.name, number), False
        left_out = why_not_fetched(one, limits, used)
        if not left_out and bounds.are_over():
            left_out, failed = "left out, the others took too long", True
        if not left_out:
            most = min(limits.file_bytes, limits.total_bytes - used)
            try:
                size = _fetch(asana, one, path, downloads, most, bounds)
                used += size
            except _TooLarge as larger:
                left_out = too_large(larger.size, limits, used)
            except (_NotFetched, AsanaError, ConfigurationError) as error:  # the last: a proxy that cannot be used
                left_out, failed = f"could not be fetched: {error}", True
        given.append(
            GivenFile(
                gid=one.gid,
                name=one.name,
                size=size,
                path="" if left_out else str(path),
                left_out=left_out,
                failed=failed,
                is_link=one.host != "asana",
            )
        )
    return given


class _TooLarge(Exception):
    """More came than may; `size` is what had come by then."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


def _fetch(
    asana: AsanaClient, attachment: Attachment, path: Path, downloads: Downloads, most: int, bounds: _Bounds
) -> int:
    private_directory(path.parent)
    return downloads.fetch(attachment, lambda: asana.attachment(attachment.gid), path, most, bounds)


def _save(response: Any, path: Path, most: int, bounds: _Bounds) -> int:
    """Write what comes into a new private file, piece by piece; takes it away again where it cannot stay."""
    size = 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            while piece := response.read1(_PIECE, decode_content=False):  # what is there, so that a drip is noticed
                size += len(piece)
                if size > most:
                    raise _TooLarge(size)
                if bounds.are_over():
                    raise _NotFetched("it took too long")
                file.write(piece)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise LocalResourceError(
            f"cannot write {path}: {error.strerror or error}", hint="Check the free disk space (df -h)."
        ) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return size


def _told(error: Exception) -> str:
    """What went wrong, without the address that urllib3's own words hold."""
    from urllib3 import exceptions

    if isinstance(error, exceptions.ConnectTimeoutError | exceptions.NewConnectionError):
        return "its host cannot be reached"
    if isinstance(error, exceptions.TimeoutError):
        return "its host did not answer in time"
    if isinstance(error, exceptions.SSLError):
        return "its host's certificate was not accepted"
    if isinstance(error, exceptions.ProxyError):
        return "the proxy is away or refuses"
    return "the connection broke off"
