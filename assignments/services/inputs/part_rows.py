"""The rows of parts: made, kept like their whole, withdrawn."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F

from assignments import models
from assignments.services.records import auditing
from assignments.services.upserting.orders import PREREQUISITES

Status = models.WorkOrder.Status

# What queries filter and sort by; everything else is read at the whole.
_COPIED = (
    "district_id", "kind", "priority", "title", "description", "latitude", "longitude", "address", "feeder",
    "substation", "voltage", "energised", "customers_out", "earliest_start", "due_at", "crew_size", "equipment",
    "required_permits", "materials_ready", "materials_expected_at", "splitting",
)  # fmt: skip
# A customer waits for the crew once, when the work begins.
_OF_THE_FIRST = ("appointment_starts_at", "appointment_ends_at")


class Length(NamedTuple):
    """Minutes of work of a part, and of set-up beside it."""

    work: int
    set_up: int


def length_of(part: models.WorkOrder) -> Length:
    """The length of a part as it is."""
    return Length(part.work_minutes, part.duration_minutes - part.work_minutes)


def write(
    whole: models.WorkOrder,
    rows: Sequence[models.WorkOrder],
    lengths: Sequence[Length],
    *,
    by: Any,
    now: datetime,
) -> set[int]:
    """Parts of these lengths: the ids of those that changed, and the whole's when it has other parts than before.

    `rows` are all parts that the whole ever had, in order of number, locked; what is too many of them is withdrawn.
    """
    before = [part.work_minutes for part in rows[: whole.parts_in_all]]
    kept = [_kept(whole, number, len(lengths), one, rows) for number, one in enumerate(lengths, start=1)]
    changed = {part.pk for part, is_changed in kept if is_changed}
    changed |= _withdraw(rows[len(lengths) :])
    parts = [part.pk for part, _ in kept]
    waits_for = {pk: {(earlier,)} for earlier, pk in itertools.pairwise(parts)}
    if parts:
        waits_for[parts[0]] = {(pk,) for pk in whole.prerequisites.values_list("pk", flat=True)}
    changed |= PREREQUISITES.replace(waits_for)
    after = [length.work for length in lengths]
    if after != before:
        changed.add(whole.pk)
        models.WorkOrder.objects.filter(pk=whole.pk).update(parts_in_all=len(after), version=F("version") + 1)
        whole.parts_in_all = len(after)
        auditing.record(
            verb="order.split" if after else "order.put-together", row=whole, by=by, now=now, order=whole,
            before={"parts": before}, after={"parts": after},
        )  # fmt: skip
    return changed


def _kept(
    whole: models.WorkOrder, number: int, count: int, length: Length, rows: Sequence[models.WorkOrder]
) -> tuple[models.WorkOrder, bool]:
    """The part of this number, stored, and whether that changed anything."""
    wanted = _columns(whole, number, count, length)
    if number > len(rows):
        return models.WorkOrder.objects.create(number=_number(whole, number), status=Status.RECEIVED, **wanted), True
    part = rows[number - 1]
    if not part.number.startswith(f"{whole.number}."):
        wanted["number"] = _number(whole, number)
    if number > whole.parts_in_all and part.status == Status.CANCELLED:
        # It was withdrawn, not cancelled by anybody: no table says that work comes back.
        wanted["status"] = Status.RECEIVED
    differing = {name: value for name, value in wanted.items() if getattr(part, name) != value}
    if differing:
        models.WorkOrder.objects.filter(pk=part.pk).update(**differing, version=F("version") + 1)
        part.refresh_from_db()
    return part, bool(differing)


def _columns(whole: models.WorkOrder, number: int, count: int, length: Length) -> dict[str, Any]:
    first = {name: getattr(whole, name) if number == 1 else None for name in _OF_THE_FIRST}
    return {
        **{name: getattr(whole, name) for name in _COPIED},
        **first,
        "part_of_id": whole.pk,
        "part": number,
        "parts_in_all": count,
        "duration_minutes": length.work + length.set_up,
        "set_up_minutes": length.set_up,
    }


def _number(whole: models.WorkOrder, number: int) -> str:
    """The whole's with that of the part; another system may have used it for an order of its own."""
    taken = models.WorkOrder.objects.exclude(part_of=whole, part=number)
    names = (f"{whole.number}.{mark}{number}" for mark in ("", "p", "part"))
    return next(name for name in names if not taken.filter(number=name).exists())


def _withdraw(rows: Sequence[models.WorkOrder]) -> set[int]:
    ids = [part.pk for part in rows if part.status != Status.CANCELLED]
    models.WorkOrder.objects.filter(pk__in=ids).transition(Status.CANCELLED, version=F("version") + 1)
    return set(ids)
