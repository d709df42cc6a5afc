"""Share of a core that a worker takes while there is nothing to do.

    python -m tests.benchmarks.idle [--seconds 60]

On each database a worker of an installation with two districts, once without a downstream system and once with the
demo's, which it reads at their intervals. Counted is the time that the process spends computing once it has looked at
everything.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests import servers
from tests.benchmarks import databases

_NAMED = "IDLE_DATABASE"
ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
BEGINNING = 15
"""Seconds in which a worker that has just begun looks at everything once."""


def computing(pid: int) -> float:
    """Seconds that the process has spent computing."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextlib.contextmanager
def worker() -> Iterator[int]:
    """The process id of a worker that is ready."""
    command = [sys.executable, "manage.py", "work"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        try:
            while "is ready" not in (line := started.stdout.readline()):
                if not line:
                    raise RuntimeError("The worker has ended.")
            yield started.pid
        finally:
            started.terminate()
            started.communicate()


def measured(seconds: float) -> float:
    with worker() as pid:
        time.sleep(BEGINNING)
        before = computing(pid)
        time.sleep(seconds)
        return (computing(pid) - before) / seconds


@contextlib.contextmanager
def systems(home: str) -> Iterator[None]:
    """The demo's simulated systems, which say nothing new after the first reading."""
    from assignments import models

    port = servers.free_port()
    command = [sys.executable, "manage.py", "simulate_downstream", "--port", str(port), "--data-dir", home]
    simulated = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for place, kind in enumerate(("work", "workforce", "permits")):
            models.DownstreamSystem.objects.create(
                code=kind, name=kind.title(), kind=kind.upper(), base_url=f"http://127.0.0.1:{port + place}",
                is_source=True, enabled=True,
            )  # fmt: skip
        yield
    finally:
        simulated.terminate()
        simulated.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    if _NAMED not in os.environ:
        databases.on_each("tests.benchmarks.idle", named=_NAMED)
        return
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests import factories

    call_command("migrate", verbosity=0)
    for code in ("NORTH", "SOUTH"):
        factories.DistrictFactory(code=code)
    name = os.environ[_NAMED]
    connection.close()
    print(f"{name}, nothing to read: {measured(options.seconds):.2%} of a core", flush=True)
    with tempfile.TemporaryDirectory() as home, systems(home):
        connection.close()
        print(f"{name}, the demo's systems: {measured(options.seconds):.2%} of a core", flush=True)


if __name__ == "__main__":
    main()
