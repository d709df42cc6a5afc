from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from assignments.downstream import messages
from assignments.engine.domain import rings, wording
from assignments.models import Assignment, OrderNeed, OrderPart, Outage, WorkOrder
from assignments.queries import longest_shift
from assignments.queries.chunks import among
from assignments.queries.rings import rings_of
from assignments.services.upserting import references, rows
from assignments.services.upserting.children import Children
from assignments.services.upserting.refusing import Unstorable, refuse_nul
from assignments.services.upserting.rows import RowDraft, UpsertCall, Written

NEEDS = Children(OrderNeed, "order_id", ("part", "qualification_id", "level", "people"))
PARTS = Children(OrderPart, "order_id", ("number", "title", "crew_size", "equipment"))
PREREQUISITES = Children(WorkOrder.prerequisites.through, "from_workorder_id", ("to_workorder_id",))

SAID_IN = {
    "due_at": "due", "appointment_starts_at": "appointment", "appointment_ends_at": "appointment",
    "materials_expected_at": "materials_expected",
}  # fmt: skip
"""Columns with another name than the message's field."""
IN_THE_FIELD = (WorkOrder.Status.DISPATCHED, WorkOrder.Status.IN_PROGRESS)
DONE = (WorkOrder.Status.COMPLETED, WorkOrder.Status.CLOSED)


def upsert_orders(batch: UpsertCall, records: Sequence[messages.OrderMessage]) -> None:
    qualifications = references.qualification_ids()
    known = references.ids_by_reference(
        WorkOrder, batch.system, [name for each in records for name in (each.reference, *each.prerequisites)]
    )
    records = _with_known_prerequisites(batch, records, known)
    needs: dict[str, set[tuple[Any, ...]]] = {}
    further: dict[str, set[tuple[Any, ...]]] = {}

    def columns(record: messages.OrderMessage) -> dict[str, Any]:
        needs[record.reference] = _needs(record, qualifications)
        further[record.reference] = _parts(record)
        return _columns(batch, record)

    drafts = rows.drafts(batch, records, columns, SAID_IN)
    out = outage_sums(known.values())
    before, booked = _statuses(known.values())

    def adjust(row: WorkOrder, values: dict[str, Any]) -> None:
        ours = WorkOrder.Status.READY if row.vanished_at else row.status
        values["status"] = next_status(ours, values["status"], booked=row.pk in booked)
        if row.district_id != values["district_id"]:
            batch.outcome.moved[row.pk] = row.district_id
        # The outage system knows better than the order how many are out, and until when.
        values["customers_out"] = out.get(row.pk, values["customers_out"])

    written = rows.write(batch, WorkOrder, drafts, unique=("number",), adjust=adjust, grows="version", known=known)
    _withdraw_followers(batch, drafts, written, known)
    beneath = _replace_beneath(written, needs, further, known)
    written.count_in(batch.outcome, beneath)
    _question_rings(batch, written)
    _question_too_long(batch, written)
    _grow(beneath - written.changed_ids)
    moved = [row for row in written.updated.values() if row.status != before.get(row.pk)]
    _carry_to_assignments(moved)
    batch.outcome.order_ids |= written.changed_ids | beneath | _dependants_of(moved)
    batch.outcome.new_order_ids |= written.new_ids


def _replace_beneath(
    written: Written,
    needs: Mapping[str, set[tuple[Any, ...]]],
    further: Mapping[str, set[tuple[Any, ...]]],
    known: Mapping[str, int],
) -> set[int]:
    """The orders of which rows beneath them are others now."""
    new = written.new_ids
    parts = {row.pk: further[name] for name, row in written.saying("further_crews").items()}
    changed = NEEDS.replace(_all_needs(written, needs), new) | PARTS.replace(parts, new)
    return changed | _replace_prerequisites(written, known)


def _with_known_prerequisites(
    batch: UpsertCall, records: Sequence[messages.OrderMessage], known: dict[str, int]
) -> list[messages.OrderMessage]:
    """Records whose prerequisites are stored or come with them; planning without one of them would be unsafe."""
    kept = list(records)
    while True:
        arriving = {record.reference for record in kept} | known.keys()
        refused = [record for record in kept if not arriving.issuperset(record.prerequisites)]
        if not refused:
            return kept
        for record in refused:
            missing = _prerequisites(set(record.prerequisites) - arriving, ("is not known", "are not known"))
            batch.reject(record.reference, Unstorable(missing, field="prerequisites", unresolved=True))
        gone = {record.reference for record in refused}
        kept = [record for record in kept if record.reference not in gone]


