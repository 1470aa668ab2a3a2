"""Answers that break Asana's promises: each is one typed error that names the field, never a guess."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.adapters.asana_parse import (
    TASK_FIELDS,
    attachment_of,
    gid_of,
    is_project,
    portfolio_of,
    project_of,
    story_of,
    task_of,
    user_of,
)
from aegis.errors import (
    AsanaError,
    AsanaForbiddenError,
    AsanaMalformedAnswerError,
    AsanaNotFoundError,
    AsanaRateLimitedError,
    AsanaRefusedError,
    AsanaUnauthorizedError,
    AsanaUnavailableError,
)
from tests.asana.canned import Answer, canned

TASK = {"gid": "1", "name": "t", "completed": False}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gid", 1),
        ("gid", "²"),
        ("name", 5),
        ("name", False),
        ("notes", []),
        ("completed", "yes"),
        ("completed", 1),
        ("completed", None),
        ("completed_at", 5),
        ("modified_at", "yesterday"),
        ("created_at", "0001-01-01T00:00:00+23:59"),
        ("due_on", "2020-13-01"),
        ("num_subtasks", "5"),
        ("num_subtasks", True),
        ("dependencies", {"gid": "1"}),
        ("dependencies", [{"gid": "x"}]),
        ("tags", [{"name": 5}]),
        ("parent", "1"),
        ("assignee", "robin"),
        ("memberships", ["x"]),
        ("memberships", [{"project": "x"}]),
        ("is_rendered_as_separator", "x"),
    ],
)
def test_a_field_of_the_wrong_type_is_named(field: str, value: object) -> None:
    with pytest.raises(AsanaMalformedAnswerError, match=field):
        task_of({**TASK, field: value})


def test_what_may_be_absent_or_null_is_tolerated() -> None:
    bare = task_of({"gid": "1", "completed": True})
    assert bare.completed and bare.name == "" and bare.dependencies == () and bare.assignee is None
    names = {field.split(".")[0] for field in TASK_FIELDS.split(",")} - {"completed"}
    assert task_of({**dict.fromkeys(names), "gid": "1", "completed": True, "unknown": object()}) == bare
    hidden = task_of({**TASK, "memberships": [{"project": None, "section": None}, {"project": {"gid": "2"}}]})
    assert [place.project_gid for place in hidden.memberships] == ["2"]


def test_times_are_aware_and_in_utc() -> None:
    task = task_of({**TASK, "created_at": "2026-01-02T03:04:05.678Z", "modified_at": "2026-01-02T03:04:05+02:00"})
    assert task.created_at == datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert task.modified_at is not None and task.modified_at.isoformat() == "2026-01-02T01:04:05+00:00"
    bare = task_of({**TASK, "created_at": "2026-01-02T03:04:05"})
    assert bare.created_at is not None and bare.created_at.tzinfo is UTC


def test_what_a_look_up_searches_must_be_there() -> None:
    with pytest.raises(AsanaMalformedAnswerError, match="completed"):
        task_of({"gid": "1"})
    with pytest.raises(AsanaMalformedAnswerError, match="notes"):
        task_of(TASK, look_up=True)
    with pytest.raises(AsanaMalformedAnswerError, match="text"):
        story_of({"gid": "1", "resource_subtype": "comment_added"})
    assert story_of({"gid": "1", "resource_subtype": "assigned"}).text == ""


_PARSERS = (task_of, story_of, attachment_of, project_of, portfolio_of, user_of, is_project)
_NAMES = sorted(
    {part for field in TASK_FIELDS.split(",") for part in field.split(".")} | {"gid", "text", "owner", "size"}
)
_GID = st.sampled_from(["1", "23", "", "x"])
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | _GID,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=12,
)
_record = st.fixed_dictionaries(
    {"gid": st.just("1"), "completed": st.booleans()}, optional={name: _anything for name in _NAMES if name not in TASK}
)


@given(_record | _anything)
def test_any_json_is_one_of_our_models_or_a_malformed_answer(data: object) -> None:
    for parse in (*_PARSERS, lambda one: gid_of(one, "task")):
        try:
            parse(data)
        except AsanaMalformedAnswerError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("body", [None, [], "x", 5, {}, b"{", b"", b"<html>", b"[" * 50_000, b'{"data":"\xe9"}'])
def test_an_answer_that_is_no_answer_is_malformed_after_three_attempts(body: object) -> None:
    with canned(Answer(body)) as server, server.client() as asana:
        with pytest.raises(AsanaMalformedAnswerError):
            asana.task("1")
        assert len(server.seen) == asana.request_count == 3


@pytest.mark.parametrize("next_page", ["x", {}, {"offset": 5}, {"offset": "same"}])
def test_a_list_whose_end_cannot_be_found_is_malformed(next_page: object) -> None:
    with canned(Answer({"data": [TASK], "next_page": next_page})) as server, server.client() as asana:
        with pytest.raises(AsanaMalformedAnswerError):
            asana.open_tasks("1")
        assert len(server.seen) <= 2


def test_a_list_is_read_anew_once_where_its_place_expired() -> None:
    first = Answer({"data": [TASK], "next_page": {"offset": "o"}})
    refused = Answer({"errors": [{"message": "offset: Your pagination token has expired."}]}, 400)
    last = Answer({"data": [{**TASK, "gid": "2"}], "next_page": None})
    with canned(first, refused, first, last) as server, server.client() as asana:
        assert [task.gid for task in asana.open_tasks("1")] == ["1", "2"]
    with canned(first, refused, first, refused) as server, server.client() as asana:
        with pytest.raises(AsanaRefusedError, match="expired"):
            asana.open_tasks("1")
        assert len(server.seen) == 4


def test_items_that_are_no_projects_are_left_out() -> None:
    items = [{"gid": "1", "resource_type": "portfolio"}, {"gid": "2", "resource_type": "project", "name": "P"}]
    with canned(Answer({"data": items})) as server, server.client() as asana:
        assert [project.name for project in asana.portfolio_projects("9")] == ["P"]


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ({"status_code": 404, "body": {"errors": [{"message": "Unknown object"}]}}, AsanaNotFoundError),
        ({"status_code": 403, "body": None}, AsanaForbiddenError),
        ({"status_code": 400, "body": "x"}, AsanaRefusedError),
    ],
)
def test_a_task_of_a_batch_that_cannot_be_seen_stands_there_as_its_error(
    result: object, kind: type[AsanaError]
) -> None:
    with canned(Answer({"data": [{"status_code": 200, "body": {"data": TASK}}, result]})) as server:
        with server.client() as asana:
            found = asana.tasks_by_gid(["1", "2", "1/../../users/me"])
        assert len(server.seen) == 1, "what is no GID is not asked for"
    assert type(found["2"]) is kind and found["1"] == task_of(TASK)
    assert isinstance(found["1/../../users/me"], AsanaNotFoundError)


@pytest.mark.parametrize(
    ("results", "kind", "requests"),
    [
        ([{"status_code": 429, "body": {}}], AsanaRateLimitedError, 3),
        ([{"status_code": 503, "body": {}}], AsanaUnavailableError, 3),
        ([{"status_code": 401, "body": {}}], AsanaUnauthorizedError, 1),
        ([{"status_code": 200, "body": [1]}], AsanaMalformedAnswerError, 3),
        ([5], AsanaMalformedAnswerError, 3),
        ([], AsanaMalformedAnswerError, 3),
        (None, AsanaMalformedAnswerError, 3),
    ],
)
def test_trouble_within_a_batch_never_passes_for_a_task_that_cannot_be_seen(
    results: object, kind: type[AsanaError], requests: int
) -> None:
    with canned(Answer({"data": results})) as server, server.client() as asana:
        with pytest.raises(kind):
            asana.tasks_by_gid(["1"])
        assert len(server.seen) == requests


@pytest.mark.parametrize("status", [302, 307, 408, 423, 424, 425])
def test_a_status_that_passes_is_no_refusal_and_the_comment_is_not_sent_again(status: int) -> None:
    with canned(Answer({}, status, {"Location": "http://127.0.0.1:9/elsewhere"})) as server, server.client() as asana:
        with pytest.raises(AsanaUnavailableError) as caught:
            asana.add_comment("1", html="<body>x</body>", text="x")
        assert caught.value.sent and len(server.seen) == 1


@pytest.mark.parametrize("status", [400, 409, 413])
def test_a_comment_that_is_refused_is_tried_in_plain_text_and_then_given_up(status: int) -> None:
    with canned(Answer({"errors": [{"message": "xml\nis bad"}]}, status)) as server, server.client() as asana:
        with pytest.raises(AsanaRefusedError, match=rf"{status}\): xml is bad") as caught:
            asana.add_comment("1", html="<body>x</body>", text="x")
        assert caught.value.status == status and len(server.seen) == 2


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_question_whose_assignee_is_refused_is_asked_of_nobody(status: int) -> None:
    refused = Answer({"errors": [{"message": "user: Unknown object"}]}, status)
    with canned(refused, Answer({"data": {"gid": "7"}}, 201)) as server, server.client() as asana:
        assert asana.create_task("1", name="Question: x", notes="n", assignee_gid="5") == "7"
    with canned(refused) as server, server.client() as asana, pytest.raises(AsanaError, match="Unknown object"):
        asana.create_task("1", name="Question: x", notes="n", assignee_gid=None)
    assert len(server.seen) == 1


def test_retry_after_counts_for_503_too() -> None:
    late = Answer({}, 503, {"Retry-After": "3600"})
    with canned(late) as server, server.client() as asana:
        with pytest.raises(AsanaUnavailableError) as caught:
            asana.task("1")
        assert caught.value.retry_after == 3600 and len(server.seen) == 1
    soon = Answer({}, 503, {"Retry-After": "0.1"})
    with canned(soon, Answer({"data": TASK})) as server, server.client() as asana:
        assert asana.task("1").name == "t"
