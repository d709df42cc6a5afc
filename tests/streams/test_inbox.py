"""Each person's inbox: told, read, counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory

from notifications import context
from notifications.models import Event, Notification
from notifications.services import inbox, positions
from notifications.wire import event_types
from tests import factories

pytestmark = pytest.mark.django_db
Note = Callable[..., Notification]


@pytest.fixture
def note(mara: Any, jonas: Any, now: datetime) -> Note:
    def noted(title: str = "W-1001 approved", *, user: Any = None, **changed: Any) -> Notification:
        told = {"kind": "assignment.approved", "body": "", "url": "/", "by": jonas, "now": now, **changed}
        (entry,) = inbox.notify(users=[user or mara], title=title, **told)
        return entry

    return noted


def published(name: str) -> list[tuple[str, Any]]:
    return list(Event.objects.filter(type=name).order_by("pk").values_list("channel", "data__notification"))


class TestNotify:
    def test_tells_each_person_once(self, mara: Any, jonas: Any, vic: Any, now: datetime) -> None:
        entries = inbox.notify(
            users=[mara, vic, mara], kind="run.ready", title="Plan ready", body="", url="/", by=jonas, now=now
        )

        assert [entry.user for entry in entries] == [mara, vic]
        assert published(event_types.NOTIFICATION_CREATED.name) == [
            (f"user:{mara.pk}", entries[0].pk),
            (f"user:{vic.pk}", entries[1].pk),
        ]

    def test_tells_nobody_without_a_trace(self, now: datetime) -> None:
        assert inbox.notify(users=[], kind="x", title="x", body="", url="", by=None, now=now) == []
        assert not Event.objects.exists()

    def test_does_not_repeat_what_has_the_same_dedupe_key(self, mara: Any, vic: Any, note: Note, now: datetime) -> None:
        note(dedupe_key="permit P-7 lapsed")

        again = inbox.notify(
            users=[mara, vic],
            kind="permit.lapsed",
            title="P-7 lapsed",
            body="",
            url="",
            by=None,
            now=now,
            dedupe_key="permit P-7 lapsed",
        )

        assert [entry.user for entry in again] == [vic]

    def test_an_entry_vanishes_with_the_event_that_fails(self, note: Note, monkeypatch: pytest.MonkeyPatch) -> None:
        from notifications.services import event_log

        def broken(**_: Any) -> None:
            raise OSError

        monkeypatch.setattr(event_log, "publish_all", broken)

        with pytest.raises(OSError):
            note()
        assert not Notification.objects.exists()


class TestMarkRead:
    def test_marks_and_tells(self, mara: Any, note: Note, now: datetime) -> None:
        entry = note()

        read = inbox.mark_read(by=mara, notification=entry, now=now)

        assert read.read_at == now
        assert inbox.unread_count(mara) == 0
        assert published(event_types.NOTIFICATION_READ.name) == [(f"user:{mara.pk}", entry.pk)]

    def test_refuses_somebody_elses_entry(self, jonas: Any, note: Note, now: datetime) -> None:
        entry = note()

        with pytest.raises(inbox.NotificationNotYours):
            inbox.mark_read(by=jonas, notification=entry, now=now)
        entry.refresh_from_db()
        assert entry.is_unread

    def test_keeps_the_time_of_the_first_reading(self, mara: Any, note: Note, now: datetime) -> None:
        entry = inbox.mark_read(by=mara, notification=note(), now=now)

        again = inbox.mark_read(by=mara, notification=entry, now=now + timedelta(hours=1))

        assert again.read_at == now
        assert len(published(event_types.NOTIFICATION_READ.name)) == 1

    def test_marks_all_of_one_person(self, mara: Any, vic: Any, note: Note, now: datetime) -> None:
        for user in (mara, mara, vic):
            note(user=user)

        assert inbox.mark_all_read(by=mara, now=now) == 2
        assert inbox.mark_all_read(by=mara, now=now) == 0
        assert (inbox.unread_count(mara), inbox.unread_count(vic)) == (0, 1)
        assert published(event_types.NOTIFICATION_READ.name) == [(f"user:{mara.pk}", None)]


class TestMarkAbout:
    @pytest.fixture
    def of_one_order(self, note: Note) -> list[Notification]:
        found = [note(title) for title in ("Approved", "Moved", "Of another order")]
        Notification.objects.filter(pk__in=[one.pk for one in found[:2]]).update(url="/orders/WO-1/")
        return [*Notification.objects.order_by("pk")]

    def test_marks_all_that_lead_to_the_same_page(
        self, mara: Any, of_one_order: list[Notification], now: datetime
    ) -> None:
        inbox.mark_about_read(by=mara, notification=of_one_order[1], now=now)

        assert [one.title for one in Notification.objects.unread()] == ["Of another order"]
        told = {about for _, about in published(event_types.NOTIFICATION_READ.name)}
        assert told == {of_one_order[0].pk, of_one_order[1].pk}

    def test_one_that_leads_nowhere_stands_alone(
        self, mara: Any, of_one_order: list[Notification], note: Note, now: datetime
    ) -> None:
        Notification.objects.update(url="")

        inbox.mark_about_read(by=mara, notification=of_one_order[0], now=now)

        assert inbox.unread_count(mara) == 2

    def test_leaves_those_of_others(
        self, mara: Any, vic: Any, of_one_order: list[Notification], note: Note, now: datetime
    ) -> None:
        note(user=vic)
        Notification.objects.update(url="/orders/WO-1/")

        inbox.mark_about_read(by=mara, notification=of_one_order[0], now=now)

        assert (inbox.unread_count(mara), inbox.unread_count(vic)) == (0, 1)

    def test_refuses_somebody_elses(self, jonas: Any, of_one_order: list[Notification], now: datetime) -> None:
        with pytest.raises(inbox.NotificationNotYours):
            inbox.mark_about_read(by=jonas, notification=of_one_order[0], now=now)
        assert Notification.objects.unread().count() == 3


class TestPage:
    @pytest.fixture
    def as_mara(self, mara: Any, client: Client) -> Client:
        client.force_login(mara)
        return client

    def test_shows_unread_first(self, as_mara: Client, mara: Any, note: Note, now: datetime) -> None:
        inbox.mark_read(by=mara, notification=note("Newest, read", now=now + timedelta(hours=2)), now=now)
        note("Older")
        note("Newer", now=now + timedelta(hours=1))

        page = as_mara.get("/notifications/")

        assert [entry.title for entry in page.context["page"]] == ["Newer", "Older", "Newest, read"]
        assert b'<span data-unread-count="2">2</span> unread' in page.content

    def test_shows_what_is_about_one_order_together(self, as_mara: Client, note: Note, now: datetime) -> None:
        for hours, title in enumerate(("Suggested", "Of another order", "Approved")):
            note(title, now=now + timedelta(hours=hours))
        Notification.objects.exclude(title="Of another order").update(url="/orders/WO-1/")

        page = as_mara.get("/notifications/")

        shown = [(group.entry.title, [one.title for one in group.earlier]) for group in page.context["groups"]]
        assert shown == [("Approved", ["Suggested"]), ("Of another order", [])]
        assert "1 earlier about this" in page.content.decode()
        approved = Notification.objects.get(title="Approved")
        as_mara.post(f"/notifications/{approved.pk}/read/")
        assert [one.title for one in Notification.objects.unread()] == ["Of another order"]

    def test_says_when_there_is_nothing(self, as_mara: Client) -> None:
        assert b"Nothing yet" in as_mara.get("/notifications/").content

    def test_is_paginated(self, as_mara: Client, mara: Any, now: datetime) -> None:
        Notification.objects.bulk_create(
            Notification(user=mara, kind="x", title=f"Entry {n}", created_at=now) for n in range(51)
        )

        assert b"Page 2 of 2" in as_mara.get("/notifications/?page=2").content

    def test_shows_nobody_elses(self, client: Client, stella: Any, note: Note) -> None:
        note("W-1001 approved")
        client.force_login(stella)

        assert b"W-1001" not in client.get("/notifications/").content

    def test_sends_nobody_to_sign_in(self, client: Client) -> None:
        assert client.get("/notifications/").status_code == 302

    def test_marks_by_post(self, as_mara: Client, mara: Any, note: Note) -> None:
        first, _ = note(), note()

        answer = as_mara.post(f"/notifications/{first.pk}/read/")
        assert (answer.status_code, answer["Location"], inbox.unread_count(mara)) == (302, "/notifications/", 1)

        as_mara.post("/notifications/read-all/")
        assert inbox.unread_count(mara) == 0

    def test_does_not_find_somebody_elses_entry(self, client: Client, stella: Any, mara: Any, note: Note) -> None:
        entry = note()
        client.force_login(stella)

        assert client.post(f"/notifications/{entry.pk}/read/").status_code == 404
        assert inbox.unread_count(mara) == 1

    @pytest.mark.parametrize("path", ["/notifications/read-all/", "/notifications/1/read/"])
    def test_does_not_mark_by_get(self, as_mara: Client, path: str) -> None:
        assert as_mara.get(path).status_code == 405


class TestWhereItStands:
    def test_who_has_one_district_keeps_its_pages_at_hand(self, mara: Any) -> None:
        assert 'href="/districts/NORTH/schedule/"' in page_of(mara)

    def test_who_has_several_is_asked_for_one(self, mara: Any) -> None:
        factories.MembershipFactory(user=mara, district=factories.DistrictFactory(code="SOUTH"))

        html = page_of(mara)

        assert "/schedule/" not in html
        assert "Districts" in html


def page_of(user: Any) -> str:
    client = Client()
    client.force_login(user)
    return client.get("/notifications/").content.decode()


class TestContext:
    def test_takes_the_cursor_before_the_count(
        self, mara: Any, note: Note, django_assert_num_queries: Any, rf: RequestFactory
    ) -> None:
        note()
        positions.current_cursor()
        request = rf.get("/")
        request.user = mara
        given = context.shown_of_the_inbox(request)

        with django_assert_num_queries(2) as captured:
            assert given["unread_count"]() == 1
            assert given["stream_cursor"]()

        assert "notifications_notification" in captured[-1]["sql"]

    def test_costs_nothing_for_nobody_and_for_pages_that_do_not_ask(
        self, rf: RequestFactory, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(0):
            given = context.shown_of_the_inbox(rf.get("/"))
            assert (given["unread_count"](), given["stream_cursor"]()) == (0, "")
