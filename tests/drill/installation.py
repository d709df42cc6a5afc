"""An installation as docs/deploy.md describes it: nginx, web hosts, workers, a database, Redis and three systems."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests import servers
from tests.browser.stage import until
from tests.streams import gateways

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ("work", "workforce", "permits")
WEB_PROCESSES = 2
WORKERS = 2


@dataclass
class Program:
    """A process of ours with a log, which can be killed and begun again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdin=servers.NO_TTY, stdout=log, stderr=log
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def children(self) -> list[int]:
        with contextlib.suppress(OSError):
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        return []

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class Installation:
    home: Path
    environment: dict[str, str]
    ports: dict[str, int]
    postgres: servers.Postgres | None
    redis: servers.Redis | None
    hosts: list[Program] = field(default_factory=list)
    workers: list[Program] = field(default_factory=list)
    systems: dict[str, Program] = field(default_factory=dict)
    gateway: gateways.Gateway | None = None

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def programs(self) -> list[Program]:
        return [*self.hosts, *self.workers, *self.systems.values()]

    def start(self) -> None:
        for program in self.programs:
            program.start()
        for name in SYSTEMS:
            until(functools.partial(answers, f"{self.url(name)}/healthz"), f"{name} answers")
        for number in range(len(self.hosts)):
            until(functools.partial(answers, f"{self.url(f'web {number}')}/healthz"), f"host {number} answers")
        for worker in self.workers:
            until(functools.partial(says, worker, "is ready"), f"{worker.name} is ready")

    def settle(self) -> None:
        """The systems stop changing by themselves, and failing."""
        for program in self.systems.values():
            program.end()
            program.command = [part for part in program.command if part != "--live"]
            program.start()
        for name in SYSTEMS:
            until(functools.partial(answers, f"{self.url(name)}/healthz"), f"{name} answers")


@contextlib.contextmanager
def installed(home: Path, *, sqlite: bool, live_every: float, world: list[str]) -> Iterator[Installation]:
    """The processes are described and not started: the database is still to be filled."""
    with contextlib.ExitStack() as stack:
        postgres = redis = None
        if not sqlite:
            options = {"synchronous_commit": "on", "track_commit_timestamp": "on"}
            postgres = stack.enter_context(servers.postgres_server(**options))
            redis = stack.enter_context(servers.redis_server())
        hosts = 1 if sqlite else 2
        ports = {name: servers.free_port() for name in [*SYSTEMS, *(f"web {number}" for number in range(hosts))]}
        database = postgres.url if postgres else f"sqlite:///{home / 'drill.sqlite3'}"
        site = Installation(home, environment(database, redis.url if redis else ""), ports, postgres, redis)
        _describe(site, hosts, live_every, world)
        for program in site.programs:
            stack.callback(program.end)
        behind = [ports[f"web {number}"] for number in range(hosts)]
        (home / "nginx").mkdir()
        site.gateway = stack.enter_context(gateways.nginx(home / "nginx", *behind))
        yield site


def environment(database: str, redis: str) -> dict[str, str]:
    return {
        **os.environ,
        "DEBUG": "0",
        "HTTPS": "1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECRET_KEY": "only-of-a-drill-4fJ2vQx8Lr7TnB5wKc9ZpH3sYd6GmA1eUoRiXt",
        "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "LOG_LEVEL": "WARNING",
        "WEB_WORKERS": str(WEB_PROCESSES),
        "WEB_LOG_LEVEL": "warning",
        "PYTHONUNBUFFERED": "1",
        "IMPROVE_SECONDS": "1",
        # All boards come from this machine.
        "STREAMS": "per_address=5000",
    }


def _describe(site: Installation, hosts: int, live_every: float, world: list[str]) -> None:
    def program(name: str, *command: str, **more: str) -> Program:
        log = site.home / f"{name.replace(' ', '-')}.log"
        return Program(name, [sys.executable, *command], {**site.environment, **more}, log)

    for number in range(hosts):
        port = str(site.ports[f"web {number}"])
        site.hosts.append(
            program(f"web {number}", "-m", "gunicorn", "-c", "scheduler_site/gunicorn.conf.py", PORT=port)
        )
    site.workers = [program(f"worker {number}", "manage.py", "work") for number in range(WORKERS)]
    for name in SYSTEMS:
        place = ["--system", name, "--port", str(site.ports[name]), "--data-dir", str(site.home / "systems")]
        more = ["--latency", "0.05", "--live", "--live-every", str(live_every)]
        site.systems[name] = program(name, "manage.py", "simulate_downstream", *place, *world, *more)


def says(program: Program, words: str) -> bool:
    return words in program.log.read_text()


def answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        headers = {"Host": "127.0.0.1", "X-Forwarded-Proto": "https"}
        return httpx.get(url, timeout=2, headers=headers).status_code == 200
    return False
