"""retrying.retry_dead: a system works again, and all that it has not taken is sent once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.records import events, refusals
from assignments.services.writebacks import delivering, retrying
from tests import factories
from tests.factories import NOW


@pytest.fixture
def work(db: None) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="work")


@pytest.fixture
def dead(district: models.District, work: models.DownstreamSystem) -> list[models.WriteBack]:
    """Three decisions that the work system has not taken, the oldest first."""
    return [_dead(district, work, number, age) for number, age in [("WO-1", 3), ("WO-2", 2), ("WO-3", 1)]]


def _dead(district: models.District, target: models.DownstreamSystem, number: str, age: int) -> models.WriteBack:
    order = factories.OrderFactory(district=district, number=number, status="SCHEDULED")
    crew = factories.CrewFactory(district=district)
    assignment = factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew))
    return factories.WriteBackFactory(
        assignment=assignment, target=target, status="DEAD", attempts=8, last_error="answered 503",
        created_at=NOW - timedelta(hours=age),
    )  # fmt: skip


def retry(dead: list[models.WriteBack], district: models.District, by: Any) -> retrying.Outcome:
    target = models.DownstreamSystem.objects.get(code="work")
    return retrying.retry_dead(district=district, target=target, ids=[row.pk for row in dead], by=by, now=NOW)


def statuses() -> list[str]:
    return list(models.WriteBack.objects.order_by("created_at").values_list("status", flat=True))


class TestDone:
    def test_all_are_due_at_once_and_recorded(self, dead: Any, district: Any, mara: Any, events_of: Any) -> None:
        outcome = retry(dead, district, mara)

        assert ([row.pk for row in outcome.done], outcome.left) == ([row.pk for row in dead], [])
        assert statuses() == ["PENDING"] * 3
        assert set(models.WriteBack.objects.values_list("next_attempt_at", "attempts")) == {(NOW, 8)}
        assert models.AuditEntry.objects.filter(verb="write-back.retried", actor=mara).count() == 3
        assert events_of(dead[0].assignment.order) == ["write-back"]

    def test_one_that_is_settled_meanwhile_is_named_and_left_alone(
        self, dead: Any, district: Any, mara: Any, events_of: Any
    ) -> None:
        delivering.retry(write_back=dead[1], by=mara, now=NOW)
        models.WriteBack.objects.filter(pk=dead[1].pk).update(status="ACKNOWLEDGED")

        outcome = retry(dead, district, mara)

        assert [row.pk for row in outcome.done] == [dead[0].pk, dead[2].pk]
        assert [(row.pk, row.status) for row in outcome.left] == [(dead[1].pk, "ACKNOWLEDGED")]
        assert statuses() == ["PENDING", "ACKNOWLEDGED", "PENDING"]
        assert events_of(dead[1].assignment.order) == ["write-back"]

    def test_only_those_of_the_district_and_the_system_are_touched(
        self, dead: Any, district: Any, elsewhere: Any, work: Any, mara: Any
    ) -> None:
        foreign = _dead(elsewhere, work, "WO-8", 5)
        other = _dead(district, factories.DownstreamSystemFactory(code="permits"), "WO-9", 4)

        retry([*dead, foreign, other], district, mara)

        assert statuses() == ["DEAD", "DEAD", "PENDING", "PENDING", "PENDING"]

    def test_all_of_a_district_are_sent_but_those_to_a_disabled_system(
        self, dead: Any, district: Any, elsewhere: Any, work: Any, mara: Any
    ) -> None:
        off = factories.DownstreamSystemFactory(code="permits", enabled=False)
        left = _dead(district, off, "WO-4", 0)
        _dead(elsewhere, work, "WO-8", 5)

        outcome = retrying.retry_dead(district=district, by=mara, now=NOW)

        assert ([row.pk for row in outcome.done], outcome.left) == ([row.pk for row in dead], [left])
        assert statuses() == ["DEAD", "PENDING", "PENDING", "PENDING", "DEAD"]

    def test_all_of_a_system_are_sent_by_an_administrator(
        self, dead: Any, elsewhere: Any, work: Any, admin_user: Any
    ) -> None:
        _dead(elsewhere, work, "WO-8", 5)

        assert len(retrying.retry_target(target=work, by=admin_user, now=NOW).done) == 4
        assert statuses() == ["PENDING"] * 4
        assert models.AuditEntry.objects.filter(verb="write-back.retried", actor=admin_user).count() == 4

    def test_one_act_has_a_bound(self, dead: Any, district: Any, mara: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retrying, "MOST", 2)

        retry(dead, district, mara)

        assert statuses() == ["PENDING", "PENDING", "DEAD"]


class TestRefused:
    def test_who_is_not_a_manager(self, dead: Any, district: Any, vic: Any, stella: Any) -> None:
        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                retry(dead, district, person)

        assert statuses() == ["DEAD"] * 3

    def test_a_disabled_system(self, dead: Any, district: Any, mara: Any) -> None:
        models.DownstreamSystem.objects.update(enabled=False)

        with pytest.raises(retrying.TargetDisabled, match="Work management is disabled"):
            retry(dead, district, mara)

        assert statuses() == ["DEAD"] * 3

    def test_the_second_of_two_managers(self, dead: Any, district: Any, mara: Any, jonas: Any) -> None:
        retry(dead, district, mara)

        with pytest.raises(delivering.NothingToRetry, match="None of these"):
            retry(dead, district, jonas)

        assert models.AuditEntry.objects.count() == 3


def test_nothing_is_done_when_it_cannot_be_told(
    dead: Any, district: Any, mara: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(events, "order_changed", fails)

    with pytest.raises(RuntimeError):
        retry(dead, district, mara)

    assert statuses() == ["DEAD"] * 3
    assert not models.AuditEntry.objects.exists()
