"""Customers out and when a plan has them back, in the words of a control centre."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from assignments.presenters.shared import words

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
