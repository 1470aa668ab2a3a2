"""The files that make `aegis start` a service of its user: a systemd unit, or a launchd property list.

No secret is in them: the service reads the `.env` of its folder.
"""

from __future__ import annotations

import plistlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_STOP_MARGIN = 120
"""Seconds for the steps of a stop after the agents' grace time, before the system ends everything."""


@dataclass(frozen=True)
class Service:
    """What runs, where, and with which (not secret) environment; all paths are absolute."""

    name: str
    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    grace_seconds: int
    log_file: Path


def systemd_unit(service: Service) -> str:
    """A user unit: started at boot (with lingering) or login, again after a failure.

    KillMode=mixed: only `aegis start` itself gets the SIGTERM, and stops its agents in steps.
    """
    lines = [
        "[Unit]",
        f"Description=Aegis ({service.name}): works on the ready tasks of an Asana portfolio",
        "",
        "[Service]",
        f"WorkingDirectory={_literal(str(service.directory))}",
        f"ExecStart={' '.join(_word(part) for part in service.command)}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in service.environment.items()),
        "Restart=on-failure",
        "RestartSec=10",
        "KillMode=mixed",
        f"TimeoutStopSec={service.grace_seconds + _STOP_MARGIN}",
        "",
        "[Install]",
        "WantedBy=default.target",
    ]
    return "\n".join(lines) + "\n"


def launchd_plist(service: Service) -> str:
    """A launch agent: started at login, again after a failure."""
    document = {
        "Label": label(service.name),
        "ProgramArguments": list(service.command),
        "WorkingDirectory": str(service.directory),
        "EnvironmentVariables": dict(service.environment),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "ExitTimeOut": service.grace_seconds + _STOP_MARGIN,
        "StandardOutPath": str(service.log_file),
        "StandardErrorPath": str(service.log_file),
    }
    return plistlib.dumps(document, sort_keys=False).decode()


def label(name: str) -> str:
    """The name under which launchd knows the service."""
    return f"aegis.{name}"


def _literal(text: str) -> str:
    """A whole value, in which only `%` means something to systemd."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """One word in quotes."""
    escaped = _literal(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _word(text: str) -> str:
    """One word of a command line, in which `$` means a variable too."""
    return _quoted(text.replace("$", "$$"))
