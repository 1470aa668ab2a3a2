"""What is read from the environment and `.env`, what of it is secret, and how a mistake in it is told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from aegis.core.redaction import Redactor
from aegis.core.secrets import passwords_in, secrets_of_environment, without_password
from aegis.errors import ConfigurationError
from aegis.settings import Settings, aegis_home, known_secrets, load_settings, origins, shown, unknown_variables

NEEDED = "ASANA_ACCESS_TOKEN=the-asana-token\nASANA_WORKSPACE_GID=1\nASANA_PORTFOLIO_GID=2\n"


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """This process's environment, as it is within."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def load(folder: Path, text: str, **variables: str) -> Settings:
    (folder / ".env").write_text(text)
    with environment(variables):
        return load_settings(folder / ".env")


@pytest.mark.parametrize(
    ("url", "passwords", "shown_as"),
    [
        ("postgresql://u:s3cret%21@h/db", ["s3cret%21", "s3cret!"], "postgresql://u:***@h/db"),
        ("postgresql://h/db?user=u&password=s3cret", ["s3cret"], "postgresql://h/db?user=u&password=***"),
        ("redis://:s3cret@h:6379/0", ["s3cret"], "redis://:***@h:6379/0"),
        ("postgresql://u@h/db?sslmode=require", [], "postgresql://u@h/db?sslmode=require"),
        ("postgresql://postgres:postgres@localhost/app", [], "postgresql://postgres:***@localhost/app"),
        ("postgresql://dev:aegis@localhost/aegis", [], "postgresql://dev:***@localhost/aegis"),
        ("postgresql://u:password@h/db?sslkey=/k.pem", [], "postgresql://u:***@h/db?sslkey=***"),
        ("sqlite:////srv/aegis.db", [], "sqlite:////srv/aegis.db"),
        ("postgresql://u:a@b@h/db", ["a@b"], "postgresql://u:***@h/db"),
        ("postgresql://[", ["postgresql://["], "(not a URL)"),
    ],
)
def test_an_address_is_shown_without_what_is_secret_in_it(url: str, passwords: list[str], shown_as: str) -> None:
    assert (passwords_in(url), without_password(url)) == (passwords, shown_as)


def test_what_the_agent_is_told_of_postgres_stays_readable_with_a_password_of_examples(tmp_path: Path) -> None:
    settings = load(tmp_path, NEEDED + "DATABASE_URL=postgresql://postgres:postgres@localhost/app\n")
    text = "Add postgres support to the password form"
    assert Redactor(settings.secrets()).mask(text) == text


def test_secrets_are_told_by_their_variables_names() -> None:
    environ = {
        "ANTHROPIC_AUTH_TOKEN": "gateway-token",
        "GITHUB_TOKEN": "ghp_0123456789",
        "HTTPS_PROXY": "http://me:proxy-pw@proxy:3128",
        "ANTHROPIC_CUSTOM_HEADERS": "X-Auth: Bearer header-token\nX-Id: short",
        "CLAUDE_CODE_CLIENT_KEY": "/etc/key.pem",
        "SESSION_KEY": "short",
        "HOOK_TOKEN": "https://hooks.example/T/B/x",
        "PATH": "/usr/bin:/bin",
        "TOKENIZERS_PARALLELISM": "false-but-long",
    }
    found = set(secrets_of_environment(environ))
    assert {"gateway-token", "ghp_0123456789", "proxy-pw", "header-token", "https://hooks.example/T/B/x"} <= found
    assert not found & {"/etc/key.pem", "short", "/usr/bin:/bin", "false-but-long"}


def test_all_that_is_set_and_secret_is_masked_wherever_it_comes_from(tmp_path: Path) -> None:
    text = NEEDED + "ANTHROPIC_AUTH_TOKEN=from-dotenv-file\nAEGIS_NOTIFY_URLS=slack://AAAA/BBBB\n"
    with environment({"GITHUB_TOKEN": "from-the-environment", "REDIS_URL": "redis://h?password=in-a-query"}):
        (tmp_path / ".env").write_text(text)
        settings = load_settings(tmp_path / ".env")
        secrets = settings.secrets(tmp_path / ".env")
    for secret in ("the-asana-token", "from-dotenv-file", "from-the-environment", "in-a-query", "slack://AAAA/BBBB"):
        assert secret in secrets
    assert shown("aegis_notify_urls", settings.aegis_notify_urls) == "slack://***"


