"""People see where they are logged in and end it; sessions end by themselves, by two limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from assignments import models
from notifications.models import Event
from tests import factories
from tests.views.conftest import one_line

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36 EdgA/139.0"
PAGE = "/account/sessions/"


def logged_in(user: Any, *, address: str = "192.0.2.7", agent: str = FIREFOX) -> Client:
    client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=agent)
    words = {"username": user.get_username(), "password": "correct-horse-battery"}
    assert client.post("/login/", words).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def key_of(client: Client) -> str:
    return str(client.session.session_key)


class TestList:
    @pytest.mark.parametrize("who", ["mara", "vic", "stella"])
    def test_everybody_sees_their_own(self, who: str, request: pytest.FixtureRequest) -> None:
        user = request.getfixturevalue(who)
        here, there = logged_in(user), logged_in(user, address="198.51.100.4", agent=EDGE)

        page = one_line(here.get(PAGE))

        assert "Firefox on Windows" in page
        assert "Edge on Android" in page
        assert "198.51.100.4" in page
        assert page.count("This one") == 1
        assert key_of(there) not in page

    def test_nobody_sees_any(self, anonymous: Client) -> None:
        assert anonymous.get(PAGE).headers["Location"] == f"/login/?next={PAGE}"
        assert anonymous.post(f"{PAGE}end-others/").status_code == 302

    def test_those_of_others_are_not_among_them(self, mara: Any, vic: Any) -> None:
        logged_in(vic, address="198.51.100.4")

        assert "198.51.100.4" not in one_line(logged_in(mara).get(PAGE))

    def test_those_that_were_ended_elsewhere_are_gone(self, mara: Any) -> None:
        here, left = logged_in(mara), logged_in(mara, address="198.51.100.4")
        left.post("/logout/")

        assert "198.51.100.4" not in one_line(here.get(PAGE))

    def test_behind_a_changed_password_there_is_one(self, mara: Any) -> None:
        here = logged_in(mara)
        logged_in(mara, address="198.51.100.4")
        new = "seven herons over a quarry"
        here.post("/account/password/", {
            "old_password": "correct-horse-battery", "new_password1": new, "new_password2": new,
        })  # fmt: skip

        page = one_line(here.get(PAGE))

        assert "This one" in page
        assert "198.51.100.4" not in page

    def test_what_is_over_is_forgotten_at_the_next_login(self, mara: Any) -> None:
        logged_in(mara)
        Session.objects.all().delete()

        here = logged_in(mara)

        assert [one.session_key for one in models.SignOn.objects.all()] == [key_of(here)]


class TestEnding:
    def test_one_of_them(self, mara: Any) -> None:
        here, there, third = (logged_in(mara) for _ in range(3))
        row = models.SignOn.objects.get(session_key=key_of(there))

        assert here.post(f"{PAGE}{row.pk}/end/").headers["Location"] == PAGE

        assert [is_in(one) for one in (here, there, third)] == [True, False, True]
        assert Event.objects.filter(type="access.changed", data__user=mara.pk, data__session__isnull=False).exists()
        [entry] = models.AuditEntry.objects.filter(verb="session.ended")
        assert (entry.actor, entry.before["user"], entry.before["address"]) == (mara, "mara", "192.0.2.7")

    def test_all_but_this_one(self, mara: Any, vic: Any) -> None:
        here, *others, of_vic = logged_in(mara), logged_in(mara), logged_in(mara), logged_in(vic)

        here.post(f"{PAGE}end-others/")

        assert [is_in(one) for one in (here, *others, of_vic)] == [True, False, False, True]

    def test_not_that_of_somebody_else(self, mara: Any, vic: Any) -> None:
        here, theirs = logged_in(mara), logged_in(vic)
        row = models.SignOn.objects.get(user=vic)

        assert here.post(f"{PAGE}{row.pk}/end/").status_code == 404
        assert is_in(theirs)

    def test_a_link_ends_nothing(self, mara: Any) -> None:
        here, there = logged_in(mara), logged_in(mara)
        row = models.SignOn.objects.get(session_key=key_of(there))

        assert here.get(f"{PAGE}{row.pk}/end/").status_code == 405
        assert here.get(f"{PAGE}end-others/").status_code == 405
        assert is_in(there)


class TestLimits:
    @pytest.fixture(autouse=True)
    def _limits(self, settings: Any) -> None:
        settings.SESSION_HOURS, settings.SESSION_IDLE_MINUTES = 12, 60

    def ends(self, client: Client) -> Any:
        return Session.objects.get(session_key=key_of(client)).expire_date

    def test_idle_for_as_long_it_is_over(self, mara: Any) -> None:
        with time_machine.travel(factories.NOW, tick=False) as clock:
            client = logged_in(mara)
            clock.shift(timedelta(minutes=59))
            assert is_in(client)
            clock.shift(timedelta(minutes=59))
            assert is_in(client)
            clock.shift(timedelta(minutes=61))
            assert not is_in(client)

    def test_twelve_hours_after_the_login_it_is_over_whatever_is_done(self, mara: Any) -> None:
        with time_machine.travel(factories.NOW, tick=False) as clock:
            client = logged_in(mara)
            for _ in range(23):
                clock.shift(timedelta(minutes=31))
                assert is_in(client)
            clock.shift(timedelta(minutes=31))
            assert not is_in(client)

    def test_another_district_renews_neither(self, mara: Any, elsewhere: models.District) -> None:
        factories.MembershipFactory(user=mara, district=elsewhere)
        with time_machine.travel(factories.NOW, tick=False) as clock:
            client = logged_in(mara)
            before = self.ends(client)
            for code in ("NORTH", "SOUTH", "NORTH"):
                clock.shift(timedelta(minutes=10))
                assert client.get(f"/districts/{code}/board/").status_code == 200

            assert self.ends(client) == before

    def test_what_an_open_page_asks_for_renews_nothing(self, mara: Any) -> None:
        with time_machine.travel(factories.NOW, tick=False) as clock:
            client = logged_in(mara)
            before = self.ends(client)
            clock.shift(timedelta(minutes=30))
            assert client.get("/api/v1/orders/").status_code == 200
            assert client.get(PAGE, headers={"Sec-Fetch-Mode": "cors"}).status_code == 200

            assert self.ends(client) == before

    def test_the_cookie_ends_with_the_session(self, mara: Any) -> None:
        with time_machine.travel(factories.NOW, tick=False) as clock:
            client = logged_in(mara)
            clock.shift(timedelta(minutes=30))
            answer = client.get(PAGE)

            assert answer.cookies["sessionid"]["max-age"] == 60 * 60
            assert self.ends(client) == timezone.now() + timedelta(minutes=60)
