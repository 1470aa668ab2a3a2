"""What is not a task's fault holds all starts, costs no attempt and gets no comment."""

from __future__ import annotations

from aegis.sandbox.model import Fault, Rule, Turn
from tests.running import DONE, Product, writes

BAD_KEY = Turn(fault=Fault(status=401, error_type="authentication_error", message="invalid x-api-key"))


def test_a_key_that_fails_twice_in_a_row_holds_all_starts_and_a_mended_one_lifts_it(product: Product) -> None:
    gids = [product.world.task(f"t{n}") for n in range(3)]
    product.script(Rule(match="", turns=(BAD_KEY, BAD_KEY, BAD_KEY)), default=BAD_KEY)
    for _ in range(2):
        assert "not accepted" in product.run("work-on", "Aegis", code=1).stdout
    asked = len(product.model.requests)
    held = product.run("work-on", "Aegis", code=1).stdout
    assert "held until it works again" in held and "Executing" not in held
    assert len(product.model.requests) <= asked + 2, "one cheap probe, no run"
    assert [row.verdict for row in product.executions()] == ["not-its-fault", "not-its-fault"]
    assert all(product.world.store.comments(gid) == [] for gid in gids)
    product.every_task(writes("a.txt"), DONE)
    product.run("work-on", "Aegis")
    assert all(product.world.store.task(gid)["completed"] for gid in gids)
