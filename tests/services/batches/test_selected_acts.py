"""Several selected orders approved, rejected, held or moved together, and all of that taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.batches import acts, batching
from assignments.services.decisions import moving, pinning, rejecting, revoking
from assignments.services.records import refusals
from notifications.models import Notification
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db
Act = models.Batch.Act
LONG = 600.0


def suggested(district: models.District, number: str, **changes: Any) -> models.Suggestion:
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name=f"Line of {number}"))
    order = factories.OrderFactory(district=district, number=number)
    return factories.SuggestionFactory(order=order, shift=shift, **changes)


@pytest.fixture
def two(district: models.District) -> list[models.Suggestion]:
    return [suggested(district, "WO-1"), suggested(district, "WO-2", starts_at=at("09:00"))]


@pytest.fixture
def do(district, mara, now):
    """Does the act with all that was chosen."""

    def done(chosen: list[Any], act: str, **asked: Any) -> models.Batch:
        wanted = acts.SelectedAct(act=act, **asked)
        batch = batching.start_with_selected(
            act=wanted, district=district, day=factories.DAY, chosen=chosen, by=mara, now=now
        )
        batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)
        return batch

    return done


@pytest.fixture
def take_back(mara, now):
    def taken_back(batch: models.Batch) -> None:
        batching.take_back(batch=batch, by=mara, now=now)
        batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)

    return taken_back


@pytest.fixture
def decided(two, do) -> list[models.Assignment]:
    do(two, Act.APPROVE)
    return list(models.Assignment.objects.live().order_by("starts_at").select_related("crew", "order"))


def states(batch: models.Batch) -> dict[str, str]:
    return {item.order.number: item.status for item in batch.items.select_related("order")}


def places() -> dict[str, tuple[str, Any]]:
    live = models.Assignment.objects.live().select_related("order", "crew")
    return {one.order.number: (one.crew.name, one.starts_at) for one in live}


class TestApproving:
    def test_each_is_approved_and_all_are_undone(self, two, do, take_back):
        batch = do(two, Act.APPROVE)
        assert states(batch) == {"WO-1": "APPROVED", "WO-2": "APPROVED"}

        take_back(batch)
        assert states(batch) == {"WO-1": "UNDONE", "WO-2": "UNDONE"}
        assert places() == {}


class TestRejecting:
    def test_each_is_rejected_with_the_reason_and_all_are_offered_again(self, two, do, take_back):
        batch = do(two, Act.REJECT, code="CREW_DECLINED", reason="both have training")

        reasons = set(models.Rejection.objects.held().values_list("reason", flat=True))
        assert reasons == {"The crew declined: both have training"}
        assert states(batch) == {"WO-1": "APPROVED", "WO-2": "APPROVED"}

        take_back(batch)
        assert not models.Rejection.objects.held().exists()
        assert set(models.Suggestion.objects.values_list("status", flat=True)) == {"PROPOSED"}

    def test_one_that_a_colleague_took_back_meanwhile_is_left_alone(self, two, do, take_back, mara, now):
        batch = do(two, Act.REJECT, code="NOT_SUITED")
        first = models.Rejection.objects.select_related("order__district").get(order__number="WO-1")
        rejecting.take_back(rejection=first, by=mara, now=now)

        take_back(batch)

        assert states(batch) == {"WO-1": "APPROVED", "WO-2": "UNDONE"}


class TestHolding:
    def test_each_is_pinned_and_all_are_let_go(self, decided, do, take_back):
        batch = do(decided, Act.HOLD)
        assert models.Assignment.objects.live().filter(pinned=True).count() == 2

        take_back(batch)
        assert not models.Assignment.objects.live().filter(pinned=True).exists()

    def test_the_pin_of_a_colleague_outlives_taking_back(self, decided, do, take_back, mara, now):
        pinning.pin(assignment=decided[0], by=mara, now=now)
        batch = do(decided, Act.HOLD)
        assert batch.items.get(order__number="WO-1").code == "already-so"

        take_back(batch)

        assert list(models.Assignment.objects.live().filter(pinned=True)) == [decided[0]]


class TestMoving:
    def test_each_goes_to_its_later_hour_and_all_come_back(self, decided, do, take_back):
        before = places()
        batch = do(decided, Act.MOVE, later_by=120)

        hours = {number: start for number, (_, start) in places().items()}
        assert hours == {number: start + timedelta(hours=2) for number, (_, start) in before.items()}

        take_back(batch)
        assert places() == before
        assert states(batch) == {"WO-1": "UNDONE", "WO-2": "UNDONE"}

    def test_neighbours_of_one_crew_make_room_for_each_other(self, district, do, take_back, mara, now):
        shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))
        rows = [
            factories.SuggestionFactory(
                order=factories.OrderFactory(district=district, number=number, duration_minutes=60),
                shift=shift, starts_at=at(start), ends_at=at(end),
            )
            for number, start, end in (("WO-1", "08:00", "09:00"), ("WO-2", "09:30", "10:30"))
        ]  # fmt: skip
        do(rows, Act.APPROVE)
        chosen = list(models.Assignment.objects.live())
        before = places()

        batch = do(chosen, Act.MOVE, later_by=60)
        assert states(batch) == {"WO-1": "APPROVED", "WO-2": "APPROVED"}

        take_back(batch)
        assert places() == before

    def test_what_the_rules_refuse_stays_and_says_why(self, decided, do, district):
        idle = factories.CrewFactory(district=district, name="Off today")

        batch = do(decided, Act.MOVE, to_crew=idle)

        assert states(batch) == {"WO-1": "REFUSED", "WO-2": "REFUSED"}
        assert "Off today has no shift" in batch.items.first().sentence
        assert {crew for crew, _ in places().values()} == {"Line of WO-1", "Line of WO-2"}

    def test_one_that_was_moved_on_stays_where_it_went(self, decided, do, take_back, mara, now):
        batch = do(decided, Act.MOVE, later_by=60)
        moved = batch.items.get(order__number="WO-1").assignment
        row = models.Assignment.objects.select_related("order__district", "crew").get(pk=moved.pk)
        moving.move(assignment=row, crew=row.crew, starts_at=at("13:00"), version=row.order.version, by=mara, now=now)

        take_back(batch)

        assert states(batch) == {"WO-1": "KEPT", "WO-2": "UNDONE"}
        assert places()["WO-1"][1] == at("13:00")

    def test_the_other_managers_are_told_once(self, decided, do, jonas):
        do(decided, Act.MOVE, later_by=60)

        told = Notification.objects.filter(user=jonas, kind="assignment.reassigned")
        assert [one.title for one in told] == ["Mara Lindqvist is moving 2 orders of North"]


class TestAll:
    def test_a_day_later_is_the_same_hour_of_the_clock(self, district):
        before = at("08:00").replace(month=10, day=31)

        after = acts.later(before, 1440, district)

        assert after.astimezone(district.zone).hour == before.astimezone(district.zone).hour

    @pytest.mark.parametrize("act", [Act.APPROVE, Act.REJECT])
    def test_others_may_not(self, two, district, vic, now, act):
        wanted = acts.SelectedAct(act=act, code="NOT_SUITED")
        with pytest.raises(refusals.NotAManager):
            batching.start_with_selected(act=wanted, district=district, day=factories.DAY, chosen=two, by=vic, now=now)
        assert not models.Batch.objects.exists()

    def test_later_it_needs_a_reason(self, decided, do, mara, now):
        batch = do(decided, Act.HOLD)
        later = now + timedelta(hours=1)

        with pytest.raises(revoking.UndoOver):
            batching.take_back(batch=batch, by=mara, now=later)
        batching.take_back(batch=batch, by=mara, now=later, reason="Storm is coming")

    def test_the_audit_names_the_act(self, two, do):
        batch = do(two, Act.REJECT, code="OTHER", reason="Gas smell on site")

        entry = models.AuditEntry.objects.get(verb="batch.started", object_id=str(batch.pk))
        assert (entry.after["act"], entry.reason) == ("REJECT", "Gas smell on site")
