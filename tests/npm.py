"""Packages of npm that tests run: what a lock file names, installed below `var/npm` of the project."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def install(packages: Path, into: str = "") -> None:
    """Brings `var/npm` (or a folder in it) to what the lock file says.

    Nothing is asked of a registry while the lock file has not changed.
    """
    installed = ROOT / "var" / "npm" / into
    installed.mkdir(parents=True, exist_ok=True)
    with (installed / ".lock").open("w") as held:
        # Tests and measurements may run side by side.
        fcntl.flock(held, fcntl.LOCK_EX)
        stamp, wanted = installed / ".installed", (packages / "package-lock.json").read_text()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        for name in ("package.json", "package-lock.json"):
            shutil.copy(packages / name, installed)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=installed, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"npm ci failed:\n{done.stdout}{done.stderr}")
        stamp.write_text(wanted)
