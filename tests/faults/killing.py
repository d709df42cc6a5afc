"""Kills the processes of an installation in turn while it goes on, each the hardest way there is."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests import servers
from tests.faults import harness

# Seconds that a killed server is away, at random between these.
AWAY = (0.5, 3.0)


class Worker:
    """`manage.py work`, started again when it was killed."""

    def __init__(self, site: harness.Site) -> None:
        self.environment = site.environment
        self.start()

    def start(self) -> None:
        command = [sys.executable, "manage.py", "work"]
        self.process = subprocess.Popen(
            command, cwd=harness.ROOT, env=self.environment, stdin=servers.NO_TTY, stdout=subprocess.DEVNULL
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def worker_of(site: harness.Site) -> Iterator[Worker]:
    worker = Worker(site)
    try:
        yield worker
    finally:
        worker.kill()


@dataclass
class Killing:
    """The processes that die; `kills` has one way for each of them."""

    site: harness.Site
    worker: Worker
    redis: servers.Redis
    postgres: servers.Postgres

    @property
    def kills(self) -> dict[str, Callable[[], None]]:
        return {"web": self.web, "worker": self.work, "Redis": self.pub_sub, "PostgreSQL": self.database}

    def web(self) -> None:
        """One of the web processes; gunicorn starts another."""
        os.kill(random.choice(self.site.server.pids), signal.SIGKILL)

    def work(self) -> None:
        self.worker.kill()
        self.worker.start()

    def pub_sub(self) -> None:
        self.redis.kill()
        time.sleep(random.uniform(*AWAY))
        self.redis.start()

    def database(self) -> None:
        self.postgres.stop("immediate")
        time.sleep(random.uniform(*AWAY))
        self.postgres.start()
