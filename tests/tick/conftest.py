"""The steps of a tick on a sandbox, called as functions in this process, without a Prefect server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aegis.settings import Settings
from tests.worlds import TOKEN, World, world


def settings_for(here: World, home: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "asana_access_token": TOKEN,
        "asana_workspace_gid": here.store.workspace_gid,
        "asana_portfolio_gid": here.portfolio,
        "asana_base_url": here.sandbox.api_url,
        "anthropic_api_key": "sk-test-key",
        "aegis_home": home,
        **changes,
    }
    return Settings.model_validate(values)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    code = tmp_path / "code"
    code.mkdir()
    with world(notes=f"Code Location: {code}") as made:
        yield made
