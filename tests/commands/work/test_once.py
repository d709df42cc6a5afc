"""`manage.py work --once` does everything that is to be done now."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django_tasks_db.models import DBTaskResult

from assignments import models
from assignments.services.decisions import approving
from assignments.services.following import leasing
from assignments.services.records.hints import DELIVER_DUE
from assignments.tasks import duties, hints, process, worker
from tests import factories, servers

pytestmark = pytest.mark.django_db(transaction=True)

Status = models.SuggestionRun.Status


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

    def test_tells_when_customers_are_back(self, run, work):
        models.WorkOrder.objects.filter(pk=work.pk).update(customers_out=340)

        call_command("work", once=True)

        run.refresh_from_db()
        suggestion = run.suggestions.get()
        assert run.figures["customers_out"] == 340
        [[at, count]] = run.figures["customers_back"]
        assert (datetime.fromisoformat(at), count) == (suggestion.ends_at, 340)

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
        factories.DownstreamSystemFactory(code="permits", base_url=f"http://127.0.0.1:{servers.free_port()}")

        call_command("work", once=True)

        run.refresh_from_db()
        assert run.status == Status.PARTIAL
        assert run.sources.get().status == "DOWN"
        assert run.suggestions.count() == 1

    def test_tries_what_is_due_to_be_written_back(self, db):
        target = factories.DownstreamSystemFactory(base_url=f"http://127.0.0.1:{servers.free_port()}")
        write_back = factories.WriteBackFactory(target=target)

        call_command("work", once=True)

        write_back.refresh_from_db()
        assert write_back.status == "FAILED"
        # Where that took seconds, its next attempt was due meanwhile.
        assert write_back.attempts >= 1

    def test_takes_the_hint_of_a_decision(self, district, mara):
        target = factories.DownstreamSystemFactory(base_url=f"http://127.0.0.1:{servers.free_port()}")
        suggestion = factories.SuggestionFactory(order__district=district)
        approving.approve(suggestion=suggestion, by=mara, now=factories.NOW)

        call_command("work", once=True)

        hint = DBTaskResult.objects.get()
        assert (hint.task_path, hint.status) == (DELIVER_DUE, "SUCCESSFUL")
        assert models.WriteBack.objects.get(target=target).attempts >= 1

    def test_lets_permits_lapse(self, district, capsys):
        permit = factories.PermitFactory(order__district=district)

        call_command("work", once=True)

        permit.refresh_from_db()
        assert permit.status == "EXPIRED"
        assert f"permit {permit.number} of {permit.order.number}: expired" in capsys.readouterr().out


class TestDuty:
    def test_counts_failures_in_a_row_for_its_rests_and_recovers(self, capsys):
        outages = [OperationalError("no server"), OperationalError("no server")]

        def look() -> None:
            if outages:
                raise outages.pop()

        duty = duties.Duty("looking", look, every=7.0)
        first, second = duty.turn(), duty.turn()
        failures = duty.failures
        third = duty.turn()

        # At random up to a bound that doubles, as tests/streams/process/test_backoff.py shows.
        assert 0.1 <= first <= 1.0
        assert 0.1 <= second <= 2.0
        assert failures == 2
        assert (third, duty.failures) == (7.0, 0)
        assert capsys.readouterr().out.count("looking: cannot go on, next try in") == 2

    def test_looks_again_when_the_clock_says_so_and_no_later_than_its_interval(self):
        at: list[datetime | None] = [None]
        duty = duties.Duty("looking", lambda: None, every=60, next_at=lambda: at[0])

        assert duty.turn() == 60
        at[0] = process.now() + timedelta(seconds=50)
        assert 5 < duty.turn() <= 50
        at[0] = process.now() + timedelta(hours=1)
        assert duty.turn() == 60

    def test_waits_for_no_other_and_is_woken_by_a_change(self, db):
        looks, stuck = threading.Semaphore(0), threading.Event()
        slow = duties.Duty("slow", lambda: stuck.wait(180), every=60, is_woken=True)
        quick = duties.Duty("quick", looks.release, every=60, is_woken=True)
        threads = [threading.Thread(target=duty.run) for duty in (slow, quick)]
        for thread in threads:
            thread.start()
        try:
            assert looks.acquire(timeout=60), "the first look of its own"
            threads += duties.listen([slow.wake, quick.wake])
            leasing.ask(now=factories.NOW)
            assert looks.acquire(timeout=60), "the change is heard"
        finally:
            process.stopping.set()
            stuck.set()
            slow.wake()
            quick.wake()
            for thread in threads:
                thread.join()
            process.stopping.clear()

    def test_clears_what_is_old(self, run):
        call_command("work", once=True)
        DBTaskResult.objects.update(finished_at=factories.LONG_AGO)

        worker.clear()

        assert not DBTaskResult.objects.exists()
