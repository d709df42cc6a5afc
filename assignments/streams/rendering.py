"""HTML for browsers on top of the domain's events: rows and panels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from assignments import models
from assignments.presenters.board import rows, runs
from assignments.presenters.overview import storm
from assignments.presenters.review import reviewing
from assignments.presenters.shared import away
from assignments.queries import days, run_lines
from assignments.services.records import events
from notifications.streams.fanout import limits, rendering


def register() -> None:
    """To be called once, when the app registry is ready."""
    rendering.register_renderer(events.ORDER_CHANGED.name, order_row)
    rendering.register_renderer(events.ORDER_REVIEWING.name, reviewers)
    rendering.register_renderer(events.SUGGESTIONS_READY.name, suggestion_rows)
    rendering.register_renderer(events.RUN_CHANGED.name, run_panel)
    rendering.register_renderer(events.STORM_CHANGED.name, storm_banner)
    rendering.register_renderer(events.TARGET_CHANGED.name, away_notice)


class Budget:
    """Share of time for rendering rows: a run over a thousand orders reports each two or three times.

    Seconds. Up to `burst` may be spent at once; it comes back at the rate of `share`.
    """

    def __init__(self, *, share: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._share, self._burst, self._clock = share, burst, clock
        self._owed = 0.0
        self._seen = clock()

    @property
    def is_left(self) -> bool:
        """Whether something may be spent now."""
        now = self._clock()
        self._owed = max(0.0, self._owed - self._share * (now - self._seen))
        self._seen = now
        return self._owed < self._burst

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Counts what the block takes."""
        began = self._clock()
        try:
            yield
        finally:
            self._owed += self._clock() - began


# Of this process. The others of a machine have theirs, and there is about one for each processor.
_budget = Budget(share=limits.current().rows_share, burst=limits.current().rows_burst)


def order_row(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row for the day that the district planned last; a page of another day asks for its own (`data-day`).

    Beyond the budget there is no row: pages then fetch what they show, once for the whole burst.
    """
    if not _budget.is_left:
        return {}
    with _budget.spending():
        runs_of_district = models.SuggestionRun.objects.filter(district=data["district"])
        run = runs_of_district.order_by("-requested_at").first()
        day = run.day if run else days.today(models.District.objects.get(pk=data["district"]), timezone.now())
        found = _rows([data["order"]], run, day)
    return {"html": found[0]["html"]} if found else {}


def reviewers(data: Mapping[str, Any]) -> Mapping[str, Any]:
    present = reviewing.of_orders([data["order"]], timezone.now())
    context = {"reviewers": present.get(data["order"], ())}
    return {"html": render_to_string("assignments/board/_reviewing.html", context)}


def suggestion_rows(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rows of these orders; none beyond the budget. The most urgent orders are told first."""
    if not _budget.is_left:
        return {}
    with _budget.spending():
        run = models.SuggestionRun.objects.get(pk=data["run"])
        return {"rows": _rows(data["orders"], run, run.day)}


def run_panel(data: Mapping[str, Any]) -> Mapping[str, Any]:
    related = models.SuggestionRun.objects.select_related("district", "requested_by")
    run = run_lines.with_lines(related).get(pk=data["run"])
    panel = runs.panel(run, zone=run.district.zone, now=timezone.now())
    return {"html": render_to_string("assignments/board/_run_panel.html", {"run": panel})}


def storm_banner(data: Mapping[str, Any]) -> Mapping[str, Any]:
    district = models.District.objects.with_rules().get(pk=data["district"])
    found = storm.banner(district, timezone.now())
    return {"html": render_to_string("components/_storm.html", {"storm": found}).strip()}


def away_notice(data: Mapping[str, Any]) -> Mapping[str, Any]:
    district = models.District.objects.get(pk=data["district"])
    notice = away.notice(district, timezone.now())
    return {"html": render_to_string("components/_away.html", {"away": notice}).strip()}


def _rows(order_ids: list[int], run: models.SuggestionRun | None, day: date) -> list[dict[str, Any]]:
    found = rows.rows(order_ids, day=day, run=run, now=timezone.now())
    made = []
    for row in found:
        made.append({"order": row.id, "html": render_to_string("assignments/board/_order_row.html", {"row": row})})
        # As in notifications.streams.rendering: one event may have a hundred rows.
        time.sleep(0)
    return made
