"""One worker process: plans what waits, sends what is due, lets permits lapse, stops when asked, outlives errors."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from assignments import models
from assignments.queries import days
from assignments.services import approving, running, snapshotting
from assignments.services import hints as hints_named
from assignments.tasks import delivery, hints, holding, planning, process, worker
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
Status = models.SuggestionRun.Status


@pytest.fixture
def tomorrow(district: models.District) -> Any:
    """A day whose shifts all lie ahead, whatever time it is."""
    return days.today(district, timezone.now()) + timedelta(days=1)


@pytest.fixture
def work(district: models.District, tomorrow: Any) -> models.WorkOrder:
    """An order that Line 1 can do tomorrow."""
    morning = days.period_of(tomorrow, district.zone)[0] + timedelta(hours=6)
    crew = factories.CrewFactory(district=district, name="Line 1")
    factories.ShiftFactory(crew=crew, starts_at=morning)
    return factories.OrderFactory(district=district, number="WO-1")


@pytest.fixture
def run(district: models.District, tomorrow: Any, mara: Any, work: Any) -> models.SuggestionRun:
    """Asked for by Mara; waits for a worker."""
    return running.request_run(district=district, day=tomorrow, by=mara, now=timezone.now())[0]


@pytest.fixture
def silent_source() -> Iterator[models.DownstreamSystem]:
    """A system that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        yield factories.DownstreamSystemFactory(code="work", base_url=f"http://127.0.0.1:{port}")


@pytest.fixture(autouse=True)
def at_work() -> Iterator[None]:
    """Nobody has asked the process to stop."""
    process.stopping.clear()
    yield
    process.stopping.clear()
    delivery.wait(5)


