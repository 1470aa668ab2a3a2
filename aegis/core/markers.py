"""Markers: how Aegis finds its own comments and questions again in Asana, and tells them from a person's.

A marker is `aegis:KIND:ID:MAC`, where MAC is a keyed hash over kind, id and the GID of what it stands in. So a
marker that somebody copies to another task, or makes up, is not genuine there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

_LOOK_ALIKE = re.compile(r"aegis:(?=[a-z-]{1,20}:[a-z0-9]{1,40}:)", re.IGNORECASE)
_MARKER = re.compile(r"aegis:([a-z-]{1,20}):([a-z0-9]{1,40}):([0-9a-f]{12})")


@dataclass(frozen=True)
class Marker:
    """A marker as found; `genuine` if it was made with our key for this very place."""

    kind: str
    ident: str
    genuine: bool


class MarkerKey:
    """The key that markers are made and checked with (32 bytes as hex)."""

    def __init__(self, secret_hex: str) -> None:
        self._secret = bytes.fromhex(secret_hex)

    @property
    def installation(self) -> str:
        """What names this database, and with it all machines that share it; the key cannot be told from it."""
        return self._mac("installation", "", "")

    def make(self, kind: str, ident: str, target_gid: str) -> str:
        """The marker for one thing of ours in one place."""
        return f"aegis:{kind}:{ident}:{self._mac(kind, ident, target_gid)}"

    def find(self, text: str, *, target_gid: str) -> tuple[Marker, ...]:
        """All markers in a text that stands in `target_gid`, genuine or not."""
        return tuple(
            Marker(kind, ident, hmac.compare_digest(mac, self._mac(kind, ident, target_gid)))
            for kind, ident, mac in _MARKER.findall(text)
        )

    def seal(self, name: str, content: str) -> str:
        """The content of a name with a seal before it, by which `unseal` knows that we wrote it."""
        return f"{self._seal_of(name, content)}\n{content}"

    def unseal(self, name: str, sealed: str) -> str | None:
        """The content that we sealed under this name; None for anything else."""
        seal, _, content = sealed.partition("\n")
        return content if hmac.compare_digest(seal.encode(), self._seal_of(name, content).encode()) else None

    def _seal_of(self, name: str, content: str) -> str:
        message = b"\0seal\0" + hashlib.sha256(name.encode()).digest() + content.encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    def _mac(self, kind: str, ident: str, target_gid: str) -> str:
        message = "\0".join((kind, ident, target_gid)).encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:12]


def without_markers(text: str) -> str:
    """Foreign text in which nothing can be taken for a marker: a blank stands in what looks like one.

    For what an agent or a person wrote and Aegis writes on: with the key lost, markers of our user count.
    """
    return _LOOK_ALIKE.sub("aegis: ", text)


def new_run_id(random_bytes: bytes) -> str:
    """A short id for a run that people can read and search for: ten characters of lower-case base32.

    Args:
        random_bytes: at least seven random bytes.
    """
    return base64.b32encode(random_bytes[:7]).decode().rstrip("=").lower()[:10]
