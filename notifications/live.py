"""The inbox of a person as it is kept up to date where it is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.template.loader import render_to_string

from notifications.models import Notification
from notifications.services import inbox
from notifications.services.paging import SteadyPaginator
from notifications.streams.fanout.pages import (
    EVERYTHING,
    Changed,
    PageContent,
    PageKind,
    PageUnknown,
    Query,
    is_id,
    name_of,
    register_kind,
)
from notifications.wire import event_types

PER_PAGE = 50
"""Entries; those about one thing stand together."""
_KIND = "inbox"
_CONCERNS = (event_types.NOTIFICATION_CREATED.name, event_types.NOTIFICATION_READ.name)


def register() -> None:
    """To be called once, when the app registry is ready."""
    register_kind(PageKind(_KIND, _channel, _changed, show))


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """Entries about one thing, such as an order or a run."""

    entry: Notification
    """The newest; what is unread comes before what is read."""
    earlier: Sequence[Notification]

    @property
    def is_unread(self) -> bool:
        return any(one.is_unread for one in (self.entry, *self.earlier))


def groups(found: Iterable[Notification]) -> list[EntryGroup]:
    """The entries by the page that they lead to, in the sequence of the first of each; one without stands alone."""
    about: dict[str, list[Notification]] = {}
    for one in found:
        about.setdefault(f"#{one.pk}" if one.url in inbox.NOWHERE else one.url, []).append(one)
    return [EntryGroup(first, earlier) for first, *earlier in about.values()]


def name(person: int, page: Page[Notification]) -> str:
    """The page by which its reader is kept up to date."""
    return name_of(_KIND, {"person": person, "page": page.number if page.number > 1 else ""})


def content_of(person: int, page: str | None) -> dict[str, Any]:
    """Entries of one page of the person's inbox, and how many of all are unread."""
    of_person = Notification.objects.filter(user=person)
    found = SteadyPaginator(of_person.for_inbox(), PER_PAGE).get_page(page)
    return {"page": found, "groups": groups(found), "unread": of_person.unread().count()}


def show(query: Query, _known: Mapping[str, Any], _changed: Changed) -> PageContent:
    found = content_of(int(query["person"]), query.get("page"))
    rows = {str(one.entry.pk): render_to_string("notifications/_entry.html", {"group": one}) for one in found["groups"]}
    return PageContent(
        parts={
            "all": render_to_string("notifications/_read_all.html", found).strip(),
            "pages": render_to_string("notifications/_pages.html", found).strip(),
        },
        rows=rows,
        around=render_to_string("notifications/_entries.html", {"is_filled": bool(rows)}).strip(),
    )


def _channel(query: Query) -> str:
    person = query.get("person", "")
    if not is_id(person):
        raise PageUnknown("An inbox is of one person, by their id.")
    return inbox.channel_of(int(person))


def _changed(query: Query, told_on: str, event: str, _data: Mapping[str, Any]) -> Changed | None:
    return EVERYTHING if event in _CONCERNS and told_on == _channel(query) else None
