"""Tidy: stub"""

from prefect import task

from tasks.policies import ONCE


@task(name="tidy", task_run_name="tidy", **ONCE)
async def tidy() -> None:
    """Tidy."""
