"""Pictures of the real Prefect UI for the docs: `make screenshots` (`python docs/screenshots.py [--chromium PATH]`).

Brings up everything by itself, in a folder that is gone afterwards: the Asana sandbox, the scripted model, and `aegis
start` with its Prefect server, for one session over the demo's project; then a headless Chromium takes the pictures.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
sys.path.insert(0, str(REPOSITORY))

from websockets.sync.client import connect
from websockets.sync.connection import Connection

from aegis.cli.demo import PROJECT, SCRIPT, demo_environment, demo_repository
from aegis.sandbox.model import Script, ScriptedModel
from aegis.sandbox.seed import DEMO, load_seed, plant
from aegis.sandbox.server import AsanaSandbox

IMAGES = Path(__file__).parent / "images"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chromium-headless-shell")
MOST_BYTES = 200_000
WIDTH = 1280


class MissingError(Exception):
    """Something that the pictures need is not there."""


def main() -> int:
    """Take all pictures; 1 where something is missing, in one line."""
    parser = argparse.ArgumentParser(description="Pictures of the Prefect UI for the docs.")
    parser.add_argument("--chromium", help="the browser; else it is searched on PATH")
    given = parser.parse_args().chromium
    try:
        browser = _chromium(given)
        with _world() as (api, project), _browser(browser) as page:
            _take_all(page, api, project)
    except MissingError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def _chromium(given: str | None) -> str:
    found = next(filter(None, map(shutil.which, [given] if given else NAMES)), None)
    if found is None:
        raise MissingError(
            "no Chromium found: install it (Debian: apt-get install chromium) or name it with --chromium PATH"
        )
    return found


@contextmanager
def _world() -> Iterator[tuple[str, str]]:
    """`aegis start` over the demo's sandbox, once its work is done; the API's address and the project's GID."""
    root = Path(tempfile.mkdtemp(prefix="aegis-"))
    try:
        with AsanaSandbox() as asana, ScriptedModel(Script.load(SCRIPT)) as model:
            code = demo_repository(root / "greeter")
            seed = load_seed(DEMO)
            seed.projects = [one for one in seed.projects if one.name == PROJECT]
            seeded = plant(asana.store, seed, {"$CODE_DIR": str(code)})
            env = demo_environment(root, dict(os.environ), asana.api_url, seeded, model.url)
            env |= {"POLL_INTERVAL_SECONDS": "5", "HOME": str(root), "PYTHONPATH": str(REPOSITORY)}
            command = [sys.executable, "-m", "aegis", "start"]
            process = subprocess.Popen(command, cwd=root, env=env, stdout=subprocess.PIPE, text=True)
            try:
                assert process.stdout is not None
                ui = next(line.split()[-1] for line in process.stdout if line.startswith("Prefect UI:"))
                gid = seeded.projects[PROJECT]
                _wait(lambda: _is_done(f"{ui}/api", gid), "the session", 240)
                yield f"{ui}/api", gid
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(120)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _is_done(api: str, project: str) -> bool:
    """Whether a session over the project has ended, with its picture."""
    return bool(_session_run(api)) and len(_ask(f"{api}/artifacts/filter", {})) >= 2


def _session_run(api: str) -> dict[str, Any] | None:
    wanted = {"flows": {"name": {"any_": ["work-on"]}}, "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    runs = _ask(f"{api}/flow_runs/filter", wanted)
    return runs[0] if runs else None


def _ask(url: str, body: dict[str, Any]) -> Any:
    data = json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.load(answer)


def _wait(condition: Callable[[], Any], what: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise MissingError(f"waited in vain for {what}")
        time.sleep(0.5)


class Page:
    """A page of the browser, over its DevTools protocol."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._number = 0
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        self._connection.send(json.dumps(message))
        while True:
            answer: dict[str, Any] = json.loads(self._connection.recv(timeout=60))
            if answer.get("id") == self._number:
                return dict(answer["result"])

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        return self._call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def go(self, url: str, words: str, height: int) -> None:
        """Open an address, and wait until these words stand there."""
        self._call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=height, deviceScaleFactor=1, mobile=False)
        self._call("Page.navigate", url=url)
        _wait(lambda: words in str(self.run("document.body.innerText")), f"'{words}' at {url}", 60)
        time.sleep(3)  # drawings that move into their place

    def click(self, words: str) -> None:
        """Click the innermost thing with these words."""
        found = f"[...document.querySelectorAll('*')].filter(one => one.innerText?.trim() === {words!r})"
        self.run(f"{found}.pop().click()")
        time.sleep(2)

    def take(self, name: str) -> None:
        """The picture of what is seen now."""
        data = base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])
        file = IMAGES / f"{name}.png"
        file.write_bytes(data)
        print(f"{file.name}: {len(data) // 1000} kB{' (too large)' if len(data) > MOST_BYTES else ''}")


@contextmanager
def _browser(program: str) -> Iterator[Page]:
    with tempfile.TemporaryDirectory(prefix="aegis-browser-", ignore_cleanup_errors=True) as profile:
        flags = ["--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--remote-debugging-port=0"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # which root may not use
        command = [program, *flags, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True
        )
        try:
            assert process.stderr is not None
            found = (re.search(r"ws://\S+", line) for line in process.stderr)
            address = next((match.group() for match in found if match), None)
            if address is None:
                raise MissingError(f"{program} did not start")
            with connect(address, max_size=None) as connection:
                yield Page(connection)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _take_all(page: Page, api: str, project: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    ui, run = api.removesuffix("/api"), _session_run(api)
    assert run is not None
    page.go(f"{ui}/deployments", "orchestrate", 500)
    page.take("prefect-deployments")
    page.go(f"{ui}/deployments/deployment/{run['deployment_id']}/run", "max_tasks", 900)
    page.take("prefect-form")
    page.go(f"{ui}/runs/flow-run/{run['id']}", run["name"], 800)
    page.click("Artifacts")
    page.take("prefect-run")
    latest = {one["key"]: one["id"] for one in _ask(f"{api}/artifacts/filter", {"sort": "ID_DESC"})}
    first = _ask(f"{api}/artifacts/filter", {"artifacts": {"key": {"any_": [f"aegis-graph-{project}"]}}})
    before = next(one["id"] for one in first if "before" in one["description"])
    page.go(f"{ui}/artifacts/artifact/{before}", "Below a task stands", 1000)
    page.take("prefect-graph")
    page.go(f"{ui}/artifacts/artifact/{latest['aegis-session']}", "turns", 640)
    page.take("prefect-session")


if __name__ == "__main__":
    sys.exit(main())
