"""Travel times from a routing server with a table of its own: OSRM's `table` or Valhalla's `sources_to_targets`."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from assignments.downstream import client, reaching, trouble

SIDE = 50
"""Origins, and destinations, in one table: OSRM takes 100 places (`max-table-size`), Valhalla 2,500 pairs unless it is
told otherwise (`service_limits.auto.max_matrix_location_pairs`)."""
PATIENCE = 50
"""By how many the tables that were refused may outnumber those that were answered before the server is given up."""
LONGEST = 7 * 24 * 3600
"""A drive that takes longer is none; seconds."""

Point = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""
Times = list[list[float | None]]
"""Seconds, a row for each origin; None where no road leads."""
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)] | None


class RoutingKind(StrEnum):
    OSRM = "osrm"
    VALHALLA = "valhalla"


@dataclass(frozen=True, slots=True)
class TravelTimeServer:
    """Server of travel times and the way to ask it."""

    url: str
    kind: RoutingKind = RoutingKind.OSRM
    profile: str = ""
    """OSRM's profile or Valhalla's costing model; the usual one for cars when empty."""
    token: str = field(default="", repr=False)
    timeout: float = 10.0
    """Seconds per request."""
    side: int = SIDE
    hosts: tuple[str, ...] = ()
    """The only ones that are reached; every host without any."""

    @property
    def digest(self) -> str:
        """Key under which its travel times are stored: another server or profile may give others."""
        said = "\n".join((self.kind, self.url.rstrip("/"), self.profile))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


class _OsrmTable(BaseModel):
    model_config = ConfigDict(extra="ignore")

    durations: list[list[_Seconds]]

    @property
    def times(self) -> Times:
        return self.durations


class _Cell(BaseModel):
    model_config = ConfigDict(extra="ignore")

    time: _Seconds = None


class _ValhallaTable(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sources_to_targets: list[list[_Cell]]

    @property
    def times(self) -> Times:
        return [[cell.time for cell in row] for row in self.sources_to_targets]


class Router:
    """One server's HTTP side, for several threads at once; a context manager."""

    def __init__(self, server: TravelTimeServer) -> None:
        self._server = server
        reach = reaching.Reach(hosts=server.hosts)
        self._http = client.Client(base_url=server.url, secret=server.token, timeout=server.timeout, reach=reach)
        self._lock = threading.Lock()
        self._off_road: set[Point] = set()
        self._debt = 0
        self._has_answered = False

    def __enter__(self) -> Router:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.__exit__(kind, error, trace)

    def table(self, origins: Sequence[Point], destinations: Sequence[Point], *, limits: client.ReadingLimits) -> Times:
        """Seconds from each origin to each destination, which may be as many as the server's `side`.

        A table that the server refuses is asked for in halves: one place far from any road, or two too far apart,
        must not spoil the others. Raises SystemUnavailable, DeadlineReached, Stopped.
        """
        times: Times = [[None] * len(destinations) for _ in origins]
        pending = [(list(range(len(origins))), list(range(len(destinations))))]
        while pending:
            rows, columns = pending.pop()
            rows = [row for row in rows if origins[row] not in self._off_road]
            columns = [column for column in columns if destinations[column] not in self._off_road]
            if not rows or not columns:
                continue
            asked = [origins[row] for row in rows], [destinations[column] for column in columns]
            told = self._told(*asked, limits)
            if told is not None:
                for row, line in zip(rows, told, strict=True):
                    for column, seconds in zip(columns, line, strict=True):
                        times[row][column] = seconds if seconds is None or seconds <= LONGEST else None
            elif len(rows) == len(columns) == 1:
                self._note_off_road(asked[0][0], asked[1][0], limits)
            else:
                pending += _halves(rows, columns)
        return times

    def _note_off_road(self, origin: Point, destination: Point, limits: client.ReadingLimits) -> None:
        """Remembers whichever of the two the server cannot place on its map, so that it is not asked about again."""
        lost = {point for point in (origin, destination) if self._told([point], [point], limits) is None}
        if not self._has_answered:
            # A wrong profile is refused like a place at sea; that no road leads anywhere must not be remembered of it.
            raise trouble.SystemUnavailable("refuses every place that it is asked about", permanent=True)
        self._off_road |= lost

    def _told(
        self, origins: Sequence[Point], destinations: Sequence[Point], limits: client.ReadingLimits
    ) -> Times | None:
        """The server's table; None when it refuses this one."""
        try:
            times = self._ask(origins, destinations, limits)
        except trouble.SystemUnavailable as refusal:
            if refusal.status != 400 or self._owes(1) > PATIENCE:
                raise
            return None
        if len(times) != len(origins) or any(len(row) != len(destinations) for row in times):
            raise trouble.SystemUnavailable("answered with a table of another size")
        self._has_answered = True
        self._owes(-1)
        return times

    def _owes(self, change: int) -> int:
        with self._lock:
            self._debt = max(0, self._debt + change)
            return self._debt

    def _ask(self, origins: Sequence[Point], destinations: Sequence[Point], limits: client.ReadingLimits) -> Times:
        if self._server.kind is RoutingKind.OSRM:
            path, params = _osrm(origins, destinations, self._server.profile or "driving")
            return self._http.ask("GET", path, _OsrmTable, limits=limits, params=params).times
        body = {
            "sources": [{"lat": lat, "lon": lon} for lat, lon in origins],
            "targets": [{"lat": lat, "lon": lon} for lat, lon in destinations],
            "costing": self._server.profile or "auto",
        }
        return self._http.ask("POST", "sources_to_targets", _ValhallaTable, limits=limits, json=body).times


def _osrm(origins: Sequence[Point], destinations: Sequence[Point], profile: str) -> tuple[str, dict[str, str]]:
    places = ";".join(f"{lon:.5f},{lat:.5f}" for lat, lon in (*origins, *destinations))
    first = len(origins)
    params = {
        "sources": ";".join(str(at) for at in range(first)),
        "destinations": ";".join(str(at) for at in range(first, first + len(destinations))),
        "annotations": "duration",
    }
    return f"table/v1/{profile}/{places}", params


def _halves(rows: list[int], columns: list[int]) -> list[tuple[list[int], list[int]]]:
    """The two parts of a table, cut across its longer side."""
    if len(rows) >= len(columns):
        middle = len(rows) // 2
        return [(rows[:middle], columns), (rows[middle:], columns)]
    middle = len(columns) // 2
    return [(rows, columns[:middle]), (rows, columns[middle:])]
