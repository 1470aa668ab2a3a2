"""The stream of a project's events and the rate limit, as the SDK and our adapter see them."""

from __future__ import annotations

import pytest

from aegis.errors import AsanaMalformedAnswerError, AsanaRateLimitedError
from aegis.sandbox.faults import Fault
from aegis.sandbox.limits import RateLimit
from tests.worlds import world


def test_without_a_token_nothing_is_known_and_the_stream_begins_now() -> None:
    with world() as here, here.client() as asana:
        here.task("before")
        first = asana.events(here.project, None)
        assert not first.complete and first.token and first.changed == frozenset()
        again = asana.events(here.project, first.token)
        assert again.complete and again.changed == again.gone == frozenset()
        assert here.count() == 2


def test_what_people_do_to_tasks_is_seen_and_what_happened_before_is_not() -> None:
    with world() as here, here.client() as asana:
        store = here.store
        one, two, three, four = (here.task(name) for name in ("one", "two", "three", "four"))
        child = store.add_task(None, "child", parent=four)
        token = asana.events(here.project, None).token
        store.change_task(one, here.robin, notes="new")
        store.comment(two, "hello", by=here.robin)
        store.delete_task(three)
        store.complete(child)
        five = here.task("five")
        seen = asana.events(here.project, token)
        assert seen.changed >= {one, two, five} and seen.gone == {three}
        assert asana.events(here.project, seen.token).changed == frozenset()
        assert asana.events(here.project, token) == seen, "a token can be repeated"


def test_many_events_come_in_pages_each_once() -> None:
    with world() as here, here.client() as asana:
        token = asana.events(here.project, None).token
        gids = {here.task(f"t{n}") for n in range(130)}
        seen = asana.events(here.project, token)
        assert seen.complete and seen.changed == gids
        assert here.count("GET", "/events") == 1 + len(here.store.events_since(here.project, token, 10_000)) // 100 + 1


def test_a_token_that_is_too_old_is_replaced_and_says_that_things_were_missed() -> None:
    with world() as here, here.client() as asana:
        token = asana.events(here.project, None).token
        here.store.expire_sync_tokens()
        seen = asana.events(here.project, token)
        assert not seen.complete and seen.token != token
        assert asana.events(here.project, seen.token).complete


def test_a_412_without_a_token_is_a_malformed_answer() -> None:
    with world() as here, here.client() as asana:
        here.sandbox.faults.add(Fault(kind="status", path="/events", status=412, times=5))
        with pytest.raises(AsanaMalformedAnswerError):
            asana.events(here.project, None)


def test_the_rate_limit_refuses_what_is_too_much_and_counts_it_too() -> None:
    with world() as here, here.client(attempts=1) as asana:
        here.sandbox.rate_limit = RateLimit(3)
        for _ in range(3):
            asana.me()
        with pytest.raises(AsanaRateLimitedError) as caught:
            asana.me()
        assert caught.value.retry_after is not None and 0 < caught.value.retry_after <= 60
        assert here.sandbox.rate_limit.worst == 4 and here.sandbox.rate_limit.refused == 1
    with world() as here, here.client(attempts=1) as asana:  # a new one: the refused one waits as long as it was told
        here.sandbox.rate_limit = RateLimit(3)
        with pytest.raises(AsanaRateLimitedError):
            asana.tasks_by_gid([str(n) for n in range(10)])
