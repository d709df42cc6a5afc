"""Cancels runs at every stage on a running Lineup: a web server, a worker, SQLite, and a manager who follows the run.

    python -m tests.benchmarks.cancelling [--jobs 1000] [--crews 100] [--times 3] [--stages ranking improving]

Measured from the begin of the manager's POST: its answer, the word on the board's stream that it is cancelled, and the
line in which the worker says that it has let go. Last, a plan that is kept while it is improved: how long until the
stream says that the run is ready.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
HEAD = "| stage | times | POST answered | told on the board | worker let go |\n| --- | ---: | ---: | ---: | ---: |"

STAGES: dict[str, Callable[[Any], bool]] = {
    "gathering": lambda run: run.sources.exists(),
    "routing": lambda run: "drives_asked" in run.figures,
    "screening": lambda run: run.status == "SCREENING",
    "ranking": lambda run: run.status == "SCORING",
    "first plan": lambda run: 0 < run.orders_total == run.orders_ranked,
    "improving": lambda run: "plan" in run.figures,
}
"""When the row of a run is at a stage."""
KEPT = "kept while improving"


class Process:
    """A process of the installation; `heard` has its lines with the time of each."""

    def __init__(self, environment: dict[str, str], *command: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        self.heard: list[tuple[float, str]] = []
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.heard.append((time.monotonic(), line))

    def said(self, *words: str) -> float | None:
        return next((at for at, line in self.heard if all(word in line for word in words)), None)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


class Board(threading.Thread):
    """Reads the stream of a board; `states` has what it said of each run, with the time."""

    def __init__(self, address: str, cookies: httpx.Cookies) -> None:
        super().__init__(daemon=True)
        self._address, self._cookies = address, cookies
        self.states: list[tuple[float, str, str]] = []

    def run(self) -> None:
        # Ended with its server.
        with (
            suppress(httpx.TransportError),
            httpx.stream("GET", self._address, cookies=self._cookies, timeout=PATIENCE) as answer,
        ):
            rest = b""
            for part in answer.iter_raw():
                *events, rest = (rest + part).split(b"\n\n")
                for event in events:
                    self._hear(event)

    def _hear(self, event: bytes) -> None:
        fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if b": " in line)
        if fields.get(b"event") == b"run.changed":
            told = json.loads(fields[b"data"])
            self.states.append((time.monotonic(), told["run"], told["status"]))

    def said(self, run: str, status: str) -> float | None:
        return next((at for at, of, told in list(self.states) if (of, told) == (run, status)), None)


class Manager:
    """Mara at the board of tomorrow."""

    def __init__(self, address: str, session: str, day: str, district: int) -> None:
        self._client = httpx.Client(base_url=address, cookies={"sessionid": session}, timeout=PATIENCE)
        self._day = day
        self._client.get(f"/districts/NORTH/board/?day={day}").raise_for_status()
        self.board = Board(f"{address}/events/?district={district}", self._client.cookies)
        self.board.start()

    def suggests(self) -> str:
        return str(self.posts("/runs/", {"district": "NORTH", "day": self._day}).json()["run"])

    def posts(self, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
        headers = {"Accept": "application/json", "X-CSRFToken": self._client.cookies["csrftoken"]}
        answer = self._client.post(path, data=fields or {}, headers=headers)
        answer.raise_for_status()
        return answer


def until(found: Callable[[], float | None], what: str) -> float:
    deadline = time.monotonic() + PATIENCE
    while (at := found()) is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not within {PATIENCE:.0f} s")
        time.sleep(0.005)
    return at


def reached(run: str, stage: str) -> Callable[[], float | None]:
    from assignments import models

    return lambda: time.monotonic() if STAGES[stage](models.SuggestionRun.objects.get(pk=run)) else None


def ended(manager: Manager, worker: Process, stage: str, act: str, status: str) -> list[float]:
    """Seconds from the POST to its answer, to the board's word, and to the worker's."""
    run = manager.suggests()
    until(reached(run, stage), f"{stage} is reached")
    began = time.monotonic()
    manager.posts(f"/runs/{run}/{act}/")
    answered = time.monotonic()
    told = until(lambda: manager.board.said(run, status), f"the board says {status}")
    let_go = until(lambda: worker.said(run, f": {status.lower()},"), "the worker lets go")
    return [answered - began, told - began, let_go - began]


def measure(manager: Manager, worker: Process, stage: str) -> list[float]:
    if stage == KEPT:
        return ended(manager, worker, "improving", "keep", "READY")
    return ended(manager, worker, stage, "cancel", "CANCELLED")


def fill(jobs: int, crews: int, *, code: str = "NORTH") -> tuple[str, str, int]:
    """A district with so much work and so many crews: the session of its manager, its tomorrow, and its id."""
    import random

    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.utils import timezone

    from assignments import models
    from assignments.queries import days
    from tests import factories

    draw, district = random.Random(1), factories.DistrictFactory(code=code, name=code.title())
    mara = get_user_model().objects.create_user("mara")
    factories.MembershipFactory(user=mara, district=district)
    day = days.today(district, timezone.now()) + timedelta(days=1)
    morning = days.period_of(day, district.zone)[0] + timedelta(hours=7)
    for _ in range(crews):
        crew = factories.CrewFactory(district=district, **_place(draw))
        factories.ShiftFactory(crew=crew, starts_at=morning)
    orders = [
        factories.OrderFactory.build(
            district=district, duration_minutes=draw.randrange(15, 120), priority=draw.randrange(1, 5), **_place(draw)
        )
        for _ in range(jobs)
    ]
    models.WorkOrder.objects.bulk_create(orders, batch_size=500)
    person = Client()
    person.force_login(mara)
    return person.cookies["sessionid"].value, day.isoformat(), district.pk


def _place(draw: Any) -> dict[str, float]:
    return {"latitude": 41.9 + draw.uniform(-0.25, 0.25), "longitude": -88.3 + draw.uniform(-0.3, 0.3)}


@contextmanager
def silence() -> Iterator[str]:
    """The address of a system that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def measured(
    manager: Manager, environment: dict[str, str], times: int, stages: list[str]
) -> Iterator[tuple[str, list[list[float]]]]:
    from assignments import models
    from tests import factories

    with silence() as nobody:
        for stage in stages:
            models.DownstreamSystem.objects.update(enabled=False)
            if stage == "gathering":
                factories.DownstreamSystemFactory(code="work", base_url=nobody)
            routing = {"ROUTING_URL": nobody} if stage == "routing" else {}
            worker = Process(environment | routing, "manage.py", "work")
            try:
                until(lambda worker=worker: worker.said("is ready"), "the worker is ready")  # type: ignore[misc]
                yield stage, [measure(manager, worker, stage) for _ in range(times)]
            finally:
                worker.end()