def test_secrets_are_known_also_where_the_settings_are_wrong(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "ASANA_ACCESS_TOKEN=the-asana-token\nREDIS_URL=redis://:redis-pw@h\nMAX_TURNS=many\n"
    )
    with environment({}):
        assert {"the-asana-token", "redis-pw"} <= set(known_secrets(tmp_path / ".env"))


def test_a_typing_mistake_is_pointed_out_where_the_right_name_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, "ASANA_ACESS_TOKEN=x\nASANA_WORKSPACE_GID=1\nASANA_PORTFOLIO_GID=2\n")
    assert "ASANA_ACCESS_TOKEN: is missing" in str(caught.value)
    assert "ASANA_ACESS_TOKEN in .env is no setting" in str(caught.value)
    assert "Did you mean ASANA_ACCESS_TOKEN?" in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("ANTHROPIC_MODLE", "ANTHROPIC_MODEL"),
        ("ANTHROPIC_API_KY", "ANTHROPIC_API_KEY"),
        ("CLAUDE_ALOWED_TOOLS", "CLAUDE_ALLOWED_TOOLS"),
        ("max_turns", "MAX_TURNS"),
        ("ANTHROPIC_AUTH_TOKEN", None),
        ("ANTHROPIC_BEDROCK_BASE_URL", None),
        ("CLAUDE_CODE_MAX_RETRIES", None),
        ("PREFECT_API_URL", None),
        ("MAX_TURNS", None),
    ],
)
def test_mistyped_names_are_found_and_the_clis_own_are_left_alone(
    tmp_path: Path, variable: str, meant: str | None
) -> None:
    (tmp_path / ".env").write_text(f"{variable}=x\n")
    found = unknown_variables(tmp_path / ".env")
    assert (f"Did you mean {meant}?" in found[0]) if meant else found == []


def test_aegis_home_is_absolute_wherever_it_is_read(tmp_path: Path) -> None:
    for text, expected in (
        ("state", Path.cwd() / "state"),
        ("~/state", Path("/home/me/state")),
        ("/srv", Path("/srv")),
    ):
        settings = load(tmp_path, NEEDED + f"AEGIS_HOME={text}\n", HOME="/home/me")
        with environment({"HOME": "/home/me"}):
            assert settings.aegis_home == aegis_home(tmp_path / ".env") == expected


def test_no_env_file_is_said(tmp_path: Path) -> None:
    with environment({}), pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / ".env")
    assert "copy .env.example" in caught.value.hint


def test_levels_are_taken_in_any_case_and_a_mark_of_byte_order_is_no_letter(tmp_path: Path) -> None:
    settings = load(tmp_path, "\ufeff" + NEEDED, LOG_LEVEL="debug", LOG_FORMAT="Console")
    assert (settings.log_level, settings.log_format) == ("DEBUG", "console")


@pytest.mark.parametrize(
    "url", ["postgresql://u:se@cret@h/db", "postgresql://h:many/db", "mysql://h/db", "postgresql+asyncpg://h/db"]
)
def test_a_database_url_that_cannot_be_one_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, NEEDED + f"DATABASE_URL={url}\n")
    assert "DATABASE_URL: " in str(caught.value) and "cret" not in str(caught.value)


def test_an_empty_section_is_no_section_and_an_empty_anything_else_is_not_set(tmp_path: Path) -> None:
    default = load(tmp_path, NEEDED).section_names
    assert default == {"in-progress": "In Progress", "blocked": "Blocked", "review": "Review", "done": "Done"}
    text = NEEDED + "ASANA_SECTION_DONE=\nASANA_SECTION_BLOCKED=Waiting\nASANA_BASE_URL=\n"
    some = load(tmp_path, text)
    assert some.section_names == {**default, "done": "", "blocked": "Waiting"}
    assert some.asana_base_url.startswith("https://")
    with environment({"ASANA_SECTION_BLOCKED": ""}):
        assert load_settings(tmp_path / ".env").section_names["blocked"] == "", "the environment wins, empty too"
        assert origins(tmp_path / ".env")["asana_section_blocked"] == "environment"
        assert origins(tmp_path / ".env")["asana_section_done"] == ".env"
    assert load(tmp_path, NEEDED + "ASANA_MOVE_TASKS=false\n").section_names == {}
