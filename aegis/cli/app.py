"""The commands and where they live; a command's module is imported only when it runs."""

from __future__ import annotations

import importlib

import click

from aegis import __version__
from aegis.cli.loading import uncollected

COMMANDS: dict[str, tuple[str, str]] = {
    "config": ("aegis.cli.config:config", "Show all settings, secrets masked, and where each comes from."),
    "test-asana": ("aegis.cli.checks:test_asana", "Test the Asana connection and list the portfolio's projects."),
    "test-claude": ("aegis.cli.checks:test_claude", "Test the Claude CLI: found, logged in, the model answers."),
    "doctor": ("aegis.cli.doctor:doctor", "Check every part in one table."),
    "do": ("aegis.cli.work:do", "Do the first task of a project that may be taken."),
    "work-on": ("aegis.cli.work:work_on", "Analyze a project, ask what blocks, do what is ready."),
    "graph": ("aegis.cli.graph:graph", "Draw what waits for what in a project; changes nothing."),
    "start": ("aegis.cli.start:start", "Watch the whole portfolio and keep it moving."),
    "service": ("aegis.cli.service:service", "Run `aegis start` as a service of systemd or launchd."),
    "status": ("aegis.cli.status:status", "Show what runs, waits, failed and was spent."),
    "pause": ("aegis.cli.pause:pause", "Start nothing more, of a project or at all, and stop what runs."),
    "resume": ("aegis.cli.pause:resume", "Lift a pause."),
    "stop": ("aegis.cli.stop:stop", "End a running `aegis start` and the local Prefect server."),
    "demo": ("aegis.cli.demo:demo", "Try everything with no account and no key."),
    "sandbox": ("aegis.cli.sandbox:sandbox", "Run the Asana stand-in as a server."),
}
"""Name -> (module:attribute, the help's line), in the help's order."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in our order, not the alphabet's."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and return the command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        with uncollected():
            command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a typing mistake, name the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"No such command '{args[0]}'.{meant}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, name="aegis", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aegis", message="%(prog)s, version %(version)s")
def app() -> None:
    """Run an AI coding agent off an Asana backlog, and trust what comes back.

    Start with `aegis demo`, which needs no account and no key.
    """