def main() -> None:
    parser = argparse.ArgumentParser(description="How soon a worker lets go of a run that was cancelled.")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--crews", type=int, default=100)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--stages", nargs="+", choices=[*STAGES, KEPT], default=[*STAGES, KEPT])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lineup-cancelling-") as scratch, ExitStack() as stack:
        address, environment = set_up(Path(scratch))
        session, day, district = fill(options.jobs, options.crews)
        web = Process(environment, "-m", "gunicorn", "-c", "scheduler_site/gunicorn.conf.py")
        stack.callback(web.end)
        until(lambda: _answers(address), "the web server answers")
        manager = Manager(address, session, day, district)
        print(f"{options.jobs:,} orders, {options.crews:,} crews; the longest of the times, in milliseconds\n\n{HEAD}")
        for stage, found in measured(manager, environment, options.times, options.stages):
            worst = " | ".join(f"{1000 * max(column):,.0f}" for column in zip(*found, strict=True))
            print(f"| {stage} | {len(found)} | {worst} |", flush=True)


def set_up(scratch: Path) -> tuple[str, dict[str, str]]:
    """The address and the settings of the installation, whose database is there, and this process's too."""
    import django
    from django.core.management import call_command

    from tests import servers

    port = servers.free_port()
    settings = {
        "DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
        "DATABASE_URL": f"sqlite:///{scratch / 'lineup.sqlite3'}",
        "PORT": str(port),
        "WEB_WORKERS": "1",
        "WEB_LOG_LEVEL": "warning",
        "IMPROVE_SECONDS": "60",
    }
    os.environ.update(settings)
    django.setup()
    call_command("migrate", verbosity=0)
    return f"http://127.0.0.1:{port}", dict(os.environ)


def _answers(address: str) -> float | None:
    try:
        return time.monotonic() if httpx.get(f"{address}/healthz", timeout=2).status_code == 200 else None
    except httpx.TransportError:
        return None


if __name__ == "__main__":
    main()
