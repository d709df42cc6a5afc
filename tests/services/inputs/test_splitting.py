"""A manager cuts work into parts by hand, and puts them together again."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving, guards
from assignments.services.inputs import consequences, parting, splitting
from assignments.services.records import auditing, refusals
from tests import factories
from tests.factories import NOW, at

pytestmark = pytest.mark.django_db


def parts_of(order: models.WorkOrder) -> list[models.WorkOrder]:
    return list(order.split_parts.exclude(status="CANCELLED").order_by("part"))


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    """Eight hours, which fit into a shift."""
    made: models.WorkOrder = factories.OrderFactory(district=district, number="WO-8", duration_minutes=8 * 60)
    return made


class TestSplit:
    def test_cuts_work_that_would_fit_into_a_shift(self, week: Any, order: models.WorkOrder, mara: Any) -> None:
        split = splitting.split(order=order, longest_minutes=270, by=mara, now=NOW)

        assert split.parts_in_all == 2
        assert [part.work_minutes for part in parts_of(order)] == [270, 210]
        entry = models.AuditEntry.objects.get(verb="order.split")
        assert (entry.actor, entry.after) == (mara, {"parts": [270, 210]})

    def test_stays_when_the_order_comes_again(self, week: Any, order: models.WorkOrder, mara: Any) -> None:
        splitting.split(order=order, longest_minutes=270, by=mara, now=NOW)

        consequences.follow(order_ids={order.pk}, crew_ids=(), now=NOW)

        assert [part.work_minutes for part in parts_of(order)] == [270, 210]

    def test_takes_its_suggestions_from_the_whole(self, week: Any, order: models.WorkOrder, mara: Any) -> None:
        suggestion = factories.SuggestionFactory(order=order, shift=week[0])

        splitting.split(order=order, longest_minutes=270, by=mara, now=NOW)

        suggestion.refresh_from_db()
        assert (suggestion.status, suggestion.stale_cause) == ("STALE", "WO-8 is done in 2 parts now")

    def test_the_whole_gets_no_crew(self, week: Any, order: models.WorkOrder, mara: Any) -> None:
        suggestion = factories.SuggestionFactory(order=order, shift=week[0])
        splitting.split(order=order, longest_minutes=270, by=mara, now=NOW)

        with pytest.raises(guards.OrderNotAssignable, match="is done in 2 parts"):
            approving.approve(suggestion=suggestion, by=mara, now=NOW)

    def test_is_the_managers(self, week: Any, order: models.WorkOrder, vic: Any) -> None:
        with pytest.raises(refusals.NotAManager):
            splitting.split(order=order, longest_minutes=270, by=vic, now=NOW)

    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [
            ({"splitting": "NO"}, splitting.SplittingForbidden),
            ({"least_part_minutes": 400}, splitting.NotCut),
            ({"duration_minutes": 200}, splitting.NotCut),
            ({"status": "COMPLETED"}, guards.OrderNotAssignable),
        ],
    )
    def test_refuses_what_cannot_be_cut(
        self, week: Any, order: models.WorkOrder, mara: Any, fields: dict[str, Any], refusal: Any
    ) -> None:
        models.WorkOrder.objects.filter(pk=order.pk).update(**fields)

        with pytest.raises(refusal):
            splitting.split(order=order, longest_minutes=270, by=mara, now=NOW)

        assert not order.split_parts.exists()

    def test_refuses_work_that_has_a_crew(self, week: Any, order: models.WorkOrder, mara: Any) -> None:
        factories.AssignmentFactory(order=order, shift=week[0])

        with pytest.raises(guards.OrderTaken):
            splitting.split(order=order, longest_minutes=270, by=mara, now=NOW)

    def test_refuses_parts(self, week: Any, order: models.WorkOrder, mara: Any) -> None:
        splitting.split(order=order, longest_minutes=270, by=mara, now=NOW)
        for one in (order, parts_of(order)[0]):
            with pytest.raises(splitting.AlreadySplit):
                splitting.split(order=one, longest_minutes=120, by=mara, now=NOW)

    def test_is_rolled_back_as_a_whole(
        self, week: Any, order: models.WorkOrder, mara: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**_: Any) -> None:
            raise RuntimeError("no room for the record")

        monkeypatch.setattr(auditing, "record", broken)
        with pytest.raises(RuntimeError):
            splitting.split(order=order, longest_minutes=270, by=mara, now=NOW)

        order.refresh_from_db()
        assert (order.parts_in_all, order.split_parts.count()) == (0, 0)


class TestPutTogether:
    def test_makes_the_order_whole_and_keeps_it_so(self, week: Any, long_order: models.WorkOrder, mara: Any) -> None:
        consequences.follow(order_ids={long_order.pk}, crew_ids=(), now=NOW)

        order = splitting.put_together(order=long_order, by=mara, now=NOW)
        consequences.follow(order_ids={order.pk}, crew_ids=(), now=NOW)

        order.refresh_from_db()
        assert (order.is_assignable, parts_of(order)) == (True, [])
        assert parting.overlong(order.district, NOW) == set()
        assert models.AuditEntry.objects.get(verb="order.put-together").actor == mara

    def test_is_cut_again_when_its_work_changes(self, week: Any, long_order: models.WorkOrder, mara: Any) -> None:
        consequences.follow(order_ids={long_order.pk}, crew_ids=(), now=NOW)
        splitting.put_together(order=long_order, by=mara, now=NOW)
        models.WorkOrder.objects.filter(pk=long_order.pk).update(duration_minutes=21 * 60)

        consequences.follow(order_ids={long_order.pk}, crew_ids=(), now=NOW)

        assert len(parts_of(long_order)) == 2

    def test_refuses_while_a_part_is_decided(self, week: Any, long_order: models.WorkOrder, mara: Any) -> None:
        consequences.follow(order_ids={long_order.pk}, crew_ids=(), now=NOW)
        factories.AssignmentFactory(order=parts_of(long_order)[0], shift=week[0], starts_at=at("06:30"))

        with pytest.raises(splitting.PartsDecided, match="part 1 of 2"):
            splitting.put_together(order=long_order, by=mara, now=NOW)

    def test_refuses_what_is_whole_and_who_may_not(
        self, week: Any, order: models.WorkOrder, mara: Any, vic: Any
    ) -> None:
        with pytest.raises(splitting.NotSplit):
            splitting.put_together(order=order, by=mara, now=NOW)
        with pytest.raises(refusals.NotAManager):
            splitting.put_together(order=order, by=vic, now=NOW)
