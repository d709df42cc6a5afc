from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections

from assignments import models
from assignments.services.writebacks import leasing
from tests import factories
from tests.factories import NOW
from tests.services.writebacks.calls import WORKER, claim

pytestmark = pytest.mark.django_db


class TestClaiming:
    def test_leases_what_is_due(self, write_back: models.WriteBack) -> None:
        [row] = claim()

        assert (row.status, row.lease_owner, row.attempts) == ("SENDING", WORKER, 1)
        assert row.lease_until == NOW + timedelta(seconds=row.target.timeout_seconds) + leasing.MARGIN

    def test_leaves_what_is_leased_until_the_lease_ends(self, write_back: models.WriteBack) -> None:
        claim()

        assert claim(owner="worker-2") == []
        [taken] = claim(NOW + timedelta(minutes=1), owner="worker-2")
        assert (taken.lease_owner, taken.attempts) == ("worker-2", 2)

    def test_leaves_what_is_not_due_or_whose_target_is_disabled(self, write_back: models.WriteBack) -> None:
        assert claim(NOW - timedelta(seconds=1)) == []

        models.DownstreamSystem.objects.update(enabled=False)
        assert claim() == []

    def test_takes_no_more_than_asked(self, write_back: models.WriteBack, target: models.DownstreamSystem) -> None:
        other = factories.DownstreamSystemFactory(code="permits")
        factories.WriteBackFactory(assignment=write_back.assignment, target=other)

        assert len(claim(limit=1)) == 1

    def test_finds_what_may_go_behind_a_long_queue(self, write_back: models.WriteBack, monkeypatch) -> None:
        monkeypatch.setattr(leasing, "FIRST_PAGE", 2)
        for number in range(8):
            factories.WriteBackFactory(
                assignment=write_back.assignment, target=write_back.target, action="REVOKE", repair=number
            )
        free = factories.WriteBackFactory(assignment=factories.AssignmentFactory(), target=write_back.target)

        assert [row.pk for row in claim(limit=4)] == [write_back.pk, free.pk]

    @pytest.mark.parametrize(
        ("assign", "goes"),
        [
            ("PENDING", False),
            ("SENDING", False),
            ("FAILED", False),
            ("ACKNOWLEDGED", True),
            ("DEAD", True),
            ("COMPENSATED", True),
        ],
    )
    def test_a_revoke_waits_for_its_assign(self, write_back: models.WriteBack, assign: str, goes: bool) -> None:
        later = NOW + timedelta(hours=1)
        models.WriteBack.objects.update(status=assign, next_attempt_at=later, lease_until=later)
        revoke = factories.WriteBackFactory(assignment=write_back.assignment, target=write_back.target, action="REVOKE")

        assert [row.pk for row in claim()] == ([revoke.pk] if goes else [])

    @pytest.mark.django_db(transaction=True)
    def test_of_two_workers_one_gets_it(self, write_back: models.WriteBack) -> None:
        start = threading.Barrier(2)
        claimed: list[int] = []

        def work(name: str) -> None:
            try:
                start.wait(60)
                claimed.extend(row.pk for row in claim(owner=name))
            finally:
                connections.close_all()

        workers = [threading.Thread(target=work, args=(f"worker-{n}",)) for n in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)

        assert claimed == [write_back.pk]
