"""Trust of the web server behind a proxy, and readers' separation. Real Pushpin."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import jwt
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from assignments import models
from assignments.services.runs import running
from notifications.services import access, positions
from notifications.streams.fanout.viewers import Viewer
from notifications.streams.proxy import statement
from tests.streams.conftest import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial, pytest.mark.once]


@pytest.fixture
def server(behind_pushpin: Server) -> Server:
    return behind_pushpin


class TestWhoIsBelieved:
    @pytest.mark.parametrize(
        "signature", ["x", jwt.encode({"iss": "pushpin", "exp": 9_999_999_999}, "another-key" * 4, "HS256")]
    )
    def test_a_forged_signature_gets_an_ordinary_stream(self, server: Server, as_mara: Client, signature: str) -> None:
        forged = {"Grip-Sig": signature, "Grip-Last": "browser-user:1; last-id=x"}
        with server.browser(as_mara) as browser:
            with browser.stream("GET", f"http://127.0.0.1:{server.port}/events/", headers=forged) as response:
                hello = next(response.iter_lines())
            following = browser.get(f"http://127.0.0.1:{server.port}/events/next/x/", headers=forged)

        assert hello.startswith("id: ")
        assert not [name for name in response.headers if name.startswith("grip-")]
        assert following.status_code == 404

    def test_a_reader_cannot_use_the_link_of_a_stream_even_through_the_proxy(
        self, server: Server, as_mara: Client, mara: Any
    ) -> None:
        viewer = Viewer(mara.pk, frozenset({f"user:{mara.pk}"}), as_mara.session.session_key, "")
        log = positions.log_state()
        link = statement.Statement(viewer, "browser", log.epoch, log.head, log.head, time.time() + 60).seal()
        with server.browser(as_mara) as browser:
            answer = browser.get(f"/events/next/{link}/", headers={"Grip-Last": "x; last-id=1"})

        assert answer.status_code == 404

    def test_readers_are_not_told_how_their_stream_is_held(self, server: Server, as_mara: Client) -> None:
        with server.stream(as_mara) as stream:
            stream.next()

        assert not [name for name in stream.response.headers if name.startswith("grip-")]


def test_readers_who_are_asked_after_together_are_judged_apart(
    server: Server, as_mara: Client, mara: Any, jonas: Any, district: models.District
) -> None:
    as_jonas = Client()
    as_jonas.force_login(jonas)
    run, _ = running.request_run(district=district, day=timezone.now().date(), by=mara, now=timezone.now())
    with contextlib.ExitStack() as stack:
        opened = [
            stack.enter_context(server.stream(each, f"/runs/{run.pk}/events/")) for each in [as_mara, as_jonas] * 3
        ]
        for stream in opened:
            stream.take(2)
        # Two turns, at which the proxy asks after all of them at once, with the same channels and places.
        time.sleep(2.5)
        with transaction.atomic():
            models.Membership.objects.filter(user=jonas).delete()
            access.review(user_id=jonas.pk, now=timezone.now())
        ends = [[event.event for event in stream.rest()] for stream in opened[1::2]]
        running.cancel_run(run=run, by=mara, now=timezone.now())
        told = [[event.event for event in stream.rest()] for stream in opened[0::2]]

    assert ends == [["bye"]] * 3
    assert told == [["run.changed", "done"]] * 3
