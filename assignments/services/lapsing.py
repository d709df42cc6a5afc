"""Time itself changes things: a permit whose window is over is no longer live, whatever its register still says."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from assignments import models
from assignments.services import auditing, consequences

CLOCK = "Lineup clock"
# Permits of one look: the rest is found by the next.
_BATCH = 200

Status = models.Permit.Status


@transaction.atomic
def lapse_permits(*, now: datetime) -> list[models.Permit]:
    """The permits that expired by now; what hung on them is marked and told in the same transaction."""
    lapsed = _expire(now)
    if lapsed:
        order_ids = {permit.order_id for permit in lapsed}
        consequences.follow(order_ids=order_ids, crew_ids=(), now=now)
    return lapsed


def _expire(now: datetime) -> list[models.Permit]:
    expired = []
    for permit in models.Permit.objects.lapsed_at(now).select_related("order__district")[:_BATCH]:
        before = permit.status
        # Conditional on the window too: an extension may have come in since the permit was read.
        if not models.Permit.objects.filter(pk=permit.pk).lapsed_at(now).transition(Status.EXPIRED):
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
