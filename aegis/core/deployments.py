"""The deployments by name: what Prefect is asked about, and how one Aegis's runs are told from another's."""

from __future__ import annotations

DO = "do/do"
WORK_ON = "work-on/work-on"
ORCHESTRATE = "orchestrate/orchestrate"
NAMES = ("do", "work-on", "orchestrate")
"""The deployments are named like their flows; DO and the others are the full names, flow/deployment."""

POOL = "aegis"
"""The work pool of prefect.yaml."""

TAG = "aegis"
_OF = "aegis-of:"


def installation_tag(installation: str) -> str:
    """The tag on the deployments (and so on their runs) of all machines that share one database."""
    return f"{_OF}{installation}"


def is_others(tags: list[str], installation: str) -> bool:
    """Whether the tags name another Aegis's database; those of prefect.yaml name none, and are everybody's."""
    named = [tag for tag in tags if tag.startswith(_OF)]
    return bool(named) and installation_tag(installation) not in named
