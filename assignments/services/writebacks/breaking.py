"""Whether a target is at work: counted from what comes of each exchange, kept on its row, and so shared by all workers.

A target that fails several times in a row counts as away. What is to be told to it waits without counting attempts, and
one write-back alone is tried now and then; once it is answered, everything goes on. Managers hear of both, once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from assignments import models
from assignments.services.records import auditing, events, hints, refusals, telling
from assignments.services.writebacks.exchanging import Came, Exchange
from notifications.services.backoff import Backoff

FAILURES = 3
"""In a row, after which a target counts as away."""
TRIES = Backoff(first=2.0, longest=30.0, least=1.0)
"""Between two tries of a target that is away: what waits is to be told within a minute of its return."""
LONGEST_WAIT = timedelta(hours=1)
"""A target that asks to be left alone for longer is tried after this all the same."""
BLINK = timedelta(seconds=10)
"""Managers do not hear of a target that is back so soon."""
LINEUP = "Lineup"

Status = models.WriteBack.Status


class NotAway(refusals.Refusal):
    """Only what waits for a system that is away can be sent before its time."""

    code = "not-away"
    next_step = "Reload the page to see where it stands."


def tellable(*, now: datetime) -> list[models.DownstreamSystem]:
    """Targets that may be told something now; of one that is away, a single write-back."""
    enabled = models.DownstreamSystem.objects.filter(enabled=True, is_target=True)
    return list(enabled.filter(Q(resumes_at__isnull=True) | Q(resumes_at__lte=now)).order_by("pk"))


def hold_off(*, target: models.DownstreamSystem, now: datetime, lasts: timedelta) -> int:
    """1 when the caller alone may try the target that is away."""
    waiting = models.DownstreamSystem.objects.filter(pk=target.pk, is_away=True)
    return waiting.filter(Q(resumes_at__isnull=True) | Q(resumes_at__lte=now)).update(resumes_at=now + lasts)


def judge(*, target: models.DownstreamSystem, exchanges: Collection[Exchange], now: datetime) -> None:
    """Counts what came of some exchanges; inside the transaction that settles them."""
    answered = any(one.came in {Came.DONE, Came.REFUSED} for one in exchanges)
    if answered and not (target.failures or target.is_away or target.resumes_at):
        return
    system = models.DownstreamSystem.objects.select_for_update(no_key=True).get(pk=target.pk)
    if answered:
        _is_back(system, now)
    else:
        _has_failed(system, exchanges, now)


@transaction.atomic
def send_now(*, target: models.DownstreamSystem, district: models.District, by: Any, now: datetime) -> None:
    """The target is tried at once. Raises NotAManager, NotAway."""
    refusals.require_manager(by=by, district=district)
    if not models.DownstreamSystem.objects.filter(pk=target.pk, is_away=True, enabled=True).update(resumes_at=now):
        raise NotAway(f"{target} is not away.")
    models.WriteBack.objects.filter(target=target, status=Status.FAILED).update(next_attempt_at=now)
    auditing.record(verb="system.tried", row=target, by=by, now=now, district=district)
    hints.write_backs_wanted()


def _is_back(system: models.DownstreamSystem, now: datetime) -> None:
    was_away, was_told, since = system.is_away, system.is_away_told, system.away_since
    system.failures, system.is_away, system.is_away_told = 0, False, False
    system.away_since, system.away_because, system.resumes_at = None, "", None
    _save(system)
    if not was_away:
        return
    waiting = models.WriteBack.objects.filter(target=system, status=Status.FAILED)
    waiting.update(next_attempt_at=now)
    hints.write_backs_wanted()
    districts = _districts(system, since)
    events.target_changed(target=system, now=now)
    if not was_told or since is None:
        return
    for district in districts:
        said = f"{system} takes decisions again", "What waited is told now."
        _tell(system, district, "system.back", said, since, now)


def _has_failed(system: models.DownstreamSystem, exchanges: Collection[Exchange], now: datetime) -> None:
    failed = [one for one in exchanges if one.came in {Came.AGAIN, Came.CLOSED} and not _is_its_own(one)]
    wait = timedelta(seconds=max((one.wait or 0.0 for one in exchanges), default=0.0))
    is_closed = any(one.came == Came.CLOSED for one in failed)
    was_away = system.is_away
    if failed:
        system.failures += len(failed)
        system.away_since = system.away_since or now
        system.away_because = failed[-1].detail[:300]
        system.is_away = was_away or is_closed or system.failures >= FAILURES
    if system.is_away:
        wait = max(wait, timedelta(seconds=TRIES.seconds(max(1, system.failures - FAILURES + 1))))
    if wait:
        system.resumes_at = now + min(wait, LONGEST_WAIT)
    since = system.away_since or now
    tells = system.is_away and not system.is_away_told and (is_closed or now - since >= BLINK)
    system.is_away_told = system.is_away_told or tells
    _save(system)
    if system.is_away and not was_away:
        events.target_changed(target=system, now=now)
    if tells:
        _tell_of_absence(system, _districts(system, None), since, now)


def _is_its_own(exchange: Exchange) -> bool:
    """Whether it says something of the booking, and nothing of the target."""
    return exchange.is_conflict or (
        exchange.came == Came.AGAIN and exchange.wait is not None and not exchange.is_reached
    )


def _save(system: models.DownstreamSystem) -> None:
    system.save(update_fields=["failures", "is_away", "is_away_told", "away_since", "away_because", "resumes_at"])


def _districts(system: models.DownstreamSystem, since: datetime | None) -> QuerySet[models.District]:
    """Districts with decisions that it has not been told, or had not since then."""
    rows = models.WriteBack.objects.filter(target=system)
    told = rows.open() | rows.filter(acknowledged_at__gte=since) if since else rows.open()
    return models.District.objects.filter(pk__in=told.values("assignment__order__district")).order_by("pk")


def _tell_of_absence(
    system: models.DownstreamSystem, districts: QuerySet[models.District], since: datetime, now: datetime
) -> None:
    because = f"{system} {system.away_because}. Decisions wait, and are told in their order once it is back."
    for district in districts:
        body = f"Since {timezone.localtime(since, district.zone):%a %H:%M}. {because}"
        _tell(system, district, "system.away", (f"{system} takes no decisions", body), since, now)


def _tell(  # noqa: PLR0917
    system: models.DownstreamSystem, district: models.District, kind: str, said: tuple[str, str], since: datetime,
    now: datetime,
) -> None:  # fmt: skip
    telling.tell_managers(
        district=district, kind=kind, by=LINEUP, now=now, dedupe_key=f"{kind}:{system.pk}:{since.isoformat()}",
        title=said[0], body=said[1], url=reverse("assignments:write-backs", args=[district.code]),
    )  # fmt: skip
