"""A machine whose clock is wrong takes over nothing that another works on: leases go by the database's clock."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from assignments import models
from assignments.services.batches import batching
from assignments.services.following import leasing
from assignments.services.runs import running
from notifications.models import Relay
from notifications.services import database_clock, relaying
from tests import clock, factories
from tests.commands.work.steps import until
from tests.commands.work.test_process import worker
from tests.factories import at

pytestmark = pytest.mark.django_db(transaction=True)
AHEAD = 120
OTHER = "other-host:1:ab"

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite's other processes are on the same machine"
)


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are started from now on have a clock that is two minutes ahead."""
    monkeypatch.setenv(clock.SHIFT, str(int(os.environ[clock.SHIFT]) + AHEAD * 1_000_000_000))


def set_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sets the clock of this machine ahead by a day."""
    monkeypatch.setattr(database_clock, "_wall", lambda: datetime.now(UTC) + timedelta(days=1))
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(days=1))


@on_postgresql
@pytest.mark.serial
def test_a_worker_whose_clock_is_ahead_takes_nothing_over(district, run, mara, ahead):
    now = timezone.now()
    lease: dict[str, Any] = {"lease_owner": OTHER, "lease_until": now + timedelta(seconds=100)}
    source = factories.DownstreamSystemFactory(code="work", base_url="http://127.0.0.1:9", is_target=True)
    leasing.claim(owner=OTHER, now=now, among=[source.pk])
    models.FollowedSource.objects.update(**lease)
    assert running.claim(owner=OTHER, now=now) == run
    models.SuggestionRun.objects.update(**lease)
    told = factories.WriteBackFactory(assignment__order__district=district, target=source, status="SENDING", **lease)
    chosen = factories.SuggestionFactory(order__district=district, starts_at=at("11:00"))
    batch = batching.start(district=district, day=factories.DAY, suggestions=[chosen], by=mara, now=now)
    models.Batch.objects.update(**lease)
    comparison = factories.ComparisonFactory(target=source, asked_at=now, status="READING", **lease)
    file = factories.FileImportFactory(asked_at=now, started_at=now, **lease)
    waiting = factories.PermitFactory(order__district=district, valid_until=now - timedelta(seconds=1))
    later = factories.PermitFactory(order__district=district, valid_until=now + timedelta(seconds=AHEAD - 5))

    with worker():
        until(lambda: models.Permit.objects.get(pk=waiting.pk).status == "EXPIRED")
        # By then every duty has looked.
        time.sleep(3)

    for row in (run, told, batch, comparison, models.FollowedSource.objects.get(), file):
        row.refresh_from_db()
        assert (row.lease_owner, row.lease_until) == (OTHER, lease["lease_until"]), row
    later.refresh_from_db()
    assert later.status == "ISSUED", "it holds by the clock of everybody else"


@on_postgresql
def test_the_relay_is_not_taken_over_either(monkeypatch):
    relaying.claim(by=OTHER, now=database_clock.now(), position=0)
    set_ahead(monkeypatch)

    assert relaying.claim(by="fast", now=database_clock.now(), position=0) is None
    assert Relay.objects.get().lease_owner == OTHER


@on_postgresql
def test_time_goes_on_without_asking_and_by_no_clock_that_is_set(django_assert_num_queries, monkeypatch):
    database_clock.forget()
    with django_assert_num_queries(1):
        first = database_clock.now()
        second = database_clock.now()
    set_ahead(monkeypatch)

    assert abs(second - first) < timedelta(seconds=5)
    assert abs(database_clock.now() - second) < timedelta(seconds=5)


@on_postgresql
def test_an_old_answer_is_used_while_the_database_is_away(monkeypatch):
    database_clock.forget()
    known = database_clock.now()
    monkeypatch.setattr(database_clock, "EVERY", -1.0)

    def refuse(*_: object) -> None:
        raise OperationalError("away")

    with connection.execute_wrapper(refuse):
        assert abs(database_clock.now() - known) < timedelta(seconds=5)
        database_clock.forget()
        with pytest.raises(OperationalError):
            database_clock.now()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has a clock of its own")
def test_on_sqlite_it_is_this_machine_s(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: factories.NOW)

    assert database_clock.now() == factories.NOW
