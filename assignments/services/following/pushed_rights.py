"""Districts of which a sender may say something: those that it manages, narrowed to its token's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assignments import models
from assignments.downstream import messages
from assignments.queries.chunks import among
from assignments.services.following import pushed_rows
from assignments.services.records import refusals
from assignments.services.upserting import references
from assignments.services.upserting.refusing import Unstorable

Resource = messages.Resource

_NAMED = {
    Resource.ABSENCES: "employee", Resource.EQUIPMENT: "crew", Resource.SHIFTS: "crew", Resource.PERMITS: "order",
    Resource.OUTAGES: "order",
}  # fmt: skip
"""The field that names the record whose district theirs is."""
_TABLES: Mapping[str, Any] = {"employee": models.Employee, "crew": models.Crew}


@dataclass(frozen=True, slots=True)
class Rights:
    codes: Mapping[str, int]
    """Ids of the districts by their codes."""
    are_everywhere: bool

    def may_name(self, code: str) -> bool:
        """Whether a record that cannot be read may be kept for the district that it names."""
        return self.are_everywhere or code in self.codes

    def refusals(
        self, *, system: models.DownstreamSystem, resource: Resource, records: Sequence[messages.Record]
    ) -> dict[str, Unstorable]:
        """The records that concern a district of others, by reference; a constant number of queries."""
        if self.are_everywhere:
            return {}
        districts = set(self.codes.values())
        owned = _districts_of_rows(system, resource, {one.reference for one in records})
        named = _districts_named(system, resource, records)
        found: dict[str, Unstorable] = {}
        for record in records:
            if record.reference in owned and owned[record.reference] not in districts:
                found[record.reference] = Unstorable("belongs to a district that is not yours", field="reference")
            elif (why := self._why_not(resource, record, named)) is not None:
                found[record.reference] = why
        return found

    def _why_not(self, resource: Resource, record: Any, named: Mapping[str, int]) -> Unstorable | None:
        if resource is Resource.QUALIFICATIONS:
            return Unstorable("is of all districts, and you act for some only", field="reference")
        field = _NAMED.get(resource)
        if field is None:
            if record.district not in self.codes:
                return Unstorable(f"district {record.district} is not yours", field="district")
            return self._why_no_crew(record, named) if resource is Resource.CREWS else None
        name = getattr(record, field)
        if name is not None and named.get(name) in self.codes.values():
            return None
        return Unstorable(f"{field} {name} is not known" if name else f"names no {field}", field=field)

    def _why_no_crew(self, record: messages.CrewMessage, named: Mapping[str, int]) -> Unstorable | None:
        """Taken into a crew, people are on its board, and theirs plans with what this one does."""
        for field, name in _people_of(record):
            if named.get(name) not in self.codes.values():
                return Unstorable(f"employee {name} is not known", field=field)
        return None


def of(by: Any) -> Rights:
    """Raises NotAManager for somebody who manages no district."""
    codes = dict(models.District.objects.managed_by(by).values_list("code", "pk"))
    if not codes:
        raise refusals.NotAManager(
            f"{refusals.person(by)} is not an assigning manager of any district.",
            next_step="Ask an administrator to make the user of the token one.",
        )
    return Rights(codes, len(codes) == models.District.objects.count())


def _districts_of_rows(system: models.DownstreamSystem, resource: Resource, names: set[str]) -> dict[str, int | None]:
    if resource not in pushed_rows.ROWS:
        return {}
    table, path = pushed_rows.ROWS[resource]
    rows = table._default_manager.filter(source=system, source_reference__in=among(names)).order_by()
    return dict(rows.values_list("source_reference", path))


def _districts_named(
    system: models.DownstreamSystem, resource: Resource, records: Sequence[messages.Record]
) -> dict[str, int]:
    """The districts of what the records name."""
    field = "employee" if resource is Resource.CREWS else _NAMED.get(resource)
    if field is None:
        return {}
    names = set(_names(resource, field, records))
    if field == "order":
        ids, table = references.order_ids_by_reference(names), models.WorkOrder
    else:
        table = _TABLES[field]
        ids = references.ids_by_reference(table, system, names)
    districts = dict(_districts(table, ids))
    return {name: districts[pk] for name, pk in ids.items() if pk in districts}


def _names(resource: Resource, field: str, records: Sequence[Any]) -> Iterator[str]:
    for record in records:
        if resource is Resource.CREWS:
            yield from (name for _, name in _people_of(record))
        elif name := getattr(record, field):
            yield name


def _people_of(crew: messages.CrewMessage) -> Iterator[tuple[str, str]]:
    """The field that names each of its people, and the reference."""
    yield "foreman", crew.foreman
    yield from (("members", each.employee) for each in crew.members)


def _districts(table: Any, ids: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    rows = table._default_manager.filter(pk__in=among(set(ids.values()))).order_by()
    yield from rows.values_list("pk", "district")
