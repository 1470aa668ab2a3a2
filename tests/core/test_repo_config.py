"""`.aegis.toml` is read strictly: what is not understood is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.repo_config import RepoConfig, parse_repo_config
from aegis.errors import ConfigurationError


def test_every_setting_is_read() -> None:
    text = """
    verify = ["make test", "make lint"]
    model = "claude-haiku-4-5"
    max_turns = 20
    max_cost_usd = 1
    timeout_seconds = 600
    permission_mode = "plan"
    allowed_tools = ["Read"]
    preamble = "Use tabs."
    """
    config = parse_repo_config(text)
    assert config.verify == ("make test", "make lint") and config.max_cost_usd == 1.0
    assert set(config.model_dump(exclude_none=True)) == set(RepoConfig.model_fields)


def test_an_empty_file_sets_nothing() -> None:
    assert parse_repo_config("") == RepoConfig() == parse_repo_config("# only a remark\n")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("verfy = []", "'verfy' is not known"),
        ('verify = "make test"', "'verify' must be a list"),
        ('verify = ["make", ""]', "'verify.1' must not be empty"),
        ('verify = ["a\\u0000b"]', "'verify.0'"),
        ("max_turns = 0", "'max_turns'"),
        ("max_turns = true", "'max_turns'"),
        ("max_cost_usd = inf", "'max_cost_usd'"),
        ("max_cost_usd = -1", "'max_cost_usd'"),
        ('permission_mode = "yolo"', "'permission_mode'"),
        ("[verify]\na = 1", "'verify'"),
        ("verify = [", "is no TOML"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(text: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\.aegis\.toml") as caught:
        parse_repo_config(text)
    assert named in str(caught.value)


@given(st.text())
def test_any_text_is_a_config_or_our_error(text: str) -> None:
    try:
        parse_repo_config(text)
    except ConfigurationError as error:
        assert ".aegis.toml" in str(error)
