"""Lays the parts of work that is longer than a shift, and keeps them like the whole.

Called where every change of an order ends. Again with the same facts it changes nothing. Parts up to the last one that
is decided stay as they are; what is left of the work is laid anew when it takes another time than its parts together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from assignments import models
from assignments.engine.domain.cutting import CannotBeCut, cut
from assignments.models import districts
from assignments.queries import chunks, longest_shift
from assignments.services.inputs import part_rows

WORKER = "Lineup worker"
EARLY = timedelta(hours=1)
"""So long before it should leave, a crew that the field reports may be the one of the next part."""
_SHORTEST = 60
"""Minutes of work that no rule set has cut."""

Status = models.WorkOrder.Status
Splitting = models.WorkOrder.Splitting


@dataclass(frozen=True, slots=True)
class SplitOrder:
    """A whole with its parts, locked."""

    order: models.WorkOrder
    parts: Sequence[models.WorkOrder]
    """In order of number, without withdrawn ones; none for work that is whole."""
    withdrawn: Sequence[models.WorkOrder]
    live: Mapping[int, models.Assignment]
    """By id of the whole or of a part: its decision."""
    longest: int | None
    """Minutes of the longest part."""

    @property
    def kept(self) -> Sequence[models.WorkOrder]:
        """The parts up to the last one that is decided, under way or done."""
        fixed = [at for at, part in enumerate(self.parts, start=1) if self._is_fixed(part)]
        return self.parts[: max(fixed, default=0)]

    def _is_fixed(self, part: models.WorkOrder) -> bool:
        return part.pk in self.live or part.is_in_the_field or part.status in models.WorkOrder.FINISHED


@transaction.atomic(savepoint=False)
def lay(*, order_ids: Collection[int], now: datetime) -> set[int]:
    """The ids of the open parts of these orders, or beside those of them that are parts: whatever changed of the whole
    changed of each; and of wholes and parts that this changed."""
    changed: set[int] = set()
    for whole in locked(_concerned(order_ids, now), now):
        changed |= _carry(whole, now)
        lengths = _lengths(whole)
        changed |= part_rows.write(whole.order, [*whole.parts, *whole.withdrawn], lengths, by=WORKER, now=now)
        changed |= {part.pk for part in whole.parts if part.status not in models.WorkOrder.FINISHED}
    return changed


def overlong(district: models.District, now: datetime) -> set[int]:
    """Open work of the district, whole or in parts, that the roster as it is now has cut otherwise."""
    limit = longest_shift.longest_works([district], now)[district.pk]
    if limit is None:
        return set()
    rows = models.WorkOrder.objects.assignable().filter(district=district, duration_minutes__gt=limit)
    rows = rows.exclude(splitting=Splitting.NO).filter(
        Q(kept_whole_at__isnull=True) | ~Q(kept_whole_at=F("duration_minutes"))
    )
    return set(rows.values_list("pk", flat=True))


def locked(order_ids: Collection[int], now: datetime) -> list[SplitOrder]:
    """The orders of these ids with their parts, locked in order of id, wholes before parts."""
    found: list[SplitOrder] = []
    for ids in chunks.chunked(order_ids):
        rows = models.WorkOrder.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True).order_by("pk")
        wholes = list(rows.select_related(*districts.with_rules("district")))
        parts: dict[int | None, list[models.WorkOrder]] = defaultdict(list)
        rows = models.WorkOrder.objects.filter(part_of__in=ids).select_for_update(of=("self",), no_key=True)
        for part in rows.order_by("pk"):
            parts[part.part_of_id].append(part)
        every = [*ids, *(part.pk for own in parts.values() for part in own)]
        live = {row.order_id: row for row in models.Assignment.objects.live().leads().filter(order__in=every)}
        limits = longest_shift.longest_works([whole.district for whole in wholes], now)
        for whole in wholes:
            own = sorted(parts[whole.pk], key=lambda part: part.part)
            cut_off = whole.parts_in_all
            found.append(SplitOrder(whole, own[:cut_off], own[cut_off:], live, limits[whole.district_id]))
    return found


def _concerned(order_ids: Collection[int], now: datetime) -> set[int]:
    """Wholes among these orders or above them, and work that is longer than a shift of its district."""
    found: set[int] = set()
    long: list[tuple[int, int, int]] = []
    by_parts = Q(part__gt=0) | Q(parts_in_all__gt=0)
    may_be_cut = Q(status__in=models.WorkOrder.ASSIGNABLE, duration_minutes__gt=_SHORTEST) & ~Q(splitting=Splitting.NO)
    columns = ("pk", "part_of", "parts_in_all", "district", "duration_minutes")
    for ids in chunks.chunked(order_ids):
        rows = models.WorkOrder.objects.filter(by_parts | may_be_cut, pk__in=chunks.among(ids)).order_by()
        for pk, part_of, count, district, minutes in rows.values_list(*columns):
            if part_of or count:
                found.add(part_of or pk)
            else:
                long.append((pk, district, minutes))
    if long:
        theirs = models.District.objects.with_rules().filter(pk__in={district for _, district, _ in long})
        limits = longest_shift.longest_works(theirs, now)
        found |= {pk for pk, district, minutes in long if (limit := limits[district]) and minutes > limit}
    return found


def _lengths(whole: SplitOrder) -> list[part_rows.Length]:
    """Work and set-up of each part; those of the parts as they are where nothing has to change, none for work that is
    or becomes whole."""
    order, as_they_are = whole.order, [part_rows.length_of(part) for part in whole.parts]
    if order.status in models.WorkOrder.FINISHED or not (as_they_are or _may_be_cut(whole)):
        return as_they_are
    kept, longest = whole.kept, whole.longest or max((part.duration_minutes for part in whole.parts), default=0)
    is_whole_again = not kept and (order.splitting == Splitting.NO or order.duration_minutes <= longest)
    rest = order.duration_minutes - sum(part.work_minutes for part in kept)
    still = sum(part.work_minutes for part in whole.parts) == order.duration_minutes
    fits = all(part.duration_minutes <= longest for part in whole.parts[len(kept) :])
    if as_they_are and still and fits and (kept or order.splitting != Splitting.NO):
        return as_they_are
    if as_they_are and is_whole_again:
        return []
    try:
        lengths = cut_order(order, rest, longest, is_begun=bool(kept))
    except CannotBeCut:
        return as_they_are
    return [*as_they_are[: len(kept)], *lengths]


def cut_order(order: models.WorkOrder, work: int, longest: int, *, is_begun: bool = False) -> list[part_rows.Length]:
    """So much of the order's work in parts of at most `longest` minutes, by its terms. Raises CannotBeCut."""
    set_up = order.set_up_minutes
    lengths = cut(work, longest=longest, least=order.least_part_minutes, set_up=set_up, is_begun=is_begun)
    return [part_rows.Length(one, set_up if at or is_begun else 0) for at, one in enumerate(lengths)]


