"""`make test-busy`: the tests that start no servers, three times beside two spinning processes a core.

What fails here waits for a time instead of for what it means.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORES = os.cpu_count() or 1


@contextlib.contextmanager
def load(each: int = 2) -> Iterator[None]:
    """So many processes a core that do nothing but count."""
    counting = "import itertools, os\nparent = os.getppid()\nfor n in itertools.count():\n"
    # A run that was killed leaves none behind.
    counting += "    if n % 1_000_000 == 0 and os.getppid() != parent: break"
    spinning = [subprocess.Popen([sys.executable, "-c", counting]) for _ in range(each * CORES)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
        for process in spinning:
            process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument(
        "-m", dest="marked", default="not (serial or faults or browser or long)", help="pytest's choice"
    )
    options, passed_on = parser.parse_known_args()
    arguments = ["--quiet", "--forks", str(1 + CORES), "-m", options.marked, *passed_on]
    with load():
        for number in range(1, options.times + 1):
            print(f"\n== {number} of {options.times}", flush=True)
            done = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False)
            if done.returncode:
                return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
