"""`aegis service` writes, shows and removes a file, and says what to run where no service manager can be reached."""

from __future__ import annotations

from pathlib import Path

from tests.running import KEY, product_at
from tests.worlds import TOKEN


def test_a_service_is_installed_shown_and_removed(tmp_path: Path) -> None:
    with product_at(tmp_path, None) as here:
        (here.root / ".env").write_text(f"ASANA_ACCESS_TOKEN={TOKEN}\n")
        here.env["ASANA_ACCESS_TOKEN"] = ""
        printed = here.run("service", "install", "--print", "--kind", "systemd").stdout
        file = here.root / "user" / ".config" / "systemd" / "user" / "aegis.service"
        assert not file.exists() and not here.home.exists(), "--print writes nothing"
        assert f"WorkingDirectory={here.root}" in printed and TOKEN not in printed and KEY not in printed
        said = here.run("service", "install", "--kind", "systemd").stdout
        assert f"✓ Written: {file}" in said and "loginctl enable-linger" in said
        assert "ANTHROPIC_API_KEY" in said, "a key that only this shell knows is pointed out"
        assert "systemctl --user enable --now aegis.service" in said or "Run yourself" not in said
        assert file.read_text() == printed and file.stat().st_mode & 0o077 == 0
        assert str(file) in here.run("service", "show", "--kind", "systemd").stdout
        assert f"✓ Removed: {file}" in here.run("service", "remove", "--kind", "systemd").stdout
        assert not file.exists()
        assert "No service is installed" in here.run("service", "remove", "--kind", "systemd").stdout
        assert "letters" in here.run("service", "show", "--name", "../x", code=2).stderr
        plist = here.run("service", "install", "--print", "--kind", "launchd", "--name", "work").stdout
        assert "<string>aegis.work</string>" in plist
