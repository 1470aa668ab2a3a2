"""`aegis service`: `aegis start` as a service of its user, by systemd on Linux and by launchd on macOS."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click

from aegis.adapters.files import private_directory, write_private
from aegis.cli.session import begin
from aegis.core.service_files import Service, label, launchd_plist, systemd_unit
from aegis.core.text import one_line
from aegis.errors import UsageError
from aegis.settings import Settings, origins, process_environment, python_executable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@click.group("service")
def service() -> None:
    """Run `aegis start` as a service: started at boot, again after a failure, with this folder's .env."""


_name = click.option("--name", default="aegis", show_default=True, help="The service's name, where there are several.")
_kind = click.option(
    "--kind", type=click.Choice(["systemd", "launchd"]), default=None, help="Whose form; default: this system's."
)


@service.command("install")
@_name
@_kind
@click.option("--print", "only_print", is_flag=True, help="Print the file and write nothing.")
def install(name: str, kind: str | None, only_print: bool) -> int:
    """Write the service's file for this folder, and start it."""
    settings = begin(read_only=only_print, quiet=only_print)
    kind, path = _place(name, kind)
    content = _content(settings, name, kind)
    if only_print:
        click.echo(content, nl=False)
        return 0
    private_directory(path.parent)
    write_private(path, content.encode())
    click.echo(f"✓ Written: {path}")
    for line in _unseen():
        click.echo(f"⚠ {line}")
    if kind == "systemd":
        _do([["systemctl", "--user", "daemon-reload"], ["systemctl", "--user", "enable", "--now", f"{name}.service"]])
        click.echo(f"To start it at boot, and not only while you are logged in: loginctl enable-linger {_user()}")
        click.echo(f"Its words: journalctl --user -u {name} -f")
    else:
        _do([["launchctl", "bootout", _target(name)]], quietly=True)
        _do([["launchctl", "bootstrap", f"gui/{os.getuid()}", str(path)]])
        click.echo(f"Its words: {settings.aegis_home / 'logs' / 'service.log'}")
    return 0


@service.command("remove")
@_name
@_kind
def remove(name: str, kind: str | None) -> int:
    """Stop the service and remove its file."""
    kind, path = _place(name, kind)
    if not path.exists():
        click.echo(f"No service is installed: {path} does not exist.")
        return 0
    if kind == "systemd":
        _do([["systemctl", "--user", "disable", "--now", f"{name}.service"]])
        path.unlink()
        _do([["systemctl", "--user", "daemon-reload"]])
    else:
        _do([["launchctl", "bootout", _target(name)]])
        path.unlink()
    click.echo(f"✓ Removed: {path}")
    return 0


@service.command("show")
@_name
@_kind
def show(name: str, kind: str | None) -> int:
    """Show the service's file and how it does."""
    kind, path = _place(name, kind)
    if not path.exists():
        click.echo(f"No service is installed: {path} does not exist.")
        return 0
    click.echo(f"{path}:\n\n{path.read_text()}")
    status = ["systemctl", "--user", "--no-pager", "status", name] if kind == "systemd" else None
    _do([status or ["launchctl", "print", _target(name)]], show=True)
    return 0


def _place(name: str, kind: str | None) -> tuple[str, Path]:
    """Whose form, and the file's place. Raises UsageError."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"a service's name has letters, digits, - and _; this is none: {one_line(name, 60)}")
    if kind is None:
        kind = "launchd" if sys.platform == "darwin" else "systemd"
    if kind == "launchd":
        return kind, Path.home() / "Library" / "LaunchAgents" / f"{label(name)}.plist"
    config = process_environment().get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return kind, Path(config) / "systemd" / "user" / f"{name}.service"


def _content(settings: Settings, name: str, kind: str) -> str:
    home = Path.cwd() / settings.aegis_home
    beside = Path(python_executable()).with_name("aegis")
    command = [str(beside)] if beside.is_file() else [python_executable(), "-m", "aegis"]
    environment = {"PATH": process_environment().get("PATH", os.defpath)}  # a service's own would not find the CLI
    if origins()["aegis_home"] == "environment":
        environment["AEGIS_HOME"] = str(home)
    made = Service(
        name=name,
        command=[*command, "start"],
        directory=Path.cwd(),
        environment=environment,
        grace_seconds=settings.stop_grace_seconds,
        log_file=home / "logs" / "service.log",
    )
    return systemd_unit(made) if kind == "systemd" else launchd_plist(made)


def _unseen() -> list[str]:
    """Settings that only this shell knows: the service, which reads `.env`, will not see them."""
    only_here = [field.upper() for field, origin in origins().items() if origin == "environment"]
    only_here = [name for name in only_here if name != "AEGIS_HOME"]
    if not only_here:
        return []
    return [f"Set in this shell and not in {Path.cwd() / '.env'}, so not seen by the service: {', '.join(only_here)}"]


def _do(commands: list[list[str]], *, quietly: bool = False, show: bool = False) -> None:
    """Run the service manager's commands; where it cannot be reached, say them."""
    for at, command in enumerate(commands):
        problem = _run(command, show=show)
        if problem and not quietly:
            click.echo(f"⚠ {problem}. Run yourself:")
            for one in commands[at:]:
                click.echo(f"    {' '.join(one)}")
            return


def _run(command: list[str], *, show: bool) -> str:
    """What was wrong, empty where nothing was."""
    if shutil.which(command[0]) is None:
        return f"{command[0]} is not on this machine"
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{command[0]} cannot be run: {error}"
    if show and done.stdout:
        click.echo(done.stdout.rstrip())
        return ""
    said = one_line(done.stderr or done.stdout or f"exit code {done.returncode}", 200)
    return "" if done.returncode == 0 else f"{command[0]} said: {said}"


def _target(name: str) -> str:
    return f"gui/{os.getuid()}/{label(name)}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
