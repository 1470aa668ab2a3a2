"""What of the environment the agent may see: an allow-list, since the CLI hands all it has to its commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ALLOWED = frozenset(
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "TERM",
        "TMPDIR",
        "TZ",
        "API_TIMEOUT_MS",
        "IS_SANDBOX",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
    }
)
ALLOWED_PREFIXES = ("LC_", "ANTHROPIC_", "CLAUDE_")

NEVER = frozenset({"DATABASE_URL", "REDIS_URL"})
NEVER_PREFIXES = ("ASANA_", "AEGIS_", "QDRANT_", "PREFECT_")
"""Our own secrets and settings; CLAUDE_ENV_PASS cannot name them."""

OURS = {"CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1", "DISABLE_AUTOUPDATER": "1"}
"""A run's background work would be killed with it and yet be reported as done; and no run updates the CLI."""


def child_environment(base: Mapping[str, str], extra: Mapping[str, str], pass_names: Iterable[str]) -> dict[str, str]:
    """The agent's whole environment.

    Args:
        base: what it is chosen from.
        extra: what is set besides, whatever its name.
        pass_names: further names that the user allows (CLAUDE_ENV_PASS); never Aegis's own.
    """
    passed = set(pass_names)
    chosen = {
        name: value
        for name, value in base.items()
        if (name in ALLOWED or name.startswith(ALLOWED_PREFIXES) or name in passed) and not is_ours(name)
    }
    return {**chosen, **OURS, **extra}


def is_ours(name: str) -> bool:
    """Whether a variable holds what only Aegis itself may know; in any case, as the settings read them."""
    return name.upper() in NEVER or name.upper().startswith(NEVER_PREFIXES)