def _prerequisites(references: Set[str], one_or_several: tuple[str, str]) -> str:
    named = wording.listed(sorted(references))
    if len(references) == 1:
        return f"prerequisite {named} {one_or_several[0]}"
    return f"prerequisites {named} {one_or_several[1]}"


def _needs(record: messages.OrderMessage, qualifications: dict[str, int]) -> set[tuple[Any, ...]]:
    needs: dict[tuple[int, int, str], tuple[Any, ...]] = {}
    for part, asked in enumerate([record.needs, *(crew.needs for crew in record.further_crews)]):
        for each in asked:
            key = (
                part,
                references.named(qualifications, each.qualification, "qualification", field="needs"),
                each.level,
            )
            # The same asked for twice is asked for once, by the larger number of people.
            people = max(each.people, needs[key][-1] if key in needs else 0)
            needs[key] = (*key, people)
    return set(needs.values())


def _all_needs(written: Written, needs: Mapping[str, set[tuple[Any, ...]]]) -> dict[int, set[tuple[Any, ...]]]:
    """The needs of each order of whose needs something is said: those of the lead crew and of further crews are said
    apart, and what is left out stays."""
    saying = written.saying("needs", "further_crews")
    wanted = {row.pk: needs[name] for name, row in saying.items()}
    for lead, field in ((True, "needs"), (False, "further_crews")):
        silent = [row.pk for name, row in saying.items() if _is_silent(written, name, field)]
        parts = OrderNeed.objects.filter(order__in=silent, **{"part" if lead else "part__gt": 0})
        for order_id, *columns in parts.values_list("order_id", *NEEDS.columns) if silent else ():
            wanted[order_id] = wanted[order_id] | {tuple(columns)}
    return wanted


def _is_silent(written: Written, name: str, field: str) -> bool:
    return name not in written.created and rows.leaves_out(written.records[name], field)


def _parts(record: messages.OrderMessage) -> set[tuple[Any, ...]]:
    for crew in record.further_crews:
        for text in (crew.title, *crew.equipment):
            refuse_nul("further_crews", text)
    return {
        (number, crew.title, crew.crew_size, tuple(sorted(set(crew.equipment))))
        for number, crew in enumerate(record.further_crews, start=1)
    }


def _columns(batch: UpsertCall, record: messages.OrderMessage) -> dict[str, Any]:
    if record.reference in record.prerequisites:
        raise Unstorable("is its own prerequisite", field="prerequisites")
    same = ("number", "kind", "status", "title", "description", "latitude", "longitude", "address", "feeder",
            "substation", "voltage", "energised", "customers_out", "duration_minutes", "earliest_start", "crew_size",
            "materials_ready", "splitting", "least_part_minutes", "set_up_minutes", "parts_done")  # fmt: skip
    return {
        **{name: getattr(record, name) for name in same},
        "district_id": batch.district(record.district).pk,
        "vanished_at": None,
        "priority": int(WorkOrder.Priority[record.priority]),
        "due_at": record.due,
        "appointment_starts_at": record.appointment.start if record.appointment else None,
        "appointment_ends_at": record.appointment.end if record.appointment else None,
        "equipment": sorted(set(record.equipment)),
        "required_permits": sorted(set(record.required_permits)),
        "materials_expected_at": record.materials_expected,
    }


def next_status(ours: str, theirs: str, *, booked: bool) -> str:
    """The order's status once work management says `theirs`; raises Unstorable for what our table forbids.

    Work management calls everything that nobody works on yet received; waiting, ready and scheduled are our own finer
    words for it and stay. Field work that it takes back makes the order ready again, unless an assignment is live:
    that is for a manager to undo. States passed between two gatherings may be skipped, along the table only.
    """
    status = WorkOrder.Status
    if theirs == status.RECEIVED:
        if ours in WorkOrder.ASSIGNABLE or ours == status.SCHEDULED or booked:
            return ours
        theirs = status.READY
    if theirs != ours and theirs not in _reachable(ours):
        raise Unstorable(f"an order that is {status(ours).label.lower()} cannot become {status(theirs).label.lower()}")
    return theirs


def outage_sums(order_ids: Iterable[int]) -> dict[int, int]:
    """Customers without power of those orders that have outages."""
    found: dict[int, int] = {}
    for part in rows.chunks(order_ids):
        found.update(Outage.objects.customers_out(part))
    return found


