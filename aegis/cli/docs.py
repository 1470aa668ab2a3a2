"""What of the documentation is made from the code: docs/configuration.md and .env.example (`make docs`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from aegis.settings import NOT_BUILT, Settings

_SAMPLES = {
    "asana_access_token": "your_asana_personal_access_token_here",
    "asana_workspace_gid": "your_workspace_gid",
    "asana_portfolio_gid": "your_portfolio_gid",
    "anthropic_api_key": "your_anthropic_api_key_here",
    "anthropic_max_tokens": "4096",
    "database_url": "postgresql://localhost/aegis",
    "redis_url": "redis://localhost:6379",
    "qdrant_url": "http://localhost:6333",
    "aegis_home": "~/.local/state/aegis",
    "anthropic_base_url": "http://localhost:8080",
    "claude_path": "/usr/local/bin/claude",
}


def configuration_page() -> str:
    """docs/configuration.md."""
    lines = [
        "# Configuration",
        "",
        "Made from `aegis/settings.py` by `make docs`. Each is an environment variable, or a line in the",
        "`.env` of the folder where the command runs; the environment wins, and a blank value counts as not set (but",
        "for the sections: an empty one means none). `aegis config` shows what is set, from where, secrets masked.",
    ]
    for group, fields in _groups():
        lines += ["", f"## {group}", "", "| variable | default | what it does |", "|---|---|---|"]
        lines += [_row(name, field) for name, field in fields]
    return "\n".join(lines) + "\n"


def env_example() -> str:
    """.env.example."""
    lines = [
        "# Aegis's settings: copy this file to .env and fill in the first group. Lines that are commented out show the",
        "# default, or a sample where there is none. docs/configuration.md says more; `aegis config` checks.",
    ]
    for group, fields in _groups():
        lines += ["", f"# --- {group} ---"]
        for name, field in fields:
            extra = _extra(field)
            where = f" {extra['where']}." if extra.get("where") else ""
            lines += ["", f"# {_sentence(name, field)}{where}"]
            value = _SAMPLES.get(name) or _default_text(field)
            commented = extra.get("unset") or (not field.is_required() and name not in _SAMPLES and value == "")
            lines.append(f"{'# ' if commented else ''}{name.upper()}={value}")
    return "\n".join(lines) + "\n"


def _groups() -> Iterator[tuple[str, list[tuple[str, FieldInfo]]]]:
    groups: dict[str, list[tuple[str, FieldInfo]]] = {}
    for name, field in Settings.model_fields.items():
        groups.setdefault(str(_extra(field)["group"]), []).append((name, field))
    yield from groups.items()


def _extra(field: FieldInfo) -> dict[str, object]:
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    return dict(extra)


def _row(name: str, field: FieldInfo) -> str:
    default = "required" if field.is_required() else f"`{_default_text(field)}`" if _default_text(field) else "not set"
    if name == "aegis_home":
        default = "the platform's user state directory"
    where = _extra(field).get("where")
    told = f"{_sentence(name, field)} {where}." if where else _sentence(name, field)
    escaped = told.replace("|", "\\|")
    return f"| `{name.upper()}` | {default} | {escaped} |"


def _sentence(name: str, field: FieldInfo) -> str:
    text = field.description or ""
    if name in NOT_BUILT and "not built" not in text:
        text = f"{text.rstrip('.')} (not built yet)."
    return text


def _default_text(field: FieldInfo) -> str:
    default = field.default
    if field.is_required() or default is None or isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)


def main(root: Path) -> None:
    """Write both files."""
    (root / "docs" / "configuration.md").write_text(configuration_page(), encoding="utf-8")
    (root / ".env.example").write_text(env_example(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
