"""The documentation is true to the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from aegis.cli.app import COMMANDS
from aegis.cli.docs import configuration_page, env_example
from aegis.settings import NOT_BUILT, Settings, names

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "docs/operator-guide.md", "docs/architecture.md", "docs/configuration.md", "CHANGELOG.md"]


def test_generated_pages_are_fresh() -> None:
    assert (ROOT / "docs/configuration.md").read_text() == configuration_page(), "run: make docs"
    assert (ROOT / ".env.example").read_text() == env_example(), "run: make docs"


def test_the_example_names_every_setting_once() -> None:
    found = re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(found) == sorted(names())


def test_the_example_filled_in_loads(tmp_path: Path) -> None:
    text = (ROOT / ".env.example").read_text()
    for name, value in (("ASANA_ACCESS_TOKEN", "t"), ("ASANA_WORKSPACE_GID", "1"), ("ASANA_PORTFOLIO_GID", "2")):
        text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "aegis", "config"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Note:" not in done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target


def test_the_code_points_only_at_sections_that_exist() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    headings = [line.lstrip("# ") for line in page.splitlines() if line.startswith("#")]
    named = [
        name
        for folder in ("aegis", "tasks", "flows")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'docs/architecture\.md, "([^"]+)"', path.read_text())
    ]
    assert named
    for name in named:
        assert any(heading.startswith(name) for heading in headings), name


@pytest.mark.parametrize("page", PAGES[:2])
def test_every_command_that_is_named_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    for name in re.findall(r"^\$? ?aegis ([a-z][a-z-]+)|`aegis ([a-z][a-z-]+)", text, re.MULTILINE):
        command = name[0] or name[1]
        assert command in COMMANDS or command == "start", command
    assert "`aegis start`, is not built yet" in (ROOT / "docs/operator-guide.md").read_text()


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for page in PAGES:
        for name in re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / page).read_text(), re.MULTILINE):
            assert name in targets, name
    assert {"setup", "demo", "test", "benchmark", "contract", "lock", "docs"} <= targets


def test_the_guide_names_only_settings_that_exist() -> None:
    guide = (ROOT / "docs/operator-guide.md").read_text()
    known = set(names()) | {"PREFECT_API_URL", "DOCKER_HOST"}
    found = set(re.findall(r"`([A-Z][A-Z0-9]+_[A-Z0-9_]+)(?:=[^`]*)?`", guide))
    assert found <= known, found - known
    assert set(NOT_BUILT) <= set(Settings.model_fields)


def test_compose_has_the_guides_services_with_health_checks() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = compose["services"]
    assert set(services) == {"postgres", "redis", "qdrant", "prefect"}
    assert all("healthcheck" in service for service in services.values())
    assert services["postgres"]["container_name"] == "aegis-postgres" and "profiles" not in services["postgres"]
    assert services["qdrant"]["profiles"] == ["qdrant"] and services["prefect"]["profiles"] == ["prefect"]
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service["ports"])


def test_the_deployments_name_flows_that_exist() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    for deployment in deployments:
        path, _, name = deployment["entrypoint"].partition(":")
        assert re.search(rf"^async def {name}\(", (ROOT / path).read_text(), re.MULTILINE), deployment


def test_the_lock_pins_everything_with_hashes_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock and "file:" not in lock
    pins = [line for line in lock.splitlines() if line and line[0].isalpha()]
    assert all(re.match(r"[A-Za-z0-9._-]+(?:\[[a-z,]+\])?==\S+", line) for line in pins)
    assert lock.count("--hash=sha256:") >= len(pins)
    assert not (ROOT / "uv.lock").exists()


def test_runtime_dependencies_are_those_agreed_on() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = {re.match(r"[a-z0-9-]+", one)[0] for one in project["dependencies"]}  # type: ignore[index]
    agreed = {
        "prefect", "prefect-shell", "asana", "pydantic-settings", "sqlalchemy", "alembic", "psycopg", "redis",
        "qdrant-client", "click", "rich", "tenacity", "platformdirs",
    }  # fmt: skip
    extra = found - agreed
    assert agreed <= found and extra == {"fastapi", "apprise"}
    architecture = (ROOT / "docs/architecture.md").read_text()
    assert all(name in architecture for name in extra), "a further dependency needs its reason there"
    assert "fastapi<0.151" in project["dependencies"]
