"""A whole Lineup for the journeys: web server, worker and three downstream systems, each in processes of its own."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests import servers
from tests.browser import pouring
from tests.browser.beside import Beside

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ("work", "workforce", "permits")
PASSWORD = "lineup-demo-2026"
LATENCY = 0.2
UNDER_WAY = """
    SELECT (SELECT COUNT(*) FROM assignments_suggestionrun WHERE finished_at IS NULL)
    + (SELECT COUNT(*) FROM assignments_writeback WHERE status IN ('PENDING', 'SENDING', 'FAILED'))
    + (SELECT COUNT(*) FROM assignments_batchitem WHERE status IN ('WAITING', 'LEAVING'))
"""

# Compressing every file takes twenty seconds of a core.
COLLECT = """
from pathlib import Path
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
collected = Path(settings.STATIC_ROOT) / "staticfiles.json"
sources = [storage.path(name) for finder in finders.get_finders() for name, storage in finder.list([])]
if not collected.exists() or collected.stat().st_mtime < max(Path(source).stat().st_mtime for source in sources):
    call_command("collectstatic", "--no-input", "--verbosity=0")
"""


class Stage:
    """The processes of the journeys; everything lies in `home` and ends with the `with` block.

    `deployed` serves pages as an installation does: no debugging, files compressed.
    """

    def __init__(
        self,
        home: Path,
        *,
        today: date | None = None,
        size: str = "small",
        deployed: bool = False,
        web_workers: int = 2,
        redis_url: str = "",
    ) -> None:
        """A stage that is put back to what was made before midnight is given the day of that as `today`."""
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._world = ("--size", size, "--seed", "1")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._beside: Beside | None = None
        self._ports = {name: servers.free_port() for name in ("web", *SYSTEMS)}
        self.today = today or datetime.now(ZoneInfo("America/Chicago")).date()
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
            "DEBUG": "0" if deployed else "1",
            "HTTPS": "0",
            # Sessions are made once for all tests of a run, which may take longer than a person's patience.
            "CONFIRM_MINUTES": "1440",
            "SESSION_IDLE_MINUTES": "1440",
            "ALLOWED_HOSTS": "127.0.0.1",
            # One for all, so that a session that was made on one stage is good on another.
            "SECRET_KEY": "only-of-a-test-4fJ2vQx8Lr7TnB5wKc9ZpH3sYd6GmA1eUoRiXt",
            "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "PORT": str(self._ports["web"]),
            "WEB_WORKERS": str(web_workers),
            **({"REDIS_URL": redis_url} if redis_url else {}),
            "WEB_LOG_LEVEL": "warning",
            # A plan that is improved for ten seconds costs ten seconds of a core, and shows nothing more.
            "IMPROVE_SECONDS": "1",
        }
        if deployed:
            self.does(COLLECT)

    @property
    def database(self) -> Path:
        return self._home / "lineup.sqlite3"

    @property
    def address(self) -> str:
        return self._url("web")

    @property
    def day(self) -> str:
        """Tomorrow, so that a journey in the evening finds whole shifts too."""
        return (self.today + timedelta(days=1)).isoformat()

    @property
    def board(self) -> str:
        """The path of tomorrow's board."""
        return f"/districts/ALD/board/?day={self.day}"

    def seed(self) -> None:
        """Fill the database with an invented utility."""
        self._manages("migrate")
        urls = [f"--{name}-url={self._url(name)}" for name in SYSTEMS]
        self._manages("seed_demo", *self._world, "--today", self.today.isoformat(), *urls)

    def keep(self, place: Path) -> None:
        """Copies Lineup's database as it is now."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=20)) as database:
            pouring.pour(database, place)

    def begin(self, beginning: Path) -> None:
        """Puts Lineup's database back to `beginning`, and what the journey before did to processes and systems."""
        if self._is_running("worker") and not holds_within(self.is_at_rest, 10):
            self.kill("worker")
        addresses = {name: self._url(name) for name in SYSTEMS}
        pouring.begin(beginning, self.database, addresses)
        for name in SYSTEMS:
            if self._has_begun(name):
                self._begin_system(name)
        if self._has_begun("worker") and not self._is_running("worker"):
            before = len(self.log_of("worker"))
            self.start_worker()
            until(lambda: "is ready" in self.log_of("worker")[before:], "the worker is ready")

    def is_at_rest(self) -> bool:
        """Whether the worker has nothing left to do."""
        return self.rows(UNDER_WAY) == [(0,)]

    def start(self) -> None:
        self.start_worker()
        self.start_systems()
        self.start_web()
        until(lambda: "is ready" in self.log_of("worker"), "the worker is ready")

    def start_systems(self) -> None:
        for name in SYSTEMS:
            self.start_system(name)
        for name in SYSTEMS:
            self._awaits(name)
            with contextlib.closing(sqlite3.connect(self._store_of(name), timeout=20)) as store:
                pouring.pour(store, self._first_of(name))

    def start_web(self) -> None:
        """Alone it serves pages and streams; nothing is gathered or delivered."""
        self._start("web", "-m", "gunicorn", "-c", "scheduler_site/gunicorn.conf.py")
        self._awaits("web")

    def does(self, code: str) -> None:
        """Runs the Python beside the web server, as a worker or a command would."""
        if self._beside is None:
            self._beside = Beside(self._environment, self._home / "beside.log")
        self._beside.does(code)

    def start_system(self, name: str) -> None:
        place = ["--system", name, "--port", str(self._ports[name]), "--data-dir", str(self._store_of(name).parent)]
        world = [*self._world, "--today", self.today.isoformat(), "--latency", str(LATENCY)]
        self._start(name, "-m", "tests.browser.system", *place, *world)

    def start_worker(self) -> None:
        self._start("worker", "manage.py", "work")

    def kill(self, name: str) -> None:
        """Ends the process as a power cut would."""
        self._processes[name].kill()
        self._processes.pop(name).wait(timeout=60)

    def set_latency(self, seconds: float) -> None:
        """Of every system's answers."""
        for name in SYSTEMS:
            self._changes(name, latency=seconds)

    def bookings(self, name: str) -> list[dict[str, Any]]:
        """Bookings that the downstream system holds."""
        found: list[dict[str, Any]] = httpx.get(f"{self._url(name)}/api/bookings/told", timeout=60).json()["items"]
        return found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Content of Lineup's database."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=20)) as database:
            return database.execute(query).fetchall()

    def log_of(self, name: str) -> str:
        return (self._home / f"{name}.log").read_text() if self._has_begun(name) else ""

    def memory_of(self, name: str) -> list[int]:
        """Bytes of memory that each child of the process has for itself alone."""
        parts = [Path(f"/proc/{child}/smaps_rollup").read_text() for child in self.children_of(name)]
        return [
            1024 * sum(int(one) for one in re.findall(r"^Private_\w+: +(\d+)", part, re.MULTILINE)) for part in parts
        ]

    def children_of(self, name: str) -> list[int]:
        """Ids of the process's children."""
        parent = self._processes[name].pid
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        if self._beside is not None:
            self._beside.end()
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(timeout=12)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=60)

    def _url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    def _has_begun(self, name: str) -> bool:
        return (self._home / f"{name}.log").exists()

    def _is_running(self, name: str) -> bool:
        return name in self._processes and self._processes[name].poll() is None

    def _awaits(self, name: str) -> None:
        until(functools.partial(_answers, f"{self._url(name)}/healthz"), f"{name} answers")

    def _begin_system(self, name: str) -> None:
        """On the records that Lineup was filled with, without bookings."""
        if not self._is_running(name):
            self.start_system(name)
            self._awaits(name)
        with contextlib.closing(sqlite3.connect(self._first_of(name))) as first:
            pouring.pour(first, self._store_of(name))
        self._changes(name, latency=LATENCY)

    def _store_of(self, name: str) -> Path:
        return self._home / "systems" / f"{name}.sqlite3"

    def _first_of(self, name: str) -> Path:
        """Store of the system as it began."""
        return self._home / f"{name}-first.sqlite3"

    def _changes(self, name: str, **faults: float) -> None:
        httpx.post(f"{self._url(name)}/faults", json=faults, timeout=30).raise_for_status()

    def _start(self, name: str, *command: str) -> None:
        with (self._home / f"{name}.log").open("a") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _manages(self, *command: str) -> None:
        self.does(f"from django.core.management import call_command\ncall_command(*{[*command, '--verbosity=0']!r})")


@contextlib.contextmanager
def told_on_failure(stage: Stage) -> Iterator[None]:
    """Show the output of the processes since then with a failed journey."""
    before = {name: len(stage.log_of(name)) for name in ("web", "worker", "beside")}
    try:
        yield
    finally:
        for name, length in before.items():
            if said := stage.log_of(name)[length:]:
                print(f"--- {name}\n{said[-4000:]}")


def until(holds: Callable[[], bool], what: str, seconds: float = 180) -> None:
    assert holds_within(holds, seconds), f"{what}: not within {seconds:g} s"


def holds_within(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, timeout=2).status_code == 200
    return False
