"""The one reader of the environment and of `.env`.

Every setting is a field of `Settings`; the environment wins over the `.env` of the folder where the command runs,
and a blank value counts as not set, but for the few of which it means "none". `load_settings` turns what is missing or
wrong into one readable error.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from aegis.core.secrets import passwords_in, secrets_of_environment, without_password
from aegis.core.sections import Stage
from aegis.core.text import one_line
from aegis.errors import ConfigurationError


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _split_urls(value: Any) -> Any:
    """Addresses between commas or blanks; a comma within one, as apprise has them, ends none."""
    if isinstance(value, str):
        return tuple(part.strip() for part in re.split(r"[,\s]+(?=[A-Za-z][A-Za-z0-9+.-]*://)", value) if part.strip())
    return value


def _expand(value: Any) -> Any:
    return Path(value).expanduser() if isinstance(value, str) else value


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
UrlList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_urls)]
HomePath = Annotated[Path, BeforeValidator(_expand)]
AbsolutePath = Annotated[HomePath, AfterValidator(Path.absolute)]
"""Processes of ours that work in other folders are told it."""
Origin = Literal["environment", ".env", "default"]

TOKEN_HINT = "In Asana: Settings > Apps > Developer apps > Create new personal access token"  # noqa: S105 - a hint
WORKSPACE_HINT = "The number in your workspace's address, https://app.asana.com/0/<WORKSPACE_GID>/list"
PORTFOLIO_HINT = "The number in the portfolio's address, https://app.asana.com/0/portfolio/<PORTFOLIO_GID>"
KEY_HINT = "At https://console.anthropic.com; not needed where the Claude CLI is logged in (`claude auth status`)"


def _field(
    group: str,
    default: Any,
    description: str,
    *,
    where: str = "",
    unset: bool = False,
    blank: bool = False,
    **limits: Any,
) -> Any:
    """A setting: its group, what it does, where its value comes from; `unset` shows it commented in .env.example.

    With `blank` an empty value is a value of its own, and not as good as none.
    """
    extra: dict[str, Any] = {"group": group, "where": where, "unset": unset, "blank": blank}
    return Field(default, description=description, json_schema_extra=extra, **limits)


class Settings(BaseSettings):
    """All settings of Aegis; read them with `load_settings`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    asana_access_token: SecretStr = _field("Asana", ..., "Asana personal access token.", where=TOKEN_HINT)
    asana_workspace_gid: str = _field("Asana", ..., "Asana workspace.", where=WORKSPACE_HINT, pattern=r"^\d+$")
    asana_portfolio_gid: CommaList = _field(
        "Asana", ..., "Asana portfolio whose projects are worked on; several with commas.", where=PORTFOLIO_HINT
    )
    asana_base_url: str = _field(
        "Asana", "https://app.asana.com/api/1.0", "Address of Asana's API; the sandbox prints its own.", unset=True
    )
    aegis_assignee: str = _field(
        "Asana", "", "Asana user (GID or e-mail) whose tasks are taken too, such as a bot account.", unset=True
    )
    aegis_sections: CommaList = _field("Asana", (), "Only tasks of these sections are taken (names).", unset=True)
    aegis_tags: CommaList = _field("Asana", (), "Only tasks with one of these tags are taken (names).", unset=True)
    asana_move_tasks: bool = _field(
        "Asana", True, "Tasks move to the sections below, where their project has sections of these names.", unset=True
    )
    asana_section_in_progress: str = _field(
        "Asana", "In Progress", "Section for a task that the agent works on; empty: no move.", unset=True, blank=True
    )
    asana_section_blocked: str = _field(
        "Asana", "Blocked", "Section for a begun task that waits for a person; empty: no move.", unset=True, blank=True
    )
    asana_section_review: str = _field(
        "Asana",
        "Review",
        "Section for a completed task that a person should look at: tool calls were denied; empty: as any other.",
        unset=True,
        blank=True,
    )
    asana_section_done: str = _field(
        "Asana", "Done", "Section for a completed task; empty: no move.", unset=True, blank=True
    )
    rate_limit_per_minute: int = _field(
        "Asana", 1500, "Requests a minute that Asana allows the token (free workspaces: 150).", unset=True, ge=1
    )

    anthropic_api_key: SecretStr | None = _field("Anthropic", None, "Anthropic API key.", where=KEY_HINT)
    anthropic_model: str = _field("Anthropic", "claude-sonnet-4-5-20250929", "Model that the Claude CLI is asked for.")
    anthropic_max_tokens: int | None = _field(
        "Anthropic",
        None,
        "Longest answer in tokens, handed to the CLI only where set (4096 makes its answers that short).",
        unset=True,
        ge=1,
    )
    anthropic_base_url: str | None = _field("Anthropic", None, "Another address of the Messages API.", unset=True)
    claude_code_oauth_token: SecretStr | None = _field(
        "Anthropic",
        None,
        "Subscription login for the Claude CLI, instead of a key.",
        where="`claude setup-token`",
        unset=True,
    )

    claude_path: str | None = _field(
        "Claude CLI", None, "The Claude CLI; else it is searched on PATH, then in the [claude] extra.", unset=True
    )
    claude_permission_mode: Literal["acceptEdits", "default", "dontAsk", "plan", "bypassPermissions"] = _field(
        "Claude CLI", "acceptEdits", "The CLI's --permission-mode.", unset=True
    )
    claude_allowed_tools: CommaList = _field(
        "Claude CLI",
        ("Bash", "Edit", "Write", "Read", "Glob", "Grep"),
        "Tools that the agent may use without asking (--allowedTools).",
        unset=True,
    )
    claude_env_pass: CommaList = _field(
        "Claude CLI", (), "Further environment variables (names) that the agent gets; never Aegis's own.", unset=True
    )
    task_timeout_seconds: int = _field("Limits", 3600, "Longest run of the agent on one task.", unset=True, ge=1)
    stall_timeout_seconds: int = _field(
        "Limits", 900, "Silence without any CPU use or I/O after which a run counts as stalled.", unset=True, ge=1
    )
    max_turns: int = _field("Limits", 200, "Most turns of the agent in one run.", unset=True, ge=1)
    max_attempts: int = _field(
        "Limits", 3, "Failed attempts at one task before it waits for a person.", unset=True, ge=1
    )
    max_cost_usd_per_task: float = _field("Limits", 5, "Most US dollars that one run may cost.", unset=True, gt=0)
    max_cost_usd_per_day: float = _field(
        "Limits", 50, "US dollars (of a UTC day) after which no task is started.", unset=True, gt=0
    )

    max_attachment_mb: int = _field(
        "Limits", 20, "Most megabytes of an attachment that the agent gets; larger ones are named.", unset=True, ge=0
    )
    max_attachments_mb_per_task: int = _field(
        "Limits", 50, "Most megabytes of a task's attachments together; 0 fetches none.", unset=True, ge=0
    )

    database_url: SecretStr | None = _field(
        "Database", None, "PostgreSQL, such as postgresql://localhost/aegis; else SQLite in AEGIS_HOME.", unset=True
    )
    redis_url: SecretStr | None = _field(
        "Database", None, "Redis, such as redis://localhost:6379: a cache that machines share; optional.", unset=True
    )
    qdrant_url: SecretStr | None = _field(
        "Vector database", None, "Qdrant, such as http://localhost:6333 (only checked as yet).", unset=True
    )
    qdrant_api_key: SecretStr | None = _field("Vector database", None, "Key of the Qdrant server.", unset=True)
    qdrant_collection: str = _field("Vector database", "aegis", "Collection in Qdrant.", unset=True)

    poll_interval_seconds: int = _field("Orchestrator", 30, "Seconds between two looks at the portfolio.", ge=1)
    max_concurrent_tasks: int = _field(
        "Orchestrator", 5, "Most agents at work at the same time, on all machines that share the database.", ge=1
    )
    aegis_home: AbsolutePath = _field(
        "Orchestrator",
        Path(platformdirs.user_state_dir("aegis")),
        "Database, results, raw events and the local Prefect server; default: the platform's user state directory.",
        unset=True,
    )
    code_roots: CommaList = _field(
        "Orchestrator", (), "Code locations must lie in one of these directories.", unset=True
    )
    aegis_prefect: Literal["auto", "ephemeral"] = _field(
        "Orchestrator",
        "auto",
        "auto: a local Prefect server that stays up; ephemeral: one inside each command.",
        unset=True,
    )
    aegis_server_idle_minutes: float = _field(
        "Orchestrator", 60, "Minutes without use after which the local Prefect server ends.", unset=True, gt=0
    )
    stop_grace_seconds: int = _field(
        "Orchestrator",
        60,
        "Seconds that running agents get to finish when `aegis start` is stopped; then they are stopped, resumable.",
        unset=True,
        ge=0,
    )
    claim_seconds: int = _field(
        "Orchestrator",
        120,
        "Seconds after which a task whose machine gives no sign of life may be taken over by another; 120 at most.",
        unset=True,
        ge=10,
        le=120,
    )
    aegis_notify_urls: UrlList = _field(
        "Orchestrator",
        (),
        "Addresses that are told of new questions, as apprise writes them, such as mailto:// or slack://; secrets.",
        where="https://appriseit.com/services/",
        unset=True,
    )
    report_at: str = _field(
        "Orchestrator",
        "",
        "Time of day (HH:MM, local) from which the day's summary goes to AEGIS_NOTIFY_URLS.",
        unset=True,
        pattern=r"^$|^([01]\d|2[0-3]):[0-5]\d$",
    )

    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = _field(
        "Logging", "INFO", "Least level of log lines."
    )
    log_format: Annotated[Literal["json", "console"], BeforeValidator(_lower)] = _field(
        "Logging", "json", "Form of log lines."
    )
    log_dir: HomePath = _field("Logging", Path("logs"), "Folder of the projects' log files.", unset=True)
    log_retention_days: int = _field("Logging", 30, "Days that logs and raw events are kept.", unset=True, ge=1)

    enable_vector_db: bool = _field("Feature flags", False, "Recall of similar past work (not built yet).")
    enable_multi_agent: bool = _field("Feature flags", False, "Several roles for one task (not built yet).")
    analyze_with_claude: bool = _field(
        "Feature flags",
        False,
        "`aegis work-on` has Claude read each new task text for what rules cannot see; it can only hold a task back.",
        unset=True,
    )
    analyze_model: str = _field(
        "Feature flags", "claude-haiku-4-5-20251001", "Model of that reading; a small one does.", unset=True
    )
    analyze_max_cost_usd: float = _field(
        "Feature flags",
        0.25,
        "Most US dollars that one run of it (over up to ten tasks) may cost; counted into MAX_COST_USD_PER_DAY.",
        unset=True,
        gt=0,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands over: it has merged the environment and `.env`, and knows each origin."""
        return (init_settings,)

    @field_validator("asana_portfolio_gid")
    @classmethod
    def _gids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not all(gid.isascii() and gid.isdigit() for gid in value):
            raise ValueError("must be a number (a GID), or several with commas")
        return value

    @field_validator("asana_base_url", "anthropic_base_url", "qdrant_url", mode="after")
    @classmethod
    def _http(cls, value: Any) -> Any:
        _check_url(value, ("http", "https"))
        return value.rstrip("/") if isinstance(value, str) else value

    @field_validator("database_url", mode="after")
    @classmethod
    def _database(cls, value: Any) -> Any:
        _check_url(value, ("postgresql", "postgres", "postgresql+psycopg", "sqlite"))
        return value

    @field_validator("redis_url", mode="after")
    @classmethod
    def _redis(cls, value: Any) -> Any:
        _check_url(value, ("redis", "rediss", "unix"))
        return value

    @property
    def section_names(self) -> dict[Stage, str]:
        """The sections that tasks move to, by name; empty where they do not move."""
        if not self.asana_move_tasks:
            return {}
        return {
            Stage.IN_PROGRESS: self.asana_section_in_progress,
            Stage.BLOCKED: self.asana_section_blocked,
            Stage.REVIEW: self.asana_section_review,
            Stage.DONE: self.asana_section_done,
        }

    @property
    def portfolio_gids(self) -> tuple[str, ...]:
        """The portfolios to watch."""
        return self.asana_portfolio_gid

    def secrets(self, env_file: Path = Path(".env")) -> tuple[str, ...]:
        """All values that must never be written anywhere: those of the settings, and of `.env` and the environment.

        Passwords inside URLs are included, and what is handed to the CLI without being a setting of ours.
        """
        found: list[str] = list(self.aegis_notify_urls)
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                secret = value.get_secret_value()
                found += passwords_in(secret) if "://" in secret else [secret]
        for url in (self.asana_base_url, self.anthropic_base_url or ""):
            found += passwords_in(url)
        for url in self.aegis_notify_urls:
            found += [url, *passwords_in(url), *_tokens(url)]
        return tuple(dict.fromkeys([*found, *environment_secrets(env_file)]))

    def has_own_login(self) -> bool:
        """Whether a key or token for the model is set here; else the CLI must be logged in by itself."""
        return self.anthropic_api_key is not None or self.claude_code_oauth_token is not None

    def claude_environment(self, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the agent's environment is chosen from: this process's, with what `.env` sets for the CLI."""
        base = {**cli_variables_of_dotenv(), **(os.environ if environ is None else environ)}
        if self.anthropic_api_key is not None:
            base["ANTHROPIC_API_KEY"] = self.anthropic_api_key.get_secret_value()
        if self.claude_code_oauth_token is not None:
            base["CLAUDE_CODE_OAUTH_TOKEN"] = self.claude_code_oauth_token.get_secret_value()
        if self.anthropic_base_url:
            base["ANTHROPIC_BASE_URL"] = self.anthropic_base_url
        if self.anthropic_max_tokens is not None:
            base["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = str(self.anthropic_max_tokens)
        return base

    def database_url_text(self) -> str | None:
        """The database's URL with its password, None for SQLite in AEGIS_HOME."""
        return self.database_url.get_secret_value() if self.database_url else None


NOT_BUILT = {
    "enable_multi_agent": "several roles for one task",
    "enable_vector_db": "recall of similar past work",
}
"""Settings whose work is not built yet, with what they will turn on."""


STOPPING_FILE = "AEGIS_STOPPING_FILE"
"""Set by `aegis start` in the environment of all that it starts: by it they are found, and told to stop."""


def names() -> dict[str, str]:
    """Environment variable -> field name, of all settings."""
    return {name.upper(): name for name in Settings.model_fields}


def load_settings(env_file: Path = Path(".env")) -> Settings:
    """Read `.env` and the environment.

    Raises ConfigurationError, beginning with "Error loading configuration", that names each variable that is
    missing or invalid and says where to get it.
    """
    try:
        return Settings(**_values(env_file))
    except ValidationError as error:
        told = "\n".join([_explained(error), *(f"  {line}" for line in unknown_variables(env_file))])
        missing = "" if env_file.is_file() else f" There is no {env_file} in this folder: copy .env.example."
        raise ConfigurationError(told, hint=f"`aegis config` shows what is set.{missing}") from None


def partial_settings(env_file: Path = Path(".env")) -> dict[str, Any]:
    """The values as given, unchecked: what `aegis config` can show although some are missing or wrong."""
    return _values(env_file)


def origins(env_file: Path = Path(".env")) -> dict[str, Origin]:
    """Field name -> where its value comes from."""
    dotenv = read_dotenv(env_file)
    found: dict[str, Origin] = {}
    for variable, field in names().items():
        if _is_given(field, os.environ.get(variable)):
            found[field] = "environment"
        else:
            found[field] = ".env" if _is_given(field, dotenv.get(variable)) else "default"
    return found


def read_dotenv(env_file: Path) -> dict[str, str]:
    """The variables of a `.env` file; none where there is no file. Raises ConfigurationError if unreadable."""
    if not env_file.exists():
        return {}
    try:
        return {
            name: value or ""
            for name, value in dotenv_values(env_file, interpolate=False, encoding="utf-8-sig").items()
        }
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ConfigurationError(f"Error loading configuration: cannot read {env_file}: {reason}") from error


def cli_variables_of_dotenv(env_file: Path = Path(".env")) -> dict[str, str]:
    """What `.env` sets for the Claude CLI itself, such as CLAUDE_CODE_MAX_RETRIES."""
    return {name: value for name, value in read_dotenv(env_file).items() if _is_cli_variable(name) and value}


def database_url(env_file: Path = Path(".env")) -> str | None:
    """DATABASE_URL alone, for alembic, which needs no other setting."""
    return os.environ.get("DATABASE_URL", "").strip() or read_dotenv(env_file).get("DATABASE_URL", "").strip() or None


def aegis_home(env_file: Path = Path(".env")) -> Path:
    """AEGIS_HOME alone, for what works without any other setting."""
    given = os.environ.get("AEGIS_HOME", "").strip() or read_dotenv(env_file).get("AEGIS_HOME", "").strip()
    return Path(given).expanduser().absolute() if given else Path(platformdirs.user_state_dir("aegis"))


def stop_grace_seconds(env_file: Path = Path(".env")) -> int:
    """STOP_GRACE_SECONDS alone, for what works without any other setting; the default where it is no number."""
    given = os.environ.get("STOP_GRACE_SECONDS", "").strip() or read_dotenv(env_file).get("STOP_GRACE_SECONDS", "")
    default: int = Settings.model_fields["stop_grace_seconds"].default
    return int(given) if given.strip().isdigit() else default


def log_settings(env_file: Path = Path(".env")) -> tuple[str, str]:
    """LOG_LEVEL and LOG_FORMAT alone, for errors in the other settings."""
    dotenv = read_dotenv(env_file) if env_file.is_file() else {}
    level = os.environ.get("LOG_LEVEL") or dotenv.get("LOG_LEVEL") or "INFO"
    return level, os.environ.get("LOG_FORMAT") or dotenv.get("LOG_FORMAT") or "json"


def environment_secrets(env_file: Path = Path(".env")) -> tuple[str, ...]:
    """The secrets of `.env` and the environment, told by the variables' names."""
    try:
        dotenv = read_dotenv(env_file)
    except ConfigurationError:
        dotenv = {}
    both = (*secrets_of_environment(os.environ), *secrets_of_environment(dotenv))
    return tuple(secret for secret in dict.fromkeys(both) if not _is_placeholder(secret))


def known_secrets(env_file: Path = Path(".env")) -> tuple[str, ...]:
    """All secrets that can be told, also where the settings as a whole are wrong: for what is shown of errors."""
    try:
        return load_settings(env_file).secrets(env_file)
    except ConfigurationError:
        pass
    try:
        given = partial_settings(env_file)
    except ConfigurationError:
        return environment_secrets(env_file)
    secret = [text for field, text in given.items() if _is_secret_field(field)]
    found = [one for text in secret for one in (passwords_in(text) if "://" in text else [text])]
    return tuple(dict.fromkeys([*found, *environment_secrets(env_file)]))


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address, None where it goes directly."""
    from urllib.request import getproxies, proxy_bypass

    host = urlsplit(url).hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
        return None
    return getproxies().get(urlsplit(url).scheme)


def ca_file() -> str | None:
    """A certificate authority file that the environment names, None for the usual ones."""
    return next((os.environ[n] for n in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE") if os.environ.get(n)), None)


def process_environment() -> dict[str, str]:
    """A copy of this process's environment, for adapters that are handed values."""
    return dict(os.environ)


def notices(settings: Settings, env_file: Path = Path(".env")) -> list[str]:
    """One line for each thing that is set and has no effect: unknown variables in `.env`, flags not built yet."""
    not_built = [
        f"{field.upper()} is set, but {work} is not built yet."
        for field, work in NOT_BUILT.items()
        if getattr(settings, field)
    ]
    return [*unknown_variables(env_file), *not_built]


def unknown_variables(env_file: Path = Path(".env")) -> list[str]:
    """One line for each variable in `.env` that is no setting, with the setting that was meant.

    Variables of the Claude CLI and of Prefect are theirs to know; one is pointed out where it all but names a setting.
    """
    lines = []
    known = names()
    for variable in read_dotenv(env_file):
        if variable in known:
            continue
        others = _is_cli_variable(variable) or variable.startswith("PREFECT_")
        near = difflib.get_close_matches(variable.upper(), known, n=1, cutoff=_ALL_BUT if others else _NEAR)
        if near or not others:
            meant = f" Did you mean {near[0]}?" if near else ""
            lines.append(f"{one_line(variable, 80)} in .env is no setting of Aegis and has no effect.{meant}")
    return lines


_NEAR, _ALL_BUT = 0.75, 0.9
"""How alike a name must be to a setting's, from 0 to 1; ANTHROPIC_BASE_URL and its kin of other clouds are at 0.84."""


def shown(field: str, value: Any) -> str:
    """A setting's value for people: secrets masked, URLs without passwords."""
    if value is None or value in ("", ()):
        return "(not set)"
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if field == "aegis_notify_urls":
        return ", ".join(f"{url.partition('://')[0]}://***" if "://" in url else "***" for url in _split_urls(text))
    if isinstance(text, tuple):
        return ", ".join(without_password(part) for part in text)
    if isinstance(text, str) and "://" in text:
        return without_password(text)
    return "********" if _is_secret_field(field) else str(text)


def _is_secret_field(field: str) -> bool:
    return "SecretStr" in str(Settings.model_fields[field].annotation)


def _values(env_file: Path) -> dict[str, Any]:
    """Field name -> text, of `.env` and, winning over it, the environment; blanks left out where they mean nothing."""
    dotenv = read_dotenv(env_file)
    values: dict[str, Any] = {}
    for variable, field in names().items():
        text = next((t for t in (os.environ.get(variable), dotenv.get(variable)) if _is_given(field, t)), None)
        if text is not None and not _is_placeholder(text.strip()):
            values[field] = text.strip()
    return values


def _is_given(field: str, text: str | None) -> bool:
    """Whether a variable's text sets the setting: any that is not blank, and a blank one of those that may be."""
    extra = Settings.model_fields[field].json_schema_extra
    may_be_blank = isinstance(extra, dict) and bool(extra.get("blank"))
    return text is not None and (may_be_blank or bool(text.strip()))


def _is_placeholder(text: str) -> bool:
    """Whether `.env.example` was copied and this value not filled in."""
    return text.startswith("your_") and (text.endswith("_here") or text.endswith("_gid"))


def _is_cli_variable(name: str) -> bool:
    return name.startswith(("ANTHROPIC_", "CLAUDE_")) or name in ("API_TIMEOUT_MS", "IS_SANDBOX")


def _explained(error: ValidationError) -> str:
    lines = ["Error loading configuration:"]
    for problem in error.errors(include_input=False, include_url=False):
        field = str(problem["loc"][0]) if problem["loc"] else ""
        extra = Settings.model_fields[field].json_schema_extra if field in Settings.model_fields else None
        where = str(extra.get("where", "")) if isinstance(extra, dict) else ""
        message = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
        lines.append(f"  {field.upper()}: {message}" + (f". {where}" if where else ""))
    return "\n".join(lines)


def _check_url(value: Any, schemes: tuple[str, ...]) -> None:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if text is None:
        return
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("is not a valid URL") from None
    if parts.netloc.count("@") > 1:
        raise ValueError("has an '@' in its user or password: write it as %40")
    if parts.scheme not in schemes:
        raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes[:2])}")


def stopping_file() -> Path | None:
    """The file whose presence tells the runs of an `aegis start` to begin nothing new; None for any other run."""
    given = os.environ.get(STOPPING_FILE, "")
    return Path(given) if given else None


_HOST = re.compile(r"[\d.]+|[a-z-]+|(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")


def _tokens(url: str) -> list[str]:
    """The parts of an apprise address that look like secrets: long, with digits or capitals, and no host's name."""
    parts = re.split(r"[/:@?&=,;+\s]+", url.partition("://")[2])
    return [part for part in parts if len(part) >= 8 and re.search(r"[\dA-Z]", part) and not _HOST.fullmatch(part)]


def python_executable() -> str:
    """The Python that runs this process, for the child processes that we start."""
    return sys.executable
