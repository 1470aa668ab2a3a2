"""`.aegis.toml`: what a repository's team sets for the work in it. Committed, so reviewed; Asana can set none of it."""

from __future__ import annotations

import tomllib
from typing import Literal

from pydantic import Field, ValidationError

from aegis.core.models import Frozen
from aegis.errors import ConfigurationError


class RepoConfig(Frozen):
    """The settings of one repository; what is None is taken from Aegis's own settings.

    `verify` are shell commands that must pass before a task counts as done.
    """

    verify: tuple[str, ...] = ()
    model: str | None = None
    max_turns: int | None = Field(None, ge=1)
    max_cost_usd: float | None = Field(None, gt=0)
    timeout_seconds: int | None = Field(None, ge=1)
    permission_mode: Literal["acceptEdits", "default", "dontAsk", "plan", "bypassPermissions"] | None = None
    allowed_tools: tuple[str, ...] | None = None
    preamble: str | None = None


def parse_repo_config(text: str) -> RepoConfig:
    """Read the file's text. Raises ConfigurationError that names the key."""
    try:
        return RepoConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f".aegis.toml is no TOML: {error}") from error
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        known = ", ".join(RepoConfig.model_fields)
        said = "is not known" if problem["type"] == "extra_forbidden" else problem["msg"]
        raise ConfigurationError(f".aegis.toml: '{key}' {said}", hint=f"Known: {known}.") from error
