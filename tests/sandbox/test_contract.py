"""What Aegis relies on is what the sandbox answers, what the adapter sends, and what a description is checked for."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aegis.sandbox.contract import check_answers, description_problems, load_contract, main, request_problems
from tests.worlds import TOKEN, World, world


def places(here: World) -> dict[str, str]:
    """GIDs of one of each, with all below the task that the contract speaks of."""
    sync = here.store.sync_token(here.project)
    other = here.task("other", by=here.robin)
    shown = {"by": here.robin, "assignee": here.robin, "tags": ("t",), "dependencies": (other,)}
    task = here.task("all", parent=other, **shown)
    child = here.task("child", parent=task, **shown)
    here.store.comment(task, "hello", by=here.robin)
    story, section = here.store.comment(task, "mine", by=here.bot), here.store.section(here.project, "Done")
    assert here.store.task(child)["parent"] == task
    things = {"task": task, "other": other, "attachment": here.store.attach(task, "plan.txt", b"x", by=here.robin)}
    things |= {"story": story, "section": section}
    return {"user": "me", "portfolio": here.portfolio, "project": here.project, **things, "sync": sync}


def test_the_sandbox_answers_as_the_contract_says() -> None:
    with world(notes="n") as here:
        gids = {**places(here), "user": here.bot}
        assert check_answers(load_contract(), here.sandbox.api_url, TOKEN, gids) == []


def test_an_answer_that_breaks_the_contract_is_found() -> None:
    contract = load_contract()
    routes = {(route["method"], route["path"]): route for route in contract["routes"]}
    routes["GET", "/tasks/{gid}"]["fields"].update({"completed": "string", "no_such_field": "string"})
    routes["GET", "/tasks/{gid}"]["fields"]["approval_status.never"] = "string"
    routes["POST", "/tasks"]["status"] = 200
    routes["GET", "/tasks/{gid}/stories"]["list"] = False
    with world() as here:
        found = check_answers(contract, here.sandbox.api_url, TOKEN, {**places(here), "user": here.bot})
    assert found == [
        "GET /tasks/{gid}: completed is bool, not string",
        "GET /tasks/{gid}: no_such_field is absent, not string",
        "GET /tasks/{gid}: no record shows approval_status.never",
        "POST /tasks: answers 201, not 200",
        "GET /tasks/{gid}/stories: the data is not one record",
    ]


def test_the_adapter_sends_nothing_that_the_contract_does_not_know() -> None:
    contract, since = load_contract(), datetime(2020, 1, 1, tzinfo=UTC)
    with world() as here, here.client() as asana:
        gids = places(here)
        asana.me()
        asana.portfolio(here.portfolio)
        asana.portfolio_projects(here.portfolio)
        asana.open_tasks(here.project)
        asana.completed_tasks(here.project, since)
        asana.recent_tasks(here.project, since)
        asana.task(gids["task"])
        asana.tasks_by_gid([gids["other"]])
        asana.events(here.project, gids["sync"])
        asana.subtasks(gids["task"])
        asana.stories(gids["task"])
        asana.attachments(gids["task"])
        asana.attachment(gids["attachment"])
        asana.add_comment(gids["task"], html="<body>x</body>", text="x")
        made = asana.create_task(here.project, name="n", notes="", assignee_gid=here.robin)
        asana.add_dependencies(gids["other"], [made])
        asana.complete(gids["task"])
        asana.edit_comment(gids["story"], html="<body>y</body>", text="y")
        asana.sections(here.project)
        asana.places(gids["task"])
        asana.move(gids["task"], gids["section"])
        sent = here.sandbox.asked()
    found = [problem for one in sent for problem in request_problems(contract, one.method, one.path, one.query)]
    assert found == []
    used = {(one.method, re.sub(r"/\d+", "/{gid}", one.path.replace("/me", "/{gid}"))) for one in sent}
    assert used == {(route["method"], route["path"]) for route in contract["routes"]}


def test_a_request_outside_the_contract_is_found() -> None:
    contract = load_contract()
    assert request_problems(contract, "DELETE", "/tasks/1", {})
    assert request_problems(contract, "GET", "/tasks/1", {"opt_fields": "gid,name,likes"}) == [
        "GET /tasks/1: the contract does not know the field likes"
    ]
    assert request_problems(contract, "GET", "/tasks/1", {"expand": "x"})


DESCRIPTION: dict[str, Any] = {
    "paths": {
        "/tasks/{task_gid}": {
            "parameters": [{"$ref": "#/components/parameters/pretty"}],
            "put": {
                "parameters": [{"name": "opt_fields", "schema": {"items": {"enum": ["name", "owner.name"]}}}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"properties": {"data": {"$ref": "#/components/x"}}}}}
                },
                "responses": {200: {}},
            },
        }
    },
    "components": {
        "parameters": {"pretty": {"name": "opt_pretty"}},
        "x": {"allOf": [{"properties": {"name": {"type": "string"}}}]},
        "schemas": {
            "TaskResponse": {
                "allOf": [
                    {"properties": {"name": {"type": "string"}}},
                    {"properties": {"owner": {"type": "object", "nullable": True, "properties": {"name": {}}}}},
                ]
            }
        },
    },
}
ROUTE: dict[str, Any] = {
    "method": "PUT",
    "path": "/tasks/{gid}",
    "resource": "Task",
    "status": 200,
    "parameters": ["opt_fields", "opt_pretty"],
    "fields": {"name": "string", "owner": "object|null"},
    "body": {"name": "string"},
    "sends": {"name": "x"},
}


def problems(**changes: Any) -> list[str]:
    """What is wrong with our route, changed, beside the routes that this small description leaves out."""
    contract = {"unlisted": {"fields": []}, "routes": [{**copy.deepcopy(ROUTE), **changes}]}
    found = description_problems(contract, DESCRIPTION)
    assert "the sandbox answers GET /users/{gid}, which Asana does not describe" in found
    return [problem.removeprefix("PUT /tasks/{gid}: ") for problem in found if not problem.startswith("the sandbox")]


def test_each_way_in_which_contract_and_description_can_differ_is_found() -> None:
    assert problems() == []
    assert problems(parameters=["limit"]) == ["the parameter limit is not described"]
    assert problems(fields={"name": "integer"}) == ["name is described as string, not integer"]
    assert problems(fields={"nme": "string"}) == ["opt_fields does not list nme", "nme is not described"]
    assert problems(fields={"owner": "object"}) == ["owner may be null, and the contract says object"]
    assert problems(status=201) == ["the answer 201 is not described"]
    assert problems(body={"name": "integer"}) == ["the body's name is described as string, not integer"]
    assert problems(body={}, sends={}) == []
    assert problems(body={}) == ["the body's name is sent and not in the contract"]
    assert problems(body={"nme": "string"}, sends={}) == ["the body's nme is not described"]
    assert problems(path="/task/{gid}") == ["PUT /task/{gid}: Asana does not describe it"]


def test_the_command_names_each_difference_and_fails(tmp_path: Path, capsys: Any) -> None:
    assert main([]) == 2 and main([str(tmp_path / "none.yaml")]) == 2
    (tmp_path / "small.yaml").write_text(json.dumps(DESCRIPTION))
    assert main([str(tmp_path / "small.yaml")]) == 1
    assert "GET /users/{gid}: Asana does not describe it" in capsys.readouterr().err
