"""Departures of work that stays where it is, after other work came before it or went away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists

from assignments import models
from assignments.engine.domain.problem import Place
from assignments.engine.domain.travel import Travel
from assignments.services.snapshots import routing, snapshotting, supply


@dataclass(frozen=True, slots=True)
class _Follower:
    """Work that its crew reaches from elsewhere now: from the work `before`, or from its base."""

    row: models.Assignment
    before: models.Assignment | None

    @property
    def drive(self) -> tuple[Place, Place]:
        origin = self.before.order if self.before else self.row.crew
        return supply.place_of(origin), supply.place_of(self.row.order)


def retime(
    *, district: models.District, gone: Sequence[models.Assignment], coming: Sequence[models.Assignment]
) -> set[int]:
    """The crews that leave at another time now for the work that follows `gone` rows, stored as such, and `coming`
    ones, not stored yet.

    A crew comes from the work before on its shift, or from its base. Where that drive does not fit between the end of
    the earlier work and the start, the departure stays as it was agreed: no decision about other work may put a crew
    in two places.
    """
    followers = list(_followers(district, gone, coming))
    if not followers:
        return set()
    rules = snapshotting.rule_data(district.rules_in_force)
    roads = routing.roads({place for follower in followers for place in follower.drive})
    travel = Travel(speed=rules.speed, circuity=rules.circuity, roads=roads)
    moved: set[int] = set()
    for follower in followers:
        departs_at = follower.row.starts_at - timedelta(seconds=travel.seconds(*follower.drive))
        fits = follower.before is None or departs_at >= follower.before.ends_at
        if fits and departs_at != follower.row.departs_at and _leave_at(follower.row, departs_at):
            moved.add(follower.row.crew_id)
    return moved


def _leave_at(row: models.Assignment, departs_at: datetime) -> bool:
    # Work of another shift may still be going on then.
    busy = models.Assignment.objects.live().filter(crew=row.crew_id).exclude(pk=row.pk)
    is_free = ~Exists(busy.overlapping(departs_at, row.starts_at))
    return bool(models.Assignment.objects.live().filter(is_free, pk=row.pk).update(departs_at=departs_at))


def _followers(
    district: models.District, gone: Sequence[models.Assignment], coming: Sequence[models.Assignment]
) -> Iterator[_Follower]:
    """The work that another stop precedes now than before."""
    touched = (*gone, *coming)
    start, end = min(row.departs_at for row in touched), max(row.ends_at for row in touched)
    shifts = supply.shifts(district, start, end, {row.crew_id for row in touched})
    stored = supply.commitments_of(shifts)
    for shift in shifts:
        staying = stored[shift.crew_id]
        was = _predecessors([*staying, *(row for row in gone if row.crew_id == shift.crew_id)], shift)
        will_be = _predecessors([*staying, *(row for row in coming if row.crew_id == shift.crew_id)], shift)
        for row in staying:
            if row.pk in will_be and will_be[row.pk] != was[row.pk]:
                row.crew = shift.crew
                yield _Follower(row, will_be[row.pk])


def _predecessors(rows: Iterable[models.Assignment], shift: models.Shift) -> dict[object, models.Assignment | None]:
    """By key of each stop of the shift, the stop before; None for the first."""
    stops = sorted((row for row in rows if supply.is_within(row, shift)), key=lambda row: row.starts_at)
    return {row.pk: before for before, row in zip((None, *stops), stops, strict=False)}
