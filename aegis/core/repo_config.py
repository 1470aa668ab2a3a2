"""`.aegis.toml`: what a repository's team sets for the work in it. Committed, so reviewed; Asana can set none of it."""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr, ValidationError

from aegis.core.models import Frozen
from aegis.errors import ConfigurationError

CommandLine = Annotated[StrictStr, Field(min_length=1, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class RepoConfig(Frozen):
    """The settings of one repository; what is None is taken from Aegis's own settings.

    `verify` are shell commands that must pass before a task counts as done. `timeout_seconds` bounds the agent's run.
    """

    verify: tuple[CommandLine, ...] = ()
    model: CommandLine | None = None
    max_turns: Annotated[StrictInt, Field(ge=1)] | None = None
    max_cost_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    timeout_seconds: Annotated[StrictInt, Field(ge=1)] | None = None
    permission_mode: Literal["acceptEdits", "default", "dontAsk", "plan", "bypassPermissions"] | None = None
    allowed_tools: tuple[CommandLine, ...] | None = None
    preamble: StrictStr | None = None


def parse_repo_config(text: str) -> RepoConfig:
    """Read the file's text. Raises ConfigurationError that names the key."""
    try:
        return RepoConfig.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f".aegis.toml is no TOML: {error}") from error
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        known = ", ".join(RepoConfig.model_fields)
        said = "is not known" if problem["type"] == "extra_forbidden" else _said(problem["type"], problem["msg"])
        raise ConfigurationError(f".aegis.toml: '{key}' {said}", hint=f"Known: {known}.") from error


def _said(kind: str, message: str) -> str:
    """Pydantic's word in ours: it reads "'verify' must be a list"."""
    if kind == "tuple_type":
        return 'must be a list, such as ["make test"]'
    if kind in ("string_too_short", "string_pattern_mismatch"):
        return "must not be empty"
    return message.replace("Input should be", "must be", 1)
