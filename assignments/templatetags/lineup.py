"""Tags of the pages: icons from the sprite, and what every page's header shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assignments import models
from assignments.presenters.overview import storm
from assignments.presenters.shared import as_of, away, no_worker, words
from assignments.queries import navigation, sources, workers
from assignments.services.records import refusals

register = template.Library()


@dataclass(frozen=True, slots=True)
class Header:
    """The districts a person may go to, and the stream that carries their changes."""

    person: str
    districts: list[models.District]
    current: models.District | None
    role: str
    storm: storm.Banner | None
    away: away.AwayNotice | None
    no_worker: no_worker.NoWorker | None
    sources: as_of.ShownSources | None
    stream_url: str


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon, hidden from assistive technology: a word always stands beside it."""
    sprite = static("icons/sprite.svg")
    return format_html(
        '<svg class="icon" width="16" height="16" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        sprite,
        name,
    )


@register.filter
def relative(at: datetime) -> str:
    """Distance from now; scripts keep it up to date."""
    return words.relative(at, timezone.now())


@register.inclusion_tag("components/_mark.html")
def mark(mark: words.Mark, extra: str = "") -> dict[str, Any]:
    """A state as icon and word."""
    return {"mark": mark, "extra": extra}


@register.simple_tag(takes_context=True)
def header(context: template.Context) -> Header | None:
    """The header of the current person's pages; None for nobody."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    memberships = navigation.memberships(user)
    current = context.get("district")
    mine = next((one for one in memberships if current and one.district_id == current.pk), None)
    if not current and len(memberships) == 1:
        # The inbox and other pages of no district: whoever has one district has not left it.
        mine = memberships[0]
    districts = [one.district for one in memberships]
    # Every district of the person, so that all tabs of a browser can share one connection.
    query = "&".join(f"district={district.pk}" for district in districts)
    return Header(
        person=refusals.person(user),
        districts=districts,
        current=mine.district if mine else None,
        role=mine.role.lower() if mine else "",
        storm=storm.banner(mine.district, timezone.now()) if mine else None,
        away=away.notice(mine.district, timezone.now()) if mine else None,
        no_worker=no_worker.notice(workers.of(mine), mine.district, timezone.now()) if mine else None,
        sources=as_of.shown(sources.states(mine.district), zone=mine.district.zone, now=timezone.now())
        if mine
        else None,
        stream_url=reverse("notifications:events") + (f"?{query}" if query else ""),
    )
