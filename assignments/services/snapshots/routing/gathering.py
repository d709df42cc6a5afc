"""Asking a routing server for what a run may drive and nobody has told yet, within the run's lease and a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from assignments import models
from assignments.downstream import client, routing
from assignments.engine.domain.roads import NO_ROAD, Roads
from assignments.engine.search import tables
from assignments.services.snapshots import supply
from assignments.services.snapshots.routing import asking, remembering

_SAY_EVERY = 0.5
"""Seconds between two words about how far it is."""


@dataclass(slots=True)
class GatheredDrives:
    """Counts of the drives that a run may need, and the result of asking for the unknown ones."""

    wanted: int = 0
    asked: int = 0
    told: int = 0
    estimated: int = 0
    """Wanted drives for which there is no time, however old."""
    error: str = ""
    """Why the server did not tell everything, in words for a manager."""
    roads: Roads | None = None
    """Everything told, for the engine."""

    @property
    def complete(self) -> bool:
        return not self.error

    @property
    def figures(self) -> dict[str, Any]:
        """For the run's figures."""
        told = {"drives": self.wanted, "drives_asked": self.asked, "drives_told": self.told}
        return told | {"drives_estimated": self.estimated, "routing_error": self.error}


def gather(
    *,
    run: models.SuggestionRun,
    now_fn: Callable[[], datetime],
    stop: Callable[[], bool],
    on_change: Callable[[GatheredDrives], None],
) -> GatheredDrives | None:
    """The known drives of the run's day; None when no routing server is set up.

    Asks for what is not known, or was told too long ago, for at most ROUTING_DEADLINE seconds, and remembers each table
    as it arrives: what came too late for this run need not be asked for by the next one. `on_change` is told how far it
    is and may raise to end everything when the run has been lost. Ends early when `stop` says so.
    """
    server = remembering.server()
    if server is None:
        return None
    wanted = _wanted(run)
    known = remembering.told(server=server, keys=wanted.keys, since=now_fn() - timedelta(days=settings.ROUTING_DAYS))
    missing = wanted.without(*known.where(known.fresh))
    state = GatheredDrives(wanted=len(wanted), asked=len(missing))
    if len(missing):
        _Asking(server, state, now_fn, on_change).run(missing, stop)
        if stop():
            return state
        known = remembering.told(server=server, keys=wanted.keys)
    state.estimated = len(wanted.without(*known.where(known.seconds != NO_ROAD)))
    state.roads = known.roads(complete=state.complete)
    return state


def _wanted(run: models.SuggestionRun) -> tables.WantedDrives:
    orders = models.WorkOrder.objects.filter(district=run.district_id).assignable()
    orders = orders.startable_before(run.horizon_ends_at).only("latitude", "longitude")
    shifts = supply.shifts(run.district, run.horizon_starts_at, run.horizon_ends_at, None)
    assignments = supply.commitments_of(shifts)
    stops = [
        [
            supply.place_of(shift.crew),
            *(supply.place_of(one.order) for one in assignments[shift.crew_id] if supply.is_within(one, shift)),
        ]
        for shift in shifts
    ]
    work = {supply.place_of(order) for order in orders} | {place for places in stops for place in places[1:]}
    return tables.wanted(bases={places[0] for places in stops}, work=work, shifts=stops)


@dataclass(slots=True)
class _Asking:
    """One call's work in the thread of the caller: the asking threads touch no database."""

    server: routing.TravelTimeServer
    state: GatheredDrives
    now_fn: Callable[[], datetime]
    on_change: Callable[[GatheredDrives], None]
    said_at: float = field(default=0.0, init=False)

    def run(self, missing: tables.WantedDrives, stop: Callable[[], bool]) -> None:
        until = time.monotonic() + settings.ROUTING_DEADLINE
        self.say()
        with asking.RoutingTables(
            self.server, missing, settings.ROUTING_AT_ONCE, client.ReadingLimits(until, stop)
        ) as answers:
            for answer in answers:
                if isinstance(answer, asking.Answered):
                    remembering.remember(server=self.server, table=answer.table, times=answer.times, now=self.now_fn())
                    self.state.told += int(answer.table.wanted.sum())
                    self.say()
                else:
                    self.state.error = answer.detail
        if self.state.told < self.state.asked and not self.state.error:
            self.state.error = "did not answer everything in the time given"

    def say(self) -> None:
        if time.monotonic() - self.said_at >= _SAY_EVERY:
            self.on_change(self.state)
            self.said_at = time.monotonic()
