"""Customers out and when a plan has them back, in the words of a control centre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from assignments.models import Certainty
from assignments.presenters.shared import words
from assignments.queries.restoring import RestorationEstimate
from assignments.services.records import refusals

MOST = 0.9
"""Share of those whom the plan brings back, whose time is worth a word of its own."""


def sentence(figures: Mapping[str, Any], zone: ZoneInfo, day: date) -> str:
    """`5,261 customers out; with this plan 4,900 are back by 10:30, all but 74 by 12:00`; empty when nobody is out.

    `day` is the one that the page is about.
    """
    out, back = figures.get("customers_out", 0), figures.get("customers_back", [])
    if not out:
        return ""
    said = f"{words.count(out, 'customer')} out; with this plan"
    if not back:
        return f"{said} none {'is' if out == 1 else 'are'} back"

    def by(at: str) -> str:
        return f"by {words.moment(datetime.fromisoformat(at), zone, day).text}"

    [last, all_of_them] = back[-1]
    [first, most] = next(one for one in back if one[1] >= MOST * all_of_them)
    left = out - all_of_them
    everybody = f"all but {left:,}" if left else "all"
    if most == all_of_them:
        return f"{said} {everybody} are back {by(last)}"
    return f"{said} {most:,} are back {by(first)}, {everybody} {by(last)}"


@dataclass(frozen=True, slots=True)
class RestorationCell:
    """When the customers of an order are back, as a row has room for it."""

    at: words.ShownTime | None
    lead: str
    """`back by`, which the time follows; without a time all there is to say."""
    basis: str
    """`planned`, `set by Mara Novak`: what the time rests on."""
    tone: str
    """bad when it is over or nobody comes, none otherwise."""


_BASIS = {
    Certainty.NO_CREW: "no crew yet",
    Certainty.PLANNED: "planned",
    Certainty.APPROVED: "approved",
    Certainty.DISPATCHED: "dispatched",
    Certainty.ON_SITE: "on site",
}


def cell(found: RestorationEstimate, zone: ZoneInfo, day: date, now: datetime) -> RestorationCell:
    """`back by 11:20 (planned)`; `day` is the one that the page is about."""
    if found.back_at is None:
        lead = "no crew yet" if found.certainty == Certainty.NO_CREW else f"crew {basis(found)}, no time known"
        return RestorationCell(None, lead, "", "bad" if found.certainty == Certainty.NO_CREW else "none")
    is_over = found.is_overdue(now)
    lead = "was to be back by" if is_over else "back by"
    said = f"set by {refusals.person(found.word.set_by)}" if found.word else basis(found)
    return RestorationCell(words.moment(found.back_at, zone, day), lead, said, "bad" if is_over else "none")


def basis(found: RestorationEstimate) -> str:
    """`planned`, `approved`, `dispatched`, `on site`, `no crew yet`."""
    return _BASIS[found.certainty]
