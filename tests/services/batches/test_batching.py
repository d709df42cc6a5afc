"""Many approvals by one act: begun, gone on with in pieces, taken back, each by whom it may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.batches import batching
from assignments.services.decisions import guards, revoking
from assignments.services.records import refusals
from assignments.services.writebacks import writing_back
from notifications.models import Notification
from tests import factories, teams
from tests.factories import at
from tests.racing import at_once

pytestmark = pytest.mark.django_db
LONG = 60.0


def suggested(district: models.District, number: str, **changes: Any) -> models.Suggestion:
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name=f"Line of {number}"))
    order = factories.OrderFactory(district=district, number=number)
    return factories.SuggestionFactory(order=order, shift=shift, **changes)


@pytest.fixture
def three(district: models.District) -> list[models.Suggestion]:
    """The last one of them has gone out of date unnoticed."""
    stale = suggested(district, "WO-3", starts_at=at("10:00"), fingerprint="of another day")
    return [suggested(district, "WO-1"), suggested(district, "WO-2", starts_at=at("09:00")), stale]


@pytest.fixture
def batch(district, three, targets, mara, now) -> models.Batch:
    return batching.start(district=district, day=factories.DAY, suggestions=three, by=mara, now=now)


@pytest.fixture
def approved(batch, mara, now) -> models.Batch:
    batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)
    return batch


def states(batch: models.Batch) -> dict[str, str]:
    return {item.order.number: item.status for item in batch.items.select_related("order")}


class TestApproving:
    def test_one_that_cannot_be_is_named_and_stops_no_other(self, batch, mara, now):
        left = batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)

        assert left == 0
        assert states(batch) == {"WO-1": "APPROVED", "WO-2": "APPROVED", "WO-3": "REFUSED"}
        refused = batch.items.get(status="REFUSED")
        assert (refused.code, refused.sentence[:13]) == ("suggestion-stale", "What is known")
        assert {row.approved_by for row in models.Assignment.objects.all()} == {mara}

    def test_the_refused_one_is_out_of_date_for_everybody(self, approved, three):
        three[2].refresh_from_db()

        assert three[2].status == "STALE"

    def test_goes_on_in_pieces_with_what_starts_first(self, batch, mara, now):
        assert batching.go_on(batch=batch, by=mara, now=now, seconds=0) == 2
        assert states(batch)["WO-1"] == "APPROVED"

        assert batching.go_on(batch=batch, by=mara, now=now, seconds=LONG) == 0

    def test_a_team_is_one_item(self, district, line, traffic, mara, now):
        team = teams.suggested_team(order=teams.team_order(district, "WO-7"), shift=line, beside=[traffic])
        batch = batching.start(district=district, day=factories.DAY, suggestions=[team], by=mara, now=now)

        batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)

        assert batch.items.get().assignment.crew_names == "Line 1 + Traffic 1"

    def test_colleagues_are_told_once(self, jonas, approved):
        titles = Notification.objects.filter(user=jonas).values_list("title", flat=True)

        assert list(titles) == ["Mara Lindqvist is approving 3 orders of North"]

    def test_a_suggestion_that_was_withdrawn_meanwhile_is_refused(self, batch, three, mara, now):
        models.Suggestion.objects.filter(pk=three[0].pk).delete()

        batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)

        assert batch.items.get(order__number="WO-1").code == "suggestion-gone"

    def test_only_who_began_it_goes_on(self, batch, jonas, vic, now):
        with pytest.raises(batching.BegunByAnother, match="Mara Lindqvist is deciding these"):
            batching.go_on(batch=batch, by=jonas, now=now, seconds=LONG)
        with pytest.raises(refusals.NotAManager):
            batching.go_on(batch=batch, by=vic, now=now, seconds=LONG)

    def test_viewers_and_strangers_begin_none(self, district, three, vic, stella, now):
        for other in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                batching.start(district=district, day=factories.DAY, suggestions=three, by=other, now=now)

    def test_a_broken_off_item_is_done_as_a_whole_or_not_at_all(self, batch, mara, now, monkeypatch):
        def broken(**_: object) -> None:
            raise OSError("disk full")

        with monkeypatch.context() as patched:
            patched.setattr(writing_back, "assign", broken)
            with pytest.raises(OSError, match="disk full"):
                batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)
        assert states(batch)["WO-1"] == "WAITING"
        assert not models.Assignment.objects.exists()

        assert batching.go_on(batch=batch, by=mara, now=now, seconds=LONG) == 0


class TestTakingBack:
    def test_takes_back_what_stands_and_tells_every_system(self, approved, mara, jonas, now):
        models.WriteBack.objects.update(status="ACKNOWLEDGED", attempts=1)

        batching.take_back(batch=approved, by=jonas, now=now)
        batching.go_on(batch=approved, by=jonas, now=now, seconds=LONG)

        assert states(approved) == {"WO-1": "UNDONE", "WO-2": "UNDONE", "WO-3": "REFUSED"}
        assert models.WriteBack.objects.filter(action="REVOKE", status="PENDING").count() == 6
        assert Notification.objects.get(user=mara).title == "Jonas Okafor is taking back 2 orders of North"

    def test_names_what_stays_and_why(self, approved, jonas, mara, now):
        first, second = models.Assignment.objects.order_by("starts_at")
        models.Assignment.objects.filter(pk=first.pk).transition("DISPATCHED")
        moved = {"revoked_by": jonas, "revoked_at": now}
        models.Assignment.objects.filter(pk=second.pk).transition("REASSIGNED", **moved)

        batching.take_back(batch=approved, by=mara, now=now)
        batching.go_on(batch=approved, by=mara, now=now, seconds=LONG)

        said = {item.order.number: item.sentence for item in approved.items.filter(status="KEPT")}
        assert said == {
            "WO-1": "WO-1 has been dispatched to Line of WO-1.",
            "WO-2": "Jonas Okafor moved this assignment of WO-2 at 05:45:00.",
        }

    def test_leaves_alone_what_a_colleague_has_pinned(self, approved, mara, now):
        models.Assignment.objects.filter(order__number="WO-1").update(pinned=True)

        batching.take_back(batch=approved, by=mara, now=now)
        batching.go_on(batch=approved, by=mara, now=now, seconds=LONG)

        kept = approved.items.get(status="KEPT")
        assert (kept.order.number, kept.code, kept.next_step) == ("WO-1", "pinned", guards.Pinned.next_step)

    def test_what_somebody_undid_alone_is_not_named_again(self, approved, mara, now):
        revoking.undo(assignment=models.Assignment.objects.get(order__number="WO-1"), by=mara, now=now)

        batching.take_back(batch=approved, by=mara, now=now)
        batching.go_on(batch=approved, by=mara, now=now, seconds=LONG)

        assert not approved.items.filter(status="KEPT").exists()
        assert not models.Assignment.objects.live().exists()

    def test_withdraws_what_had_not_had_its_turn(self, batch, mara, now):
        batching.go_on(batch=batch, by=mara, now=now, seconds=0)

        batching.take_back(batch=batch, by=mara, now=now)
        batching.go_on(batch=batch, by=mara, now=now, seconds=LONG)

        assert states(batch) == {"WO-1": "UNDONE", "WO-2": "WITHDRAWN", "WO-3": "WITHDRAWN"}

    def test_stopping_it_before_anything_was_approved_is_recorded_and_told(self, batch, mara, jonas, now):
        batching.take_back(batch=batch, by=jonas, now=now)

        assert set(states(batch).values()) == {"WITHDRAWN"}
        assert models.AuditEntry.objects.get(verb="batch.taken-back").actor == jonas
        assert Notification.objects.get(user=mara).title == "Jonas Okafor has stopped approving orders of North"

    def test_needs_a_reason_after_ten_minutes_and_keeps_it(self, approved, mara, now):
        later = now + timedelta(minutes=10)
        with pytest.raises(revoking.UndoOver, match="Mara Lindqvist decided these at 05:45"):
            batching.take_back(batch=approved, by=mara, now=later)

        batching.take_back(batch=approved, reason="Ice on the roads", by=mara, now=later)
        batching.go_on(batch=approved, by=mara, now=later, seconds=LONG)

        assert set(models.Assignment.objects.values_list("revoke_reason", flat=True)) == {"Ice on the roads"}
        assert models.AuditEntry.objects.get(verb="batch.taken-back").reason == "Ice on the roads"

    def test_what_was_kept_is_tried_again_with_a_reason(self, approved, mara, now):
        models.Assignment.objects.update(pinned=True)
        batching.take_back(batch=approved, by=mara, now=now)
        batching.go_on(batch=approved, by=mara, now=now, seconds=LONG)
        models.Assignment.objects.update(pinned=False)

        batching.take_back(batch=approved, reason="Unpinned now", by=mara, now=now)
        batching.go_on(batch=approved, by=mara, now=now, seconds=LONG)

        assert states(approved) == {"WO-1": "UNDONE", "WO-2": "UNDONE", "WO-3": "REFUSED"}

    def test_twice_says_that_nothing_is_left(self, approved, mara, now):
        batching.take_back(batch=approved, by=mara, now=now)
        batching.go_on(batch=approved, by=mara, now=now, seconds=LONG)

        with pytest.raises(batching.NothingToTakeBack):
            batching.take_back(batch=approved, by=mara, now=now)

    def test_viewers_and_strangers_take_nothing_back(self, approved, vic, stella, now):
        for other in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                batching.take_back(batch=approved, by=other, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_pages_that_go_on_at_once_approve_each_order_once(batch, mara, now):
    def goes_on() -> int:
        return batching.go_on(batch=models.Batch.objects.get(), by=mara, now=now, seconds=LONG)

    outcomes = at_once(goes_on, goes_on)

    assert 0 in outcomes
    assert states(batch) == {"WO-1": "APPROVED", "WO-2": "APPROVED", "WO-3": "REFUSED"}
    assert models.AuditEntry.objects.filter(verb="assignment.approved").count() == 2


@pytest.mark.django_db(transaction=True)
def test_undo_all_while_the_batch_goes_on_leaves_nothing_behind(batch, mara, now):
    def goes_on() -> int:
        return batching.go_on(batch=models.Batch.objects.get(), by=mara, now=now, seconds=LONG)

    at_once(goes_on, lambda: batching.take_back(batch=models.Batch.objects.get(), by=mara, now=now))
    goes_on()

    standing = batch.items.filter(status="APPROVED").count()
    assert models.Assignment.objects.live().count() == standing
    assert not batch.items.filter(status__in=["WAITING", "LEAVING"]).exists()
