"""Metrics for Prometheus: of the processes of this web server, and of the rows of the installation."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import os
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from assignments.queries import work_figures
from notifications.services import database_clock
from notifications.streams.fanout import peers

logger = logging.getLogger(__name__)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All numbers, for METRICS_TOKEN or an address of METRICS_ADDRESSES; without either setting there is no page."""
    if not (settings.METRICS_TOKEN or settings.METRICS_ADDRESSES):
        raise Http404
    if not (_has_token(request) or _is_listed(request)):
        answer = HttpResponse("The token of the metrics is needed.", status=401, content_type="text/plain")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(everything(), content_type=CONTENT_TYPE_LATEST)


def everything() -> bytes:
    """The text of all metrics."""
    return generate_latest(_of_processes()) + generate_latest(_of_rows())


def _of_processes() -> CollectorRegistry:
    # Set by the web server (gunicorn.conf.py), and nobody's to choose.
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _of_rows() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(RowMetrics())
    return registry


class RowMetrics:
    """Reads the rows at each scrape: several web servers say the same of them."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("lineup_database_up", "Whether the database could be read")
        try:
            found = list(self._read())
        except DatabaseError:
            logger.warning("Metrics of rows could not be read.", exc_info=True)
            found = []
            up.add_metric([], 0)
        else:
            up.add_metric([], 1)
        yield up
        yield from found

    def _read(self) -> Iterator[Metric]:
        now = database_clock.now()
        yield GaugeMetricFamily("lineup_workers", "Workers that run", value=work_figures.running_workers())
        yield from _backlogs("run", "Runs under way", ["phase"], {(k,): v for k, v in work_figures.runs(now).items()})
        words = "Runs asked for within an hour that failed"
        yield GaugeMetricFamily("lineup_runs_failed_last_hour", words, value=work_figures.runs_failed(now))
        yield from _backlogs(
            "write_back",
            "Write-backs not taken",
            ["target", "state"],
            {(*key,): one for key, one in work_figures.write_backs(now).items()},
        )
        yield from _sources(work_figures.source_ages(now))


def _backlogs(
    noun: str, words: str, labels: list[str], found: dict[tuple[str, ...], work_figures.Backlog]
) -> Iterator[Metric]:
    number = GaugeMetricFamily(f"lineup_{noun}s", words, labels=labels)
    oldest = GaugeMetricFamily(f"lineup_{noun}_oldest_seconds", f"{words}: age of the oldest", labels=labels)
    for key, backlog in found.items():
        values = [value.lower() if label != "target" else value for label, value in zip(labels, key, strict=True)]
        number.add_metric(values, backlog.number)
        oldest.add_metric(values, backlog.oldest_seconds)
    yield number
    yield oldest


def _sources(ages: list[work_figures.SourceAge]) -> Iterator[Metric]:
    age = GaugeMetricFamily("lineup_source_age_seconds", "Age of what is known of a source", labels=["source"])
    late = GaugeMetricFamily("lineup_source_late", "Whether several readings in a row did not end", labels=["source"])
    failed = GaugeMetricFamily("lineup_source_failed", "Whether the last reading failed", labels=["source"])
    for one in ages:
        if one.seconds is not None:
            age.add_metric([one.code], one.seconds)
        late.add_metric([one.code], one.is_late)
        failed.add_metric([one.code], one.has_failed)
    yield from (age, late, failed)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    is_right = hmac.compare_digest(sent.strip().encode(), settings.METRICS_TOKEN.encode())
    return bool(settings.METRICS_TOKEN) and scheme.lower() == "bearer" and is_right


def _is_listed(request: HttpRequest) -> bool:
    try:
        address = ipaddress.ip_address(peers.address_of(request))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(one) for one in settings.METRICS_ADDRESSES)