class Planner(threading.Thread):
    """A worker's planning in a thread of its own, so that the test can do something meanwhile."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ended_after = 0.0

    def run(self) -> None:
        began = time.monotonic()
        planning.claim_and_execute(owner="worker")
        self.ended_after = time.monotonic() - began
        connections.close_all()


def claimed(at: datetime) -> models.SuggestionRun:
    run = running.claim(owner="worker", now=at)
    assert run is not None
    return run


def begin_gathering(run: models.SuggestionRun) -> Planner:
    planner = Planner()
    planner.start()
    until(run.sources.exists)
    return planner


def until(holds: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


class TestWorkOnce:
    def test_plans_the_run_that_waits(self, run, work, capsys):
        call_command("work", once=True)

        run.refresh_from_db()
        suggestion = run.suggestions.get()
        assert (run.status, run.orders_total, run.orders_ranked, run.orders_in_plan) == (Status.READY, 1, 1, 1)
        assert (suggestion.order, suggestion.in_plan) == (work, True)
        assert {"served_percent", "travel_hours", "seconds"} <= run.figures.keys()
        assert (
            f"run {run.pk} for NORTH {run.day}: ready, 1 of 1 orders ranked, 1 in the plan" in capsys.readouterr().out
        )

    def test_takes_the_hint(self, run):
        call_command("work", once=True)

        hint = DBTaskResult.objects.get()
        assert (hint.status, hint.return_value) == ("SUCCESSFUL", "READY")

    def test_needs_no_hint(self, run):
        DBTaskResult.objects.all().delete()

        call_command("work", once=True)

        run.refresh_from_db()
        assert run.status == Status.READY

    def test_a_doubled_hint_does_nothing_twice(self, run):
        hints.execute_run.enqueue(str(run.pk))

        call_command("work", once=True)

        assert {hint.return_value for hint in DBTaskResult.objects.all()} == {"", "READY"}
        assert run.suggestions.count() == 1

    def test_a_source_that_is_down_makes_the_run_partial(self, run):
        factories.DownstreamSystemFactory(code="permits", base_url=f"http://127.0.0.1:{free_port()}")

        call_command("work", once=True)

        run.refresh_from_db()
        assert run.status == Status.PARTIAL
        assert run.sources.get().status == "DOWN"
        assert run.suggestions.count() == 1

    def test_tries_what_is_due_to_be_written_back(self, db):
        target = factories.DownstreamSystemFactory(base_url=f"http://127.0.0.1:{free_port()}")
        write_back = factories.WriteBackFactory(target=target)

        call_command("work", once=True)

        write_back.refresh_from_db()
        assert (write_back.status, write_back.attempts) == ("FAILED", 1)

    def test_takes_the_hint_of_a_decision(self, district, mara):
        target = factories.DownstreamSystemFactory(base_url=f"http://127.0.0.1:{free_port()}")
        suggestion = factories.SuggestionFactory(order__district=district)
        approving.approve(suggestion=suggestion, by=mara, now=factories.NOW)

        call_command("work", once=True)

        hint = DBTaskResult.objects.get()
        assert (hint.task_path, hint.return_value) == (hints_named.DELIVER_DUE, 1)
        assert models.WriteBack.objects.get(target=target).attempts == 1

    def test_lets_permits_lapse(self, district, capsys):
        permit = factories.PermitFactory(order__district=district)

        call_command("work", once=True)

        permit.refresh_from_db()
        assert permit.status == "EXPIRED"
        assert f"permit {permit.number} of {permit.order.number}: expired" in capsys.readouterr().out


class TestWhileARunIsPlanned:
    @pytest.mark.serial
    def test_a_cancelled_run_is_left_within_a_second(self, run, mara, silent_source):
        planner = begin_gathering(run)
        cancelled_at = time.monotonic()

        running.cancel_run(run=run, by=mara, now=timezone.now())
        planner.join(timeout=10)

        assert time.monotonic() - cancelled_at < 1.5
        run.refresh_from_db()
        assert run.status == Status.CANCELLED

    @pytest.mark.serial
    def test_a_run_that_was_taken_over_is_not_written_to(self, run, silent_source):
        planner = begin_gathering(run)

        models.SuggestionRun.objects.update(lease_owner="heir")
        planner.join(timeout=10)

        run.refresh_from_db()
        assert (run.status, run.lease_owner) == (Status.GATHERING, "heir")

    def test_a_worker_asked_to_stop_gives_the_run_back(self, run, silent_source):
        planner = begin_gathering(run)

        process.stopping.set()
        planner.join(timeout=10)

        assert planner.ended_after < 3
        assert running.claim(owner="next", now=timezone.now()) == run

    def test_an_error_ends_the_run_with_a_sentence(self, run, monkeypatch, caplog):
        def broken(**_: Any) -> None:
            raise ValueError("a rule set without speed")

        monkeypatch.setattr(snapshotting, "problem_for", broken)
        planning.claim_and_execute(owner="worker")

        run.refresh_from_db()
        assert run.status == Status.FAILED
        assert "tell an administrator" in run.error
        assert "a rule set without speed" in caplog.text

    def test_a_database_that_fails_leaves_the_run_to_be_had(self, run, monkeypatch):
        def gone(**_: Any) -> None:
            raise OperationalError("the server has gone away")

        with monkeypatch.context() as while_gone:
            while_gone.setattr(snapshotting, "problem_for", gone)
            with pytest.raises(OperationalError):
                planning.claim_and_execute(owner="worker")

        assert planning.claim_and_execute(owner="worker").status == Status.READY


class TestHold:
    def test_survives_a_database_that_is_away_for_a_moment(self, run, monkeypatch):
        planned = claimed(timezone.now())
        answers = iter([OperationalError("no server")])
        is_held = running.is_held

        def looked(**arguments: Any) -> bool:
            for error in answers:
                raise error
            return is_held(**arguments)

        monkeypatch.setattr(running, "is_held", looked)
        with holding.Hold(run=planned, owner="worker", now_fn=timezone.now, asked_to_stop=bool) as hold:
            time.sleep(1)
            assert not hold.is_lost

    def test_renews_the_lease(self, run, monkeypatch):
        monkeypatch.setattr(holding, "_RENEW_SECONDS", 0.1)
        planned = claimed(timezone.now() - timedelta(seconds=20))

        with holding.Hold(run=planned, owner="worker", now_fn=timezone.now, asked_to_stop=bool):
            until(models.SuggestionRun.objects.filter(lease_until__gt=timezone.now() + timedelta(seconds=25)).exists)


class TestLoop:
    def test_rests_longer_after_each_failure_and_recovers(self, capsys):
        outages = [OperationalError("no server"), OperationalError("no server")]

        def look() -> None:
            if outages:
                raise outages.pop()

        loop = worker.Loop("default", [worker.Duty(0, look)])
        first, second, third = loop.turn(), loop.turn(), loop.turn()

        assert first < 1.1 < 2.1 > second > first / 2
        assert third == worker.HINTS_EVERY
        assert capsys.readouterr().out.count("cannot go on, next try in") == 2

    def test_looks_no_more_often_than_asked(self):
        looks: list[int] = []
        loop = worker.Loop("default", [worker.Duty(60, lambda: looks.append(1))])

        loop.turn()
        loop.turn()

        assert looks == [1]

    def test_clears_what_is_old(self, run):
        call_command("work", once=True)
        DBTaskResult.objects.update(finished_at=factories.LONG_AGO)

        worker.clear()

        assert not DBTaskResult.objects.exists()


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

    def test_plans_a_new_run_within_a_second(self, started, run):
        until(lambda: models.SuggestionRun.objects.get(pk=run.pk).status == Status.READY, seconds=5)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_ends_when_asked(self, started, number):
        began = time.monotonic()
        started.send_signal(number)

        assert started.wait(timeout=10) == 0
        assert time.monotonic() - began < 3
        assert "worker has stopped" in started.stdout.read()

    def test_ends_in_the_middle_of_a_run_and_gives_it_back(self, started, run, silent_source):
        until(lambda: models.SuggestionRun.objects.get(pk=run.pk).status == Status.GATHERING)
        began = time.monotonic()

        started.terminate()

        assert started.wait(timeout=10) == 0
        assert time.monotonic() - began < 3
        assert running.claim(owner="next", now=timezone.now()) == run


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    given = connection.settings_dict
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{name}"
