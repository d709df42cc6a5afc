"""All leases behave alike: one process has the row, until it gives it back or its lease runs out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.batches import batching, finishing
from assignments.services.runs import running
from notifications.models import LeasedQuerySet, Relay, Trimming
from notifications.services import event_log, relaying
from tests import factories
from tests.factories import DAY, NOW
from tests.racing import at_once
from tests.services.writebacks import calls

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Kind:
    """A use of a lease: its free row, how its users claim it, and how long it lasts."""

    name: str
    make: Callable[[], object]
    rows: Callable[[], LeasedQuerySet]
    claim: Callable[[str, datetime], object]
    lasts: timedelta


def an_unfinished_batch() -> None:
    batch = models.Batch.objects.create(
        district=factories.DistrictFactory(), day=DAY, started_by=factories.UserFactory(), started_at=NOW,
        lease_until=NOW,
    )  # fmt: skip
    models.BatchItem.objects.create(batch=batch, place=0, order=factories.OrderFactory(district=batch.district))


def claim_trimming(owner: str, now: datetime) -> int:
    return Trimming.objects.claim(owner=owner, now=now, lasts=event_log.TRIM_LEASE)


KINDS = [
    Kind(
        name="run",
        make=lambda: factories.SuggestionRunFactory(status="QUEUED"),
        rows=models.SuggestionRun.objects.all,
        claim=lambda owner, now: running.claim(owner=owner, now=now),
        lasts=running.LEASE,
    ),
    Kind(
        name="write-back",
        make=factories.WriteBackFactory,
        rows=models.WriteBack.objects.all,
        claim=lambda owner, now: calls.claim_due(owner=owner, now=now, limit=1),
        lasts=timedelta(minutes=1),
    ),
    Kind(
        name="batch",
        make=an_unfinished_batch,
        rows=models.Batch.objects.all,
        claim=lambda owner, now: finishing.claim(owner=owner, now=now),
        lasts=batching.LEASE,
    ),
    Kind(
        name="relay",
        make=lambda: Relay.objects.create(epoch="abc", position=0),
        rows=Relay.objects.all,
        claim=lambda owner, now: relaying.claim(by=owner, now=now),
        lasts=relaying.LEASE,
    ),
    Kind(
        name="trimming", make=Trimming.objects.create, rows=Trimming.objects.all, claim=claim_trimming,
        lasts=event_log.TRIM_LEASE,
    ),
]  # fmt: skip


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest, db: None) -> Kind:
    made: Kind = request.param
    made.make()
    return made


def owner_of(kind: Kind) -> Any:
    return kind.rows().values_list("lease_owner", flat=True).get()


def test_a_claimed_row_is_left_alone(kind):
    assert kind.claim("first", NOW)
    assert not kind.claim("second", NOW)

    assert owner_of(kind) == "first"
    assert kind.rows().renew(owner="first", now=NOW, lasts=kind.lasts) == 1


def test_a_renewed_lease_runs_on(kind):
    kind.claim("first", NOW)

    kind.rows().renew(owner="first", now=NOW + timedelta(seconds=1), lasts=kind.lasts)

    assert not kind.claim("second", NOW + kind.lasts)


def test_a_lease_that_ran_out_is_taken_over(kind):
    kind.claim("first", NOW)

    assert kind.claim("second", NOW + kind.lasts)
    assert owner_of(kind) == "second"


def test_a_late_holder_goes_on_while_nobody_took_over(kind):
    kind.claim("first", NOW)

    assert kind.rows().renew(owner="first", now=NOW + 2 * kind.lasts, lasts=kind.lasts) == 1


def test_a_lost_lease_is_neither_renewed_nor_given_back(kind):
    kind.claim("first", NOW)
    kind.claim("second", NOW + kind.lasts)

    assert kind.rows().renew(owner="first", now=NOW + kind.lasts, lasts=kind.lasts) == 0
    assert kind.rows().release(owner="first") == 0
    assert owner_of(kind) == "second"


def test_a_row_that_was_given_back_is_free(kind):
    kind.claim("first", NOW)

    assert kind.rows().release(owner="first") == 1
    assert kind.rows().free(NOW).count() == 1
    assert owner_of(kind) == ""


@pytest.mark.django_db(transaction=True)
def test_of_two_that_claim_at_once_one_has_it(kind):
    outcomes = at_once(lambda: kind.claim("first", NOW), lambda: kind.claim("second", NOW))

    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert owner_of(kind) in {"first", "second"}
