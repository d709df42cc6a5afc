"""Time itself changes things: a permit whose window is over is no longer live, whatever its register still says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Min, Q

from assignments import models
from assignments.services.inputs import consequences
from assignments.services.records import auditing
from notifications.services import held_rows

CLOCK = "Lineup clock"
# Permits of one look: the rest is found by the next.
_BATCH = 200

Status = models.Permit.Status


def lapse_permits(*, now: datetime) -> list[models.Permit]:
    """The permits that expired by now; what hung on them is marked and told in the same transaction.

    It is one for all; where somebody else holds a row, one for each permit, and those that wait are left for later.
    """
    done = held_rows.together_or_each(_lapsed(now), lambda permits: _lapse(permits, now), name="permit")
    return [permit for _, lapsed in done for permit in lapsed]


def next_at(*, now: datetime) -> datetime | None:
    """When the next permit expires that is live by its register, or None."""
    live = models.Permit.objects.live().filter(valid_until__gt=now)
    found: datetime | None = live.aggregate(next=Min("valid_until"))["next"]
    return found


def _lapse(permits: Sequence[models.Permit], now: datetime) -> list[models.Permit]:
    with held_rows.brief():
        lapsed = _expire(permits, now)
        if lapsed:
            order_ids = {permit.order_id for permit in lapsed}
            consequences.follow(order_ids=order_ids, crew_ids=(), now=now)
    return lapsed


def _expire(permits: Sequence[models.Permit], now: datetime) -> list[models.Permit]:
    expired = []
    for permit in permits:
        before = permit.status
        # Conditional on the window too: an extension may have come in since the permit was read.
        same = models.Permit.objects.filter(
            pk=permit.pk, valid_from=permit.valid_from, valid_until=permit.valid_until, status=before
        )
        if not same.transition(Status.EXPIRED):
            continue
        permit.status = Status.EXPIRED
        auditing.record(
            verb="permit.expired",
            row=permit,
            by=CLOCK,
            now=now,
            before={"status": before},
            after={"status": Status.EXPIRED},
            order=permit.order,
        )
        expired.append(permit)
    return expired


def _lapsed(now: datetime) -> list[models.Permit]:
    """Live permits whose window is over, by their register or by the law of excavation tickets."""
    by_register = models.Permit.objects.lapsed_at(now).select_related("order__district__state")[:_BATCH]
    tickets = models.Permit.objects.live().filter(_may_have_lapsed(now), kind=models.Permit.Kind.EXCAVATION)
    by_law = [
        permit
        for permit in tickets.select_related("order__district__state").order_by("valid_from", "pk")[:_BATCH]
        if (until := permit.holds_until(permit.order.district)) and until <= now
    ]
    return list({permit.pk: permit for permit in (*by_register, *by_law)}.values())


def _may_have_lapsed(now: datetime) -> Q:
    """Tickets at least as old as the life of one in their state; a life in working days lasts longer still."""
    found = Q(pk__in=[])
    for state in models.State.objects.exclude(ticket_life=None):
        counted = state.ticket_life_in == models.State.Days.WORKING
        days = (state.ticket_life or 0) * 7 // 5 if counted else state.ticket_life or 0
        found |= Q(order__district__state=state, valid_from__lte=now - timedelta(days=days - 1))
    return found
