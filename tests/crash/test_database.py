"""PostgreSQL dies in mid-session and comes back: what went on goes on, what had ended is concluded, nothing twice."""

from __future__ import annotations

from pathlib import Path

from aegis.sandbox.model import Rule
from tests.running import DONE, product_at, runs, wait_until
from tests.servers import OwnPostgres

WAITS = "while [ ! -e go-{0} ]; do perl -e 'select(undef, undef, undef, 0.1)'; done"


def test_a_killed_postgresql_costs_no_run_no_comment_and_no_second_prompt(
    tmp_path: Path, prefect_api: str, own_postgres: OwnPostgres, mortal_database: str
) -> None:
    """The first task's agent outlives it; at the second one's end it is away, and stays away for the whole session."""
    with product_at(tmp_path, prefect_api, mortal_database) as here:
        here.script(
            *(
                Rule(match=f"Task: {name}", turns=(runs(f"touch at-{name}; {WAITS.format(name)}"), DONE))
                for name in ("one", "two")
            )
        )
        gids = [here.world.task("one"), here.world.task("two")]
        session = here.start("work-on", "Aegis")
        wait_until((here.code / "at-one").exists)
        own_postgres.kill()
        own_postgres.start()
        (here.code / "go-one").touch()
        wait_until((here.code / "at-two").exists)
        assert here.world.store.task(gids[0])["completed"] and len(here.done_comments(gids[0])) == 1

        own_postgres.kill()
        (here.code / "go-two").touch()
        out, err = session.communicate(timeout=60)
        assert session.returncode == 1, out + err
        assert "Database connection error: " in out + err and "Traceback" not in out + err
        assert here.world.store.comments(gids[1]) == [] and here.processes() == []
        away = here.run("work-on", "Aegis", code=1).stderr
        assert away.startswith("Error: Database connection error: ") and "Is PostgreSQL running" in away

        own_postgres.start()
        here.run("work-on", "Aegis")
        assert all(here.world.store.task(gid)["completed"] and len(here.done_comments(gid)) == 1 for gid in gids)
        assert [row.verdict for row in here.executions()] == ["done", "done"] and here.prompts() == 2
        assert here.processes() == []
