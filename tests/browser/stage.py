"""A whole Lineup for one journey: web server, worker and three downstream systems, each in processes of its own."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests import servers

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ("work", "workforce", "permits")
PASSWORD = "lineup-demo-2026"


class Stage:
    """The processes of one journey; everything lies in `home` and ends with the `with` block.

    `deployed` serves pages as an installation does: no debugging, files compressed.
    """

    def __init__(self, home: Path, *, seeded: Stage | None = None, size: str = "small", deployed: bool = False) -> None:
        self._home = home
        self._world = ("--size", size, "--seed", "1")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        # The addresses of the systems lie in the database that is copied.
        ports = seeded._ports if seeded else {name: servers.free_port() for name in ("web", *SYSTEMS)}
        self._ports: dict[str, int] = ports
        if seeded:
            shutil.copy(seeded._home / "lineup.sqlite3", home)
        self._today = datetime.now(ZoneInfo("America/Chicago")).date()
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "SECRET_KEY"}},
            "DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
            "DATABASE_URL": f"sqlite:///{home / 'lineup.sqlite3'}",
            "PORT": str(self._ports["web"]),
            "WEB_WORKERS": "2",
            "WEB_LOG_LEVEL": "warning",
        }
        if deployed:
            secret = "only-of-a-test-4fJ2vQx8Lr7TnB5wKc9ZpH3sYd6GmA1eUoRiXt"
            self._environment |= {"DEBUG": "0", "SECRET_KEY": secret, "ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "0"}
            self._manage("collectstatic", "--no-input", "--verbosity=0")

    @property
    def address(self) -> str:
        return self._url("web")

    @property
    def day(self) -> str:
        """Tomorrow, so that a journey in the evening finds whole shifts too."""
        return (self._today + timedelta(days=1)).isoformat()

    def install(self) -> None:
        """As after an installation: no rows but the account of the administrator, ada."""
        self._manage("migrate", "--verbosity=0")
        self._environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        self._manage("createsuperuser", "--noinput", "--username=ada", "--email=ada@lineup.example")

    def seed(self) -> None:
        self._manage("migrate", "--verbosity=0")
        urls = [f"--{name}-url={self._url(name)}" for name in SYSTEMS]
        self._manage("seed_demo", *self._world, "--today", self._today.isoformat(), *urls)

    def start(self, *, without: str = "", latency: float = 0.2) -> None:
        """Everything but the system `without`."""
        for name in SYSTEMS:
            if name != without:
                self.start_system(name, latency=latency)
        self.start_worker()
        self.start_web()
        for name in SYSTEMS:
            if name != without:
                until(functools.partial(_answers, f"{self._url(name)}/healthz"), f"{name} answers")
        until(lambda: "is ready" in self.log_of("worker"), "the worker is ready")

    def start_web(self) -> None:
        """Alone it serves pages and streams; nothing is gathered or delivered."""
        self._start("web", "-m", "gunicorn", "-c", "scheduler_site/gunicorn.conf.py")
        until(functools.partial(_answers, f"{self._url('web')}/healthz"), "web answers")

    def does(self, code: str) -> None:
        """Runs the Python beside the web server, as a worker or a command would."""
        self._manage("shell", "--verbosity=0", "-c", code)

    def start_system(self, name: str, *, latency: float = 0.2) -> None:
        place = ["--system", name, "--port", str(self._ports[name]), "--data-dir", str(self._home / "downstream")]
        world = [*self._world, "--today", self._today.isoformat(), "--latency", str(latency)]
        self._start(name, "manage.py", "simulate_downstream", *place, *world)

    def start_worker(self) -> None:
        self._start("worker", "manage.py", "work")

    def kill(self, name: str) -> None:
        """Ends the process as a power cut would."""
        self._processes[name].kill()
        self._processes.pop(name).wait(timeout=10)

    def set_latency(self, name: str, seconds: float) -> None:
        httpx.post(f"{self._url(name)}/faults", json={"latency": seconds}, timeout=30).raise_for_status()

    def bookings(self, name: str) -> list[dict[str, Any]]:
        """Content of the downstream system."""
        found: list[dict[str, Any]] = httpx.get(f"{self._url(name)}/api/bookings", timeout=10).json()["items"]
        return found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Content of Lineup's database."""
        with contextlib.closing(sqlite3.connect(self._home / "lineup.sqlite3", timeout=20)) as database:
            return database.execute(query).fetchall()

    @property
    def started(self) -> list[str]:
        """The processes that have something to say."""
        return [name for name in ("web", "worker") if (self._home / f"{name}.log").exists()]

    def log_of(self, name: str) -> str:
        return (self._home / f"{name}.log").read_text()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(timeout=12)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=5)

    def _url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

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

    def _manage(self, *command: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def told_on_failure(stage: Stage) -> Iterator[None]:
    """Show the output of the processes with a failed journey."""
    try:
        yield
    finally:
        for name in stage.started:
            print(f"--- {name}\n{stage.log_of(name)[-4000:]}")


def until(holds: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, timeout=2).status_code == 200
    return False
