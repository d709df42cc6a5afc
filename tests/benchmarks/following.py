"""Measures how a utility is followed: all of it for the first time, when nothing has changed, and when something has.

    python -m tests.benchmarks.following [--orders 10000] [--crews 500] [--permits 8000] [--only gathering]

The utility's three systems are one process beside, with 500 records on a page and no latency; what is measured is ours.
On SQLite, and on a PostgreSQL of its own where one is installed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests import servers
from tests.benchmarks import utility

_NAMED = "BENCH_DATABASE"
_WORK = "tests.benchmarks.following"
_HEAD = """| | all of it | CPU | another writer waited | unchanged: CPU a source | change to event | press to plan |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |"""
"""The last with a source that hangs: from the press of Suggest to the first suggestions of 600 orders."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--crews", type=int, default=500)
    parser.add_argument("--permits", type=int, default=8_000)
    parser.add_argument("--sqlite", action="store_true", help="on SQLite alone")
    parser.add_argument("--only", choices=["gathering"], help="the first column alone")
    options = parser.parse_args()
    if name := os.environ.get(_NAMED):
        _measure(name, options)
        return
    print(_HEAD, flush=True)
    with tempfile.TemporaryDirectory() as home:
        _run("SQLite", f"sqlite:///{Path(home) / 'bench.sqlite3'}")
    if servers.find_postgres() and not options.sqlite:
        with servers.postgres() as url:
            _run("PostgreSQL", url)


def _run(name: str, url: str) -> None:
    settings = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "scheduler_site.settings", "DEBUG": "1", _NAMED: name}
    subprocess.run([sys.executable, "-m", _WORK, *sys.argv[1:]], env={**os.environ, **settings}, check=True)


def _measure(name: str, options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from assignments.tasks import process

    # What development would keep of each query is not what is measured.
    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    with _utility(options.orders, options.crews, options.permits) as (port, tell):
        _set_up(port)
        # As the worker does once it has begun.
        process.spare_what_is_loaded()
        with _other_writer() as waits:
            began, cpu = time.perf_counter(), time.process_time()
            _follow()
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        _check(options)
        cells = [f"{seconds:.1f} s", f"{cpu:.1f} s", f"{1000 * max(waits):.0f} ms"]
        if options.only != "gathering":
            cells += [f"{1000 * _unchanged():.0f} ms", f"{_change(tell):.1f} s", f"{_press():.2f} s"]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _set_up(port: int) -> None:
    from assignments import models
    from tests import factories

    factories.DistrictFactory(code="NORTH", name="North")
    for kind in ("WORK", "WORKFORCE", "PERMITS"):
        models.DownstreamSystem.objects.create(
            code=kind.lower(), name=kind.title(), kind=kind, base_url=f"http://127.0.0.1:{port}/{kind.lower()}",
            answers_for="ALL", is_target=False,
        )  # fmt: skip


def _follow() -> None:
    from django.utils import timezone

    from assignments import models
    from assignments.tasks.following import SourceFollower

    models.FollowedSource.objects.update(due_at=None)
    assert SourceFollower(owner="benchmark", now_fn=timezone.now).finish(600)


def _check(options: argparse.Namespace) -> None:
    from assignments import models

    counts = (models.WorkOrder.objects.count(), models.Crew.objects.count(), models.Permit.objects.count())
    assert counts == (options.orders, options.crews, options.permits), counts


def _unchanged() -> float:
    """CPU seconds for each source of a utility in which nothing has changed."""
    times, before = 10, time.process_time()
    for _ in range(times):
        _follow()
    return (time.process_time() - before) / times / 3


@contextmanager
def _other_writer() -> Iterator[list[float]]:
    """Seconds for which another process that writes one row, again and again, has to wait; known at the end."""
    spawned = multiprocessing.get_context("spawn")
    (ours, theirs), waits = spawned.Pipe(), [0.0]
    process = spawned.Process(target=_write, args=(theirs,))
    process.start()
    ours.recv()
    try:
        yield waits
    finally:
        ours.send("over")
        waits += ours.recv()
        process.join()


def _write(told: Any) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import transaction

    from assignments import models

    settings.DEBUG = False
    centre, waits = models.District.objects.filter(code="NORTH"), []
    centre.exists()
    told.send("ready")
    while not told.poll(0.02):
        began = time.perf_counter()
        with transaction.atomic():
            centre.update(service_centre="North")
        waits.append(time.perf_counter() - began)
    told.send(waits)


def _change(tell: Any) -> float:
    """Seconds from an emergency upstream to its event, beside a worker process; the interval is a second."""
    from assignments import models
    from notifications.models import Event

    models.DownstreamSystem.objects.update(read_every_seconds=1)
    models.FollowedSource.objects.update(due_at=None)
    with _worker():
        latest = 0.0
        for number in range(3):
            events = Event.objects.filter(type="order.changed", data__number=f"N-E{number}")
            began = time.perf_counter()
            tell(f"E{number}")
            while not events.exists():
                time.sleep(0.01)
            latest = max(latest, time.perf_counter() - began)
    return latest


def _press() -> float:
    """Seconds from the press of Suggest to the first suggestions of 600 orders, while a source hangs."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from assignments import models
    from assignments.queries import days
    from assignments.services.runs import running
    from tests import factories
    from tests.benchmarks import cancelling

    models.DownstreamSystem.objects.update(enabled=False)
    cancelling.fill(600, 75, code="SOUTH")
    district = models.District.objects.with_rules().get(code="SOUTH")
    mara = get_user_model().objects.get(username="mara")
    latest = 0.0
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        factories.DownstreamSystemFactory(
            code="silent", kind="PERMITS", base_url=f"http://127.0.0.1:{silent.getsockname()[1]}", is_target=False
        )
        with _worker():
            day = days.today(district, timezone.now()) + timedelta(days=1)
            for _ in range(3):
                began = time.perf_counter()
                run, _ = running.request_run(district=district, day=day, by=mara, now=timezone.now())
                while not run.suggestions.exists():
                    time.sleep(0.01)
                latest = max(latest, time.perf_counter() - began)
                running.cancel_run(run=run, by=mara, now=timezone.now())
    return latest


@contextmanager
def _worker() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", "work"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        while "is ready" not in process.stdout.readline():
            pass
        # It reads everything once.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        time.sleep(3)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _utility(orders: int, crews: int, permits: int) -> Iterator[tuple[int, Any]]:
    """The port of the systems, and what makes an emergency there."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=utility.serve, args=(theirs, orders, crews, permits))
    process.start()
    try:
        yield ours.recv(), ours.send
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    main()
