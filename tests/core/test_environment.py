"""The agent's environment is an allow-list that no setting can widen to our own secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.environment import OURS, child_environment

OUR_OWN = [
    "ASANA_ACCESS_TOKEN",
    "AEGIS_HOME",
    "AEGIS_NOTIFY_URLS",
    "DATABASE_URL",
    "database_url",
    "REDIS_URL",
    "QDRANT_API_KEY",
    "PREFECT_API_KEY",
]


@pytest.mark.parametrize(
    "name",
    ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR", "https_proxy", "IS_SANDBOX"],
)
def test_what_the_cli_needs_is_handed_on(name: str) -> None:
    assert child_environment({name: "x"}, {}, ())[name] == "x"


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PYTHONPATH", "LD_PRELOAD", "FOO", "CLAUDECODE"]
)
def test_anything_else_only_by_its_name(name: str) -> None:
    assert name not in child_environment({name: "x"}, {}, ())
    assert child_environment({name: "x"}, {}, (name,))[name] == "x"


@pytest.mark.parametrize("name", OUR_OWN)
def test_our_own_never_even_by_name(name: str) -> None:
    assert name not in child_environment({name: "x"}, {}, (name,))


def test_background_work_and_updates_are_switched_off_whatever_the_user_set() -> None:
    found = child_environment({"CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "0"}, {}, ())
    assert found["CLAUDE_CODE_DISABLE_BACKGROUND_TASKS"] == "1" and found["DISABLE_AUTOUPDATER"] == "1"


@given(
    st.dictionaries(st.sampled_from([*OUR_OWN, "PATH", "X", "LC_X"]), st.text()),
    st.lists(st.sampled_from([*OUR_OWN, "X"])),
)
def test_nothing_comes_that_was_not_there_and_nothing_of_ours(base: dict[str, str], names: list[str]) -> None:
    found = child_environment(base, {"EXTRA": "e"}, names)
    assert not set(OUR_OWN) & set(found)
    assert found == {**{k: v for k, v in base.items() if k in found}, **OURS, "EXTRA": "e"}
