"""A session locks rows of one district and then says nothing: everything else goes on, and these when it lets go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from assignments import models
from assignments.queries import days
from assignments.services.batches import batching
from assignments.services.runs import running
from assignments.tasks import delivery
from tests import factories
from tests.commands.work.steps import until
from tests.commands.work.test_process import worker
from tests.downstream.conftest import ScriptedSystem, acknowledged
from tests.factories import at

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.serial,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"),
]

PATIENCE = 40
"""Seconds for all the work of a district, on a busy machine too."""


@dataclass
class Work:
    """One of each kind of work that a district has for a worker."""

    permit: models.Permit
    assignment: models.Assignment
    told: models.WriteBack
    run: models.SuggestionRun
    batch: models.Batch

    def states(self) -> list[str]:
        for row in (self.permit, self.told, self.run):
            row.refresh_from_db()
        return [self.permit.status, self.told.status, self.run.status, self.batch.items.get().status]

    @property
    def rows(self) -> list[Model]:
        """Rows that the work changes, looks at or hangs on."""
        item = self.batch.items.get()
        return [
            self.permit, self.permit.order, self.told, self.assignment, self.assignment.order, self.told.target,
            self.run, self.run.district, self.batch, item, item.order,
        ]  # fmt: skip


# The suggestion of the batch is of a day that is over by now, which is found out when its turn comes.
DONE = ["EXPIRED", "ACKNOWLEDGED", "READY", "REFUSED"]


@pytest.fixture
def system() -> Iterator[ScriptedSystem]:
    with ScriptedSystem() as scripted:
        scripted.respond = lambda asked: acknowledged()
        yield scripted


def work_of(district: models.District, manager: Any, url: str) -> Work:
    code, now = district.code, timezone.now()
    permit = factories.PermitFactory(order__district=district, order__number=f"{code}-1", valid_until=at("06:00"))
    target = factories.DownstreamSystemFactory(code=code.lower(), kind="WORK", base_url=url, is_source=False)
    target.hears_of.add(district)
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district))
    order = factories.OrderFactory(district=district, number=f"{code}-2", status="SCHEDULED")
    assignment = factories.AssignmentFactory(order=order, shift=shift, starts_at=at("09:00"))
    told = factories.WriteBackFactory(assignment=assignment, target=target)
    chosen = factories.SuggestionFactory(
        order=factories.OrderFactory(district=district, number=f"{code}-3"),
        shift=factories.ShiftFactory(crew=factories.CrewFactory(district=district)),
        starts_at=at("11:00"),
    )
    batch = batching.start(
        district=district, day=factories.DAY, suggestions=[chosen], by=manager, now=now, attended=False
    )
    tomorrow = days.today(district, now) + timedelta(days=1)
    return Work(
        permit, assignment, told, running.request_run(district=district, day=tomorrow, by=manager, now=now)[0], batch
    )


@contextlib.contextmanager
def held(rows: list[Model]) -> Iterator[None]:
    """A session that has locked the rows and then says nothing."""
    given = connection.get_connection_params()
    with psycopg.connect(**{name: given[name] for name in ("dbname", "user", "host", "port")}) as silent:
        for row in rows:
            silent.execute(f"SELECT 1 FROM {row._meta.db_table} WHERE id::text = '{row.pk}' FOR UPDATE")
        yield
        silent.rollback()


def waits_for(work: Work) -> None:
    with contextlib.suppress(AssertionError):
        until(lambda: work.states() == DONE, PATIENCE)
    assert work.states() == DONE


def test_what_is_held_in_one_district_holds_up_no_other(district, elsewhere, mara, stella, system):
    north, south = work_of(district, mara, system.url), work_of(elsewhere, stella, system.url)
    before = north.states()

    with contextlib.ExitStack() as silence:
        silence.enter_context(held(north.rows))
        with worker():
            waits_for(south)
            assert north.states() == before, "what is held waits"
            silence.close()
            waits_for(north)


def test_an_answer_whose_booking_is_held_is_stored_when_it_is_let_go(district, mara, system):
    held_back = work_of(district, mara, system.url)
    order = factories.OrderFactory(district=district, number="NORTH-9", status="SCHEDULED")
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district))
    booked = factories.AssignmentFactory(order=order, shift=shift, starts_at=at("09:00"))
    other = factories.WriteBackFactory(assignment=booked, target=held_back.told.target)
    teller = delivery.Teller(owner="worker-1", now_fn=timezone.now)
    teller.turn()
    until(lambda: teller._ended.qsize() == 2)

    def statuses() -> list[str]:
        return [models.WriteBack.objects.get(pk=one.pk).status for one in (held_back.told, other)]

    with held([held_back.assignment]):
        teller.turn()
        assert statuses() == ["SENDING", "ACKNOWLEDGED"]

    until(lambda: teller.turn() and statuses() == ["ACKNOWLEDGED"] * 2)
