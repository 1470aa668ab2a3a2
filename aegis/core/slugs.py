"""Names of files that come from names in Asana: safe, short, and never empty."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from aegis.core.models import Project

_LONGEST = 60
_RESERVED = {"con", "prn", "aux", "nul", *(f"{device}{n}" for device in ("com", "lpt") for n in range(1, 10))}


def log_slug(name: str, gid: str) -> str:
    """A file name (without its ending) for a project; one that has only symbols is named by its GID."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:_LONGEST].strip("-")
    if not slug or slug in _RESERVED:
        return f"project-{gid}"
    return slug


def log_slugs(projects: Iterable[Project]) -> dict[str, str]:
    """GID -> slug, where names that would share a file get their GID as well."""
    plain = {project.gid: log_slug(project.name, project.gid) for project in projects}
    while len(clashing := {slug for slug, count in Counter(plain.values()).items() if count > 1}):
        plain = {gid: f"{slug}-{gid}" if slug in clashing else slug for gid, slug in plain.items()}
    return plain
