"""`make test-hours`: the tests that start servers or browsers, at other hours and on other days than `make test`.

Journeys go through the day after the one they begin on, so the eve of an odd day matters as much as the day.
All days lie in the past, for a GRIP proxy keeps the real time, and what it signs must not have expired.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOURS = ("00:05", "05:55", "12:00", "18:05", "22:10", "23:58")
ORDINARY = "2026-06-16"
ODD = {
    "2026-03-07T12:00": "the clocks go forward tomorrow",
    "2026-03-08T01:50": "the clocks go forward in ten minutes",
    "2025-11-01T22:10": "the clocks go back tomorrow",
    "2025-11-02T00:50": "the hour from one to two comes twice",
    "2024-02-28T18:05": "tomorrow is 29 February",
    "2024-02-29T12:00": "it is 29 February",
}
MOMENTS = {**{f"{ORDINARY}T{hour}": "an ordinary Tuesday" for hour in HOURS}, **ODD}
SIDE_BY_SIDE = ["-p", "tests.preparing", "--forks", str(1 + (os.cpu_count() or 1))]
SERVERS_AND_BROWSERS = "(browser or serial) and not (faults or long)"
"""Where processes are killed, the hour plays no part."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--at", nargs="+", metavar="DATE-AND-TIME", default=[*MOMENTS], help="in the district's zone")
    parser.add_argument("-m", dest="marked", default=SERVERS_AND_BROWSERS, help="pytest's choice by markers")
    options, passed_on = parser.parse_known_args()
    failed = []
    for moment in options.at:
        print(f"\n== {moment}: {MOMENTS.get(moment, 'as asked for')}", flush=True)
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "--quiet", *SIDE_BY_SIDE, "-m", options.marked, *passed_on]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"TEST_CLOCK": moment}, check=False)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
        if done.returncode:
            failed.append(moment)
    print(
        f"\n{len(options.at) - len(failed)} of {len(options.at)} moments passed."
        + "".join(f"\n- {one}" for one in failed)
    )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
