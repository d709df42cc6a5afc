"""Presence on the review of an order: begun and ended with an event, kept without one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.presenters.review import reviewing
from assignments.services import presence
from assignments.services.records import events
from notifications.models import Event
from tests import factories
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(district) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number="WO-1")


def told() -> list[list[str]]:
    """The names that each event told."""
    found = Event.objects.filter(type=events.ORDER_REVIEWING.name).order_by("pk")
    return [[one["name"] for one in event.data["reviewers"]] for event in found]


def seen(order: models.WorkOrder, now) -> list[str]:
    return [one.name for one in reviewing.of_orders([order.pk], now).get(order.pk, ())]


class TestBegun:
    def test_is_told_to_the_district_with_everybody_who_is_there(self, order, mara, vic, now):
        presence.keep(order=order, by=mara, now=now)
        presence.keep(order=order, by=vic, now=now + timedelta(seconds=1))

        assert told() == [["Mara Lindqvist"], ["Mara Lindqvist", "Vic Moreau"]]
        assert Event.objects.last().channel == f"district:{order.district_id}"
        assert seen(order, now) == ["Mara Lindqvist", "Vic Moreau"]

    def test_counts_only_for_members_of_the_district(self, order, mara, stella, now):
        presence.keep(order=order, by=stella, now=now)
        assert seen(order, now) == []

        presence.keep(order=order, by=mara, now=now)
        models.Membership.objects.filter(user=mara).delete()

        assert seen(order, now) == []

    def test_marks_the_order_s_place_in_the_plan_as_read_once(self, order, mara, vic, now):
        planned, other = (factories.SuggestionFactory(order=order, in_plan=it) for it in (True, False))

        presence.keep(order=order, by=mara, now=now)
        presence.keep(order=order, by=vic, now=now + timedelta(minutes=1))

        for row, read_at in ((planned, now), (other, None)):
            row.refresh_from_db()
            assert row.read_at == read_at

    def test_marks_nothing_that_is_decided(self, order, mara, now):
        decided = factories.SuggestionFactory(order=order, status="APPROVED")

        presence.keep(order=order, by=mara, now=now)

        decided.refresh_from_db()
        assert decided.read_at is None


class TestGoesOn:
    """By the stream of the open page, which the server writes."""

    def test_without_a_word_while_the_page_is_open(self, order, mara, now):
        presence.keep(order=order, by=mara, now=now)

        later = now + timedelta(seconds=40)
        presence.go_on(looked_at=[(order.pk, mara.pk)], now=later)

        assert seen(order, later + timedelta(seconds=44)) == ["Mara Lindqvist"]
        assert told() == [["Mara Lindqvist"]]

    def test_is_told_again_before_boards_take_it_off(self, order, mara, now):
        presence.keep(order=order, by=mara, now=now)
        models.Reviewing.objects.update(expires_at=now + presence.TOLD_FOR)

        presence.go_on(looked_at=[(order.pk, mara.pk)], now=now + presence.TOLD_FOR - timedelta(seconds=30))

        assert told() == [["Mara Lindqvist"]] * 2
        assert models.Reviewing.objects.get().told_until == now + 2 * presence.TOLD_FOR - timedelta(seconds=30)

    def test_not_when_the_person_has_left_or_is_over(self, order, mara, vic, now):
        presence.keep(order=order, by=mara, now=now)
        presence.end(order=order, by=mara, now=now)
        presence.keep(order=order, by=vic, now=now)

        late = now + presence.LIFE
        presence.go_on(looked_at=[(order.pk, mara.pk), (order.pk, vic.pk)], now=late)

        assert seen(order, late) == []

    def test_nor_for_another_order_or_person(self, order, mara, vic, now):
        other = factories.OrderFactory(district=order.district)
        presence.keep(order=order, by=mara, now=now)
        presence.keep(order=other, by=vic, now=now)

        presence.go_on(looked_at=[(order.pk, vic.pk), (other.pk, mara.pk)], now=now + timedelta(seconds=40))

        assert set(models.Reviewing.objects.values_list("expires_at", flat=True)) == {now + presence.LIFE}


class TestKept:
    def test_by_a_beat_that_writes_one_row_and_tells_nobody(self, order, mara, now, django_assert_num_queries):
        presence.keep(order=order, by=mara, now=now)

        # The update between the begin and the end of its transaction.
        with django_assert_num_queries(3):
            presence.keep(order=order, by=mara, now=now + timedelta(seconds=40))

        assert told() == [["Mara Lindqvist"]]
        assert seen(order, now + timedelta(seconds=84)) == ["Mara Lindqvist"]
        assert seen(order, now + timedelta(seconds=85)) == []

    def test_for_long_it_is_told_again_before_boards_would_hide_it(self, order, mara, now):
        for seconds in range(0, 1300, 20):
            presence.keep(order=order, by=mara, now=now + timedelta(seconds=seconds))
            (row,) = models.Reviewing.objects.all()
            assert row.told_until >= row.expires_at

        assert len(told()) == 3

    def test_after_it_was_over_it_is_told_as_begun(self, order, mara, now):
        presence.keep(order=order, by=mara, now=now)

        presence.keep(order=order, by=mara, now=now + timedelta(minutes=2))

        assert len(told()) == 2


class TestEnded:
    def test_is_told_once(self, order, mara, jonas, now):
        for person in (mara, jonas):
            presence.keep(order=order, by=person, now=now)

        for _ in range(2):
            presence.end(order=order, by=mara, now=now)

        assert told()[2:] == [["Jonas Okafor"]]

    def test_in_silence_is_found_and_told(self, order, mara, jonas, now):
        presence.keep(order=order, by=mara, now=now)
        presence.keep(order=order, by=jonas, now=now + timedelta(seconds=30))

        assert presence.end_silent(now=now + timedelta(seconds=44)) == 0
        assert presence.end_silent(now=now + timedelta(seconds=50)) == 1

        assert told()[2:] == [["Jonas Okafor"]]


@pytest.mark.django_db(transaction=True)
class TestRaced:
    def test_two_tabs_of_a_person_are_one_review(self, order, mara, now):
        def keep() -> None:
            presence.keep(order=order, by=mara, now=now)

        assert at_once(keep, keep, keep) == [None, None, None]

        assert models.Reviewing.objects.count() == 1
