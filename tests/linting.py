"""Run a checker of scripts and styles that comes from npm: `python -m tests.linting biome check static/js`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests import npm

PACKAGES = npm.ROOT / "tests" / "project" / "npm"
FOLDER = "checks"
IS_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def main(command: list[str]) -> int:
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        print(f"Left out, because this machine lacks {' and '.join(missing)}: {' '.join(command)}", file=sys.stderr)
        return int(IS_CI)
    npm.install(PACKAGES, FOLDER)
    tool = npm.ROOT / "var" / "npm" / FOLDER / "node_modules" / ".bin" / command[0]
    return subprocess.run([tool, *command[1:]], cwd=npm.ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
