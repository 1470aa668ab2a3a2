"""`aegis work-on` over a project that needs people: what is done, what is asked, and what their answers bring about."""

from __future__ import annotations

import pytest

from aegis.sandbox.model import Rule, Turn
from tests.receivers import receiver
from tests.running import Product, dump, writes
from tests.services import free_port, redis_at

ASKS = {
    "status": "question",
    "summary": "The models are there.",
    "question": "Which colour shall the API have?",
    "options": [{"label": "Red", "pros": "loud"}, {"label": "Blue", "pros": "calm"}],
    "recommendation": "Red",
}


def backlog(product: Product, **fields: object) -> dict[str, str]:
    """A chain of four, a diamond, a cycle, a missing service, an ambiguous name; the agent will ask about the API."""
    task = product.world.task
    schema = task("Schema", **fields)
    models = task("Models", notes="Depends on: Schema", **fields)
    api = task("API", notes="Depends on: Models", **fields)
    review = task("Review", notes="Depends on: API", **fields)
    design = task("Design", **fields)
    back, front = (task(name, dependencies=(design,), **fields) for name in ("Backend", "Frontend"))
    whole = task("Whole", dependencies=(back, front), **fields)
    invoice, billing = (
        task("Invoice", notes="After: Billing", **fields),
        task("Billing", notes="After: Invoice", **fields),
    )
    cached = task("Review", notes="Requires Redis.", **fields)
    release = task("Release", notes="Blocked by: Review", **fields)
    names = {"schema": schema, "models": models, "api": api, "review": review, "design": design, "back": back}
    return (
        names
        | {"front": front, "whole": whole, "invoice": invoice, "billing": billing, "cached": cached}
        | {"release": release}
    )


def done(product: Product) -> list[str]:
    """The names of the completed tasks in the order in which they were completed, questions apart."""
    rows = product.world.store.all("SELECT name FROM tasks WHERE completed = 1 ORDER BY completed_at")
    return [row["name"] for row in rows if not row["name"].startswith("Question: ")]


def questions(product: Product) -> dict[str, str]:
    rows = product.world.store.all("SELECT name, gid FROM tasks WHERE name LIKE 'Question: %' ORDER BY gid")
    found = {row["name"].removeprefix("Question: "): row["gid"] for row in rows}
    assert len(found) == len(rows), "each is asked once"
    return found


@pytest.mark.parametrize("people", ["a bot and a person", "one user"])
def test_what_is_asked_and_what_the_answers_bring_about(product: Product, people: str) -> None:
    """The chain stops where the agent asks; once people have answered, all is done, in the same conversation."""
    world = product.world
    person = world.bot if people == "one user" else world.robin
    times = 1 if people == "one user" else 2
    if people == "one user":
        world.store._set("portfolios", world.portfolio, owner=world.bot)
        world.store._set("projects", world.project, owner=world.bot)
    token = world.store.get("users", person)["token"]
    gids = backlog(product, created_by=person)
    product.script(
        Rule(match="Task: API", turns=(writes("begun.txt"), Turn(reply=ASKS))),
        Rule(match="Go on with the task 'API'", turns=(writes("api.txt"),)),
    )
    port = free_port()
    with receiver() as there:
        env = {"REDIS_URL": f"redis://127.0.0.1:{port}", "AEGIS_NOTIFY_URLS": there.url()}
        said = product.run("work-on", "Aegis", "--max-tasks", "20", **env).stdout
        assert done(product) == ["Schema", "Models", "Design", "Backend", "Frontend", "Whole"]
        asked = questions(product)
        assert list(asked) == [
            "Circular Dependency of 'Invoice'",
            "Redis Setup",
            "Ambiguous Dependency 'Review'",
            "API",
        ]
        assert "? Questions to create: 3" in said and "] API\n" in said and "  ? Asked: Which colour" in said
        assert {world.store.task(gid)["assignee"] for gid in asked.values()} == {person}
        waits = {
            name: world.store.dependencies(gids[name]) for name in ("api", "cached", "release", "invoice", "billing")
        }
        assert waits == {
            "api": [asked["API"]],
            "cached": [asked["Redis Setup"]],
            "release": [asked["Ambiguous Dependency 'Review'"]],
            "invoice": [asked["Circular Dependency of 'Invoice'"]],
            "billing": [asked["Circular Dependency of 'Invoice'"]],
        }
        assert sorted(there.titles) == sorted(f"Question: {name}" for name in asked)

        same = (world.store.state(), len(product.model.requests), len(there.got))
        for _ in range(times):
            said = product.run("work-on", "Aegis", **env).stdout
            assert said.count("⚠ Question already exists for this blocker") == 3
            assert "No ready tasks to execute." in said and "✓ Answered" not in said
        assert (world.store.state(), len(product.model.requests), len(there.got)) == same

        with world.client(token=token) as api:
            api.add_comment(asked["Circular Dependency of 'Invoice'"], html="<body>2</body>", text="2")
            api.add_comment(asked["Ambiguous Dependency 'Review'"], html="<body>the second one</body>", text="")
            words = "Let's go with the second one, it is <em>calmer</em>."
            api.add_comment(asked["API"], html=f"<body>{words}</body>", text="")
            api.complete(asked["Redis Setup"])
        with redis_at(port):
            said = product.run("work-on", "Aegis", "--max-tasks", "20", **env).stdout
        assert said.count("✓ Answered: Question: ") == 4 and "0 created, 4 answered" in said
        assert done(product)[6:] == ["API", "Review", "Billing", "Invoice", "Review", "Release"]
        assert all(world.store.task(gid)["completed"] for gid in asked.values())
        runs = [row for row in product.executions() if row.task_gid == gids["api"]]
        assert [row.verdict for row in runs] == ["question", "done"] and len({row.session_id for row in runs}) == 1
        resumed = next(one for one in product.model.prompts() if one.startswith("Go on with the task 'API'"))
        assert "You had asked a person" in resumed and "it is calmer" in resumed
        assert "(understood as the option: Blue)" in resumed and "aegis:" not in resumed
        first = next(one for one in product.model.prompts() if "Task: Release" in one)
        assert "Ambiguous Dependency 'Review'" in first and "the second one" in first
        for gid in asked.values():
            ours = [text for text in world.store.comments(gid) if "aegis:heard:" in text]
            assert len(ours) == 1 and ours[0].startswith("Understood: option ")

        same = (world.store.state(), dump(product)["questions"], len(product.model.requests), len(there.got))
        for _ in range(times):
            product.run("work-on", "Aegis", **env)
        assert (world.store.state(), dump(product)["questions"], len(product.model.requests), len(there.got)) == same
