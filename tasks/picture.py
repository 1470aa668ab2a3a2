"""Picture: what waits for what, as an artifact of the run in Prefect; and the judgement kept for `aegis status`."""

from __future__ import annotations

import asyncio
import logging

from prefect.artifacts import acreate_markdown_artifact

from aegis.core.judgement import last_judgement
from aegis.core.models import Assessment
from aegis.core.picture.model import picture_of
from aegis.core.picture.page import page
from aegis.wiring import Runtime, current
from tasks.clock import now

log = logging.getLogger(__name__)


async def draw(assessment: Assessment, when: str, *, whole: bool = True) -> None:
    """Draw the judgement into the run's artifacts; keep it for `aegis status` where it is over the whole project.

    `when` is told with the picture. A dry run keeps nothing. A plain function and no Prefect task: a whole project's
    graph is no parameter to send. A picture that Prefect does not take stops no work.
    """
    runtime = current()
    if whole and not runtime.read_only:
        await asyncio.to_thread(_keep, runtime, assessment)
    picture = await asyncio.to_thread(picture_of, assessment, runtime.redactor.mask)
    try:
        await acreate_markdown_artifact(
            key=f"aegis-graph-{assessment.project_gid}",
            markdown=await asyncio.to_thread(page, picture),
            description=f"What waits for what in {picture.project_name}, {when}",
        )
    except Exception as error:
        log.warning("The picture of %s was not left in Prefect: %s", picture.project_name, type(error).__name__)


def _keep(runtime: Runtime, assessment: Assessment) -> None:
    runtime.state.judgements.keep(last_judgement(assessment, now(), runtime.redactor.mask))
