"""Attachments as the agent gets them: which are fetched, what their files are called, and what is said of the others.

A name from Asana is hostile: it never becomes a path, an option or a name that the CLI reads by itself (such as
`CLAUDE.md`). What lies at another service is named by its link and not fetched: that address is anybody's choice.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pydantic import Field

from aegis.core.models import Frozen, Gid
from aegis.core.text import one_line, sound

MEGABYTE = 1_000_000
MOST_LISTED = 100
"""Attachments of one task that are looked at; of the others the number is told."""
_LONGEST_STEM_BYTES = 120
_LONGEST_EXTENSION = 10
_LONGEST_NAME = 300
_LONGEST_LINK = 1000


class Attachment(Frozen):
    """A file attached to a task, or a link to another service (`host` is not `asana` then).

    `size` is in bytes, None where Asana does not say it. `download_url` is short-lived and opens the file to whoever
    has it: it stands in no log, comment or prompt. `link` is the address for people.
    """

    gid: Gid
    name: str = ""
    host: str = "asana"
    size: int | None = None
    download_url: str | None = Field(default=None, repr=False)
    link: str = ""


class GivenFile(Frozen):
    """An attachment as the agent is told of it: with the path of its file, or with why there is none.

    `failed` says that it may work another time, `is_link` that there is no file to be had from Asana.
    """

    gid: str
    name: str
    size: int | None = None
    path: str = ""
    left_out: str = ""
    failed: bool = False
    is_link: bool = False

    @property
    def line(self) -> str:
        """The line of a list: one that was fetched begins with its path."""
        name, size = one_line(self.name, _LONGEST_NAME) or "(no name)", shown_size(self.size)
        told = f"{name}, {size}" if size else name
        return f"- {self.path} ({told})" if self.path else f"- {told}: {self.left_out}"


@dataclass(frozen=True)
class Limits:
    """What is fetched at most for one task: bytes a file and bytes in all; seconds for all of them."""

    file_bytes: int
    total_bytes: int
    seconds: float = 300.0


def why_not_fetched(attachment: Attachment, limits: Limits, used: int) -> str:
    """Why an attachment is not even asked for; "" where it is.

    Args:
        attachment: the attachment.
        limits: what may be fetched.
        used: bytes that the task's other files have taken already.
    """
    if attachment.host != "asana":
        link = one_line(attachment.link, _LONGEST_LINK)
        return f"a link, not fetched: {link}" if link else f"it lies at {one_line(attachment.host, 40)}, not fetched"
    return too_large(attachment.size or 0, limits, used)


def too_large(size: int, limits: Limits, used: int) -> str:
    """Why a file of this size is left out; "" where it fits."""
    if size > limits.file_bytes:
        return f"left out, larger than {shown_size(limits.file_bytes)} (MAX_ATTACHMENT_MB)"
    if used + size > limits.total_bytes:
        return f"left out, all together are larger than {shown_size(limits.total_bytes)} (MAX_ATTACHMENTS_MB_PER_TASK)"
    return ""


def safe_file_name(name: str, number: int) -> str:
    """The name of the file that an attachment is laid into: `3-report.pdf`.

    Letters, digits and marks of any script, dots, dashes and underscores; no folder, no leading dot, short enough for
    any file system. The number makes it unique, and different from every name that means something to a program.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", sound(name)))[-1]
    kept = "".join(c if c in "._-" or unicodedata.category(c)[0] in "LMN" else "_" for c in last)
    kept = re.sub(r"_{2,}", "_", kept).strip("._-")
    stem, _, extension = kept.rpartition(".")
    if not stem or len(extension) > _LONGEST_EXTENSION or not (extension.isascii() and extension.isalnum()):
        stem, extension = kept, ""
    stem = stem.encode()[:_LONGEST_STEM_BYTES].decode("utf-8", "ignore").strip("._-") or "file"
    return f"{number}-{stem}.{extension}" if extension else f"{number}-{stem}"


def shown_size(size: int | None) -> str:
    """A number of bytes for people; "" where it is not known."""
    if size is None:
        return ""
    if size < 1000:
        return f"{size} bytes"
    if size < MEGABYTE:
        return f"{size / 1000:.1f} kB"
    return f"{size / MEGABYTE:.1f} MB"
