"""Notification preferences of each person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.models import Event, Notification, Preference
from notifications.services import inbox, preferences
from notifications.wire import kinds

pytestmark = pytest.mark.django_db
PAGE = "/notifications/preferences/"
MUTED, INBOX, TOAST = Preference.Delivery.MUTED, Preference.Delivery.INBOX, Preference.Delivery.TOAST


def tell(*users: Any, kind: str, now: datetime) -> list[Any]:
    return [
        entry.user for entry in inbox.notify(users=users, kind=kind, title="News", body="", url="/", by=None, now=now)
    ]


class TestChoosing:
    def test_what_is_chosen_holds_for_that_person_alone(self, mara: Any, jonas: Any) -> None:
        preferences.choose(by=mara, choices={"run": INBOX, "assignment.approved": MUTED})

        assert preferences.of(mara)["run"] == INBOX
        assert preferences.of(mara)["assignment.approved"] == MUTED
        assert preferences.of(mara)["assignment.revoked"] == TOAST
        assert set(preferences.of(jonas).values()) == {TOAST}

    def test_the_last_choice_counts(self, mara: Any) -> None:
        preferences.choose(by=mara, choices={"run": MUTED})
        preferences.choose(by=mara, choices={"run": TOAST})

        assert preferences.of(mara)["run"] == TOAST
        assert Preference.objects.count() == 1

    def test_safety_cannot_be_muted_and_nothing_else_is_changed(self, mara: Any) -> None:
        with pytest.raises(preferences.CannotBeMuted, match="Emergency without a crew"), transaction.atomic():
            preferences.choose(by=mara, choices={"run": MUTED, "order.emergency": MUTED})

        assert not Preference.objects.exists()

    def test_safety_may_come_without_a_toast(self, mara: Any) -> None:
        preferences.choose(by=mara, choices={"order.emergency": INBOX})

        assert preferences.of(mara)["order.emergency"] == INBOX

    @pytest.mark.parametrize("choices", [{"gossip": "INBOX"}, {"run": "SHOUTED"}])
    def test_only_what_there_is_can_be_chosen(self, mara: Any, choices: dict[str, str]) -> None:
        with pytest.raises(preferences.UnknownChoice):
            preferences.choose(by=mara, choices=choices)


class TestTelling:
    def test_a_muted_kind_is_not_written(self, mara: Any, jonas: Any, now: datetime) -> None:
        preferences.choose(by=mara, choices={"assignment.approved": MUTED})

        assert tell(mara, jonas, kind="assignment.approved", now=now) == [jonas]
        assert [event.channel for event in Event.objects.all()] == [f"user:{jonas.pk}"]

    def test_the_event_says_whether_to_show_it_at_once(self, mara: Any, jonas: Any, now: datetime) -> None:
        preferences.choose(by=mara, choices={"run": INBOX})

        tell(mara, jonas, kind="run.ready", now=now)

        shown = dict(Event.objects.values_list("channel", "data__toast"))
        assert shown == {f"user:{mara.pk}": False, f"user:{jonas.pk}": True}

    def test_safety_is_told_whatever_the_row_says(self, mara: Any, now: datetime) -> None:
        Preference.objects.create(user=mara, kind="storm", delivery=MUTED)

        assert tell(mara, kind="storm.declared", now=now) == [mara]

    def test_a_kind_that_nobody_can_choose_for_is_told(self, mara: Any, now: datetime) -> None:
        assert tell(mara, kind="quite.new", now=now) == [mara]

    def test_one_query_for_any_number_of_people(self, mara: Any, jonas: Any, vic: Any) -> None:
        with CaptureQueriesContext(connection) as queries:
            preferences.deliveries([mara, jonas, vic], "run.ready")

        assert len(queries) == 1


class TestPage:
    @pytest.fixture
    def as_mara(self, mara: Any, client: Client) -> Client:
        client.force_login(mara)
        return client

    def test_everybody_has_a_page_of_their_own(self, mara: Any, vic: Any, stella: Any, client: Client) -> None:
        preferences.choose(by=mara, choices={"run": MUTED})
        for person in (vic, stella):
            client.force_login(person)
            page = client.get(PAGE)
            assert page.status_code == 200
            assert chosen(page)["run"] == TOAST

    def test_nobody_is_sent_to_sign_in(self, client: Client) -> None:
        assert client.get(PAGE).headers["Location"] == f"/login/?next={PAGE}"
        assert client.post(PAGE, {"run": MUTED}).status_code == 302
        assert not Preference.objects.exists()

    def test_it_saves_and_says_so(self, as_mara: Client, mara: Any) -> None:
        page = as_mara.post(PAGE, {"run": MUTED, "storm": INBOX}, follow=True)

        assert "Your preferences are saved" in page.content.decode()
        assert (chosen(page)["run"], chosen(page)["storm"]) == (MUTED, INBOX)

    def test_it_refuses_to_mute_safety(self, as_mara: Client) -> None:
        page = as_mara.post(PAGE, {"storm": MUTED})

        assert page.status_code == 409
        assert "concerns safety and cannot be muted" in page.content.decode()

    def test_it_says_what_cannot_be_muted(self, as_mara: Client) -> None:
        page = as_mara.get(PAGE)

        fixed = {one.kind.name for one in page.context["choices"] for option in one.options if not option.may_choose}
        assert fixed == {kind.name for kind in kinds.everything() if kind.safety}
        assert page.content.decode().count("Safety: it cannot be muted.") == len(fixed)

    def test_it_is_reached_from_the_inbox(self, as_mara: Client) -> None:
        assert f'href="{PAGE}"' in as_mara.get("/notifications/").content.decode()

    def test_what_was_told_before_stays(self, as_mara: Client, mara: Any, now: datetime) -> None:
        tell(mara, kind="run.ready", now=now)

        as_mara.post(PAGE, {"run": MUTED})

        assert Notification.objects.of(mara).count() == 1


def chosen(page: Any) -> dict[str, str]:
    return {
        one.kind.name: option.value for one in page.context["choices"] for option in one.options if option.is_chosen
    }
