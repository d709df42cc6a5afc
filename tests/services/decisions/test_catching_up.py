"""A target that comes later, or was switched off, is told of the decisions that stand, or deliberately not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.services.decisions import approving, catching_up, revoking
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(suggestion, targets, mara, now) -> models.Assignment:
    return approving.approve(suggestion=suggestion, by=mara, now=now)


@pytest.fixture
def newcomer(approved) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="another", kind="WORK")


def told(target: models.DownstreamSystem) -> list[tuple[str, str]]:
    return list(target.write_backs.order_by("pk").values_list("action", "status"))


class TestCatchUp:
    def test_tells_a_newcomer_what_stands_and_once(self, approved, newcomer, now):
        assert catching_up.catch_up(now=now) == 1
        assert catching_up.catch_up(now=now) == 0

        [row] = newcomer.write_backs.all()
        assert (row.action, row.assignment, row.sequence) == ("ASSIGN", approved, 1)
        assert row.payload["approved_by"] == "Mara Lindqvist"

    def test_says_nothing_of_what_is_taken_back_or_over(self, approved, newcomer, mara, now):
        assert catching_up.catch_up(now=approved.ends_at + timedelta(minutes=1)) == 0
        revoking.revoke(assignment=approved, reason="Wrong crew", by=mara, now=now)

        assert catching_up.catch_up(now=now) == 0

    @pytest.mark.parametrize(("enabled", "is_target"), [(False, True), (True, False)])
    def test_waits_for_what_is_switched_off(self, approved, newcomer, now, enabled, is_target):
        models.DownstreamSystem.objects.filter(pk=newcomer.pk).update(enabled=enabled, is_target=is_target)

        assert catching_up.catch_up(now=now) == 0

    def test_tells_each_only_what_it_hears_of(self, approved, newcomer, elsewhere, now):
        newcomer.hears_of.set([elsewhere])
        assert catching_up.catch_up(now=now) == 0

        newcomer.hears_of.set([approved.order.district, elsewhere])
        models.DownstreamSystem.objects.filter(pk=newcomer.pk).update(hears="OWN")
        assert catching_up.catch_up(now=now) == 0

        models.WorkOrder.objects.update(source=newcomer, source_reference="4711")
        assert catching_up.catch_up(now=now) == 1
        assert newcomer.write_backs.get().payload["order"] == "4711"

    def test_a_confirmed_decision_is_so_before_the_newcomer_has_taken_it_and_after(self, approved, newcomer, now):
        approved.write_backs.update(status="ACKNOWLEDGED", acknowledged_at=now)
        models.Assignment.objects.update(status="CONFIRMED")

        catching_up.catch_up(now=now)

        assert models.Assignment.objects.get().status == "CONFIRMED"


class TestStartFromNow:
    def test_older_decisions_are_not_told(self, approved, newcomer, admin_user, now):
        catching_up.catch_up(now=now)

        left_out = catching_up.start_from_now(target=newcomer, by=admin_user, now=now + timedelta(minutes=1))

        assert left_out == 1
        assert told(newcomer) == [("ASSIGN", "COMPENSATED")]
        assert catching_up.catch_up(now=now + timedelta(minutes=2)) == 0
        assert models.AuditEntry.objects.get(verb="system.started-from-now").after["left_out"] == 1

    def test_before_anything_was_written_for_it(self, approved, newcomer, admin_user, now):
        catching_up.start_from_now(target=newcomer, by=admin_user, now=now + timedelta(minutes=1))

        assert catching_up.catch_up(now=now + timedelta(minutes=2)) == 0

    def test_others_are_told_all_the_same(self, approved, newcomer, targets, admin_user, now):
        catching_up.start_from_now(target=newcomer, by=admin_user, now=now)

        assert models.WriteBack.objects.filter(status="PENDING").count() == len(targets)