def _may_be_cut(whole: SplitOrder) -> bool:
    order = whole.order
    may = order.is_assignable and order.part == 0 and order.pk not in whole.live and order.splitting != Splitting.NO
    is_kept = order.kept_whole_at == order.duration_minutes
    return bool(may and not is_kept and whole.longest and order.duration_minutes > whole.longest)


def _carry(whole: SplitOrder, now: datetime) -> set[int]:
    """Carries to the parts how work management says the whole stands: ids of those that moved, and the whole's when the
    last of them is done."""
    order, parts = whole.order, whole.parts
    if not parts:
        return set()
    is_over = order.status in (Status.COMPLETED, Status.CLOSED)
    done, rest = (parts, []) if is_over else (parts[: order.parts_done], parts[order.parts_done :])
    changed = {part.pk for part in done if _move(part, Status.COMPLETED)}
    models.Assignment.objects.filter(order__in=changed).transition(models.Assignment.Status.COMPLETED)
    if order.status == Status.CANCELLED:
        return changed | {part.pk for part in rest if _move(part, Status.CANCELLED)}
    if not rest and not is_over and _move(order, Status.COMPLETED):
        return changed | {order.pk}
    if rest and all(part.status in models.WorkOrder.FINISHED for part in rest):
        # Work management has opened again what it had called done.
        return changed | {part.pk for part in rest[-1:] if _move(part, Status.READY)}
    return changed | _carry_to_the_field(whole, rest[:1], now)


def _carry_to_the_field(whole: SplitOrder, current: Sequence[models.WorkOrder], now: datetime) -> set[int]:
    """The part that the field is at is the first one left, once its crew may have set out."""
    changed: set[int] = set()
    for part in current if whole.order.is_in_the_field else ():
        decision = whole.live.get(part.pk)
        if decision and decision.departs_at - EARLY <= now and _move(part, whole.order.status):
            changed.add(part.pk)
            models.Assignment.objects.filter(order=part).transition(models.Assignment.Status.DISPATCHED)
    return changed


def _move(order: models.WorkOrder, to: str) -> bool:
    """Whether the order was in another state and could come to this one."""
    rows = models.WorkOrder.objects.filter(pk=order.pk).exclude(status=to)
    moved = bool(rows.transition(to, version=F("version") + 1))
    if moved:
        order.refresh_from_db(fields=["status", "version"])
    return moved
