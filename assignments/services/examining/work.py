"""Runs, sources and targets that wait or have failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min

from assignments import models
from assignments.queries import sources, work_figures, workers
from assignments.services.examining.ailment import Ailment

RUN_WAITS = timedelta(minutes=5)

Status = models.WriteBack.Status


def no_worker(_now: datetime) -> Iterator[Ailment]:
    seen = workers.seen()
    if seen.is_silent:
        since = f"since {seen.seen_at:%d %b %H:%M} UTC" if seen.seen_at else "yet"
        yield Ailment(
            "workers", f"No worker has run {since}: runs wait, and systems are not told of decisions.",
            "Start manage.py work (systemctl start lineup-worker), and look at its log.",
        )  # fmt: skip


def waiting_runs(now: datetime) -> Iterator[Ailment]:
    queued = work_figures.runs(now)["QUEUED"]
    if queued.oldest_seconds > RUN_WAITS.total_seconds() and not workers.seen().is_silent:
        yield Ailment(
            "runs", f"{queued.number} runs wait, the first for {queued.oldest_seconds / 60:.0f} minutes.",
            "Start more workers.",
        )  # fmt: skip


def failed_runs(now: datetime) -> Iterator[Ailment]:
    failed = models.SuggestionRun.objects.filter(status="FAILED", requested_at__gt=now - timedelta(hours=1))
    if last := failed.order_by("-requested_at").first():
        yield Ailment(
            "runs", f"{failed.count()} runs failed within an hour, the last with: {last.error or 'no reason'}",
            "Look for the run in the worker's log.",
        )  # fmt: skip


def late_sources(now: datetime) -> Iterator[Ailment]:
    states = {one.code: sources.state_of(one) for one in sources.heard().select_related("following")}
    for age in work_figures.source_ages(now):
        if age.is_late:
            since = "never" if age.seconds is None else f"not for {age.seconds / 60:.0f} minutes"
            reason = states[age.code].detail or "no reading has ended yet"
            yield Ailment(
                f"system {age.code}", f"It was read {since}: {reason}.", f"Run manage.py check_system {age.code}."
            )


def refused_records(_now: datetime) -> Iterator[Ailment]:
    refused = models.RefusedRecord.objects.filter(waits=False, system__enabled=True).order_by()
    for row in refused.values("system__code").annotate(count=Count("pk")).order_by("system__code"):
        yield Ailment(
            f"system {row['system__code']}", f"{row['count']:,} of its records were not taken.",
            "Look at them under More, Records not taken; each says why.",
        )  # fmt: skip


def away_targets(_now: datetime) -> Iterator[Ailment]:
    for target in models.DownstreamSystem.objects.filter(enabled=True, is_target=True, is_away=True).order_by("code"):
        since = f" since {target.away_since:%d %b %H:%M} UTC" if target.away_since else ""
        yield Ailment(
            f"system {target.code}", f"It takes no decisions{since}; they wait.",
            f"Run manage.py check_system {target.code}, and ask those who run it.",
        )  # fmt: skip


def waiting_write_backs(now: datetime) -> Iterator[Ailment]:
    """Of targets that are not away: those are named once."""
    waiting = models.WriteBack.objects.open().filter(target__enabled=True, target__is_away=False)
    old = waiting.filter(created_at__lt=now - work_figures.WAITS_TOO_LONG).order_by()
    for row in old.values("target__code").annotate(count=Count("pk"), first=Min("created_at")).order_by("target__code"):
        minutes = (now - row["first"]).total_seconds() / 60
        yield Ailment(
            f"system {row['target__code']}",
            f"{row['count']:,} decisions wait for it, the first for {minutes:.0f} minutes.",
            "Look at them under Write-backs: each says what came of the last attempt.",
        )


def refused_write_backs(_now: datetime) -> Iterator[Ailment]:
    dead = models.WriteBack.objects.filter(status=Status.DEAD, target__enabled=True).order_by()
    for row in dead.values("target__code").annotate(count=Count("pk")).order_by("target__code"):
        yield Ailment(
            f"system {row['target__code']}", f"{row['count']:,} decisions need a person: it refuses them.",
            "Let a manager retry, correct or write them off under Write-backs.",
        )  # fmt: skip


def silent_subscriptions(_now: datetime) -> Iterator[Ailment]:
    for one in models.Subscription.objects.filter(is_away=True, enabled=True).order_by("pk"):
        yield Ailment(
            f"subscription {one}", "Its address does not take what it is sent.",
            "Ask those who run it, or switch it off in the administration.",
        )  # fmt: skip
