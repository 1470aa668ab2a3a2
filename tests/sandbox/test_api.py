"""The API as the official SDK sees it, and as plain HTTP does where the SDK would not go."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asana
import pytest
from asana.rest import ApiException

from aegis.sandbox.rows import timestamp
from tests.sandbox.asking import ask
from tests.worlds import TOKEN, World, world


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def sdk(here: World) -> Any:
    configuration = asana.Configuration()
    configuration.access_token = TOKEN
    configuration.host = here.sandbox.api_url
    configuration.retry_strategy = False
    return asana.ApiClient(configuration)


def names(records: Any) -> list[str]:
    return [record["name"] for record in records]


def test_the_sdk_pages_through_a_list(here: World, sdk: Any) -> None:
    made = [here.task(f"t{n}") for n in range(7)]
    found = asana.TasksApi(sdk).get_tasks_for_project(here.project, {"limit": 3})
    assert [task["gid"] for task in found] == made
    assert here.count("GET", "/tasks") == 3
    status, first = ask(here.sandbox.api_url, "GET", f"/projects/{here.project}/tasks?limit=3&opt_fields=name")
    assert status == 200 and first["next_page"]["path"].startswith(f"/projects/{here.project}/tasks?limit=3")
    status, second = ask(first["next_page"]["uri"], "GET", "")
    assert names(second["data"]) == ["t3", "t4", "t5"]
    _, all_of_them = ask(here.sandbox.api_url, "GET", f"/projects/{here.project}/tasks")
    assert "next_page" not in all_of_them


def test_without_opt_fields_a_list_is_compact_and_a_record_full(here: World, sdk: Any) -> None:
    gid = here.task("t", assignee=here.robin)
    (compact,) = asana.TasksApi(sdk).get_tasks_for_project(here.project, {})
    assert compact == {"gid": gid, "name": "t", "resource_type": "task", "resource_subtype": "default_task"}
    full = asana.TasksApi(sdk).get_task(gid, {})
    assert full["assignee"] == {"gid": here.robin, "resource_type": "user", "name": "Robin Owner"}
    assert "notes" in full and not {"created_by", "dependencies", "html_notes", "num_subtasks"} & full.keys()


def test_opt_fields_are_honoured_however_deep_and_unknown_ones_dropped(here: World, sdk: Any) -> None:
    needed = here.task("needed")
    gid = here.task("t", section="Doing", assignee=here.robin, by=here.bot, dependencies=(needed,), tags=("x",))
    fields = "memberships.section.name,dependencies,assignee.email,created_by.name,tags.name,no.such"
    assert asana.TasksApi(sdk).get_task(gid, {"opt_fields": fields}) == {
        "gid": gid,
        "memberships": [{"section": {"gid": here.store.section(here.project, "Doing"), "name": "Doing"}}],
        "dependencies": [{"gid": needed, "resource_type": "task"}],
        "assignee": {"gid": here.robin, "email": "robin@example.com"},
        "created_by": {"gid": here.bot, "name": "Aegis Bot"},
        "tags": [{"gid": here.store.state()["task_tags"][0]["tag"], "name": "x"}],
    }


def test_completed_since_and_modified_since_filter(here: World, sdk: Any) -> None:
    old = datetime.now(UTC) - timedelta(days=9)
    here.task("open")
    here.task("long done", completed=1, completed_at=timestamp(old), modified_at=timestamp(old))
    here.task("just done", completed=1)
    tasks, since = asana.TasksApi(sdk), (old + timedelta(days=1)).isoformat()
    assert names(tasks.get_tasks_for_project(here.project, {"completed_since": "now"})) == ["open"]
    assert names(tasks.get_tasks_for_project(here.project, {"completed_since": since})) == ["open", "just done"]
    by_project = {"project": here.project, "modified_since": since}
    assert names(tasks.get_tasks(by_project)) == ["open", "just done"]
    naive = since.removesuffix("+00:00")  # a time without its zone is no reason to hang up
    assert ask(here.sandbox.api_url, "GET", f"/projects/{here.project}/tasks?completed_since={naive}")[0] == 200


def test_a_comment_makes_a_task_modified_and_a_finished_blocker_does_not(here: World, sdk: Any) -> None:
    before = "2020-01-01T00:00:00.000Z"
    needed, gid = here.task("needed"), here.task("waits", modified_at=before)
    here.store.add_dependencies(gid, [needed])
    asana.TasksApi(sdk).update_task({"data": {"completed": True}}, needed, {})
    assert here.store.task(gid)["modified_at"] == before
    asana.StoriesApi(sdk).create_story_for_task({"data": {"text": "hi"}}, gid, {})
    assert here.store.task(gid)["modified_at"] > before


def test_lists_by_section_tag_and_assignee(here: World, sdk: Any) -> None:
    gid = here.task("mine", section="Doing", tags=("x",), assignee=here.bot)
    here.task("other")
    api = asana.TasksApi(sdk)
    section = here.store.section(here.project, "Doing")
    tag = here.store.state()["task_tags"][0]["tag"]
    workspace = here.store.workspace_gid
    for opts in ({"section": section}, {"tag": tag}, {"assignee": "me", "workspace": workspace}):
        assert [task["gid"] for task in api.get_tasks(dict(opts))] == [gid]
    assert names(api.get_tasks_for_section(section, {})) == ["mine"]
    with pytest.raises(ApiException) as refused:
        list(api.get_tasks({"assignee": "me"}))
    assert refused.value.status == 400


def test_a_task_is_made_where_it_was_said(here: World, sdk: Any) -> None:
    section = here.store.add_section(here.project, "Later")
    place = {
        "memberships": [{"project": here.project, "section": section}],
        "name": "t",
        "html_notes": "<body>n</body>",
    }
    fields = {"opt_fields": "memberships.section.name,created_by,notes,html_notes"}
    made = asana.TasksApi(sdk).create_task({"data": place}, fields)
    assert made["memberships"][0]["section"]["name"] == "Later"
    assert made["created_by"]["gid"] == here.bot and (made["notes"], made["html_notes"]) == ("n", "<body>n</body>")


def test_a_refused_task_leaves_nothing_behind(here: World) -> None:
    wrong = {"name": "half", "projects": [here.project], "tags": ["999"]}
    assert ask(here.sandbox.api_url, "POST", "/tasks", wrong)[0] == 404
    assert here.store.state()["tasks"] == []


def test_completing_and_reopening_are_told_as_system_stories_of_the_tokens_user(here: World, sdk: Any) -> None:
    gid = here.task()
    for done in (True, True, False):
        asana.TasksApi(sdk).update_task({"data": {"completed": done}}, gid, {})
    fields = {"opt_fields": "resource_subtype,type,created_by.name"}
    told = [
        (s["resource_subtype"], s["type"], s["created_by"]["name"])
        for s in asana.StoriesApi(sdk).get_stories_for_task(gid, fields)
    ]
    assert told == [("marked_complete", "system", "Aegis Bot"), ("marked_incomplete", "system", "Aegis Bot")]
    assert here.store.task(gid)["completed_at"] is None


def test_completed_means_approved_and_any_verdict_means_completed(here: World, sdk: Any) -> None:
    gid = here.task(resource_subtype="approval", approval_status="pending")
    api = asana.TasksApi(sdk)
    assert api.update_task({"data": {"completed": True}}, gid, {})["approval_status"] == "approved"
    assert api.update_task({"data": {"completed": False}}, gid, {})["approval_status"] == "pending"
    assert api.update_task({"data": {"approval_status": "rejected"}}, gid, {})["completed"] is True


def test_a_comment_is_read_back_as_text_and_as_rich_text(here: World, sdk: Any) -> None:
    gid, stories = here.task(), asana.StoriesApi(sdk)
    rich = "<body><strong>Done</strong>\n<pre>a &lt; b</pre></body>"
    made = stories.create_story_for_task({"data": {"html_text": rich}}, gid, {"opt_fields": "text,html_text,type"})
    assert (made["text"], made["html_text"], made["type"]) == ("Done\n\na < b", rich, "comment")
    plain = stories.create_story_for_task({"data": {"text": "1 < 2"}}, gid, {"opt_fields": "html_text"})
    assert plain["html_text"] == "<body>1 &lt; 2</body>"


def test_sections_take_tasks_at_the_top_and_projects_at_the_end(here: World, sdk: Any) -> None:
    a, b, c = (here.task(name, section="S") for name in "abc")
    section = here.store.section(here.project, "S")
    asana.SectionsApi(sdk).add_task_for_section(section, {"body": {"data": {"task": c}}})
    assert names(here.store.tasks(here.project)) == ["c", "a", "b"]
    api, url = here.sandbox.api_url, f"/sections/{section}/addTask"
    assert ask(api, "POST", url, {"task": c, "insert_after": a})[0] == 200
    assert names(here.store.tasks(here.project)) == ["a", "c", "b"]
    assert ask(api, "POST", f"/tasks/{a}/addProject", {"project": here.project, "section": section})[0] == 200
    assert names(here.store.tasks(here.project)) == ["c", "b", "a"]
    assert (
        ask(api, "POST", f"/tasks/{b}/addProject", {"project": here.project, "section": section, "insert_after": None})[
            0
        ]
        == 200
    )
    assert names(here.store.tasks(here.project)) == ["b", "c", "a"]


def test_a_section_of_another_project_is_refused_and_the_task_stays(here: World) -> None:
    gid, elsewhere = here.task(), here.store.add_project("Other")
    foreign = here.store.section(elsewhere)
    for section in (foreign, "999"):
        data = {"project": here.project, "section": section}
        assert ask(here.sandbox.api_url, "POST", f"/tasks/{gid}/addProject", data)[0] in (400, 404)
    assert [row["gid"] for row in here.store.tasks(here.project)] == [gid]


def test_dependencies_are_read_from_both_sides_and_taken_away_again(here: World, sdk: Any) -> None:
    a, b = here.task("a"), here.task("b")
    api = asana.TasksApi(sdk)
    for _ in range(2):  # saying it twice is saying it once
        api.add_dependencies_for_task({"data": {"dependencies": [b]}}, a)
    fields = {"opt_fields": "name,completed"}
    assert list(api.get_dependencies_for_task(a, dict(fields))) == [{"gid": b, "name": "b", "completed": False}]
    assert names(api.get_dependents_for_task(b, dict(fields))) == ["a"]
    api.remove_dependencies_for_task({"data": {"dependencies": [b]}}, a)
    assert here.store.dependencies(a) == []


def test_thirty_links_count_both_directions_and_a_refusal_adds_none(here: World) -> None:
    hub, others = here.task("hub"), [here.task(f"t{n}") for n in range(31)]
    api, url = here.sandbox.api_url, f"/tasks/{hub}/addDependencies"
    assert ask(api, "POST", f"/tasks/{others[30]}/addDependencies", {"dependencies": [hub]})[0] == 200
    assert ask(api, "POST", url, {"dependencies": others[:30]})[0] == 400
    assert here.store.dependencies(hub) == []
    assert ask(api, "POST", url, {"dependencies": others[:29]})[0] == 200
    assert ask(api, "POST", url, {"dependencies": others[:29]})[0] == 200


def test_subtasks_are_of_their_parent_alone_and_none_stands_below_itself(here: World, sdk: Any) -> None:
    parent, api = here.task("parent"), asana.TasksApi(sdk)
    child = api.create_subtask_for_task({"data": {"name": "child"}}, parent, {})["gid"]
    assert names(api.get_subtasks_for_task(parent, {})) == ["child"]
    assert names(here.store.tasks(here.project)) == ["parent"]
    assert ask(here.sandbox.api_url, "POST", f"/tasks/{parent}/setParent", {"parent": child})[0] == 400
    assert api.set_parent_for_task({"data": {"parent": None}}, child, {})["parent"] is None


def test_tags_are_put_on_and_taken_off(here: World, sdk: Any) -> None:
    gid = here.task("t", tags=("x",))
    (tag,) = asana.TagsApi(sdk).get_tags_for_task(gid, {})
    asana.TasksApi(sdk).remove_tag_for_task({"data": {"tag": tag["gid"]}}, gid)
    assert list(asana.TagsApi(sdk).get_tags_for_task(gid, {})) == []
    asana.TasksApi(sdk).add_tag_for_task({"data": {"tag": tag["gid"]}}, gid)
    assert names(asana.TagsApi(sdk).get_tags_for_task(gid, {})) == ["x"]


def test_a_batch_answers_each_action_in_order_and_counts_them(here: World) -> None:
    gid = here.task("t")
    actions = [
        {"method": "get", "relative_path": f"/tasks/{gid}", "options": {"fields": ["name"]}},
        {"method": "get", "relative_path": "/tasks/1"},
        {"method": "post", "relative_path": f"/tasks/{gid}/stories", "data": {"text": "hi"}},
        {"method": "post", "relative_path": f"/tasks/{gid}/stories", "data": {"html_text": "<body><p/></body>"}},
    ]
    status, answer = ask(here.sandbox.api_url, "POST", "/batch", {"actions": actions})
    assert status == 200 and [one["status_code"] for one in answer["data"]] == [200, 404, 201, 400]
    assert answer["data"][0]["body"] == {"data": {"gid": gid, "name": "t"}}
    assert here.store.comments(gid) == ["hi"] and here.sandbox.asked()[-1].parts == 4


@pytest.mark.parametrize(
    "actions",
    [
        None,
        [],
        [{"method": "get", "relative_path": "/users/me"}] * 11,
        ["x"],
        [{"method": "get", "relative_path": "/users/me?opt_fields=name"}],
        [{"method": "post", "relative_path": "/batch", "data": {"actions": []}}],
    ],
)
def test_a_batch_that_asana_would_refuse_is_refused(here: World, actions: Any) -> None:
    assert ask(here.sandbox.api_url, "POST", "/batch", {"actions": actions})[0] == 400


def test_users_are_found_by_gid_by_email_and_as_me(here: World, sdk: Any) -> None:
    users = asana.UsersApi(sdk)
    assert users.get_user("me", {})["gid"] == here.bot
    assert users.get_user("Robin@Example.com", {})["gid"] == users.get_user(here.robin, {})["gid"] == here.robin


def test_what_is_no_request_of_asanas_gets_an_answer_all_the_same(here: World) -> None:
    gid, api = here.task(), here.sandbox.api_url
    tasks, base = {"projects": [here.project]}, f"/tasks/{gid}"
    for method, path, data, expected in (
        ("POST", "/batch", [], 400),
        ("POST", "/tasks", {"projects": [{"a": 1}]}, 400),
        ("POST", "/tasks", {"memberships": [1]}, 400),
        ("POST", "/tasks", {**tasks, "tags": "x"}, 400),
        ("POST", "/tasks", {**tasks, "due_on": "tomorrow"}, 400),
        ("POST", "/tasks", {**tasks, "due_on": "2026-01-01", "due_at": "2026-01-01T00:00:00Z"}, 400),
        ("POST", "/tasks", {**tasks, "start_on": "2026-01-01"}, 400),
        ("POST", "/tasks", {**tasks, "notes": "a", "html_notes": "<body>a</body>"}, 400),
        ("POST", "/tasks", {**tasks, "resource_subtype": "epic"}, 400),
        ("POST", base + "/stories", {"html_text": "<body>" + "<em>" * 5000 + "</em>" * 5000 + "</body>"}, 400),
        ("POST", base + "/stories", {"html_text": '<body><a data-asana-gid="999"/></body>'}, 400),
        ("POST", base + "/stories", {"text": ""}, 400),
        ("POST", base + "/stories", {"text": "half a pair: \ud800"}, 400),
        ("POST", base + "/addDependencies", {"dependencies": [1]}, 400),
        ("POST", base + "/addDependencies", {}, 400),
        ("PATCH", base, {}, 404),
        ("GET", f"/projects/{here.project}/tasks?limit=0", None, 400),
        ("GET", f"/projects/{here.project}/tasks?limit=²", None, 400),
        ("GET", f"/projects/{here.project}/tasks?limit=1&offset=YXQ6LTU=", None, 400),
        ("GET", f"/projects/{here.project}/tasks?completed_since=yesterday", None, 400),
    ):
        path = path.replace("²", "%C2%B2")
        status, answer = ask(api, method, path, data)
        assert (status, bool(answer["errors"][0]["message"])) == (expected, True), (method, path, data, answer)
    assert len(here.store.tasks(here.project)) == 1 and here.store.comments(gid) == []


def test_a_broken_body_or_length_is_answered_too(here: World) -> None:
    for body, headers in ((b"{", {}), (b"[" * 100_000, {}), (b"[]", {}), (None, {"Content-Length": "abc"})):
        connection = http.client.HTTPConnection(here.sandbox.page_url.split("/")[2], timeout=5)
        connection.request("POST", "/api/1.0/tasks", body, {"Authorization": f"Bearer {TOKEN}", **headers})
        assert connection.getresponse().status == 400
        connection.close()


def test_one_connection_serves_many_requests(here: World) -> None:
    connection = http.client.HTTPConnection(here.sandbox.page_url.split("/")[2], timeout=5)
    connection.connect()
    kept = connection.sock
    for _ in range(3):
        connection.request("GET", "/api/1.0/users/me", headers={"Authorization": f"Bearer {TOKEN}"})
        assert connection.getresponse().read() and connection.sock is kept
    connection.close()
