"""The worker as a process: ready for what comes, and gone soon after it is asked to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from assignments import models
from assignments.services.runs import running
from tests import factories
from tests.commands.work.steps import until

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[3]
Status = models.SuggestionRun.Status
PATIENCE = 120
"""Seconds for a process to end, on a busy machine too: one that was not asked would never."""


@pytest.mark.serial
class TestProcess:
    @pytest.fixture
    def started(self) -> Iterator[subprocess.Popen[str]]:
        """A worker, ready for work."""
        with worker() as running_worker:
            yield running_worker

    def test_plans_a_new_run_and_ends_when_asked_by_ctrl_c(self, started, run):
        until(lambda: models.SuggestionRun.objects.get(pk=run.pk).status == Status.READY)

        started.send_signal(signal.SIGINT)

        assert started.wait(timeout=PATIENCE) == 0
        assert "worker has stopped" in started.stdout.read()

    @pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no connections to be short of")
    def test_plans_within_its_connections(self, started, run):
        # Workers of other tests are on other databases of the same server.
        sessions = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'lineup work' AND datname = current_database()"
        )
        seen = []

        def is_ready() -> bool:
            with connection.cursor() as cursor:
                cursor.execute(sessions)
                seen.append(cursor.fetchone()[0])
            return models.SuggestionRun.objects.get(pk=run.pk).status == Status.READY

        until(is_ready)
        # With the one that renews the lease of the run, and the one that listens.
        assert 1 < max(seen) <= settings.DATABASE_POOL + 2

    def test_ends_in_the_middle_of_a_run_and_gives_it_back(self, started, silent_source, run):
        until(lambda: models.SuggestionRun.objects.get(pk=run.pk).status == Status.SCORING)

        started.terminate()

        # Before the source had answered: it is given back as it was.
        assert started.wait(timeout=PATIENCE) == 0
        assert running.claim(owner="next", now=timezone.now()) == run

    @pytest.mark.once
    def test_ends_when_asked_within_two_seconds_while_a_source_hangs(self, district):
        # Read when nothing hangs: how long a process takes to end on this machine now.
        with worker() as idle:
            usual = seconds_to_end(idle)
            assert "worker has stopped" in idle.stdout.read()
        with silent() as port:
            source = factories.DownstreamSystemFactory(code="work", base_url=f"http://127.0.0.1:{port}")
            with worker() as reading:
                rows = models.FollowedSource.objects.filter(system=source)
                until(lambda: rows.exclude(lease_owner="").exists())
                assert seconds_to_end(reading) < usual + 2
                assert rows.get().lease_owner == ""


@contextmanager
def worker() -> Iterator[subprocess.Popen[str]]:
    """One on the tests' database, ready for work."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "scheduler_site.settings", "DATABASE_URL": database_url()}
    command = [sys.executable, "manage.py", "work"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            # It may have told something already.
            assert any("is ready" in line for line in iter(started.stdout.readline, "")), "it has ended"
            yield started
        finally:
            started.kill()


@contextmanager
def silent() -> Iterator[int]:
    """The port of a process of its own that takes every connection and never answers."""
    script = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())


def seconds_to_end(process: subprocess.Popen[str]) -> float:
    began = time.monotonic()
    process.terminate()
    assert process.wait(timeout=PATIENCE) == 0
    return time.monotonic() - began


def database_url() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    given = connection.settings_dict
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{name}"
