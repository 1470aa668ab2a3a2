"""`aegis graph`: what waits for what in a project, drawn from the same judgement that a run would act on."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator

import click

from aegis.cli.engine import without_engine
from aegis.cli.session import begin
from aegis.core.models import Assessment
from aegis.core.picture.document import document
from aegis.core.picture.looks import LOOKS
from aegis.core.picture.mermaid import MOST_ARROWS, mermaid
from aegis.core.picture.model import Picture, picture_of
from aegis.core.picture.svg import svg
from aegis.core.picture.tree import Row, fitted, legend, tree
from aegis.core.redaction import Redactor
from aegis.settings import Settings

_NARROWEST = 40


@click.command("graph")
@click.argument("project")
@click.option(
    "--format",
    "form",
    type=click.Choice(["tree", "mermaid", "svg", "json"]),
    default="tree",
    show_default=True,
    help="A tree for the terminal, Mermaid text, an SVG file, or JSON.",
)
@click.option("--section", metavar="NAME", help="Take tasks of this section only.")
def graph(project: str, form: str, section: str | None) -> int:
    """Draw what waits for what in PROJECT (a name, a GID or an Asana URL); nothing is changed.

    The picture goes to stdout: aegis graph PROJECT --format svg > picture.svg
    """
    settings = begin(read_only=True, quiet=True)
    redactor = Redactor(settings.secrets())
    assessment = _judged(settings, project, section)
    picture = picture_of(assessment, redactor.mask)
    if form == "mermaid" and len(picture.arrows) > MOST_ARROWS:
        told = f"Note: {len(picture.arrows)} arrows; many pages draw at most {MOST_ARROWS} of Mermaid's."
        click.echo(f"{told} --format svg draws them all.", err=True)
    for line in _drawn(picture, assessment, form, redactor):
        click.echo(line)
    return 0


def _drawn(picture: Picture, assessment: Assessment, form: str, redactor: Redactor) -> Iterator[str]:
    match form:
        case "mermaid":
            yield mermaid(picture).rstrip("\n")
        case "svg":
            yield svg(picture).rstrip("\n")
        case "json":
            yield json.dumps(document(picture, assessment, redactor.mask), ensure_ascii=False, indent=2)
        case _:
            yield from _tree(picture)


def _judged(settings: Settings, project: str, section: str | None) -> Assessment:
    """The judgement, as the dry run makes it; without a flow around it Prefect's tasks need no server."""
    without_engine(settings)
    from aegis.wiring import open_runtime
    from tasks.analyze import analyze
    from tasks.fetch import fetch_project, fetch_tasks

    async def judged() -> Assessment:
        found = await fetch_project.fn(project)
        return await analyze.fn(found, await fetch_tasks.fn(found), section)

    with open_runtime(settings, read_only=True):
        return asyncio.run(judged())


def _tree(picture: Picture) -> Iterator[str]:
    width = _width()
    yield click.style(picture.title, bold=True)
    if not picture.nodes:
        yield "There is no open task that Aegis may take."
        return
    yield "Below a task stands what waits for it."
    yield ""
    for row in tree(picture):
        yield _line(row, width)
    yield ""
    yield click.style(legend(picture), dim=True)


def _line(row: Row, width: int | None) -> str:
    text, colour = fitted(row, width), LOOKS[row.standing].terminal
    branch = click.style(row.branch, dim=True)
    if row.tells == "task":
        return f"{branch}{click.style(row.sign, fg=colour, bold=True)} {click.style(text, fg=colour)}"
    return f"{branch}{click.style(f'{row.sign} {text}', dim=True)}"


def _width() -> int | None:
    """The terminal's columns; None where stdout is none, and nothing is cut."""
    return max(_NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None
