"""`make matrix`: check and the fast tests on each Python from 3.11 on, in an environment of its own below var/matrix.

Interpreters are those on PATH and those below pyenv's folder; more may be named as arguments. One is used of each
minor version. The fast tests are those that start no server and no browser, on SQLite.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / "var" / "matrix"
OLDEST = (3, 11)
FAST = ["-m", "not (long or serial or faults or browser)", "--forks", str(os.cpu_count() or 1)]
ASKED = """
import importlib.util, json, sys
made = importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")
print(json.dumps([sys.implementation.name, *sys.version_info[:2], sys.version.split()[0], bool(made)]))
"""


class Interpreter(NamedTuple):
    path: Path
    version: str
    minor: tuple[int, int]
    makes_environments: bool
    """False on Debian without python3-venv."""


def main(named: list[str]) -> int:
    interpreters = one_of_each_minor(known(candidates(named)))
    if not interpreters:
        print("No CPython from 3.11 on was found on PATH or below pyenv's folder.", file=sys.stderr)
        return 1
    for interpreter in interpreters:
        print(f"Found Python {interpreter.version}: {interpreter.path}", flush=True)
    outcomes = {interpreter.version: outcome(interpreter) for interpreter in interpreters}
    print()
    for version, verdict in outcomes.items():
        print(f"Python {version}: {verdict}")
    return 0 if all(verdict.startswith("passed") for verdict in outcomes.values()) else 1


def candidates(named: list[str]) -> Iterator[Path]:
    """The interpreters named, then those that may be found by their file names."""
    yield from (Path(one) for one in named)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [Path(folder) for folder in os.get_exec_path()] + sorted(pyenv.glob("versions/*/bin"))
    for folder in folders:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        yield from (file for file in files if re.fullmatch(r"python3(\.\d+)?", file.name))


def known(paths: Iterable[Path]) -> Iterator[Interpreter]:
    """The candidates that run, are CPython and new enough. A shim of a version that is not chosen does not run."""
    for path in paths:
        try:
            asked = subprocess.run([path, "-c", ASKED], capture_output=True, text=True, timeout=30, check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        kind, major, minor, version, makes_environments = json.loads(asked.stdout)
        if kind == "cpython" and (major, minor) >= OLDEST:
            yield Interpreter(path, version, (major, minor), makes_environments)


def one_of_each_minor(interpreters: Iterable[Interpreter]) -> list[Interpreter]:
    """The first of each minor version, one that makes environments before one that does not; the oldest first."""
    chosen: dict[tuple[int, int], Interpreter] = {}
    for interpreter in sorted(interpreters, key=lambda each: not each.makes_environments):
        chosen.setdefault(interpreter.minor, interpreter)
    return [chosen[minor] for minor in sorted(chosen)]


def outcome(interpreter: Interpreter) -> str:
    """Run all steps and report in one line which failed."""
    if not interpreter.makes_environments:
        return "left out, because it makes no environments (Debian: apt-get install python3-venv)"
    started = time.monotonic()
    folder = ENVIRONMENTS / ".".join(map(str, interpreter.minor))
    failed = [step for step, command in steps(interpreter, folder) if not passes(step, command, folder)]
    took = f"{time.monotonic() - started:.0f} s"
    return f"failed: {', '.join(failed)} ({took})" if failed else f"passed ({took})"


def steps(interpreter: Interpreter, folder: Path) -> Iterator[tuple[str, list[str]]]:
    python = folder / "bin" / "python"
    if not python.exists():
        yield "environment", [str(interpreter.path), "-m", "venv", "--clear", str(folder)]
    # make knows what an environment needs, and installs it when a pin has changed.
    yield "check", ["make", "--keep-going", "check", f"VENV={folder.relative_to(ROOT)}"]
    yield "fast tests", [str(python), "-m", "pytest", "--quiet", *FAST]


def passes(step: str, command: list[str], folder: Path) -> bool:
    print(f"\n== {folder.name}: {step}", flush=True)
    # Types are read with the packages of this environment, so what was remembered of another's is of no use.
    own = {"MYPY_CACHE_DIR": str(folder / "mypy")}
    clean = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "MAKEFLAGS"}
    }
    return subprocess.run(command, cwd=ROOT, env=clean | own, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
