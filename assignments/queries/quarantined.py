"""Records of a district that were not taken, by system, and what is missing among those that were."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from assignments import models
from assignments.queries import inside, rings

MOST_SHOWN = 50
"""Records of one system that the page lists."""


_SOURCES = Q(is_source=True) | Q(following__pushed_at__isnull=False)


@dataclass(slots=True)
class RefusedOfSystem:
    system: models.DownstreamSystem
    total: int = 0
    shown: list[models.RefusedRecord] = field(default_factory=list)


def by_system(district: models.District) -> list[RefusedOfSystem]:
    """All sources, those with the most records first; by three queries."""
    systems = models.DownstreamSystem.objects.filter(_SOURCES).order_by("name")
    found = {one.pk: RefusedOfSystem(one) for one in systems}
    rows = models.RefusedRecord.objects.filter(district=district, system__in=found)
    for pk, total in rows.order_by().values_list("system").annotate(Count("pk")):
        found[pk].total = total
    places = Window(RowNumber(), partition_by="system", order_by=["-is_grave", "-last_seen_at", "pk"])
    for row in rows.annotate(place=places).filter(place__lte=MOST_SHOWN):
        found[row.system_id].shown.append(row)
    return sorted(found.values(), key=lambda one: -one.total)


def without_district() -> int:
    return models.RefusedRecord.objects.filter(district=None).count()


@dataclass(frozen=True, slots=True)
class Health:
    """Numbers of rows of a district with which nothing can be planned as it should; and the first few by name."""

    counts: dict[str, int]
    names: dict[str, list[str]]


def health(district: models.District) -> Health:
    """By a constant number of queries."""
    names: dict[str, list[str]] = defaultdict(list)
    people = models.Employee.objects.filter(district=district, active=True)
    names["unqualified"] = list(people.filter(held_qualifications=None).order_by("name").values_list("name", flat=True))
    crews = models.Crew.objects.filter(district=district, active=True).order_by("name")
    shifts = models.Shift.objects.in_force().filter(crew=OuterRef("pk"))
    for name, foreman_id, latitude, longitude, has_shift in crews.annotate(has_shift=Exists(shifts)).values_list(
        "name", "foreman_id", "latitude", "longitude", "has_shift"
    ):
        for kind, is_so in (
            ("no-shift", not has_shift), ("no-foreman", foreman_id is None),
            ("no-base", latitude == 0 and longitude == 0),
        ):  # fmt: skip
            if is_so:
                names[kind].append(name)
    circles = rings.everybody()
    orders = models.WorkOrder.objects.open().filter(district=district, part_of=None).order_by("number")
    for pk, number, latitude, longitude in orders.values_list("pk", "number", "latitude", "longitude"):
        if latitude == 0 and longitude == 0:
            names["nowhere"].append(number)
        elif district.boundary and not inside.is_inside((latitude, longitude), district.boundary):
            names["outside"].append(number)
        if pk in circles:
            names["ring"].append(number)
    held = models.HeldQualification.objects.filter(qualification=OuterRef("pk"))
    held = held.filter(Q(employee__district=district), employee__active=True)
    needed = models.OrderNeed.objects.filter(qualification=OuterRef("pk"), order__district=district)
    wanted = models.Qualification.objects.filter(Exists(needed), ~Exists(held)).order_by("code")
    names["unheld"] = list(wanted.values_list("code", flat=True))
    return Health({kind: len(some) for kind, some in names.items()}, names)