def _reachable(start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = WorkOrder.TRANSITIONS.get(ahead.pop(), frozenset()) - found
        found |= new
        ahead.extend(new)
    return found


def _statuses(order_ids: Any) -> tuple[dict[int, str], set[int]]:
    """Statuses before this call, and the orders with a live assignment."""
    before: dict[int, str] = {}
    booked: set[int] = set()
    for part in rows.chunks(order_ids):
        before.update(WorkOrder.objects.filter(pk__in=part).values_list("pk", "status"))
        live = Assignment.objects.live().filter(Q(order__in=part) | Q(order__part_of__in=part))
        booked.update(live.annotate(whole=Coalesce("order__part_of", "order")).values_list("whole", flat=True))
    return before, booked


def _withdraw_followers(batch: UpsertCall, drafts: list[RowDraft], written: Written, known: dict[str, int]) -> None:
    """An order whose prerequisite was refused while it was taken itself is given up again until that one comes.

    One that was stored before stays, with its older prerequisites, and counts as not yet told of this version.
    """
    asked = {draft.record.reference: draft.record for draft in drafts}
    while True:
        there = known.keys() | written.created.keys()
        gone = {name: row for name, row in written.taken.items() if not there >= set(asked[name].prerequisites)}
        for name in gone:
            missing = _prerequisites(set(asked[name].prerequisites) - there, ("was not taken", "were not taken"))
            batch.reject(name, Unstorable(missing, field="prerequisites", unresolved=True))
            for taken in (written.created, written.updated, written.same):
                taken.pop(name, None)
        fresh = [row.pk for name, row in gone.items() if name not in known]
        WorkOrder.objects.filter(pk__in=fresh).delete()
        WorkOrder.objects.filter(pk__in=[row.pk for row in gone.values()]).update(
            source_version=F("source_version") - 1
        )
        if not fresh:
            return


def _replace_prerequisites(written: Written, known: Mapping[str, int]) -> set[int]:
    ids = {**known, **{reference: row.pk for reference, row in written.created.items()}}
    return PREREQUISITES.replace(
        {
            row.pk: {(ids[name],) for name in written.records[reference].prerequisites}
            for reference, row in written.saying("prerequisites").items()
        },
        written.new_ids,
    )


def _question_rings(batch: UpsertCall, written: Written) -> None:
    """Orders that wait for themselves are kept as they were told: without what they wait for they would be planned."""
    told = {row.pk: written.records[name] for name, row in written.taken.items()}
    waiting = [pk for pk, record in told.items() if record.prerequisites]
    # An order for which none waits is in no ring: for most that are new, all links need not be read.
    links = WorkOrder.prerequisites.through.objects.filter(to_workorder__in=among(waiting))
    maybe = links.values_list("to_workorder", flat=True) if waiting else []
    found = rings_of(set(maybe))
    # In the order in which they came: a set has another one with other keys.
    for pk, record in told.items():
        if pk in found:
            batch.outcome.questioned.append((record.reference, rings.told(found[pk])))


def _question_too_long(batch: UpsertCall, written: Written) -> None:
    """Work that may not be cut and that no shift has time for is kept, though nobody can do it as it is."""
    taken = {**written.created, **written.updated}
    asked = {name: row for name, row in taken.items() if row.splitting == WorkOrder.Splitting.NO}
    stretches = longest_shift.longest_stretches({row.district_id for row in asked.values()}, batch.now) if asked else {}
    for row in asked.values():
        stretch = stretches.get(row.district_id)
        if stretch is not None and row.is_assignable and row.duration_minutes > stretch:
            work, longest = (wording.spoken_duration(60 * minutes) for minutes in (row.duration_minutes, stretch))
            words = f"{work} of work, which may not be split: longer than any shift has time for (at most {longest})"
            batch.outcome.questioned.append((row.source_reference, words))


def _grow(order_ids: set[int]) -> None:
    for part in rows.chunks(order_ids):
        WorkOrder.objects.filter(pk__in=part).update(version=F("version") + 1)


def _carry_to_assignments(moved: list[WorkOrder]) -> None:
    """The live assignment follows the field. A cancelled order leaves it live: a manager decides, see consequences."""
    for statuses, to in ((IN_THE_FIELD, "DISPATCHED"), (DONE, "COMPLETED")):
        for part in rows.chunks(row.pk for row in moved if row.status in statuses):
            Assignment.objects.filter(order__in=part).transition(to)


def _dependants_of(moved: list[WorkOrder]) -> set[int]:
    found: set[int] = set()
    for part in rows.chunks(row.pk for row in moved):
        found.update(WorkOrder.objects.filter(prerequisites__in=part).values_list("pk", flat=True))
    return found
