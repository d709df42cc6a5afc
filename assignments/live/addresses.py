"""Parameters of the open pages, and the events that concern the pages of a district; for every kind of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.http import QueryDict
from django.template import loader
from django.template.context import make_context

from assignments import models
from assignments.queries import days
from assignments.services.records import events
from notifications.streams.fanout.pages import EVERYTHING, Changed, Everything, PageUnknown, Query, is_id


def channel(query: Query) -> str:
    """The channel of the page's district; raises PageUnknown."""
    district = query.get("district", "")
    if not is_id(district):
        raise PageUnknown("A page is of one district, by its id.")
    return events.district_channel(int(district))


def channel_of_day(query: Query) -> str:
    """As `channel`, for a page of one day."""
    try:
        days.named(query.get("day", ""))
    except ValueError:
        raise PageUnknown("A page of a day names it, such as 2026-11-30.") from None
    return channel(query)


def district_of(query: Query) -> models.District:
    """The district of a page, with its rules; raises District.DoesNotExist."""
    found: models.District = models.District.objects.with_rules().get(pk=int(query["district"]))
    return found


def day_of(query: Query) -> date:
    """The day of a page whose channel was found by `channel_of_day`."""
    return date.fromisoformat(query["day"])


def order_changed(query: Query, told_on: str, event: str, data: Mapping[str, Any]) -> Changed | None:
    """The order of an `order.changed` of the district, and everything when a storm begins or ends."""
    if told_on != channel(query):
        return None
    if event == events.ORDER_CHANGED.name:
        return {str(data["order"])}
    return EVERYTHING if event == events.STORM_CHANGED.name else None


def planned(query: Query, told_on: str, event: str, data: Mapping[str, Any]) -> Changed | None:
    """As `order_changed`, with what a run of the day has found, and everything when one begins or ends."""
    is_ours = str(data.get("district")) == query.get("district") and data.get("day") == query.get("day")
    if event == events.SUGGESTIONS_READY.name and is_ours:
        return {str(order) for order in data["orders"]}
    if event == events.RUN_CHANGED.name and is_ours and told_on == channel(query):
        middle = set(models.SuggestionRun.UNDER_WAY) - {models.SuggestionRun.Status.QUEUED}
        return None if data["status"] in middle else EVERYTHING
    return order_changed(query, told_on, event, data)


def rows_of(
    sequence: Sequence[int],
    known: Mapping[str, Any],
    changed: Changed,
    render: Callable[[list[int]], Iterable[tuple[int, str]]],
) -> dict[str, str]:
    """The rows of these orders by id, in their sequence: those that have changed, or are new, by `render`.

    An order of which it makes nothing has no row.
    """
    stale = [pk for pk in sequence if isinstance(changed, Everything) or str(pk) in changed or str(pk) not in known]
    fresh: dict[str, str] = {}
    for pk, html in render(stale) if stale else ():
        fresh[str(pk)] = html
        # Pages, other streams and the heartbeat come in between.
        time.sleep(0)
    found = {str(pk): fresh.get(str(pk)) or known.get(str(pk)) for pk in sequence}
    return {key: html for key, html in found.items() if html}


def rendered(template: str, context: Mapping[str, Any], query: Query) -> str:
    """The template as a page of nobody in particular shows it; `query` stands in the place of the page's own.

    Its forms have a token of nobody and no address to return to: the script of each page puts its own there.
    """
    address = QueryDict(mutable=True)
    address.update({name: value for name, value in query.items() if name != "district"})
    asked = make_context({**context, "csrf_token": "-", "request": SimpleNamespace(GET=address)})
    # Where `{% querystring %}` looks for it.
    asked.request = asked["request"]  # type: ignore[attr-defined]
    found: str = loader.get_template(template).template.render(asked)  # type: ignore[attr-defined]
    return found.strip()
