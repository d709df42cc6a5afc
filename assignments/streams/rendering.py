"""HTML for browsers on top of the domain's events: panels and banners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from assignments import models
from assignments.presenters.board import runs
from assignments.presenters.overview import storm
from assignments.presenters.review import reviewing
from assignments.presenters.shared import away, no_worker
from assignments.queries import run_lines, workers
from assignments.services.records import events, worker_events
from notifications.streams.fanout import rendering


def register() -> None:
    """To be called once, when the app registry is ready."""
    rendering.register_renderer(events.ORDER_REVIEWING.name, reviewers)
    rendering.register_renderer(events.RUN_CHANGED.name, run_panel)
    rendering.register_renderer(events.STORM_CHANGED.name, storm_banner)
    rendering.register_renderer(events.TARGET_CHANGED.name, away_notice)
    rendering.register_renderer(worker_events.WORKERS_CHANGED.name, workers_notice)


def reviewers(data: Mapping[str, Any]) -> Mapping[str, Any]:
    # A reader that comes back is told of it later: by then the order may be another district's, and theirs to know.
    still_here = models.WorkOrder.objects.filter(pk=data["order"], district=data["district"]).values_list(
        "pk", flat=True
    )
    present = reviewing.of_orders(list(still_here), timezone.now())
    context = {"reviewers": present.get(data["order"], ())}
    return {"html": render_to_string("assignments/board/_reviewing.html", context)}


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


def workers_notice(data: Mapping[str, Any]) -> Mapping[str, Any]:
    district = models.District.objects.get(pk=data["district"])
    notice = no_worker.notice(workers.seen(), district, timezone.now())
    return {"html": render_to_string("components/_no_worker.html", {"no_worker": notice}).strip()}
