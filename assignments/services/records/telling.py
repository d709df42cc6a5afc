"""Writes inbox entries for managers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from assignments import models
from assignments.models import districts
from assignments.queries import chunks
from assignments.services.records import refusals
from notifications.services import inbox

LINEUP = "Lineup"


def managers(*, district: models.District, but: Any = None) -> list[Any]:
    """The active assigning managers of the district, without the one whose act it was."""
    rows = get_user_model().objects.filter(
        is_active=True, memberships__district=district, memberships__role=models.Membership.Role.MANAGER
    )
    return list(rows.exclude(pk=but.pk) if but is not None and not isinstance(but, str) else rows)


def approved(*, assignment: models.Assignment, by: Any, now: datetime, moved: Sequence[models.Assignment] = ()) -> None:
    """Tells the other managers of the district, also what was `moved` to make room."""
    order, zone = assignment.order, assignment.order.district.zone
    start, end = assignment.starts_at.astimezone(zone), assignment.ends_at.astimezone(zone)
    word = "tentatively assigned" if assignment.status == models.Assignment.Status.TENTATIVE else "assigned"
    against = " against a rule" if assignment.override_rules else ""
    because = f". Override: {assignment.override_reason}" if against else ""
    _tell(
        order=order, by=by, now=now, kind="assignment.approved",
        title=f"{refusals.person(by)} {word} {assignment.crew_names} to {order.number}{against}",
        body=f"{order.title}, {start:%a %H:%M}-{end:%H:%M}{because}{_moved(moved)}",
    )  # fmt: skip


def _moved(assignments: Sequence[models.Assignment]) -> str:
    said = [
        f"{row.order.number} to {row.crew}, {row.starts_at.astimezone(row.order.district.zone):%a %H:%M}"
        for row in assignments
    ]
    return f". Moved: {'; '.join(said)}" if said else ""


def emergencies(*, order_ids: Iterable[int], now: datetime) -> None:
    """Tells all managers of each emergency among the orders that has no crew yet, once for each order."""
    taken = models.Assignment.objects.live().filter(order=OuterRef("pk"))
    maybe = models.WorkOrder.objects.assignable().filter(_may_be_emergencies(), pk__in=chunks.among(list(order_ids)))
    found = list(maybe.order_by().values_list("pk", flat=True))
    if not found:
        return
    rows = models.WorkOrder.objects.filter(~Exists(taken), pk__in=found)
    concerned = models.District.objects.with_rules().filter(pk__in=rows.order_by().values("district"))
    urgent = rows.with_urgency(concerned).filter(urgency=models.WorkOrder.Priority.EMERGENCY)
    for order in urgent.select_related(*districts.with_rules("district")).order_by("pk"):
        customers = f", {order.customers_out:,} customers out" if order.customers_out else ""
        tell_managers(
            district=order.district, kind="order.emergency", by=LINEUP, now=now, dedupe_key=f"emergency:{order.pk}",
            title=f"Emergency: {order.number} needs a crew",
            body=f"{order.title}{customers}. See who can be there first.",
            url=reverse("assignments:order-emergency", args=[order.number]),
        )  # fmt: skip


def _may_be_emergencies() -> Q:
    """Orders that any rules could call emergencies: few, where all orders of a large file are asked about."""
    emergency = models.WorkOrder.Priority.EMERGENCY
    kinds = {
        kind
        for priorities in models.RuleSet.objects.values_list("kind_priorities", flat=True)
        for kind, priority in priorities.items()
        if priority == emergency.name
    }
    return Q(priority=emergency) | Q(customers_out__gt=0) | Q(kind__in=kinds)


def firm(*, assignment: models.Assignment, by: str, now: datetime) -> None:
    """Tells all managers of the district, also the one who approved it tentatively."""
    order, zone = assignment.order, assignment.order.district.zone
    start, end = assignment.starts_at.astimezone(zone), assignment.ends_at.astimezone(zone)
    _tell(
        order=order, by=by, now=now, kind="assignment.firm",
        title=f"{order.number} is firm for {assignment.crew_names}",
        body=f"{order.title}, {start:%a %H:%M}-{end:%H:%M}: it waits for no permit any more.",
    )  # fmt: skip


def restoration_lapsed(*, word: models.SetRestoration, cause: str, now: datetime) -> None:
    """Tells all managers of the district that a restoration time which one of them had set counts no more."""
    order, at = word.order, word.back_at.astimezone(word.order.district.zone)
    _tell(
        order=order, by=LINEUP, now=now, kind="restoration.lapsed",
        title=f"{order.number} is not back by {at:%a %H:%M} as {refusals.person(word.set_by)} had set",
        body=f"{order.title}: {cause[:1].lower()}{cause[1:]}. The estimate counts again.",
    )  # fmt: skip


def revoked(*, assignment: models.Assignment, by: Any, now: datetime) -> None:
    """Tells the other managers of the district."""
    order = assignment.order
    _tell(
        order=order, by=by, now=now, kind="assignment.revoked",
        title=f"{refusals.person(by)} took {assignment.crew_names} off {order.number}",
        body=f"{order.title}: {assignment.revoke_reason}",
    )  # fmt: skip


def batch_started(*, batch: models.Batch, orders: int, by: Any, now: datetime) -> None:
    """Tells the other managers of the district once, not of each order; rejections and pins are told nobody."""
    if batch.act == models.Batch.Act.APPROVE:
        _tell_of_batch(batch, "assignment.approved", by, now, f"is approving {_orders(orders)}")
    elif batch.act == models.Batch.Act.MOVE:
        _tell_of_batch(batch, "assignment.reassigned", by, now, f"is moving {_orders(orders)}")


def batch_taken_back(*, batch: models.Batch, by: Any, now: datetime) -> None:
    """Tells the other managers of the district once, not of each order."""
    orders = batch.items.filter(status=models.BatchItem.Status.LEAVING).count()
    if batch.act == models.Batch.Act.APPROVE:
        does = f"is taking back {_orders(orders)}" if orders else "has stopped approving orders"
        _tell_of_batch(batch, "assignment.revoked", by, now, does)
    elif batch.act == models.Batch.Act.MOVE:
        does = f"is moving back {_orders(orders)}" if orders else "has stopped moving orders"
        _tell_of_batch(batch, "assignment.reassigned", by, now, does)


def _tell_of_batch(batch: models.Batch, kind: str, by: Any, now: datetime, does: str) -> None:
    tell_managers(
        district=batch.district, kind=kind, by=by, now=now, url=reverse("assignments:batch", args=[batch.pk]),
        title=f"{refusals.person(by)} {does} of {batch.district.name}",
        body=batch.undo_reason or f"From the board of {batch.day:%A} {batch.day.day} {batch.day:%B}.",
    )  # fmt: skip


def _orders(number: int) -> str:
    return f"{number:,} order{'' if number == 1 else 's'}"


def moved(*, assignment: models.Assignment, before: models.Assignment, by: Any, now: datetime) -> None:
    """Tells the other managers of the district where it went from `before`."""
    order, zone = assignment.order, assignment.order.district.zone
    start, end = assignment.starts_at.astimezone(zone), assignment.ends_at.astimezone(zone)
    was = before.starts_at.astimezone(zone)
    _tell(
        order=order, by=by, now=now, kind="assignment.reassigned",
        title=f"{refusals.person(by)} moved {order.number} to {assignment.crew}, {start:%a %H:%M}",
        body=f"{order.title}, {start:%a %H:%M}-{end:%H:%M}. Before: {before.crew}, {was:%a %H:%M}.",
    )  # fmt: skip


def account(*, user: Any, title: str, body: str = "", by: Any, now: datetime) -> None:
    """Tells a person what somebody else has done to their account; nobody is told of their own acts."""
    if user.pk != getattr(by, "pk", None):
        actor = None if isinstance(by, str) else by
        url = reverse("account-sessions")
        inbox.notify(users=[user], kind="account", title=title, body=body, url=url, by=actor, now=now)


def _tell(*, order: models.WorkOrder, by: Any, now: datetime, kind: str, title: str, body: str) -> None:
    tell_managers(
        district=order.district, kind=kind, title=title, body=body, url=order.get_absolute_url(), by=by, now=now
    )


def tell_managers(
    *,
    district: models.District,
    kind: str,
    title: str,
    body: str,
    url: str,
    by: Any,
    now: datetime,
    dedupe_key: str | None = None,
) -> Iterable[Any]:
    """The inbox entries of the district's managers but `by`; a string `by` is the system itself.

    Who has an entry of the same `dedupe_key` gets no other.
    """
    actor = None if isinstance(by, str) else by
    people = managers(district=district, but=actor)
    return inbox.notify(
        users=people, kind=kind, title=title, body=body, url=url, by=actor, now=now, time_zone=district.time_zone,
        place=district.name,
        dedupe_key=dedupe_key,
    )  # fmt: skip
