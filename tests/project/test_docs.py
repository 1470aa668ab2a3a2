"""The documentation is true to the code."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis.cli.app import COMMANDS
from aegis.cli.docs import configuration_page, env_example
from aegis.core.deployments import NAMES, POOL, TAG
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
        assert command in COMMANDS, command


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for page in PAGES:
        for name in re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / page).read_text(), re.MULTILINE):
            assert name in targets, name
    assert {"setup", "demo", "test", "benchmark", "contract", "lock", "docs"} <= targets


def test_the_guide_names_only_settings_that_exist() -> None:
    guide = (ROOT / "docs/operator-guide.md").read_text()
    known = set(names()) | {"PREFECT_API_URL", "DOCKER_HOST", "CODE_DIR"} | prefect_settings()
    found = set(re.findall(r"`([A-Z][A-Z0-9]+_[A-Z0-9_]+)(?:=[^`]*)?`", guide))
    assert found <= known, found - known
    assert set(NOT_BUILT) <= set(Settings.model_fields)


def prefect_settings() -> set[str]:
    from prefect.settings.legacy import Settings as PrefectSettings
    from prefect.settings.legacy import _get_valid_setting_names

    return set(_get_valid_setting_names(PrefectSettings))


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_compose_has_the_guides_services_with_health_checks() -> None:
    services = compose()["services"]
    assert set(services) == {"postgres", "redis", "qdrant", "prefect-database", "prefect", "deploy", "worker"}
    lasting = {name: service for name, service in services.items() if service.get("restart") != "no"}
    assert set(services) - set(lasting) == {"prefect-database", "deploy"}
    assert all("healthcheck" in service for service in lasting.values())
    assert services["postgres"]["container_name"] == "aegis-postgres" and "profiles" not in services["postgres"]
    assert services["qdrant"]["profiles"] == ["qdrant"] and "team" in services["prefect"]["profiles"]
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        named = {volume.split(":")[0] for volume in service.get("volumes", ()) if not volume.startswith("${")}
        assert named <= set(compose()["volumes"])


def test_compose_sets_only_what_somebody_reads() -> None:
    from prefect_redis.client import RedisMessagingSettings

    redis = {f"PREFECT_REDIS_MESSAGING_{field.upper()}" for field in RedisMessagingSettings.model_fields}
    known = set(names()) | prefect_settings() | redis
    of_images = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "PGHOST", "PGUSER", "PGPASSWORD"}
    for name, service in compose()["services"].items():
        assert set(service.get("environment", {})) - of_images <= known, name


def test_the_teams_containers_use_the_servers_of_the_file() -> None:
    services = compose()["services"]
    worker, server = services["worker"]["environment"], services["prefect"]["environment"]
    database = services["postgres"]["environment"]
    login = f"{database['POSTGRES_USER']}:{database['POSTGRES_PASSWORD']}@postgres:5432"
    assert worker["DATABASE_URL"] == f"postgresql://{login}/aegis"
    assert server["PREFECT_API_DATABASE_CONNECTION_URL"] == f"postgresql+asyncpg://{login}/prefect"
    assert worker["PREFECT_API_URL"] == "http://prefect:4200/api" and worker["REDIS_URL"].startswith("redis://redis:")
    assert services["deploy"]["environment"] == worker
    modules = [value for value in server.values() if str(value).startswith("prefect_redis.")]
    assert len(modules) == 4 and all(importlib.util.find_spec(module) for module in modules)


def test_the_image_has_what_the_containers_run() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "COPY . ." in dockerfile and '".[claude,redis]"' in dockerfile and "USER aegis" in dockerfile
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ".env*" in ignored and ".git" in ignored


def test_the_deployments_name_flows_that_exist() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    assert [one["name"] for one in deployments] == list(NAMES)
    for one in deployments:
        path, _, name = one["entrypoint"].partition(":")
        assert re.search(rf"^async def {name}\(", (ROOT / path).read_text(), re.MULTILINE), one
        assert one["work_pool"]["name"] == POOL and TAG in one["tags"]


def test_the_deployments_are_those_that_aegis_start_serves() -> None:
    from flows.deployments import DESCRIPTIONS

    deployments = {one["name"]: one for one in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]}
    assert {name: one["description"] for name, one in deployments.items()} == DESCRIPTIONS
    (schedule,) = deployments["orchestrate"]["schedules"]
    assert schedule["interval"] == Settings.model_fields["poll_interval_seconds"].default and schedule["slug"]
    assert deployments["orchestrate"]["concurrency_limit"] == {
        "limit": 1,
        "collision_strategy": "CANCEL_NEW",
        "grace_period_seconds": 60,
    }


def test_no_secret_and_no_setting_of_ours_travels_through_prefect() -> None:
    for one in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]:
        assert set(one["work_pool"]["job_variables"]["env"]) <= prefect_settings()
        assert not one.get("parameters")


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_explains_itself_in_the_uis_form(name: str) -> None:
    from prefect.utilities.callables import parameter_schema

    flow = getattr(importlib.import_module(f"flows.{name.replace('-', '_')}"), name.replace("-", "_"))
    for parameter, schema in parameter_schema(flow).properties.items():
        assert parameter != "max_tasks" or schema["minimum"] == 1, "the form refuses a session of no tasks"
        assert len(schema.get("description", "")) > 10, parameter


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


def test_the_pictures_are_small_and_shown_and_without_a_browser_one_line_says_what_is_missing() -> None:
    shown = "".join((ROOT / page).read_text() for page in PAGES)
    pictures = sorted((ROOT / "docs/images").iterdir())
    assert pictures and all(f"images/{one.name})" in shown and one.stat().st_size < 200_000 for one in pictures)
    command = [sys.executable, "docs/screenshots.py", "--chromium", "no-such-browser"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("Error: no Chromium found") and done.stderr.count("\n") == 1
