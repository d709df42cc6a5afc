"""`make lighthouse`: what Lighthouse says of board and review of a deployed Lineup; it fails under 95."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import expect, sync_playwright

from tests import clock, npm, servers
from tests.browser.people import Manager
from tests.browser.stage import Stage

LEAST = 95
PACKAGES = Path(__file__).parent / "npm"


def main() -> None:
    clock.begin()
    path = servers.find_chromium()
    if path is None:
        raise SystemExit("Chromium is not installed. Debian: apt-get install chromium-headless-shell.")
    npm.install(PACKAGES, "audits")
    poor = []
    for name, said in audits(path).items():
        print(f"{name}: {', '.join(f'{category} {score}' for category, score in said['scores'].items())}")
        for category, faults in said["faults"].items():
            print(*(f"  {category}: {fault}" for fault in faults), sep="\n", end="\n" if faults else "")
        poor += [f"{name} {category}" for category, score in said["scores"].items() if score is None or score < LEAST]
    if poor:
        raise SystemExit(f"Under {LEAST}: {', '.join(poor)}.")


def audits(chromium: str) -> dict[str, Any]:
    port = servers.free_port()
    flags = ["--no-sandbox", "--disable-dev-shm-usage", f"--remote-debugging-port={port}"]
    with (
        tempfile.TemporaryDirectory() as home,
        Stage(Path(home) / "deployed", size="district", deployed=True) as stage,
        sync_playwright() as play,
    ):
        stage.begin(seeded(Path(home)))
        stage.start()
        browser = play.chromium.launch(executable_path=chromium, args=flags)
        mara = Manager(browser, stage, "mara")
        mara.logs_in()
        mara.opens_the_board_of_tomorrow()
        mara.presses_suggest()
        expect(mara.run).to_contain_text("Ready")
        board = mara.page.url
        mara.opens(mara.number_to_approve())
        review = mara.page.url
        cookies = "; ".join(f"{one.get('name')}={one.get('value')}" for one in mara.page.context.cookies())
        mara.page.context.close()
        found = {name: audit(port, url, cookies) for name, url in (("board", board), ("review", review))}
        browser.close()
    return found


def seeded(home: Path) -> Path:
    """Demo data does not come into what is deployed; its database is copied."""
    with Stage(home / "seeded", size="district") as stage:
        stage.seed()
        stage.keep(home / "seeded.sqlite3")
    return home / "seeded.sqlite3"


def audit(port: int, address: str, cookies: str) -> dict[str, Any]:
    """Of one page; beside Lighthouse nothing happens in the browser."""
    command = ["node", "audit.mjs", str(port), address, cookies]
    done = subprocess.run(command, cwd=PACKAGES, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode:
        raise SystemExit(f"Lighthouse failed:\n{done.stdout}{done.stderr}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if said.get("runtimeError"):
        raise SystemExit(f"Lighthouse could not look at {address}: {said['runtimeError']}")
    return said


if __name__ == "__main__":
    main()
