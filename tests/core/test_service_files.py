"""The service's files say what they should to systemd and launchd, whatever the paths look like."""

from __future__ import annotations

import configparser
import plistlib
import shutil
import subprocess
from pathlib import Path

from aegis.core.service_files import Service, launchd_plist, systemd_unit

SERVICE = Service(
    name="aegis",
    command=["/bin/sh", "a b", 'c"d', "100%", "$HOME", "back\\slash"],
    directory=Path("/tmp"),
    environment={"PATH": "/usr/bin:/bin", "AEGIS_HOME": '/ho me/x"%y'},
    grace_seconds=60,
    log_file=Path("/x/service.log"),
)


def test_the_unit_restarts_on_failure_starts_at_boot_and_leaves_the_stop_to_aegis() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(systemd_unit(SERVICE))
    service = unit["Service"]
    assert service["Restart"] == "on-failure" and service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) >= 60 + 90
    assert unit["Install"]["WantedBy"] == "default.target" and service["WorkingDirectory"] == "/tmp"
    assert service["ExecStart"] == '"/bin/sh" "a b" "c\\"d" "100%%" "$$HOME" "back\\\\slash"'


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    good, bad = tmp_path / "good.service", tmp_path / "bad.service"
    good.write_text(systemd_unit(SERVICE))
    bad.write_text(systemd_unit(SERVICE).replace("KillMode=mixed", "KillMode=sometimes"))
    if verify is not None:  # where there is no systemd, the unit is of no use either
        env = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        done = [
            subprocess.run([verify, "--user", "verify", str(file)], capture_output=True, text=True, env=env)
            for file in (good, bad)
        ]
        assert (done[0].returncode, done[0].stderr) == (0, "")
        assert "kill mode" in done[1].stderr


def test_the_property_list_says_the_same() -> None:
    document = plistlib.loads(launchd_plist(SERVICE).encode())
    assert document["ProgramArguments"] == list(SERVICE.command) and document["WorkingDirectory"] == "/tmp"
    assert document["EnvironmentVariables"] == dict(SERVICE.environment)
    assert document["RunAtLoad"] is True and document["KeepAlive"] == {"SuccessfulExit": False}
    assert document["ExitTimeOut"] >= 60 + 90 and document["Label"] == "aegis.aegis"
