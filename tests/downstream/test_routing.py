"""Tables of travel times, asked for in OSRM's and in Valhalla's way, from a server that is not always well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from assignments.downstream import client, routing, trouble
from assignments.downstream.routing import Point, RoutingKind, Times
from tests.downstream.conftest import Answer
from tests.downstream.routing_server import RoutingServer, seconds

DEPOT, NEARBY, FAR, SEA = (40.0, -75.0), (40.0, -75.05), (40.4, -75.4), (39.0, -70.0)
PLACES = [DEPOT, NEARBY, FAR]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_backoff", lambda state: 0.01)


@pytest.fixture(params=list(RoutingKind))
def roads(request: pytest.FixtureRequest) -> Iterator[RoutingServer]:
    """The server, once in each protocol."""
    with RoutingServer(request.param) as server:
        yield server


def table(
    roads: RoutingServer, origins: list[Point], destinations: list[Point], *, within: float = 10, **fields: Any
) -> Times:
    with routing.Router(roads.server(**fields)) as router:
        return router.table(origins, destinations, limits=client.ReadingLimits(time.monotonic() + within))


def told(origins: list[Point], destinations: list[Point]) -> list[Any]:
    return [[pytest.approx(seconds(a, b), abs=0.01) for b in destinations] for a in origins]


class TestTable:
    def test_tells_each_drive_in_its_direction(self, roads):
        times = table(roads, PLACES, [DEPOT, FAR])

        assert times == told(PLACES, [DEPOT, FAR])
        assert times[0][1] != times[2][0]

    def test_a_drive_without_a_road_is_none(self, roads):
        roads.islands = {FAR}

        times = table(roads, PLACES, PLACES)

        assert [times[0][2], times[2][0], times[2][2]] == [None] * 3
        assert times[0][1] == pytest.approx(seconds(DEPOT, NEARBY), abs=0.01)

    def test_a_drive_of_weeks_is_none(self, roads):
        roads._drive = lambda a, b: 8 * 24 * 3600.0

        assert table(roads, [DEPOT], [FAR]) == [[None]]

    def test_the_usual_table_is_one_request(self, roads):
        many = [(40 + at / 1000, -75.0) for at in range(routing.SIDE)]

        table(roads, many, many)

        assert len(roads.tables) == 1

    def test_asks_for_another_kind_of_vehicle(self, roads):
        roads.profile = "truck"

        assert table(roads, [DEPOT], [FAR], profile="truck") == told([DEPOT], [FAR])

    def test_shows_its_token(self, roads):
        table(roads, [DEPOT], [FAR], token="open-sesame")

        assert roads.asked[0].headers["authorization"] == "Bearer open-sesame"

    def test_the_server_may_lie_below_a_path(self):
        with RoutingServer() as roads:
            answer = roads.respond
            roads.respond = lambda asked: answer(
                type(asked)(**(vars(asked) | {"path": asked.path.removeprefix("/maps")}))
            )

            assert table(roads, [DEPOT], [FAR], url=f"{roads.url}/maps/") == told([DEPOT], [FAR])


class TestRefusals:
    def test_a_place_on_no_map_spoils_no_other(self, roads):
        many = [(40 + at / 1000, -75.0) for at in range(20)]
        roads.off_map = {SEA}

        times = table(roads, [*many, SEA], many)

        assert times[:-1] == told(many, many)
        assert times[-1] == [None] * 20

    def test_a_place_on_no_map_is_asked_about_once(self, roads):
        roads.off_map = {SEA}
        with routing.Router(roads.server()) as router:
            limits = client.ReadingLimits(time.monotonic() + 60)
            router.table([DEPOT, SEA], [FAR], limits=limits)
            before = len(roads.tables)

            assert router.table([SEA, NEARBY], [DEPOT], limits=limits) == [[None], *told([NEARBY], [DEPOT])]

        assert len(roads.tables) == before + 1

    def test_a_server_that_takes_less_is_asked_for_less(self, roads):
        roads.most = 10
        many = [(40 + at / 1000, -75.0) for at in range(16)]

        assert table(roads, many, many) == told(many, many)

    def test_a_server_that_refuses_everything_is_given_up(self, roads):
        roads.profile = "no such vehicle"

        with pytest.raises(trouble.SystemUnavailable, match="refuses every place") as caught:
            table(roads, PLACES, PLACES)

        assert caught.value.permanent
        assert len(roads.asked) <= 7

    def test_a_server_that_refuses_nearly_everything_is_given_up(self, roads):
        many = [(40 + at / 1000, -75.01) for at in range(routing.SIDE)]
        roads.off_map = set(many)
        limits = client.ReadingLimits(time.monotonic() + 60)

        with routing.Router(roads.server()) as router:
            router.table([DEPOT], [FAR], limits=limits)
            with pytest.raises(trouble.SystemUnavailable, match=r"answered 400: (Could not|No suitable)"):
                router.table(many, many, limits=limits)

        assert len(roads.asked) < 2 * routing.PATIENCE


class TestTrouble:
    @pytest.mark.parametrize(
        "fault",
        [Answer(503), Answer(429), Answer(cut=True), Answer(raw=b"<html>One moment</html>")],
        ids=["503", "429", "a cut connection", "a gateway's page"],
    )
    def test_tries_again_what_may_pass(self, roads, fault):
        roads.answer(fault)

        assert table(roads, [DEPOT], [FAR]) == told([DEPOT], [FAR])

    @pytest.mark.parametrize("body", [{}, {"code": "Ok", "durations": [[-1]], "sources_to_targets": [[{"time": -1}]]}])
    def test_nonsense_is_not_believed(self, roads, body):
        roads.respond = lambda asked: Answer(body=body)

        with pytest.raises(trouble.SystemUnavailable, match="something else than agreed"):
            table(roads, [DEPOT], [FAR])

    def test_a_table_of_another_size_is_not_believed(self, roads):
        roads.respond = lambda asked: Answer(
            body={"durations": [[1, 2]], "sources_to_targets": [[{"time": 1}, {"time": 2}]]}
        )

        with pytest.raises(trouble.SystemUnavailable, match="another size"):
            table(roads, [DEPOT], [FAR])

    def test_a_silent_server_ends_with_the_deadline(self, roads):
        roads.respond = lambda asked: Answer(silent=True)
        began = time.monotonic()

        with pytest.raises(trouble.DeadlineReached):
            table(roads, [DEPOT], [FAR], within=0.4)

        assert time.monotonic() - began < 10

    def test_a_server_that_is_not_there_could_not_be_reached(self, roads):
        with pytest.raises(trouble.SystemUnavailable, match="could not be reached"):
            table(roads, [DEPOT], [FAR], url="http://127.0.0.1:1")


def test_what_was_told_is_remembered_for_each_server_and_profile():
    servers = [
        routing.TravelTimeServer("http://a"),
        routing.TravelTimeServer("http://b"),
        routing.TravelTimeServer("http://a", RoutingKind.VALHALLA),
        routing.TravelTimeServer("http://a", profile="truck"),
    ]  # fmt: skip

    assert len({server.digest for server in servers}) == 4
    assert routing.TravelTimeServer("http://a/", token="x", timeout=1).digest == servers[0].digest
