"""Calendars of crews at secret addresses: made, read by a program without a session, replaced, revoked."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services import calendars
from assignments.services.records import auditing
from tests import factories

PAGE = "/districts/NORTH/calendars/"
ADDRESS = re.compile(r'value="http://testserver(/calendars/[\w-]{43}\.ics)"')

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def decided(order: models.WorkOrder) -> models.Assignment:
    """WO-1 for Line 3, today from 9 to 11."""
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=order.district, name="Line 3"))
    found: models.Assignment = factories.AssignmentFactory(order=order, shift=shift)
    return found


def make(person: Client, crew: models.Crew) -> str:
    """The path of the person's new address."""
    page = person.post(f"{PAGE}{crew.pk}/make/")
    assert page.headers["Cache-Control"] == "no-store"
    found = ADDRESS.search(page.content.decode())
    assert found
    return found[1]


def events(address: str) -> list[Any]:
    answer = Client().get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


class TestContent:
    def test_the_crews_decided_work(self, viewer: Client, decided: models.Assignment) -> None:
        (event,) = events(make(viewer, decided.crew))

        assert event["UID"] == f"{decided.pk}@lineup"
        assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (decided.starts_at, decided.ends_at)
        assert event["SUMMARY"] == f"WO-1 {decided.order.title}"
        assert event["STATUS"] == "CONFIRMED"
        assert event["URL"] == "http://testserver/orders/WO-1/"

    def test_odd_characters_stay_what_they_are(self, viewer: Client, decided: models.Assignment) -> None:
        title = "Pole; wire,\nand \\ “ß” " + "x" * 90
        models.WorkOrder.objects.update(title=title)

        (event,) = events(make(viewer, decided.crew))
        assert str(event["SUMMARY"]) == f"WO-1 {title}"

    @pytest.mark.parametrize(
        ("change", "word"), [({"status": "TENTATIVE"}, "WO-1"), ({"red_cause": "Ill"}, "No longer valid: WO-1")]
    )
    def test_what_nobody_should_rely_on_is_tentative(
        self, viewer: Client, decided: models.Assignment, change: dict[str, str], word: str
    ) -> None:
        models.Assignment.objects.update(**change)

        (event,) = events(make(viewer, decided.crew))
        assert event["STATUS"] == "TENTATIVE"
        assert event["SUMMARY"].startswith(word)

    def test_what_is_taken_back_or_another_crews_is_not_there(self, viewer: Client, decided: models.Assignment) -> None:
        other = factories.ShiftFactory(crew=factories.CrewFactory(district=decided.order.district, name="Line 4"))
        factories.AssignmentFactory(
            order=factories.OrderFactory(district=decided.order.district, number="WO-9"), shift=other
        )
        assert len(events(make(viewer, decided.crew))) == 1

        models.Assignment.objects.filter(pk=decided.pk).update(
            status="REVOKED", revoked_by=decided.approved_by, revoked_at=factories.NOW
        )
        assert events(make(viewer, decided.crew)) == []

    def test_more_work_costs_no_query_more(
        self, viewer: Client, decided: models.Assignment, django_assert_num_queries: Any
    ) -> None:
        address = make(viewer, decided.crew)
        with CaptureQueriesContext(connection) as few:
            Client().get(address)
        for hours in range(3, 9):
            factories.AssignmentFactory(
                order=factories.OrderFactory(district=decided.order.district), shift=decided.shift,
                starts_at=decided.starts_at + timedelta(hours=hours),
                ends_at=decided.starts_at + timedelta(hours=hours, minutes=50),
                departs_at=decided.starts_at + timedelta(hours=hours),
            )  # fmt: skip

        with django_assert_num_queries(len(few)):
            assert len(events(address)) == 7


class TestAddress:
    def test_it_is_kept_as_a_digest_and_shown_once(self, viewer: Client, decided: models.Assignment) -> None:
        address = make(viewer, decided.crew)

        assert models.CalendarFeed.objects.get().digest not in address
        page = viewer.get(PAGE).content.decode()
        assert address not in page
        assert "Replace" in page

    def test_another_replaces_it(self, viewer: Client, decided: models.Assignment) -> None:
        old, new = make(viewer, decided.crew), make(viewer, decided.crew)

        assert Client().get(old).status_code == 404
        assert len(events(new)) == 1
        verbs = models.AuditEntry.objects.filter(object_type="calendarfeed").values_list("verb", flat=True)
        assert sorted(verbs) == ["calendar.opened", "calendar.opened", "calendar.revoked"]
        assert not models.AuditEntry.objects.filter(after__icontains=old[11:-4]).exists()

    def test_it_is_revoked_once(self, viewer: Client, decided: models.Assignment) -> None:
        address, feed = make(viewer, decided.crew), models.CalendarFeed.objects.get()

        assert viewer.post(f"/calendars/{feed.pk}/revoke/").status_code == 303
        assert Client().get(address).status_code == 404
        assert viewer.post(f"/calendars/{feed.pk}/revoke/").status_code == 404

    @pytest.mark.parametrize("change", ["left", "inactive"])
    def test_it_ends_with_the_rights_of_its_person(
        self, viewer: Client, decided: models.Assignment, change: str
    ) -> None:
        address, person = make(viewer, decided.crew), models.CalendarFeed.objects.get().person
        if change == "left":
            models.Membership.objects.filter(user=person).delete()
        else:
            person.is_active = False
            person.save()

        assert Client().get(address).status_code == 404

    @pytest.mark.parametrize("address", ["/calendars/x.ics", f"/calendars/{'x' * 43}.ics", "/calendars/%00.ics"])
    def test_no_other_address_answers(self, db: None, address: str) -> None:
        assert Client().get(address).status_code == 404


class TestAccess:
    @pytest.mark.parametrize(
        ("person", "status"), [("manager", 200), ("viewer", 200), ("stranger", 404), ("anonymous", 302)]
    )
    def test_readers_of_the_district_make_their_own(
        self, request: Any, decided: models.Assignment, person: str, status: int
    ) -> None:
        client = request.getfixturevalue(person)

        assert client.get(PAGE).status_code == status
        assert client.post(f"{PAGE}{decided.crew.pk}/make/").status_code == status
        assert models.CalendarFeed.objects.exists() is (status == 200)

    @pytest.mark.parametrize("person", ["manager", "stranger", "anonymous"])
    def test_nobody_revokes_anothers(
        self, request: Any, viewer: Client, decided: models.Assignment, person: str
    ) -> None:
        address, feed = make(viewer, decided.crew), models.CalendarFeed.objects.get()

        assert request.getfixturevalue(person).post(f"/calendars/{feed.pk}/revoke/").status_code in {302, 404}
        assert len(events(address)) == 1

    def test_a_crew_of_another_district_has_none_here(
        self, manager: Client, decided: models.Assignment, elsewhere: models.District
    ) -> None:
        theirs = factories.CrewFactory(district=elsewhere)

        assert manager.post(f"{PAGE}{theirs.pk}/make/").status_code == 404

    def test_without_its_audit_entry_there_is_no_address(
        self, decided: models.Assignment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**_: Any) -> None:
            raise DatabaseError

        monkeypatch.setattr(auditing, "record", broken)

        with pytest.raises(DatabaseError):
            calendars.open_feed(crew=decided.crew, by=decided.approved_by, now=factories.NOW)
        assert not models.CalendarFeed.objects.exists()
