"""Last visit of a person, and the entries that came while they were away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.models import Notification, Visit
from notifications.services import inbox, visiting
from tests import racing

pytestmark = pytest.mark.django_db
NIGHT = timedelta(hours=14)


def tell(user: Any, title: str, at: datetime, *, kind: str = "assignment.approved", place: str = "North") -> None:
    inbox.notify(
        users=[user], kind=kind, title=title, body="", url="/orders/W-1/", by=None, now=at, place=place,
        time_zone="America/Chicago",
    )  # fmt: skip


def returns(user: Any, now: datetime) -> visiting.Digest | None:
    """After a night."""
    visiting.seen(by=user, now=now)
    return visiting.digest(visiting.seen(by=user, now=now + NIGHT))


class TestSeen:
    def test_at_most_one_write_in_a_minute(self, mara: Any, now: datetime) -> None:
        visiting.seen(by=mara, now=now)
        with CaptureQueriesContext(connection) as queries:
            visiting.seen(by=mara, now=now + timedelta(seconds=59))
        assert [query["sql"].split()[0] for query in queries] == ["SELECT"]

        visiting.seen(by=mara, now=now + timedelta(seconds=60))

        assert Visit.objects.get(user=mara).seen_at == now + timedelta(seconds=60)

    @pytest.mark.parametrize(
        ("away", "is_absence"), [(timedelta(hours=4), True), (timedelta(hours=3, minutes=59), False)]
    )
    def test_an_absence_is_four_hours(self, mara: Any, now: datetime, away: timedelta, is_absence: bool) -> None:
        visiting.seen(by=mara, now=now)

        found = visiting.seen(by=mara, now=now + away)

        assert found.absence == ((now, now + away) if is_absence else None)

    def test_the_absence_stays_while_the_person_works(self, mara: Any, now: datetime) -> None:
        visiting.seen(by=mara, now=now)
        visiting.seen(by=mara, now=now + NIGHT)

        found = visiting.seen(by=mara, now=now + NIGHT + timedelta(hours=1))

        assert found.absence == (now, now + NIGHT)


@pytest.mark.django_db(transaction=True)
def test_two_first_pages_at_once(mara: Any, now: datetime) -> None:
    outcomes = racing.at_once(*[lambda: visiting.seen(by=mara, now=now)] * 2)

    assert [type(one) for one in outcomes] == [Visit, Visit]
    assert Visit.objects.count() == 1


class TestDigest:
    def test_it_counts_by_place_and_kind(self, mara: Any, now: datetime) -> None:
        night = now + timedelta(hours=2)
        for number in range(2):
            tell(mara, f"Approved {number}", night)
        tell(mara, "Emergency", night, kind="order.emergency", place="South")
        tell(mara, "Ready", night, kind="run.ready", place="South")
        tell(mara, "Failed", night, kind="run.failed", place="South")

        found = returns(mara, now)

        assert found is not None
        assert found.total == 5
        assert {place.name: [(line.label, line.count) for line in place.lines] for place in found.places} == {
            "North": [("Approvals", 2)],
            "South": [("Emergency without a crew", 1), ("Your suggestion runs", 2)],
        }

    def test_safety_comes_first_then_the_newest(self, mara: Any, now: datetime) -> None:
        tell(mara, "Storm", now + timedelta(hours=1), kind="storm.declared")
        for number in range(9):
            tell(mara, f"Approved {number}", now + timedelta(hours=2, minutes=number))

        found = returns(mara, now)

        assert found is not None
        assert [entry.title for entry in found.entries[:3]] == ["Storm", "Approved 8", "Approved 7"]
        assert len(found.entries) == 6

    def test_only_what_came_in_between(self, mara: Any, jonas: Any, now: datetime) -> None:
        tell(mara, "Before", now)
        tell(mara, "Between", now + timedelta(hours=1))
        tell(mara, "After", now + NIGHT + timedelta(minutes=1))
        tell(jonas, "Another's", now + timedelta(hours=1))

        found = returns(mara, now)

        assert found is not None
        assert [entry.title for entry in found.entries] == ["Between"]

    def test_a_quiet_night_makes_none(self, mara: Any, now: datetime) -> None:
        assert returns(mara, now) is None

    def test_dismissed_until_the_next_absence(self, mara: Any, now: datetime) -> None:
        tell(mara, "First night", now + timedelta(hours=1))
        returns(mara, now)

        visiting.dismiss(by=mara)

        assert Visit.objects.get(user=mara).dismissed
        tell(mara, "Second night", now + 2 * NIGHT)
        again = visiting.digest(visiting.seen(by=mara, now=now + 3 * NIGHT))
        assert again is not None
        assert not again.dismissed


class TestPages:
    @pytest.fixture
    def back(self, mara: Any, client: Client, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Client:
        """Mara, in the morning after she was told of an emergency."""
        visiting.seen(by=mara, now=now)
        tell(mara, "Emergency: W-1 needs a crew", now + timedelta(hours=1), kind="order.emergency")
        monkeypatch.setattr("django.utils.timezone.now", lambda: now + NIGHT)
        client.force_login(mara)
        return client

    @pytest.mark.parametrize("path", ["/districts/NORTH/board/", "/notifications/"])
    def test_they_tell_what_happened(self, back: Client, path: str) -> None:
        page = back.get(path).content.decode()

        assert "While you were away" in page
        assert '<a href="/orders/W-1/">Emergency: W-1 needs a crew</a>' in page

    def test_the_board_forgets_it_when_told_to(self, back: Client) -> None:
        back.get("/districts/NORTH/board/")

        answer = back.post("/notifications/digest/dismiss/", {"next": "/districts/NORTH/board/"})

        assert answer.headers["Location"] == "/districts/NORTH/board/"
        assert "While you were away" not in back.get("/districts/NORTH/board/").content.decode()
        assert "While you were away" in back.get("/notifications/").content.decode()

    def test_it_leads_to_no_other_site(self, back: Client) -> None:
        answer = back.post("/notifications/digest/dismiss/", {"next": "https://elsewhere.example/"})

        assert answer.headers["Location"] == "/notifications/"

    def test_nobody_dismisses_anothers(self, client: Client, back: Client, mara: Any, stella: Any) -> None:
        back.get("/notifications/")
        stranger = Client()
        stranger.force_login(stella)

        stranger.post("/notifications/digest/dismiss/")
        Client().post("/notifications/digest/dismiss/")

        assert not Visit.objects.get(user=mara).dismissed

    def test_what_a_page_asks_for_by_itself_is_no_visit(self, back: Client, mara: Any, now: datetime) -> None:
        back.get("/districts/NORTH/board/", headers={"Sec-Fetch-Mode": "cors"})
        assert Visit.objects.get(user=mara).seen_at == now

        back.get("/districts/NORTH/board/", headers={"Sec-Fetch-Mode": "navigate"})
        assert Visit.objects.get(user=mara).seen_at == now + NIGHT

    def test_queries_do_not_grow_with_what_happened(self, back: Client, mara: Any, now: datetime) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                back.get("/notifications/")
            return len(queries)

        asked()
        few = asked()
        for number in range(20):
            tell(mara, f"W-{number}", now + timedelta(hours=2), place=f"District {number}")

        assert asked() == few
        assert Notification.objects.count() == 21
