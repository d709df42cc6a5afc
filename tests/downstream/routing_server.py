"""A routing server on a port of its own, in OSRM's or Valhalla's protocol: limits, refusals and gaps as they have them.

Its roads lead east and north faster than west and south, so that no drive is as long back as it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from assignments.downstream.routing import Point, RoutingKind, TravelTimeServer
from tests.downstream.conftest import Answer, Asked, ScriptedSystem

Drive = Callable[[Point, Point], float | None]


def seconds(origin: Point, destination: Point) -> float:
    """The server's answer for a drive: a minute for each hundredth of a degree, 90 seconds to the south or west."""
    north, east = destination[0] - origin[0], destination[1] - origin[1]
    return sum(6000 * (way if way > 0 else -1.5 * way) for way in (north, east))


class RoutingServer(ScriptedSystem):
    """Answers every table of which it knows all places; `answer` scripts what happens instead.

    `most` is OSRM's max-table-size or Valhalla's square root of max_matrix_location_pairs. `islands` are places that no
    road leads to, `off_map` such that lie on no map at all.
    """

    def __init__(self, kind: RoutingKind = RoutingKind.OSRM, *, most: int | None = None, profile: str = "") -> None:
        super().__init__()
        self.kind = kind
        self.most = most or (100 if kind is RoutingKind.OSRM else 50)
        self.profile = profile or ("driving" if kind is RoutingKind.OSRM else "auto")
        self.islands: set[Point] = set()
        self.off_map: set[Point] = set()
        self.tables: list[tuple[list[Point], list[Point]]] = []
        """The origins and destinations of each table that was asked for."""
        self.respond = self._osrm if kind is RoutingKind.OSRM else self._valhalla

    def server(self, **fields: Any) -> TravelTimeServer:
        defaults: dict[str, Any] = {"url": self.url, "kind": self.kind, "timeout": 5.0}
        return TravelTimeServer(**(defaults | fields))

    def __enter__(self) -> RoutingServer:
        return self

    @property
    def pairs(self) -> int:
        """How many drives it was asked for."""
        return sum(len(origins) * len(destinations) for origins, destinations in self.tables)

    def _drive(self, origin: Point, destination: Point) -> float | None:
        return None if {origin, destination} & self.islands else seconds(origin, destination)

    def _osrm(self, asked: Asked) -> Answer:
        service, version, profile, places = asked.path.removeprefix("/").split("/")
        if (service, version, profile) != ("table", "v1", self.profile) or asked.method != "GET":
            return _osrm_refusal("InvalidUrl", "URL string malformed")
        points = [(float(lat), float(lon)) for lon, lat in (place.split(",") for place in places.split(";"))]
        origins = [points[int(at)] for at in asked.query["sources"].split(";")]
        destinations = [points[int(at)] for at in asked.query["destinations"].split(";")]
        self.tables.append((origins, destinations))
        if len(points) > self.most:
            return _osrm_refusal("TooBig", "Too many table coordinates")
        if lost := [at for at, point in enumerate(points) if point in self.off_map]:
            return _osrm_refusal("NoSegment", f"Could not find a matching segment for coordinate {lost[0]}")
        durations = [[self._drive(a, b) for b in destinations] for a in origins]
        return Answer(body={"code": "Ok", "durations": durations, "sources": [], "destinations": []})

    def _valhalla(self, asked: Asked) -> Answer:
        if asked.path != "/sources_to_targets" or asked.method != "POST":
            return _valhalla_refusal(106, "Try any of: '/sources_to_targets'", HTTPStatus.NOT_FOUND)
        if asked.body["costing"] != self.profile:
            return _valhalla_refusal(125, "No costing method found")
        origins, destinations = (_points(asked.body[name]) for name in ("sources", "targets"))
        self.tables.append((origins, destinations))
        if len(origins) * len(destinations) > self.most**2:
            return _valhalla_refusal(150, "Exceeded max locations")
        if {*origins, *destinations} & self.off_map:
            return _valhalla_refusal(171, "No suitable edges near location")
        return Answer(body={"sources_to_targets": self._cells(origins, destinations), "units": "kilometers"})

    def _cells(self, origins: Sequence[Point], destinations: Sequence[Point]) -> list[list[dict[str, Any]]]:
        def cell(row: int, column: int) -> dict[str, Any]:
            time = self._drive(origins[row], destinations[column])
            return {
                "time": time,
                "distance": None if time is None else time / 60,
                "from_index": row,
                "to_index": column,
            }

        return [[cell(row, column) for column in range(len(destinations))] for row in range(len(origins))]


def _points(locations: Sequence[dict[str, float]]) -> list[Point]:
    return [(one["lat"], one["lon"]) for one in locations]


def _osrm_refusal(code: str, message: str) -> Answer:
    return Answer(HTTPStatus.BAD_REQUEST, {"code": code, "message": message})


def _valhalla_refusal(code: int, error: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Answer:
    return Answer(status, {"error_code": code, "error": error, "status_code": int(status), "status": status.phrase})
