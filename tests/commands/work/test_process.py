"""The worker as a process: ready for what comes, and gone soon after it is asked to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from assignments import models
from assignments.services.runs import running
from tests.commands.work.steps import until

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[3]
Status = models.SuggestionRun.Status
PATIENCE = 60
"""Seconds for a process to end, on a busy machine too: one that was not asked would never."""


@pytest.mark.serial
class TestProcess:
    @pytest.fixture
    def started(self, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        """A worker on the tests' database, ready for work."""
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "scheduler_site.settings",
            "DATABASE_URL": database_url(),
        }
        command = [sys.executable, "manage.py", "work"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running_worker:
            try:
                assert running_worker.stdout is not None
                assert "is ready" in running_worker.stdout.readline()
                yield running_worker
            finally:
                running_worker.kill()

    def test_plans_a_new_run(self, started, run):
        until(lambda: models.SuggestionRun.objects.get(pk=run.pk).status == Status.READY)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_ends_when_asked(self, started, number):
        started.send_signal(number)

        assert started.wait(timeout=PATIENCE) == 0
        assert "worker has stopped" in started.stdout.read()

    def test_ends_in_the_middle_of_a_run_and_gives_it_back(self, started, silent_source, run):
        until(lambda: models.SuggestionRun.objects.get(pk=run.pk).status == Status.SCORING)

        started.terminate()

        # Before the source had answered: it is given back as it was.
        assert started.wait(timeout=PATIENCE) == 0
        assert running.claim(owner="next", now=timezone.now()) == run


def database_url() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    given = connection.settings_dict
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{name}"
