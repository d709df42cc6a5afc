"""Measures how fast decisions are told: by a worker to targets that take 20 ms, one of them hanging, and by four.

    python -m tests.benchmarks.telling [--decisions 2000] [--shared 10000]

Decisions are of crews and orders of their own. Targets run in a process beside, workers are processes of their own; on
SQLite, and on a PostgreSQL of its own where one is installed.
"""

from __future__ import annotations

import argparse
import copy
import json
import multiprocessing
import os
import socketserver
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.benchmarks import databases

_NAMED = "BENCH_DATABASE"
_SECONDS = 0.02
_WORK = "tests.benchmarks.telling"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=2000)
    parser.add_argument("--shared", type=int, default=10_000)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        _work()
    elif name := os.environ.get(_NAMED):
        _measure(name, options.decisions, options.shared)
    else:
        _compare()


def _compare() -> None:
    print("| | one target, told a second | processor ms each | two beside a hanging one | four workers | sent twice |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    databases.on_each(_WORK, named=_NAMED)


def _measure(name: str, decisions: int, shared: int) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    # What development would keep of each query is not what is measured.
    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    with _targets() as (ports, asked):
        one, cost = _rate(ports[:1], decisions, workers=1)
        two, _ = _rate(ports[:2], decisions, workers=1, hanging=ports[2])
        before = len(asked())
        four, _ = _rate(ports[:1], shared, workers=4)
        keys = Counter(asked()[before:])
    twice = sum(count > 1 for count in keys.values())
    assert len(keys) == shared, "all are told"
    print(f"| {name} | {one:.0f} | {1000 * cost:.1f} | {two:.0f} | {four:.0f} | {twice} |", flush=True)


def _rate(ports: list[int], decisions: int, *, workers: int, hanging: int = 0) -> tuple[float, float]:
    """Write-backs told a second to the targets at the ports, those to the hanging one left out; and the seconds of a
    processor that the workers took for each."""
    from assignments import models

    models.WriteBack.objects.all().delete()
    models.DownstreamSystem.objects.update(enabled=False, is_target=False)
    targets = [_target(port) for port in ports]
    _fill(decisions, [*targets, *([_target(hanging)] if hanging else [])])
    told = models.WriteBack.objects.filter(target__in=targets)
    command = [sys.executable, "-m", _WORK, "--work"]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(workers)]
    try:
        # Without the start of Python.
        while not (first := told.filter(status="ACKNOWLEDGED").count()):
            time.sleep(0.01)
        began, before = time.perf_counter(), _processor(processes)
        while (done := told.filter(status="ACKNOWLEDGED").count()) < decisions * len(targets):
            time.sleep(0.05)
        passed, taken = time.perf_counter() - began, _processor(processes) - before
        return (done - first) / passed, taken / (done - first)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _processor(processes: list[subprocess.Popen[bytes]]) -> float:
    """Seconds of a processor that they have taken so far; 0 where the system does not say."""
    ticks = 0
    for process in processes:
        with suppress(OSError):
            ticks += sum(map(int, Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _target(port: int) -> Any:
    from assignments import models

    target, _ = models.DownstreamSystem.objects.update_or_create(
        code=f"target-{port}",
        defaults={
            "name": f"Target {port}", "kind": "WORK", "base_url": f"http://127.0.0.1:{port}", "enabled": True,
            "is_target": True, "is_away": False, "failures": 0, "resumes_at": None, "timeout_seconds": 60,
        },
    )  # fmt: skip
    return target


def _fill(decisions: int, targets: list[Any]) -> None:
    from django.db.models.base import ModelState
    from django.utils import timezone

    from assignments import models
    from tests import factories

    have = list(models.Assignment.objects.order_by("approved_at", "pk")[:decisions])
    have = have or [factories.AssignmentFactory(order__status="SCHEDULED")]
    first = have[0]
    crews = _copies(first.crew, decisions - len(have), lambda one, n: setattr(one, "name", f"Line {n}"))
    orders = _copies(first.order, decisions - len(have), lambda one, n: setattr(one, "number", f"B-{n}"))
    for crew, order in zip(crews, orders, strict=True):
        one = copy.copy(first)
        one.pk, one.crew, one.order, one.shift, one._state = uuid.uuid4(), crew, order, None, ModelState()
        have.append(one)
    models.Assignment.objects.bulk_create(have[len(have) - len(crews) :], batch_size=500)
    models.Assignment.objects.update(status="APPROVED")
    rows = models.WriteBack.objects.bulk_create(
        models.WriteBack(
            assignment=one, target=target, action="ASSIGN", payload={"order": one.order_id, "crew": one.crew_id},
            next_attempt_at=timezone.now(), created_at=timezone.now(),
        )
        for one in have
        for target in targets
    )  # fmt: skip
    models.WriteBackLane.objects.bulk_create(
        models.WriteBackLane(write_back=row, target_id=row.target_id, lane=lane)
        for row in rows
        for lane in row.lanes_of([row.assignment.crew_id])
    )


def _copies(row: Any, count: int, change: Callable[[Any, int], None]) -> list[Any]:
    """That many new rows like the one given."""
    from django.db.models.base import ModelState

    copies = []
    for number in range(count):
        one = copy.copy(row)
        one.pk, one._state = None, ModelState()
        change(one, row.pk * 100_000 + number + type(row).objects.count())
        copies.append(one)
    stored: list[Any] = type(row).objects.bulk_create(copies, batch_size=500)
    return stored


def _work() -> None:
    """A worker that does nothing but tell."""
    import django

    django.setup()
    from django.conf import settings

    settings.DEBUG = False
    from assignments.tasks import delivery

    delivery.teller().run()


@contextmanager
def _targets() -> Iterator[tuple[list[int], Any]]:
    """Ports of two targets that take 20 ms and of one that hangs; and the keys that came, in a process beside."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    ports = ours.recv()

    def asked() -> list[str]:
        ours.send("keys")
        keys: list[str] = ours.recv()
        return keys

    yield ports, asked
    process.kill()


def _serve(pipe: Any) -> None:
    keys: list[str] = []
    found: list[ThreadingHTTPServer] = []
    for is_hanging in (False, False, True):
        server = _Server(("127.0.0.1", 0), _handler(keys, is_hanging))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.append(server)
    pipe.send([server.server_address[1] for server in found])
    while pipe.recv() == "keys":
        pipe.send(list(keys))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(keys: list[str], is_hanging: bool) -> type[socketserver.BaseRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without it the kernel holds the body back until the headers are acknowledged.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if is_hanging:
                time.sleep(3600)
            keys.append(self.headers["Idempotency-Key"])
            time.sleep(_SECONDS)
            body = json.dumps({"reference": str(len(keys))}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler


if __name__ == "__main__":
    main()
