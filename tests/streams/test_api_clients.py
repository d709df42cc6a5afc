"""The streams as integrations read them: by a bearer token, with three clients that are not ours."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
from django.db import transaction
from django.utils import timezone

from assignments import models
from assignments.services import tokens
from assignments.services.records import events
from assignments.services.runs import running
from notifications.models import Event
from notifications.services import positions
from notifications.streams.fanout.frames import Frame
from notifications.wire import catalogue
from tests import factories, servers
from tests.streams.clients import READER, ROOT, Client, Curl, HttpxSse, Npm, install_packages, many
from tests.streams.conftest import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial, pytest.mark.once]
EVENTS = "/api/v1/events/"
UNSEEN = "00000000-0000-4000-8000-000000000000"
RENDERED = {"html", "rows", "unread"}
Status = models.SuggestionRun.Status
Told = httpx_sse.ServerSentEvent


@pytest.fixture(scope="module")
def npm() -> None:
    servers.need("nodejs", "npm")
    install_packages()


@pytest.fixture(params=["httpx-sse", "curl", "npm eventsource"])
def kind(request: pytest.FixtureRequest) -> type[Client]:
    if request.param == "curl":
        servers.need("curl")
        return Curl
    if request.param == "npm eventsource":
        request.getfixturevalue("npm")
        return Npm
    return HttpxSse


@pytest.fixture
def run(district: models.District, mara: Any) -> models.SuggestionRun:
    now = timezone.now()
    return running.request_run(district=district, day=now.astimezone(district.zone).date(), by=mara, now=now)[0]


@pytest.fixture
def orders(district: models.District) -> list[models.WorkOrder]:
    return [factories.OrderFactory(district=district) for _ in range(9)]


def secret_of(person: Any, *scopes: str) -> str:
    """A new token that acts as this person."""
    scopes = scopes or ("read",)
    name = f"{person.username} to {' and '.join(scopes)}"
    return tokens.issue(name=name, user=person, scopes=scopes, by=person, now=timezone.now())[1]


def change(*orders: models.WorkOrder) -> None:
    with transaction.atomic():
        for order in orders:
            events.order_changed(orders=[order], cause="permit.changed", now=timezone.now())


def take(told: Iterator[Told], count: int) -> list[Told]:
    """So many events, without the greetings of the connections that they came over."""
    return list(itertools.islice((one for one in told if one.event != "hello"), count))


def ids_in_the_log(*channels: str) -> list[str]:
    epoch = positions.log_state().epoch
    return [Frame.of(row, epoch).id for row in Event.objects.on(channels).order_by("position")]


def kill(server: Server) -> None:
    """Every process that holds streams, as a power cut would."""
    for pid in server.pids:
        os.kill(pid, signal.SIGKILL)


class TestEvents:
    def test_are_told_in_order_as_plain_data(
        self, kind: type[Client], server: Server, mara: Any, orders: list[models.WorkOrder]
    ) -> None:
        client = kind(server.address + EVENTS, secret_of(mara))

        with client.follow() as told:
            greeting = next(told)
            change(*orders)
            read = take(told, len(orders))

        assert greeting.event == "hello"
        assert [one.json()["number"] for one in read] == [order.number for order in orders]
        assert not RENDERED & {field for one in read for field in one.json()}
        assert [one.id for one in read] == ids_in_the_log(events.district_channel(orders[0].district_id))

    def test_survive_a_killed_server_whole(
        self, kind: type[Client], server: Server, mara: Any, orders: list[models.WorkOrder]
    ) -> None:
        client = kind(server.address + EVENTS, secret_of(mara))

        with client.follow() as told:
            next(told)
            change(*orders[:3])
            read = take(told, 2)
            kill(server)
            change(*orders[3:6])
            read += take(told, 4)
            change(*orders[6:])
            read += take(told, 3)

        assert [one.json()["number"] for one in read] == [order.number for order in orders]
        assert [one.id for one in read] == ids_in_the_log(events.district_channel(orders[0].district_id))

    def test_continue_behind_the_last_one_that_was_dealt_with(
        self, kind: type[Client], server: Server, mara: Any, orders: list[models.WorkOrder]
    ) -> None:
        secret = secret_of(mara)
        with kind(server.address + EVENTS, secret).follow() as told:
            next(told)
            change(*orders[:3])
            last = take(told, 2)[-1].id
        change(*orders[3:])

        with kind(server.address + EVENTS, secret, last=last).follow() as told:
            read = take(told, len(orders) - 2)

        assert [one.json()["number"] for one in read] == [order.number for order in orders[2:]]

    def test_end_within_two_seconds_once_the_token_is_revoked(
        self, kind: type[Client], server: Server, mara: Any, orders: list[models.WorkOrder]
    ) -> None:
        client = kind(server.address + EVENTS, secret_of(mara))

        with client.follow() as told:
            next(told)
            before = time.monotonic()
            tokens.revoke(tokens=models.ApiToken.objects.all(), by=mara, now=timezone.now())
            bye = next(told)
            took = time.monotonic() - before
            change(*orders)
            rest = list(told)

        assert (bye.event, bye.json()) == ("bye", {"reason": "access"})
        assert took < 30
        assert rest == []
        assert client.status == 401


class TestOneRun:
    def test_is_followed_over_a_killed_server_to_its_end_and_then_never_again(
        self, kind: type[Client], server: Server, mara: Any, run: models.SuggestionRun
    ) -> None:
        client = kind(f"{server.address}/api/v1/runs/{run.pk}/events/", secret_of(mara))

        with client.follow() as told:
            read = take(told, 1)
            running.claim(owner="worker", now=timezone.now())
            read += take(told, 1)
            kill(server)
            for stage in (Status.SCREENING, Status.SCORING):
                running.advance(run=run, owner="worker", to=stage, now=timezone.now())
            running.finish(run=run, owner="worker", partial=False, figures={}, now=timezone.now())
            # Its client does not close at `done`: the answer to its coming back has to stop it.
            read += [one for one in told if one.event != "hello"]

        begun = ["QUEUED", "GATHERING"]
        # Whoever comes back is first told how the run stands.
        assert [one.json().get("status") for one in read] == [*begun, "READY", "SCREENING", "SCORING", "READY", None]
        assert read[-1].event == "done"
        assert not RENDERED & {field for one in read for field in one.json()}
        assert client.status == 204


class TestWhoMayRead:
    @pytest.fixture
    def everybody(self, mara: Any, vic: Any, stella: Any) -> dict[str, str]:
        return {
            "manager": secret_of(mara),
            "viewer": secret_of(vic),
            "stranger": secret_of(stella),
            "token for something else": secret_of(mara, "push"),
            "nobody": "",
        }

    @pytest.mark.parametrize("who", ["manager", "viewer"])
    def test_members_of_the_district(
        self, kind: type[Client], server: Server, everybody: dict[str, str], run: models.SuggestionRun, who: str
    ) -> None:
        for path in (f"{EVENTS}?district=NORTH", f"/api/v1/runs/{run.pk}/events/"):
            with kind(server.address + path, everybody[who]).follow() as told:
                assert next(told).event == "hello"

    @pytest.mark.parametrize(
        ("who", "path", "refusal"),
        [
            ("stranger", EVENTS + "?district=NORTH", (404, "not-found")),
            ("stranger", "/api/v1/runs/{run}/events/", (404, "not-found")),
            ("manager", f"/api/v1/runs/{UNSEEN}/events/", (404, "not-found")),
            ("token for something else", EVENTS, (403, "permission-denied")),
            ("token for something else", "/api/v1/runs/{run}/events/", (403, "permission-denied")),
            ("nobody", EVENTS, (401, "not-authenticated")),
            ("nobody", "/api/v1/runs/{run}/events/", (401, "not-authenticated")),
        ],
    )
    def test_others_are_refused_for_good(
        self,
        kind: type[Client],
        server: Server,
        everybody: Any,
        run: Any,
        who: str,
        path: str,
        refusal: tuple[int, str],
    ) -> None:
        client = kind(server.address + path.format(run=run.pk), everybody[who])

        with client.follow() as told:
            assert list(told) == []

        # The npm package keeps the body to itself.
        code = refusal[1] if kind is Npm else json.loads(client.refusal)["code"]
        assert (client.status, code) == refusal

    def test_a_stranger_hears_of_their_own_district_only(
        self,
        kind: type[Client],
        server: Server,
        everybody: dict[str, str],
        orders: list[models.WorkOrder],
        elsewhere: models.District,
    ) -> None:
        own = factories.OrderFactory(district=elsewhere)

        with kind(server.address + EVENTS, everybody["stranger"]).follow() as told:
            next(told)
            change(*orders, own)

            assert next(told).json()["number"] == own.number


def test_one_process_of_npm_reads_for_many(
    npm: None, server: Server, mara: Any, vic: Any, orders: list[models.WorkOrder], tmp_path: Path
) -> None:
    """For measurements: many connections, as different people, of which only the ids are told."""
    people = tmp_path / "headers"
    people.write_text("".join(f"Authorization: Bearer {secret_of(person)}\n" for person in (mara, vic)))

    with many(server.address + EVENTS, 6, people) as lines:
        opened = [line for line in itertools.islice(lines, 12) if line.get("event") == "hello"]
        change(*orders)
        read = list(itertools.islice(lines, 6 * len(orders)))

    ids = ids_in_the_log(events.district_channel(orders[0].district_id))
    assert sorted(line["connection"] for line in opened) == list(range(6))
    assert "data" not in read[0]
    assert all([line["id"] for line in read if line["connection"] == number] == ids for number in range(6))


def test_the_reader_of_npm_listens_for_everything_that_is_told() -> None:
    [names] = re.findall(r"const NAMES = \[(.*?)\]", READER.read_text(), re.DOTALL)

    assert re.findall('"(.*?)"', names) == sorted(one.name for one in catalogue.all_types() if one.delivered)


def test_the_reader_that_the_documentation_shows_reads(
    server: Server, mara: Any, orders: list[models.WorkOrder]
) -> None:
    source, _ = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "integration.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {"httpx": httpx, "connect_sse": httpx_sse.connect_sse, "time": time}
    exec(source, names)
    told = names["follow"](server.address + EVENTS, secret_of(mara))

    assert next(told).event == "hello"
    change(*orders[:3])
    read = take(told, 2)
    kill(server)
    change(*orders[3:])
    read += take(told, len(orders) - 2)

    assert [one.json()["number"] for one in read] == [order.number for order in orders]
    tokens.revoke(tokens=models.ApiToken.objects.all(), by=mara, now=timezone.now())
    assert [one.event for one in told] == ["bye"]
