"""What browsers get on top of the domain's events (rows and panels as HTML), and who may read which channel."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from assignments import models
from assignments.presenters import rows, runs
from assignments.queries import days
from assignments.services import events
from notifications.streams import channels
from notifications.streams import rendering as renderers


def register() -> None:
    """To be called once, when the app registry is ready."""
    channels.register_policy("district", members_of_district)
    channels.register_policy("run", members_of_runs_district)
    renderers.register_renderer(events.ORDER_CHANGED.name, order_row)
    renderers.register_renderer(events.SUGGESTIONS_READY.name, suggestion_rows)
    renderers.register_renderer(events.RUN_CHANGED.name, run_panel)


def members_of_district(users: Collection[AbstractBaseUser], key: str) -> Collection[Any]:
    """Those of the users who are members of the district; a key that is no number is nobody's district."""
    if not key.isdecimal():
        return ()
    return _members(users, models.Membership.objects.filter(district=int(key)))


def members_of_runs_district(users: Collection[AbstractBaseUser], key: str) -> Collection[Any]:
    """Those of the users who are members of the run's district; a key that is no UUID is nobody's run."""
    try:
        run_id = UUID(key)
    except ValueError:
        return ()
    return _members(users, models.Membership.objects.filter(district__runs=run_id))


def _members(users: Collection[AbstractBaseUser], memberships: QuerySet[models.Membership]) -> Collection[Any]:
    return set(memberships.filter(user__in=[user.pk for user in users]).values_list("user_id", flat=True))


class Budget:
    """So many in a second; gathering may change hundreds of orders at once, and rendering them takes the processor."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._second = 0
        self._spent = 0

    def allows(self, at: float) -> bool:
        """Whether one more fits into the second of `at`, which then counts as spent."""
        if int(at) != self._second:
            self._second, self._spent = int(at), 0
        self._spent += 1
        return self._spent <= self._most


_single_rows = Budget(most=40)


def order_row(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row for the day that the district planned last; a page of another day asks for its own (`data-day`).

    Beyond the budget there is no row: pages then fetch what they show, once for the whole burst.
    """
    if not _single_rows.allows(time.monotonic()):
        return {}
    runs_of_district = models.SuggestionRun.objects.filter(district=data["district"])
    run = runs_of_district.order_by("-requested_at").first()
    day = run.day if run else days.today(models.District.objects.get(pk=data["district"]), timezone.now())
    found = _rows([data["order"]], run, day)
    return {"html": found[0]["html"]} if found else {}


def suggestion_rows(data: Mapping[str, Any]) -> Mapping[str, Any]:
    run = models.SuggestionRun.objects.get(pk=data["run"])
    return {"rows": _rows(data["orders"], run, run.day)}


def run_panel(data: Mapping[str, Any]) -> Mapping[str, Any]:
    related = models.SuggestionRun.objects.select_related("district", "requested_by")
    run = related.prefetch_related("sources__system").get(pk=data["run"])
    panel = runs.panel(run, zone=run.district.zone, now=timezone.now())
    return {"html": render_to_string("assignments/_run_panel.html", {"run": panel})}


def _rows(order_ids: list[int], run: models.SuggestionRun | None, day: date) -> list[dict[str, Any]]:
    found = rows.rows(order_ids, day=day, run=run, now=timezone.now())
    return [{"order": row.id, "html": render_to_string("assignments/_order_row.html", {"row": row})} for row in found]
