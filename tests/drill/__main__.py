"""Tries a whole installation under many open boards while its parts are killed, and counts what must be zero.

    python -m tests.drill [--boards 1000] [--managers 50] [--seconds 300] [--kills 30] [--sqlite]

nginx with deploy/nginx.conf, two web hosts of two processes, two workers, PostgreSQL, Redis and three systems; on
SQLite one host and no Redis. Boards act as their pages' scripts do. Exits with 1 when something is not zero that must
be.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.drill import installation, sampling, trouble

PATIENCE = 5.0
"""Seconds after the end within which every page must have been told."""
REST = 240.0
"""Seconds within which the workers must have done everything."""


@dataclass(frozen=True)
class Options:
    boards: int
    managers: int
    seconds: float
    kills: float
    pause: float
    sqlite: bool
    size: str
    seed: int
    keep: Path | None


def read_options(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boards", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--managers", type=int, default=50, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=300, help="of the storm; default: %(default)s")
    parser.add_argument("--kills", type=float, default=30, help="seconds between two kills, 0 for none; %(default)s")
    parser.add_argument("--pause", type=float, default=10, help="seconds between two acts of a manager; %(default)s")
    parser.add_argument("--sqlite", action="store_true", help="one host on SQLite, without Redis")
    parser.add_argument("--size", choices=["small", "district"], default="district", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--keep", type=Path, help="an empty folder for logs and records, which then stays")
    return Options(**vars(parser.parse_args(arguments)))


class Bots:
    """The process with all boards and managers."""

    def __init__(self, site: installation.Installation, plan: dict[str, Any]) -> None:
        self.records = site.home / "records"
        place = site.home / "plan.json"
        place.write_text(json.dumps(plan))
        command = [sys.executable, "-m", "tests.drill.bots", str(place), str(self.records)]
        self.process = subprocess.Popen(
            command, cwd=installation.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def waits_for(self, word: str) -> None:
        assert self.process.stdout
        said = self.process.stdout.readline().strip()
        if said != word:
            raise RuntimeError(f"The bots said {said!r} instead of {word!r}.")

    def does(self, order: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()


def drill(options: Options, home: Path) -> int:
    """The exit code."""
    world = ["--size", options.size, "--seed", str(options.seed)]
    with installation.installed(home, sqlite=options.sqlite, live_every=4.0, world=world) as site:
        os.environ.update({name: site.environment[name] for name in site.environment})
        import django

        django.setup()
        from tests.drill import people, reporting

        collect(site)
        say("filling the database")
        plan = people.fill(site, boards=options.boards, managers=options.managers, seed=options.seed, world=world)
        plan |= {"port": site.gateway.port if site.gateway else 0, "pause": options.pause}
        say("starting the processes")
        site.start()
        people.declare_storm()
        people.ask_for_plans(plan["day"])
        found = storm(options, site, plan, people)
        return reporting.report(options, site, found)


@dataclass
class Found:
    """Results of the storm beside those in the database."""

    records: Path
    trouble: trouble.Trouble
    sampler: sampling.Sampler
    began_at: float
    rested_at: float
    closed_at: float
    rest_seconds: float | None
    """Until the workers had done everything; None where they had not."""


def storm(options: Options, site: installation.Installation, plan: dict[str, Any], people: Any) -> Found:
    from django.db import connection

    bots = Bots(site, plan)
    try:
        say(f"opening {options.boards} pages")
        bots.waits_for("live")
        time.sleep(PATIENCE)
        sampler = sampling.Sampler(site, bots.process.pid)
        sampler.start()
        began_at = time.time()
        say(f"storm of {options.seconds:g} s")
        # The database may be another one afterwards.
        connection.close()
        bots.does("begin")
        hits = trouble.Trouble(site, options.seconds, options.kills, random.Random(options.seed))
        hits.start()
        hits.join()
        bots.does("rest")
        bots.waits_for("resting")
        rested_at = time.time()
        sampler.over.set()
        say("waiting for the workers")
        took = settled(site, people)
        time.sleep(PATIENCE + 2)
        closed_at = time.time()
        bots.does("end")
        bots.waits_for("done")
        return Found(bots.records, hits, sampler, began_at, rested_at, closed_at, took)
    finally:
        bots.process.kill()
        bots.process.wait()


def settled(site: installation.Installation, people: Any) -> float | None:
    from django.db import connection

    site.settle()
    began = time.monotonic()
    while time.monotonic() - began < REST:
        if people.at_rest():
            return time.monotonic() - began
        connection.close()
        time.sleep(0.5)
    return None


def collect(site: installation.Installation) -> None:
    from tests.browser import stage

    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", stage.COLLECT],
        cwd=installation.ROOT, env=site.environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def main() -> int:
    options = read_options()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        return drill(options, options.keep)
    with tempfile.TemporaryDirectory(prefix="lineup-drill-", ignore_cleanup_errors=True) as home:
        return drill(options, Path(home))


if __name__ == "__main__":
    sys.exit(main())
