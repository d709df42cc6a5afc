"""Whether a target is at work: counted from what comes of each exchange, kept on its row, and so shared by all workers.

A target that fails several times in a row counts as away. What is to be told to it waits without counting attempts, and
one write-back alone is tried now and then; once it is answered, everything goes on. Managers hear of both, once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from assignments import models
from assignments.models.reached import may_be_tried
from assignments.services.records import auditing, events, hints, refusals, telling
from assignments.services.writebacks import counting
from assignments.services.writebacks.exchanging import Exchange

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
    return list(enabled.filter(may_be_tried(now)).order_by("pk"))


def is_anything_open() -> bool:
    """Whether a write-back is to be told, now or later."""
    return bool(models.WriteBack.objects.open().filter(target__enabled=True).exists())


def judge(*, target: models.DownstreamSystem, exchanges: Collection[Exchange[Any]], now: datetime) -> None:
    """Counts what came of some exchanges; inside the transaction that settles them."""
    answered = counting.is_answered(exchanges)
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
    counting.begin_anew(system)
    system.is_away_told = False
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


def _has_failed(system: models.DownstreamSystem, exchanges: Collection[Exchange[Any]], now: datetime) -> None:
    was_away = system.is_away
    counting.count(system, exchanges, now=now)
    since = system.away_since or now
    lasts = counting.is_closed(exchanges) or any(map(counting.asks_for_long, exchanges)) or now - since >= BLINK
    tells = system.is_away and not system.is_away_told and lasts
    system.is_away_told = system.is_away_told or tells
    _save(system)
    if system.is_away and not was_away:
        events.target_changed(target=system, now=now)
    if tells:
        _tell_of_absence(system, _districts(system, None), since, now)


def _save(system: models.DownstreamSystem) -> None:
    system.save(update_fields=[*counting.COLUMNS, "is_away_told"])


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
