"""When the customers of the order are back, on what that rests, and the form that sets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters.shared import restoring, words
from assignments.queries.restoring import RestorationEstimate
from assignments.services.records import refusals

_STEP = timedelta(minutes=15)
_CLOCK = "%Y-%m-%dT%H:%M"
_RESTS_ON = {
    models.Certainty.NO_CREW: "No crew is approved for it, and no plan that stands does it.",
    models.Certainty.PLANNED: "By the plan; nobody has approved a firm crew yet.",
    models.Certainty.APPROVED: "By the approved crew, with its drive and the work before it.",
    models.Certainty.DISPATCHED: "The crew is on its way.",
    models.Certainty.ON_SITE: "The crew is at work.",
}


@dataclass(frozen=True, slots=True)
class SetTime:
    """The time that a manager has set."""

    by: str
    at: words.ShownTime
    reason: str
    instead_of: words.ShownTime | None
    """The estimate that it stands for."""


@dataclass(frozen=True, slots=True)
class RestorationPanel:
    cell: restoring.RestorationCell
    customers: str
    rests_on: str
    word: SetTime | None
    proposed: str
    """Value that the form begins with, by the clock of the district."""


def panel(order: models.WorkOrder, found: RestorationEstimate, *, day: date, now: datetime) -> RestorationPanel:
    zone = order.district.zone
    return RestorationPanel(
        cell=restoring.cell(found, zone, day, now),
        customers=words.count(order.customers_out, "customer"),
        rests_on=_RESTS_ON[found.certainty],
        word=_word(found, zone, day) if found.word else None,
        proposed=_proposed(found, now).astimezone(zone).strftime(_CLOCK),
    )


def _word(found: RestorationEstimate, zone: ZoneInfo, day: date) -> SetTime | None:
    word, estimated = found.word, found.estimated_at
    if word is None:
        return None
    instead = words.moment(estimated, zone, day) if estimated else None
    return SetTime(refusals.person(word.set_by), words.moment(word.set_at, zone, day), word.reason, instead)


def _proposed(found: RestorationEstimate, now: datetime) -> datetime:
    """The next full quarter of an hour after what is known."""
    known = max(found.back_at or now, now) + _STEP
    return known - timedelta(minutes=known.minute % 15, seconds=known.second, microseconds=known.microsecond)
