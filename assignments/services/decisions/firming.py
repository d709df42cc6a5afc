"""A tentative decision becomes firm by itself once nothing stands against it any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from assignments import models
from assignments.services.records import auditing, events, telling
from assignments.services.writebacks import writing_back

LINEUP = "Lineup"
WHY = "Nothing stands against it any more."

Status = models.Assignment.Status


@transaction.atomic
def firm(*, assignments: Iterable[models.Assignment], now: datetime) -> list[models.Assignment]:
    """The assignments that were tentative until now, each with its write-backs, audit entry, event and
    notifications; one that was undone meanwhile stays undone.

    The caller has found that they break no rule, with their rows locked.
    """
    done = []
    for row in assignments:
        if not models.Assignment.objects.filter(pk=row.pk, status=Status.TENTATIVE).transition(Status.APPROVED):
            continue
        row.status = Status.APPROVED
        writing_back.confirm(assignment=row, now=now)
        auditing.record(
            verb="assignment.firm", row=row, by=LINEUP, now=now, order=row.order, reason=WHY,
            before={"status": Status.TENTATIVE}, after={"crew": row.crew_names, "status": row.status},
        )  # fmt: skip
        telling.firm(assignment=row, by=LINEUP, now=now)
        done.append(row)
    if done:
        events.order_changed(orders=[row.order for row in done], cause="assignment.firm", now=now)
    return done
