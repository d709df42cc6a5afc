"""Lineup is led to the hosts that the operator lists, whoever names another and wherever."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client

from assignments import models
from assignments.downstream import client, hosts, reaching, routing, trouble
from assignments.services.snapshots.routing import remembering
from assignments.services.writebacks import connecting
from tests import factories
from tests.downstream.mapped import made
from tests.downstream.routing_server import RoutingServer
from tests.views.adminforms import form_of, save

LIST = ["work.example", ".utility.example", "[::1]"]


@pytest.mark.parametrize(
    "host", ["work.example", "WORK.example", "work.example.", "utility.example", "a.b.utility.example", "::1"]
)
def test_hosts_of_the_list(host: str) -> None:
    assert hosts.is_listed(host, LIST)


@pytest.mark.parametrize(
    "host",
    ["example", "a.work.example", "work.example.evil.test", "evilutility.example", "127.0.0.1", "2130706433", ""],
)
def test_other_hosts(host: str) -> None:
    assert not hosts.is_listed(host, LIST)
    assert hosts.is_listed(host, [])


@pytest.mark.parametrize(
    ("address", "proxy", "refused"),
    [
        ("http://127.0.0.1:9", "", "127.0.0.1"),
        ("http://work.example@127.0.0.1:9", "", "127.0.0.1"),
        ("http://127.0.0.1:9", "http://work.example:9", "127.0.0.1"),
        ("http://work.example:9", "http://127.0.0.1:9", "127.0.0.1"),
    ],
)
def test_nothing_is_sent_elsewhere(address: str, proxy: str, refused: str) -> None:
    reach = reaching.Reach(hosts=tuple(LIST), proxy=proxy)
    words = f"{refused} is not among the hosts of OUTBOUND_HOSTS"
    with (
        client.Client(base_url=address, timeout=60, reach=reach) as system,
        pytest.raises(trouble.SystemUnavailable, match=words) as caught,
    ):
        system.book(payload={}, key="k")
    assert not caught.value.is_sent


def test_a_row_from_before_the_list_is_not_reached(db: None, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = LIST
    system = factories.DownstreamSystemFactory(base_url="http://127.0.0.1:9")
    subscription = factories.SubscriptionFactory(address="http://127.0.0.1:9/hook", signing_env="")

    for row in (system, subscription):
        with pytest.raises(trouble.SystemUnavailable, match="not among the hosts of OUTBOUND_HOSTS"):
            connecting.kept(system=row).book(payload={}, key="k")


def test_a_routing_server_elsewhere_is_not_asked(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(client, "_backoff", lambda state: 0.01)
    settings.ROUTING_URL, settings.OUTBOUND_HOSTS = "http://osrm.example", ["osrm.example"]
    server = remembering.server()
    assert server is not None
    assert server.hosts == ("osrm.example",)
    with RoutingServer() as roads:
        limits = client.ReadingLimits(time.monotonic() + 60)
        with (
            routing.Router(roads.server(hosts=server.hosts)) as router,
            pytest.raises(trouble.SystemUnavailable, match="not among the hosts of OUTBOUND_HOSTS"),
        ):
            router.table([(40.0, -75.0)], [(40.4, -75.4)], limits=limits)
        assert not roads.asked


def test_a_manifest_may_not_fetch_its_token_elsewhere() -> None:
    auth = {
        "type": "oauth2", "token_url": "https://evil.test/token", "client_id": "lineup",
        "client_secret_env": "LINEUP_SECRET_HR",
    }  # fmt: skip
    reach = reaching.Reach(hosts=("127.0.0.1", "localhost"))

    assert (
        made("http://127.0.0.1:9", auth=auth, set_up={"reach": reach})
        .faults()[0]
        .startswith("auth.token_url: evil.test is not among the hosts of OUTBOUND_HOSTS")
    )


class TestInTheAdministration:
    @pytest.fixture(autouse=True)
    def _listed(self, settings: Any, db: None) -> None:
        settings.OUTBOUND_HOSTS = LIST

    @pytest.fixture
    def ada(self) -> Client:
        ada = Client()
        ada.force_login(factories.UserFactory(username="ada", is_staff=True, is_superuser=True))
        return ada

    @pytest.mark.parametrize("field", ["base_url", "proxy"])
    def test_a_system_elsewhere_is_refused(self, ada: Client, field: str) -> None:
        system = factories.DownstreamSystemFactory(base_url="http://work.example")
        address, form = form_of(ada, system)

        answer = ada.post(address, form | {field: "http://evil.test"})

        assert answer.context["adminform"].form.errors[field] == [
            "evil.test is not among the hosts of OUTBOUND_HOSTS: ask the operator to add it."
        ]
        save(ada, system, base_url="https://hr.utility.example", proxy="http://work.example:3128")

    def test_a_subscription_elsewhere_is_refused(self, ada: Client, district: models.District) -> None:
        subscription = factories.SubscriptionFactory(address="https://work.example/hook")
        subscription.districts.set([district])
        address, form = form_of(ada, subscription)

        answer = ada.post(address, form | {"address": "https://evil.test/hook"})

        assert "evil.test is not among" in answer.context["adminform"].form.errors["address"][0]
        save(ada, subscription, address="https://gis.utility.example/hook")


def test_production_without_a_list_is_warned_of(settings: Any) -> None:
    assert "assignments.W001" in {one.id for one in run_checks(include_deployment_checks=True)}

    settings.OUTBOUND_HOSTS = LIST
    assert "assignments.W001" not in {one.id for one in run_checks(include_deployment_checks=True)}
