"""A batch whose page was closed goes on without it: by one worker at a time, beside a page, killed anywhere."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command

from assignments import models
from assignments.services.batches import batching, finishing
from assignments.services.records import auditing, events
from assignments.services.runs import displacing
from assignments.services.writebacks import writing_back
from assignments.tasks import process, worker
from tests import factories
from tests.factories import at
from tests.racing import at_once

pytestmark = pytest.mark.django_db
LONG = 60.0
ALL = ["APPROVED"] * 3


class Killed(BaseException):
    """The power goes."""


@pytest.fixture
def batch(district, targets, mara, now) -> models.Batch:
    """Nothing of it was done before its page was closed."""
    chosen = []
    for number in range(3):
        shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district))
        order = factories.OrderFactory(district=district, number=f"WO-{number}")
        chosen.append(factories.SuggestionFactory(order=order, shift=shift, starts_at=at(f"{9 + number:02}:00")))
    return batching.start(district=district, day=factories.DAY, suggestions=chosen, by=mara, now=now)


@pytest.fixture
def later(now) -> Any:
    return now + batching.LEASE


def finish(now: Any, owner: str = "worker", **how: Any) -> int:
    taken = finishing.claim(owner=owner, now=now)
    return finishing.finish(batch=taken, owner=owner, now_fn=lambda: now, **how) if taken else 0


def states(batch: models.Batch) -> list[str]:
    return list(batch.items.order_by("place").values_list("status", flat=True))


def booked_once(verb: str, action: str) -> bool:
    """Each order has one entry, and one write-back for each of the three systems."""
    entries = models.AuditEntry.objects.filter(verb=verb).values_list("order__number", flat=True)
    sent = models.WriteBack.objects.filter(action=action)
    return sorted(entries) == ["WO-0", "WO-1", "WO-2"] and sent.count() == 3 * models.DownstreamSystem.objects.count()


class TestClaiming:
    def test_waits_until_the_page_has_been_silent(self, batch, now, later):
        assert finishing.claim(owner="worker", now=now) is None
        assert finishing.claim(owner="worker", now=later) == batch

    def test_one_worker_has_it_until_its_lease_ends(self, batch, later):
        finishing.claim(owner="first", now=later)

        assert finishing.claim(owner="second", now=later) is None
        assert finishing.claim(owner="second", now=later + batching.LEASE) == batch

    def test_what_is_finished_is_left_alone(self, batch, mara, now, later):
        batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)

        assert finishing.claim(owner="worker", now=later) is None


class TestFinishing:
    def test_approves_what_is_left_in_the_name_of_who_began_it(self, batch, mara, now, later):
        batching.go_on(batch=batch, by=mara, now=now, seconds=0)

        assert finish(later) == 2
        assert states(batch) == ALL
        assert {one.approved_by for one in models.Assignment.objects.all()} == {mara}
        assert booked_once("assignment.approved", "ASSIGN")

    def test_who_is_no_manager_any_more_approves_nothing(self, batch, mara, later):
        models.Membership.objects.filter(user=mara).delete()

        finish(later)

        assert states(batch) == ["REFUSED"] * 3
        assert batch.items.first().code == "not-a-manager"

    def test_takes_back_what_was_asked_in_time_however_late_it_comes_to_it(self, batch, mara, jonas, now):
        batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)
        batching.take_back(batch=batch, by=jonas, now=now)

        finish(now + timedelta(hours=1))

        assert states(batch) == ["UNDONE"] * 3
        assert {one.revoked_by for one in models.Assignment.objects.all()} == {jonas}

    def test_lets_go_when_the_page_is_opened_again(self, batch, mara, later):
        def page_comes_back() -> bool:
            batching.go_on(batch=batch, by=mara, now=later, seconds=0)
            return False

        assert finish(later, stop=page_comes_back) == 0
        assert states(batch) == ["APPROVED", "WAITING", "WAITING"]
        assert finish(later) == 0

    def test_gives_it_back_at_once_when_asked_to_stop(self, batch, later):
        assert finish(later, stop=lambda: True) == 0

        assert finish(later, owner="other") == 3

    def test_what_fails_unforeseen_is_named_and_holds_up_no_other(self, batch, later, monkeypatch):
        with monkeypatch.context() as patched:
            patched.setattr(displacing, "displace", _failing_first(displacing.displace, ValueError("unforeseen")))
            finish(later)

        assert states(batch) == ["REFUSED", "APPROVED", "APPROVED"]
        assert batch.items.first().sentence == "An error in Lineup ended this one."


def _failing_first(service: Any, error: BaseException) -> Any:
    """The service, broken the first time it is called."""
    errors = [error]

    def broken(*args: Any, **named: Any) -> Any:
        if errors:
            raise errors.pop()
        return service(*args, **named)

    return broken


@pytest.mark.parametrize(
    ("module", "name"),
    [(writing_back, "assign"), (auditing, "record"), (displacing, "displace"), (events, "order_changed")],
)
def test_a_worker_killed_while_it_approves_loses_and_doubles_nothing(batch, later, monkeypatch, module, name):
    with monkeypatch.context() as patched:
        patched.setattr(module, name, _failing_first(getattr(module, name), Killed()))
        with pytest.raises(Killed):
            finish(later)
    assert states(batch) == ["WAITING"] * 3
    assert finish(later, owner="other") == 0

    finish(later + batching.LEASE, owner="other")

    assert states(batch) == ALL
    assert booked_once("assignment.approved", "ASSIGN")


@pytest.mark.parametrize(("module", "name"), [(writing_back, "revoke"), (auditing, "record")])
def test_a_worker_killed_while_it_takes_back_loses_and_doubles_nothing(
    batch, mara, now, later, monkeypatch, module, name
):
    batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)
    models.WriteBack.objects.update(status="ACKNOWLEDGED", attempts=1)
    batching.take_back(batch=batch, by=mara, now=now)
    with monkeypatch.context() as patched:
        patched.setattr(module, name, _failing_first(getattr(module, name), Killed()))
        with pytest.raises(Killed):
            finish(later)
    assert states(batch) == ["LEAVING"] * 3

    finish(later + batching.LEASE, owner="other")

    assert states(batch) == ["UNDONE"] * 3
    assert booked_once("assignment.revoked", "REVOKE")


class TestTurns:
    def test_end_with_their_time(self, batch):
        worker.finish_batches(seconds=0)

        assert states(batch) == ["WAITING"] * 3

    def test_do_not_begin_once_the_process_is_asked_to_stop(self, batch):
        process.stopping.set()
        try:
            worker.finish_batches(seconds=LONG)
        finally:
            process.stopping.clear()

        assert states(batch) == ["WAITING"] * 3


@pytest.mark.django_db(transaction=True)
class TestRaced:
    def test_two_workers_and_the_page_approve_each_order_once(self, batch, mara, later):
        page = partial(batching.go_on, batch=batch, by=mara, now=later, seconds=LONG)

        outcomes = at_once(lambda: finish(later), page, lambda: finish(later, owner="other"))
        finish(later + batching.LEASE)

        assert not [one for one in outcomes if isinstance(one, Exception)]
        assert states(batch) == ALL
        assert booked_once("assignment.approved", "ASSIGN")

    def test_the_page_takes_back_while_a_worker_approves(self, batch, mara, later):
        take_back = partial(batching.take_back, batch=batch, by=mara, now=later, reason="A mistake")

        outcomes = at_once(lambda: finish(later), take_back)
        finish(later + batching.LEASE)

        assert not [one for one in outcomes if isinstance(one, Exception)]
        assert set(states(batch)) <= {"WITHDRAWN", "UNDONE"}
        assert not models.Assignment.objects.live().exists()
        assert set(models.Assignment.objects.values_list("revoke_reason", flat=True)) <= {"A mistake"}

    def test_work_once_finishes_it(self, batch, capsys):
        call_command("work", once=True)

        assert not batch.items.filter(status="WAITING").exists()
        # In as many turns as it takes.
        lines = re.findall(rf"batch {batch.pk} of 2026-06-15: (\d) settled", capsys.readouterr().out)
        assert sum(map(int, lines)) == 3
