"""The registers of permits, of what was sent, and of books as they are kept up to date on open pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from assignments import models
from assignments.forms.registers import PermitFilter, WriteBackRegisterFilter
from assignments.live import addresses
from assignments.live.board_page import PER_PAGE
from assignments.presenters.registers import books, permits, sent, write_backs
from assignments.queries import deliveries, permit_needs, target_books
from assignments.services.records import events
from notifications.services.paging import SteadyPaginator
from notifications.streams.fanout.pages import EVERYTHING, Changed, PageContent, PageKind, Query, name_of, register_kind

PERMITS, WRITE_BACKS, BOOKS = "permits", "write-backs", "books"
_NARROWED_BY = ("state", "kind", "target", "q", "page")


def register() -> None:
    for kind, show in ((PERMITS, _permits), (WRITE_BACKS, _write_backs), (BOOKS, _books)):
        register_kind(PageKind(kind, addresses.channel, _changed, _anew(show)))


def name(kind: str, district: models.District, asked: Mapping[str, Any]) -> str:
    """The page by which its reader is kept up to date."""
    narrowed = {one: asked.get(one, "") for one in _NARROWED_BY}
    return name_of(kind, {"district": district.pk, **narrowed})


def _changed(query: Query, told_on: str, event: str, _data: Mapping[str, Any]) -> Changed | None:
    concerns = (events.ORDER_CHANGED.name, events.TARGET_CHANGED.name, events.TARGET_COMPARED.name)
    return EVERYTHING if event in concerns and told_on == addresses.channel(query) else None


def permits_of(district: models.District, asked: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Content of the register of permits."""
    form = PermitFilter(asked)
    found = permit_needs.matching(permit_needs.register(district, now), form.filters)
    page = SteadyPaginator(permit_needs.in_state(found, form.filters.state), PER_PAGE).get_page(asked.get("page"))
    return {
        "district": district,
        "form": form,
        "is_narrowing": form.is_narrowing,
        "tabs": permits.tabs(found, form.filters.state),
        "page": page,
        "groups": permits.groups(list(page.object_list), district=district, now=now),
        "zone": f"{now.astimezone(district.zone):%Z}",
    }


def write_backs_of(district: models.District, asked: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Content of the register of what was sent: a line for each decision."""
    register = deliveries.register(district, now)
    counts = deliveries.counts(register)
    narrowed = WriteBackRegisterFilter(asked, queryset=register)
    page = SteadyPaginator(deliveries.decisions(narrowed.qs), PER_PAGE).get_page(asked.get("page"))
    return {
        "district": district,
        "targets": write_backs.targets(counts, district=district, now=now),
        "tabs": write_backs.tabs(deliveries.decision_counts(register), asked.get("state", "")),
        "form": narrowed.form,
        "is_narrowing": narrowed.is_narrowing,
        "page": page,
        "rows": sent.lines(deliveries.told(register, page.object_list), district=district, now=now),
        "dead": sum(one.counts["dead"] for one in counts),
        "zone": f"{now.astimezone(district.zone):%Z}",
        "shown_days": deliveries.SHOWN.days,
    }


def books_of(district: models.District, now: datetime) -> dict[str, Any]:
    """Content of the page of the books."""
    return {
        "district": district,
        "books": books.panels(target_books.of_all(district), district=district, now=now),
        "zone": f"{now.astimezone(district.zone):%Z}",
    }


def _anew(show: Callable[[Query, datetime], PageContent]) -> Callable[..., PageContent]:
    """Rows of a register are looked up by all that hangs on them: the whole page, whatever has changed."""
    return lambda query, _known, _changed: show(query, timezone.now())


def _permits(query: Query, now: datetime) -> PageContent:
    found = permits_of(addresses.district_of(query), query, now)
    rows = {}
    for group in found["groups"]:
        rows[f"group-{group.state}"] = render_to_string("assignments/registers/_permit_group.html", {"group": group})
        for row in group.rows:
            rows[row.key] = render_to_string("assignments/registers/_permit_row.html", {"row": row})
    around = {**found, "groups": (), "is_filled": bool(rows)}
    return PageContent(
        parts=_parts(query, found, tabs="_tabs", count="_permit_count"),
        rows=rows,
        around=addresses.rendered("assignments/registers/_permits.html", around, query),
    )


def _write_backs(query: Query, now: datetime) -> PageContent:
    found = write_backs_of(addresses.district_of(query), query, now)
    template = "assignments/registers/_sent_row.html"
    rows = {row.key: render_to_string(template, {"row": row}) for row in found["rows"]}
    around = {**found, "rows": (), "is_filled": bool(rows)}
    parts = {"targets": "_targets", "acts": "_write_back_acts", "tabs": "_tabs", "count": "_told_count"}
    return PageContent(
        parts=_parts(query, found, **parts),
        rows=rows,
        around=addresses.rendered("assignments/registers/_sent.html", around, query),
    )


def _books(query: Query, now: datetime) -> PageContent:
    return PageContent(parts=_parts(query, books_of(addresses.district_of(query), now), books="_books"))


def _parts(query: Query, context: Mapping[str, Any], **templates: str) -> dict[str, str]:
    found = {
        part: addresses.rendered(f"assignments/registers/{template}.html", context, query)
        for part, template in templates.items()
    }
    if "page" in context:
        found["pages"] = addresses.rendered("assignments/shared/_pages.html", context, query)
    return found
